//! Prompts are claimed by one: eight claimers on one store.

use std::collections::{BTreeMap, BTreeSet};

use footing_server::reminders::sweep::{self, Claim, Swept};
use footing_server::rt::spawn::Blocking;
use footing_server::store::deliveries::{Delivery, DeliveryState};
use footing_server::store::leases::{self, Settled};
use footing_server::store::sweeps;
use footing_server::store::types::LeaseId;
use footing_server::store::{Scope, Store, StoreOptions, System};
use footing_tests::{Database, Raw};
use jiff::Timestamp;

use super::rows::{Cell, named, seed};

const PROMPTS: u32 = 1000;
const CLAIMERS: u8 = 8;
/// Fewer than there are, so that the claimers meet often.
const BATCH: i64 = 16;

/// A clinic with this many prompts due at once (one of them the seed's own).
fn plan(database: &Database) {
    let mut raw = Raw::connect(database);
    seed(&mut raw, 1);
    let mut sql = String::from("BEGIN; DELETE FROM delivery_claims;");
    for number in 2..=PROMPTS {
        sql += &named("occurrences").insert(&raw, 1, number, &[]);
        sql.push(';');
        let of = [("occurrence_id", Cell::Own(0x0c), 1)];
        sql += &named("deliveries").insert(&raw, 1, number, &of);
        sql.push(';');
    }
    raw.execute(&(sql + "COMMIT")).unwrap();
}

fn open(database: &Database) -> Store {
    let options = StoreOptions {
        url: database.url(),
        connections: u32::from(CLAIMERS),
    };
    Store::open(&options, &Blocking::Threads).unwrap()
}

fn micros(at: i64) -> Timestamp {
    Timestamp::from_microsecond(at).unwrap()
}

async fn claim(store: &Store, claimer: u8, round: u8, now: i64, until: i64) -> Vec<Delivery> {
    let mut lease = [0; 16];
    lease[0] = claimer;
    lease[1] = round;
    let lease = LeaseId::from(lease);
    store
        .write("claim", System, move |tx| {
            leases::claim(tx, lease, micros(now), micros(until), BATCH)
        })
        .await
        .unwrap()
}

/// Claims until nothing is left.
async fn claim_all(store: Store, claimer: u8) -> Vec<Delivery> {
    let mut all = Vec::new();
    for round in 0..=u8::MAX {
        let claimed = claim(&store, claimer, round, 1, 1_000_000).await;
        if claimed.is_empty() {
            return all;
        }
        all.extend(claimed);
    }
    panic!("more rounds than prompts");
}

/// Ten occurrences that are due at 5.
fn ten_due(raw: &mut Raw) {
    seed(raw, 1);
    for number in 2..=10 {
        let row = named("occurrences").insert(raw, 1, number, &[]);
        raw.execute(&row).unwrap();
    }
    let due = "UPDATE occurrences SET state = 'planned', shard = 0, opens_at = 4, due_at = 5, remind_at = 5, closes_at = 1000";
    raw.execute(due).unwrap();
    raw.execute("UPDATE deliveries SET state = 'withdrawn', next_attempt_at = NULL")
        .unwrap();
    raw.execute("DELETE FROM delivery_claims").unwrap();
}

async fn sweep_once(store: &Store, lease: u8) -> Swept {
    let claim = Claim {
        lease: LeaseId::from([lease; 16]),
        now: micros(6),
        until: micros(900),
        limit: 100,
    };
    let swept = store.write("sweep", System, move |tx| {
        sweeps::begin(tx, micros(1))?;
        sweep::sweep(tx, 0, claim)
    });
    swept.await.unwrap()
}

/// A prompt that stands already, written by whoever planned it or by another server, is not sent by the sweep that finds its
/// occurrence too.
async fn a_sweep_sends_what_it_added_only(database: Database) {
    let mut raw = Raw::connect(&database);
    ten_due(&mut raw);
    let standing = "WHERE window_no IN (3, 5, 8)";
    raw.execute(&format!(
        "INSERT INTO deliveries (tenant_id, id, patient_id, kind, occurrence_id, step, state, due_at, expires_at,
            next_attempt_at, attempts)
         SELECT tenant_id, id, patient_id, 'prompt', id, 0, 'pending', 5, 1000, 5, 0 FROM occurrences {standing}"
    ))
    .unwrap();
    let known = raw.number(&format!(
        "SELECT count(*) AS value FROM occurrences {standing}"
    ));
    assert_eq!(known, 3);
    let store = open(&database);
    let swept = sweep_once(&store, 1).await;
    assert_eq!((swept.seen, swept.send.len()), (10, 7));
    assert_eq!(raw.claimed(), 7);
    let again = sweep_once(&store, 2).await;
    assert_eq!((again.seen, again.send.len()), (0, 0), "the mark moved");
}

/// What a sweep took is written once it has ended; of what had not when its server died each is sent again by another, and
/// the first one's word comes too late.
async fn prompts_of_a_server_that_died_are_taken_over(database: Database) {
    let mut raw = Raw::connect(&database);
    ten_due(&mut raw);
    let prompts = "SELECT count(*) AS value FROM deliveries WHERE occurrence_id = id";
    let store = open(&database);
    let send: Vec<Delivery> = sweep_once(&store, 1)
        .await
        .send
        .into_iter()
        .map(|one| one.delivery)
        .collect();
    assert_eq!((send.len(), raw.number(prompts)), (10, 0));

    let end = |all: &[Delivery], last: bool| {
        let lease = all[0].lease.unwrap();
        let ended = [(Settled::Final(DeliveryState::Sent, None), all.to_vec())];
        let scope = Scope::job(all[0].tenant_id, "test");
        store.write("end", scope, move |tx| {
            leases::end(tx, lease, &ended, last, micros(7))
        })
    };
    assert_eq!(end(&send[..2], false).await.unwrap(), 2);
    assert_eq!(end(&send[..2], false).await.unwrap(), 0, "each ends once");
    assert_eq!(raw.number(prompts), 2);

    assert_eq!(claim(&store, 2, 0, 899, 2000).await.len(), 0);
    let taken = claim(&store, 3, 0, 900, 2000).await;
    let ids = |all: &[Delivery]| all.iter().map(|one| one.id).collect::<BTreeSet<_>>();
    assert_eq!(ids(&taken), ids(&send[2..]));
    assert!(taken.iter().all(|one| one.attempts == 2));
    for (before, after) in send[2..].iter().zip(&taken) {
        assert_eq!(
            (before.due_at, before.expires_at),
            (after.due_at, after.expires_at)
        );
        assert_eq!(before.patient_id, after.patient_id);
    }
    assert_eq!(end(&send[2..], true).await.unwrap(), 0, "too late");
    assert_eq!(end(&taken, true).await.unwrap(), 8);
    let sent =
        "SELECT count(*) AS value FROM deliveries WHERE state = 'sent' AND occurrence_id = id";
    assert_eq!((raw.number(sent), raw.claimed()), (10, 0));
}

/// A plan that changes in the instant a prompt falls due may write it while it is on its way: what stands then stays, and the
/// others end as they did.
async fn what_stands_when_a_prompt_ends_stays(database: Database) {
    let mut raw = Raw::connect(&database);
    ten_due(&mut raw);
    let store = open(&database);
    let swept = sweep_once(&store, 1).await;
    raw.execute(
        "INSERT INTO deliveries (tenant_id, id, patient_id, kind, occurrence_id, step, state, due_at, expires_at,
            next_attempt_at, attempts)
         SELECT tenant_id, id, patient_id, 'prompt', id, 0, 'pending', 50, 1000, 50, 0 FROM occurrences
         WHERE window_no IN (3, 8)",
    )
    .unwrap();
    let all: Vec<Delivery> = swept.send.into_iter().map(|one| one.delivery).collect();
    let scope = Scope::job(all[0].tenant_id, "test");
    let ended = [(Settled::Final(DeliveryState::Sent, None), all)];
    let held = store
        .write("end", scope, move |tx| {
            leases::end(tx, LeaseId::from([1; 16]), &ended, true, micros(7))
        })
        .await
        .unwrap();
    assert_eq!(held, 8);
    let of = |state: &str| {
        format!(
            "SELECT count(*) AS value FROM deliveries WHERE state = '{state}' AND occurrence_id = id"
        )
    };
    assert_eq!(
        (raw.number(&of("sent")), raw.number(&of("pending"))),
        (8, 2)
    );
}

async fn eight_claimers_share_the_prompts(database: Database) {
    plan(&database);
    let store = open(&database);
    let claimers = (0..CLAIMERS).map(|claimer| claim_all(store.clone(), claimer));
    let claimed = futures_util::future::join_all(claimers).await.concat();
    let mut times: BTreeMap<_, u32> = BTreeMap::new();
    for one in &claimed {
        assert_eq!(one.attempts, 1);
        *times.entry(one.id).or_default() += 1;
    }
    assert!(times.values().all(|count| *count == 1), "no prompt twice");
    assert_eq!(times.len(), PROMPTS as usize, "and none left");
}

async fn a_claim_that_ran_out_is_taken_over_and_its_late_end_refused(database: Database) {
    plan(&database);
    let store = open(&database);
    let first = claim(&store, 1, 0, 1, 1000).await;
    assert_eq!(first.len(), 16);
    let others = claim_all(store.clone(), 2).await;
    assert_eq!(
        others.len(),
        PROMPTS as usize - 16,
        "what is leased is left alone"
    );
    let later = claim(&store, 3, 0, 1000, 2000).await;
    assert_eq!(later.len(), 16, "the same ones, as nothing else is due");
    assert!(later.iter().all(|one| one.attempts == 2));
    let successor = later.iter().find(|one| one.id == first[0].id).unwrap();
    assert!(!settle(&store, &first[0]).await, "the first lost its lease");
    assert!(settle(&store, successor).await);
    assert!(!settle(&store, successor).await, "and ends it once");
}

/// Ends a claim as sent; whether it was still held.
async fn settle(store: &Store, claimed: &Delivery) -> bool {
    let (id, lease) = (claimed.id, claimed.lease.unwrap());
    let scope = Scope::job(claimed.tenant_id, "test");
    let sent = Settled::Final(DeliveryState::Sent, None);
    store
        .write("settle", scope, move |tx| {
            leases::settle(tx, lease, &[id], &sent, micros(1001))
        })
        .await
        .unwrap()
        == 1
}

footing_tests::on_both_engines!(
    a_sweep_sends_what_it_added_only,
    prompts_of_a_server_that_died_are_taken_over,
    what_stands_when_a_prompt_ends_stays,
    eight_claimers_share_the_prompts,
    a_claim_that_ran_out_is_taken_over_and_its_late_end_refused,
);

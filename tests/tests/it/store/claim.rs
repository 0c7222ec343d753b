//! Prompts are claimed by one: eight claimers on one store.

use std::collections::BTreeMap;

use footing_server::store::deliveries::{self, Delivery, DeliveryState, Settled};
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
    let mut sql = String::from("BEGIN;");
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
    Store::open(&options).unwrap()
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
    eight_claimers_share_the_prompts,
    a_claim_that_ran_out_is_taken_over_and_its_late_end_refused,
);

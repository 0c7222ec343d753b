//! Two servers on one PostgreSQL database: every prompt leaves the house once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use footing_server::rt::clock::VirtualClock;
use footing_tests::example::{id, plan_item};
use footing_tests::push::busy;
use footing_tests::server::START;
use footing_tests::{Clinic, Database, Raw, TestServer};
use serde_json::{Value, json};

const CLINICS: usize = 10;
const PATIENTS: usize = 5;
/// The most a plan may have.
const ITEMS: usize = 40;

/// Lines that are all due at 08:00 on one day.
fn lines() -> Vec<Value> {
    let mut line = plan_item("calf-wall-stretch", &["08:00"]);
    line["ends_on"] = json!("2026-03-02");
    vec![line; ITEMS]
}

async fn open(server: &TestServer, number: usize) {
    let clinic = Clinic::open(server, &format!("clinic-{number}")).await;
    for place in 0..PATIENTS {
        let patient = clinic.patient(&format!("Test Patient {place:02}")).await;
        clinic
            .device(&patient, Some(&format!("synthetic-{number}-{place}")))
            .await;
        clinic.publish(&patient, 0, &lines()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_thousand_prompts_due_at_once_are_each_sent_once() {
    let name = "two_servers::two_thousand_prompts_due_at_once_are_each_sent_once";
    let Some(database) = Database::postgres(name) else {
        return;
    };
    let first = TestServer::start(&database).await;
    for number in 0..CLINICS {
        open(&first, number).await;
    }
    let second = TestServer::start_at(&database, first.clock.clone()).await;
    let due = "2026-03-02T07:00:00Z";
    tokio::join!(first.advance(due), second.advance(due));
    tokio::join!(first.settle(), second.settle());

    let (one, other) = (first.push.sent(), second.push.sent());
    eprintln!(
        "the first server sent {}, the second {}",
        one.len(),
        other.len()
    );
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for sent in one.iter().chain(&other) {
        *times.entry(sent.message_id()).or_default() += 1;
    }
    let twice = times.values().filter(|count| **count > 1).count();
    assert_eq!((times.len(), twice), (CLINICS * PATIENTS * ITEMS, 0));
    assert!(!one.is_empty() && !other.is_empty(), "both took part");
}

/// Two servers plan, take answers and close side by side without failing or doubling anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_share_a_day() {
    let Some(database) = Database::postgres("two_servers::two_servers_share_a_day") else {
        return;
    };
    let first = TestServer::start(&database).await;
    let second = TestServer::start_at(&database, first.clock.clone()).await;
    let clinic = Clinic::open(&first, "demo").await;
    let patient = clinic.patient("Test Patient 01").await;
    let phone = clinic
        .device(&patient, Some("synthetic-push-token-01"))
        .await;
    clinic
        .publish(
            &patient,
            0,
            &[plan_item("calf-wall-stretch", &["08:00", "20:00"])],
        )
        .await;
    for instant in [
        "2026-03-02T07:00:00Z",
        "2026-03-02T11:00:00Z",
        "2026-03-02T19:00:00Z",
    ] {
        tokio::join!(first.advance(instant), second.advance(instant));
    }
    let mut sent = first.push.sent();
    sent.extend(second.push.sent());
    let ids: BTreeSet<String> = sent.iter().map(|one| one.message_id()).collect();
    assert_eq!((sent.len(), ids.len()), (2, 2));

    let elsewhere = second.anonymous().with_token(phone.token().unwrap());
    let day = elsewhere.get("/v1/me/occurrences").await.expect(200);
    let evening = &day["occurrences"][1];
    let answer = json!({ "answers": [{
        "id": id("ans", 1),
        "occurrence_id": evening["id"],
        "kind": "done",
        "answered_at": "2026-03-02T19:00:00Z",
    }] });
    let (here, there) = tokio::join!(
        phone.post("/v1/me/answers", &answer),
        elsewhere.post("/v1/me/answers", &answer)
    );
    let mut heard = [here.expect(200), there.expect(200)].map(|body| {
        body["results"][0]["disposition"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    heard.sort();
    assert_eq!(heard, ["applied", "duplicate"]);
    let adherence = phone.get("/v1/me/adherence").await.expect(200);
    assert_eq!(
        (&adherence["numerator"], &adherence["denominator"]),
        (&json!(1.0), &json!(2))
    );
}

/// A server whose runtime nobody drives stands still where it is, as one that was stopped with SIGSTOP.
#[test]
fn a_server_that_stood_still_past_its_lease_sends_nothing_again() {
    let name = "two_servers::a_server_that_stood_still_past_its_lease_sends_nothing_again";
    let Some(database) = Database::postgres(name) else {
        return;
    };
    let runtime = || {
        let builder = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        builder.unwrap()
    };
    let (of_first, of_second) = (runtime(), runtime());
    let clock = VirtualClock::new(START.parse().unwrap());
    let due = "2026-03-02T07:00:00Z".parse().unwrap();
    let first = of_first.block_on(async {
        let first = TestServer::start_with(&database, clock.clone(), |options, _| {
            options.push_in_flight = 1;
        })
        .await;
        open(&first, 0).await;
        // Not taken by the gateway: what the second sends again is no repeat.
        first.push.next(busy(1));
        clock.advance_to(due);
        while first.push.sent().is_empty() {
            tokio::task::yield_now().await;
        }
        first
    });
    let held = Raw::connect(&database).claimed();
    assert!(held > 10, "it stands still with {held} claimed");

    clock.advance_to(due + Duration::from_secs(300));
    let second = of_second.block_on(async {
        let second = TestServer::start_at(&database, clock.clone()).await;
        second.settle().await;
        second
    });
    assert_eq!(
        second.push.sent().len(),
        PATIENTS * ITEMS,
        "it took all over"
    );

    of_first.block_on(first.settle());
    clock.advance_to(due + Duration::from_secs(600));
    of_second.block_on(second.settle());
    of_first.block_on(first.settle());
    let sent: Vec<_> = [first.push.sent(), second.push.sent()].concat();
    let taken: Vec<String> = sent
        .iter()
        .filter(|one| one.accepted())
        .map(|one| one.message_id())
        .collect();
    let distinct: BTreeSet<&String> = taken.iter().collect();
    assert_eq!(
        (taken.len(), distinct.len()),
        (PATIENTS * ITEMS, PATIENTS * ITEMS)
    );
    assert_eq!(
        first.push.sent().len(),
        1,
        "nothing was begun past its lease"
    );
    let sent = "SELECT count(*) AS value FROM deliveries WHERE state = 'sent'";
    let sent = Raw::connect(&database).number(sent);
    assert_eq!(usize::try_from(sent).unwrap(), PATIENTS * ITEMS);
    of_first.block_on(first.stop());
    of_second.block_on(second.stop());
}

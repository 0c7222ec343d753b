//! Servers whose clocks differ, from each other and from the database's.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use footing_server::rt::clock::{Clock, VirtualClock, WallClock};
use footing_tests::example::plan_item;
use footing_tests::server::START;
use footing_tests::{Clinic, Database, TestServer};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

const LINES: usize = 8;
/// 08:00 in Berlin.
const DUE: &str = "2026-03-02T07:00:00Z";

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn seconds(ahead: i64) -> SignedDuration {
    SignedDuration::from_secs(ahead)
}

fn true_clock() -> VirtualClock {
    VirtualClock::new(at(START))
}

/// A patient with so many prompts due at 08:00, whose phone has a token of this name.
async fn eight_prompts(server: &TestServer, name: &str) {
    let clinic = Clinic::open(server, name).await;
    let patient = clinic.patient("Test Patient 01").await;
    clinic.device(&patient, Some(name)).await;
    let mut line = plan_item("calf-wall-stretch", &["08:00"]);
    line["ends_on"] = "2026-03-02".into();
    clinic.publish(&patient, 0, &vec![line; LINES]).await;
}

fn ids(server: &TestServer) -> BTreeSet<String> {
    let sent = server.push.sent();
    sent.iter().map(|one| one.message_id()).collect()
}

/// A server that claimed all prompts, whose gateway does not answer, and another one; wrong by so many seconds.
async fn one_holds(
    database: &Database,
    clock: &VirtualClock,
    (holds, looks): (i64, i64),
) -> (TestServer, TestServer) {
    let holder = TestServer::start_at(database, clock.ahead_by(seconds(holds))).await;
    eight_prompts(&holder, "synthetic-one").await;
    holder.settle().await;
    holder.push.hold();
    clock.advance_to(at(DUE));
    holder.push.until_came(LINES).await;
    let other = TestServer::start_at(database, clock.ahead_by(seconds(looks))).await;
    other.settle().await;
    (holder, other)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_one_server_holds_no_other_takes_however_their_clocks_differ() {
    let name = "two_clocks::what_one_server_holds_no_other_takes_however_their_clocks_differ";
    for wrong_by in [(0, 90), (-90, 0), (-90, 90)] {
        let Some(database) = Database::postgres(name) else {
            return;
        };
        let clock = true_clock();
        let (holder, other) = one_holds(&database, &clock, wrong_by).await;
        clock.advance_to(at("2026-03-02T07:00:29Z"));
        other.settle().await;
        assert_eq!(other.push.sent().len(), 0, "{wrong_by:?}");
        holder.push.release();
        holder.settle().await;
        other.settle().await;
        assert_eq!(other.push.sent().len(), 0, "{wrong_by:?}");
        assert_eq!(
            (holder.push.sent().len(), ids(&holder).len()),
            (LINES, LINES)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_dead_server_held_is_taken_when_its_lease_ends_however_the_clocks_differ() {
    let name = "two_clocks::what_a_dead_server_held_is_taken_when_its_lease_ends_however_the_clocks_differ";
    for wrong_by in [(0, 90), (90, -90)] {
        let Some(database) = Database::postgres(name) else {
            return;
        };
        let clock = true_clock();
        let (_dead, other) = one_holds(&database, &clock, wrong_by).await;
        clock.advance_to(at("2026-03-02T07:00:59Z"));
        other.settle().await;
        assert_eq!(other.push.sent().len(), 0, "{wrong_by:?}");
        clock.advance_to(at("2026-03-02T07:01:00Z"));
        other.settle().await;
        assert_eq!(ids(&other).len(), LINES, "{wrong_by:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_day_of_two_clocks_has_each_prompt_once_at_the_databases_time() {
    let name = "two_clocks::a_day_of_two_clocks_has_each_prompt_once_at_the_databases_time";
    let Some(database) = Database::postgres(name) else {
        return;
    };
    let clock = true_clock();
    let early = TestServer::start_at(&database, clock.ahead_by(seconds(90))).await;
    let late = TestServer::start_at(&database, clock.ahead_by(seconds(-90))).await;
    for number in 0..4 {
        eight_prompts(&early, &format!("synthetic-{number}")).await;
    }
    early.settle().await;
    early.advance("2026-03-02T07:01:29Z").await;
    late.settle().await;
    assert_eq!(early.now(), at("2026-03-02T07:01:29Z"));
    let sent = || early.push.sent().len() + late.push.sent().len();
    assert_eq!(sent(), 0);
    early.advance("2026-03-02T07:01:30Z").await;
    late.settle().await;
    let all: BTreeSet<String> = ids(&early).union(&ids(&late)).cloned().collect();
    assert_eq!((sent(), all.len()), (4 * LINES, 4 * LINES));
}

async fn readiness(server: &TestServer, status: u16) -> Value {
    server.anonymous().get("/readyz").await.expect(status)
}

async fn a_clock_far_from_the_databases_is_told_and_sends_nothing(database: Database) {
    let clock = true_clock();
    let near = TestServer::start_at(&database, clock.ahead_by(seconds(-300))).await;
    assert_eq!(readiness(&near, 200).await["clock_ahead_ms"], -300_000);
    eight_prompts(&near, "synthetic-one").await;
    near.stop().await;
    let far = TestServer::start_at(&database, clock.ahead_by(seconds(-301))).await;
    let told = readiness(&far, 503).await.to_string();
    assert!(told.contains("-301 s ahead of the database's"), "{told}");
    clock.advance_to(at("2026-03-02T07:10:00Z"));
    far.settle().await;
    assert_eq!(far.push.sent().len(), 0);
    far.stop().await;
    let right = TestServer::start_at(&database, clock.clone()).await;
    right.settle().await;
    assert_eq!(ids(&right).len(), LINES);
}

footing_tests::on_both_engines!(a_clock_far_from_the_databases_is_told_and_sends_nothing);

/// The clock of a machine that is wrong.
struct WrongBy(SignedDuration);

impl Clock for WrongBy {
    fn now(&self) -> Timestamp {
        WallClock.now() + self.0
    }

    fn running_for(&self) -> Duration {
        WallClock.running_for()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        WallClock.sleep_until(at - self.0)
    }

    fn is_wall(&self) -> bool {
        true
    }
}

async fn wrong_by(database: &Database, by: i64) -> TestServer {
    let wrong = Arc::new(WrongBy(seconds(by)));
    TestServer::start_with(database, true_clock(), |_, doors| doors.clock = wrong).await
}

#[tokio::test]
async fn a_machines_clock_is_compared_with_that_of_postgresql() {
    let name = "two_clocks::a_machines_clock_is_compared_with_that_of_postgresql";
    let Some(database) = Database::postgres(name) else {
        return;
    };
    let server = wrong_by(&database, 90).await;
    let ahead = readiness(&server, 200).await["clock_ahead_ms"].as_i64();
    assert!(
        ahead.is_some_and(|ahead| (85_000..95_000).contains(&ahead)),
        "{ahead:?}"
    );
    server.stop().await;
    let far = wrong_by(&database, 400).await;
    readiness(&far, 503).await;
}

#[tokio::test]
async fn an_sqlite_file_has_the_clock_of_its_machine() {
    let server = wrong_by(&Database::sqlite(), 400).await;
    assert_eq!(readiness(&server, 200).await["clock_ahead_ms"], 0);
}

//! A push gateway that answers nobody, slowly, or not for hours, beside everything else.

mod under_way;

use std::sync::Arc;
use std::time::Duration;

use footing_server::push::circuit::CircuitRules;
use footing_server::push::{Guarded, Outcome, PushKind};
use footing_server::rt::clock::{VirtualClock, real_sleep, real_timeout};
use footing_tests::clinic::text;
use footing_tests::example::{done, plan_item, summary};
use footing_tests::push::Sent;
use footing_tests::server::START;
use footing_tests::{Caller, Clinic, Database, PushDouble, Raw, TestServer};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// 08:00 in Berlin.
const DUE: &str = "2026-03-02T07:00:00Z";
/// Longer than any request takes, shorter than a test may.
const PATIENCE: Duration = Duration::from_secs(20);

fn token(number: usize) -> String {
    format!("synthetic-push-token-0{number}")
}

/// A server that has so many messages on their way at most.
async fn narrow(database: &Database, push_in_flight: usize) -> TestServer {
    let clock = VirtualClock::new(START.parse().unwrap());
    TestServer::start_with(database, clock, |options, _| {
        options.push_in_flight = push_in_flight;
    })
    .await
}

/// Patients with a stretch at these times, and their phones.
async fn patients(server: &TestServer, count: usize, times: &[&str]) -> (Clinic, Vec<Caller>) {
    let clinic = Clinic::open(server, "demo").await;
    let mut phones = Vec::new();
    for number in 0..count {
        let patient = clinic.patient(&format!("Test Patient {number}")).await;
        phones.push(clinic.device(&patient, Some(&token(number))).await);
        let mut line = plan_item("calf-wall-stretch", times);
        line["ends_on"] = json!("2026-03-02");
        clinic.publish(&patient, 0, &[line]).await;
    }
    server.settle().await;
    (clinic, phones)
}

/// Until this many are claimed.
async fn until_claimed(database: &Database, count: i64) {
    let mut raw = Raw::connect(database);
    for _ in 0..2000 {
        if raw.claimed() == count {
            return;
        }
        real_sleep(Duration::from_millis(10)).await;
    }
    panic!("{count} deliveries are never claimed");
}

fn prompts(server: &TestServer) -> usize {
    let sent = server.push.sent();
    sent.iter().filter(|one| one.is_prompt()).count()
}

async fn consent_taken_back_after_the_claim_keeps_a_prompt_in_the_house(database: Database) {
    let server = narrow(&database, 1).await;
    let (_clinic, phones) = patients(&server, 3, &["08:00"]).await;
    server.push.hold();
    server.clock.advance_to(DUE.parse().unwrap());
    server.push.until_came(1).await;
    until_claimed(&database, 3).await;
    for phone in &phones {
        let taken_back = phone.post("/v1/me/consent/withdraw", &json!({})).await;
        taken_back.expect(200);
    }
    server.push.release();
    server.settle().await;
    assert_eq!(prompts(&server), 1, "the one that was on its way");
}

async fn a_gateway_that_answers_nobody_holds_up_no_upload_and_no_answer(database: Database) {
    let server = narrow(&database, 2).await;
    let (clinic, phones) = patients(&server, 4, &["08:00"]).await;
    server.push.hold();
    server.clock.advance_to(DUE.parse().unwrap());
    server.push.until_came(2).await;
    let acts = join_all(
        phones
            .iter()
            .zip(1..)
            .map(|(phone, number)| act(phone, number)),
    );
    let done = real_timeout(PATIENCE, acts).await;
    assert!(
        done.is_some(),
        "an upload or an answer waits for the gateway"
    );
    let list = real_timeout(PATIENCE, clinic.clinician.get("/v1/patients")).await;
    list.expect("a list waits for the gateway").expect(200);
    assert_eq!(server.push.sent(), [], "nothing was answered meanwhile");
    server.push.release();
    server.settle().await;
    assert!(prompts(&server) >= 2);
}

/// Uploads sessions and answers what is due.
async fn act(phone: &Caller, number: u64) {
    for session in 0..5 {
        let walk = summary(100 * number + session, "2026-03-02T06:10:00Z");
        let body = json!({ "sessions": [walk] });
        let reply = phone
            .post("/v1/me/insole-sessions", &body)
            .await
            .expect(200);
        assert_eq!(reply["results"][0]["disposition"], json!("created"));
    }
    let day = phone.get("/v1/me/occurrences").await.expect(200);
    let answer = done(number, text(&day["occurrences"][0], "id"), DUE);
    let body = json!({ "answers": [answer] });
    let reply = phone.post("/v1/me/answers", &body).await.expect(200);
    assert_eq!(reply["results"][0]["disposition"], json!("applied"));
}

async fn guarded(database: &Database) -> TestServer {
    let clock = VirtualClock::new(START.parse().unwrap());
    let by = Arc::new(clock.clone());
    let mut double = None;
    let mut server = TestServer::start_with(database, clock, |_, doors| {
        let push = PushDouble::new(by.as_ref().clone());
        let rules = CircuitRules::default();
        doors.push = Arc::new(Guarded::new(push.clone(), rules, by));
        double = Some(push);
    })
    .await;
    server.push = double.unwrap();
    server
}

fn accepted(server: &TestServer, number: usize, kind: PushKind) -> Vec<Sent> {
    let mut sent = server.push.all_to(&token(number));
    sent.retain(|one| one.accepted() && one.kind() == kind);
    sent
}

async fn phases(phone: &Caller) -> Vec<String> {
    let path = "/v1/me/occurrences?from=2026-03-02&through=2026-03-02";
    let body = phone.get(path).await.expect(200);
    let told = |one: &Value| format!("{} {}", text(one, "phase"), one["reason"]);
    let all = body["occurrences"].as_array().unwrap();
    all.iter().map(told).collect()
}

async fn six_hours_without_a_gateway_end_in_one_message_for_what_is_open(database: Database) {
    let server = guarded(&database).await;
    let times = ["08:00", "11:30", "12:00", "12:15", "13:30", "20:00"];
    let (_clinic, phones) = patients(&server, 2, &times).await;
    let down = Outcome::RetryAfter {
        delay: None,
        code: "UNAVAILABLE".to_owned(),
    };
    for number in 0..2 {
        server.push.always(&token(number), down.clone());
    }
    server.advance("2026-03-02T13:15:00Z").await;
    let asked = server.push.sent().len();
    assert!((10..80).contains(&asked), "asked {asked} times");
    for number in 0..2 {
        let up = Outcome::Accepted {
            provider_message_id: "double-up".to_owned(),
        };
        server.push.always(&token(number), up);
    }
    server.advance("2026-03-02T14:00:00Z").await;
    let of_both = |kind| [0, 1].map(|number| accepted(&server, number, kind).len());
    let alone: usize = of_both(PushKind::Prompt).iter().sum();
    assert_eq!(of_both(PushKind::Digest), [1, 1]);
    // 13:30 is 45 minutes late and goes out by itself; of those that are folded the gateway was tried with one.
    assert!((2..=3).contains(&alone), "{alone}");
    let ready = server.anonymous().get("/readyz").await.expect(200);
    assert_eq!(ready["push_circuits_open"], json!([]));

    server.advance("2026-03-03T00:00:00Z").await;
    for phone in &phones {
        let phases = phases(phone).await;
        assert_eq!(phases[0], "excused \"circuit_open\"");
        let excused = |one: &&String| one.starts_with("excused");
        assert!(
            phases[1..4].iter().filter(excused).count() >= 2,
            "{phases:?}"
        );
        assert!(phases[5].starts_with("missed"), "{phases:?}");
    }
}

footing_tests::on_both_engines!(
    consent_taken_back_after_the_claim_keeps_a_prompt_in_the_house,
    a_gateway_that_answers_nobody_holds_up_no_upload_and_no_answer,
    six_hours_without_a_gateway_end_in_one_message_for_what_is_open,
);

//! A day of one patient: walks are uploaded, prompts fall due, answers are given. What it comes to does not depend on what
//! breaks on the way, as long as everybody asks again.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use actix_web::http::Method;
use footing_disk::Image;
use footing_server::access::service::NewClinic;
use footing_server::app::in_process::Answer;
use footing_tests::clinic::{PASSWORD, text};
use footing_tests::example::{done, plan_item, summary};
use serde_json::{Value, json};

use super::house::{Died, FILE, House, alone};

const PUSH_TOKEN: &str = "synthetic-push-token-01";
const SESSIONS: &str = "/v1/me/insole-sessions";
const ANSWERS: &str = "/v1/me/answers";
const OCCURRENCES: &str = "/v1/me/occurrences?from=2026-03-02&through=2026-03-02";

/// A clinic with a patient, a plan and a phone, as its server left it.
pub(super) struct Opened {
    pub(super) image: Image,
    pub(super) now: &'static str,
    patient: String,
    pub(super) clinician: String,
    pub(super) phone: String,
    /// The occurrences of the day by their local time.
    occurrences: BTreeMap<String, String>,
}

/// The clinic before the day.
pub(super) fn opened() -> &'static Opened {
    static OPENED: OnceLock<Opened> = OnceLock::new();
    OPENED.get_or_init(|| std::thread::scope(|scope| scope.spawn(|| alone(open())).join().unwrap()))
}

fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// Asks, and must be given it.
async fn must(house: &House, method: Method, token: &str, path: &str, sent: Value) -> Value {
    let sent = (!sent.is_null()).then_some(&sent);
    let answer = house.call(method, token, path, sent).await.unwrap();
    let given = body(&answer);
    assert!(
        (200..300).contains(&answer.status),
        "{path}: {} {given}",
        answer.status
    );
    given
}

/// What the operator says of the clinic.
pub(super) fn clinic() -> NewClinic {
    NewClinic {
        slug: "demo".to_owned(),
        name: "Test Clinic demo".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        clinician_name: "Test Clinician 01".to_owned(),
        email: "clinician@demo.example.org".to_owned(),
        sandbox: false,
    }
}

/// A clinician who set the password. Gives the token.
pub(super) async fn signed_in(house: &House) -> String {
    let opened = house.open_clinic(clinic()).await.expect("a clinic");
    let set = json!({ "code": opened.code.reveal(), "password": PASSWORD });
    let path = "/v1/clinicians/password";
    let session = must(house, Method::POST, "", path, set).await;
    text(&session, "token").to_owned()
}

async fn open() -> Opened {
    let house = House::new().await;
    let clinician = signed_in(&house).await;
    let new = json!({ "name": "Test Patient 01", "time_zone": "Europe/Berlin" });
    let added = must(&house, Method::POST, &clinician, "/v1/patients", new).await;
    let patient = text(&added, "id").to_owned();
    let path = format!("/v1/patients/{patient}/enrolment-codes");
    let code = must(&house, Method::POST, &clinician, &path, json!({})).await;
    let enrol = json!({ "code": code["code"], "platform": "android", "push_token": PUSH_TOKEN });
    let enrolled = must(&house, Method::POST, "", "/v1/enrolments", enrol).await;
    let phone = text(&enrolled, "token").to_owned();
    let times = ["08:00", "12:00", "16:00"];
    let plan = json!({ "base_version": 0, "items": [plan_item("calf-wall-stretch", &times)] });
    let path = format!("/v1/patients/{patient}/plan");
    must(&house, Method::PUT, &clinician, &path, plan).await;
    let now = footing_tests::server::START;
    house.pass_to(now).await.unwrap();
    let day = must(&house, Method::GET, &phone, OCCURRENCES, Value::Null).await;
    let all = day["occurrences"].as_array().unwrap();
    let times = times.into_iter().map(str::to_owned);
    let ids = all.iter().map(|one| text(one, "id").to_owned());
    Opened {
        image: house.disk.image(),
        now,
        patient,
        clinician,
        phone,
        occurrences: times.zip(ids).collect(),
    }
}

/// What somebody does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    /// The phone uploads two walks, from this number on.
    Upload(u64),
    /// The patient says that it is done: the answer's number, the occurrence, and when.
    Answer(u64, &'static str, &'static str),
    /// Time passes.
    Pass(&'static str),
    /// The clinician looks.
    Look,
}

/// The day, from 07:00 in Berlin on. Nobody answers before a claim of a process that died has run out: an answered prompt is
/// not sent any more.
pub(super) const DAY: [Deed; 13] = [
    Deed::Upload(1),
    Deed::Pass("2026-03-02T07:00:00Z"),
    Deed::Pass("2026-03-02T07:02:00Z"),
    Deed::Answer(1, "08:00", "2026-03-02T07:02:00Z"),
    Deed::Look,
    Deed::Upload(3),
    Deed::Pass("2026-03-02T11:00:00Z"),
    Deed::Pass("2026-03-02T11:02:00Z"),
    Deed::Answer(2, "12:00", "2026-03-02T11:02:00Z"),
    Deed::Upload(5),
    Deed::Pass("2026-03-02T15:00:00Z"),
    Deed::Pass("2026-03-02T15:02:00Z"),
    Deed::Pass("2026-03-03T03:00:00Z"),
];

/// The walks and answers that were acknowledged.
#[derive(Debug, Default, Clone)]
pub(super) struct Acknowledged {
    sessions: Vec<String>,
    answers: Vec<(String, String)>,
}

/// What came of a deed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is done.
    Done,
    /// The server asked to try again later, as it should.
    PutOff,
}

impl Opened {
    /// Does a deed, and notes what was acknowledged.
    pub(super) async fn act(
        &self,
        house: &House,
        deed: Deed,
        noted: &mut Acknowledged,
    ) -> Result<Outcome, Died> {
        match deed {
            Deed::Upload(first) => {
                let walks = [first, first + 1];
                let at = |number| format!("2026-03-02T05:{number:02}:00Z");
                let walks =
                    walks.map(|number| serde_json::to_value(summary(number, &at(number))).unwrap());
                let sent = json!({ "sessions": walks });
                let answer = house
                    .call(Method::POST, &self.phone, SESSIONS, Some(&sent))
                    .await?;
                let each = results(&answer, &["created", "duplicate"]);
                let ids = walks.iter().map(|walk| text(walk, "session_id").to_owned());
                let kept = ids.zip(&each).filter(|(_, kept)| **kept);
                noted.sessions.extend(kept.map(|(id, _)| id));
                Ok(came(&each))
            }
            Deed::Answer(number, at, when) => {
                let occurrence = &self.occurrences[at];
                let sent = json!({ "answers": [done(number, occurrence, when)] });
                let answer = house
                    .call(Method::POST, &self.phone, ANSWERS, Some(&sent))
                    .await?;
                let each = results(&answer, &["applied", "duplicate"]);
                if each == [true] {
                    noted.answers.push((occurrence.clone(), "done".to_owned()));
                }
                Ok(came(&each))
            }
            Deed::Pass(to) => {
                // A job whose pass failed has another at once, as it would have by itself after 5 s.
                house.pass_to(to).await?;
                house.pass_to(to).await.map(|()| Outcome::Done)
            }
            Deed::Look => {
                let path = format!("/v1/patients/{}/insole-sessions", self.patient);
                let answer = house
                    .call(Method::GET, &self.clinician, &path, None)
                    .await?;
                if answer.status == 200 {
                    return Ok(Outcome::Done);
                }
                must_be_put_off(&answer);
                Ok(Outcome::PutOff)
            }
        }
    }

    /// Fails unless everything that was acknowledged is there.
    pub(super) async fn must_hold(&self, house: &House, noted: &Acknowledged) {
        let given = must(house, Method::GET, &self.phone, SESSIONS, Value::Null).await;
        let given: Vec<&str> = each(&given["sessions"], "session_id");
        for id in &noted.sessions {
            let times = given.iter().filter(|one| *one == id).count();
            assert_eq!(times, 1, "an acknowledged session is there {times} times");
        }
        let day = must(house, Method::GET, &self.phone, OCCURRENCES, Value::Null).await;
        let states = day["occurrences"].as_array().unwrap();
        for (occurrence, state) in &noted.answers {
            let held = states.iter().find(|one| one["id"] == **occurrence);
            let held = held.map(|one| text(one, "phase"));
            assert_eq!(held, Some(state.as_str()), "an acknowledged answer");
        }
    }

    /// What the day came to: what the phone is shown, the walks counted as worn, the number of rows of each table, and the distinct messages
    /// that the gateway took.
    pub(super) async fn came_to(&self, house: &House) -> Vec<(String, Value)> {
        let mut all = Vec::new();
        for path in [SESSIONS, OCCURRENCES, "/v1/me/adherence"] {
            let shown = must(house, Method::GET, &self.phone, path, Value::Null).await;
            all.push((path.to_owned(), shown));
        }
        let worn = "SELECT coalesce(sum(worn_s + steps), 0) AS value FROM wear_days";
        all.push(("worn".to_owned(), json!(house.number(worn))));
        let tables = "SELECT name AS value FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        for table in house.texts(tables) {
            // An attempt that was cut off or failed is one more; a sweep and an outage are the server's own.
            if !["delivery_attempts", "sweeps", "outages"].contains(&table.as_str()) {
                let rows = house.number(&format!("SELECT count(*) AS value FROM {table}"));
                all.push((table, json!(rows)));
            }
        }
        let mut messages: Vec<String> = house
            .push
            .all_to(PUSH_TOKEN)
            .iter()
            .filter(|sent| sent.accepted())
            .map(|sent| format!("{:?} {}", sent.kind(), sent.message_id()))
            .collect();
        messages.sort();
        messages.dedup();
        let kinds: Vec<&str> = messages
            .iter()
            .filter_map(|message| message.split(' ').next())
            .collect();
        all.push(("messages".to_owned(), json!(kinds)));
        all
    }
}

/// Fails where one day came to something else than another.
#[track_caller]
pub(super) fn must_equal(came_to: &[(String, Value)], expected: &[(String, Value)], when: &str) {
    assert_eq!(came_to.len(), expected.len());
    for (one, other) in came_to.iter().zip(expected) {
        assert_eq!(one, other, "{when}");
    }
}

/// The day without any fault: what it comes to, and how many operations of the disk it takes.
pub(super) async fn undisturbed() -> (Vec<(String, Value)>, u64) {
    let opened = opened();
    let house = House::of(&opened.image, opened.now).await;
    let (before, mut noted) = (house.disk.operations(), Acknowledged::default());
    for deed in DAY {
        let came = opened.act(&house, deed, &mut noted).await;
        assert_eq!(came, Ok(Outcome::Done), "{deed:?}");
    }
    let operations = house.disk.operations() - before;
    assert_eq!((noted.sessions.len(), noted.answers.len()), (6, 2));
    opened.must_hold(&house, &noted).await;
    house.must_be_whole();
    assert!(house.disk.image().files.contains_key(FILE));
    (opened.came_to(&house).await, operations)
}

fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    let list = list.as_array().unwrap();
    list.iter().map(|one| text(one, field)).collect()
}

/// Whether each item of a batch is kept; what is not was put off, alone or with the whole.
fn results(answer: &Answer, kept: &[&str]) -> Vec<bool> {
    if answer.status != 200 {
        must_be_put_off(answer);
        return vec![false];
    }
    let given = body(answer);
    let kept = each(&given["results"], "disposition")
        .into_iter()
        .map(|one| kept.contains(&one));
    let kept: Vec<bool> = kept.collect();
    assert!(kept.iter().all(|kept| *kept), "{given}");
    kept
}

fn came(each: &[bool]) -> Outcome {
    if each.iter().all(|kept| *kept) {
        Outcome::Done
    } else {
        Outcome::PutOff
    }
}

/// Fails unless every session has its line in the audit trail, and every answered occurrence its answer.
#[track_caller]
pub(super) fn must_have_no_halves(house: &House) {
    for (one, other) in [
        (
            "insole_sessions",
            "audit WHERE action = 'insole_session.upload'",
        ),
        ("occurrences WHERE state = 'done'", "answers"),
    ] {
        let count = |what| house.number(&format!("SELECT count(*) AS value FROM {what}"));
        assert_eq!(count(one), count(other), "{one} beside {other}");
    }
}

/// Fails unless the answer is 503 as RFC 9457 writes it.
#[track_caller]
pub(super) fn must_be_put_off(answer: &Answer) {
    let given = body(answer);
    assert_eq!(answer.status, 503, "{given}");
    assert_eq!(answer.media_type, "application/problem+json");
    assert_eq!(given["type"], "urn:footing:problem:unavailable");
}

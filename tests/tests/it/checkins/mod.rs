//! Check-ins as a phone sends them and a clinic sees them, and what they cause.

mod corrections;
mod held;
mod intake;
mod red_flags;
mod s15;
mod scales;
mod settings;
mod stops;
mod trend;
mod worse;

use footing_tests::clinic::text;
use footing_tests::example::{id, plan_item};
use footing_tests::{Caller, Clinic, Database, Raw, Reply, TestServer};
use serde_json::{Value, json};

/// The stretch of the scenarios.
const STRETCH: &str = "calf-wall-stretch";
/// What stands beside it in the plan.
const OTHER: &str = "cat-camel";

/// A clinic, a patient in Berlin with two daily exercises and a phone, at 07:00 in Berlin on 2 March 2026.
struct Scene {
    server: TestServer,
    clinic: Clinic,
    patient: String,
    phone: Caller,
    database: Database,
}

impl Scene {
    async fn set(database: Database) -> Self {
        let server = TestServer::start(&database).await;
        let clinic = Clinic::open(&server, "demo").await;
        let patient = clinic.patient("Test Patient 01").await;
        let phone = clinic
            .device(&patient, Some("synthetic-push-token-01"))
            .await;
        let plan = [
            plan_item(STRETCH, &["08:00", "20:00"]),
            plan_item(OTHER, &["12:00"]),
        ];
        clinic.publish(&patient, 0, &plan).await;
        server.settle().await;
        Self {
            server,
            clinic,
            patient,
            phone,
            database,
        }
    }

    /// The id of a date's first occurrence of an exercise.
    async fn occurrence(&self, exercise: &str, date: &str) -> String {
        let found = self.day(date).await;
        let found = found.iter().find(|one| one["exercise"] == json!(exercise));
        text(found.unwrap(), "id").to_owned()
    }

    async fn day(&self, date: &str) -> Vec<Value> {
        let path = format!("/v1/me/occurrences?from={date}&through={date}");
        let body = self.phone.get(&path).await.expect(200);
        body["occurrences"].as_array().unwrap().clone()
    }

    /// `exercise phase` of each occurrence of a date.
    async fn phases(&self, date: &str) -> Vec<String> {
        let day = self.day(date).await;
        let line = |one: &Value| format!("{} {}", text(one, "exercise"), text(one, "phase"));
        day.iter().map(line).collect()
    }

    async fn send(&self, items: &[Value]) -> Value {
        let body = json!({ "checkins": items });
        self.phone.post("/v1/me/checkins", &body).await.expect(200)
    }

    /// Sends one check-in that must be new. Gives the whole answer.
    async fn take(&self, item: Value) -> Value {
        let answer = self.send(&[item]).await;
        assert_eq!(dispositions(&answer), ["created"], "{answer}");
        answer
    }

    /// `rule state count` of every alert, by rule and time.
    fn alerts(&self) -> Vec<String> {
        // What is said of days without an answer is told elsewhere.
        self.texts(
            "SELECT rule || ' ' || state || ' ' || count AS value FROM alerts
             WHERE rule NOT IN ('missed_days', 'silent', 'unreachable') ORDER BY rule, first_seen_at",
        )
    }

    /// The keys of what the patient was told, in order.
    fn notices(&self) -> Vec<String> {
        self.texts("SELECT text_key AS value FROM notices WHERE text_key NOT LIKE 'nudge%' ORDER BY created_at, text_key")
    }

    /// Actions of the audit trail that begin so, in order.
    fn audit(&self, beginning: &str) -> Vec<String> {
        self.texts(&format!(
            "SELECT action AS value FROM audit WHERE action LIKE '{beginning}%' ORDER BY at, action"
        ))
    }

    fn texts(&self, sql: &str) -> Vec<String> {
        Raw::connect(&self.database).texts(sql)
    }

    fn path(&self, end: &str) -> String {
        format!("/v1/patients/{}{end}", self.patient)
    }

    /// The clinician, signed in anew: sessions end within a day.
    async fn clinician(&self) -> Caller {
        self.clinic.sign_in(&self.server.anonymous()).await
    }

    /// The clinician's view of a part of the patient's record.
    async fn seen(&self, end: &str) -> Value {
        self.clinician()
            .await
            .get(&self.path(end))
            .await
            .expect(200)
    }

    /// `exercise reason live|ended` of every suspension, newest first.
    async fn suspensions(&self) -> Vec<String> {
        let seen = self.seen("/suspensions").await;
        let line = |one: &Value| {
            let ended = if one["until_at"].is_null() {
                "live"
            } else {
                "ended"
            };
            format!("{} {} {ended}", text(one, "exercise"), text(one, "reason"))
        };
        seen["suspensions"]
            .as_array()
            .unwrap()
            .iter()
            .map(line)
            .collect()
    }

    async fn end_suspension(&self, suspension: &str, body: &Value) -> Reply {
        let path = self.path(&format!("/suspensions/{suspension}/end"));
        self.clinician().await.post(&path, body).await
    }
}

/// A check-in of back pain.
fn back(number: u64, taken_at: &str, pain: u8) -> Value {
    json!({ "id": id("chk", number), "taken_at": taken_at, "back_pain": pain })
}

/// A check-in of pain after an exercise.
fn after(number: u64, taken_at: &str, occurrence: &str, before: u8, pain: u8) -> Value {
    let after = json!({ "occurrence_id": occurrence, "pain_before": before, "pain": pain });
    json!({ "id": id("chk", number), "taken_at": taken_at, "after": after })
}

/// The same as a correction of another.
fn correcting(mut item: Value, replaced: u64) -> Value {
    item["replaces"] = json!(id("chk", replaced));
    item
}

fn dispositions(answer: &Value) -> Vec<String> {
    let results = answer["results"].as_array().unwrap();
    results
        .iter()
        .map(|result| text(result, "disposition").to_owned())
        .collect()
}

/// Keys of the advice, in order.
fn advice(answer: &Value) -> Vec<String> {
    let advice = answer["advice"].as_array().unwrap();
    advice
        .iter()
        .map(|one| text(one, "key").to_owned())
        .collect()
}

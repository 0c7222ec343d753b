//! What insoles tell of wear, footwear and change, and what is found at examinations.

mod course;
mod exams;
mod s16;
mod s17;
mod s18;
mod wear;

use std::sync::Mutex;

use footing_tests::clinic::text;
use footing_tests::{Caller, Clinic, Database, Raw, TestServer};
use gait::SessionSummary;
use jiff::Timestamp;
use serde_json::{Value, json};

/// A clinic, a patient in Berlin and a phone, at 07:00 in Berlin on 2 March 2026.
struct Scene {
    server: TestServer,
    clinic: Clinic,
    patient: String,
    phone: Caller,
    database: Database,
    /// The clinician's session, and when it began: it lasts twelve hours.
    session: Mutex<Option<(Timestamp, Caller)>>,
}

impl Scene {
    async fn set(database: Database) -> Self {
        let server = TestServer::start(&database).await;
        let clinic = Clinic::open(&server, "demo").await;
        let patient = clinic.patient("Test Patient 01").await;
        let phone = clinic.device(&patient, None).await;
        Self {
            server,
            clinic,
            patient,
            phone,
            database,
            session: Mutex::default(),
        }
    }

    /// The clinician, signed in.
    async fn clinician(&self) -> Caller {
        let now = self.server.now();
        let known = self.session.lock().unwrap().clone();
        let fresh = |since: Timestamp| now.duration_since(since).as_hours() < 11;
        if let Some((_, caller)) = known.filter(|(since, _)| fresh(*since)) {
            return caller;
        }
        let caller = self.clinic.sign_in(&self.server.anonymous()).await;
        *self.session.lock().unwrap() = Some((now, caller.clone()));
        caller
    }

    /// Uploads sessions, which must all be new.
    async fn upload(&self, sessions: &[SessionSummary]) {
        assert!(
            dispositions(&self.phone, sessions)
                .await
                .iter()
                .all(|one| one == "created")
        );
    }

    /// Something of the patient, as the clinician sees it.
    async fn see(&self, path: &str) -> Value {
        let clinician = self.clinician().await;
        let path = format!("/v1/patients/{}{path}", self.patient);
        clinician.get(&path).await.expect(200)
    }

    /// Tells the server something of the patient as the clinician.
    async fn say(&self, path: &str, body: &Value) -> footing_tests::Reply {
        let clinician = self.clinician().await;
        let path = format!("/v1/patients/{}{path}", self.patient);
        clinician.post(&path, body).await
    }

    /// Records an event. Gives its id.
    async fn event(&self, body: &Value) -> String {
        text(&self.say("/events", body).await.expect(201), "id").to_owned()
    }

    /// The newest session as the list shows it.
    async fn newest(&self) -> Value {
        self.see("/insole-sessions").await["sessions"][0].clone()
    }

    /// Rule, severity, state and count of every alert.
    fn alerts(&self) -> Vec<String> {
        // What a finding suggests is told in `planning`.
        Raw::connect(&self.database).texts(
            "SELECT rule || ' ' || severity || ' ' || state || ' ' || count AS value FROM alerts
             WHERE rule NOT LIKE 'suggestion:%' ORDER BY first_seen_at, rule",
        )
    }

    /// Key and values of every notice.
    fn notices(&self) -> Vec<String> {
        Raw::connect(&self.database).texts(
            "SELECT text_key || ' ' || text_values AS value FROM notices ORDER BY created_at, id",
        )
    }
}

async fn dispositions(phone: &Caller, sessions: &[SessionSummary]) -> Vec<String> {
    let body = json!({ "sessions": sessions });
    let body = phone
        .post("/v1/me/insole-sessions", &body)
        .await
        .expect(200);
    let results = body["results"].as_array().unwrap();
    results
        .iter()
        .map(|result| text(result, "disposition").to_owned())
        .collect()
}

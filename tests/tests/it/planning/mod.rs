//! Writing a plan: seen before it is signed, from templates, from what the insoles found, and side by side with what was.

mod doses;
mod preview;
mod suggestions;
mod templates;

use footing_tests::{Caller, Clinic, Database, Reply, TestServer};
use serde_json::Value;

/// A clinic and a patient in Berlin, at 07:00 there on 2 March 2026.
struct Scene {
    server: TestServer,
    clinic: Clinic,
    patient: String,
    phone: Caller,
    _database: Database,
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
            _database: database,
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/patients/{}{rest}", self.patient)
    }

    fn page(&self, rest: &str) -> String {
        format!("/patients/{}{rest}", self.patient)
    }

    async fn publish(&self, base_version: i64, items: &[Value]) -> Value {
        self.clinic
            .publish(&self.patient, base_version, items)
            .await
    }

    async fn post(&self, rest: &str, body: &Value) -> Reply {
        self.clinic.clinician.post(&self.path(rest), body).await
    }

    async fn get(&self, rest: &str) -> Value {
        self.clinic
            .clinician
            .get(&self.path(rest))
            .await
            .expect(200)
    }

    /// What the patient is asked through these dates: date, time, exercise and dose of everything not cancelled.
    async fn asked(&self, from: &str, through: &str) -> Vec<[String; 4]> {
        let path = self.path(&format!("/occurrences?from={from}&through={through}"));
        let body = self.clinic.clinician.get(&path).await.expect(200);
        let rows = body["occurrences"].as_array().unwrap();
        let live = rows.iter().filter(|row| row["phase"] != "cancelled");
        live.map(|row| {
            ["date", "time", "exercise", "dose"]
                .map(|field| row[field].as_str().unwrap().to_owned())
        })
        .collect()
    }
}

/// A page that must be there.
#[track_caller]
fn page(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status, status, "{}", reply.text());
    reply.text()
}

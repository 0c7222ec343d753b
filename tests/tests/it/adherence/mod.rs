//! Adherence over HTTP: every measure with what it was made from, and the figures of days as they are kept.

mod days;
mod measures;

use footing_tests::clinic::text;
use footing_tests::example::plan_item;
use footing_tests::{Caller, Clinic, Database, TestServer};
use serde_json::{Value, json};

const TOKEN: &str = "synthetic-push-token-01";

/// A clinic, a patient in Berlin and a phone; the calf stretch (180 s held) is planned daily from Monday, 2 March 2026.
struct Scene {
    server: TestServer,
    clinic: Clinic,
    patient: String,
    phone: Caller,
    database: Database,
}

impl Scene {
    async fn set(database: Database, times: &[&str], token: Option<&str>) -> Self {
        let server = TestServer::start(&database).await;
        let clinic = Clinic::open(&server, "demo").await;
        let patient = clinic.patient("Test Patient 01").await;
        let phone = clinic.device(&patient, token).await;
        let items = [plan_item("calf-wall-stretch", times)];
        clinic.publish(&patient, 0, &items).await;
        server.settle().await;
        Self {
            server,
            clinic,
            patient,
            phone,
            database,
        }
    }

    /// The ids of the occurrences of a date.
    async fn ids(&self, date: &str) -> Vec<String> {
        let path = format!("/v1/me/occurrences?from={date}&through={date}");
        let body = self.phone.get(&path).await.expect(200);
        let all = body["occurrences"].as_array().unwrap();
        all.iter().map(|one| text(one, "id").to_owned()).collect()
    }

    async fn answer(&self, answers: &[Value]) -> Vec<String> {
        let body = json!({ "answers": answers });
        let body = self.phone.post("/v1/me/answers", &body).await.expect(200);
        let results = body["results"].as_array().unwrap();
        let of = |result: &Value| text(result, "disposition").to_owned();
        results.iter().map(of).collect()
    }

    async fn adherence(&self, query: &str) -> Value {
        let path = format!("/v1/patients/{}/adherence{query}", self.patient);
        self.clinician().await.get(&path).await.expect(200)
    }

    /// The clinician, signed in anew: a session does not last for days.
    async fn clinician(&self) -> Caller {
        self.clinic.sign_in(&self.server.anonymous()).await
    }
}

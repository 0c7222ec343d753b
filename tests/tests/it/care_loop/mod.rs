//! The loop from plan to prompt to answer to adherence, as the clinic and a phone see it.

mod answers;
mod delivery;
mod explained;
mod plans;
mod prescriptions;
mod today;

use footing_tests::clinic::text;
use footing_tests::example::{done, plan_item};
use footing_tests::{Caller, Clinic, Database, TestServer};
use serde_json::{Value, json};

/// The push token of the scene's device.
const TOKEN: &str = "synthetic-push-token-01";

/// A clinic, a patient in Berlin and a phone, at 07:00 in Berlin on 2 March 2026.
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
        let phone = clinic.device(&patient, Some(TOKEN)).await;
        Self {
            server,
            clinic,
            patient,
            phone,
            _database: database,
        }
    }

    /// The scene with the calf stretch planned daily at these times.
    async fn with_plan(database: Database, times: &[&str]) -> Self {
        let scene = Self::set(database).await;
        scene
            .clinic
            .publish(&scene.patient, 0, &[plan_item("calf-wall-stretch", times)])
            .await;
        scene.server.settle().await;
        scene
    }

    /// The patient's occurrences of a date, as the phone sees them.
    async fn day(&self, date: &str) -> Vec<Value> {
        let path = format!("/v1/me/occurrences?from={date}&through={date}");
        let body = self.phone.get(&path).await.expect(200);
        body["occurrences"].as_array().unwrap().clone()
    }

    /// The first occurrence of 2 March.
    async fn first(&self) -> Value {
        self.day("2026-03-02").await.remove(0)
    }

    /// Time and phase of each occurrence of a date.
    async fn phases(&self, date: &str) -> Vec<(String, String)> {
        let day = self.day(date).await;
        day.iter()
            .map(|one| (text(one, "time").to_owned(), text(one, "phase").to_owned()))
            .collect()
    }

    /// Sends answers. Gives what became of each.
    async fn answer(&self, answers: &[Value]) -> Vec<String> {
        let body = self
            .phone
            .post("/v1/me/answers", &json!({ "answers": answers }))
            .await
            .expect(200);
        dispositions(&body)
    }

    /// Session adherence over 2 March.
    async fn adherence(&self) -> Value {
        let path = "/v1/me/adherence?from=2026-03-02&through=2026-03-02";
        self.phone.get(path).await.expect(200)
    }

    /// Prompts that left the house.
    fn sent(&self) -> usize {
        let all = self.server.push.sent();
        all.iter().filter(|one| one.is_prompt()).count()
    }
}

fn dispositions(batch: &Value) -> Vec<String> {
    let results = batch["results"].as_array().unwrap();
    for (place, result) in results.iter().enumerate() {
        assert_eq!(
            result["index"],
            json!(place),
            "results come in the order of the items"
        );
    }
    results
        .iter()
        .map(|result| text(result, "disposition").to_owned())
        .collect()
}

fn phases(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(time, phase)| ((*time).to_owned(), (*phase).to_owned()))
        .collect()
}

async fn the_whole_loop(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "open")])
    );
    assert_eq!(scene.adherence().await["reason"], json!("nothing_due"));

    scene.server.advance("2026-03-02T06:59:59Z").await;
    assert_eq!(scene.sent(), 0, "nothing leaves before it is due");
    scene.server.advance("2026-03-02T07:00:00Z").await;
    let sent = scene.server.push.sent_to(TOKEN);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].at, "2026-03-02T07:00:00Z".parse().unwrap());
    assert_eq!(
        sent[0].message.ttl.as_secs(),
        4 * 3600,
        "kept until the window closes"
    );
    let occurrence = scene.first().await;
    let id = text(&occurrence, "id").to_owned();
    assert_eq!(
        sent[0].message_id().replace('-', ""),
        id.trim_start_matches("occ_")
    );
    assert_eq!(
        sent[0].message.collapse_key.to_string(),
        id.trim_start_matches("occ_")
    );

    scene.server.advance("2026-03-02T07:10:00Z").await;
    assert_eq!(
        scene.answer(&[done(1, &id, "2026-03-02T07:09:00Z")]).await,
        ["applied"]
    );
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "done")])
    );
    let adherence = scene.adherence().await;
    assert_eq!(adherence["value_pct"], json!(100.0));
    assert_eq!(adherence["denominator"], json!(1));

    scene.server.advance("2026-03-02T12:00:00Z").await;
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "done")]),
        "closing leaves it"
    );
    assert_eq!(scene.sent(), 1, "once");
    scene.server.advance("2026-03-03T07:00:00Z").await;
    assert_eq!(scene.sent(), 2, "and again on the next day");
}

footing_tests::on_both_engines!(the_whole_loop);

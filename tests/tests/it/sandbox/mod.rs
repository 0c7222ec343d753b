//! The sandbox clock, over HTTP: time that is created, moved, stopped and let go, with every job at its own instant.

mod installed;
mod passing;
mod refusals;
mod standing;
mod zones;

use std::cell::RefCell;

use footing_tests::clinic::text;
use footing_tests::example::plan_item;
use footing_tests::{Caller, Clinic, Database, Reply, TestServer};
use jiff::Timestamp;
use serde_json::{Value, json};

const TOKEN: &str = "synthetic-push-token-01";
const CLOCK: &str = "/v1/sandbox/clock";

/// A sandbox with one clinic.
struct Scene {
    server: TestServer,
    clinic: Clinic,
    database: Database,
    /// The admin, as last signed in.
    admin: RefCell<Caller>,
}

impl Scene {
    /// Started at 07:00 in Berlin on Monday, 2 March 2026; nobody has created the clock.
    async fn set(database: Database) -> Self {
        let server = TestServer::start_sandbox(&database).await;
        let clinic = Clinic::open(&server, "lab").await;
        Self {
            admin: RefCell::new(clinic.clinician.clone()),
            server,
            clinic,
            database,
        }
    }

    /// The same with the clock created where it stands.
    async fn created(database: Database) -> Self {
        let scene = Self::set(database).await;
        let made = scene
            .post("", &json!({ "at": "2026-03-02T06:00:00Z" }))
            .await;
        made.expect(201);
        scene
    }

    /// A patient in Berlin with a phone, who stretches at 08:00 and 20:00 from a date on.
    async fn stretching(&self, from: &str) -> (String, Caller) {
        let patient = self.clinic.patient("Test Patient 01").await;
        let phone = self.clinic.device(&patient, Some(TOKEN)).await;
        let mut line = plan_item("calf-wall-stretch", &["08:00", "20:00"]);
        line["starts_on"] = json!(from);
        self.clinic.publish(&patient, 0, &[line]).await;
        (patient, phone)
    }

    /// The admin, signed in anew where that has ended: a session lasts twelve hours of the sandbox's.
    async fn admin(&self) -> Caller {
        let known = self.admin.borrow().clone();
        if known.get(CLOCK).await.status != 401 {
            return known;
        }
        let admin = self.clinic.sign_in(&self.server.anonymous()).await;
        self.admin.replace(admin.clone());
        admin
    }

    async fn look(&self) -> Value {
        self.admin().await.get(CLOCK).await.expect(200)
    }

    async fn post(&self, rest: &str, body: &Value) -> Reply {
        let admin = self.admin().await;
        admin.post(&format!("{CLOCK}{rest}"), body).await
    }

    async fn bare(&self, rest: &str) -> Reply {
        let admin = self.admin().await;
        let path = format!("{CLOCK}{rest}");
        admin.send(reqwest::Method::POST, &path, None).await
    }

    async fn advance(&self, to: &str) -> Value {
        let body = json!({ "to": to });
        self.post("/advance", &body).await.expect(200)
    }

    /// When prompts left, as the gateway took them.
    fn prompted(&self) -> Vec<String> {
        let sent = self.server.push.sent_to(TOKEN);
        sent.iter().map(|one| one.at.to_string()).collect()
    }

    /// Stops the server and starts another on the same database.
    async fn restarted(self) -> Self {
        let Self {
            server,
            clinic,
            database,
            ..
        } = self;
        server.stop().await;
        let server = TestServer::start_sandbox(&database).await;
        Self {
            admin: RefCell::new(server.anonymous()),
            server,
            clinic,
            database,
        }
    }
}

/// `state` and `now` of the clock.
fn stands(clock: &Value) -> (&str, &str) {
    (text(clock, "state"), text(clock, "now"))
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The field a refusal is about.
#[track_caller]
fn blamed(reply: &Reply) -> String {
    let body = reply.expect(400);
    text(&body["errors"][0], "pointer").to_owned()
}

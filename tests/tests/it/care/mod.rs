//! The scenarios users told (docs/ARCHITECTURE.md, care), each as the phone and the clinic live it.

mod s01_dst;
mod s02_travel_west;
mod s03_travel_east;
mod s04_zone_flapping;
mod s05_surgery_pause;
mod s06_snooze_past_midnight;
mod s07_offline;
mod s08_plan_changed;
mod s09_dead_token;
mod s10_two_devices;
mod s11_outage;
mod s12_clock_jump;
mod s22_undo;
mod s23_long_silence;
mod schedules;

use footing_server::rt::clock::VirtualClock;
use footing_tests::clinic::text;
use footing_tests::example::{id, plan_item};
use footing_tests::push::Sent;
use footing_tests::{Caller, Clinic, Database, Raw, TestServer};
use serde_json::{Value, json};

/// The push token of the phone.
const PHONE: &str = "synthetic-push-token-01";
/// The push token of the tablet, where there is one.
const TABLET: &str = "synthetic-push-token-02";

/// A clinic, a patient and a phone.
struct Scene {
    server: TestServer,
    clinic: Clinic,
    patient: String,
    phone: Caller,
    database: Database,
    /// The clinician's newest session and since when.
    signed_in: std::sync::Mutex<Option<(jiff::Timestamp, Caller)>>,
}

impl Scene {
    /// In Berlin, at 07:00 on 2 March 2026.
    async fn set(database: Database) -> Self {
        Self::at(database, footing_tests::server::START, "Europe/Berlin").await
    }

    /// Anywhere, at any time.
    async fn at(database: Database, start: &str, zone: &str) -> Self {
        let clock = VirtualClock::new(start.parse().unwrap());
        let server = TestServer::start_at(&database, clock).await;
        let clinic = Clinic::open(&server, "demo").await;
        let body = json!({ "name": "Test Patient 01", "time_zone": zone });
        let made = clinic
            .clinician
            .post("/v1/patients", &body)
            .await
            .expect(201);
        let patient = text(&made, "id").to_owned();
        let phone = clinic.device(&patient, Some(PHONE)).await;
        Self {
            server,
            clinic,
            patient,
            phone,
            database,
            signed_in: std::sync::Mutex::default(),
        }
    }

    /// Another server on what this one leaves, from an instant on.
    async fn restarted(mut self, at: &str) -> Self {
        self.server.stop().await;
        let clock = VirtualClock::new(at.parse().unwrap());
        self.server = TestServer::start_at(&self.database, clock).await;
        let server = &self.server;
        let again = |caller: &Caller| server.anonymous().with_token(caller.token().unwrap());
        self.phone = again(&self.phone);
        self.clinic.clinician = again(&self.clinic.clinician);
        self.signed_in = std::sync::Mutex::default();
        self.server.settle().await;
        self
    }

    /// Publishes a plan over the version that is there.
    async fn plan(self, items: &[Value]) -> Self {
        self.clinic.publish(&self.patient, 0, items).await;
        self.server.settle().await;
        self
    }

    /// The calf stretch daily at these times.
    async fn stretching(self, times: &[&str]) -> Self {
        self.plan(&[plan_item("calf-wall-stretch", times)]).await
    }

    /// The patient's occurrences of some dates.
    async fn days(&self, from: &str, through: &str) -> Vec<Value> {
        let path = format!("/v1/me/occurrences?from={from}&through={through}");
        let body = self.phone.get(&path).await.expect(200);
        body["occurrences"].as_array().unwrap().clone()
    }

    /// Of one date.
    async fn day(&self, date: &str) -> Vec<Value> {
        self.days(date, date).await
    }

    /// Time and phase of each occurrence of a date, with why: `08:00 excused(travel)`.
    async fn phases(&self, date: &str) -> Vec<String> {
        self.day(date).await.iter().map(told).collect()
    }

    /// The id of an occurrence, by date and place in the day.
    async fn occurrence(&self, date: &str, place: usize) -> String {
        text(&self.day(date).await[place], "id").to_owned()
    }

    async fn explain(&self, occurrence: &str) -> Value {
        let path = format!("/v1/me/occurrences/{occurrence}/explain");
        self.phone.get(&path).await.expect(200)
    }

    /// Sends answers from the phone. Gives what became of each.
    async fn answer(&self, answers: &[Value]) -> Vec<String> {
        self.answer_from(&self.phone, answers).await
    }

    async fn answer_from(&self, device: &Caller, answers: &[Value]) -> Vec<String> {
        let body = json!({ "answers": answers });
        dispositions(&device.post("/v1/me/answers", &body).await.expect(200))
    }

    /// Adherence of some dates.
    async fn adherence(&self, query: &str) -> Value {
        let path = format!("/v1/me/adherence?{query}");
        self.phone.get(&path).await.expect(200)
    }

    /// The clinician, signed in today: sessions last no longer than a working day, and signing in often is refused.
    async fn clinician(&self) -> Caller {
        let now = self.server.now();
        let known = self.signed_in.lock().unwrap().clone();
        if let Some((since, caller)) = known
            && now.duration_since(since).abs() < jiff::SignedDuration::from_hours(2)
        {
            return caller;
        }
        let caller = self.clinic.sign_in(&self.server.anonymous()).await;
        *self.signed_in.lock().unwrap() = Some((now, caller.clone()));
        caller
    }

    /// Another clinician of the clinic. Gives the id and the clinician as a caller.
    async fn colleague(&mut self) -> (String, Caller) {
        self.clinic.clinician = self.clinician().await;
        self.clinic
            .colleague("Test Clinician 02", "clinician")
            .await
    }

    /// Replaces a version of the plan.
    async fn publish(&self, base_version: i64, items: &[Value]) {
        let body = json!({ "base_version": base_version, "items": items });
        let path = format!("/v1/patients/{}/plan", self.patient);
        self.clinician().await.put(&path, &body).await.expect(200);
        self.server.settle().await;
    }

    /// Something about the patient, as the clinic sees it.
    async fn get(&self, what: &str) -> Value {
        let path = format!("/v1/patients/{}{what}", self.patient);
        self.clinician().await.get(&path).await.expect(200)
    }

    /// Rule and state of each alert about the patient, oldest first.
    async fn alerts(&self) -> Vec<String> {
        let list = self.get("/alerts").await;
        let mut lines: Vec<_> = list["alerts"].as_array().unwrap().iter().collect();
        lines.sort_by_key(|one| text(one, "first_seen_at").to_owned());
        let told = |one: &&Value| format!("{} {}", text(one, "rule"), text(one, "state"));
        lines.iter().map(told).collect()
    }

    /// The newest alert of a rule.
    async fn alert(&self, rule: &str) -> Value {
        let list = self.get("/alerts").await;
        let alerts = list["alerts"].as_array().unwrap();
        let found = alerts.iter().find(|one| text(one, "rule") == rule);
        found
            .unwrap_or_else(|| panic!("no {rule} in {list}"))
            .clone()
    }

    /// The keys of what the app has to say, newest first.
    async fn notices(&self) -> Vec<String> {
        let list = self.phone.get("/v1/me/notices").await.expect(200);
        let notices = list["notices"].as_array().unwrap();
        notices
            .iter()
            .map(|one| text(one, "key").to_owned())
            .collect()
    }

    /// Reports the zone of the phone. Gives the outcome.
    async fn in_zone(&self, zone: &str, confirmed: bool) -> String {
        let body = json!({ "time_zone": zone, "confirmed": confirmed });
        let reply = self.phone.put("/v1/me/time-zone", &body).await.expect(200);
        self.server.settle().await;
        text(&reply, "outcome").to_owned()
    }

    /// When prompts were sent to the phone.
    fn prompted(&self) -> Vec<String> {
        instants(&self.server.push.sent_to(PHONE))
    }

    /// What was sent to a token, of any kind: `prompt 2026-03-02T07:00:00Z`.
    fn everything(&self, token: &str) -> Vec<String> {
        let all = self.server.push.all_to(token);
        let told = |one: &Sent| {
            let kind = format!("{:?}", one.kind()).to_lowercase();
            format!("{kind} {}", one.at)
        };
        all.iter().map(told).collect()
    }

    fn raw(&self) -> Raw {
        Raw::connect(&self.database)
    }

    /// Lines of the audit trail with an action.
    fn audited(&self, action: &str) -> i64 {
        self.raw().number(&format!(
            "SELECT count(*) AS value FROM audit WHERE action = '{action}'"
        ))
    }

    async fn pause(&self, from: &str, through: &str, reason: &str) -> String {
        let path = format!("/v1/patients/{}/pauses", self.patient);
        let body = json!({ "from": from, "through": through, "reason": reason });
        let made = self.clinician().await.post(&path, &body).await.expect(201);
        self.server.settle().await;
        text(&made, "id").to_owned()
    }
}

fn told(one: &Value) -> String {
    let why = one["reason"].as_str();
    let why = why.map_or_else(String::new, |why| format!("({why})"));
    format!("{} {}{why}", text(one, "time"), text(one, "phase"))
}

fn instants(sent: &[Sent]) -> Vec<String> {
    sent.iter().map(|one| one.at.to_string()).collect()
}

fn dispositions(batch: &Value) -> Vec<String> {
    let results = batch["results"].as_array().unwrap();
    results
        .iter()
        .map(|result| text(result, "disposition").to_owned())
        .collect()
}

/// An answer that is neither done nor in need of more words.
fn said(answer: u64, occurrence: &str, kind: &str, at: &str) -> Value {
    json!({
        "id": id("ans", answer),
        "occurrence_id": occurrence,
        "kind": kind,
        "answered_at": at,
    })
}

/// A snooze.
fn snooze(answer: u64, occurrence: &str, minutes: u32, anyway: bool, at: &str) -> Value {
    let mut said = said(answer, occurrence, "snooze", at);
    said["snooze_min"] = json!(minutes);
    said["remind_anyway"] = json!(anyway);
    said
}

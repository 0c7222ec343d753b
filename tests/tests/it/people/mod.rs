//! The people of a clinic: clinicians, care teams, handover, alerts, consent, erasure, phones that change hands.

mod alerts;
mod audit;
mod clinicians;
mod desk;
mod desk_record;
mod desk_settings;
mod erasure;
mod exports;
mod live;
mod messages;
mod s10_shared_phone;
mod s13_handover;
mod s14_consent;
mod s19_evidence;
mod s19_rtm;
mod s24_monday;

use footing_tests::clinic::text;
use footing_tests::example::plan_item;
use footing_tests::{Caller, Clinic, Database, Raw, TestServer};
use reqwest::Method;
use serde_json::Value;

/// An alert as a rule would have left it: found at the start of the scene.
pub(crate) struct SeededAlert {
    pub(crate) number: u32,
    pub(crate) severity: &'static str,
    pub(crate) state: &'static str,
    pub(crate) due_at: Option<&'static str>,
}

impl Default for SeededAlert {
    fn default() -> Self {
        Self {
            number: 1,
            severity: "high",
            state: "open",
            due_at: None,
        }
    }
}

fn micros(at: &str) -> i64 {
    at.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

/// The clinic's number, as its tokens name it.
fn tenant(caller: &Caller) -> String {
    let token = caller.token().unwrap();
    token.split('.').nth(1).unwrap().to_owned()
}

/// The 16 bytes of an id.
pub(crate) fn bytes(raw: &Raw, id: &str) -> String {
    let (_, digits) = id.split_once('_').unwrap();
    raw.bytes(digits)
}

/// Adds an alert about a patient that a clinician is to act on. Gives its id.
pub(crate) fn seed_alert(
    raw: &mut Raw,
    caller: &Caller,
    (patient, owner): (&str, &str),
    alert: &SeededAlert,
) -> String {
    let id = format!("alr_{:032x}", 0xa1e7_0000 + alert.number);
    let at = micros(footing_tests::server::START);
    let due_at = alert
        .due_at
        .map_or("NULL".to_owned(), |due| micros(due).to_string());
    let sql = format!(
        "INSERT INTO alerts (tenant_id, id, patient_id, rule, rule_version, severity, state, state_at, evidence, \
         first_seen_at, last_seen_at, count, owner_id, due_at) VALUES \
         ({}, {}, {}, 'test_rule:{}', '1', '{}', '{}', {at}, '{{\"days\":3}}', {at}, {at}, 1, {}, {due_at})",
        tenant(caller),
        bytes(raw, &id),
        bytes(raw, patient),
        alert.number,
        alert.severity,
        alert.state,
        bytes(raw, owner),
    );
    raw.execute(&sql).expect(&sql);
    id
}

/// A clinic with an admin and a colleague, and a patient of the admin's with a phone and a plan for 08:00, at 07:00 in
/// Berlin on 2 March 2026.
struct Scene {
    server: TestServer,
    clinic: Clinic,
    /// The admin's id.
    admin: String,
    /// A clinician's id.
    other: String,
    /// That clinician, signed in.
    colleague: Caller,
    patient: String,
    phone: Caller,
    database: Database,
}

/// The push token of the scene's phone.
const TOKEN: &str = "synthetic-push-token-01";

impl Scene {
    async fn set(database: Database) -> Self {
        let server = TestServer::start(&database).await;
        let clinic = Clinic::open(&server, "demo").await;
        let (other, colleague) = clinic.colleague("Test Clinician 02", "clinician").await;
        let patient = clinic.patient("Test Patient 01").await;
        let phone = clinic.device(&patient, Some(TOKEN)).await;
        let plan = [plan_item("calf-wall-stretch", &["08:00"])];
        clinic.publish(&patient, 0, &plan).await;
        server.settle().await;
        let session = clinic.sign_in_body(&clinic.clinician).await;
        let admin = text(&session, "clinician_id").to_owned();
        Self {
            server,
            clinic,
            admin,
            other,
            colleague,
            patient,
            phone,
            database,
        }
    }

    fn raw(&self) -> Raw {
        Raw::connect(&self.database)
    }

    /// A path under the patient.
    fn path(&self, rest: &str) -> String {
        format!("/v1/patients/{}{rest}", self.patient)
    }

    async fn get(&self, path: &str) -> Value {
        self.clinic.clinician.get(path).await.expect(200)
    }

    /// Lets time pass; the admin signs in again when it was long.
    async fn later(&mut self, at: &str) {
        self.server.advance(at).await;
        if self.clinic.clinician.get("/v1/patients").await.status == 401 {
            self.clinic.clinician = self.clinic.sign_in(&self.server.anonymous()).await;
        }
    }

    /// Adds an alert about the patient.
    fn alert(&self, owner: &str, alert: &SeededAlert) -> String {
        let whose = (self.patient.as_str(), owner);
        seed_alert(&mut self.raw(), &self.clinic.clinician, whose, alert)
    }

    /// The patient's alert of this id, as the clinic sees it.
    async fn seen(&self, id: &str) -> Value {
        let list = self.get(&self.path("/alerts")).await;
        let all = list["alerts"].as_array().unwrap();
        all.iter().find(|one| one["id"] == id).unwrap().clone()
    }

    /// How many lines the trail has for an action.
    fn audited(&self, action: &str) -> i64 {
        let tenant = tenant(&self.clinic.clinician);
        self.raw().number(&format!(
            "SELECT count(*) AS value FROM audit WHERE tenant_id = {tenant} AND action = '{action}'"
        ))
    }
}

async fn delete(caller: &Caller, path: &str) -> footing_tests::Reply {
    caller.send(Method::DELETE, path, None).await
}

async fn post(caller: &Caller, path: &str) -> footing_tests::Reply {
    caller.send(Method::POST, path, None).await
}

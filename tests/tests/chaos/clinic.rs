//! Clinics and their patients, set up as people do it: the operator's command line, then the API.

use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};

use crate::evidence::{Seen, Wanted};
use crate::installation::Installation;
use crate::prescription::{self, Noon};
use crate::wire::{Wire, now_ms, text};

/// Several clinics share one server; the number of devices one enrols in a short time is limited.
const CLINICS: usize = 8;
const PATIENTS_EACH: usize = 9;
/// Requests of clinicians under way at once.
const AT_ONCE: usize = 6;

/// Plans are published at least this long before they are due.
const AHEAD_MS: i64 = 8_000;

/// A patient with a phone.
pub(crate) struct Patient {
    /// Their clinician's token.
    pub(crate) clinician: String,
    pub(crate) id: String,
    /// Their phone's token.
    pub(crate) phone: String,
    pub(crate) push_token: String,
}

/// All of them, and their plans once published.
pub(crate) struct Clinics {
    pub(crate) wire: Wire,
    pub(crate) noon: Noon,
    pub(crate) patients: Vec<Patient>,
}

impl Clinics {
    /// Opens the clinics on a running server and enrols everyone.
    pub(crate) async fn open(installation: &Installation) -> Self {
        let (wire, noon) = (Wire::to(installation.base()), Noon::at(now_ms()));
        let mut patients = Vec::new();
        for clinic in 0..CLINICS {
            let clinician = clinician(installation, &wire, &noon, clinic).await;
            for number in 0..PATIENTS_EACH {
                patients.push(enrolled(&wire, &noon, &clinician, clinic * 100 + number).await);
            }
        }
        Self {
            wire,
            noon,
            patients,
        }
    }

    /// Publishes everyone's plan for the next full minute that leaves time for it. Gives that minute and
    /// what is wanted of all.
    pub(crate) async fn publish(&self) -> (i64, Vec<Wanted>) {
        let due_ms = (now_ms() + AHEAD_MS).div_euclid(60_000) * 60_000 + 60_000;
        let plan = prescription::plan(&self.noon, due_ms);
        let publish = async |(number, patient): (usize, &Patient)| {
            let path = format!("/v1/patients/{}/plan", patient.id);
            let published = self
                .wire
                .sure(Method::PUT, &path, &patient.clinician, Some(&plan))
                .await;
            let lines = published
                .pointer("/items")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let items: Vec<String> = lines.iter().map(|line| text(line, "/id")).collect();
            prescription::wanted(&self.noon, due_ms, number, &items)
        };
        let wanted = stream::iter(self.patients.iter().enumerate())
            .map(publish)
            .buffered(AT_ONCE)
            .concat()
            .await;
        assert!(
            now_ms() < due_ms - 1000,
            "the machine is too slow to publish in time"
        );
        (due_ms, wanted)
    }

    /// Everyone's occurrences of the day, as their clinicians see them.
    pub(crate) async fn occurrences(&self, day_of_ms: i64) -> Vec<Seen> {
        let date = self.noon.date(day_of_ms);
        let read = async |(number, patient): (usize, &Patient)| {
            let path = format!(
                "/v1/patients/{}/occurrences?from={date}&through={date}",
                patient.id
            );
            let answer = self.wire.get(&path, &patient.clinician).await;
            let rows = answer
                .pointer("/occurrences")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            rows.iter().map(|row| seen(number, row)).collect::<Vec<_>>()
        };
        stream::iter(self.patients.iter().enumerate())
            .map(read)
            .buffered(AT_ONCE)
            .concat()
            .await
    }

    /// Everyone's list of sessions, as it stands.
    pub(crate) async fn session_lists(&self) -> Vec<Value> {
        let read = async |patient: &Patient| {
            let path = format!("/v1/patients/{}/insole-sessions?limit=200", patient.id);
            self.wire.get(&path, &patient.clinician).await
        };
        stream::iter(&self.patients)
            .map(read)
            .buffered(AT_ONCE)
            .collect()
            .await
    }

    /// Every listed session of everyone with its summary.
    pub(crate) async fn sessions(&self) -> Vec<(usize, String, String)> {
        let lists = self.session_lists().await;
        let listed = lists.iter().enumerate().flat_map(|(patient, list)| {
            let lines = list
                .pointer("/sessions")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            lines
                .into_iter()
                .map(move |line| (patient, text(&line, "/session_id")))
        });
        let read = async |(number, id): (usize, String)| {
            let patient = &self.patients[number];
            let path = format!("/v1/patients/{}/insole-sessions/{id}", patient.id);
            let session = self.wire.get(&path, &patient.clinician).await;
            let summary = session
                .pointer("/summary")
                .map(Value::to_string)
                .unwrap_or_default();
            (number, id, summary)
        };
        stream::iter(listed)
            .map(read)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await
    }
}

async fn clinician(installation: &Installation, wire: &Wire, noon: &Noon, clinic: usize) -> String {
    let (slug, name) = (
        format!("clinic-{clinic}"),
        format!("Test Clinic {clinic:02}"),
    );
    let email = format!("test.clinician.{clinic}@example.org");
    let words = [
        "clinic",
        "create",
        "--slug",
        &slug,
        "--name",
        &name,
        "--time-zone",
        &noon.zone,
        "--clinician",
        "Test Clinician",
        "--email",
        &email,
    ];
    let printed = installation.run(&words);
    let code = printed
        .trim_end()
        .rsplit('#')
        .next()
        .unwrap_or_default()
        .to_owned();
    let body = json!({ "code": code, "password": "a password of the tests" });
    text(
        &wire
            .sure(Method::POST, "/v1/clinicians/password", "", Some(&body))
            .await,
        "/token",
    )
}

async fn enrolled(wire: &Wire, noon: &Noon, clinician: &str, number: usize) -> Patient {
    let body = json!({ "name": format!("Test Patient {number:03}"), "time_zone": noon.zone });
    let id = text(
        &wire
            .sure(Method::POST, "/v1/patients", clinician, Some(&body))
            .await,
        "/id",
    );
    let path = format!("/v1/patients/{id}/enrolment-codes");
    let code = text(
        &wire.sure(Method::POST, &path, clinician, None).await,
        "/code",
    );
    let push_token = format!("test-device-token-{number:04}");
    let body = json!({ "code": code, "platform": "android", "push_token": push_token });
    let phone = text(
        &wire
            .sure(Method::POST, "/v1/enrolments", "", Some(&body))
            .await,
        "/token",
    );
    Patient {
        clinician: clinician.to_owned(),
        id,
        phone,
        push_token,
    }
}

fn seen(patient: usize, row: &Value) -> Seen {
    let instant = |pointer: &str| {
        let at: Option<jiff::Timestamp> = row
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(|text| text.parse().unwrap());
        at.map(jiff::Timestamp::as_millisecond)
    };
    Seen {
        id: text(row, "/id"),
        wanted: Wanted {
            patient,
            item: text(row, "/plan_item_id"),
            time: text(row, "/time"),
            due_ms: instant("/due_at").unwrap(),
        },
        phase: text(row, "/phase"),
        answered_ms: instant("/answered_at"),
    }
}

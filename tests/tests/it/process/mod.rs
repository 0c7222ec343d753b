//! The installed command under what an operating system does to it: pipes nobody reads, limits, signals, and a database that
//! restarts. Whatever it is, what was acknowledged stays, and the server goes on by itself.

mod backup;
mod busy;
mod kills;
mod limits;
mod log;
mod memory;
mod postgres;
mod signals;

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use footing_server::rt::clock::{Clock, WallClock, real_sleep, real_timeout};
use footing_tests::example::summary;
use footing_tests::{Caller, Clinic, Database, Raw, Reply};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::installed::{Server, Shell};

/// Where phones upload.
const UPLOADS: &str = "/v1/me/insole-sessions";

/// Longer than any good answer takes, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Phones of the patient.
const PHONES: usize = 3;

/// A clinic in real time with a patient who has some phones.
struct Scene {
    shell: Shell,
    clinic: Clinic,
    patient: String,
    phones: Vec<Caller>,
}

impl Scene {
    /// Made through a server that is gone then.
    async fn new(database: Database) -> Self {
        let shell = Shell::new(database);
        let server = shell.serve(&[]);
        let clinic = shell.open_clinic(&server, "demo", &[]).await;
        let patient = clinic.patient("Test Patient 1").await;
        let mut phones = Vec::new();
        for _ in 0..PHONES {
            phones.push(clinic.device(&patient, None).await);
        }
        Self {
            shell,
            clinic,
            patient,
            phones,
        }
    }

    /// The phones, calling a server.
    fn phones(&self, server: &Server) -> Vec<Caller> {
        let on = |phone: &Caller| at(server, phone);
        self.phones.iter().map(on).collect()
    }

    /// The first phone, calling a server.
    fn phone(&self, server: &Server) -> Caller {
        at(server, &self.phones[0])
    }

    /// The clinician, calling a server.
    fn clinician(&self, server: &Server) -> Caller {
        at(server, &self.clinic.clinician)
    }
}

/// Somebody, calling a server.
fn at(server: &Server, caller: &Caller) -> Caller {
    Caller::anonymous(&server.base).with_token(caller.token().unwrap())
}

/// When the first session began: a month ago by the clock these servers go by, as what is years older is kept for review.
fn first_start() -> Timestamp {
    static FIRST: LazyLock<Timestamp> = LazyLock::new(|| {
        let month_ago = WallClock.now() - SignedDuration::from_hours(30 * 24);
        Timestamp::from_second(month_ago.as_second()).unwrap()
    });
    *FIRST
}

/// A session of one number, which its start tells.
fn session(number: u64) -> Value {
    let start = first_start() + Duration::from_secs(number);
    serde_json::to_value(summary(number, &start.to_string())).unwrap()
}

/// The numbers of the sessions in a database, each there once.
fn kept(database: &Database) -> BTreeSet<u64> {
    kept_at(&mut Raw::connect(database))
}

fn kept_at(raw: &mut Raw) -> BTreeSet<u64> {
    let sql = "SELECT CAST(started_at AS TEXT) AS value FROM insole_sessions";
    let starts = raw.texts(sql);
    let number = |start: &String| {
        let since = start.parse::<i64>().unwrap() - first_start().as_microsecond();
        u64::try_from(since / 1_000_000).unwrap()
    };
    let numbers: BTreeSet<u64> = starts.iter().map(number).collect();
    assert_eq!(numbers.len(), starts.len(), "each is there once");
    numbers
}

/// Uploads sessions; the answer must come in time.
async fn upload(phone: &Caller, numbers: std::ops::Range<u64>) -> Reply {
    let sessions: Vec<Value> = numbers.map(session).collect();
    let body = json!({ "sessions": sessions });
    in_time(phone.post(UPLOADS, &body)).await
}

/// An answer that must come in time.
async fn in_time<T>(answer: impl Future<Output = T>) -> T {
    real_timeout(PATIENCE, answer)
        .await
        .expect("an answer in time")
}

/// Waits for a condition.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waited = async {
        while !is_so().await {
            real_sleep(Duration::from_millis(5)).await;
        }
    };
    let so = real_timeout(PATIENCE, waited).await;
    so.unwrap_or_else(|| panic!("never {what}"));
}

//! The pages in a real browser: a demonstration clinic is lived through, then Chromium goes through the
//! journeys of `tests/browser/*.mjs` at the widths of a desk, a tablet and a phone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use footing_simulator::demo;
use footing_tests::require::skip_or_fail;
use tokio::process::Command;

/// Days the clinic lives before the browser looks: enough for a trend, a pause and a dead push token.
const DAYS: u32 = 21;

/// The scripts that live in the demonstration as it is, in this order; each may change it for the next.
const JOURNEYS: [&str; 7] = [
    "journeys.mjs",
    "course.mjs",
    "plan.mjs",
    "talk.mjs",
    "phone.mjs",
    "money.mjs",
    "desk.mjs",
];

/// Where a program stands on this machine.
fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|file| file.is_file())
}

/// Patients of a colleague, so many that their list is long.
const CROWD: usize = 2_000;

/// Copies one patient of the demonstration, with plan and days, for a colleague: each tenth has stopped.
fn crowd(database: &Path) {
    let mut sqlite = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    let copy = |table: &str, columns: &[&str], named: &[(&str, &str)]| {
        let values = columns.iter().map(|column| {
            let own = named.iter().find(|(name, _)| name == column);
            own.map_or(format!("t.{column}"), |(_, value)| (*value).to_owned())
        });
        let values: Vec<String> = values.collect();
        format!(
            "INSERT INTO {table} ({}) SELECT {} FROM {table} t, crowd WHERE t.patient_id = crowd.model;",
            columns.join(", "),
            values.join(", ")
        )
    };
    // An id of a row of the crowd: the model's with the number of the copy in its middle.
    let of = |column: &str| {
        format!("unhex(substr(hex({column}), 1, 8) || crowd.hex || substr(hex({column}), 17))")
    };
    let (id, line) = (of("t.id"), of("t.plan_item_id"));
    let statements = [
        "PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE;".to_owned(),
        format!(
            "CREATE TEMP TABLE crowd AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {CROWD})
             SELECT n, printf('%08X', n) AS hex, m.tenant_id, m.id AS model, m.time_zone,
                 unhex(substr(hex(m.id), 1, 8) || printf('%08X', n) || substr(hex(m.id), 17)) AS id,
                 (SELECT c.id FROM clinicians c WHERE c.tenant_id = m.tenant_id AND c.active = 1 AND c.id <> m.owner_id) AS owner
             FROM n, patients m WHERE m.name = 'Test Patient 14';"
        ),
        "INSERT INTO patients (tenant_id, id, name, time_zone, locale, owner_id, created_at, day_starts_min, status)
             SELECT tenant_id, id, printf('Zz Crowd Patient %04d', n), time_zone, 'en', owner, 0, 0, 'active' FROM crowd;"
            .to_owned(),
        copy(
            "plan_versions",
            &["tenant_id", "patient_id", "version", "note", "published_by", "published_at"],
            &[("patient_id", "crowd.id")],
        ),
        copy(
            "plan_items",
            &["tenant_id", "id", "patient_id", "plan_version", "position", "exercise_key", "body"],
            &[("patient_id", "crowd.id"), ("id", &id)],
        ),
        copy(
            "occurrences",
            &[
                "tenant_id", "id", "patient_id", "plan_version", "plan_item_id", "window_no", "exercise_key", "dose",
                "local_date", "local_time", "time_zone", "clock_rule", "opens_at", "due_at", "closes_at", "state",
                "reason", "done_fraction", "answered_at", "planned_at", "shard", "flexible", "done_amount",
            ],
            &[("patient_id", "crowd.id"), ("id", &id), ("plan_item_id", &line)],
        ),
        "INSERT INTO alerts (tenant_id, id, patient_id, rule, rule_version, severity, state, state_at, evidence, first_seen_at,
             last_seen_at, count, owner_id)
             SELECT tenant_id, id, id, 'missed_days', 'watch-1', 'medium', 'open', 0, '{\"days\":[\"2026-03-01\",\"2026-03-02\"]}',
                 0, 0, 1, owner FROM crowd WHERE n % 10 = 0;"
            .to_owned(),
        "COMMIT;".to_owned(),
    ];
    for statement in statements {
        sqlite.batch_execute(&statement).expect(&statement);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_find_their_way_in_a_real_browser() {
    const NAME: &str = "people_find_their_way_in_a_real_browser";
    let Some(chromium) = program(&["chromium", "chromium-browser", "google-chrome"]) else {
        skip_or_fail(NAME, "Chromium");
        return;
    };
    let Some(node) = program(&["node", "nodejs"]) else {
        skip_or_fail(NAME, "Node.js");
        return;
    };
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    if !scripts.join("node_modules/playwright-core").is_dir() {
        skip_or_fail(NAME, "playwright-core (npm ci in tests/browser)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let request = demo::Request {
        listen: "127.0.0.1:0".parse().unwrap(),
        folder: folder.path().join("demo"),
        seed: 1,
        days: DAYS,
    };
    let demo = demo::live(&request).await.expect("the clinic lives");
    // Kept after the test, so that a person can look at them.
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    let session = folder.path().join("session.json");
    let run = async |script: &str, arguments: [&OsStr; 4]| {
        let output = Command::new(&node)
            .arg(scripts.join(script))
            .args(arguments)
            .env("FOOTING_CHROMIUM", &chromium)
            .kill_on_drop(true)
            .output()
            .await
            .expect("node starts");
        println!("{}", String::from_utf8_lossy(&output.stdout));
        assert!(
            output.status.success(),
            "{}pictures: {}",
            String::from_utf8_lossy(&output.stderr),
            pictures.display()
        );
    };
    let [clinician, patient] = [&demo.clinician_link, &demo.patient_link].map(OsStr::new);
    let arguments = [clinician, patient, pictures.as_ref(), session.as_ref()];
    for script in JOURNEYS {
        run(script, arguments).await;
    }
    crowd(&request.folder.join("footing.db"));
    run("many.mjs", arguments).await;
    demo.running.stop().await;
    demo.gateway.stop();
}

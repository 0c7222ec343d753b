//! SIGKILL in the middle of long work: a download, an erasure.

use std::process::Stdio;
use std::time::Duration;

use footing_server::rt::clock::{real_sleep, real_timeout};
use footing_tests::{Database, Raw};
use reqwest::Response;
use serde_json::{Value, json};

use super::{PATIENCE, Scene, upload};

/// Sessions of a download: far more than a socket holds.
pub(super) const DOWNLOADED: i64 = 6000;
/// Sessions of an erasure: more than SQLite keeps in memory, so that its log grows before the end.
const ERASED: i64 = 60_000;
/// Kills of the erasure, at most.
const KILLS: u64 = 200;

/// A patient with very many sessions, copies of one, each seven hours before the next; `texts` is what they say.
pub(super) async fn scene(sessions: i64, texts: &str) -> Scene {
    let scene = Scene::new(Database::sqlite()).await;
    let server = scene.shell.serve(&[]);
    upload(&scene.phone(&server), 0..1).await.expect(200);
    drop(server);
    let before = "patient_id, device_id, content_hash";
    let after = "received_at, source, engine_version, norms_version, score, score_se, strides, reasons, worn_s";
    let copies = sessions - 1;
    let sql = format!(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {copies}) \
         INSERT INTO insole_sessions (tenant_id, session_id, {before}, started_at, {after}, summary, assessment) \
         SELECT tenant_id, randomblob(16), {before}, started_at - n * 25200000000, {after}, {texts} FROM insole_sessions, n"
    );
    Raw::connect(&scene.shell.database).execute(&sql).unwrap();
    scene
}

/// Reads an answer to its end, or to where it broke off.
async fn read(mut answer: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut all = Vec::new();
    while let Some(part) = answer.chunk().await? {
        all.extend_from_slice(&part);
    }
    Ok(all)
}

#[tokio::test]
async fn a_download_cut_off_by_a_kill_is_not_taken_for_a_whole_one() {
    let scene = scene(DOWNLOADED, "summary, assessment").await;
    let mut server = scene.shell.serve(&[]);
    let mut answer = scene.phone(&server).listen("/me/export").await;
    assert_eq!(answer.status().as_u16(), 200);
    assert!(answer.chunk().await.unwrap().is_some(), "it has begun");
    server.kill();
    let broken = real_timeout(PATIENCE, read(answer)).await.unwrap();
    assert!(broken.is_err(), "a part was taken for the whole");

    let server = scene.shell.serve(&[]);
    let answer = scene.phone(&server).listen("/me/export").await;
    let whole = real_timeout(PATIENCE, read(answer)).await.unwrap().unwrap();
    let export: Value = serde_json::from_slice(&whole).unwrap();
    let sessions = export["tables"]["insole_sessions"].as_array().unwrap();
    assert_eq!(i64::try_from(sessions.len()).unwrap(), DOWNLOADED);
}

/// Rows of the patient that an erasure takes, and whether it is done.
fn standing(scene: &Scene) -> (i64, bool) {
    let mut raw = Raw::connect(&scene.shell.database);
    let rows = raw.number(
        "SELECT (SELECT count(*) FROM insole_sessions) + (SELECT count(*) FROM patients) \
         + (SELECT count(*) FROM devices) AS value",
    );
    let done = raw.number("SELECT count(*) AS value FROM erasures WHERE erased_at IS NOT NULL");
    (rows, done == 1)
}

/// The bytes of SQLite's write-ahead log.
fn log_bytes(scene: &Scene) -> u64 {
    let address = scene.shell.database.address();
    let file = format!("{}-wal", address.trim_start_matches("sqlite:"));
    std::fs::metadata(file).map_or(0, |file| file.len())
}

#[tokio::test]
async fn an_erasure_cut_off_by_kills_is_whole_or_not_there_and_completes() {
    let scene = scene(ERASED, "'{}', '{}'").await;
    let server = scene.shell.serve(&[]);
    let path = format!("/v1/patients/{}/erasure", scene.patient);
    let admin = scene.clinician(&server);
    admin.post(&path, &json!({})).await.expect(201);
    drop(server);
    let mut raw = Raw::connect(&scene.shell.database);
    raw.execute("UPDATE erasures SET due_at = requested_at")
        .unwrap();
    drop(raw);

    let before = standing(&scene);
    assert!(before.0 > ERASED && !before.1, "{before:?}");
    let mut in_the_middle = 0;
    for kill in 1..=KILLS {
        let mut command = scene.shell.command(&["serve"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let empty = log_bytes(&scene);
        let mut child = command.spawn().unwrap();
        // Killed as soon as it writes, each time a little later.
        let writes = async {
            while log_bytes(&scene) <= empty {
                real_sleep(Duration::from_millis(1)).await;
            }
        };
        real_timeout(PATIENCE, writes).await.expect("it begins");
        real_sleep(Duration::from_millis(kill % 20)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let now = standing(&scene);
        if now == (0, true) {
            break;
        }
        assert_eq!(now, before, "half of it after kill {kill}");
        in_the_middle += 1;
        if in_the_middle == 10 {
            break;
        }
    }
    assert!(
        in_the_middle >= 3,
        "killed in the middle {in_the_middle} times"
    );

    let server = scene.shell.serve(&[]);
    let done = async {
        while standing(&scene) != (0, true) {
            real_sleep(Duration::from_millis(10)).await;
        }
    };
    real_timeout(PATIENCE, done).await.expect("it completes");
    let gone = scene.phone(&server).get("/v1/me").await;
    assert_eq!(gone.status, 401, "{}", gone.text());
    let listed = scene.clinician(&server).get("/v1/clinic/erasures").await;
    let listed = listed.expect(200);
    let tombstone = &listed["erasures"][0];
    assert_eq!(tombstone["erased_rows"]["insole_sessions"], json!(ERASED));
}

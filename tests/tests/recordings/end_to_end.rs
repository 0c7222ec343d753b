//! From a file to the clinician's page, for each of the three formats.

use footing_tests::{Caller, Clinic, Database, TestServer, on_both_engines};
use serde_json::Value;

use super::{footing_sim, recordings, stderr, stdout};

/// One recording of each format, with what tells a signal that arrived from one that did not: a lower
/// bound of strides used, and the mean stride time by the reference tables (Moticon: the maker's report).
const RECORDINGS: [(&str, &str, u64, f64); 3] = [
    ("gaitpdb/SiCo03_01.txt", "gaitpdb", 100, 0.0),
    ("gaitndd/control1.hea", "gaitndd", 300, 0.0),
    ("moticon/230927_102231.txt", "moticon", 8, 0.0),
];

async fn a_recording_reaches_the_clinicians_page(database: Database) {
    let Some(folder) = recordings("a_recording_reaches_the_clinicians_page") else {
        return;
    };
    let server = TestServer::start(&database).await;
    let clinic = Clinic::open(&server, "demo").await;
    for (file, format, least_strides, _) in RECORDINGS {
        let path = folder.join(file);
        let patient = clinic.patient(&format!("Test Patient {format}")).await;
        let phone = clinic.device(&patient, None).await;
        let said = replay(&server, &phone, path.to_str().unwrap()).await;
        assert!(said.contains(" created "), "{file}: {said}");
        let again = replay(&server, &phone, path.to_str().unwrap()).await;
        assert!(again.contains(" duplicate "), "{file}: {again}");
        let detail = stored(&clinic.clinician, &patient).await;
        check_stored(&detail, file, least_strides);
        same_as_analysed(&detail, path.to_str().unwrap()).await;
        on_the_pages(&clinic.clinician, &phone, &patient, &detail).await;
    }
    server.stop().await;
}

on_both_engines!(a_recording_reaches_the_clinicians_page);

/// Replays as a phone would, the walk beginning at a fixed instant before the server's now.
async fn replay(server: &TestServer, phone: &Caller, path: &str) -> String {
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), phone.token().unwrap()).unwrap();
    let output = footing_sim(&[
        "replay",
        path,
        "--server",
        &server.base(),
        "--token-file",
        token.path().to_str().unwrap(),
        "--start",
        "2026-03-01T09:00:00Z",
    ])
    .await;
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

/// The only session of a patient, in full.
async fn stored(clinician: &Caller, patient: &str) -> Value {
    let path = format!("/v1/patients/{patient}/insole-sessions");
    let list = clinician.get(&path).await.expect(200);
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 1, "one session, however often it was sent");
    let id = sessions[0]["session_id"].as_str().unwrap();
    clinician.get(&format!("{path}/{id}")).await.expect(200)
}

fn check_stored(detail: &Value, file: &str, least_strides: u64) {
    assert_eq!(detail["source"], "recorded");
    assert_eq!(detail["started_at"], "2026-03-01T09:00:00Z");
    let strides = detail["strides"].as_u64().unwrap();
    assert!(strides >= least_strides, "{file}: {strides} strides");
    let mean = detail["summary"]["metrics"]["stride_time_s"][0].as_f64();
    let mean = mean.unwrap();
    assert!((0.8..2.2).contains(&mean), "{file}: stride time {mean} s");
}

/// What the server made of the summary is what the engine makes of the file.
async fn same_as_analysed(detail: &Value, path: &str) {
    let output = footing_sim(&["analyze", "--json", path]).await;
    assert!(output.status.success(), "{}", stderr(&output));
    let analysis: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let ids = |value: &Value| -> Vec<String> {
        let list = value.as_array().unwrap();
        list.iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        ids(&detail["assessment"]["observations"]),
        ids(&analysis["observations"])
    );
    let points = |value: &Value| value["score"]["value"]["points"].as_f64();
    match (points(&detail["assessment"]), points(&analysis)) {
        (Some(stored), Some(analysed)) => {
            assert!((stored - analysed).abs() < 0.01, "{stored} {analysed}")
        }
        (stored, analysed) => assert_eq!(stored, analysed),
    }
}

/// Both people see it: the clinician each observation with its sentence, the patient that there was a walk.
async fn on_the_pages(clinician: &Caller, phone: &Caller, patient: &str, detail: &Value) {
    let page = clinician.get(&format!("/patients/{patient}")).await;
    assert_eq!(page.status, 200);
    let page = unescaped(&page.text());
    for observation in detail["assessment"]["observations"].as_array().unwrap() {
        let sentence = observation["sentence"].as_str().unwrap();
        assert!(page.contains(sentence), "the page lacks: {sentence}");
    }
    if let Some(points) = detail["score"].as_f64() {
        assert!(
            page.contains(&format!("{points:.0}")),
            "the page lacks the score {points}"
        );
    }
    let today = phone.get("/today").await;
    assert_eq!(today.status, 200, "{}", today.text());
}

fn unescaped(html: &str) -> String {
    html.replace("&#39;", "'")
        .replace("&#34;", "\"")
        .replace("&quot;", "\"")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

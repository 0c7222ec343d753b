//! Pages that are open hear that something changed: of whom, on every server, until the session ends.

use std::time::Duration;

use footing_tests::example::id;
use footing_tests::{Database, TestServer};
use serde_json::json;

use super::Scene;

/// Longest wait for a word of a stream.
const LONGEST: Duration = Duration::from_secs(20);

/// Reads a stream until it has said something, or is over; gives all it said.
async fn heard(stream: &mut reqwest::Response, wanted: &str) -> String {
    let mut said = String::new();
    let until = tokio::time::timeout(LONGEST, async {
        while !said.contains(wanted) {
            match stream.chunk().await.expect("the stream goes on") {
                Some(words) => said.push_str(&String::from_utf8_lossy(&words)),
                None => break,
            }
        }
    });
    until
        .await
        .unwrap_or_else(|_| panic!("{wanted} is not said, but {said}"));
    said
}

async fn a_stream_says_of_whom_and_ends_with_the_session(database: Database) {
    let scene = Scene::set(database).await;
    let session = scene.clinic.sign_in(&scene.server.anonymous()).await;
    let mut stream = session.listen("/live").await;
    assert_eq!(stream.status().as_u16(), 200);
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(stream.headers()["cache-control"], "no-store");
    heard(&mut stream, "event: hello").await;
    let body = json!({ "id": id("msg", 1), "text": "Synthetic secret" });
    scene.phone.post("/v1/me/messages", &body).await.expect(200);
    let wanted = format!("event: patient\ndata: {}\n\n", scene.patient);
    let said = heard(&mut stream, &wanted).await;
    assert_eq!(said, format!("event: worklist\ndata: changed\n\n{wanted}"));
    session
        .send(reqwest::Method::DELETE, "/v1/sessions/current", None)
        .await
        .expect(204);
    let said = heard(&mut stream, "event: over").await;
    assert!(!said.contains("secret"), "{said}");
    assert!(stream.chunk().await.unwrap().is_none(), "nothing follows");
    scene.phone.get("/live").await.expect(403);
}

async fn what_another_server_wrote_is_heard_too(database: Database) {
    let scene = Scene::set(database).await;
    let second = TestServer::start_at(&scene.database, scene.server.clock.clone()).await;
    let far = second
        .anonymous()
        .with_token(scene.clinic.clinician.token().unwrap());
    let mut stream = far.listen("/live").await;
    heard(&mut stream, "event: hello").await;
    let turn = json!({ "section": "on_track", "kind": "reviewed", "reason": "Looked at" });
    let path = scene.path("/worklist");
    scene.clinic.clinician.post(&path, &turn).await.expect(200);
    let said = heard(&mut stream, "event: patient").await;
    assert!(said.contains(&scene.patient), "{said}");
    drop(stream);
    second.stop().await;
}

async fn a_stale_row_gives_the_list_as_it_is_now(database: Database) {
    let scene = Scene::set(database).await;
    let path = format!("/patients/{}/worklist", scene.patient);
    let form = "section=safety&kind=reviewed";
    let stale = scene.clinic.clinician.post_form(&path, form).await;
    assert_eq!(stale.status, 409);
    let page = stale.text();
    assert!(
        page.contains("id=\"worklist\"") && page.contains("somebody saw to that row meanwhile")
    );
    assert!(page.contains("Test Patient 01"));
    let back = scene
        .clinic
        .clinician
        .post_form(&path, &format!("{form}&back=patient"))
        .await;
    assert_eq!(back.status, 303);
    assert!(back.header("location").ends_with("?done=stale"));
}

footing_tests::on_both_engines!(
    a_stream_says_of_whom_and_ends_with_the_session,
    what_another_server_wrote_is_heard_too,
    a_stale_row_gives_the_list_as_it_is_now,
);

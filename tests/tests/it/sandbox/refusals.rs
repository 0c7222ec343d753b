//! What a sandbox does not take, and where it is none.

use std::collections::BTreeSet;

use footing_server::access::service::NewClinic;
use footing_tests::{Clinic, Database, Raw, TestServer};
use serde_json::json;

use super::{CLOCK, Scene, blamed, stands};

fn clinic(slug: &str, sandbox: bool) -> NewClinic {
    NewClinic {
        slug: slug.to_owned(),
        name: format!("Test Clinic {slug}"),
        time_zone: "Europe/Berlin".to_owned(),
        clinician_name: "Test Clinician 01".to_owned(),
        email: format!("clinician@{slug}.example.org"),
        sandbox,
    }
}

async fn time_never_goes_back_nor_too_far_at_once(database: Database) {
    let scene = Scene::created(database).await;
    let stood = ("frozen", "2026-03-02T06:00:00Z");
    for wrong in [
        "2026-03-02T05:59:59.999999Z",
        "2025-03-02T06:00:00Z",
        "2027-04-06T06:00:00.000001Z",
    ] {
        let refused = scene.post("/advance", &json!({ "to": wrong })).await;
        assert_eq!(blamed(&refused), "/to", "{wrong}");
        assert_eq!(stands(&scene.look().await), stood);
    }
    let nowhere = scene.advance(stood.1).await;
    assert_eq!(nowhere["ticks"], json!(0));
    for body in [
        json!({}),
        json!({ "to": "tomorrow" }),
        json!({ "to": stood.1, "by": 1 }),
    ] {
        scene.post("/advance", &body).await.expect(400);
    }
}

async fn one_advance_at_a_time(database: Database) {
    let scene = Scene::created(database).await;
    scene.stretching("2026-03-02").await;
    let admin = scene.admin().await;
    let path = format!("{CLOCK}/advance");
    let body = json!({ "to": "2026-04-11T06:00:00Z" });
    let (one, other) = tokio::join!(admin.post(&path, &body), admin.post(&path, &body));
    let mut heard = [one.status, other.status];
    heard.sort_unstable();
    assert_eq!(heard, [200, 409], "{} {}", one.text(), other.text());
    assert_eq!(stands(&scene.look().await).1, "2026-04-11T06:00:00Z");
    let prompted = scene.prompted();
    let different: BTreeSet<&String> = prompted.iter().collect();
    assert!(prompted.len() > 20, "{prompted:?}");
    assert_eq!(different.len(), prompted.len(), "each once");
}

async fn the_clock_is_for_admins_of_marked_clinics(database: Database) {
    let scene = Scene::created(database).await;
    let (_, colleague) = scene
        .clinic
        .colleague("Test Clinician 02", "clinician")
        .await;
    colleague.get(CLOCK).await.expect(403);
    let body = json!({ "to": "2026-03-03T06:00:00Z" });
    let path = format!("{CLOCK}/advance");
    colleague.post(&path, &body).await.expect(403);
    scene.server.anonymous().get(CLOCK).await.expect(401);
    assert_eq!(stands(&scene.look().await).1, "2026-03-02T06:00:00Z");
}

async fn no_sandbox_starts_over_a_clinic_that_is_none(database: Database) {
    let server = TestServer::start(&database).await;
    Clinic::open(&server, "demo").await;
    let refused = server.try_open_clinic(clinic("lab", true)).await;
    let said = refused.expect_err("no mixture").to_string();
    assert!(said.contains("leave --sandbox out"), "{said}");
    server.stop().await;
    let refused = TestServer::try_start_sandbox(&database).await;
    let said = refused.err().expect("it does not start").to_string();
    assert!(said.contains("clinic create --sandbox"), "{said}");
    let mut raw = Raw::connect(&database);
    assert_eq!(raw.number("SELECT count(*) AS value FROM sandbox_clock"), 0);
}

async fn no_clinic_of_real_people_is_opened_in_a_sandbox(database: Database) {
    let server = TestServer::start_sandbox(&database).await;
    // While it is empty, and when it is not.
    for slug in ["first", "second"] {
        let refused = server.try_open_clinic(clinic(slug, false)).await;
        let said = refused.expect_err("no mixture").to_string();
        assert!(said.contains("give --sandbox"), "{said}");
        server.open_clinic(clinic(slug, true)).await;
    }
}

async fn a_marked_clinic_on_a_usual_server_lives_in_real_time(database: Database) {
    let server = TestServer::start(&database).await;
    let opened = server.open_clinic(clinic("lab", true)).await;
    let body = json!({ "code": opened.code.reveal(), "password": footing_tests::clinic::PASSWORD });
    let path = "/v1/clinicians/password";
    let session = server.anonymous().post(path, &body).await.expect(201);
    let token = session["token"].as_str().unwrap();
    let admin = server.anonymous().with_token(token);
    let refused = admin.get(CLOCK).await;
    assert!(
        refused.text().contains("sandbox_clock = true"),
        "{}",
        refused.text()
    );
    refused.expect(409);
    let at = json!({ "at": "2026-03-02T06:00:00Z" });
    admin.post(CLOCK, &at).await.expect(409);
    let refused = server.try_open_clinic(clinic("demo", false)).await;
    assert!(
        refused.is_err(),
        "a sandbox's database takes sandboxes only"
    );
}

footing_tests::on_both_engines!(
    time_never_goes_back_nor_too_far_at_once,
    one_advance_at_a_time,
    the_clock_is_for_admins_of_marked_clinics,
    no_sandbox_starts_over_a_clinic_that_is_none,
    no_clinic_of_real_people_is_opened_in_a_sandbox,
    a_marked_clinic_on_a_usual_server_lives_in_real_time,
);

/// The process that started last holds the clock: two would each have a time of its own.
#[tokio::test]
async fn a_server_that_lost_the_clock_moves_it_no_more() {
    let name = "sandbox::refusals::a_server_that_lost_the_clock_moves_it_no_more";
    let Some(database) = Database::postgres(name) else {
        return;
    };
    let scene = Scene::created(database).await;
    let second = TestServer::start_sandbox(&scene.database).await;
    let body = json!({ "to": "2026-03-03T06:00:00Z" });
    let refused = scene.post("/advance", &body).await;
    assert!(
        refused.text().contains("another server"),
        "{}",
        refused.text()
    );
    refused.expect(409);
    scene.bare("/run").await.expect(409);
    assert_eq!(
        stands(&scene.look().await),
        ("frozen", "2026-03-02T06:00:00Z")
    );
    let admin = scene.clinic.sign_in(&second.anonymous()).await;
    let path = format!("{CLOCK}/advance");
    admin.post(&path, &body).await.expect(200);
}

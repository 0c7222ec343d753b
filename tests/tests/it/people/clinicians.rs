//! Adding clinicians, their passwords, and who looks after whom.

use footing_tests::Database;
use footing_tests::clinic::{PASSWORD, text};
use serde_json::json;

use super::{Scene, post};

const NEW_PASSWORD: &str = "another horse battery 8";

async fn an_admin_adds_a_clinician_who_can_do_everything_but_that(database: Database) {
    let scene = Scene::set(database).await;
    scene.colleague.get("/v1/patients").await.expect(200);
    let body =
        json!({ "name": "Test Clinician 03", "email": "three@example.org", "role": "admin" });
    let refused = scene.colleague.post("/v1/clinicians", &body).await;
    assert_eq!(refused.status, 403);
    for (path, status) in [("/v1/clinic/figures", 403), ("/v1/clinic/erasures", 403)] {
        assert_eq!(scene.colleague.get(path).await.status, status, "{path}");
    }
    let list = scene.colleague.get("/v1/clinicians").await.expect(200);
    let roles: Vec<&str> = list["clinicians"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(one, "role"))
        .collect();
    assert_eq!(roles, ["admin", "clinician"], "the first one is the admin");
    let taken =
        json!({ "name": "Test", "email": scene.clinic.email.to_uppercase(), "role": "clinician" });
    let refused = scene.clinic.clinician.post("/v1/clinicians", &taken).await;
    assert_eq!(refused.status, 409, "one address is one account");
}

async fn a_lapsed_link_is_made_anew_until_a_password_is_set(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    let (id, first) = scene
        .clinic
        .invite("Test Clinician 03", "three@example.org", "clinician")
        .await;
    let path = format!("/v1/clinicians/{id}/link");
    let second = post(admin, &path).await.expect(201);
    let set = |code: &str| json!({ "code": code, "password": PASSWORD });
    let old = admin.post("/v1/clinicians/password", &set(&first)).await;
    assert_eq!(old.status, 401, "the earlier link has ended");
    admin
        .post("/v1/clinicians/password", &set(text(&second, "code")))
        .await
        .expect(201);
    assert_eq!(post(admin, &path).await.status, 409, "there is a password");
}

async fn a_new_password_ends_the_other_sessions(database: Database) {
    let scene = Scene::set(database).await;
    let elsewhere = scene.clinic.sign_in(&scene.server.anonymous()).await;
    let here = &scene.clinic.clinician;
    let path = "/v1/clinicians/me/password";
    let body = |old: &str, new: &str| json!({ "old_password": old, "new_password": new });
    let wrong = here.put(path, &body(NEW_PASSWORD, NEW_PASSWORD)).await;
    assert_eq!(wrong.expect(400)["errors"][0]["pointer"], "/old_password");
    let short = here.put(path, &body(PASSWORD, "short")).await;
    assert_eq!(short.expect(400)["errors"][0]["pointer"], "/new_password");
    elsewhere.get("/v1/patients").await.expect(200);
    here.put(path, &body(PASSWORD, NEW_PASSWORD))
        .await
        .expect(204);
    assert_eq!(elsewhere.get("/v1/patients").await.status, 401);
    here.get("/v1/patients").await.expect(200);
    let sign_in = |password: &str| json!({ "clinic": "demo", "email": scene.clinic.email, "password": password });
    let old = here.post("/v1/sessions", &sign_in(PASSWORD)).await;
    assert_eq!(old.status, 401);
    here.post("/v1/sessions", &sign_in(NEW_PASSWORD))
        .await
        .expect(201);
}

async fn a_team_is_of_active_clinicians_of_the_clinic(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    let path = scene.path("/team");
    let team = |owner: &str, deputy: Option<&str>| json!({ "owner": owner, "deputy": deputy });
    assert_eq!(scene.get(&path).await, team(&scene.admin, None));
    let nobody = "cli_0195a0000000700080000000deadbeef";
    for (body, pointer) in [
        (team(&scene.admin, Some(&scene.admin)), "/deputy"),
        (team(nobody, None), "/owner"),
        (team(&scene.admin, Some(nobody)), "/deputy"),
    ] {
        let refused = admin.put(&path, &body).await.expect(400);
        assert_eq!(refused["errors"][0]["pointer"], json!(pointer), "{body}");
    }
    let wanted = team(&scene.other, Some(&scene.admin));
    admin.put(&path, &wanted).await.expect(204);
    assert_eq!(scene.get(&path).await, wanted);
    let patient = scene.get(&scene.path("")).await;
    assert_eq!(patient["owner_id"], json!(scene.other));
}

footing_tests::on_both_engines!(
    an_admin_adds_a_clinician_who_can_do_everything_but_that,
    a_lapsed_link_is_made_anew_until_a_password_is_set,
    a_new_password_ends_the_other_sessions,
    a_team_is_of_active_clinicians_of_the_clinic,
);

//! A phone that changes hands: its push token moves at once, and who signs out is reached no more.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::plan_item;
use serde_json::{Value, json};

use super::{Scene, TOKEN, bytes, delete, tenant};

async fn the_push_token_moves_and_the_earlier_owners_prompts_never_appear(database: Database) {
    let scene = Scene::set(database).await;
    let second = scene.clinic.patient("Test Patient 02").await;
    let theirs = scene.clinic.device(&second, Some(TOKEN)).await;
    let plan = [plan_item("cat-camel", &["09:00"])];
    scene.clinic.publish(&second, 0, &plan).await;
    let owners = format!(
        "SELECT count(*) AS value FROM devices WHERE tenant_id = {} AND push_token = '{TOKEN}'",
        tenant(&scene.clinic.clinician)
    );
    assert_eq!(scene.raw().number(&owners), 1);
    assert_eq!(scene.get(&scene.path("")).await["reach"], json!("no_push"));
    scene.server.advance("2026-03-02T07:00:00Z").await;
    assert_eq!(
        scene.server.push.sent_to(TOKEN).len(),
        0,
        "08:00 is of the first patient"
    );
    scene.server.advance("2026-03-02T08:00:00Z").await;
    assert_eq!(
        scene.server.push.sent_to(TOKEN).len(),
        1,
        "09:00 is of the second"
    );
    // And back again, without a new enrolment.
    let body = json!({ "push_token": TOKEN });
    scene
        .phone
        .put("/v1/me/push-token", &body)
        .await
        .expect(204);
    assert_eq!(scene.raw().number(&owners), 1);
    let path = format!("/v1/patients/{second}");
    assert_eq!(scene.get(&path).await["reach"], json!("no_push"));
    theirs.get("/v1/me").await.expect(200);
}

async fn two_phones_that_claim_one_token_at_once_leave_it_with_one(database: Database) {
    let scene = Scene::set(database).await;
    let second = scene.clinic.patient("Test Patient 02").await;
    let theirs = scene.clinic.device(&second, None).await;
    let body = json!({ "push_token": "synthetic-push-token-02" });
    for _ in 0..5 {
        let (one, two) = tokio::join!(
            scene.phone.put("/v1/me/push-token", &body),
            theirs.put("/v1/me/push-token", &body)
        );
        assert_eq!((one.status, two.status), (204, 204));
        let owners =
            "SELECT count(*) AS value FROM devices WHERE push_token = 'synthetic-push-token-02'";
        assert_eq!(scene.raw().number(owners), 1);
    }
}

async fn signing_out_ends_the_token_and_the_prompts(database: Database) {
    let scene = Scene::set(database).await;
    delete(&scene.phone, "/v1/me/device").await.expect(204);
    for path in ["/v1/me", "/v1/me/occurrences"] {
        assert_eq!(scene.phone.get(path).await.status, 401, "{path}");
    }
    let body = json!({ "push_token": TOKEN });
    assert_eq!(
        scene.phone.put("/v1/me/push-token", &body).await.status,
        401
    );
    let kept = format!("SELECT count(*) AS value FROM devices WHERE push_token = '{TOKEN}'");
    assert_eq!(scene.raw().number(&kept), 0);
    scene.server.advance("2026-03-02T07:30:00Z").await;
    assert_eq!(scene.server.push.sent().len(), 0);
    assert_eq!(
        scene.get(&scene.path("")).await["reach"],
        json!("not_enrolled")
    );
}

async fn a_clinician_ends_a_lost_phone_and_no_other(database: Database) {
    let scene = Scene::set(database).await;
    let tablet = scene.clinic.device(&scene.patient, None).await;
    let device = scene.phone.get("/v1/me").await.expect(200);
    let device = text(&device, "device_id");
    let second = scene.clinic.patient("Test Patient 02").await;
    let admin = &scene.clinic.clinician;
    let elsewhere = format!("/v1/patients/{second}/devices/{device}");
    assert_eq!(delete(admin, &elsewhere).await.status, 404);
    scene.phone.get("/v1/me").await.expect(200);
    let path = scene.path(&format!("/devices/{device}"));
    delete(admin, &path).await.expect(204);
    delete(admin, &path).await.expect(204);
    assert_eq!(scene.phone.get("/v1/me").await.status, 401);
    tablet.get("/v1/me").await.expect(200);
    let list = scene.get(&scene.path("/devices")).await;
    let ended: Vec<&Value> = list["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["ended_at"])
        .collect();
    assert_eq!(ended.iter().filter(|at| at.is_string()).count(), 1);
    assert_eq!(scene.audited("device.end"), 1, "once");
    let mut raw = scene.raw();
    let tokens = format!(
        "SELECT count(*) AS value FROM access_tokens WHERE device_id = {} AND revoked_at IS NULL",
        bytes(&raw, device)
    );
    assert_eq!(raw.number(&tokens), 0);
}

footing_tests::on_both_engines!(
    the_push_token_moves_and_the_earlier_owners_prompts_never_appear,
    two_phones_that_claim_one_token_at_once_leave_it_with_one,
    signing_out_ends_the_token_and_the_prompts,
    a_clinician_ends_a_lost_phone_and_no_other,
);

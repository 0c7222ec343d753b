//! What becomes of prompts: sent, tried again, given up, withdrawn, moved.

use footing_server::push::Outcome;
use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::{done, plan_item};
use footing_tests::push::busy;
use serde_json::json;

use super::{Scene, TOKEN, phases};

async fn without_a_device_nothing_is_sent_and_the_window_still_closes(database: Database) {
    let scene = Scene::set(database).await;
    let other = scene.clinic.patient("Test Patient 02").await;
    scene
        .clinic
        .publish(&other, 0, &[plan_item("calf-wall-stretch", &["08:00"])])
        .await;
    scene.server.advance("2026-03-02T07:00:00Z").await;
    assert_eq!(scene.sent(), 0);
    scene.server.advance("2026-03-02T11:00:00Z").await;
    let path = format!("/v1/patients/{other}/occurrences?from=2026-03-02&through=2026-03-02");
    let day = scene.clinic.clinician.get(&path).await.expect(200);
    assert_eq!(day["occurrences"][0]["phase"], json!("missed"));
    let patient = scene
        .clinic
        .clinician
        .get(&format!("/v1/patients/{other}"))
        .await
        .expect(200);
    assert_eq!(patient["reach"], json!("not_enrolled"));
}

async fn a_dead_token_is_not_used_again_and_the_clinic_sees_it(database: Database) {
    let scene = Scene::with_plan(database, &["08:00", "09:00"]).await;
    scene.server.push.always(TOKEN, Outcome::TokenGone);
    scene.server.advance("2026-03-02T07:00:00Z").await;
    assert_eq!(scene.sent(), 1);
    let path = format!("/v1/patients/{}", scene.patient);
    let patient = scene.clinic.clinician.get(&path).await.expect(200);
    assert_eq!(patient["reach"], json!("unreachable"));
    scene.server.advance("2026-03-02T08:00:00Z").await;
    assert_eq!(scene.sent(), 1, "the token is dead");

    let body = json!({ "push_token": "synthetic-push-token-02" });
    scene
        .phone
        .put("/v1/me/push-token", &body)
        .await
        .expect(204);
    scene.server.settle().await;
    let new = || scene.server.push.sent_to("synthetic-push-token-02");
    assert_eq!(new().len(), 2, "both windows are open still");
    scene.server.advance("2026-03-03T07:00:00Z").await;
    assert_eq!(new().len(), 3);
}

async fn a_busy_gateway_is_asked_again_when_it_said(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    scene.server.push.next(busy(30));
    scene.server.advance("2026-03-02T07:00:00Z").await;
    assert_eq!(scene.sent(), 1);
    scene.server.advance("2026-03-02T07:00:29Z").await;
    assert_eq!(scene.sent(), 1, "not before the gateway said");
    // A fifth of the wait is spread by chance.
    scene.server.advance("2026-03-02T07:00:36Z").await;
    let sent = scene.server.push.sent();
    assert_eq!(sent.len(), 2);
    assert!(!sent[0].accepted() && sent[1].accepted());
    assert_eq!(
        sent[0].message_id(),
        sent[1].message_id(),
        "the same message"
    );
    assert_eq!(sent[0].message.collapse_key, sent[1].message.collapse_key);
    scene.server.advance("2026-03-02T10:59:59Z").await;
    assert_eq!(scene.sent(), 2, "taken once is enough");
}

async fn a_gateway_that_stays_busy_is_left_alone_after_the_window(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    scene.server.push.always(TOKEN, busy(3600));
    for hour in 7..=15 {
        scene
            .server
            .advance(&format!("2026-03-02T{hour:02}:30:00Z"))
            .await;
    }
    let sent = scene.server.push.sent();
    let closes = "2026-03-02T11:00:00Z".parse().unwrap();
    assert!(sent.len() >= 2, "it was tried again");
    assert!(
        sent.iter().all(|one| one.at < closes),
        "and not after the window: {sent:?}"
    );
}

async fn an_unanswered_window_closes_as_missed(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    scene.server.advance("2026-03-02T10:59:59Z").await;
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "open")])
    );
    scene.server.advance("2026-03-02T11:00:00Z").await;
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "missed")])
    );
    let adherence = scene.adherence().await;
    assert_eq!(
        (&adherence["value_pct"], &adherence["missed"]),
        (&json!(0.0), &json!(1))
    );
}

async fn a_server_that_slept_through_a_window_sends_nothing_late(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    scene.server.sleep_through("2026-03-02T11:30:00Z").await;
    assert_eq!(scene.sent(), 0);
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "missed")])
    );
}

async fn answered_before_it_is_due_means_no_prompt(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let id = text(&scene.first().await, "id").to_owned();
    assert_eq!(
        scene.answer(&[done(1, &id, "2026-03-02T06:00:00Z")]).await,
        ["applied"]
    );
    scene.server.advance("2026-03-02T07:00:00Z").await;
    assert_eq!(scene.sent(), 0);
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "done")])
    );
}

async fn answered_between_two_tries_means_no_second_try(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    scene.server.push.next(busy(60));
    scene.server.advance("2026-03-02T07:00:00Z").await;
    let id = text(&scene.first().await, "id").to_owned();
    assert_eq!(
        scene.answer(&[done(1, &id, "2026-03-02T07:00:00Z")]).await,
        ["applied"]
    );
    scene.server.advance("2026-03-02T08:00:00Z").await;
    assert_eq!(scene.sent(), 1);
}

async fn a_push_token_follows_the_phone_to_its_next_owner(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let other = scene.clinic.patient("Test Patient 02").await;
    let second = scene.clinic.device(&other, None).await;
    second
        .put("/v1/me/push-token", &json!({ "push_token": TOKEN }))
        .await
        .expect(204);
    scene.server.advance("2026-03-02T07:00:00Z").await;
    assert_eq!(
        scene.sent(),
        0,
        "the first owner's prompt must not show on the second's phone"
    );
    scene
        .clinic
        .publish(&other, 0, &[plan_item("calf-wall-stretch", &["09:00"])])
        .await;
    scene.server.advance("2026-03-02T08:00:00Z").await;
    assert_eq!(scene.server.push.sent_to(TOKEN).len(), 1);
}

async fn an_enrolment_takes_the_push_token_along(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let other = scene.clinic.patient("Test Patient 02").await;
    scene.clinic.device(&other, Some(TOKEN)).await;
    scene.server.advance("2026-03-02T07:00:00Z").await;
    assert_eq!(scene.sent(), 0);
}

async fn every_device_of_a_patient_is_told(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    scene
        .clinic
        .device(&scene.patient, Some("synthetic-push-token-02"))
        .await;
    scene.server.advance("2026-03-02T07:00:00Z").await;
    let sent = scene.server.push.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].message_id(), sent[1].message_id());
    assert_eq!(scene.server.push.sent_to(TOKEN).len(), 1);
}

footing_tests::on_both_engines!(
    without_a_device_nothing_is_sent_and_the_window_still_closes,
    a_dead_token_is_not_used_again_and_the_clinic_sees_it,
    a_busy_gateway_is_asked_again_when_it_said,
    a_gateway_that_stays_busy_is_left_alone_after_the_window,
    an_unanswered_window_closes_as_missed,
    a_server_that_slept_through_a_window_sends_nothing_late,
    answered_before_it_is_due_means_no_prompt,
    answered_between_two_tries_means_no_second_try,
    a_push_token_follows_the_phone_to_its_next_owner,
    an_enrolment_takes_the_push_token_along,
    every_device_of_a_patient_is_told,
);

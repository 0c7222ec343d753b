//! S9: what the gateway says, and what becomes of the reminder and of the token.

use footing_server::push::Outcome;
use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::{SUBSCRIPTION_ENDPOINT, plan_item, subscription};
use footing_tests::push::busy;
use serde_json::json;

use super::{PHONE, Scene, TABLET, instants};

/// The first reminder of an occurrence: how it ended and why.
async fn ended(scene: &Scene, occurrence: &str) -> String {
    let why = scene.explain(occurrence).await;
    let first = &why["reminders"][0];
    let reason = first["reason"].as_str().unwrap_or("-");
    format!(
        "{} {reason} after {}",
        text(first, "state"),
        first["attempts"].as_array().unwrap().len()
    )
}

async fn a_dead_token_and_another_device(database: Database) {
    let scene = Scene::set(database)
        .await
        .stretching(&["08:00", "20:00"])
        .await;
    scene.clinic.device(&scene.patient, Some(TABLET)).await;
    scene.server.push.always(PHONE, Outcome::TokenGone);
    scene.server.advance("2026-03-02T20:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-03-02T07:00:00Z"],
        "not tried again"
    );
    let tablet = instants(&scene.server.push.sent_to(TABLET));
    assert_eq!(
        tablet,
        ["2026-03-02T07:00:00Z", "2026-03-02T19:00:00Z"],
        "the other one at once"
    );
    assert_eq!(scene.alerts().await, Vec::<String>::new());
}

async fn nobody_can_be_reached(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    scene.server.push.always(PHONE, Outcome::TokenGone);
    scene.server.advance("2026-03-02T07:00:00Z").await;
    let first = scene.occurrence("2026-03-02", 0).await;
    assert_eq!(ended(&scene, &first).await, "undeliverable - after 1");
    scene.server.advance("2026-03-03T06:59:59Z").await;
    assert_eq!(
        scene.alerts().await,
        Vec::<String>::new(),
        "not before a day has passed"
    );
    scene.server.advance("2026-03-03T07:00:00Z").await;
    assert_eq!(scene.alerts().await, ["unreachable open"]);
    let figures = scene.adherence("from=2026-03-02&through=2026-03-02").await;
    assert_eq!(
        (&figures["missed"], &figures["undeliverable"]),
        (&json!(1), &json!(1)),
        "counted, and shown apart"
    );
    scene.server.advance("2026-03-05T12:00:00Z").await;
    assert_eq!(
        scene.alerts().await,
        ["unreachable open"],
        "never missed days"
    );

    // The app checks in with a new token on Friday at half past eight, half an hour after the reminder went nowhere.
    scene.server.advance("2026-03-06T07:30:00Z").await;
    let token = "synthetic-push-token-03";
    let body = json!({ "push_token": token });
    scene
        .phone
        .put("/v1/me/push-token", &body)
        .await
        .expect(204);
    scene.server.settle().await;
    assert_eq!(
        instants(&scene.server.push.sent_to(token)),
        ["2026-03-06T07:30:00Z"]
    );
    assert_eq!(scene.alerts().await, ["unreachable auto_resolved"]);
    scene.server.advance("2026-03-07T07:00:00Z").await;
    assert_eq!(scene.server.push.sent_to(token).len(), 2);
}

async fn a_browser_subscribes_again(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    scene.server.push.always(PHONE, Outcome::TokenGone);
    let browser = scene.clinic.browser(&scene.patient).await;
    scene.server.advance("2026-03-02T07:10:00Z").await;
    let before = scene.server.push.sent().len();
    let body = subscription(SUBSCRIPTION_ENDPOINT);
    browser
        .put("/v1/me/push-subscription", &body)
        .await
        .expect(204);
    scene.server.settle().await;
    let sent = scene.server.push.sent();
    assert_eq!(sent.len(), before + 1);
    assert!(sent[before].is_prompt() && sent[before].accepted());
    // A token that is given once more wakes nothing that went out.
    browser
        .put("/v1/me/push-subscription", &body)
        .await
        .expect(204);
    scene.server.settle().await;
    assert_eq!(scene.server.push.sent().len(), before + 1);
}

async fn who_was_told_once_is_not_told_again_by_a_new_token(database: Database) {
    let mut item = plan_item("calf-wall-stretch", &["08:00"]);
    item["ladder"] = json!([{ "when": "at" }, { "when": "after", "minutes": 60 }]);
    let scene = Scene::set(database).await.plan(&[item]).await;
    scene.server.advance("2026-03-02T07:30:00Z").await;
    scene.server.push.always(PHONE, Outcome::TokenGone);
    scene.server.advance("2026-03-02T08:10:00Z").await;
    let token = "synthetic-push-token-03";
    let body = json!({ "push_token": token });
    let path = "/v1/me/push-token";
    scene.phone.put(path, &body).await.expect(204);
    scene.server.advance("2026-03-02T10:00:00Z").await;
    assert_eq!(scene.server.push.sent_to(token).len(), 0);
}

async fn a_message_the_gateway_refuses_costs_no_token(database: Database) {
    let scene = Scene::set(database)
        .await
        .stretching(&["08:00", "12:00"])
        .await;
    scene.server.push.next(Outcome::Rejected {
        code: "INVALID_ARGUMENT".to_owned(),
    });
    scene.server.advance("2026-03-02T07:30:00Z").await;
    let first = scene.occurrence("2026-03-02", 0).await;
    assert_eq!(ended(&scene, &first).await, "rejected - after 1");
    scene.server.advance("2026-03-02T11:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-03-02T07:00:00Z", "2026-03-02T11:00:00Z"],
        "not again, and the next all the same"
    );
}

async fn a_busy_gateway_is_asked_until_the_window_closes(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    scene.server.push.always(PHONE, busy(1800));
    scene.server.advance("2026-03-02T12:00:00Z").await;
    let sent = scene.server.push.sent_to(PHONE);
    assert!((5..=8).contains(&sent.len()), "{}", sent.len());
    let first = scene.occurrence("2026-03-02", 0).await;
    assert!(ended(&scene, &first).await.starts_with("expired - after"));
    assert_eq!(scene.phases("2026-03-02").await, ["08:00 missed"]);
}

async fn our_own_credentials_cost_nobody_a_day(database: Database) {
    let item = plan_item("calf-wall-stretch", &["08:00", "20:00"]);
    let scene = Scene::set(database).await.plan(&[item]).await;
    let refused = Outcome::Unauthorized {
        code: "UNAUTHENTICATED".to_owned(),
    };
    scene.server.push.always(PHONE, refused);
    scene.server.advance("2026-03-02T11:00:00Z").await;
    assert_eq!(
        scene.phases("2026-03-02").await,
        ["08:00 excused(circuit_open)", "20:00 upcoming"]
    );
    let first = scene.occurrence("2026-03-02", 0).await;
    assert!(
        ended(&scene, &first)
            .await
            .starts_with("folded circuit_open"),
        "{}",
        ended(&scene, &first).await
    );
    scene.server.advance("2026-03-02T19:10:00Z").await;
    let accepted = Outcome::Accepted {
        provider_message_id: "double-again".to_owned(),
    };
    scene.server.push.always(PHONE, accepted);
    scene.server.advance("2026-03-02T19:13:00Z").await;
    assert!(
        scene.server.push.sent_to(PHONE).last().unwrap().accepted(),
        "the credentials work"
    );
    scene.server.advance("2026-03-03T00:00:00Z").await;
    assert_eq!(
        scene.phases("2026-03-02").await,
        ["08:00 excused(circuit_open)", "20:00 missed"],
        "this one could be asked"
    );
    let figures = scene.adherence("from=2026-03-02&through=2026-03-02").await;
    assert_eq!(
        (&figures["denominator"], &figures["excused"]),
        (&json!(1), &json!(1))
    );
}

footing_tests::on_both_engines!(
    a_dead_token_and_another_device,
    nobody_can_be_reached,
    a_browser_subscribes_again,
    who_was_told_once_is_not_told_again_by_a_new_token,
    a_message_the_gateway_refuses_costs_no_token,
    a_busy_gateway_is_asked_until_the_window_closes,
    our_own_credentials_cost_nobody_a_day,
);

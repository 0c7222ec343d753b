//! S6: put off past midnight, it still belongs to the evening.

use footing_server::push::PushKind;
use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::{done, plan_item};
use footing_tests::push::busy;
use serde_json::{Value, json};

use super::{PHONE, Scene, TABLET, snooze};

/// 22:30 on Wednesday, 10 June 2026, when the stretch was just asked for; quiet from 23:00 to 07:00.
async fn evening(database: Database) -> (Scene, String) {
    let scene = Scene::at(database, "2026-06-10T16:00:00Z", "Europe/Berlin").await;
    let nightly = json!({ "from": "23:00", "to": "07:00" });
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let hours: Value = days
        .into_iter()
        .map(|day| (day.to_owned(), nightly.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let body = json!({ "reminders": { "quiet_hours": hours } });
    scene.phone.put("/v1/me/settings", &body).await.expect(200);
    let mut item = plan_item("calf-wall-stretch", &["22:30"]);
    item["windows"][0]["closes_after_min"] = json!(270);
    let scene = scene
        .plan(&[item, plan_item("cat-camel", &["08:00"])])
        .await;
    scene.server.advance("2026-06-10T20:30:00Z").await;
    let day = scene.day("2026-06-10").await;
    let stretch = day.iter().find(|one| text(one, "time") == "22:30").unwrap();
    let stretch = text(stretch, "id").to_owned();
    (scene, stretch)
}

async fn offers(scene: &Scene, occurrence: &str) -> Vec<(u64, bool)> {
    let path = format!("/v1/me/occurrences/{occurrence}/snoozes");
    let body = scene.phone.get(&path).await.expect(200);
    let offers = body["snoozes"].as_array().unwrap();
    offers
        .iter()
        .map(|one| {
            (
                one["minutes"].as_u64().unwrap(),
                one["in_quiet_hours"].as_bool().unwrap(),
            )
        })
        .collect()
}

async fn done_after_midnight_credits_the_evening(database: Database) {
    let (scene, stretch) = evening(database).await;
    let tablet = scene.clinic.device(&scene.patient, Some(TABLET)).await;
    assert_eq!(
        offers(&scene, &stretch).await,
        [
            (10, false),
            (30, true),
            (60, true),
            (120, true),
            (240, true)
        ]
    );
    let silently = snooze(1, &stretch, 60, false, "2026-06-10T20:30:00Z");
    assert_eq!(
        scene.answer(&[silently]).await,
        ["quiet_hours"],
        "not without being asked"
    );
    let anyway = snooze(2, &stretch, 60, true, "2026-06-10T20:30:00Z");
    assert_eq!(scene.answer(&[anyway]).await, ["applied"]);
    // Restarted jobs and another line of the plan do not lose it.
    let mut other = plan_item("cat-camel", &["09:00"]);
    other["dose"] = json!({ "sets": 2, "reps": 5 });
    let mut same = plan_item("calf-wall-stretch", &["22:30"]);
    same["windows"][0]["closes_after_min"] = json!(270);
    scene.publish(1, &[same, other]).await;
    scene.server.advance("2026-06-10T21:30:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-06-10T20:30:00Z", "2026-06-10T21:30:00Z"]
    );
    // The second from the tablet moves it on the phone too.
    let again = snooze(3, &stretch, 60, true, "2026-06-10T21:30:00Z");
    assert_eq!(scene.answer_from(&tablet, &[again]).await, ["applied"]);
    scene.server.advance("2026-06-10T22:30:00Z").await;
    let kinds: Vec<_> = scene
        .server
        .push
        .all_to(PHONE)
        .iter()
        .map(|one| (one.kind(), one.at.to_string()))
        .filter(|(kind, _)| *kind != PushKind::Notice)
        .collect();
    let at = |text: &str| text.to_owned();
    assert_eq!(
        kinds,
        [
            (PushKind::Prompt, at("2026-06-10T20:30:00Z")),
            (PushKind::Prompt, at("2026-06-10T21:30:00Z")),
            (PushKind::Withdraw, at("2026-06-10T21:30:00Z")),
            (PushKind::Prompt, at("2026-06-10T22:30:00Z")),
        ]
    );
    scene.server.advance("2026-06-10T22:35:00Z").await;
    assert_eq!(
        scene
            .answer(&[done(4, &stretch, "2026-06-10T22:35:00Z")])
            .await,
        ["applied"]
    );
    let wednesday = scene.phases("2026-06-10").await;
    assert!(
        wednesday.contains(&"22:30 done".to_owned()),
        "{wednesday:?}"
    );
    let figures = scene.adherence("from=2026-06-10&through=2026-06-10").await;
    assert_eq!(figures["late"], json!(0));
}

async fn the_third_snooze_is_the_last_and_none_outlasts_the_window(database: Database) {
    let (scene, stretch) = evening(database).await;
    let too_long = snooze(1, &stretch, 270, true, "2026-06-10T20:30:00Z");
    assert_eq!(scene.answer(&[too_long]).await, ["after_close"]);
    for (number, at) in [(2, "20:30"), (3, "21:30"), (4, "22:30")] {
        let at = format!("2026-06-10T{at}:00Z");
        scene.server.advance(&at).await;
        assert_eq!(
            scene
                .answer(&[snooze(number, &stretch, 60, true, &at)])
                .await,
            ["applied"]
        );
    }
    scene.server.advance("2026-06-10T23:30:00Z").await;
    assert_eq!(offers(&scene, &stretch).await, []);
    let fourth = snooze(5, &stretch, 10, true, "2026-06-10T23:30:00Z");
    assert_eq!(scene.answer(&[fourth]).await, ["snooze_limit"]);
    scene.server.advance("2026-06-11T05:00:00Z").await;
    assert_eq!(scene.prompted().len(), 4, "{:?}", scene.prompted());
}

async fn a_busy_gateway_does_not_lose_what_the_patient_asked_for(database: Database) {
    let (scene, stretch) = evening(database).await;
    let anyway = snooze(1, &stretch, 60, true, "2026-06-10T20:30:00Z");
    assert_eq!(scene.answer(&[anyway]).await, ["applied"]);
    scene.server.push.next(busy(30));
    scene.server.advance("2026-06-10T21:31:00Z").await;
    let sent = scene.server.push.sent_to(PHONE);
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert!(sent[2].accepted());
}

async fn what_was_put_off_outlives_the_server(database: Database) {
    let (scene, stretch) = evening(database).await;
    let anyway = snooze(1, &stretch, 60, true, "2026-06-10T20:30:00Z");
    assert_eq!(scene.answer(&[anyway]).await, ["applied"]);
    let scene = scene.restarted("2026-06-10T21:00:00Z").await;
    scene.server.advance("2026-06-10T21:29:59Z").await;
    assert_eq!(scene.prompted(), [""; 0]);
    scene.server.advance("2026-06-10T22:00:00Z").await;
    assert_eq!(scene.prompted(), ["2026-06-10T21:30:00Z"]);
}

footing_tests::on_both_engines!(
    done_after_midnight_credits_the_evening,
    the_third_snooze_is_the_last_and_none_outlasts_the_window,
    a_busy_gateway_does_not_lose_what_the_patient_asked_for,
    what_was_put_off_outlives_the_server,
);

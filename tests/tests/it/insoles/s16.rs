//! S16: data that are not good enough have no score, and say why.

use footing_tests::Database;
use footing_tests::example::{Walk, walk, with_orthotic};
use serde_json::json;

use super::Scene;

async fn a_session_that_is_not_good_enough_has_a_reason_and_no_score(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .event(&json!({ "kind": "orthotic_issued", "date": "2026-02-20", "orthotic_id": "custom" }))
        .await;
    let own = |number: u64, start: &str, how: Walk| {
        with_orthotic(
            walk(number, &format!("2026-03-02T0{start}:00Z"), how, 0),
            "custom",
        )
    };
    let sound = own(1, "1:00", Walk::Usual);
    let other = with_orthotic(own(2, "2:00", Walk::Usual), "old");
    let unnamed = walk(3, "2026-03-02T02:10:00Z", Walk::Usual, 0);
    let dead = own(4, "2:20", Walk::LeftInsoleDead);
    let short = own(5, "2:30", Walk::Short);
    let standing = own(6, "2:40", Walk::Standing);
    scene
        .upload(&[sound, other, unnamed, dead, short, standing])
        .await;
    // At once, and the same after the watch has looked.
    for _ in 0..2 {
        let list = scene.see("/insole-sessions").await;
        let sessions = list["sessions"].as_array().unwrap();
        let reasons: Vec<_> = sessions
            .iter()
            .rev()
            .map(|one| one["reasons"].clone())
            .collect();
        assert_eq!(
            reasons,
            [
                json!([]),
                json!(["unknown_footwear"]),
                json!(["unknown_footwear"]),
                json!(["one_side"]),
                json!(["too_few_steps"]),
                json!(["no_gait"]),
            ]
        );
        for session in sessions {
            let scored = session["reasons"] == json!([]);
            assert_eq!(session["score"].is_f64(), scored, "{session}");
            let id = session["session_id"].as_str().unwrap();
            let detail = scene.see(&format!("/insole-sessions/{id}")).await;
            let score = &detail["assessment"]["score"];
            assert_eq!(score["value"].is_object(), scored, "{score}");
            if !scored {
                assert_eq!(score["absent"], session["reasons"][0]);
            }
        }
        scene.server.settle().await;
    }
    let page = scene
        .clinic
        .clinician
        .get(&format!("/patients/{}", scene.patient))
        .await
        .text();
    assert!(page.contains("no walking was seen"), "the page says why");
    assert!(!page.to_lowercase().contains("normal"));
    let walking = scene
        .clinic
        .clinician
        .get(&format!("/patients/{}/gait", scene.patient))
        .await
        .text();
    assert!(walking.contains("no walking was seen"), "as does this one");
    assert!(walking.contains("no-score"), "the trend shows a gap");
    let mine = scene.phone.get("/v1/me/insole-sessions").await.expect(200);
    assert_eq!(mine["sessions"][0]["reasons"], json!(["no_gait"]));
}

async fn insoles_turned_round_against_the_first_session_with_this_pair(database: Database) {
    let scene = Scene::set(database).await;
    let worn = |number: u64, start: &str, left: &str, right: &str| {
        let mut session = walk(number, start, Walk::Usual, 0);
        session.device.serial_left = Some(left.to_owned());
        session.device.serial_right = Some(right.to_owned());
        session
    };
    // The turned one comes first, the one it is turned against later.
    scene
        .upload(&[worn(2, "2026-03-02T04:00:00Z", "B", "A")])
        .await;
    scene.server.settle().await;
    assert_eq!(scene.newest().await["reasons"], json!([]));
    let score = scene.newest().await["score"].clone();
    scene
        .upload(&[worn(1, "2026-03-01T04:00:00Z", "A", "B")])
        .await;
    scene.server.settle().await;
    let turned = scene.newest().await;
    assert_eq!(turned["reasons"], json!(["sides_swapped"]));
    assert!(turned["score"].is_null());
    let id = turned["session_id"].as_str().unwrap();
    let detail = scene.see(&format!("/insole-sessions/{id}")).await;
    assert_eq!(
        detail["assessment"]["observations"],
        json!([]),
        "left is not left"
    );
    assert!(score.is_f64());
}

async fn three_such_days_in_a_row_ask_the_patient_and_no_clinician(database: Database) {
    let scene = Scene::set(database).await;
    let dead = |day: u64| {
        walk(
            day,
            &format!("2026-03-{day:02}T08:00:00Z"),
            Walk::LeftInsoleDead,
            0,
        )
    };
    for day in 3..=4 {
        scene
            .server
            .advance(&format!("2026-03-{day:02}T18:00:00Z"))
            .await;
        scene.upload(&[dead(day)]).await;
        scene.server.settle().await;
        assert_eq!(scene.notices(), Vec::<String>::new());
    }
    scene.server.advance("2026-03-05T18:00:00Z").await;
    scene.upload(&[dead(5)]).await;
    scene.server.settle().await;
    let notices = scene.notices();
    assert_eq!(notices.len(), 1);
    assert!(
        notices[0].starts_with("check_insole ")
            && notices[0].contains("one_side")
            && notices[0].contains("\"days\":3"),
        "{notices:?}"
    );
    scene.server.advance("2026-03-06T18:00:00Z").await;
    scene.upload(&[dead(6)]).await;
    scene.server.settle().await;
    assert_eq!(scene.notices().len(), 1, "once for a run");
    assert_eq!(scene.alerts(), Vec::<String>::new());
    // A good day between begins another run.
    scene
        .upload(&[walk(70, "2026-03-06T10:00:00Z", Walk::Usual, 0)])
        .await;
    for day in 7..=9 {
        scene
            .server
            .advance(&format!("2026-03-{day:02}T18:00:00Z"))
            .await;
        scene.upload(&[dead(day)]).await;
        scene.server.settle().await;
    }
    assert_eq!(scene.notices().len(), 2);
}

footing_tests::on_both_engines!(
    a_session_that_is_not_good_enough_has_a_reason_and_no_score,
    insoles_turned_round_against_the_first_session_with_this_pair,
    three_such_days_in_a_row_ask_the_patient_and_no_clinician,
);

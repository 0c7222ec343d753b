//! Pain over days, as the clinician's list needs it.

use footing_tests::Database;
use footing_tests::example::id;
use serde_json::json;

use super::{Scene, back, correcting};

async fn the_trend_has_values_their_usual_slope_and_signs(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-08T12:00:00Z").await;
    for day in 2..=8_u64 {
        let at = format!("2026-03-0{day}T07:00:00Z");
        scene
            .take(back(day, &at, u8::try_from(day - 1).unwrap()))
            .await;
    }
    let signs = json!({
        "id": id("chk", 20),
        "taken_at": "2026-03-08T08:00:00Z",
        "signs": { "uneven_shoe_wear": true, "ankles_unsteady": false },
        "foot_pain": 2,
    });
    scene.take(signs).await;
    let trend = scene.seen("/pain").await;
    let days = trend["days"].as_array().unwrap();
    assert_eq!(days.len(), 7);
    assert_eq!(
        (&days[0]["worst"], &days[0]["usual"]),
        (&json!(1), &json!(null)),
        "nothing stands before it"
    );
    assert_eq!(
        (&days[6]["worst"], &days[6]["usual"]),
        (&json!(7), &json!(3.5))
    );
    assert_eq!(days[6]["foot"], json!(2));
    assert_eq!((&trend["last"], &trend["change"]), (&json!(7), &json!(1)));
    assert_eq!(trend["slope"]["per_day"], json!(1.0));
    assert_eq!(
        trend["getting_worse"],
        json!(true),
        "its slope is surely above zero"
    );
    assert_eq!(
        trend["signs"]["uneven_shoe_wear"],
        json!({ "yes": 1, "asked": 1 })
    );
    assert_eq!(
        trend["signs"]["ankles_unsteady"],
        json!({ "yes": 0, "asked": 1 })
    );
    assert_eq!(
        trend["signs"]["feet_tire_soon"],
        json!({ "yes": 0, "asked": 0 })
    );
    assert_eq!(
        trend["rules"]["worse_rise"],
        json!(2),
        "with the thresholds used"
    );
}

async fn a_corrected_value_counts_nowhere(database: Database) {
    let scene = Scene::set(database).await;
    scene.take(back(1, "2026-03-02T05:00:00Z", 9)).await;
    scene
        .take(correcting(back(2, "2026-03-02T05:01:00Z", 2), 1))
        .await;
    let trend = scene.seen("/pain").await;
    assert_eq!(trend["last"], json!(2));
    assert_eq!(trend["getting_worse"], json!(false));
}

async fn dates_are_checked(database: Database) {
    let scene = Scene::set(database).await;
    for end in ["/pain", "/checkins"] {
        for wrong in [
            "from=2026-03-03&through=2026-03-02",
            "from=2026-01-01&through=2026-04-03",
            "from=yesterday",
            "to=2026-03-02",
        ] {
            let path = scene.path(&format!("{end}?{wrong}"));
            let reply = scene.clinic.clinician.get(&path).await;
            assert_eq!(
                (reply.status, reply.problem().as_str()),
                (400, "invalid"),
                "{path}"
            );
        }
    }
}

footing_tests::on_both_engines!(
    the_trend_has_values_their_usual_slope_and_signs,
    a_corrected_value_counts_nowhere,
    dates_are_checked,
);

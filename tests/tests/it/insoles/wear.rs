//! Wear by date: from sessions in any order, beside what was prescribed.

use footing_tests::example::{Walk, lasting, plan_item, walk, with_orthotic};
use footing_tests::{Database, Raw};
use gait::SessionSummary;
use gait::summary::Hourly;
use serde_json::{Value, json};

use super::{Scene, dispositions};

/// A session with the custom orthotic, so many minutes long.
fn worn(number: u64, start: &str, minutes: u32) -> SessionSummary {
    with_orthotic(
        lasting(walk(number, start, Walk::Usual, 0), minutes),
        "custom",
    )
}

/// A line of a plan that asks for the orthotic for so many minutes from one date through another.
fn wear_in(minutes: u32, from: &str, through: &str) -> Value {
    let mut item = plan_item("orthotic-wear-in", &["08:00"]);
    item["dose"] = json!({ "sets": 1, "minutes": minutes });
    item["starts_on"] = json!(from);
    item["ends_on"] = json!(through);
    item
}

async fn a_ramp_is_measured_against_each_days_own_minutes(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .event(&json!({ "kind": "orthotic_issued", "date": "2026-03-02", "orthotic_id": "custom" }))
        .await;
    let ramp = [
        wear_in(60, "2026-03-02", "2026-03-02"),
        wear_in(120, "2026-03-03", "2026-03-03"),
        wear_in(180, "2026-03-04", "2026-03-05"),
    ];
    scene.clinic.publish(&scene.patient, 0, &ramp).await;
    scene.server.advance("2026-03-05T11:00:00Z").await;
    let elsewhere = walk(4, "2026-03-03T15:00:00Z", Walk::Usual, 0);
    scene
        .upload(&[
            worn(1, "2026-03-02T07:00:00Z", 90),
            worn(2, "2026-03-03T07:00:00Z", 30),
            worn(3, "2026-03-05T07:00:00Z", 60),
            elsewhere,
        ])
        .await;
    let wear = scene.see("/wear?from=2026-03-02&through=2026-03-05").await;
    let adherence = &wear["adherence"][0];
    assert_eq!(adherence["kind"], json!("orthotic"));
    // 60 of 60 (90 were worn), 30 of 120, nothing known of 180; the fifth is not over.
    assert_eq!(adherence["numerator_min"], json!(90.0));
    assert_eq!(adherence["denominator_min"], json!(360.0));
    assert_eq!(adherence["value_pct"], json!(25.0));
    assert_eq!(
        (&adherence["closed_days"], &adherence["open_days"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(adherence["days_without_upload"], json!(1));
    let shares: Vec<&Value> = adherence["days"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| &day["share_pct"])
        .collect();
    assert_eq!(
        shares,
        [
            &json!(100.0),
            &json!(25.0),
            &Value::Null,
            &json!(100.0 * 60.0 / 180.0)
        ]
    );
    let steps = &adherence["steps"];
    assert!(
        steps["value_pct"].as_f64().unwrap() < 100.0 && steps["value_pct"].as_f64().unwrap() > 50.0,
        "{steps}"
    );
    // Sufficiency is another matter.
    let sufficiency = &wear["sufficiency"];
    assert_eq!(
        (&sufficiency["days"], &sufficiency["days_with_upload"]),
        (&json!(4), &json!(3))
    );
    assert_eq!(sufficiency["sessions"], json!(4));
    assert_eq!(
        sufficiency["usable_sessions"],
        json!(3),
        "one was in other footwear"
    );
    assert!(sufficiency["valid_min"].as_i64().unwrap() < sufficiency["worn_min"].as_i64().unwrap());
    assert_eq!(wear["rule_version"], json!("wear-1"));
    let mine = scene
        .phone
        .get("/v1/me/wear?from=2026-03-02&through=2026-03-05")
        .await
        .expect(200);
    assert_eq!(mine, wear, "the patient sees the same");
}

async fn excused_days_leave_and_without_a_prescription_there_is_no_number(database: Database) {
    let scene = Scene::set(database).await;
    assert_eq!(scene.see("/wear").await["adherence"], json!([]));
    let plan = [wear_in(60, "2026-03-02", "2026-03-08")];
    scene.clinic.publish(&scene.patient, 0, &plan).await;
    let pause = json!({ "from": "2026-03-03", "through": "2026-03-03", "reason": "holiday" });
    scene.say("/pauses", &pause).await.expect(201);
    scene.server.advance("2026-03-05T11:00:00Z").await;
    let unnamed = scene.see("/wear?from=2026-03-02&through=2026-03-04").await;
    assert_eq!(
        unnamed["adherence"][0]["reason"],
        json!("footwear_not_named")
    );
    scene
        .event(&json!({ "kind": "orthotic_issued", "date": "2026-03-01", "orthotic_id": "custom" }))
        .await;
    let nothing = scene.see("/wear?from=2026-03-02&through=2026-03-04").await;
    assert_eq!(nothing["adherence"][0]["reason"], json!("no_data"));
    scene.upload(&[worn(1, "2026-03-02T07:00:00Z", 60)]).await;
    let wear = scene.see("/wear?from=2026-03-02&through=2026-03-04").await;
    let adherence = &wear["adherence"][0];
    assert_eq!(
        (&adherence["value_pct"], &adherence["excused_days"]),
        (&json!(50.0), &json!(1))
    );
    assert_eq!(adherence["steps"]["reason"], json!("no_second_source"));
}

async fn late_and_repeated_uploads_in_any_order_are_the_same_days(database: Database) {
    let scene = Scene::set(database).await;
    let other = scene.clinic.patient("Test Patient 02").await;
    let second = scene.clinic.device(&other, None).await;
    scene.server.advance("2026-03-06T11:00:00Z").await;
    let sessions = |base: u64| -> Vec<SessionSummary> {
        (0..8)
            .map(|n| {
                let start = format!("2026-03-{:02}T{:02}:30:00Z", 2 + n / 2, 6 + 13 * (n % 2));
                worn(base + n, &start, 20 + 7 * u32::try_from(n).unwrap())
            })
            .collect()
    };
    let (in_order, mut shuffled) = (sessions(100), sessions(200));
    scene.upload(&in_order).await;
    shuffled.swap(0, 7);
    shuffled.swap(2, 5);
    for part in shuffled.chunks(3) {
        assert!(
            dispositions(&second, part)
                .await
                .iter()
                .all(|one| one == "created")
        );
        assert!(
            dispositions(&second, part)
                .await
                .iter()
                .all(|one| one == "duplicate")
        );
    }
    let mut conflicting = shuffled[0].clone();
    conflicting.duration_s += 60.0;
    assert_eq!(dispositions(&second, &[conflicting]).await, ["conflict"]);
    let days = scene.see("/wear").await["days"].clone();
    assert_eq!(days.as_array().unwrap().len(), 4);
    assert_eq!(second.get("/v1/me/wear").await.expect(200)["days"], days);
    // A late one changes its own day only.
    assert_eq!(
        dispositions(&second, &[worn(300, "2026-03-03T12:00:00Z", 45)]).await,
        ["created"]
    );
    let later = second.get("/v1/me/wear").await.expect(200)["days"].clone();
    for (place, (before, after)) in days
        .as_array()
        .unwrap()
        .iter()
        .zip(later.as_array().unwrap())
        .enumerate()
    {
        assert_eq!(before == after, place != 1, "{before} {after}");
    }
    let minutes = |days: &Value| days[1]["worn_min"].as_i64().unwrap();
    assert_eq!(minutes(&later) - minutes(&days), 45);
}

async fn a_session_over_midnight_is_divided_by_its_hours(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-04T11:00:00Z").await;
    // 22:00 to 02:00 in Berlin.
    let mut long = worn(1, "2026-03-02T21:00:00Z", 240);
    let steps = long.steps.left + long.steps.right;
    let exposure = long.exposure.get_or_insert_default();
    exposure.hourly = Some(Hourly {
        walking_min: vec![0, 0, 2],
        standing_min: vec![0, 0, 0],
        steps: vec![0, 0, u16::try_from(steps).unwrap()],
    });
    scene.upload(&[long]).await;
    let days = scene.see("/wear").await["days"].clone();
    assert_eq!(
        (&days[0]["worn_min"], &days[0]["steps"]),
        (&json!(120), &json!(0))
    );
    assert_eq!(
        (&days[1]["worn_min"], &days[1]["steps"]),
        (&json!(120), &json!(steps))
    );
    // Without hours it belongs to the date it began on.
    let short = worn(2, "2026-03-03T22:30:00Z", 60);
    scene.upload(&[short]).await;
    let days = scene.see("/wear").await["days"].clone();
    assert_eq!(days.as_array().unwrap().len(), 2);
    assert_eq!(days[1]["worn_min"], json!(180));
}

async fn what_was_stored_before_wear_was_counted_is_counted_once(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .upload(&[
            worn(1, "2026-03-01T07:00:00Z", 60),
            worn(2, "2026-03-02T04:00:00Z", 30),
        ])
        .await;
    let days = scene.see("/wear").await["days"].clone();
    let mut raw = Raw::connect(&scene.database);
    raw.execute("DELETE FROM wear_days").unwrap();
    raw.execute("UPDATE insole_sessions SET worn_s = NULL")
        .unwrap();
    assert_eq!(scene.see("/wear").await["days"], json!([]));
    for _ in 0..2 {
        scene.server.settle().await;
        assert_eq!(scene.see("/wear").await["days"], days);
    }
}

async fn dates_out_of_order_or_out_of_reach_are_refused(database: Database) {
    let scene = Scene::set(database).await;
    for (query, pointer) in [
        ("?from=2026-03-02&through=2026-03-01", "?from"),
        ("?from=2025-01-01&through=2026-03-01", "?through"),
        ("?through=-009999-01-01", "?through"),
        ("?from=9999-12-31", "?from"),
    ] {
        let path = format!("/v1/me/wear{query}");
        let refused = scene.phone.get(&path).await.expect(400);
        assert_eq!(refused["errors"][0]["pointer"], json!(pointer), "{query}");
    }
}

footing_tests::on_both_engines!(
    a_ramp_is_measured_against_each_days_own_minutes,
    excused_days_leave_and_without_a_prescription_there_is_no_number,
    late_and_repeated_uploads_in_any_order_are_the_same_days,
    a_session_over_midnight_is_divided_by_its_hours,
    what_was_stored_before_wear_was_counted_is_counted_once,
    dates_out_of_order_or_out_of_reach_are_refused,
);

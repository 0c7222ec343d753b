//! Stop rules of an exercise, a day later, and pain that stays.

use footing_tests::Database;
use footing_tests::Raw;
use footing_tests::example::id;
use serde_json::json;

use super::{STRETCH, Scene, advice, after, back, correcting};

async fn pain_above_five_rests_the_exercise_for_two_days(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T07:30:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    scene
        .take(after(1, "2026-03-02T07:30:00Z", &stretch, 4, 5))
        .await;
    assert_eq!(scene.alerts(), Vec::<String>::new());
    let answer = scene
        .take(after(2, "2026-03-02T07:30:00Z", &stretch, 4, 6))
        .await;
    assert_eq!(advice(&answer), ["exercise_eased"]);
    assert_eq!(scene.alerts(), ["stop_rule:calf-wall-stretch open 1"]);
    assert_eq!(scene.notices(), ["exercise_rests"]);
    let stretches = |lines: Vec<String>| -> Vec<String> {
        lines
            .into_iter()
            .filter(|line| line.starts_with(STRETCH))
            .collect()
    };
    let (excused, upcoming) = (format!("{STRETCH} excused"), format!("{STRETCH} upcoming"));
    assert_eq!(
        stretches(scene.phases("2026-03-03").await),
        [excused.clone(), excused.clone()]
    );
    assert_eq!(
        stretches(scene.phases("2026-03-04").await),
        [excused, upcoming],
        "48 hours end at 08:30 on the 4th, Berlin time"
    );
}

async fn an_exercise_with_levels_goes_one_back_and_a_correction_brings_it_forward(
    database: Database,
) {
    let scene = Scene::set(database).await;
    let level = "SELECT level || ' ' || source AS value FROM exercise_levels";
    let insert = format!(
        "INSERT INTO exercise_levels (tenant_id, patient_id, exercise_key, level, since_date, source, decided_at)
         VALUES ((SELECT tenant_id FROM patients), (SELECT id FROM patients), '{STRETCH}', 2, '2026-02-01', 'clinician', 0)"
    );
    Raw::connect(&scene.database).execute(&insert).unwrap();
    scene.server.advance("2026-03-02T07:30:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    scene
        .take(after(1, "2026-03-02T07:30:00Z", &stretch, 4, 6))
        .await;
    assert_eq!(scene.texts(level), ["1 rule"]);
    assert_eq!(
        scene.suspensions().await,
        Vec::<String>::new(),
        "it goes on, easier"
    );
    assert_eq!(scene.notices(), ["exercise_stepped_back"]);
    scene.server.advance("2026-03-02T07:35:00Z").await;
    scene
        .take(correcting(
            after(2, "2026-03-02T07:35:00Z", &stretch, 4, 2),
            1,
        ))
        .await;
    assert_eq!(scene.texts(level), ["2 rule"]);
    assert_eq!(scene.alerts(), ["stop_rule:calf-wall-stretch retracted 1"]);
}

async fn three_above_the_pain_before_a_day_later_rests_it_too(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T07:30:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    scene
        .take(after(1, "2026-03-02T07:30:00Z", &stretch, 2, 3))
        .await;
    scene.server.advance("2026-03-03T07:30:00Z").await;
    scene.take(back(2, "2026-03-03T00:30:00Z", 9)).await;
    assert_eq!(scene.alerts(), Vec::<String>::new(), "17 hours are no day");
    scene.take(back(3, "2026-03-03T07:30:00Z", 4)).await;
    assert_eq!(scene.alerts(), Vec::<String>::new(), "two above are none");
    scene.take(back(4, "2026-03-03T07:30:00Z", 5)).await;
    assert_eq!(scene.alerts(), ["stop_rule:calf-wall-stretch open 1"]);
    assert_eq!(scene.suspensions().await.len(), 1);
}

async fn a_spike_told_days_later_is_shown_and_stops_nothing(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T07:30:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    scene.server.advance("2026-03-06T07:30:00Z").await;
    let answer = scene
        .take(after(1, "2026-03-02T07:30:00Z", &stretch, 4, 9))
        .await;
    assert_eq!(advice(&answer), Vec::<String>::new());
    assert_eq!(scene.alerts(), ["pain_spike:calf-wall-stretch open 1"]);
    assert_eq!(
        scene.texts("SELECT severity AS value FROM alerts WHERE rule LIKE 'pain%'"),
        ["high"]
    );
    assert_eq!(scene.suspensions().await, Vec::<String>::new());
}

async fn pain_that_stays_for_four_weeks_despite_the_plan_sends_to_the_clinic(database: Database) {
    let scene = Scene::set(database).await;
    for day in 0..28_u64 {
        let date: jiff::civil::Date = "2026-03-02".parse().unwrap();
        let date = date
            .checked_add(jiff::Span::new().days(i64::try_from(day).unwrap()))
            .unwrap();
        let at = format!("{date}T07:00:00Z");
        scene.server.advance(&at).await;
        if day < 20 {
            assert!(scene.alerts().is_empty(), "day {day}");
        }
        scene.take(back(day + 1, &at, 4)).await;
    }
    assert_eq!(scene.alerts().len(), 1);
    assert!(scene.alerts()[0].starts_with("pain_persists open"));
    assert_eq!(
        scene.texts("SELECT severity AS value FROM alerts WHERE rule LIKE 'pain%'"),
        ["medium"]
    );
    assert_eq!(scene.notices(), ["see_your_clinic"], "told once");
    assert_eq!(
        scene.suspensions().await,
        Vec::<String>::new(),
        "the plan goes on"
    );
}

async fn a_change_ticked_by_mistake_is_taken_back(database: Database) {
    let scene = Scene::set(database).await;
    let item = |number: u64, changed: bool| {
        json!({
            "id": id("chk", number),
            "taken_at": "2026-03-02T06:00:00Z",
            "standing_walking_changed": changed,
        })
    };
    scene.take(item(1, true)).await;
    scene.take(correcting(item(2, false), 1)).await;
    assert_eq!(scene.alerts(), ["pain_persists retracted 1"]);
}

async fn standing_or_walking_that_changed_sends_to_the_clinic_at_once(database: Database) {
    let scene = Scene::set(database).await;
    let item = json!({
        "id": id("chk", 1),
        "taken_at": "2026-03-02T06:00:00Z",
        "standing_walking_changed": true,
    });
    assert_eq!(advice(&scene.take(item).await), ["see_your_clinic"]);
    assert_eq!(scene.alerts(), ["pain_persists open 1"]);
    scene.take(back(2, "2026-03-02T06:00:00Z", 0)).await;
    assert_eq!(
        scene.alerts(),
        ["pain_persists open 1"],
        "less pain does not settle it"
    );
}

footing_tests::on_both_engines!(
    pain_above_five_rests_the_exercise_for_two_days,
    an_exercise_with_levels_goes_one_back_and_a_correction_brings_it_forward,
    three_above_the_pain_before_a_day_later_rests_it_too,
    a_spike_told_days_later_is_shown_and_stops_nothing,
    pain_that_stays_for_four_weeks_despite_the_plan_sends_to_the_clinic,
    standing_or_walking_that_changed_sends_to_the_clinic_at_once,
    a_change_ticked_by_mistake_is_taken_back,
);

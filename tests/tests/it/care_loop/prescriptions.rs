//! What a prescription may say beyond a daily dose, as clinic and phone see it.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::plan_item;
use serde_json::{Value, json};

use super::Scene;

fn ruled(rule: &str) -> Value {
    let mut item = plan_item("calf-wall-stretch", &["08:00"]);
    item.as_object_mut().unwrap().remove("recurrence");
    item["rrule"] = json!(rule);
    item
}

async fn a_rule_of_rfc_5545_is_kept_in_our_words_and_answered_in_both(database: Database) {
    let scene = Scene::set(database).await;
    let mut timed = ruled("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH,MO;BYHOUR=7,19;BYMINUTE=30;COUNT=6");
    timed.as_object_mut().unwrap().remove("windows");
    let mut flexible = plan_item("walk", &["12:00"]);
    flexible["recurrence"] = json!({ "kind": "times_per_week", "times": 3 });
    scene
        .clinic
        .publish(&scene.patient, 0, &[timed, flexible])
        .await;
    let plan = scene.phone.get("/v1/me/plan").await.expect(200);
    let item = &plan["items"][0];
    let expected = json!({ "kind": "every_n_weeks", "n_weeks": 2, "weekdays": ["mon", "thu"] });
    assert_eq!(item["recurrence"], expected);
    assert_eq!(
        item["rrule"],
        json!("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=MO;UNTIL=20260316")
    );
    assert_eq!(item["ends_on"], json!("2026-03-16"));
    let times: Vec<&str> = item["windows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| text(it, "at"))
        .collect();
    assert_eq!(times, ["07:30", "19:30"]);
    assert_eq!(
        plan["items"][1].get("rrule"),
        None,
        "no calendar rule says: whenever it suits"
    );
    assert_eq!(scene.day("2026-03-05").await.len(), 3);
    assert_eq!(scene.day("2026-03-09").await.len(), 0, "the week between");
    // What came back can be published again but for its id, in either way.
    let mut again = item.clone();
    again.as_object_mut().unwrap().remove("id");
    again.as_object_mut().unwrap().remove("rrule");
    scene.clinic.publish(&scene.patient, 1, &[again]).await;
}

async fn a_dose_that_grows_is_frozen_with_each_date(database: Database) {
    let scene = Scene::set(database).await;
    let mut item = plan_item("orthotic-wear-in", &["09:00"]);
    item["dose"] = json!({ "sets": 1, "minutes": 150 });
    item["ramp"] = json!({ "start": 60, "add": 60 });
    scene.clinic.publish(&scene.patient, 0, &[item]).await;
    scene.server.settle().await;
    let mut minutes = Vec::new();
    for day in 2..=5 {
        let day = scene.day(&format!("2026-03-{day:02}")).await;
        minutes.push(day[0]["dose_amount"].clone());
    }
    assert_eq!(
        minutes,
        [60.0, 120.0, 150.0, 150.0].map(|amount| json!(amount))
    );
}

async fn a_flexible_one_is_open_from_monday_to_the_next(database: Database) {
    let scene = Scene::set(database).await;
    let mut item = plan_item("walk", &["18:00"]);
    item["recurrence"] = json!({ "kind": "times_per_week", "times": 2 });
    scene.clinic.publish(&scene.patient, 0, &[item]).await;
    let saturday = scene.day("2026-03-07").await;
    assert_eq!(text(&saturday[0], "opens_at"), "2026-03-01T23:00:00Z");
    assert_eq!(text(&saturday[0], "due_at"), "2026-03-07T17:00:00Z");
    assert_eq!(text(&saturday[0], "closes_at"), "2026-03-08T23:00:00Z");
    assert_eq!(text(&saturday[0], "phase"), "open");
}

async fn a_calendar_file_says_when_and_not_what(database: Database) {
    let scene = Scene::set(database).await;
    assert_eq!(
        scene.phone.get("/v1/me/plan.ics").await.status,
        404,
        "no plan yet"
    );
    let items = [
        ruled("FREQ=WEEKLY;BYDAY=MO"),
        plan_item("orthotic-wear-in", &["09:00", "15:00"]),
    ];
    scene.clinic.publish(&scene.patient, 0, &items).await;
    let mine = scene.phone.get("/v1/me/plan.ics").await;
    assert_eq!(
        (mine.status, mine.header("content-type")),
        (200, "text/calendar; charset=utf-8")
    );
    let body = mine.text();
    assert_eq!(body.matches("BEGIN:VEVENT").count(), 3);
    assert!(
        body.contains("DTSTART;TZID=Europe/Berlin:20260302T080000\r\n"),
        "{body}"
    );
    assert!(body.contains("RRULE:FREQ=WEEKLY;BYDAY=MO\r\n"), "{body}");
    for word in ["stretch", "calf", "orthotic", "Test Patient"] {
        assert!(!body.contains(word), "{word}: {body}");
    }
    let path = format!("/v1/patients/{}/plan.ics", scene.patient);
    assert_eq!(scene.clinic.clinician.get(&path).await.text(), body);
}

async fn the_page_shows_what_a_line_says(database: Database) {
    let scene = Scene::set(database).await;
    let mut item = plan_item("orthotic-wear-in", &["09:00"]);
    item["min_gap_min"] = json!(30);
    item["recurrence"] = json!({ "kind": "after_event", "event": "orthotic_issued", "offset_days": 1, "for_days": 3 });
    scene.clinic.publish(&scene.patient, 0, &[item]).await;
    let path = format!("/patients/{}/plan", scene.patient);
    let page = scene.clinic.clinician.get(&path).await.text();
    for shown in [
        "<option value=\"after_event\" selected>",
        "<option value=\"orthotic_issued\" selected>",
        "name=\"r0-offset_days\" value=\"1\"",
        "name=\"r0-for_days\" value=\"3\"",
        "name=\"r0-gap\" value=\"30\"",
        "name=\"r0-carried\" value=\"\"",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
}

footing_tests::on_both_engines!(
    a_rule_of_rfc_5545_is_kept_in_our_words_and_answered_in_both,
    a_dose_that_grows_is_frozen_with_each_date,
    a_flexible_one_is_open_from_monday_to_the_next,
    a_calendar_file_says_when_and_not_what,
    the_page_shows_what_a_line_says,
);

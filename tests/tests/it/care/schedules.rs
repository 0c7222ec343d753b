//! Schedules as patients live them: every second week, so many times a week, after an event, by steps; and the rungs
//! of a reminder.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::{done, plan_item};
use serde_json::{Value, json};

use super::{PHONE, Scene};

fn with(exercise: &str, at: &str, field: &str, value: Value) -> Value {
    let mut item = plan_item(exercise, &[at]);
    item[field] = value;
    item
}

async fn every_second_week(database: Database) {
    let rule = json!({ "kind": "every_n_weeks", "n_weeks": 2, "weekdays": ["mon", "thu"] });
    let item = with("calf-wall-stretch", "08:00", "recurrence", rule);
    let scene = Scene::set(database).await.plan(&[item]).await;
    scene.server.advance("2026-03-31T12:00:00Z").await;
    let rung = [
        "2026-03-02T07:00:00Z",
        "2026-03-05T07:00:00Z",
        "2026-03-16T07:00:00Z",
        "2026-03-19T07:00:00Z",
        // Berlin is an hour further by now.
        "2026-03-30T06:00:00Z",
    ];
    assert_eq!(scene.prompted(), rung);
}

async fn three_times_a_week_whenever_it_suits(database: Database) {
    let rule = json!({ "kind": "times_per_week", "times": 3 });
    let item = with("walk", "12:00", "recurrence", rule);
    let scene = Scene::set(database).await.plan(&[item]).await;
    let week = scene.days("2026-03-02", "2026-03-08").await;
    assert_eq!(week.len(), 3, "{week:?}");
    scene.server.advance("2026-03-04T18:00:00Z").await;
    let said: Vec<Value> = week
        .iter()
        .zip(1..)
        .take(2)
        .map(|(one, number)| done(number, text(one, "id"), "2026-03-04T17:00:00Z"))
        .collect();
    assert_eq!(
        scene.answer(&said).await,
        ["applied", "applied"],
        "two on one day, if that suits"
    );
    let open = scene.days("2026-03-02", "2026-03-08").await;
    let phases: Vec<&str> = open.iter().map(|one| text(one, "phase")).collect();
    assert_eq!(phases, ["done", "done", "open"]);
    scene.server.advance("2026-03-09T00:00:00Z").await;
    let over = scene.days("2026-03-02", "2026-03-08").await;
    assert_eq!(text(&over[2], "phase"), "missed", "the week is over");
    let figures = scene.adherence("from=2026-03-02&through=2026-03-08").await;
    assert_eq!(
        (&figures["numerator"], &figures["denominator"]),
        (&json!(2.0), &json!(3))
    );
}

async fn after_the_orthotics_were_issued(database: Database) {
    let rule = json!({ "kind": "after_event", "event": "orthotic_issued", "offset_days": 1, "for_days": 3 });
    let item = with("orthotic-wear-in", "09:00", "recurrence", rule);
    let scene = Scene::set(database).await.plan(&[item]).await;
    scene.server.advance("2026-03-04T12:00:00Z").await;
    assert_eq!(
        scene.days("2026-03-01", "2026-03-10").await.len(),
        0,
        "nothing is due without a date"
    );
    let path = format!("/v1/patients/{}/events", scene.patient);
    let body = json!({ "kind": "orthotic_issued", "date": "2026-03-04" });
    let made = scene.clinician().await.post(&path, &body).await.expect(201);
    scene.server.advance("2026-03-05T08:00:00Z").await;
    assert_eq!(scene.prompted(), ["2026-03-05T08:00:00Z"]);
    let dates = |days: &[Value]| -> Vec<String> {
        let due = days.iter().filter(|one| text(one, "phase") != "cancelled");
        due.map(|one| text(one, "date").to_owned()).collect()
    };
    let days = scene.days("2026-03-01", "2026-03-12").await;
    assert_eq!(dates(&days), ["2026-03-05", "2026-03-06", "2026-03-07"]);
    // It was a mistake: what is still to come is cancelled.
    let path = format!("{path}/{}", text(&made, "id"));
    scene
        .clinician()
        .await
        .send(reqwest::Method::DELETE, &path, None)
        .await
        .expect(204);
    scene.server.advance("2026-03-08T12:00:00Z").await;
    assert_eq!(scene.prompted().len(), 1);
    assert_eq!(
        scene.phases("2026-03-06").await,
        ["09:00 cancelled(replanned)"]
    );
}

async fn the_rungs_of_a_reminder_stop_when_it_is_done(database: Database) {
    let ladder = json!([
        { "when": "before", "minutes": 30 },
        { "when": "at" },
        { "when": "after", "minutes": 60 },
        { "when": "last_chance", "minutes": 20 },
    ]);
    let item = with("calf-wall-stretch", "12:00", "ladder", ladder);
    let scene = Scene::set(database).await.plan(&[item]).await;
    scene.server.advance("2026-03-03T00:00:00Z").await;
    let rungs = [
        "2026-03-02T10:30:00Z",
        "2026-03-02T11:00:00Z",
        "2026-03-02T12:00:00Z",
        "2026-03-02T14:40:00Z",
    ];
    assert_eq!(scene.prompted(), rungs);
    let sent = scene.server.push.sent_to(PHONE);
    assert!(
        sent.iter()
            .all(|one| one.message.collapse_key == sent[0].message.collapse_key),
        "each takes the place of the last"
    );
    scene.server.advance("2026-03-03T11:05:00Z").await;
    let second = scene.occurrence("2026-03-03", 0).await;
    assert_eq!(scene.explain(&second).await["reminders_to_come"], json!([]));
    assert_eq!(
        scene
            .answer(&[done(1, &second, "2026-03-03T11:04:00Z")])
            .await,
        ["applied"]
    );
    scene.server.advance("2026-03-04T00:00:00Z").await;
    assert_eq!(
        scene.prompted()[4..],
        ["2026-03-03T10:30:00Z", "2026-03-03T11:00:00Z"]
    );
    let why = scene.explain(&second).await;
    let states: Vec<String> = why["reminders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", text(one, "kind"), text(one, "state")))
        .collect();
    assert_eq!(
        states.iter().filter(|one| *one == "prompt sent").count(),
        2,
        "{states:?}"
    );
    assert_eq!(
        states
            .iter()
            .filter(|one| *one == "prompt withdrawn")
            .count(),
        2,
        "{states:?}"
    );
}

async fn the_clinics_quiet_hours_spare_what_is_prescribed(database: Database) {
    let ladder = json!([{ "when": "at" }, { "when": "after", "minutes": 60 }]);
    let mut late = with("calf-wall-stretch", "21:30", "ladder", ladder.clone());
    late["windows"][0]["closes_after_min"] = json!(720);
    let mut night = with("cat-camel", "23:00", "ladder", json!([{ "when": "at" }]));
    night["windows"][0]["closes_after_min"] = json!(120);
    let scene = Scene::set(database).await.plan(&[late, night]).await;
    scene.server.advance("2026-03-03T08:00:00Z").await;
    // The second rung falls into the night and waits until seven; what was prescribed for the night comes in it.
    assert_eq!(
        scene.prompted(),
        [
            "2026-03-02T20:30:00Z",
            "2026-03-02T22:00:00Z",
            "2026-03-03T06:00:00Z"
        ]
    );
}

async fn a_patients_own_quiet_hours_hold_by_weekday_for_everything(database: Database) {
    let scene = Scene::set(database).await;
    // Nothing on Tuesday from six to ten; no other day.
    let hours = json!({ "tue": { "from": "06:00", "to": "10:00" } });
    let body = json!({ "reminders": { "quiet_hours": hours } });
    scene.phone.put("/v1/me/settings", &body).await.expect(200);
    let mut short = plan_item("cat-camel", &["08:30"]);
    short["windows"][0]["closes_after_min"] = json!(60);
    let scene = scene
        .plan(&[plan_item("calf-wall-stretch", &["08:00"]), short])
        .await;
    scene.server.advance("2026-03-04T12:00:00Z").await;
    let rung = [
        "2026-03-02T07:00:00Z",
        "2026-03-02T07:30:00Z",
        // Tuesday's waits until ten; the short one is over by then.
        "2026-03-03T09:00:00Z",
        "2026-03-04T07:00:00Z",
        "2026-03-04T07:30:00Z",
    ];
    assert_eq!(scene.prompted(), rung);
    let short = scene.occurrence("2026-03-03", 1).await;
    let why = scene.explain(&short).await;
    assert_eq!(
        (
            &why["reminders"][0]["state"],
            &why["reminders"][0]["reason"]
        ),
        (&json!("suppressed"), &json!("quiet_hours"))
    );
}

async fn what_is_due_together_is_one_message_for_who_wants_that(database: Database) {
    let scene = Scene::set(database).await;
    let body = json!({ "reminders": { "digest": "same_time" } });
    scene.phone.put("/v1/me/settings", &body).await.expect(200);
    let items = [
        plan_item("calf-wall-stretch", &["08:00", "18:00"]),
        plan_item("cat-camel", &["08:00"]),
        plan_item("walk", &["08:00"]),
    ];
    let scene = scene.plan(&items).await;
    scene.server.advance("2026-03-02T22:00:00Z").await;
    assert_eq!(
        scene.everything(PHONE),
        ["digest 2026-03-02T07:00:00Z", "prompt 2026-03-02T17:00:00Z"]
    );
    scene.server.advance("2026-03-03T08:00:00Z").await;
    assert_eq!(
        scene.everything(PHONE)[2..],
        ["digest 2026-03-03T07:00:00Z"],
        "a new one each day"
    );
}

async fn receipts_are_kept_with_the_reminder_they_are_of(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    scene.server.advance("2026-03-02T07:00:10Z").await;
    let message = scene.server.push.sent_to(PHONE)[0].message_id();
    let receipt = |kind: &str, at: &str| json!({ "message_id": message, "kind": kind, "at": at });
    let unknown = json!({ "message_id": "00112233-4455-6677-8899-aabbccddeeff", "kind": "opened", "at": "2026-03-02T07:00:08Z" });
    let batch = json!({ "receipts": [
        receipt("delivered", "2026-03-02T07:00:05Z"),
        receipt("displayed", "2026-03-02T07:00:06Z"),
        receipt("delivered", "2026-03-02T07:00:07Z"),
        receipt("opened", "2026-03-02T08:00:00Z"),
        unknown,
    ] });
    let heard = scene
        .phone
        .post("/v1/me/receipts", &batch)
        .await
        .expect(200);
    assert_eq!(
        super::dispositions(&heard),
        [
            "created",
            "created",
            "duplicate",
            "quarantined",
            "unknown_delivery"
        ]
    );
    let first = scene.occurrence("2026-03-02", 0).await;
    let why = scene.explain(&first).await;
    let reminder = &why["reminders"][0];
    let kinds: Vec<&str> = reminder["receipts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(one, "kind"))
        .collect();
    assert_eq!(kinds, ["delivered", "displayed"]);
    assert_eq!(reminder["attempts"][0]["outcome"], json!("accepted"));
    assert_eq!(
        why["rule"]["words"].as_str().map(str::is_empty),
        Some(false)
    );
    // Somebody else's phone says nothing about it.
    let other = scene.clinic.patient("Test Patient 02").await;
    let theirs = scene.clinic.device(&other, None).await;
    let body = json!({ "receipts": [receipt("opened", "2026-03-02T07:00:09Z")] });
    let heard = theirs.post("/v1/me/receipts", &body).await.expect(200);
    assert_eq!(super::dispositions(&heard), ["unknown_delivery"]);
    let path = format!("/v1/me/occurrences/{first}/explain");
    theirs.get(&path).await.expect(404);
}

footing_tests::on_both_engines!(
    every_second_week,
    three_times_a_week_whenever_it_suits,
    after_the_orthotics_were_issued,
    the_rungs_of_a_reminder_stop_when_it_is_done,
    the_clinics_quiet_hours_spare_what_is_prescribed,
    a_patients_own_quiet_hours_hold_by_weekday_for_everything,
    what_is_due_together_is_one_message_for_who_wants_that,
    receipts_are_kept_with_the_reminder_they_are_of,
);

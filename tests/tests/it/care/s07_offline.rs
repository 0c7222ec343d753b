//! S7: three days without a connection, then everything at once, twice, and in no order.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::{done, summary};
use reqwest::Method;
use serde_json::{Value, json};

use super::{PHONE, Scene, dispositions};

/// The order in which a phone that lost count sends nine things.
const SCRAMBLED: [usize; 9] = [7, 2, 5, 0, 8, 3, 1, 6, 4];

/// Monday answered; from Tuesday to Thursday nothing is heard; Friday, 6 March, 10:00 in Berlin.
struct Back {
    scene: Scene,
    /// What was planned from Tuesday to Thursday.
    planned: Vec<Value>,
    monday: Value,
}

async fn back(database: Database) -> Back {
    let scene = Scene::set(database)
        .await
        .stretching(&["08:00", "12:00", "18:00"])
        .await;
    let clinician = scene.clinician().await;
    let mut settings = clinician.get("/v1/clinic/settings").await.expect(200);
    for (rung, days) in [("gentle_days", 1), ("second_days", 2), ("silent_days", 3)] {
        settings["reminders"]["silence"][rung] = json!(days);
    }
    clinician
        .put("/v1/clinic/settings", &settings)
        .await
        .expect(200);
    for (number, one) in (90..).zip(scene.day("2026-03-02").await) {
        scene.server.advance(text(&one, "due_at")).await;
        let said = done(number, text(&one, "id"), text(&one, "due_at"));
        assert_eq!(scene.answer(&[said]).await, ["applied"]);
    }
    let planned = scene.days("2026-03-03", "2026-03-05").await;
    assert_eq!(planned.len(), 9);
    scene.server.advance("2026-03-06T09:00:00Z").await;
    assert_eq!(scene.alerts().await, ["missed_days open", "silent open"]);
    let days = scene
        .adherence("from=2026-03-02&through=2026-03-05&by=day")
        .await;
    Back {
        monday: days["groups"][0].clone(),
        scene,
        planned,
    }
}

impl Back {
    /// The nine completions, scrambled, by a clock that is two hours ahead.
    fn batch(&self, ahead: bool) -> Value {
        let hours = if ahead { 2 } else { 0 };
        let answers: Vec<Value> = SCRAMBLED
            .iter()
            .map(|place| {
                let one = &self.planned[*place];
                let due: jiff::Timestamp = text(one, "due_at").parse().unwrap();
                let at = due
                    + jiff::SignedDuration::from_hours(hours)
                    + jiff::SignedDuration::from_mins(10);
                done(
                    u64::try_from(*place).unwrap() + 1,
                    text(one, "id"),
                    &at.to_string(),
                )
            })
            .collect();
        let mut batch = json!({ "answers": answers });
        if ahead {
            let device = self.scene.server.now() + jiff::SignedDuration::from_hours(hours);
            batch["device_time"] = json!(device.to_string());
        }
        batch
    }

    async fn send(&self, batch: &Value) -> Vec<String> {
        let reply = self.scene.phone.post("/v1/me/answers", batch).await;
        let heard = dispositions(&reply.expect(200));
        self.scene.server.settle().await;
        heard
    }

    fn count(&self, table: &str) -> i64 {
        self.scene
            .raw()
            .number(&format!("SELECT count(*) AS value FROM {table}"))
    }
}

async fn three_days_of_answers_arrive_late_twice_and_out_of_order(database: Database) {
    let back = back(database).await;
    let scene = &back.scene;
    let sent = scene.everything(PHONE).len();
    let batch = back.batch(true);
    assert_eq!(back.send(&batch).await, ["applied"; 9]);
    assert_eq!(back.send(&batch).await, ["duplicate"; 9]);
    scene.server.advance("2026-03-06T09:20:00Z").await;
    assert_eq!(back.send(&back.batch(true)).await, ["duplicate"; 9]);
    assert_eq!(back.count("answers"), 12);
    for date in ["2026-03-03", "2026-03-04", "2026-03-05"] {
        assert_eq!(
            scene.phases(date).await,
            ["08:00 done", "12:00 done", "18:00 done"],
            "{date}"
        );
    }
    let why = scene.explain(text(&back.planned[0], "id")).await;
    let said = &why["answers"][0];
    assert_eq!(
        (&said["received_late"], &said["clock_corrected"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        said["answered_at"],
        json!("2026-03-03T07:10:00Z"),
        "set right by two hours"
    );
    assert_eq!(
        scene.alerts().await,
        ["missed_days retracted", "silent retracted"]
    );
    let days = scene
        .adherence("from=2026-03-02&through=2026-03-05&by=day")
        .await;
    assert_eq!(days["groups"][0], back.monday, "Monday is as it was");
    for day in 1..=3 {
        let group = &days["groups"][day];
        assert_eq!(group["kept"]["cause"], json!("answered"));
        assert!(group["kept"]["revision"].as_i64() > Some(1), "{group}");
        assert_eq!(group["value_pct"], json!(100.0));
    }
    let cards = scene
        .notices()
        .await
        .iter()
        .filter(|key| *key == "catch_up_card")
        .count();
    assert_eq!(cards, 1);
    let told = scene.phone.get("/v1/me/notices").await.expect(200);
    assert!(
        text(&told["notices"][0], "text").starts_with("9 "),
        "{told}"
    );
    scene.server.advance("2026-03-06T10:59:00Z").await;
    assert_eq!(
        scene.everything(PHONE).len(),
        sent,
        "no word about days that are over: {:?}",
        scene.everything(PHONE)
    );
}

async fn batches_that_follow_each_other_are_one_card(database: Database) {
    let back = back(database).await;
    let whole = back.batch(false);
    let all = whole["answers"].as_array().unwrap();
    let (first, rest) = all.split_at(1);
    back.send(&json!({ "answers": first })).await;
    let told = back.scene.phone.get("/v1/me/notices").await.expect(200);
    let words = text(&told["notices"][0], "text");
    assert!(!words.contains(" to "), "one date, said once: {words}");
    for part in rest.chunks(4) {
        back.send(&json!({ "answers": part })).await;
    }
    let told = back.scene.phone.get("/v1/me/notices").await.expect(200);
    let notices = told["notices"].as_array().unwrap();
    let cards: Vec<&str> = notices
        .iter()
        .filter(|one| text(one, "key").starts_with("catch_up_card"))
        .map(|one| text(one, "text"))
        .collect();
    assert_eq!(cards.len(), 1, "{told}");
    assert!(cards[0].starts_with("9 "), "{told}");
}

async fn what_contradicts_or_cannot_be_believed_is_kept_for_review(database: Database) {
    let back = back(database).await;
    assert_eq!(back.send(&back.batch(false)).await, ["applied"; 9]);
    let mut other = back.batch(false);
    other["answers"][0]["answered_at"] = json!("2026-03-05T08:00:00Z");
    let heard = back.send(&other).await;
    assert_eq!(heard[0], "conflict");
    assert_eq!(heard[1..], ["duplicate"; 8]);
    let friday = back.scene.occurrence("2026-03-06", 0).await;
    let ahead = json!({
        "answers": [done(50, &friday, "2026-03-09T08:59:00Z")],
        "device_time": "2026-03-09T09:00:00Z",
    });
    assert_eq!(
        back.send(&ahead).await,
        ["quarantined"],
        "a clock three days ahead"
    );
    let future = json!({ "answers": [done(51, &friday, "2026-03-06T09:05:01Z")] });
    assert_eq!(
        back.send(&future).await,
        ["quarantined"],
        "what has not happened yet"
    );
    let soon = json!({ "answers": [done(52, &friday, "2026-03-06T09:05:00Z")] });
    assert_eq!(back.send(&soon).await, ["applied"]);
    let mut raw = back.scene.raw();
    let reasons = raw.texts("SELECT reason AS value FROM quarantine ORDER BY reason");
    assert_eq!(reasons, ["clock", "conflict", "future"]);
    assert_eq!(back.count("answers"), 13, "the first of a conflict is kept");
}

async fn insole_summaries_of_the_same_days(database: Database) {
    let back = back(database).await;
    let summaries: Vec<_> = (3..=5)
        .flat_map(|day| [(day, 7), (day, 16)])
        .zip(1..)
        .map(|((day, hour), number)| summary(number, &format!("2026-03-0{day}T{hour:02}:00:00Z")))
        .collect();
    let order = [4, 0, 5, 2, 1, 3];
    let batch: Vec<Value> = order
        .iter()
        .map(|place| serde_json::to_value(&summaries[*place]).unwrap())
        .collect();
    let path = "/v1/me/insole-sessions";
    let first = back
        .scene
        .phone
        .post(path, &json!({ "sessions": batch }))
        .await;
    assert_eq!(dispositions(&first.expect(200)), ["created"; 6]);
    // The second time one is written otherwise and says the same.
    let pretty = serde_json::to_string_pretty(&json!({ "sessions": batch })).unwrap();
    let again = back
        .scene
        .phone
        .send_raw(Method::POST, path, "application/json", pretty.into_bytes())
        .await;
    assert_eq!(dispositions(&again.expect(200)), ["duplicate"; 6]);
    let mut other = batch.clone();
    other[2]["start_utc"] = json!("2026-03-05T16:00:01Z");
    let third = back
        .scene
        .phone
        .post(path, &json!({ "sessions": other }))
        .await;
    let heard = dispositions(&third.expect(200));
    assert_eq!(
        heard,
        [
            "duplicate",
            "duplicate",
            "conflict",
            "duplicate",
            "duplicate",
            "duplicate"
        ]
    );
    assert_eq!(back.send(&back.batch(false)).await, ["applied"; 9]);
    assert_eq!(
        back.count("insole_sessions") + back.count("answers") - 3,
        15,
        "15 rows besides Monday's three"
    );
    let reasons = back
        .scene
        .raw()
        .texts("SELECT kind || ' ' || reason AS value FROM quarantine");
    assert_eq!(reasons, ["insole_session conflict"]);
}

/// Two days missed, found as the second ends; then what was found is told otherwise and taken back within the hour.
async fn found_twice(scene: &Scene) {
    let missed = &scene.day("2026-03-03").await[0];
    let said = |number: u64, kind: &str, at: &str| {
        let mut said = done(number, text(missed, "id"), at);
        said["kind"] = json!(kind);
        said
    };
    let told = said(1, "done", "2026-03-03T07:10:00Z");
    assert_eq!(scene.answer(&[told]).await, ["applied"]);
    scene.server.advance("2026-03-04T06:10:00Z").await;
    let undone = said(2, "undo", "2026-03-03T07:30:00Z");
    assert_eq!(scene.answer(&[undone]).await, ["applied"]);
    scene.server.advance("2026-03-04T06:20:00Z").await;
}

async fn two_days_missed(database: Database) -> Scene {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    scene.server.advance("2026-03-04T06:00:00Z").await;
    assert_eq!(scene.alerts().await, ["missed_days open"]);
    scene
}

async fn what_settled_by_itself_is_back_when_the_same_is_found_again(database: Database) {
    let scene = two_days_missed(database).await;
    found_twice(&scene).await;
    assert_eq!(scene.alerts().await, ["missed_days open"]);
    assert_eq!(
        text(&scene.alert("missed_days").await, "state_reason"),
        "found again"
    );
}

async fn what_a_clinician_dealt_with_stays_so_when_the_same_is_found_again(database: Database) {
    let scene = two_days_missed(database).await;
    let alert = scene.alert("missed_days").await;
    let path = format!(
        "/v1/patients/{}/alerts/{}/resolve",
        scene.patient,
        text(&alert, "id")
    );
    let reason = json!({ "reason": "Called" });
    scene
        .clinician()
        .await
        .post(&path, &reason)
        .await
        .expect(200);
    found_twice(&scene).await;
    assert_eq!(scene.alerts().await, ["missed_days resolved"]);
}

footing_tests::on_both_engines!(
    what_a_clinician_dealt_with_stays_so_when_the_same_is_found_again,
    what_settled_by_itself_is_back_when_the_same_is_found_again,
    three_days_of_answers_arrive_late_twice_and_out_of_order,
    batches_that_follow_each_other_are_one_card,
    what_contradicts_or_cannot_be_believed_is_kept_for_review,
    insole_summaries_of_the_same_days,
);

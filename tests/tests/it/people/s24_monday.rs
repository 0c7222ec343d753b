//! S24 of the care design: the clinician's Monday morning. Each patient once, the one reason in words, what was seen to stays
//! away until there is something new.

use footing_tests::example::plan_item;
use footing_tests::{Database, Raw, Reply};
use serde_json::{Value, json};

use super::{Scene, SeededAlert, bytes, seed_alert};

const CRITICAL: SeededAlert = SeededAlert {
    number: 1,
    severity: "critical",
    state: "open",
    due_at: Some("2026-03-02T10:00:00Z"),
};

impl Scene {
    async fn list(&self, of: &str) -> Value {
        self.get(&format!("/v1/worklist?of={of}")).await
    }

    async fn turn(&self, patient: &str, body: Value) -> Reply {
        let path = format!("/v1/patients/{patient}/worklist");
        self.clinic.clinician.post(&path, &body).await
    }

    /// Where a patient's row is, and the row; nothing where there is none.
    async fn row(&self, patient: &str) -> Option<(String, Value)> {
        let list = self.list("everyones").await;
        let rows = rows(&list);
        let mut own = rows
            .into_iter()
            .filter(|(_, row)| row["patient"] == patient);
        let found = own.next();
        assert!(own.next().is_none(), "each patient once");
        found
    }

    async fn section(&self, patient: &str) -> Option<String> {
        self.row(patient).await.map(|(section, _)| section)
    }

    /// As a rule does that finds the same again.
    fn found_again(&self, alert: &str, at: &str) {
        let mut raw = self.raw();
        let (id, at) = (bytes(&raw, alert), super::micros(at));
        raw.execute(&format!(
            "UPDATE alerts SET count = count + 1, last_seen_at = {at} WHERE id = {id}"
        ))
        .unwrap();
    }
}

fn rows(list: &Value) -> Vec<(String, Value)> {
    let sections = list["sections"].as_array().unwrap();
    sections
        .iter()
        .flat_map(|part| {
            let section = part["section"].as_str().unwrap();
            let rows = part["rows"].as_array().unwrap();
            rows.iter()
                .map(move |row| (section.to_owned(), row.clone()))
        })
        .collect()
}

/// Shown and seen to, over all sections.
fn counted(list: &Value) -> usize {
    let sections = list["sections"].as_array().unwrap();
    let seen_to: u64 = sections
        .iter()
        .map(|part| part["seen_to"].as_u64().unwrap())
        .sum();
    rows(list).len() + usize::try_from(seen_to).unwrap()
}

fn reviewed(section: &str) -> Value {
    json!({ "section": section, "kind": "reviewed", "reason": "Looked at" })
}

async fn every_patient_is_there_once_with_the_gravest_reason_first(database: Database) {
    let scene = Scene::set(database).await;
    let mut raw = scene.raw();
    let severities = ["low", "high", "critical"];
    for number in 2..=120 {
        let patient = scene
            .clinic
            .patient(&format!("Test Patient {number:03}"))
            .await;
        for alert in 0..number % 3 {
            let alert = SeededAlert {
                number: number * 10 + alert,
                severity: severities[usize::try_from((number + alert) % 3).unwrap()],
                ..SeededAlert::default()
            };
            seed_alert(
                &mut raw,
                &scene.clinic.clinician,
                (&patient, &scene.admin),
                &alert,
            );
        }
    }
    let list = scene.list("mine").await;
    assert_eq!(list["patients"], json!(120));
    assert_eq!(counted(&list), 120);
    let order: Vec<&str> = list["sections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["section"].as_str().unwrap())
        .collect();
    assert_eq!(
        order,
        [
            "safety",
            "worse",
            "messages",
            "stopped",
            "silent",
            "low",
            "housekeeping",
            "good",
            "on_track",
            "rest"
        ]
    );
    let rows = rows(&list);
    let of = |wanted: &str| rows.iter().filter(|(section, _)| section == wanted).count();
    // 2, 5, 8, ... have two alerts: critical and low. 4, 7, 10, ... have one: high.
    assert_eq!(
        (of("safety"), of("worse"), of("housekeeping")),
        (40, 39, 40)
    );
    let safe = rows
        .iter()
        .find(|(section, _)| section == "safety")
        .unwrap();
    assert_eq!(
        safe.1["further"],
        json!(2),
        "the low one, and that there is no plan"
    );
    assert!(!safe.1["reason"].as_str().unwrap().is_empty());
    let names: Vec<&Value> = rows.iter().map(|(_, row)| &row["patient"]).collect();
    let distinct: std::collections::BTreeSet<String> =
        names.iter().map(|name| name.to_string()).collect();
    assert_eq!(distinct.len(), names.len(), "nobody twice");
}

async fn reviewed_stays_away_until_there_is_something_new(database: Database) {
    let scene = Scene::set(database).await;
    let alert = scene.alert(&scene.admin, &CRITICAL);
    assert_eq!(
        scene.section(&scene.patient).await.as_deref(),
        Some("safety")
    );
    let done = scene
        .turn(&scene.patient, reviewed("safety"))
        .await
        .expect(200);
    assert_eq!(done["alerts"], json!(1));
    assert_eq!(
        scene.seen(&alert).await["state"],
        json!("acked"),
        "so that nobody else is called"
    );
    assert_eq!(scene.section(&scene.patient).await, None);
    let list = scene.list("mine").await;
    assert_eq!(
        list["sections"][0]["seen_to"],
        json!(1),
        "and is counted where it was"
    );
    assert_eq!(scene.audited("worklist.turn"), 1);
    scene.server.advance("2026-03-02T06:30:00Z").await;
    scene.found_again(&alert, "2026-03-02T06:20:00Z");
    let (section, row) = scene.row(&scene.patient).await.unwrap();
    assert_eq!(
        (section.as_str(), &row["came_back"]),
        ("safety", &json!(true))
    );
    assert!(
        row["changed"]
            .as_str()
            .unwrap()
            .starts_with("found 2 times")
    );
}

async fn what_is_grave_is_put_off_for_hours_and_comes_back_by_itself(database: Database) {
    let mut scene = Scene::set(database).await;
    scene.alert(&scene.admin, &CRITICAL);
    let put_off = |until: Option<&str>| json!({ "section": "safety", "kind": "snoozed", "reason": "In theatre", "until": until });
    for until in [
        None,
        Some("2026-03-02T10:00:01Z"),
        Some("2026-03-02T06:00:00Z"),
    ] {
        let refused = scene.turn(&scene.patient, put_off(until)).await.expect(400);
        assert_eq!(
            refused["errors"][0]["pointer"],
            json!("/until"),
            "{until:?}"
        );
    }
    assert_eq!(
        scene.section(&scene.patient).await.as_deref(),
        Some("safety")
    );
    let body = put_off(Some("2026-03-02T09:00:00Z"));
    scene.turn(&scene.patient, body).await.expect(200);
    assert_eq!(scene.section(&scene.patient).await, None);
    scene.later("2026-03-02T08:59:59Z").await;
    assert_eq!(scene.section(&scene.patient).await, None);
    scene.later("2026-03-02T09:00:00Z").await;
    assert_eq!(
        scene.section(&scene.patient).await.as_deref(),
        Some("safety")
    );
}

async fn what_was_put_off_by_itself_is_not_reviewed_with_the_rest(database: Database) {
    let scene = Scene::set(database).await;
    let put_off = scene.alert(&scene.admin, &CRITICAL);
    let body =
        json!({ "reason": "In theatre", "until": "2026-03-02T09:00:00Z", "note": "after ten" });
    let path = scene.path(&format!("/alerts/{put_off}/snooze"));
    scene.clinic.clinician.post(&path, &body).await.expect(200);
    let other = SeededAlert {
        number: 2,
        ..CRITICAL
    };
    let other = scene.alert(&scene.admin, &other);
    let done = scene
        .turn(&scene.patient, reviewed("safety"))
        .await
        .expect(200);
    assert_eq!(done["alerts"], json!(1));
    assert_eq!(scene.seen(&other).await["state"], json!("acked"));
    assert_eq!(scene.seen(&put_off).await["state"], json!("snoozed"));
}

async fn done_is_over_and_a_repeat_says_so(database: Database) {
    let scene = Scene::set(database).await;
    let alert = scene.alert(&scene.admin, &SeededAlert::default());
    let body = json!({ "section": "worse", "kind": "acted", "reason": "Telephoned" });
    scene.turn(&scene.patient, body.clone()).await.expect(200);
    let seen = scene.seen(&alert).await;
    assert_eq!(
        (&seen["state"], &seen["state_reason"]),
        (&json!("resolved"), &json!("Telephoned"))
    );
    let stale = scene.turn(&scene.patient, body).await.expect(409);
    assert_eq!(stale["conflict"]["section"], json!("worse"), "{stale}");
    assert_eq!(
        scene.audited("worklist.turn"),
        1,
        "what was refused is not written down"
    );
}

async fn what_no_alert_is_behind_is_reviewed_for_a_week(database: Database) {
    let mut scene = Scene::set(database).await;
    let patient = scene.clinic.patient("Test Patient 02").await;
    let (section, row) = scene.row(&patient).await.unwrap();
    assert_eq!(
        (section.as_str(), &row["reason"]),
        ("housekeeping", &json!("No plan yet"))
    );
    scene
        .turn(&patient, reviewed("housekeeping"))
        .await
        .expect(200);
    assert_eq!(scene.section(&patient).await, None);
    let list = scene.list("mine").await;
    assert_eq!(counted(&list), 2);
    scene.later("2026-03-09T05:59:00Z").await;
    assert_eq!(scene.section(&patient).await, None);
    scene.later("2026-03-09T06:01:00Z").await;
    assert_eq!(
        scene.section(&patient).await.as_deref(),
        Some("housekeeping")
    );
    let until = json!({ "section": "housekeeping", "kind": "snoozed", "reason": "Visit booked", "until": "2026-03-20T06:00:00Z" });
    scene.turn(&patient, until).await.expect(200);
    scene.later("2026-03-20T05:59:00Z").await;
    assert_eq!(scene.section(&patient).await, None);
    scene.later("2026-03-20T06:00:00Z").await;
    assert_eq!(
        scene.section(&patient).await.as_deref(),
        Some("housekeeping")
    );
}

async fn a_review_is_of_what_was_seen_and_not_of_what_came_after(database: Database) {
    let scene = Scene::set(database).await;
    let ending = |last: &str| {
        let mut line = plan_item("calf-wall-stretch", &["08:00"]);
        line["ends_on"] = json!(last);
        [line]
    };
    let plan = ending("2026-03-06");
    scene.clinic.publish(&scene.patient, 1, &plan).await;
    let (section, row) = scene.row(&scene.patient).await.unwrap();
    assert_eq!(
        (section.as_str(), &row["reason"]),
        ("housekeeping", &json!("The plan ends on Fri 6 Mar"))
    );
    scene
        .turn(&scene.patient, reviewed("housekeeping"))
        .await
        .expect(200);
    assert_eq!(scene.section(&scene.patient).await, None);
    let plan = ending("2026-03-07");
    scene.clinic.publish(&scene.patient, 2, &plan).await;
    assert_eq!(
        scene.section(&scene.patient).await.as_deref(),
        Some("housekeeping"),
        "another end is another thing"
    );
}

async fn mine_are_those_i_look_after_stand_in_for_or_was_given(database: Database) {
    let scene = Scene::set(database).await;
    let [theirs, deputy_of, given] = [
        scene.clinic.patient("Test Patient 02").await,
        scene.clinic.patient("Test Patient 03").await,
        scene.clinic.patient("Test Patient 04").await,
    ];
    for (patient, deputy) in [
        (&theirs, None),
        (&deputy_of, Some(&scene.admin)),
        (&given, None),
    ] {
        let body = json!({ "owner": scene.other, "deputy": deputy });
        let path = format!("/v1/patients/{patient}/team");
        scene.clinic.clinician.put(&path, &body).await.expect(204);
    }
    let whose = (given.as_str(), scene.admin.as_str());
    seed_alert(
        &mut scene.raw(),
        &scene.clinic.clinician,
        whose,
        &SeededAlert::default(),
    );
    let on = |list: &Value| -> Vec<String> {
        let rows = rows(list);
        rows.iter()
            .map(|(_, row)| row["patient"].as_str().unwrap().to_owned())
            .collect()
    };
    let mine = scene.list("mine").await;
    let names = on(&mine);
    assert_eq!(mine["patients"], json!(3));
    assert!(names.contains(&deputy_of) && names.contains(&given) && !names.contains(&theirs));
    assert!(on(&scene.list("everyones").await).contains(&theirs));
    let colleagues = scene.colleague.get("/v1/worklist").await.expect(200);
    assert_eq!(colleagues["patients"], json!(3));
    assert!(on(&colleagues).contains(&theirs));
    scene
        .clinic
        .clinician
        .get("/v1/worklist?of=nobodys")
        .await
        .expect(400);
}

/// A list has room for 10,000; who is left out is counted, and is nobody an alert is about.
async fn who_has_no_room_is_counted_and_has_no_alert(database: Database) {
    let scene = Scene::set(database).await;
    let last = scene.clinic.patient("Zz Test Patient").await;
    let whose = (last.as_str(), scene.other.as_str());
    seed_alert(
        &mut scene.raw(),
        &scene.clinic.clinician,
        whose,
        &SeededAlert::default(),
    );
    let mut raw = scene.raw();
    let (tenant, other) = (
        super::tenant(&scene.clinic.clinician),
        bytes(&raw, &scene.other),
    );
    let id = match raw {
        Raw::Postgres(_) => "decode(lpad(to_hex(n), 32, '0'), 'hex')",
        Raw::Sqlite(_) => "unhex(printf('%032x', n))",
    };
    raw.execute(&format!(
        "INSERT INTO patients (tenant_id, id, name, time_zone, locale, owner_id, created_at, day_starts_min, status)
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10005)
         SELECT {tenant}, {id}, 'Test Crowd', 'Europe/Berlin', 'en', {other}, 0, 0, 'active' FROM numbers"
    ))
    .unwrap();
    for list in [
        scene.list("everyones").await,
        scene.colleague.get("/v1/worklist").await.expect(200),
    ] {
        assert_eq!(list["patients"], json!(10_000));
        assert_eq!(counted(&list), 10_000);
        let rows = rows(&list);
        assert!(
            rows.iter()
                .any(|(section, row)| section == "worse" && row["patient"] == json!(last)),
            "the last by name has an alert"
        );
    }
    assert_eq!(scene.list("everyones").await["left_out"], json!(7));
    assert_eq!(scene.list("mine").await["left_out"], json!(0));
}

/// Thresholds are the clinic's, and said with the list.
async fn thresholds_are_the_clinics_and_are_echoed(database: Database) {
    let scene = Scene::set(database).await;
    let mut settings = scene.get("/v1/clinic/settings").await;
    settings["worklist"]["plan_ends_days"] = json!(21);
    scene
        .clinic
        .clinician
        .put("/v1/clinic/settings", &settings)
        .await
        .expect(200);
    let list = scene.list("mine").await;
    assert_eq!(list["rules"]["plan_ends_days"], json!(21));
    let words = list["sections"][6]["threshold"].as_str().unwrap();
    assert!(words.contains("within 21 days"), "{words}");
    settings["worklist"]["plan_ends_days"] = json!(0);
    let refused = scene
        .clinic
        .clinician
        .put("/v1/clinic/settings", &settings)
        .await
        .expect(400);
    assert_eq!(
        refused["errors"][0]["pointer"],
        json!("/worklist/plan_ends_days")
    );
}

footing_tests::on_both_engines!(
    every_patient_is_there_once_with_the_gravest_reason_first,
    reviewed_stays_away_until_there_is_something_new,
    what_is_grave_is_put_off_for_hours_and_comes_back_by_itself,
    what_was_put_off_by_itself_is_not_reviewed_with_the_rest,
    done_is_over_and_a_repeat_says_so,
    what_no_alert_is_behind_is_reviewed_for_a_week,
    a_review_is_of_what_was_seen_and_not_of_what_came_after,
    mine_are_those_i_look_after_stand_in_for_or_was_given,
    who_has_no_room_is_counted_and_has_no_alert,
    thresholds_are_the_clinics_and_are_echoed,
);

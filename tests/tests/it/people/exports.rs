//! The clinic's sheets: who is in them, which dates, and that no name is taken for a formula.

use footing_tests::clinic::text;
use footing_tests::example::summary;
use footing_tests::{Database, Reply};
use serde_json::json;

use super::Scene;

fn lines(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    let text = reply.text();
    assert!(
        text.ends_with("\r\n"),
        "lines end as RFC 4180 has it: {text}"
    );
    text.trim_end()
        .split("\r\n")
        .map(ToOwned::to_owned)
        .collect()
}

async fn a_hostile_name_is_a_text_and_a_long_list_is_whole(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    let name = "=1+1, \"quoted\"";
    let body = json!({ "name": name, "time_zone": "Europe/Berlin" });
    admin.post("/v1/patients", &body).await.expect(201);
    for number in 2..=25 {
        scene
            .clinic
            .patient(&format!("Test Patient {number:02}"))
            .await;
    }
    let sheet = admin.get("/v1/clinic/exports/patients.csv").await;
    let disposition = sheet.header("content-disposition").to_owned();
    assert_eq!(
        disposition,
        "attachment; filename=\"patients-2026-03-02.csv\""
    );
    let rows = lines(&sheet);
    assert_eq!(rows.len(), 1 + 26);
    assert_eq!(
        rows[0],
        "patient_id,name,status,time_zone,locale,owner_id,created_at"
    );
    assert!(
        rows[1].contains(",\"'=1+1, \"\"quoted\"\"\",active,"),
        "{}",
        rows[1]
    );
    // More than one page of ledgers is written, and everybody is there once.
    let rows = lines(&admin.get("/v1/clinic/exports/rtm.csv").await);
    let people: std::collections::BTreeSet<&str> = rows[1..]
        .iter()
        .filter_map(|row| row.split(',').next())
        .collect();
    assert_eq!(people.len(), 26);
    assert_eq!(rows.iter().filter(|row| row.contains("98975")).count(), 26);
    assert_eq!(scene.audited("clinic.export"), 2);
}

async fn sheets_have_their_dates_and_no_others(database: Database) {
    let mut scene = Scene::set(database).await;
    let session = json!({ "sessions": [summary(1, "2026-03-02T05:30:00Z")] });
    let sent = scene.phone.post("/v1/me/insole-sessions", &session).await;
    sent.expect(200);
    scene.later("2026-03-04T12:00:00Z").await;
    let admin = &scene.clinic.clinician;
    let of = async |sheet: &str, dates: &str| {
        lines(
            &admin
                .get(&format!("/v1/clinic/exports/{sheet}.csv{dates}"))
                .await,
        )
    };
    let rows = of("occurrences", "?from=2026-03-02&through=2026-03-03").await;
    assert_eq!(rows.len(), 3, "two days of one line: {rows:?}");
    assert!(rows[1].contains(",2026-03-02,08:00,Europe/Berlin,") && rows[1].contains(",missed,"));
    assert_eq!(of("occurrences", "").await.len(), 4, "through today");
    let rows = of("sessions", "").await;
    assert_eq!(rows.len(), 2);
    assert!(
        rows[1].contains(",2026-03-02T05:30:00Z,2026-03-02,"),
        "{}",
        rows[1]
    );
    assert_eq!(of("sessions", "?from=2026-03-03").await.len(), 1);
    let rows = of("adherence-days", "").await;
    assert_eq!(rows.len(), 3, "days that are over: {rows:?}");
    assert!(rows[1].contains(",day_ended,0,0,1,0,1,"), "{}", rows[1]);
    for wrong in [
        "?from=2026-03-05&through=2026-03-04",
        "?from=2024-03-05&through=2026-03-04",
        "?from=soon",
    ] {
        let path = format!("/v1/clinic/exports/sessions.csv{wrong}");
        let refused = admin.get(&path).await.expect(400);
        let pointer = text(&refused["errors"][0], "pointer");
        assert!(pointer.starts_with('?'), "{pointer}");
    }
}

/// The report says each share with its denominator, and what is wrong with its dates.
async fn a_report_says_counts_and_what_is_wrong_with_its_dates(database: Database) {
    let mut scene = Scene::set(database).await;
    scene.later("2026-03-04T12:00:00Z").await;
    let admin = &scene.clinic.clinician;
    let page = format!("/patients/{}/report", scene.patient);
    let shown = admin
        .get(&format!("{page}?from=2026-03-02&to=2026-03-03"))
        .await;
    assert_eq!(shown.status, 200);
    let shown = shown.text();
    for part in [
        "2 Mar 2026 to 3 Mar 2026",
        "Europe/Berlin",
        "<td>0 of 2</td><td>0 %</td><td>0 % to 66 %</td>",
        "No pain was reported in this time; that is not the same as no pain.",
        "Plan version 1 published",
        "too early to judge adherence",
        "does not diagnose",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let shown = admin
        .get(&format!("{page}?from=2026-03-09&to=2026-03-03"))
        .await;
    let shown = shown.text();
    assert!(
        shown.contains("The first day must not be after the last."),
        "{shown}"
    );
}

/// The clinic as a whole: a safety alert waits until somebody acts on it, and nobody is without an owner.
async fn the_clinics_report_counts_what_is_there(database: Database) {
    let mut scene = Scene::set(database).await;
    let critical = super::SeededAlert {
        severity: "critical",
        ..super::SeededAlert::default()
    };
    let alert = scene.alert(&scene.admin, &critical);
    scene.later("2026-03-02T06:30:00Z").await;
    let path = scene.path(&format!("/alerts/{alert}/ack"));
    let reason = json!({ "reason": "Telephoned" });
    scene
        .clinic
        .clinician
        .post(&path, &reason)
        .await
        .expect(200);
    scene.later("2026-03-02T06:50:00Z").await;
    let path = scene.path(&format!("/alerts/{alert}/resolve"));
    scene
        .clinic
        .clinician
        .post(&path, &reason)
        .await
        .expect(200);
    scene.later("2026-03-04T12:00:00Z").await;
    let report = scene.get("/v1/clinic/report").await;
    assert_eq!(report["patients"], json!(1));
    assert_eq!(report["unowned_active_patients"], json!(0));
    assert_eq!(
        report["first_action"],
        json!({ "alerts": 1, "acted": 1, "median_s": 1800 }),
        "the first action, not the last"
    );
    let weeks = report["weeks"].as_array().unwrap();
    assert_eq!(weeks.len(), 5);
    assert_eq!(weeks[4]["sections"]["safety"], json!(null), "it is over");
    assert_eq!(report["adherence"]["too_early"], json!(1));
    assert_eq!(report["cohort"], json!(1));
    assert_eq!(report["drop_out"][0]["at_risk"], json!(1));
    assert_eq!(report["reminders"]["sent"], json!(3), "{report}");
    assert_eq!(report["reminders"]["done"], json!(0));
    let page = scene.clinic.clinician.get("/clinic").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains("30 min, 1 of 1 acted on"),
        "{}",
        page.text()
    );
}

footing_tests::on_both_engines!(
    the_clinics_report_counts_what_is_there,
    a_hostile_name_is_a_text_and_a_long_list_is_whole,
    sheets_have_their_dates_and_no_others,
    a_report_says_counts_and_what_is_wrong_with_its_dates,
);

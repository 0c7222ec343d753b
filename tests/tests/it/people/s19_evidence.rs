//! More of S19 of the care design: who leaves, what is refused, and the evidence of a month.

use footing_tests::{Database, Reply};
use serde_json::json;

use super::post;
use super::s19_rtm::{Month, period, status};

async fn who_leaves_stops_a_timer_and_leaves_the_minutes(database: Database) {
    let month = Month::set(database).await;
    let (admin, other) = (month.admin().await, month.other().await);
    month
        .entry(
            &other,
            "review",
            "2026-01-19T07:00:00Z",
            "2026-01-19T07:10:00Z",
        )
        .await;
    let body = json!({ "activity": "review" });
    other.put(&month.path("/timer"), &body).await.expect(200);
    month.server.advance("2026-01-19T08:05:00Z").await;
    let of = |what: &str| format!("/v1/clinicians/{}/{what}", month.colleague);
    let refused = post(&admin, &of("deactivate")).await.expect(409);
    assert_eq!(refused["conflict"]["running_timers"], json!(1));
    let me = admin.get("/v1/clinicians").await.expect(200);
    let me = me["clinicians"].as_array().unwrap();
    let me = me.iter().find(|one| one["role"] == json!("admin")).unwrap();
    let to = json!({ "to": me["id"] });
    let handed = admin.post(&of("handover"), &to).await.expect(200);
    assert_eq!(handed["timers_stopped"], json!(1));
    post(&admin, &of("deactivate")).await.expect(204);
    let ledger = month.ledger().await;
    assert_eq!(period(&ledger, "months", "2026-01")["seconds"], json!(900));
    for entry in ledger["entries"].as_array().unwrap() {
        assert_eq!(entry["clinician"], json!(month.colleague), "still theirs");
    }
}

async fn impossible_times_are_refused_by_field(database: Database) {
    let month = Month::set(database).await;
    let admin = month.admin().await;
    let entry = async |from: &str, until: &str| -> Reply {
        let body = json!({ "activity": "review", "started_at": from, "ended_at": until });
        admin.post(&month.path("/entries"), &body).await
    };
    for (from, until, pointer) in [
        ("2026-01-19T07:10:00Z", "2026-01-19T07:00:00Z", "/ended_at"),
        ("2026-01-19T02:00:00Z", "2026-01-19T07:00:00Z", "/ended_at"),
        ("2026-01-19T07:59:00Z", "2026-01-19T08:00:01Z", "/ended_at"),
        (
            "2024-01-19T07:00:00Z",
            "2024-01-19T07:10:00Z",
            "/started_at",
        ),
    ] {
        let refused = entry(from, until).await.expect(400);
        assert_eq!(
            refused["errors"][0]["pointer"],
            json!(pointer),
            "{from} {until}"
        );
    }
    let ledger = month.ledger().await;
    assert_eq!(ledger["entries"], json!([]), "nothing was written");
}

async fn the_evidence_of_a_month_has_what_it_rests_on_and_never_says_bill(database: Database) {
    let month = Month::set(database).await;
    month.fifteen_days().await;
    month.server.advance("2026-02-20T09:00:00Z").await;
    let admin = month.admin().await;
    let note = json!({ "activity": "review", "started_at": "2026-02-19T09:00:00Z", "ended_at": "2026-02-19T09:10:00Z",
        "note": "=HYPERLINK(\"http://example.org\")" });
    admin.post(&month.path("/entries"), &note).await.expect(201);
    month
        .call(&admin, "2026-02-19T09:10:00Z", "2026-02-19T09:12:00Z", true)
        .await;
    let evidence = admin
        .get(&month.path("/evidence?month=2026-02"))
        .await
        .expect(200);
    assert_eq!(
        evidence["windows"].as_array().unwrap().len(),
        1,
        "it touches February"
    );
    assert_eq!(evidence["days"].as_array().unwrap().len(), 15);
    assert_eq!(evidence["months"].as_array().unwrap().len(), 1);
    assert_eq!(status(&evidence["months"][0], "98979"), "eligible");
    admin
        .get(&month.path("/evidence?month=2026-13"))
        .await
        .expect(400);

    let reply = admin.get(&month.path("/evidence.csv?month=2026-02")).await;
    assert_eq!(reply.status, 200);
    let sheet = reply.text();
    assert!(
        sheet.starts_with("record,patient_id,clock,period,"),
        "{sheet}"
    );
    for part in [
        "code,",
        ",98985,eligible,1,",
        "monitored_day,",
        "time,",
        "call,",
        ",live,",
        "evaluation,",
        "\"'=HYPERLINK(\"\"http://example.org\"\")\"\r\n",
    ] {
        assert!(sheet.contains(part), "{part} in {sheet}");
    }
    let clinic = admin.get("/v1/clinic/exports/rtm.csv?month=2026-02").await;
    assert_eq!(clinic.status, 200);
    let clinic = clinic.text();
    assert!(
        clinic.contains(
            "Test Patient 01,device,2026-01-20,2026-01-20,2026-02-18,yes,98985,eligible,1,15,"
        ),
        "{clinic}"
    );
    let page = admin.get("/v1/clinic/rtm?month=2026-02").await.expect(200);
    assert_eq!(page["patients"].as_array().unwrap().len(), 1);
    let html = admin
        .get(&format!("/patients/{}/monitoring", month.patient))
        .await;
    assert_eq!(html.status, 200);
    for said in [sheet, clinic, html.text(), evidence.to_string()] {
        let said = said.to_lowercase();
        assert!(!said.contains("bill"), "{said}");
        assert!(said.contains("eligible"));
    }
}

footing_tests::on_both_engines!(
    who_leaves_stops_a_timer_and_leaves_the_minutes,
    impossible_times_are_refused_by_field,
    the_evidence_of_a_month_has_what_it_rests_on_and_never_says_bill,
);

//! What clinicians do with alerts, who gets the late ones, and when those put off come back.

use footing_tests::Database;
use serde_json::{Value, json};

use super::{Scene, SeededAlert};

/// An hour after the start of the scene.
const DUE: &str = "2026-03-02T07:00:00Z";

impl Scene {
    async fn act(&self, alert: &str, verb: &str, body: Value) -> footing_tests::Reply {
        let path = self.path(&format!("/alerts/{alert}/{verb}"));
        self.clinic.clinician.post(&path, &body).await
    }

    async fn set_deputy(&self, deputy: &str) {
        let body = json!({ "owner": self.admin, "deputy": deputy });
        let path = self.path("/team");
        self.clinic.clinician.put(&path, &body).await.expect(204);
    }
}

async fn a_late_alert_goes_to_the_deputy_once(database: Database) {
    let mut scene = Scene::set(database).await;
    scene.set_deputy(&scene.other).await;
    let late = SeededAlert {
        due_at: Some(DUE),
        ..SeededAlert::default()
    };
    let alert = scene.alert(&scene.admin, &late);
    let looked_at = SeededAlert {
        number: 2,
        state: "acked",
        ..late
    };
    let acked = scene.alert(&scene.admin, &looked_at);
    scene.server.advance("2026-03-02T06:59:59Z").await;
    assert_eq!(
        scene.seen(&alert).await["owner"],
        json!(scene.admin),
        "there is time"
    );
    scene.server.advance(DUE).await;
    let handed = scene.seen(&alert).await;
    assert_eq!(handed["owner"], json!(scene.other));
    assert_eq!(handed["escalated_at"], json!(DUE));
    assert_eq!(handed["due_at"], json!(DUE), "that it was late is kept");
    assert_eq!(
        handed["evidence"],
        json!({ "days": 3 }),
        "and what it rests on"
    );
    assert_eq!(
        scene.seen(&acked).await["owner"],
        json!(scene.admin),
        "somebody is at it"
    );
    scene.later("2026-03-05T07:00:00Z").await;
    assert_eq!(
        scene.seen(&alert).await["owner"],
        json!(scene.other),
        "once"
    );
    assert_eq!(scene.audited("alert.escalate"), 1);
}

async fn without_a_deputy_it_goes_to_an_admin_and_in_a_clinic_of_one_it_stays(database: Database) {
    let scene = Scene::set(database).await;
    let late = SeededAlert {
        due_at: Some(DUE),
        ..SeededAlert::default()
    };
    let own = scene.alert(&scene.admin, &late);
    let body = json!({ "owner": scene.other });
    let second = scene.clinic.patient("Test Patient 02").await;
    let path = format!("/v1/patients/{second}/team");
    scene.clinic.clinician.put(&path, &body).await.expect(204);
    let theirs = super::seed_alert(
        &mut scene.raw(),
        &scene.clinic.clinician,
        (&second, &scene.other),
        &SeededAlert { number: 2, ..late },
    );
    scene.server.advance("2026-03-02T08:00:00Z").await;
    assert_eq!(
        scene.seen(&own).await["owner"],
        json!(scene.admin),
        "there is nobody else"
    );
    let list = scene.get(&format!("/v1/patients/{second}/alerts")).await;
    assert_eq!(list["alerts"][0]["id"], json!(theirs));
    assert_eq!(list["alerts"][0]["owner"], json!(scene.admin));
    assert_eq!(
        scene.get("/v1/clinic/figures").await["overdue_alerts"],
        json!(2)
    );
}

async fn a_critical_alert_is_put_off_for_a_while_and_comes_back(database: Database) {
    let scene = Scene::set(database).await;
    let critical = SeededAlert {
        severity: "critical",
        due_at: Some(DUE),
        ..SeededAlert::default()
    };
    let alert = scene.alert(&scene.admin, &critical);
    let snooze = |until: &str, note: Option<&str>| json!({ "reason": "In theatre", "until": until, "note": note });
    for (body, pointer) in [
        (snooze("2026-03-02T10:00:01Z", Some("back at 11")), "/until"),
        (snooze("2026-03-02T10:00:00Z", None), "/note"),
        (snooze("2026-03-02T06:00:00Z", Some("back at 11")), "/until"),
        (json!({ "until": "2026-03-02T09:00:00Z", "note": "x" }), ""),
    ] {
        let refused = scene.act(&alert, "snooze", body.clone()).await.expect(400);
        assert_eq!(refused["errors"][0]["pointer"], json!(pointer), "{body}");
    }
    assert_eq!(scene.seen(&alert).await["state"], json!("open"));
    let body = snooze("2026-03-02T10:00:00Z", Some("back at 11"));
    scene.act(&alert, "snooze", body).await.expect(200);
    scene.server.advance("2026-03-02T09:59:59Z").await;
    let off = scene.seen(&alert).await;
    assert_eq!(off["state"], json!("snoozed"));
    assert_eq!(off["snooze_note"], json!("back at 11"));
    assert_eq!(off["escalated_at"], Value::Null, "put off is not late");
    scene.server.advance("2026-03-02T10:00:00Z").await;
    let back = scene.seen(&alert).await;
    assert_eq!(back["state"], json!("open"));
    assert_eq!(back["state_reason"], json!("snooze_ended"));
    assert_eq!(back["state_by"], Value::Null);
    assert_eq!(
        back["due_at"],
        json!("2026-03-02T11:00:00Z"),
        "an hour, as at first"
    );
    scene.server.advance("2026-03-02T11:00:00Z").await;
    assert_eq!(
        scene.seen(&alert).await["escalated_at"],
        json!("2026-03-02T11:00:00Z")
    );
}

async fn what_is_over_is_not_acted_on(database: Database) {
    let scene = Scene::set(database).await;
    let alert = scene.alert(&scene.admin, &SeededAlert::default());
    let reason = json!({ "reason": "Telephoned" });
    let without = scene.act(&alert, "ack", json!({})).await;
    assert_eq!(without.status, 400, "why is part of it");
    scene.act(&alert, "ack", reason.clone()).await.expect(200);
    let acked = scene.seen(&alert).await;
    assert_eq!(
        (&acked["state"], &acked["state_reason"]),
        (&json!("acked"), &json!("Telephoned"))
    );
    assert_eq!(acked["state_by"], json!(scene.admin));
    scene
        .act(&alert, "resolve", json!({ "reason": "Seen" }))
        .await
        .expect(200);
    let again = json!({ "reason": "Once more" });
    scene.act(&alert, "resolve", again).await.expect(200);
    assert_eq!(
        scene.seen(&alert).await["state_reason"],
        json!("Seen"),
        "the first counts"
    );
    let over = scene.act(&alert, "ack", reason).await.expect(409);
    assert_eq!(over["conflict"], json!({ "state": "resolved" }));
    assert_eq!(scene.audited("alert.resolve"), 1);
}

async fn an_alert_is_found_under_its_own_patient_only(database: Database) {
    let scene = Scene::set(database).await;
    let alert = scene.alert(&scene.admin, &SeededAlert::default());
    let second = scene.clinic.patient("Test Patient 02").await;
    let path = format!("/v1/patients/{second}/alerts/{alert}/ack");
    let body = json!({ "reason": "Telephoned" });
    let reply = scene.clinic.clinician.post(&path, &body).await;
    assert_eq!(reply.status, 404);
    assert_eq!(scene.seen(&alert).await["state"], json!("open"));
}

footing_tests::on_both_engines!(
    a_late_alert_goes_to_the_deputy_once,
    without_a_deputy_it_goes_to_an_admin_and_in_a_clinic_of_one_it_stays,
    a_critical_alert_is_put_off_for_a_while_and_comes_back,
    what_is_over_is_not_acted_on,
    an_alert_is_found_under_its_own_patient_only,
);

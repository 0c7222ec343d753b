//! A clinician leaves: refused while anybody is left to look after, then everything moves at once.

use footing_tests::Database;
use footing_tests::clinic::{PASSWORD, text};
use serde_json::{Value, json};

use super::{Scene, SeededAlert, bytes, post, seed_alert, tenant};

/// Patients of the clinician who leaves.
const PATIENTS: usize = 5;

/// The scene in which the colleague has patients, one of them withdrawn, and alerts.
struct Leaving {
    scene: Scene,
    patients: Vec<String>,
}

impl Leaving {
    async fn set(database: Database) -> Self {
        let scene = Scene::set(database).await;
        let mut patients = Vec::new();
        for number in 0..PATIENTS {
            let body =
                json!({ "name": format!("Test Patient 1{number}"), "time_zone": "Europe/Berlin" });
            let made = scene
                .colleague
                .post("/v1/patients", &body)
                .await
                .expect(201);
            patients.push(text(&made, "id").to_owned());
        }
        let path = format!("/v1/patients/{}/consent/withdraw", patients[4]);
        post(&scene.colleague, &path).await.expect(200);
        for (number, severity, state) in [
            (1, "critical", "open"),
            (2, "critical", "acked"),
            (3, "low", "snoozed"),
            (4, "critical", "resolved"),
        ] {
            let alert = SeededAlert {
                number,
                severity,
                state,
                ..SeededAlert::default()
            };
            let whose = (patients[0].as_str(), scene.other.as_str());
            seed_alert(&mut scene.raw(), &scene.clinic.clinician, whose, &alert);
        }
        // The colleague stands in for the admin too.
        let body = json!({ "owner": scene.admin, "deputy": scene.other });
        let path = scene.path("/team");
        scene.clinic.clinician.put(&path, &body).await.expect(204);
        Self { scene, patients }
    }

    fn of_leaver(&self, what: &str) -> String {
        format!("/v1/clinicians/{}/{what}", self.scene.other)
    }

    async fn hand_over(&self, to: &str) -> footing_tests::Reply {
        let body = json!({ "to": to });
        let admin = &self.scene.clinic.clinician;
        admin.post(&self.of_leaver("handover"), &body).await
    }

    /// Notices a patient has.
    fn notices(&self, patient: &str) -> i64 {
        let mut raw = self.scene.raw();
        let sql = format!(
            "SELECT count(*) AS value FROM notices WHERE patient_id = {} AND text_key = 'owner_changed'",
            bytes(&raw, patient)
        );
        raw.number(&sql)
    }

    fn alerts_of(&self, owner: &str) -> i64 {
        let mut raw = self.scene.raw();
        let sql = format!(
            "SELECT count(*) AS value FROM alerts WHERE owner_id = {}",
            bytes(&raw, owner)
        );
        raw.number(&sql)
    }
}

async fn nobody_leaves_who_looks_after_somebody(database: Database) {
    let leaving = Leaving::set(database).await;
    let scene = &leaving.scene;
    let admin = &scene.clinic.clinician;
    let refused = post(admin, &leaving.of_leaver("deactivate"))
        .await
        .expect(409);
    let expected = json!({ "active_patients": 4, "other_patients": 1, "open_critical_alerts": 2,
        "open_alerts": 3, "deputy_of": 1, "running_timers": 0 });
    assert_eq!(refused["conflict"], expected);
    scene.colleague.get("/v1/patients").await.expect(200);

    let handed = leaving.hand_over(&scene.admin).await.expect(200);
    // Of their own patient the admin cannot be deputy.
    assert_eq!(
        handed,
        json!({ "patients": 5, "alerts": 3, "critical_alerts": 2, "deputy_of": 0, "timers_stopped": 0 })
    );
    post(admin, &leaving.of_leaver("deactivate"))
        .await
        .expect(204);
    assert_eq!(
        scene.colleague.get("/v1/patients").await.status,
        401,
        "at once"
    );
    let sign_in = json!({ "clinic": "demo", "email": "Test.Clinician.02@demo.example.org", "password": PASSWORD });
    assert_eq!(admin.post("/v1/sessions", &sign_in).await.status, 401);
    post(admin, &leaving.of_leaver("deactivate"))
        .await
        .expect(204);
    assert_eq!(scene.audited("clinician.deactivate"), 1, "once");
    assert_eq!(
        scene.get("/v1/clinic/figures").await["unowned_active_patients"],
        json!(0)
    );
    // Nobody gets patients who left.
    let path = scene.path("/team");
    let body = json!({ "owner": scene.other });
    admin.put(&path, &body).await.expect(400);
    leaving.hand_over(&scene.other).await.expect(400);
}

async fn a_handover_moves_what_is_live_and_leaves_history(database: Database) {
    let leaving = Leaving::set(database).await;
    let scene = &leaving.scene;
    let plan = [footing_tests::example::plan_item("cat-camel", &["09:00"])];
    let body = json!({ "base_version": 0, "items": plan });
    let path = format!("/v1/patients/{}/plan", leaving.patients[1]);
    scene.colleague.put(&path, &body).await.expect(200);
    leaving.hand_over(&scene.admin).await.expect(200);
    for patient in &leaving.patients {
        let seen = scene.get(&format!("/v1/patients/{patient}")).await;
        assert_eq!(seen["owner_id"], json!(scene.admin));
    }
    assert_eq!(leaving.alerts_of(&scene.admin), 3);
    assert_eq!(
        leaving.alerts_of(&scene.other),
        1,
        "what is resolved stays theirs"
    );
    let mut raw = scene.raw();
    let author = format!(
        "SELECT count(*) AS value FROM plan_versions WHERE patient_id = {} AND published_by = {}",
        bytes(&raw, &leaving.patients[1]),
        bytes(&raw, &scene.other)
    );
    assert_eq!(raw.number(&author), 1, "and so does what they wrote");
    let team = scene.get(&scene.path("/team")).await;
    assert_eq!(
        team["deputy"],
        Value::Null,
        "nobody is deputy to themselves"
    );
}

async fn the_receiver_gets_one_digest_and_each_patient_in_care_one_notice(database: Database) {
    let leaving = Leaving::set(database).await;
    let scene = &leaving.scene;
    leaving.hand_over(&scene.admin).await.expect(200);
    let again = leaving.hand_over(&scene.admin).await.expect(200);
    assert_eq!(again["patients"], json!(0), "a repeat finds nothing left");
    let digest = scene.get("/v1/clinicians/me/digest").await;
    let handovers = digest["handovers"].as_array().unwrap();
    assert_eq!(handovers.len(), 1);
    assert_eq!(handovers[0]["from_name"], json!("Test Clinician 02"));
    assert_eq!(handovers[0]["counts"]["critical_alerts"], json!(2));
    let names: Vec<&str> = handovers[0]["patients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(one, "name"))
        .collect();
    assert_eq!(names.len(), PATIENTS);
    assert_eq!(names[0], "Test Patient 10");
    for (place, patient) in leaving.patients.iter().enumerate() {
        // Who took the consent back hears nothing.
        let expected = i64::from(place != 4);
        assert_eq!(leaving.notices(patient), expected, "patient {place}");
    }
    assert_eq!(scene.audited("clinician.handover"), 1);
}

async fn a_handover_that_fails_moves_nothing(database: Database) {
    let leaving = Leaving::set(database).await;
    let scene = &leaving.scene;
    // The last step of the transaction is made to fail.
    let mut raw = scene.raw();
    match &raw {
        footing_tests::Raw::Sqlite(_) => raw.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON notices BEGIN SELECT RAISE(ABORT, 'broken'); END",
        ),
        footing_tests::Raw::Postgres(_) => raw.execute(
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$; \
             CREATE TRIGGER broken BEFORE INSERT ON notices FOR EACH ROW EXECUTE FUNCTION broken()",
        ),
    }
    .unwrap();
    assert_eq!(leaving.hand_over(&scene.admin).await.status, 500);
    let owned = format!(
        "SELECT count(*) AS value FROM patients WHERE tenant_id = {} AND owner_id = {}",
        tenant(&scene.clinic.clinician),
        bytes(&raw, &scene.other)
    );
    assert_eq!(raw.number(&owned), 5);
    assert_eq!(leaving.alerts_of(&scene.other), 4);
    assert_eq!(
        scene.get(&scene.path("/team")).await["deputy"],
        json!(scene.other)
    );
}

async fn the_last_admin_stays(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    let path = format!("/v1/clinicians/{}/deactivate", scene.admin);
    let refused = post(admin, &path).await.expect(409);
    assert_eq!(refused["conflict"], json!({ "last_admin": true }));
    admin.get("/v1/clinic/figures").await.expect(200);
}

footing_tests::on_both_engines!(
    nobody_leaves_who_looks_after_somebody,
    a_handover_moves_what_is_live_and_leaves_history,
    the_receiver_gets_one_digest_and_each_patient_in_care_one_notice,
    a_handover_that_fails_moves_nothing,
    the_last_admin_stays,
);

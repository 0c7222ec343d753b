//! What a patient chooses: quiet hours, a pause of their own, their data, their consent.

use footing_tests::Database;
use serde_json::{Value, json};

use super::Scene;

impl Scene {
    /// Sends a form of the settings. Gives what is wrong, or nothing when it was saved.
    async fn form(&self, path: &str, form: &str) -> Option<String> {
        let reply = self.phone.post_form(path, form).await;
        match reply.status {
            303 => None,
            400 => Some(reply.text()),
            other => panic!("{path} {other}: {}", reply.text()),
        }
    }

    async fn pauses(&self) -> Vec<Value> {
        let path = format!("/v1/patients/{}/pauses", self.patient);
        let body = self.clinic.clinician.get(&path).await.expect(200);
        body["pauses"].as_array().unwrap().clone()
    }
}

async fn quiet_hours_are_ones_own_by_weekday(database: Database) {
    let scene = Scene::set(database).await;
    let saved = scene
        .form("/me/reminders", "fri-from=22%3A30&fri-to=06%3A45")
        .await;
    assert_eq!(saved, None);
    let settings = scene.phone.get("/v1/me/settings").await.expect(200);
    let friday = json!({ "fri": { "from": "22:30", "to": "06:45" } });
    assert_eq!(settings["reminders"]["quiet_hours"], friday);
    assert_eq!(settings["reminders"]["nudges"], json!(false));
    let wrong = scene
        .form("/me/reminders", "mon-from=22%3A30&nudges=on")
        .await;
    let wrong = wrong.expect("one end is missing");
    assert!(
        wrong.contains("Monday: give both times, from and to."),
        "{wrong}"
    );
    assert!(
        wrong.contains("name=\"mon-from\" type=\"time\" value=\"22:30\""),
        "{wrong}"
    );
    let settings = scene.phone.get("/v1/me/settings").await.expect(200);
    assert_eq!(
        settings["reminders"]["quiet_hours"], friday,
        "nothing was changed"
    );
    // The language is another form and stays.
    scene.speak("es").await;
    let settings = scene.phone.get("/v1/me/settings").await.expect(200);
    assert_eq!(settings["locale"], json!("es"));
    assert_eq!(settings["reminders"]["quiet_hours"], friday);
}

async fn a_pause_of_ones_own_is_short_and_the_clinic_sees_whose_it_is(database: Database) {
    let scene = Scene::set(database).await;
    let enter = async |from: &str, through: &str| {
        let form = format!("from={from}&through={through}&reason=holiday");
        scene.form("/me/pause", &form).await
    };
    let long = enter("2026-03-03", "2026-03-17").await.expect("too long");
    assert!(
        long.contains("A pause of your own has at most 14 days."),
        "{long}"
    );
    assert!(
        long.contains("value=\"2026-03-17\""),
        "what was typed: {long}"
    );
    assert!(
        enter("2026-03-01", "2026-03-04").await.is_some(),
        "before today"
    );
    assert_eq!(scene.pauses().await.len(), 0);

    assert_eq!(enter("2026-03-03", "2026-03-05").await, None);
    assert_eq!(scene.phases("2026-03-02").await, ["open", "upcoming"]);
    assert_eq!(scene.phases("2026-03-05").await, ["excused", "excused"]);
    assert_eq!(scene.phases("2026-03-06").await, ["upcoming", "upcoming"]);
    let pauses = scene.pauses().await;
    assert_eq!(pauses[0]["resume"], json!("automatic"));
    assert_eq!(pauses[0]["created_by"], Value::Null);
    let sent = scene.server.push.sent().len();
    scene.server.advance("2026-03-04T12:00:00Z").await;
    let prompts = scene.server.push.sent().split_off(sent);
    let on_the_third = prompts.iter().filter(|one| one.is_prompt());
    assert_eq!(
        on_the_third
            .filter(|one| one.at > "2026-03-02T23:00:00Z".parse().unwrap())
            .count(),
        0
    );
    let clinician = scene.clinic.sign_in(&scene.server.anonymous()).await;
    let page = clinician
        .get(&format!("/patients/{}", scene.patient))
        .await
        .text();
    assert!(
        page.contains("holiday, by the patient until Thu 5 Mar"),
        "{page}"
    );

    let soon = enter("2026-03-19", "2026-03-20").await.expect("too soon");
    assert!(
        soon.contains("Between two pauses of your own lie at least 14 days."),
        "{soon}"
    );

    let pause = pauses[0]["id"].as_str().unwrap();
    assert_eq!(
        scene.form("/me/pause/end", &format!("pause={pause}")).await,
        None
    );
    assert_eq!(scene.phases("2026-03-05").await, ["upcoming", "upcoming"]);
    let again = scene
        .phone
        .post_form("/me/pause/end", &format!("pause={pause}"))
        .await;
    assert!(matches!(again.status, 303 | 409), "{}", again.status);
}

async fn the_download_has_everything_of_one_and_nothing_of_another(database: Database) {
    let scene = Scene::set(database).await;
    let other = scene.clinic.patient("Test Patient 02").await;
    let theirs = scene
        .clinic
        .device(&other, Some("synthetic-push-token-02"))
        .await;
    scene
        .form(
            "/me/pause",
            "from=2026-03-03&through=2026-03-04&reason=other",
        )
        .await;
    let reply = scene.phone.get("/me/export").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "application/json");
    assert!(
        reply
            .header("content-disposition")
            .starts_with("attachment")
    );
    let text = reply.text();
    let file: Value = serde_json::from_str(&text).expect("the whole file is JSON");
    let tables = file["tables"].as_object().unwrap();
    assert_eq!(tables["patients"][0]["name"], json!("Test Patient 01"));
    assert_eq!(
        tables["pauses"][0]["created_at"],
        json!("2026-03-02T06:00:00Z")
    );
    assert!(tables["occurrences"].as_array().unwrap().len() > 2);
    assert!(
        tables["plan_items"][0]["body"].is_object(),
        "stored JSON is JSON"
    );
    let own = scene.patient.trim_start_matches("pat_");
    assert_eq!(
        tables["pauses"][0]["patient_id"],
        json!(own),
        "ids are digits"
    );
    for secret in [
        other.trim_start_matches("pat_"),
        "Test Patient 02",
        "synthetic-push-token",
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
    let token = scene.phone.token().unwrap();
    assert!(!text.contains(token.rsplit('.').next().unwrap()));
    let file: Value = theirs.get("/me/export").await.expect(200);
    assert_eq!(file["tables"]["occurrences"], json!([]));
    let noted = "SELECT count(*) AS value FROM audit WHERE action = 'patient.export'";
    assert_eq!(scene.raw().number(noted), 2);
}

async fn consent_is_taken_back_by_a_second_word(database: Database) {
    let scene = Scene::set(database).await;
    let wrong = scene
        .form("/me/consent/withdraw", "")
        .await
        .expect("not yet");
    assert!(
        wrong.contains("Tick the box if that is what you want."),
        "{wrong}"
    );
    assert_eq!(scene.phases("2026-03-03").await, ["upcoming", "upcoming"]);
    assert_eq!(scene.form("/me/consent/withdraw", "sure=yes").await, None);
    assert_eq!(scene.phases("2026-03-03").await, ["cancelled", "cancelled"]);
    let page = scene.page("/me").await;
    assert!(
        page.contains("Taken back on Monday 2 March, 07:00."),
        "{page}"
    );
    assert!(!page.contains("/me/pause\""), "nothing is left to pause");
}

footing_tests::on_both_engines!(
    quiet_hours_are_ones_own_by_weekday,
    a_pause_of_ones_own_is_short_and_the_clinic_sees_whose_it_is,
    the_download_has_everything_of_one_and_nothing_of_another,
    consent_is_taken_back_by_a_second_word,
);

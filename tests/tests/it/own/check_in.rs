//! The check-in page: what is asked, what a red flag answers at once, and a form that is sent twice.

use footing_tests::Database;
use footing_tests::example::id;
use serde_json::json;

use super::Scene;

impl Scene {
    async fn send(&self, form: &str) -> String {
        let reply = self.phone.post_form("/check-in", form).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        self.page(reply.header("location")).await
    }

    async fn checkins(&self) -> usize {
        let list = self.phone.get("/v1/me/checkins").await.expect(200);
        list["checkins"].as_array().unwrap().len()
    }
}

async fn a_red_flag_says_at_once_what_to_do(database: Database) {
    let scene = Scene::set(database).await;
    scene.speak("de").await;
    let page = scene.page("/check-in").await;
    assert!(
        page.contains("Bitte beantworten Sie zuerst diese Fragen"),
        "{page}"
    );
    let form = format!(
        "id={}&back_pain=6&saddle_numbness=yes&night_pain=yes",
        id("chk", 1)
    );
    let page = scene.send(&form).await;
    let words = "Bitte gehen Sie jetzt in eine Notaufnahme";
    let advice = page.find("advice-emergency").expect("the emergency words");
    assert!(page[advice..].contains(words), "{page}");
    assert!(!page.contains("advice-urgent"), "the most pressing alone");
    let path = format!("/v1/patients/{}/alerts", scene.patient);
    let alerts = scene.clinic.clinician.get(&path).await.expect(200);
    let of_flag = |one: &&serde_json::Value| one["rule"].as_str().unwrap().contains("red_flag");
    let told = alerts["alerts"].as_array().unwrap().iter().filter(of_flag);
    assert_eq!(told.count(), 2, "the clinic is told of each");
    // Read again, it is told again.
    let again = scene
        .page(&format!("/check-in?sent={}", id("chk", 1)))
        .await;
    assert!(again.contains(words));
}

async fn a_form_sent_twice_is_one_check_in(database: Database) {
    let scene = Scene::set(database).await;
    let shown = "shown_at=2026-03-02T05%3A58%3A00Z";
    let form = format!(
        "id={}&{shown}&back_pain=4&leg_pain=2&tired_feet=5&signs%2Fankles_unsteady=yes&hours_on_feet=7%2C5",
        id("chk", 1)
    );
    for _ in 0..2 {
        let page = scene.send(&form).await;
        assert!(page.contains("Noted, thank you."), "{page}");
        scene.server.advance("2026-03-02T06:01:00Z").await;
    }
    assert_eq!(scene.checkins().await, 1);
    let list = scene.phone.get("/v1/me/checkins").await.expect(200);
    let answers = &list["checkins"][0]["answers"];
    assert_eq!(answers["hours_on_feet"], json!(7.5));
    assert_eq!(answers["signs"], json!({ "ankles_unsteady": true }));
    let kept = "SELECT count(*) AS value FROM quarantine";
    assert_eq!(scene.raw().number(kept), 0, "nothing looks like a conflict");
}

async fn what_matters_is_asked_when_its_time_has_come(database: Database) {
    let scene = Scene::set(database).await;
    assert!(
        scene
            .page("/check-in")
            .await
            .contains("name=\"activity-1\"")
    );
    let form = format!(
        "id={}&shown_at=2026-03-02T06%3A00%3A00Z&back_pain=4&activity-1=Stairs&ability-1=3&activity-2=Shopping&ability-2=5&activity-3=Work&ability-3=7",
        id("chk", 1)
    );
    for _ in 0..2 {
        let page = scene.send(&form).await;
        assert!(!page.contains("name=\"activity-1\""), "asked again at once");
    }
    let scales = scene.phone.get("/v1/me/scales").await.expect(200);
    let results = scales["results"].as_array().unwrap();
    assert_eq!(results.len(), 1, "once");
    assert_eq!(results[0]["scale"], json!("psfs"));
    assert_eq!(
        results[0]["activities"],
        json!(["Stairs", "Shopping", "Work"])
    );
    assert_eq!(results[0]["score"], json!(5.0));
}

async fn what_is_wrong_stands_beside_its_field_and_nothing_is_lost(database: Database) {
    let scene = Scene::set(database).await;
    let wrong = format!(
        "id={}&back_pain=4&hours_on_feet=30&activity-1=Stairs",
        id("chk", 1)
    );
    let reply = scene.phone.post_form("/check-in", &wrong).await;
    let page = reply.text();
    assert_eq!(reply.status, 400);
    for words in [
        "Give a number of hours from 0 to 24.",
        "Name three to five activities",
        "value=\"30\"",
        "value=\"Stairs\"",
        "name=\"back_pain\" value=\"4\" checked",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let nothing = scene
        .phone
        .post_form("/check-in", &format!("id={}", id("chk", 1)))
        .await;
    assert_eq!(nothing.status, 400);
    assert!(nothing.text().contains("Answer at least one question."));
    assert_eq!(scene.checkins().await, 0);
}

async fn pain_that_rises_asks_the_red_flag_questions(database: Database) {
    let scene = Scene::set(database).await;
    for (number, day) in (2..6).enumerate() {
        scene
            .server
            .advance(&format!("2026-03-0{day}T09:00:00Z"))
            .await;
        let form = format!("id={}&back_pain=2", id("chk", number as u64 + 1));
        let page = scene.send(&form).await;
        assert!(!page.contains("clearly stronger"), "day {day}");
    }
    scene.server.advance("2026-03-06T09:00:00Z").await;
    let page = scene
        .send(&format!("id={}&back_pain=6", id("chk", 9)))
        .await;
    assert!(
        page.contains("Your pain is clearly stronger than it has been."),
        "{page}"
    );
}

async fn pain_after_an_exercise_is_told_by_one_tap_and_rests_it(database: Database) {
    const ASKED: &str = "How much did it hurt?";
    let scene = Scene::set(database).await;
    let day = scene.phone.get("/v1/me/occurrences").await.expect(200);
    let stretch = day["occurrences"][0]["id"].as_str().unwrap().to_owned();
    assert!(
        !scene.page("/today").await.contains(ASKED),
        "nothing was done"
    );
    let done = format!("answer={}&occurrence={stretch}&kind=done", id("ans", 1));
    scene.phone.post_form("/today/answers", &done).await;
    assert!(scene.page("/today").await.contains(ASKED));
    for (pain, status) in [("", 400), ("11", 400), ("-1", 400), ("6", 303), ("6", 303)] {
        let form = format!("checkin={}&occurrence={stretch}&pain={pain}", id("chk", 1));
        let reply = scene.phone.post_form("/today/after", &form).await;
        assert_eq!(reply.status, status, "{pain}: {}", reply.text());
        if status == 303 {
            assert_eq!(reply.header("location"), "/today?note=pain_noted");
        }
    }
    assert_eq!(scene.checkins().await, 1, "a double tap is one");
    let page = scene.page("/today?note=pain_noted").await;
    assert!(page.contains("Pain during or after it: 6 of 10."), "{page}");
    assert!(page.contains("Your pain is noted."));
    assert!(!page.contains(ASKED), "asked once");
    assert!(
        page.contains("rests for"),
        "the page says what came of it: {page}"
    );
}

footing_tests::on_both_engines!(
    pain_after_an_exercise_is_told_by_one_tap_and_rests_it,
    a_red_flag_says_at_once_what_to_do,
    a_form_sent_twice_is_one_check_in,
    what_matters_is_asked_when_its_time_has_come,
    what_is_wrong_stands_beside_its_field_and_nothing_is_lost,
    pain_that_rises_asks_the_red_flag_questions,
);

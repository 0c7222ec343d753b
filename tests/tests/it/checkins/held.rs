//! What is held back stands on the patient's page, and a clinician lets it go on from there.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::id;
use serde_json::json;

use super::{STRETCH, Scene};

const TITLE: &str = "What is held back";

impl Scene {
    /// The patient's page.
    async fn page(&self) -> String {
        let path = format!("/patients/{}", self.patient);
        self.clinician().await.get(&path).await.text()
    }
}

async fn a_plan_a_red_flag_stopped_goes_on_by_a_note_on_the_page(database: Database) {
    let scene = Scene::set(database).await;
    assert!(!scene.page().await.contains(TITLE), "nothing is held back");
    scene.server.advance("2026-03-02T06:30:00Z").await;
    let flagged = json!({
        "id": id("chk", 1),
        "taken_at": "2026-03-02T06:30:00Z",
        "red_flags": [{ "key": "saddle_numbness", "yes": true }],
    });
    scene.take(flagged).await;
    let page = scene.page().await;
    assert!(
        page.contains(TITLE) && page.contains("The whole plan: a red flag was answered with yes"),
        "{page}"
    );
    let seen = scene.seen("/suspensions").await;
    let suspension = text(&seen["suspensions"][0], "id").to_owned();
    let path = format!("/patients/{}/suspensions/{suspension}/end", scene.patient);
    let clinician = scene.clinician().await;
    let refused = clinician
        .post_form(&path, &format!("note-{suspension}=+"))
        .await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("The note is missing."));
    assert_eq!(
        scene.suspensions().await,
        ["* red_flag live"],
        "nothing was done"
    );
    let form = format!("note-{suspension}=Examined+today");
    let done = clinician.post_form(&path, &form).await;
    assert_eq!(
        (
            done.status,
            done.header("location").ends_with("?done=goes_on")
        ),
        (303, true)
    );
    assert_eq!(scene.suspensions().await, ["* red_flag ended"]);
    assert_eq!(scene.phases("2026-03-03").await.len(), 3, "planned again");
    assert!(scene.phases("2026-03-03").await[0].starts_with(STRETCH));
    assert!(!scene.page().await.contains(TITLE));
    let again = clinician.post_form(&path, &form).await;
    assert!(
        again.header("location").ends_with("?done=stale"),
        "somebody was faster"
    );
}

async fn a_pause_ends_from_the_page_with_a_dose_that_comes_back(database: Database) {
    let scene = Scene::set(database).await;
    let pause = json!({ "from": "2026-03-02", "through": "2026-03-09", "reason": "surgery" });
    let made = scene
        .clinician()
        .await
        .post(&scene.path("/pauses"), &pause)
        .await
        .expect(201);
    let page = scene.page().await;
    assert!(page.contains("The whole plan: paused, surgery"), "{page}");
    let path = format!(
        "/patients/{}/pauses/{}/resume",
        scene.patient,
        text(&made, "id")
    );
    let clinician = scene.clinician().await;
    for (form, words) in [
        ("goes-on=&dose=steps", "Give a date."),
        (
            "goes-on=2026-02-01&dose=steps",
            "must not be before the pause",
        ),
        (
            "goes-on=2026-03-03&dose=twice",
            "Choose how the dose comes back.",
        ),
    ] {
        let refused = clinician.post_form(&path, form).await;
        assert_eq!(refused.status, 400, "{form}");
        assert!(refused.text().contains(words), "{form}: {}", refused.text());
    }
    let done = clinician
        .post_form(&path, "goes-on=2026-03-03&dose=steps")
        .await;
    assert_eq!(
        (
            done.status,
            done.header("location").ends_with("?done=goes_on")
        ),
        (303, true)
    );
    let known = scene.seen("/pauses").await;
    assert_eq!(known["pauses"][0]["resumed"], json!("2026-03-03"));
    let later = clinician
        .post_form(&path, "goes-on=2026-03-04&dose=whole")
        .await;
    assert!(later.header("location").ends_with("?done=stale"));
}

footing_tests::on_both_engines!(
    a_plan_a_red_flag_stopped_goes_on_by_a_note_on_the_page,
    a_pause_ends_from_the_page_with_a_dose_that_comes_back,
);

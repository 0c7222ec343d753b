//! A dose that may get harder by its rule: asked, rejected for a while, accepted.

use footing_tests::example::{done, plan_item};
use footing_tests::{Caller, Database};
use serde_json::{Value, json};

use super::{Scene, page};

fn graded() -> Value {
    let mut item = plan_item("heel-raise", &["18:00"]);
    item["dose"] = json!({ "sets": 3, "reps": 10 });
    item["progression"] = json!({
        "levels": [{ "sets": 3, "reps": 12 }, { "sets": 3, "reps": 15 }],
        "advance": { "min_adherence_pct": 1, "min_days": 2, "max_pain": 3 },
    });
    item
}

impl Scene {
    /// The clinician, signed in at a later time.
    async fn at(&self, instant: &str) -> Caller {
        self.server.advance(instant).await;
        self.clinic.sign_in(&self.server.anonymous()).await
    }

    async fn editor(&self, clinician: &Caller) -> String {
        page(&clinician.get(&self.page("/plan")).await, 200)
    }
}

const ASKED: &str = "may get harder by its rule: 3 × 12 instead of 3 × 10 (level 1 instead of 0)";

async fn a_rule_asks_is_rejected_for_a_while_and_accepted(database: Database) {
    let scene = Scene::set(database).await;
    scene.publish(0, &[graded()]).await;
    scene.server.settle().await;
    let body = scene
        .phone
        .get("/v1/me/occurrences?from=2026-03-02&through=2026-03-02")
        .await
        .expect(200);
    let first = body["occurrences"][0]["id"].as_str().unwrap().to_owned();
    scene.server.advance("2026-03-02T17:30:00Z").await;
    let answers = json!({ "answers": [done(1, &first, "2026-03-02T17:20:00Z")] });
    scene
        .phone
        .post("/v1/me/answers", &answers)
        .await
        .expect(200);
    let said = json!({ "checkins": [{
        "id": "chk_00000000000000000000000000000001", "taken_at": "2026-03-02T17:25:00Z", "back_pain": 1, "foot_pain": 1,
    }] });
    scene.phone.post("/v1/me/checkins", &said).await.expect(200);
    let clinician = scene.at("2026-03-05T06:00:00Z").await;
    let html = scene.editor(&clinician).await;
    for words in [
        ASKED,
        "2 days at a level, 1 % done, pain at most 3 of 10; a clinician is asked",
        "When it asked: 2 days at the level, 50 % done, worst pain 1 of 10.",
        "value=\"3x12, 3x15\"",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    let form = scene.page("/levels/heel-raise");
    let empty = clinician.post_form(&form, "action=reject&reason=+").await;
    assert!(page(&empty, 400).contains("The reason must have 1 to 200 characters."));
    let rejected = clinician
        .post_form(&form, "action=reject&reason=Sore+calves")
        .await;
    assert_eq!(rejected.status, 303, "{}", rejected.text());
    assert!(!scene.editor(&clinician).await.contains(ASKED));
    let clinician = scene.at("2026-03-06T06:00:00Z").await;
    assert!(
        !scene.editor(&clinician).await.contains(ASKED),
        "rejected for as long as a level lasts"
    );
    let clinician = scene.at("2026-03-08T06:00:00Z").await;
    assert!(
        scene.editor(&clinician).await.contains(ASKED),
        "and asked again"
    );
    let other = clinician.post_form(&form, "action=accept&level=2").await;
    assert_eq!(other.status, 409, "only what was asked is accepted");
    let accepted = clinician.post_form(&form, "action=accept&level=1").await;
    assert_eq!(accepted.status, 303, "{}", accepted.text());
    let levels = clinician.get(&scene.path("/levels")).await.expect(200);
    assert_eq!(
        (
            &levels["levels"][0]["level"],
            &levels["levels"][0]["source"]
        ),
        (&json!(1), &json!("clinician"))
    );
    assert!(!scene.editor(&clinician).await.contains("may get harder"));
    let none = clinician.post_form(&form, "action=accept&level=1").await;
    assert_eq!(none.status, 404);
}

footing_tests::on_both_engines!(a_rule_asks_is_rejected_for_a_while_and_accepted);

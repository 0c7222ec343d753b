//! From what the insoles found to a template a clinician signs, or does not.

use footing_tests::example::{Walk, walk};
use footing_tests::{Database, Reply};
use serde_json::{Value, json};

use super::{Scene, page};

const SEEN: &str = "side_to_side_peak_force";

impl Scene {
    /// A session arrives and is looked at.
    async fn walks(&self, number: u64, start: &str, how: Walk) {
        let session = walk(number, start, how, 0);
        let body = json!({ "sessions": [session] });
        self.phone
            .post("/v1/me/insole-sessions", &body)
            .await
            .expect(200);
        self.server.settle().await;
    }

    /// What is suggested: observation and template.
    async fn open(&self) -> Vec<(String, String)> {
        let all = self.get("/suggestions").await;
        let open = all["open"].as_array().unwrap().iter();
        open.map(|one| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (
                text(&one["evidence"]["observation"]),
                text(&one["template"]["id"]),
            )
        })
        .collect()
    }

    async fn reject(&self, observation: &str, reason: &str) -> Reply {
        let path = format!("/suggestions/{observation}/reject");
        self.post(&path, &json!({ "reason": reason })).await
    }

    async fn section(&self) -> String {
        let list = self
            .clinic
            .clinician
            .get("/v1/worklist?of=everyones")
            .await
            .expect(200);
        let sections = list["sections"].as_array().unwrap();
        let own = sections
            .iter()
            .find(|part| part["rows"].to_string().contains(&self.patient));
        own.map_or_else(String::new, |part| {
            format!("{}: {}", part["section"].as_str().unwrap(), part["rows"])
        })
    }
}

/// The lines of a template as a plan has them.
fn lines(template: &Value) -> Vec<Value> {
    let lines = template["lines"].as_array().unwrap().iter().cloned();
    lines
        .map(|mut line| {
            let fields = line.as_object_mut().unwrap();
            fields.remove("starts_after_days");
            fields.remove("for_days");
            fields.insert("starts_on".to_owned(), json!("2026-03-02"));
            fields
                .entry("dose")
                .or_insert_with(|| json!({ "sets": 2, "reps": 10 }));
            line
        })
        .collect()
}

async fn a_finding_suggests_and_is_accepted_with_what_was_edited(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .walks(1, "2026-03-02T05:00:00Z", Walk::SparingRight)
        .await;
    let open = scene.open().await;
    assert!(
        open.contains(&(SEEN.to_owned(), "load-asymmetry".to_owned())),
        "{open:?}"
    );
    let all = scene.get("/suggestions").await;
    let suggestions = all["open"].as_array().unwrap();
    let one = suggestions
        .iter()
        .find(|one| one["evidence"]["observation"] == SEEN)
        .unwrap();
    let value = &one["evidence"]["values"][0];
    assert!(
        value["se"].as_f64().unwrap() > 0.0 && value["limit"].is_f64(),
        "{value}"
    );
    let row = scene.section().await;
    assert!(
        row.starts_with("housekeeping") && row.contains("A finding suggests a template"),
        "{row}"
    );
    let editor = page(&scene.clinic.clinician.get(&scene.page("/plan")).await, 200);
    for words in [
        "Suggested by a finding",
        "Load on left and right: even strength",
        "±",
        "Could also be",
    ] {
        assert!(editor.contains(words), "{words}: {editor}");
    }
    let filled = scene.page(&format!("/plan?suggestion={SEEN}"));
    let filled = page(&scene.clinic.clinician.get(&filled).await, 200);
    assert!(
        filled.contains(&format!("name=\"accepts\" value=\"{SEEN}\"")),
        "{filled}"
    );
    let mut items = lines(&one["template"]);
    items[0]["windows"] = json!([{ "at": "19:30" }]);
    let body = json!({ "base_version": 0, "items": items, "accepts": [SEEN] });
    scene
        .clinic
        .clinician
        .put(&scene.path("/plan"), &body)
        .await
        .expect(200);
    let after = scene.get("/suggestions").await;
    let decided = &after["decided"][0];
    assert_eq!(
        (
            &decided["decision"],
            &decided["plan_version"],
            &decided["observation"]
        ),
        (&json!("accepted"), &json!(1), &json!(SEEN))
    );
    assert_eq!(
        decided["edits"]["added"][0]["at"],
        json!("19:30"),
        "{decided}"
    );
    assert_eq!(decided["edits"]["removed"][0]["at"], json!("18:00"));
    assert!(!scene.open().await.iter().any(|(seen, _)| seen == SEEN));
    // Accepted once: not again, and nothing is half published.
    let twice = json!({ "base_version": 1, "items": items, "accepts": [SEEN] });
    let refused = scene
        .clinic
        .clinician
        .put(&scene.path("/plan"), &twice)
        .await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(scene.get("/plan").await["version"], json!(1));
    scene
        .walks(2, "2026-03-02T05:30:00Z", Walk::SparingRight)
        .await;
    assert!(
        !scene.open().await.iter().any(|(seen, _)| seen == SEEN),
        "the plan has it"
    );
}

async fn what_was_rejected_returns_on_new_evidence_only(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .walks(1, "2026-03-02T05:00:00Z", Walk::SparingRight)
        .await;
    let before = scene.open().await;
    scene.reject(SEEN, " ").await.expect(400);
    assert_eq!(scene.open().await, before);
    assert_eq!(scene.reject(SEEN, "Pain explains it").await.status, 204);
    assert_eq!(
        scene.reject(SEEN, "Again").await.status,
        404,
        "nothing is open"
    );
    let all = scene.get("/suggestions").await;
    assert_eq!(all["decided"][0]["reason"], json!("Pain explains it"));
    // The same walk again is no more than was seen.
    scene
        .walks(2, "2026-03-02T05:20:00Z", Walk::SparingRight)
        .await;
    assert!(!scene.open().await.iter().any(|(seen, _)| seen == SEEN));
    let wrong = scene.page(&format!("/suggestions/{SEEN}"));
    let form = scene.clinic.clinician.post_form(&wrong, "reason=").await;
    let html = page(&form, 400);
    assert!(html.contains("Decided before"), "{html}");
}

async fn what_the_newest_session_no_longer_shows_goes_away(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .walks(1, "2026-03-02T05:00:00Z", Walk::SparingRight)
        .await;
    assert!(!scene.open().await.is_empty());
    scene.walks(2, "2026-03-02T05:30:00Z", Walk::Short).await;
    assert!(
        !scene.open().await.is_empty(),
        "a session that cannot be used says nothing"
    );
    scene.walks(3, "2026-03-02T05:40:00Z", Walk::Usual).await;
    assert!(!scene.open().await.iter().any(|(seen, _)| seen == SEEN));
}

footing_tests::on_both_engines!(
    a_finding_suggests_and_is_accepted_with_what_was_edited,
    what_was_rejected_returns_on_new_evidence_only,
    what_the_newest_session_no_longer_shows_goes_away,
);

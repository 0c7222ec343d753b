//! The record of a patient in pages: examinations, findings on images and events, entered with a mistake first.

use footing_tests::{Database, Reply};
use serde_json::json;

use super::Scene;

impl Scene {
    /// A page of the patient's, as the admin reads it.
    async fn read(&self, rest: &str) -> String {
        let page = self.clinic.clinician.get(&self.page(rest)).await;
        assert_eq!(page.status, 200, "{}", page.text());
        page.text()
    }

    /// A path of the patient's pages.
    pub(super) fn page(&self, rest: &str) -> String {
        format!("/patients/{}{rest}", self.patient)
    }

    async fn enter(&self, rest: &str, form: &str) -> Reply {
        let path = self.page(&format!("/record{rest}"));
        self.clinic.clinician.post_form(&path, form).await
    }

    async fn exams(&self) -> Vec<serde_json::Value> {
        let all = self.get(&self.path("/exams")).await;
        all["exams"].as_array().unwrap().clone()
    }
}

/// The six items of a foot, rated so.
fn foot(side: &str, items: [i8; 6]) -> String {
    let fields = items
        .iter()
        .enumerate()
        .map(|(item, value)| format!("fpi-{side}-{item}={value}"));
    fields.collect::<Vec<_>>().join("&")
}

async fn an_exam_is_entered_with_a_mistake_first_and_nothing_typed_is_lost(database: Database) {
    let scene = Scene::set(database).await;
    let left = foot("left", [2, 2, 1, 1, 1, 0]);
    let wrong = format!(
        "date=2026-03-02&{left}&fpi-right-0=1&leg-method=blocks&leg-left=88&leg-right=874%2C5&arch-left-drop=55&\
         rom-passive-knee_flexion-left=200&note=Stiff"
    );
    let refused = scene.enter("/exam", &wrong).await;
    assert_eq!(refused.status, 400);
    let page = refused.text();
    for words in [
        "id=\"fpi-right-error\"",
        "Rate all six items of this foot, or none.",
        "id=\"leg-left-error\"",
        "The length must be between 300 and 1400.",
        "id=\"arch-left-drop-error\"",
        "The drop must be between 0 and 40.",
        "id=\"rom-passive-knee_flexion-left-error\"",
        "The angle must be between 0 and 165.",
        "4 fields need another look",
        // What was typed is there still.
        "value=\"874,5\"",
        "+7, pronated",
        ">Stiff</textarea>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(scene.exams().await.is_empty(), "nothing is half written");

    let right = foot("right", [-1, 0, 0, 0, 0, 0]);
    let mended = format!(
        "date=2026-03-02&{left}&{right}&leg-method=blocks&leg-left=880&leg-right=874%2C5&leg-error=2&arch-left-drop=9&\
         rom-passive-knee_flexion-left=130&rom-active-knee_flexion-left=120&note=Stiff"
    );
    let done = scene.enter("/exam", &mended).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, scene.page("/record?done=recorded").as_str())
    );
    let exam = &scene.exams().await[0];
    assert_eq!(exam["physical"]["leg_length"]["error_mm"], json!(2.0));
    assert_eq!(
        exam["physical"]["motions"][1],
        json!({ "movement": "knee_flexion", "side": "left", "degrees": 120.0, "active": true })
    );
    let page = scene.read("/record?done=recorded").await;
    for words in [
        "Left foot, Foot Posture Index: +7, pronated (items +2, +2, +1, +1, +1, 0)",
        "Right foot, Foot Posture Index: −1, supinated",
        "right shorter by 5.5 ± 2 mm (blocks",
        "navicular drop 9 mm",
        "Knee flexion, left: 130° passive",
        "Knee flexion, left: 120° active",
        "Recorded by Test Clinician 01",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

async fn a_correction_is_another_record_and_only_the_newest_can_be_corrected(database: Database) {
    let scene = Scene::set(database).await;
    let form = format!("date=2026-03-01&{}", foot("left", [1; 6]));
    scene.enter("/exam", &form).await;
    let first = scene.exams().await[0]["id"].as_str().unwrap().to_owned();
    let begun = scene.read(&format!("/record/exam?replaces={first}")).await;
    assert!(
        begun.contains("+6, pronated") && begun.contains(&format!("value=\"{first}\"")),
        "{begun}"
    );
    let corrected = format!("replaces={first}&date=2026-03-01&{}", foot("left", [0; 6]));
    assert_eq!(scene.enter("/exam", &corrected).await.status, 303);
    let page = scene.read("/record").await;
    assert!(page.contains("Corrected by Test Clinician 01"), "{page}");
    assert!(
        page.contains("+0, neutral") || page.contains("0, neutral"),
        "{page}"
    );
    assert_eq!(page.matches("counts no longer</span>").count(), 1);
    assert_eq!(
        page.matches(">Correct<").count(),
        1,
        "what is replaced is not corrected again"
    );
    let again = scene.enter("/exam", &corrected).await;
    assert_eq!(again.status, 409, "{}", again.text());
    let unknown = footing_tests::example::id("exm", 9);
    let foreign = format!("replaces={unknown}&{form}");
    assert_eq!(scene.enter("/exam", &foreign).await.status, 400);
    assert_eq!(scene.exams().await.len(), 2);
}

async fn a_finding_on_an_image_says_where_it_is_kept(database: Database) {
    let scene = Scene::set(database).await;
    let refused = scene
        .enter(
            "/imaging",
            "date=2026-03-03&region=left+foot&text=Tilted+by+4%C2%B0",
        )
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.text().contains("Choose how the image was made.")
            && refused.text().contains("Tilted by 4°")
    );
    let future = scene
        .enter(
            "/imaging",
            "date=2026-03-03&modality=ct&region=left+foot&text=Tilted",
        )
        .await;
    assert!(
        future.text().contains("id=\"date-error\""),
        "{}",
        future.text()
    );
    let form =
        "date=2026-03-01&modality=ct&region=left+foot&text=Tilted%0D%0Aby+4%C2%B0&reference=PACS-1";
    assert_eq!(scene.enter("/imaging", form).await.status, 303);
    let page = scene.read("/record").await;
    for words in [
        "Computed tomography, left foot",
        "Tilted by 4°",
        "Kept as: PACS-1",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

/// S17: what follows from new orthotics is said at once, and stays beside the event.
async fn new_orthotics_begin_anew_and_the_page_says_so(database: Database) {
    let scene = Scene::set(database).await;
    let wrong = scene
        .enter("/event", "kind=visit&date=2026-03-01&orthotic=custom")
        .await;
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.text().contains("id=\"orthotic-error\"") && wrong.text().contains("value=\"custom\"")
    );
    let done = scene
        .enter(
            "/event",
            "kind=orthotic_issued&date=2026-03-01&orthotic=custom",
        )
        .await;
    assert_eq!(done.status, 303, "{}", done.text());
    let shown = scene
        .clinic
        .clinician
        .get(done.header("location"))
        .await
        .text();
    let status = shown
        .split("role=\"status\"")
        .nth(1)
        .unwrap()
        .split("</div>")
        .next()
        .unwrap();
    for words in [
        "Orthotics handed over",
        "baselines begin anew",
        "A comparison of before and after is open: 0 of 5 valid days before, 0 of 5 after",
    ] {
        assert!(status.contains(words), "{words}: {status}");
    }
    let effects = scene.get(&scene.path("/effects")).await;
    assert_eq!(effects["effects"][0]["state"], json!("collecting"));
    let plain = scene.enter("/event", "kind=fall&date=2026-03-02").await;
    let shown = scene
        .clinic
        .clinician
        .get(plain.header("location"))
        .await
        .text();
    let status = shown
        .split("role=\"status\"")
        .nth(1)
        .unwrap()
        .split("</div>")
        .next()
        .unwrap();
    assert!(
        !status.contains("baselines"),
        "a fall resets nothing: {status}"
    );

    let events = scene.get(&scene.path("/events")).await;
    let orthotic = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["kind"] == json!("orthotic_issued"))
        .unwrap();
    let id = orthotic["id"].as_str().unwrap();
    let back = scene.enter(&format!("/events/{id}/retract"), "").await;
    assert_eq!(back.status, 303);
    let page = scene.read("/record?done=retracted").await;
    assert!(
        page.contains("it counts nowhere") && !page.contains("baselines begin anew"),
        "{page}"
    );
}

async fn the_head_says_who_and_when_and_the_team_is_changed_there(database: Database) {
    let scene = Scene::set(database).await;
    let page = scene.read("").await;
    for words in [
        "Episode 1",
        "since Mon 2 Mar 2026, day 1",
        "by the patient; text 1",
        "Test Clinician 01",
        "Deputy: nobody",
        "Europe/Berlin (UTC+01:00)",
        "Push works",
        "none yet",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let same = format!("owner={0}&deputy={0}", scene.admin);
    let refused = scene
        .clinic
        .clinician
        .post_form(&scene.page("/team"), &same)
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.text().contains("id=\"deputy-error\"")
            && refused.text().contains("must be another than the owner")
    );
    let form = format!("owner={}&deputy={}", scene.other, scene.admin);
    let done = scene
        .clinic
        .clinician
        .post_form(&scene.page("/team"), &form)
        .await;
    assert_eq!(done.status, 303, "{}", done.text());
    let page = scene.read("?done=team").await;
    assert!(
        page.contains("Test Clinician 02<br>") && page.contains("Deputy: Test Clinician 01"),
        "{page}"
    );
    let receipt = json!({ "receipts": [{ "message_id": "0".repeat(32), "kind": "displayed", "at": "2026-03-02T06:00:00Z" }] });
    scene.phone.post("/v1/me/receipts", &receipt).await;
    let checkin = json!({ "checkins": [{ "id": footing_tests::example::id("chk", 1), "taken_at": "2026-03-02T06:00:00Z", "back_pain": 2 }] });
    scene
        .phone
        .post("/v1/me/checkins", &checkin)
        .await
        .expect(200);
    let page = scene.read("").await;
    let app = page.split("Last word from the app").nth(1).unwrap();
    let app = app.split("</dd>").next().unwrap();
    assert!(
        app.contains("heard") && app.contains("just now, Mon 2 Mar 2026, 07:00"),
        "{app}"
    );
}

footing_tests::on_both_engines!(
    an_exam_is_entered_with_a_mistake_first_and_nothing_typed_is_lost,
    a_correction_is_another_record_and_only_the_newest_can_be_corrected,
    a_finding_on_an_image_says_where_it_is_kept,
    new_orthotics_begin_anew_and_the_page_says_so,
    the_head_says_who_and_when_and_the_team_is_changed_there,
);

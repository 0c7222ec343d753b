//! The clinic's thresholds: shown, checked, and what the rules go by.

use footing_tests::{Clinic, Database};
use serde_json::json;

use super::{STRETCH, Scene, after};

const PATH: &str = "/v1/clinic/settings";

async fn a_clinic_sets_its_own_thresholds_and_they_hold_at_once(database: Database) {
    let scene = Scene::set(database).await;
    let clinician = &scene.clinic.clinician;
    let mut settings = clinician.get(PATH).await.expect(200);
    assert_eq!(
        settings["pain"]["spike_from"],
        json!(7),
        "every default is shown"
    );
    settings["pain"]["spike_from"] = json!(9);
    let kept = clinician.put(PATH, &settings).await.expect(200);
    assert_eq!(kept, settings);
    assert_eq!(clinician.get(PATH).await.expect(200), settings);
    assert_eq!(scene.audit("clinic.settings"), ["clinic.settings"]);

    scene.server.advance("2026-03-02T08:00:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    scene
        .take(after(1, "2026-03-02T08:00:00Z", &stretch, 4, 8))
        .await;
    assert_eq!(
        scene.alerts(),
        ["stop_rule:calf-wall-stretch open 1"],
        "8 is no spike here"
    );

    let other = Clinic::open(&scene.server, "abroad").await;
    let theirs = other.clinician.get(PATH).await.expect(200);
    assert_eq!(
        theirs["pain"]["spike_from"],
        json!(7),
        "another clinic has its own"
    );
}

async fn thresholds_that_make_no_sense_are_refused(database: Database) {
    let scene = Scene::set(database).await;
    let clinician = &scene.clinic.clinician;
    let before = clinician.get(PATH).await.expect(200);
    for (field, value, pointer) in [
        ("spike_from", json!(11), "/pain/spike_from"),
        ("spike_from", json!(4), "/pain/spike_from"),
        ("rest_h", json!(0), "/pain/rest_h"),
        ("later_through_h", json!(2), "/pain/later_through_h"),
        ("rest_h", json!("48"), "/pain/rest_h"),
        ("sparkle", json!(1), "/pain"),
    ] {
        let mut wrong = before.clone();
        wrong["pain"][field] = value.clone();
        let reply = clinician.put(PATH, &wrong).await;
        let told = &reply.expect(400)["errors"][0]["pointer"];
        assert_eq!(told, &json!(pointer), "{field} {value}");
    }
    assert_eq!(clinician.get(PATH).await.expect(200), before);
}

footing_tests::on_both_engines!(
    a_clinic_sets_its_own_thresholds_and_they_hold_at_once,
    thresholds_that_make_no_sense_are_refused,
);

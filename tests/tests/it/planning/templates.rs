//! Templates of a clinic: written, changed, retired, applied; never another clinic's.

use footing_tests::example::plan_item;
use footing_tests::{Clinic, Database};
use serde_json::{Value, json};

use super::{Scene, page};

fn written(name: &str) -> Value {
    json!({
        "name": name,
        "reason": "Strength of the foot after a long winter",
        "evidence": "practice",
        "source": "Our choice",
        "lines": [
            { "exercise": "short-foot", "recurrence": { "kind": "daily" }, "windows": [{ "at": "09:00" }], "for_days": 28 },
            { "exercise": "heel-raise", "recurrence": { "kind": "times_per_week", "times": 3 },
              "windows": [{ "at": "18:00" }], "starts_after_days": 7 },
        ],
    })
}

async fn a_template_is_written_changed_and_retired_and_keeps_its_versions(database: Database) {
    let scene = Scene::set(database).await;
    let clinician = &scene.clinic.clinician;
    let made = clinician
        .post("/v1/plan-templates", &written("Winter feet"))
        .await
        .expect(201);
    let path = format!("/v1/plan-templates/{}", made["id"].as_str().unwrap());
    assert_eq!(
        (&made["version"], &made["owner"]),
        (&json!("1"), &json!("clinic"))
    );
    let mut next = written("Spring feet");
    next["base_version"] = json!(1);
    assert_eq!(
        clinician.put(&path, &next).await.expect(200)["version"],
        json!("2")
    );
    // Somebody who looked at version 1 is told, and nothing is written.
    let stale = clinician.put(&path, &next).await.expect(409);
    assert_eq!(stale["conflict"]["current_version"], json!(2), "{stale}");
    let list = clinician.get("/v1/plan-templates").await.expect(200);
    let all = list["templates"].as_array().unwrap();
    assert_eq!(
        all[0]["name"],
        json!("Spring feet"),
        "the clinic's own come first"
    );
    let built_in = all.iter().filter(|one| one["owner"] == "built_in").count();
    assert_eq!(built_in, all.len() - 1);
    for one in all {
        for field in ["reason", "evidence", "source"] {
            assert!(!one[field].as_str().unwrap().is_empty(), "{one}");
        }
    }
    let gone = clinician.send("DELETE".parse().unwrap(), &path, None).await;
    assert_eq!(gone.status, 204);
    let retired = clinician.get(&path).await.expect(200);
    assert_eq!(
        (&retired["retired"], &retired["version"]),
        (&json!(true), &json!("3"))
    );
    let editor = page(&clinician.get(&scene.page("/plan")).await, 200);
    assert!(
        !editor.contains("Spring feet"),
        "what is retired is not offered"
    );
}

async fn what_is_wrong_with_a_template_is_named(database: Database) {
    let scene = Scene::set(database).await;
    let clinician = &scene.clinic.clinician;
    let mut wrong = written("Wrong");
    wrong["lines"][0]["for_days"] = json!(0);
    wrong["lines"][1]["exercise"] = json!("juggling");
    let refused = clinician
        .post("/v1/plan-templates", &wrong)
        .await
        .expect(400);
    let pointers: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/lines/0/for_days", "/lines/1/exercise"]);
    let none = clinician
        .post(
            "/v1/plan-templates",
            &json!({ "name": "x", "reason": "x", "evidence": "x", "source": "x", "lines": [] }),
        )
        .await
        .expect(400);
    assert_eq!(none["errors"][0]["pointer"], json!("/lines"));
    let form = "name=&reason=Feet&evidence=practice&source=ours&rows=1&r0-exercise=short-foot&r0-kind=daily\
        &r0-starts_on=soon&r0-t0-at=09%3A00";
    let again = clinician.post_form("/templates", form).await;
    let html = page(&again, 400);
    for words in [
        "The name must have 1 to 80 characters.",
        "Days until the first must be 0 to 730.",
        "value=\"soon\"",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
}

async fn another_clinics_template_is_not_there(database: Database) {
    let scene = Scene::set(database).await;
    let made = scene
        .clinic
        .clinician
        .post("/v1/plan-templates", &written("Winter feet"))
        .await
        .expect(201);
    let id = made["id"].as_str().unwrap();
    let other = Clinic::open(&scene.server, "other").await.clinician;
    let path = format!("/v1/plan-templates/{id}");
    let mut next = written("Taken");
    next["base_version"] = json!(1);
    assert_eq!(other.get(&path).await.status, 404);
    assert_eq!(other.put(&path, &next).await.status, 404);
    assert_eq!(
        other
            .send("DELETE".parse().unwrap(), &path, None)
            .await
            .status,
        404
    );
    for path in [format!("/templates/{id}"), format!("/templates/{id}/edit")] {
        assert_eq!(other.get(&path).await.status, 404);
    }
    let form = other
        .post_form(&format!("/templates/{id}/edit"), "name=&rows=0")
        .await;
    assert_eq!(form.status, 404, "before anything is said of the form");
    let list = other.get("/v1/plan-templates").await.expect(200);
    assert!(!list.to_string().contains("Winter feet"));
}

async fn the_form_writes_what_the_page_shows(database: Database) {
    let scene = Scene::set(database).await;
    let clinician = &scene.clinic.clinician;
    let form = "name=Winter+feet&reason=Feet&evidence=practice&source=ours&rows=1&r0-exercise=short-foot&r0-kind=daily\
        &r0-starts_on=3&r0-ends_on=14&r0-t0-at=09%3A00";
    let saved = clinician.post_form("/templates", form).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let to = saved.header("location");
    let shown = page(&clinician.get(to.split('?').next().unwrap()).await, 200);
    assert!(shown.contains("after 3 days, for 14 days"), "{shown}");
    let edit = to.split('?').next().unwrap().to_owned() + "/edit";
    assert!(page(&clinician.get(&edit).await, 200).contains("value=\"14\""));
    let stale = clinician
        .post_form(&edit, &format!("{form}&base_version=0"))
        .await;
    let html = page(&stale, 409);
    assert!(
        html.contains("Not saved: somebody changed the template meanwhile."),
        "{html}"
    );
    let fresh = clinician
        .post_form(&edit, &format!("{form}&base_version=1"))
        .await;
    assert_eq!(fresh.status, 303);
}

async fn applying_one_fills_the_editor_and_publishes_nothing(database: Database) {
    let scene = Scene::set(database).await;
    let clinician = &scene.clinic.clinician;
    let mut own = plan_item("short-foot", &["07:00"]);
    own["dose"] = json!({ "sets": 1, "reps": 5 });
    scene.publish(0, &[own]).await;
    let typed = "base_version=1&rows=1&note=kept&r0-exercise=short-foot&r0-kind=daily&r0-starts_on=2026-03-02\
        &r0-t0-at=07%3A00&r0-sets=2&r0-reps=oops&action=template&template=foot-strength";
    let filled = clinician.post_form(&scene.page("/plan"), typed).await;
    let html = page(&filled, 200);
    for words in [
        "2 lines were added from the template “Arch: foot strength”. Nothing is published yet.",
        "The plan has already, left as it is: Short-foot exercise.",
        "value=\"oops\"",
        ">kept</textarea>",
        "value=\"2026-04-26\"",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    assert_eq!(scene.get("/plan").await["version"], json!(1));
}

footing_tests::on_both_engines!(
    a_template_is_written_changed_and_retired_and_keeps_its_versions,
    what_is_wrong_with_a_template_is_named,
    another_clinics_template_is_not_there,
    the_form_writes_what_the_page_shows,
    applying_one_fills_the_editor_and_publishes_nothing,
);

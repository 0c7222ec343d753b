//! S18: why a score is what it is, and the same number again from what is stored.

use footing_tests::example::{Walk, walk, with_orthotic};
use footing_tests::{Database, Raw};
use serde_json::{Value, json};

use super::Scene;

fn explain(session: &Value) -> String {
    format!(
        "/insole-sessions/{}/explain",
        session["session_id"].as_str().unwrap()
    )
}

async fn a_score_is_explained_and_reproduced_to_the_last_bit(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .upload(&[walk(1, "2026-03-02T05:00:00Z", Walk::SparingRight, 0)])
        .await;
    let session = scene.newest().await;
    let why = scene.see(&explain(&session)).await;
    assert_eq!(why["reproduced"], json!(true));
    let bits = |value: &Value| value.as_f64().unwrap().to_bits();
    assert_eq!(bits(&why["score"]["points"]), bits(&session["score"]));
    assert_eq!(why["version"]["engine"], session["engine_version"]);
    assert!(why.get("current").is_none(), "one version only");
    assert_eq!(why["inputs"]["sessions"], json!([session["session_id"]]));
    assert!(why["inputs"]["steps"]["left"].as_u64().unwrap() > 90);
    let parts = why["contributions"].as_array().unwrap();
    assert_eq!(parts.len(), 9);
    for part in parts {
        let sign = part["z"].as_f64().unwrap();
        let expected = if sign > 0.0 { "above" } else { "below" };
        assert_eq!(part["sign"], json!(expected));
        // Signed values enter by their size.
        let (value, band) = (part["value"].as_f64().unwrap().abs(), &part["band"]);
        let inside =
            value >= band["low"].as_f64().unwrap() && value <= band["high"].as_f64().unwrap();
        assert_eq!(inside, sign.abs() <= 1.0, "{part}");
    }
    assert!(
        why["reference"]["source"]
            .as_str()
            .unwrap()
            .contains("PhysioNet")
    );
    assert_eq!(why["would_raise"].as_array().unwrap().len(), 2);

    let mine = scene
        .phone
        .get(&format!("/v1/me{}", explain(&session)))
        .await
        .expect(200);
    assert_eq!(mine["reproduced"], json!(true));
    assert_eq!(mine["made_of"].as_array().unwrap().len(), 9);
    let plain = mine.to_string();
    for hidden in ["\"z\"", "band", "limit", "mdc", "_pct", "share"] {
        assert!(!plain.contains(hidden), "{hidden}: {plain}");
    }
}

async fn a_session_without_a_score_says_what_would_bring_one_about(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .upload(&[walk(1, "2026-03-02T05:00:00Z", Walk::LeftInsoleDead, 0)])
        .await;
    let session = scene.newest().await;
    let why = scene.see(&explain(&session)).await;
    assert_eq!(
        (&why["score"], &why["contributions"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(why["reasons"][0]["code"], json!("one_side"));
    assert_eq!(
        why["would_raise"],
        json!(["Check that both insoles are charged and connected."])
    );
    assert_eq!(why["reproduced"], json!(true));
    let mine = scene
        .phone
        .get(&format!("/v1/me{}", explain(&session)))
        .await
        .expect(200);
    assert_eq!(mine["score"], Value::Null);
    assert!(
        mine["sentences"][0]
            .as_str()
            .unwrap()
            .contains("only one insole saw steps")
    );
}

async fn a_withheld_score_comes_back_as_it_was_when_its_reason_goes(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .upload(&[walk(1, "2026-03-02T05:00:00Z", Walk::Usual, 0)])
        .await;
    let before = scene.newest().await;
    let body = json!({ "kind": "orthotic_issued", "date": "2026-02-20", "orthotic_id": "custom" });
    let event = scene.event(&body).await;
    scene.server.settle().await;
    assert_eq!(scene.newest().await["reasons"], json!(["unknown_footwear"]));
    let path = format!("/v1/patients/{}/events/{event}", scene.patient);
    scene
        .clinic
        .clinician
        .send(reqwest::Method::DELETE, &path, None)
        .await
        .expect(204);
    scene.server.settle().await;
    assert_eq!(scene.newest().await, before);
    let why = scene.see(&explain(&before)).await;
    assert_eq!(why["reproduced"], json!(true));
}

async fn another_engine_stands_beside_and_rewrites_nothing(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .upload(&[with_orthotic(
            walk(1, "2026-03-02T05:00:00Z", Walk::Usual, 0),
            "custom",
        )])
        .await;
    // As an older engine would have left it.
    let mut raw = Raw::connect(&scene.database);
    raw.execute(
        "UPDATE insole_sessions SET engine_version = '0.0.1', score = 71.5, score_se = 6.25,
         assessment = '{\"engine_version\":\"0.0.1\",\"score\":{\"value\":{\"points\":71.5,\"display\":71.5,\"se\":6.25,\"smallest_change\":17.3,\"n\":90},\"coverage\":6,\"components_total\":9,\"components\":[]},\"observations\":[]}'",
    )
    .unwrap();
    scene.server.settle().await;
    let session = scene.newest().await;
    let why = scene.see(&explain(&session)).await;
    assert_eq!(
        (&why["score"]["points"], &why["reproduced"]),
        (&json!(71.5), &Value::Null)
    );
    assert_eq!(why["version"]["engine"], json!("0.0.1"));
    let current = &why["current"];
    assert!(current["score"]["points"].as_f64().unwrap() > 80.0);
    assert_eq!(current["contributions"].as_array().unwrap().len(), 9);
    assert_eq!(
        scene.newest().await["score"],
        json!(71.5),
        "looking changes nothing"
    );
}

async fn a_number_that_is_not_of_its_inputs_is_found_out(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .upload(&[walk(1, "2026-03-02T05:00:00Z", Walk::Usual, 0)])
        .await;
    let session = scene.newest().await;
    let almost = f64::from_bits(session["score"].as_f64().unwrap().to_bits() + 1);
    let mut raw = Raw::connect(&scene.database);
    raw.execute(&format!("UPDATE insole_sessions SET score = {almost:?}"))
        .unwrap();
    let why = scene.see(&explain(&session)).await;
    assert_eq!(why["reproduced"], json!(false), "one bit");
}

footing_tests::on_both_engines!(
    a_score_is_explained_and_reproduced_to_the_last_bit,
    a_session_without_a_score_says_what_would_bring_one_about,
    a_withheld_score_comes_back_as_it_was_when_its_reason_goes,
    another_engine_stands_beside_and_rewrites_nothing,
    a_number_that_is_not_of_its_inputs_is_found_out,
);

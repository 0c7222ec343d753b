//! A plan seen day by day before it is published, and versions side by side.

use footing_tests::Database;
use footing_tests::example::plan_item;
use serde_json::{Value, json};

use super::{Scene, page};

fn typed(base_version: i64) -> Value {
    let mut walk = plan_item("cat-camel", &["09:00", "20:00"]);
    walk["recurrence"] = json!({ "kind": "every_n_days", "n_days": 3 });
    let stretch = plan_item("calf-wall-stretch", &["08:00", "21:00"]);
    json!({ "base_version": base_version, "items": [stretch, walk] })
}

/// Date, time, exercise and dose of what a preview says will be asked, by date.
fn shown(preview: &Value, through: &str) -> Vec<[String; 4]> {
    let mut all = Vec::new();
    for day in preview["days"].as_array().unwrap() {
        let date = day["date"].as_str().unwrap();
        if date > through {
            continue;
        }
        for ask in day["asks"].as_array().unwrap() {
            if ask["change"] != "withdrawn" {
                let [time, exercise, dose] = ["time", "exercise", "dose"]
                    .map(|field| ask[field].as_str().unwrap().to_owned());
                all.push([date.to_owned(), time, exercise, dose]);
            }
        }
    }
    all
}

/// The promise of a preview: what it shows is what comes, through a pause, with what was due already, and nothing is stored.
async fn what_a_preview_shows_is_what_publishing_brings(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .publish(0, &[plan_item("calf-wall-stretch", &["07:30", "18:00"])])
        .await;
    scene.server.settle().await;
    scene.server.advance("2026-03-02T11:00:00Z").await;
    let pause = json!({ "from": "2026-03-05", "through": "2026-03-06", "reason": "holiday", "resume": "automatic" });
    scene.post("/pauses", &pause).await.expect(201);
    let before = scene.asked("2026-03-02", "2026-03-09").await;
    let preview = scene.post("/plan/preview", &typed(1)).await.expect(200);
    assert_eq!(
        scene.asked("2026-03-02", "2026-03-09").await,
        before,
        "nothing is stored"
    );
    assert_eq!(scene.get("/plan").await["version"], json!(1));
    assert_eq!(preview["days"].as_array().unwrap().len(), 14);
    assert_eq!(preview["days"][3]["paused"], json!("holiday"));
    let today: Vec<(&str, &str)> = preview["days"][0]["asks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ask| {
            (
                ask["time"].as_str().unwrap(),
                ask["change"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        today,
        [
            ("07:30", "stays"),
            ("18:00", "withdrawn"),
            ("20:00", "added"),
            ("21:00", "added")
        ]
    );
    scene
        .clinic
        .clinician
        .put(&scene.path("/plan"), &typed(1))
        .await
        .expect(200);
    scene.server.settle().await;
    let promised = shown(&preview, "2026-03-09");
    assert!(promised.len() > 20, "{promised:?}");
    assert_eq!(scene.asked("2026-03-02", "2026-03-09").await, promised);
}

async fn what_would_refuse_a_version_refuses_its_preview(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .publish(0, &[plan_item("calf-wall-stretch", &["08:00"])])
        .await;
    let stale = scene.post("/plan/preview", &typed(0)).await.expect(409);
    assert_eq!(stale["conflict"]["current_version"], json!(1), "{stale}");
    let mut broken = typed(1);
    broken["items"][0]["dose"]["sets"] = json!(99);
    let refused = scene.post("/plan/preview", &broken).await.expect(400);
    assert_eq!(refused["errors"][0]["pointer"], json!("/items/0/dose/sets"));
    scene
        .post("/consent/withdraw", &json!({}))
        .await
        .expect(200);
    scene.post("/plan/preview", &typed(1)).await.expect(409);
}

const FORM: &str = "base_version=1&rows=2&note=Mornings+%26+evenings&r0-exercise=calf-wall-stretch&r0-kind=daily\
    &r0-starts_on=2026-03-02&r0-t0-at=08%3A00&r1-exercise=cat-camel&r1-kind=weekdays&r1-weekday=Mon&r1-weekday=Thu\
    &r1-starts_on=2026-03-02&r1-t0-at=20%3A00";

/// The hidden fields of a page, as a browser would send them back.
fn hidden(html: &str) -> String {
    let fields = html.split("<input type=\"hidden\" name=\"").skip(1);
    let pairs = fields.map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"").unwrap();
        let value = rest.split_once("\">").unwrap().0;
        let value = value.replace("&#38;", "&").replace("&#34;", "\"");
        format!("{name}={}", urlencoded(&value))
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn urlencoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn the_page_keeps_what_was_typed_until_it_is_published(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .publish(0, &[plan_item("calf-wall-stretch", &["08:00"])])
        .await;
    let clinician = &scene.clinic.clinician;
    let path = scene.page("/plan");
    let preview = clinician
        .post_form(&path, &format!("{FORM}&action=preview"))
        .await;
    let html = page(&preview, 200);
    for words in [
        "Nothing is published yet",
        "Monday 2 March 2026",
        "Cat and camel",
        "new</span>",
        "What is different from version 1",
        "Europe/Berlin (UTC+01:00)",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    assert_eq!(scene.get("/plan").await["version"], json!(1));
    let fields = hidden(&html);
    let back = clinician
        .post_form(&path, &format!("{fields}&action=edit"))
        .await;
    let editor = page(&back, 200);
    assert!(
        editor.contains("Mornings &#38; evenings</textarea>"),
        "{editor}"
    );
    let published = clinician
        .post_form(&path, &format!("{fields}&action=publish"))
        .await;
    assert_eq!(published.status, 303, "{}", published.text());
    let plan = scene.get("/plan").await;
    assert_eq!(plan["version"], json!(2));
    assert_eq!(plan["note"], json!("Mornings & evenings"));
    assert_eq!(
        plan["items"][1]["recurrence"]["weekdays"],
        json!(["mon", "thu"])
    );
    let wrong = FORM.replace("r0-t0-at=08%3A00", "r0-t0-at=");
    let again = clinician
        .post_form(&path, &format!("{wrong}&action=preview"))
        .await;
    let html = page(&again, 400);
    assert!(html.contains("Give at least one time of day."), "{html}");
}

async fn versions_are_listed_and_shown_side_by_side(database: Database) {
    let scene = Scene::set(database).await;
    let mut stretch = plan_item("calf-wall-stretch", &["08:00"]);
    scene.publish(0, std::slice::from_ref(&stretch)).await;
    stretch["dose"]["sets"] = json!(2);
    scene
        .publish(1, &[stretch, plan_item("cat-camel", &["20:00"])])
        .await;
    let clinician = &scene.clinic.clinician;
    let list = page(&clinician.get(&scene.page("/plan/versions")).await, 200);
    assert!(list.contains("/plan/versions/1/2"), "{list}");
    let both = page(&clinician.get(&scene.page("/plan/versions/1/2")).await, 200);
    for words in [
        "3 × 30 s each side",
        "<strong>2 × 30 s each side</strong>",
        "Cat and camel",
    ] {
        assert!(both.contains(words), "{words}: {both}");
    }
    assert!(
        !both.contains("First day</th><td>Monday 2 March 2026</td><td>Monday"),
        "what is alike is left out: {both}"
    );
    let none = clinician.get(&scene.page("/plan/versions/1/9")).await;
    assert_eq!(none.status, 404);
}

footing_tests::on_both_engines!(
    what_a_preview_shows_is_what_publishing_brings,
    what_would_refuse_a_version_refuses_its_preview,
    the_page_keeps_what_was_typed_until_it_is_published,
    versions_are_listed_and_shown_side_by_side,
);

//! Measures, their parts, and what progression reads.

use footing_server::adherence;
use footing_server::rt::spawn::Blocking;
use footing_server::store::types::{PatientId, TenantId};
use footing_server::store::{Scope, Store, StoreOptions};
use footing_tests::clinic::text;
use footing_tests::example::{done, plan_item};
use footing_tests::{Database, Raw};
use serde_json::json;

use super::{Scene, TOKEN};

async fn each_measure_comes_with_what_it_was_made_from(database: Database) {
    let scene = Scene::set(database, &["08:00", "20:00"], Some(TOKEN)).await;
    let first = scene.ids("2026-03-02").await;
    let second = scene.ids("2026-03-03").await;
    scene.server.advance("2026-03-03T08:00:00Z").await;
    let mut more = done(2, &first[1], "2026-03-02T19:00:00Z");
    more["kind"] = json!("partial");
    more["done_amount"] = json!(270);
    let mut part = done(3, &second[0], "2026-03-03T07:30:00Z");
    part["kind"] = json!("partial");
    part["done_amount"] = json!(90);
    let late = done(1, &first[0], "2026-03-02T13:00:00Z");
    assert_eq!(scene.answer(&[late, more, part]).await, ["applied"; 3]);

    let all = scene.adherence("?from=2026-03-02&through=2026-03-03").await;
    // Late counts as done, half of a dose as half, what is open not yet.
    assert_eq!(
        (&all["numerator"], &all["denominator"]),
        (&json!(2.5), &json!(3))
    );
    assert_eq!(
        (&all["late"], &all["open"], &all["excused"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_eq!(all["undeliverable"], json!(0));
    assert_eq!(
        (&all["from"], &all["through"]),
        (&json!("2026-03-02"), &json!("2026-03-03"))
    );
    assert_eq!(all["zones"], json!(["Europe/Berlin"]));
    assert_eq!(all["plan_versions"], json!([1]));
    assert_eq!(all["rule_version"], json!("adherence-2"));
    let on_time = &all["on_time"];
    assert_eq!(
        (&on_time["numerator"], &on_time["denominator"]),
        (&json!(1.0), &json!(2.0))
    );
    // 180 s late, 270 s where 180 were asked, 90 s of 180.
    let dose = &all["dose"];
    assert_eq!(
        (&dose["numerator"], &dose["denominator"]),
        (&json!(450.0), &json!(540.0))
    );
    assert_eq!(dose["by_unit"][0]["unit"], json!("hold_seconds"));
    assert_eq!(dose["by_unit"][0]["over"], json!(90.0));
    assert!(
        (dose["over_pct"].as_f64().unwrap() - 16.67).abs() < 0.01,
        "{dose}"
    );
    // The second day is not over: the first is covered, one of one.
    let covered = &all["days_covered"];
    assert_eq!(
        (&covered["numerator"], &covered["denominator"]),
        (&json!(1.0), &json!(1.0))
    );
    assert_eq!(
        all["streak"]["days"],
        json!(0),
        "half a dose ends the row of days"
    );
    assert_eq!(all["strength"]["reason"], json!("too_early"));
    assert!(all.get("groups").is_none());

    let mine = scene
        .phone
        .get("/v1/me/adherence?from=2026-03-02&through=2026-03-03")
        .await;
    assert_eq!(mine.expect(200), all, "patient and clinician read the same");

    let page = scene
        .clinician()
        .await
        .get(&format!("/patients/{}", scene.patient))
        .await;
    assert!(
        page.text().contains("1 of 2 done on time"),
        "the page tells it"
    );
}

async fn parts_are_told_by_item_day_and_kind(database: Database) {
    let scene = Scene::set(database, &["08:00"], Some(TOKEN)).await;
    scene.server.advance("2026-03-02T13:00:00Z").await;
    let library = scene
        .clinician()
        .await
        .get("/v1/exercises")
        .await
        .expect(200);
    let mut known = library["exercise"].as_array().unwrap().iter();
    let other = known.find(|one| one["kind"] == json!("footwear")).unwrap();
    let habit = json!({
        "exercise": other["key"], "dose": { "sets": 1 }, "recurrence": { "kind": "daily" },
        "windows": [{ "at": "18:00" }], "starts_on": "2026-03-02",
    });
    let items = [plan_item("calf-wall-stretch", &["19:00"]), habit];
    scene.clinic.publish(&scene.patient, 1, &items).await;
    scene.server.advance("2026-03-03T06:00:00Z").await;
    let range = "?from=2026-03-02&through=2026-03-02";

    let whole = scene.adherence(range).await;
    assert_eq!(whole["plan_versions"], json!([1, 2]));
    assert_eq!(
        whole["dose"]["reason"],
        json!("mixed_units"),
        "seconds and times have no sum"
    );
    let items = scene.adherence(&format!("{range}&by=item")).await["groups"].clone();
    let exercises: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["exercise"].clone())
        .collect();
    let calf = json!("calf-wall-stretch");
    assert_eq!(
        exercises,
        [calf.clone(), other["key"].clone(), calf],
        "by when they were due"
    );
    assert!(text(&items[0], "item").starts_with("itm_"));
    assert_eq!(items[0]["plan_versions"], json!([1]));
    let kinds = scene.adherence(&format!("{range}&by=kind")).await["groups"].clone();
    let kinds: Vec<_> = kinds
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["kind"].clone(), one["denominator"].clone()))
        .collect();
    assert_eq!(
        kinds,
        [
            (json!("stretching"), json!(2)),
            (json!("footwear"), json!(1))
        ]
    );
    let days = scene
        .adherence("?from=2026-03-01&through=2026-03-03&by=day")
        .await["groups"]
        .clone();
    let days: Vec<_> = days
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["date"].clone())
        .collect();
    assert_eq!(
        days,
        [json!("2026-03-02"), json!("2026-03-03")],
        "a day without a plan has no row"
    );
}

async fn nobody_is_blamed_for_what_could_not_be_delivered_unseen(database: Database) {
    // The phone has no push token: no prompt of it can be delivered.
    let scene = Scene::set(database, &["08:00"], None).await;
    scene.server.advance("2026-03-02T07:00:00Z").await;
    let open = scene.adherence("?from=2026-03-02&through=2026-03-02").await;
    assert_eq!(
        (&open["undeliverable"], &open["open"]),
        (&json!(0), &json!(1)),
        "it is not missed yet"
    );
    scene.server.advance("2026-03-02T11:00:00Z").await;
    let missed = scene.adherence("?from=2026-03-02&through=2026-03-02").await;
    assert_eq!(
        (&missed["undeliverable"], &missed["missed"]),
        (&json!(1), &json!(1))
    );
}

async fn wrong_questions_are_told(database: Database) {
    let scene = Scene::set(database, &["08:00"], Some(TOKEN)).await;
    for (query, pointer) in [
        ("by=week", "?by"),
        ("from=2026-03-03&through=2026-03-02", "?from"),
        ("from=2025-01-01&through=2026-03-02", "?from"),
    ] {
        let path = format!("/v1/me/adherence?{query}");
        let body = scene.phone.get(&path).await.expect(400);
        assert_eq!(
            body["errors"][0]["pointer"],
            json!(pointer),
            "{query}: {body}"
        );
    }
    let year = "/v1/me/adherence?from=2025-01-27&through=2026-03-02";
    scene.phone.get(year).await.expect(200);
}

async fn progression_reads_how_an_exercise_went_at_its_level(database: Database) {
    let scene = Scene::set(database, &["08:00"], Some(TOKEN)).await;
    for (number, date) in ["2026-03-03", "2026-03-04"].iter().enumerate() {
        let one = scene.ids(date).await.remove(0);
        scene.server.advance(&format!("{date}T07:30:00Z")).await;
        let answer = done(
            u64::try_from(number).unwrap() + 1,
            &one,
            &format!("{date}T07:30:00Z"),
        );
        assert_eq!(scene.answer(&[answer]).await, ["applied"]);
    }
    scene.server.advance("2026-03-05T12:00:00Z").await;
    let now = scene.server.now();
    let options = StoreOptions {
        url: scene.database.url(),
        connections: 1,
    };
    let store = Store::open(&options, &Blocking::Threads).unwrap();
    let patient: PatientId = scene.patient.parse().unwrap();
    let tenant = Raw::connect(&scene.database).number("SELECT tenant_id AS value FROM patients");
    let facts = |exercise: &'static str, since: &str| {
        let since = since.parse().unwrap();
        store.read("facts", Scope::operator(TenantId(tenant)), move |tx| {
            adherence::facts(tx, patient, exercise, since, now)
        })
    };
    let at_level = facts("calf-wall-stretch", "2026-03-03").await.unwrap();
    assert_eq!(at_level.days_at_level, 2);
    assert_eq!(
        (at_level.adherence.numerator, at_level.adherence.denominator),
        (2.0, 3)
    );
    let other = facts("cat-camel", "2026-03-03").await.unwrap();
    assert_eq!(
        (other.adherence.value_pct, other.adherence.reason),
        (None, Some("nothing_due"))
    );
}

footing_tests::on_both_engines!(
    each_measure_comes_with_what_it_was_made_from,
    parts_are_told_by_item_day_and_kind,
    nobody_is_blamed_for_what_could_not_be_delivered_unseen,
    wrong_questions_are_told,
    progression_reads_how_an_exercise_went_at_its_level,
);

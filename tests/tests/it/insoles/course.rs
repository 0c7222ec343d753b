//! The pages of a patient's course and walking, as HTML: every value in words, unknown never zero, the kept score beside the
//! engine of now, before and after with the error.

use footing_tests::example::{Walk, done, id, lasting, plan_item, walk, with_orthotic};
use footing_tests::{Database, Raw, Reply};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde_json::json;

use super::Scene;

impl Scene {
    /// A page of the patient, as the clinician asks for it.
    async fn ask(&self, path: &str) -> Reply {
        let path = format!("/patients/{}{path}", self.patient);
        self.clinician().await.get(&path).await
    }

    /// A page of the patient.
    async fn page(&self, path: &str) -> String {
        let reply = self.ask(path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.text()
    }

    async fn answer(&self, number: u64, date: &str) {
        let path = format!("/v1/me/occurrences?from={date}&through={date}");
        let listed = self.phone.get(&path).await.expect(200);
        let occurrence = listed["occurrences"][0]["id"].as_str().unwrap();
        let answer = done(number, occurrence, &format!("{date}T05:45:00Z"));
        let body = json!({ "answers": [answer] });
        let told = self.phone.post("/v1/me/answers", &body).await.expect(200);
        assert_eq!(told["results"][0]["disposition"], json!("applied"));
    }

    async fn check_in(&self, number: u64, at: &str, back: u8) {
        let checkin = json!({ "id": id("chk", number), "taken_at": at, "back_pain": back });
        let body = json!({ "checkins": [checkin] });
        let told = self.phone.post("/v1/me/checkins", &body).await.expect(200);
        assert_eq!(told["results"][0]["disposition"], json!("created"));
    }
}

/// A text without its tags, spaces folded.
fn plain(html: &str) -> String {
    let mut text = String::new();
    for (place, part) in html.split('<').enumerate() {
        let after = part.split_once('>').map_or("", |(_, after)| after);
        text.push_str(if place == 0 { part } else { after });
        text.push(' ');
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The cells of the day of a course's table.
fn cells(html: &str, day: &str) -> Vec<String> {
    let table = html.split("class=\"course-days\"").nth(1).unwrap();
    let row = table
        .split("<tr>")
        .find(|row| row.contains(&format!("<th scope=\"row\">{day}")))
        .unwrap_or_else(|| panic!("no row of {day}"));
    row.split("<td>")
        .skip(1)
        .map(|cell| plain(cell.split("</td>").next().unwrap()))
        .collect()
}

fn orthotic(day: &str) -> serde_json::Value {
    json!({ "kind": "orthotic_issued", "date": day, "orthotic_id": "custom" })
}

/// A plan of one daily line, done on the 2nd and the 4th, missed on the 3rd, and more that happens.
async fn four_days(scene: &Scene) {
    let plan = [plan_item("calf-wall-stretch", &["08:00"])];
    scene.clinic.publish(&scene.patient, 0, &plan).await;
    scene.server.settle().await;
    scene.answer(1, "2026-03-02").await;
    scene.server.advance("2026-03-04T18:00:00Z").await;
    scene.answer(2, "2026-03-04").await;
    for (number, day, back) in [(1, 2, 6), (2, 3, 4), (3, 4, 3)] {
        scene
            .check_in(number, &format!("2026-03-0{day}T17:00:00Z"), back)
            .await;
    }
    let long = lasting(walk(1, "2026-03-03T09:00:00Z", Walk::Usual, 0), 90);
    let dead = walk(2, "2026-03-04T09:00:00Z", Walk::LeftInsoleDead, 0);
    scene.upload(&[long, dead]).await;
    scene.event(&orthotic("2026-03-04")).await;
    let fall = json!({ "kind": "fall", "date": "2026-03-04", "note": "<script>alert(1)</script>" });
    scene.event(&fall).await;
    scene.server.settle().await;
}

async fn every_value_stands_in_the_table_and_unknown_is_not_zero(database: Database) {
    let scene = Scene::set(database).await;
    four_days(&scene).await;
    let html = scene.page("/course").await;
    let day = |name: &str| cells(&html, name);
    // Pain, usual, done, strength, sessions, wear, what happened.
    let second = day("Mon 2 Mar");
    assert_eq!(second[0], "back 6");
    assert_eq!(second[1], "too few values");
    assert_eq!(second[2], "1 of 1");
    assert_eq!(second[3], "too early");
    assert_eq!(second[4], "no session");
    assert_eq!(second[5], "not known");
    assert_eq!(second[6], "Plan, version 1");
    let third = day("Tue 3 Mar");
    assert_eq!(
        (third[0].as_str(), third[2].as_str()),
        ("back 4", "0 of 1, 1 without a reminder that arrived"),
        "the phone takes no push"
    );
    assert!(
        third[4].contains('±') && third[4].ends_with("simulated"),
        "{third:?}"
    );
    assert!(third[5].starts_with("1.5 h, "), "{third:?}");
    let fourth = day("Wed 4 Mar");
    assert_eq!(fourth[1], "4 (3.5 to 5, n = 3)");
    assert!(
        fourth[4].contains("no index (only one insole saw steps)"),
        "{fourth:?}"
    );
    assert!(fourth[6].contains("Fall") && fourth[6].contains("Orthotics handed over (custom)"));
    let before = day("Sun 1 Mar");
    assert_eq!(
        (before[0].as_str(), before[2].as_str(), before[5].as_str()),
        ("not known", "nothing due", "not known")
    );
    assert!(!html.contains("<script>alert"), "a note is text");
}

async fn the_pictures_show_what_the_table_says(database: Database) {
    let scene = Scene::set(database).await;
    four_days(&scene).await;
    let html = scene.page("/course").await;
    let panel = |key: &str| {
        let from = html.split(&format!("data-panel=\"{key}\"")).nth(1).unwrap();
        from.split("</svg>").next().unwrap().to_owned()
    };
    let count = |key: &str, what: &str| panel(key).matches(what).count();
    assert_eq!(count("pain", "class=\"point\""), 3);
    assert_eq!(
        count("pain", "class=\"band\""),
        1,
        "from the third value on"
    );
    assert_eq!(
        (
            count("done", "class=\"bar\""),
            count("done", "class=\"bar none\"")
        ),
        (2, 1),
        "done, done; nothing done is not nothing due"
    );
    assert_eq!(
        (
            count("walking", "class=\"error-bar\""),
            count("walking", "class=\"no-score\"")
        ),
        (1, 1)
    );
    assert_eq!(count("wear", "class=\"bar wear\""), 2);
    // Hatched: the days before the first value in one piece, and nothing where there was one.
    assert_eq!(count("pain", "class=\"unknown\""), 1);
    assert_eq!(count("done", "class=\"unknown\""), 0);
    assert_eq!(count("happened", "class=\"number number-"), 2);
    assert_eq!(count("happened", "number-grave"), 1);
    for key in ["pain", "done", "walking", "wear"] {
        assert_eq!(
            count(key, "class=\"happened\""),
            2,
            "the same two dates in {key}"
        );
    }
}

async fn the_days_shown_are_asked_for_and_begin_with_what_is_known(database: Database) {
    let scene = Scene::set(database).await;
    let shown = |html: &str| plain(html).contains("28 days of the patient's calendar");
    assert!(
        shown(&scene.page("/course").await),
        "known since today only"
    );
    let surgery = json!({ "kind": "surgery", "date": "2025-12-20" });
    scene.event(&surgery).await;
    let html = scene.page("/course").await;
    assert!(
        plain(&html).contains("73 days of the patient's calendar"),
        "since the operation"
    );
    assert!(plain(&html).contains("1 Sat 20 Dec Surgery"));
    assert!(shown(&scene.page("/course?days=28").await));
    for (path, grid) in [("/course", false), ("", true)] {
        for days in ["7", "085", "x"] {
            let reply = scene.ask(&format!("{path}?days={days}")).await;
            assert_eq!(reply.status, 400, "{path} {days}");
            assert!(
                reply.text().contains("must be 28 or 84"),
                "{}",
                reply.text()
            );
        }
        if grid {
            let plan = [plan_item("calf-wall-stretch", &["08:00"])];
            scene.clinic.publish(&scene.patient, 0, &plan).await;
            scene.server.settle().await;
            let columns = |html: &str| html.matches("scope=\"col\" class=\"day").count();
            assert_eq!(columns(&scene.page("").await), 28);
            assert_eq!(columns(&scene.page("?days=84").await), 84);
        }
    }
}

async fn a_score_stands_beside_that_of_the_engine_of_now_and_stays(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .upload(&[walk(1, "2026-03-02T05:00:00Z", Walk::SparingRight, 0)])
        .await;
    let session = scene.newest().await;
    let path = format!("/sessions/{}", session["session_id"].as_str().unwrap());
    let html = scene.page(&path).await;
    assert!(html.contains("gives the same number from the stored steps"));
    assert_eq!(
        html.matches("As it is kept").count(),
        2,
        "the card and its parts"
    );
    assert!(!html.contains("By the engine of now"));
    let text = plain(&html);
    for words in [
        "What would raise it",
        "PhysioNet",
        "Whom it compares with",
        "among the two that count most",
    ] {
        assert!(text.contains(words), "{words}");
    }
    // As an older engine would have left it.
    let mut raw = Raw::connect(&scene.database);
    raw.execute(
        "UPDATE insole_sessions SET engine_version = '0.0.1', score = 71.5, score_se = 6.25,
         assessment = '{\"engine_version\":\"0.0.1\",\"score\":{\"value\":{\"points\":71.5,\"display\":71.5,\"se\":6.25,\"smallest_change\":17.3,\"n\":90},\"coverage\":6,\"components_total\":9,\"components\":[]},\"observations\":[]}'",
    )
    .unwrap();
    let text = plain(&scene.page(&path).await);
    let (kept, now) = text.split_once("By the engine of now").unwrap();
    assert!(
        kept.contains("As it is kept 72 ± 6 engine / norms 0.0.1"),
        "{kept}"
    );
    assert!(
        now.contains('±') && text.contains("a difference of"),
        "{text}"
    );
    assert_eq!(
        scene.newest().await["score"],
        json!(71.5),
        "looking changes nothing"
    );
    let other = scene.clinic.patient("Test Patient 02").await;
    let foreign = format!("/patients/{other}{path}");
    assert_eq!(scene.clinician().await.get(&foreign).await.status, 404);
}

async fn walking_shows_what_was_observed_with_its_topic_and_where_the_load_lies(
    database: Database,
) {
    let scene = Scene::set(database).await;
    assert!(
        scene
            .page("/gait")
            .await
            .contains("No session with the insoles yet")
    );
    scene
        .upload(&[walk(1, "2026-03-02T05:00:00Z", Walk::SparingRight, 0)])
        .await;
    let html = scene.page("/gait").await;
    let told = html.matches("class=\"seen\"").count();
    assert!(told > 0, "sparing one foot is seen");
    assert_eq!(
        html.matches("What the clinic teaches (belief)").count(),
        told
    );
    assert_eq!(html.matches("What is known (evidence)").count(), told);
    assert_eq!(html.matches("class=\"foot-map\"").count(), 2);
    assert_eq!(
        html.matches("class=\"cop\"").count(),
        2,
        "the way of the centre of pressure"
    );
    let overview = scene.page("").await;
    assert!(overview.contains("/gait\">All of the walking</a>"));
    assert!(!overview.contains("class=\"foot-map\""), "in short only");
    scene
        .upload(&[walk(2, "2026-03-02T05:30:00Z", Walk::LeftInsoleDead, 0)])
        .await;
    let html = scene.page("/gait").await;
    assert!(
        plain(&html).contains("Not measured: no pressure in this session"),
        "{}",
        plain(&html)
    );
    assert!(
        !html.contains("class=\"foot-map\""),
        "no picture of nothing"
    );
}

/// One session on each of so many dates.
fn days(from: Date, count: u32, orthotic: bool) -> Vec<gait::SessionSummary> {
    (0..count)
        .map(|n| {
            let day = from.saturating_add(i64::from(n).days());
            let number = 1000 * u64::from(day.day_of_year().unsigned_abs());
            let one = walk(number, &format!("{day}T08:00:00Z"), Walk::Usual, n);
            if orthotic {
                with_orthotic(one, "custom")
            } else {
                one
            }
        })
        .collect()
}

async fn before_and_after_stand_side_by_side_with_their_error(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-04-20T18:00:00Z").await;
    assert!(
        scene
            .page("/comparisons")
            .await
            .contains("No orthotics and no shoes were handed over")
    );
    scene.event(&orthotic("2026-04-10")).await;
    scene.upload(&days(date(2026, 4, 2), 4, false)).await;
    scene.upload(&days(date(2026, 4, 12), 3, true)).await;
    let text = plain(&scene.page("/comparisons").await);
    assert!(
        text.contains("Too early: each side needs 5 valid days. Missing: 1 before, 2 after."),
        "{text}"
    );
    scene.upload(&days(date(2026, 4, 6), 2, false)).await;
    scene.upload(&days(date(2026, 4, 15), 3, true)).await;
    let html = scene.page("/comparisons").await;
    let text = plain(&html);
    let effect = scene.see("/effects").await["effects"][0].clone();
    let compared = effect["comparisons"].as_array().unwrap();
    assert_eq!(
        html.matches("<th scope=\"row\" role=\"rowheader\">")
            .count(),
        compared.len()
    );
    // The days walked alike: no value may be told as changed, and each side has its days.
    assert!(
        !text.contains("Changed by more than measurement error"),
        "{text}"
    );
    assert!(
        text.contains("no change beyond measurement error"),
        "{text}"
    );
    assert!(text.contains("(n = 6)"), "{text}");
    let first = &compared[0];
    assert_eq!(
        (&first["before"]["days"], &first["after"]["days"]),
        (&json!(6), &json!(6))
    );
    assert!(first["before"]["se"].as_f64().unwrap() >= 0.0);
}

footing_tests::on_both_engines!(
    every_value_stands_in_the_table_and_unknown_is_not_zero,
    the_pictures_show_what_the_table_says,
    the_days_shown_are_asked_for_and_begin_with_what_is_known,
    a_score_stands_beside_that_of_the_engine_of_now_and_stays,
    walking_shows_what_was_observed_with_its_topic_and_where_the_load_lies,
    before_and_after_stand_side_by_side_with_their_error,
);

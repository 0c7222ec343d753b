//! Answers: late, twice, contradicting, and from phones that repeat themselves.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::{done, id};
use serde_json::{Value, json};

use super::{Scene, dispositions, phases};

async fn done_after_the_window_on_the_same_day_is_late(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    scene.server.advance("2026-03-02T18:00:00Z").await;
    let occurrence = scene.first().await;
    assert_eq!(text(&occurrence, "phase"), "missed");
    let answer = done(1, text(&occurrence, "id"), "2026-03-02T17:30:00Z");
    assert_eq!(scene.answer(&[answer]).await, ["applied"]);
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "done_late")])
    );
    let adherence = scene.adherence().await;
    assert_eq!(
        (&adherence["value_pct"], &adherence["late"]),
        (&json!(100.0), &json!(1))
    );
}

async fn done_on_the_next_day_is_too_late(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    scene.server.advance("2026-03-02T23:30:00Z").await;
    let answer = done(1, text(&scene.first().await, "id"), "2026-03-02T23:30:00Z");
    assert_eq!(scene.answer(&[answer]).await, ["too_late"]);
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "missed")])
    );
}

async fn an_answer_from_a_phone_that_was_offline_counts_when_it_was_given(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let id = text(&scene.first().await, "id").to_owned();
    scene.server.advance("2026-03-05T12:00:00Z").await;
    assert_eq!(
        scene.answer(&[done(1, &id, "2026-03-02T07:30:00Z")]).await,
        ["applied"]
    );
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "done")])
    );
}

async fn a_double_tap_is_one_answer(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let occurrence = text(&scene.first().await, "id").to_owned();
    let taps = [
        done(1, &occurrence, "2026-03-02T06:00:00Z"),
        done(2, &occurrence, "2026-03-02T06:00:01Z"),
    ];
    assert_eq!(scene.answer(&taps).await, ["applied", "duplicate"]);
    assert_eq!(scene.adherence().await["denominator"], json!(1));
}

async fn a_repeated_batch_changes_nothing(database: Database) {
    let scene = Scene::with_plan(database, &["08:00", "20:00"]).await;
    let day = scene.day("2026-03-02").await;
    let batch: Vec<Value> = (1..)
        .zip(&day)
        .map(|(number, one)| done(number, text(one, "id"), "2026-03-02T06:00:00Z"))
        .collect();
    assert_eq!(scene.answer(&batch).await, ["applied", "applied"]);
    let before = (scene.day("2026-03-02").await, scene.adherence().await);
    for _ in 0..3 {
        assert_eq!(scene.answer(&batch).await, ["duplicate", "duplicate"]);
    }
    assert_eq!(
        (scene.day("2026-03-02").await, scene.adherence().await),
        before
    );
}

async fn a_known_id_with_other_content_is_a_conflict(database: Database) {
    let scene = Scene::with_plan(database, &["08:00", "20:00"]).await;
    let day = scene.day("2026-03-02").await;
    let (first, second) = (text(&day[0], "id"), text(&day[1], "id"));
    assert_eq!(
        scene
            .answer(&[done(1, first, "2026-03-02T06:00:00Z")])
            .await,
        ["applied"]
    );
    let skip = json!({
        "id": id("ans", 1),
        "occurrence_id": first,
        "kind": "skip",
        "reason": "pain",
        "answered_at": "2026-03-02T06:00:00Z",
    });
    let contradictions = [done(1, second, "2026-03-02T06:00:00Z"), skip];
    assert_eq!(
        scene.answer(&contradictions).await,
        ["conflict", "conflict"]
    );
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "done"), ("20:00", "upcoming")])
    );
}

async fn a_skip_with_another_reason_is_another_answer(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let occurrence = text(&scene.first().await, "id").to_owned();
    let skip = |reason: &str| {
        json!({
            "id": id("ans", 1),
            "occurrence_id": occurrence,
            "kind": "skip",
            "reason": reason,
            "answered_at": "2026-03-02T06:00:00Z",
        })
    };
    assert_eq!(scene.answer(&[skip("pain")]).await, ["applied"]);
    assert_eq!(scene.answer(&[skip("pain")]).await, ["duplicate"]);
    assert_eq!(
        scene.answer(&[skip("no_time")]).await,
        ["conflict"],
        "the reason is part of it"
    );
    assert_eq!(scene.first().await["reason"], json!("pain"));
}

async fn a_bad_answer_loses_none_of_its_batch(database: Database) {
    let scene = Scene::with_plan(database, &["08:00", "20:00"]).await;
    let day = scene.day("2026-03-02").await;
    let answers = [
        done(1, text(&day[0], "id"), "2026-03-02T06:00:00Z"),
        json!({ "id": "nonsense" }),
        done(2, &id("occ", 99), "2026-03-02T06:00:00Z"),
        done(3, text(&day[1], "id"), "2026-03-02T09:00:00Z"),
        json!([]),
        done(4, text(&day[1], "id"), "2026-03-02T06:00:00Z"),
    ];
    let expected = [
        "applied",
        "invalid",
        "unknown_occurrence",
        "quarantined",
        "invalid",
        "applied",
    ];
    let body = json!({ "answers": answers });
    let batch = scene.phone.post("/v1/me/answers", &body).await.expect(200);
    assert_eq!(dispositions(&batch), expected);
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "done"), ("20:00", "done")])
    );
}

async fn another_patients_occurrence_is_unknown(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let occurrence = text(&scene.first().await, "id").to_owned();
    let other = scene.clinic.patient("Test Patient 02").await;
    let thief = scene.clinic.device(&other, None).await;
    let body = json!({ "answers": [done(1, &occurrence, "2026-03-02T06:00:00Z")] });
    let batch = thief.post("/v1/me/answers", &body).await.expect(200);
    assert_eq!(dispositions(&batch), ["unknown_occurrence"]);
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "open")])
    );
}

async fn a_part_of_the_dose_counts_as_its_share(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let occurrence = scene.first().await;
    assert_eq!(
        occurrence["dose_amount"],
        json!(180.0),
        "3 times 30 s on each side"
    );
    let answer = json!({
        "id": id("ans", 1),
        "occurrence_id": occurrence["id"],
        "kind": "partial",
        "done_amount": 90,
        "answered_at": "2026-03-02T06:00:00Z",
    });
    assert_eq!(scene.answer(&[answer]).await, ["applied"]);
    assert_eq!(scene.first().await["done_fraction"], json!(0.5));
    assert_eq!(scene.adherence().await["value_pct"], json!(50.0));
}

async fn a_phone_that_sends_a_batch_many_times_at_once_hears_one_applied(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let occurrence = text(&scene.first().await, "id").to_owned();
    let body = json!({ "answers": [done(1, &occurrence, "2026-03-02T06:00:00Z")] });
    let sends = (0..16).map(|_| scene.phone.post("/v1/me/answers", &body));
    let replies = futures_util::future::join_all(sends).await;
    let mut heard: Vec<String> = replies
        .iter()
        .flat_map(|reply| dispositions(&reply.expect(200)))
        .collect();
    heard.sort();
    assert_eq!((heard[0].as_str(), heard.len()), ("applied", 16));
    assert!(heard[1..].iter().all(|one| one == "duplicate"), "{heard:?}");
}

footing_tests::on_both_engines!(
    done_after_the_window_on_the_same_day_is_late,
    done_on_the_next_day_is_too_late,
    an_answer_from_a_phone_that_was_offline_counts_when_it_was_given,
    a_double_tap_is_one_answer,
    a_repeated_batch_changes_nothing,
    a_known_id_with_other_content_is_a_conflict,
    a_skip_with_another_reason_is_another_answer,
    a_bad_answer_loses_none_of_its_batch,
    another_patients_occurrence_is_unknown,
    a_part_of_the_dose_counts_as_its_share,
    a_phone_that_sends_a_batch_many_times_at_once_hears_one_applied,
);

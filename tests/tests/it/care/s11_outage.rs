//! S11: the server is down from six to noon.

use std::sync::Arc;

use footing_server::app::{StartOptions, assemble_for_command};
use footing_server::push::PushKind;
use footing_server::reminders::outage::{self, Excused};
use footing_server::rt::Doors;
use footing_server::rt::entropy::SeededEntropy;
use footing_server::rt::password_cost::PasswordCost;
use footing_server::rt::spawn::Blocking;
use footing_server::store::StoreOptions;
use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::done;
use serde_json::json;

use super::{PHONE, Scene};

const TIMES: [&str; 6] = ["06:30", "07:00", "09:00", "09:30", "10:30", "11:55"];

/// Noon in Berlin: a second server on what the first one left.
async fn noon(database: Database) -> Scene {
    let scene = Scene::at(database, "2026-03-02T04:00:00Z", "Europe/Berlin").await;
    let scene = scene.stretching(&TIMES).await;
    scene.server.advance("2026-03-02T05:00:00Z").await;
    scene.restarted("2026-03-02T11:00:00Z").await
}

async fn reminders(scene: &Scene) -> Vec<String> {
    let mut lines = Vec::new();
    for one in scene.day("2026-03-02").await {
        let why = scene.explain(text(&one, "id")).await;
        let first = &why["reminders"][0];
        let reason = first["reason"].as_str().unwrap_or("-");
        lines.push(format!(
            "{} {} {reason}",
            text(&one, "time"),
            text(first, "state")
        ));
    }
    lines
}

fn outages(scene: &Scene) -> Vec<String> {
    scene.raw().texts(
        "SELECT CAST(from_at AS TEXT) || ' ' || CAST(until_at AS TEXT) AS value FROM outages",
    )
}

async fn what_was_late_is_given_up_folded_or_sent_a_little_later(database: Database) {
    let scene = noon(database).await;
    scene.server.advance("2026-03-02T11:10:00Z").await;
    assert_eq!(
        reminders(&scene).await,
        [
            "06:30 expired outage",
            "07:00 expired outage",
            "09:00 folded catch_up",
            "09:30 folded catch_up",
            "10:30 sent -",
            "11:55 sent -",
        ]
    );
    let sent = scene.server.push.all_to(PHONE);
    let kinds: Vec<PushKind> = sent.iter().map(|one| one.kind()).collect();
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == PushKind::Prompt)
            .count(),
        2,
        "{kinds:?}"
    );
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == PushKind::Digest)
            .count(),
        1,
        "one word for the rest: {kinds:?}"
    );
    let (noon, ten_past) = (
        "2026-03-02T11:00:00Z".parse().unwrap(),
        "2026-03-02T11:10:00Z".parse().unwrap(),
    );
    assert!(sent.iter().all(|one| one.at >= noon && one.at < ten_past));
    assert_eq!(
        outages(&scene),
        ["1772429400000000 1772449200000000"],
        "one, from 06:30 to noon in Berlin"
    );
    assert_eq!(
        scene.phases("2026-03-02").await[..2],
        ["06:30 missed", "07:00 missed"]
    );
}

async fn sends_are_spread_over_ten_minutes(database: Database) {
    let scene = Scene::at(database, "2026-03-02T04:00:00Z", "Europe/Berlin").await;
    let mut tokens = Vec::new();
    for number in 0..12 {
        let patient = scene
            .clinic
            .patient(&format!("Test Patient 2{number}"))
            .await;
        let token = format!("synthetic-spread-{number}");
        scene.clinic.device(&patient, Some(&token)).await;
        let item = footing_tests::example::plan_item("calf-wall-stretch", &["10:30"]);
        scene.clinic.publish(&patient, 0, &[item]).await;
        tokens.push(token);
    }
    scene.server.settle().await;
    scene.server.sleep_through("2026-03-02T11:00:00Z").await;
    scene.server.advance("2026-03-02T11:10:00Z").await;
    let mut at: Vec<_> = scene
        .server
        .push
        .sent()
        .iter()
        .filter(|one| one.is_prompt())
        .map(|one| one.at)
        .collect();
    assert_eq!(at.len(), 12);
    at.sort();
    at.dedup();
    assert!(at.len() >= 10, "not all at once: {at:?}");
    let first: jiff::Timestamp = "2026-03-02T11:00:00Z".parse().unwrap();
    let last = at.last().unwrap().duration_since(first);
    assert!(last > jiff::SignedDuration::from_mins(3), "{last}");
}

async fn a_second_outage_on_one_day_has_a_word_of_its_own(database: Database) {
    let times = ["08:00", "08:30", "13:00", "13:30"];
    let scene = Scene::at(database, "2026-03-02T04:00:00Z", "Europe/Berlin").await;
    let scene = scene.stretching(&times).await;
    scene.server.advance("2026-03-02T05:00:00Z").await;
    scene.server.sleep_through("2026-03-02T10:45:00Z").await;
    scene.server.advance("2026-03-02T11:00:00Z").await;
    assert_eq!(digests(&scene), 1);
    scene.server.sleep_through("2026-03-02T15:45:00Z").await;
    scene.server.advance("2026-03-02T16:00:00Z").await;
    assert_eq!(digests(&scene), 2);
}

async fn a_digest_of_what_was_answered_meanwhile_is_not_sent(database: Database) {
    let scene = noon(database).await;
    let now = scene.server.now().to_string();
    for (number, one) in (1..).zip(scene.day("2026-03-02").await) {
        let said = done(number, text(&one, "id"), &now);
        assert_eq!(scene.answer(&[said]).await, ["applied"]);
    }
    // Who comes first in the ten minutes may have been told before the answers came.
    let before = digests(&scene);
    scene.server.advance("2026-03-02T11:30:00Z").await;
    assert_eq!(digests(&scene), before);
}

fn digests(scene: &Scene) -> usize {
    let all = scene.server.push.all_to(PHONE);
    all.iter()
        .filter(|one| one.kind() == PushKind::Digest)
        .count()
}

async fn an_operator_excuses_what_the_outage_cost(database: Database) {
    let scene = noon(database).await;
    scene.server.advance("2026-03-02T18:00:00Z").await;
    let all = scene.phases("2026-03-02").await;
    assert!(all.iter().all(|one| one.ends_with(" missed")), "{all:?}");
    let doors = Doors {
        clock: Arc::new(scene.server.clock.clone()),
        entropy: Arc::new(SeededEntropy::new(scene.database.next_seed())),
        push: scene.server.push.clone(),
        blocking: Blocking::Threads,
        password_cost: PasswordCost::LEAST,
    };
    let options = StartOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        public_url: None,
        store: StoreOptions {
            url: scene.database.url(),
            connections: 2,
        },
        workers: 1,
        push_in_flight: 1000,
    };
    let app = assemble_for_command(&options, doors).unwrap();
    let known = outage::list(&app).await.unwrap();
    assert_eq!(known.len(), 1);
    let excused = outage::excuse(&app, known[0].id).await.unwrap();
    assert_eq!(
        excused,
        Excused {
            occurrences: 5,
            patients: 1,
            clinics: 1
        }
    );
    scene.server.settle().await;
    let after: Vec<_> = TIMES[..5]
        .iter()
        .map(|time| format!("{time} excused(outage)"))
        .collect();
    let phases = scene.phases("2026-03-02").await;
    assert_eq!(phases[..5], after);
    assert_eq!(phases[5], "11:55 missed", "five minutes late is no excuse");
    let figures = scene.adherence("from=2026-03-02&through=2026-03-02").await;
    assert_eq!(
        (&figures["denominator"], &figures["excused"]),
        (&json!(1), &json!(5))
    );
    assert_eq!(scene.audited("outage.excuse"), 1);
    assert!(outage::list(&app).await.unwrap()[0].excused_at.is_some());
    assert_eq!(
        outage::excuse(&app, known[0].id).await.unwrap(),
        Excused::default(),
        "a repeat finds nothing"
    );
    assert_eq!(scene.audited("outage.excuse"), 1);
}

footing_tests::on_both_engines!(
    what_was_late_is_given_up_folded_or_sent_a_little_later,
    sends_are_spread_over_ten_minutes,
    a_second_outage_on_one_day_has_a_word_of_its_own,
    a_digest_of_what_was_answered_meanwhile_is_not_sent,
    an_operator_excuses_what_the_outage_cost,
);

//! Well-formed values that mean nothing: times, zones, plans and summaries outside their rules.

use footing_tests::Database;
use footing_tests::engines::run;
use footing_tests::example::{done, plan_item, summary};
use serde_json::{Value, json};

use super::assert_refused;
use crate::world::{Who, World};

#[test]
fn times_that_do_not_exist_are_invalid() {
    run(async {
        let world = World::set(&Database::sqlite()).await;
        let before = world.state().await;
        for wrong in [
            "2026-03-02",
            "2026-03-02T18:00:00",
            "2026-03-02T24:00:00Z",
            "2026-02-30T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "10000-01-01T00:00:00Z",
            "yesterday",
            "1772406000",
        ] {
            let body = json!({ "answers": [done(1, &world.ids.occurrence, wrong)] });
            let reply = world
                .caller(Who::Patient)
                .post("/v1/me/answers", &body)
                .await;
            let result = &reply.expect(200)["results"][0];
            assert_eq!(result["disposition"], json!("invalid"), "{wrong}: {result}");
            assert_eq!(
                result["errors"][0]["pointer"],
                json!("/answered_at"),
                "{wrong}"
            );
        }
        assert_eq!(world.state().await, before);
    });
}

#[test]
fn times_in_the_future_are_kept_for_review() {
    run(async {
        let world = World::set(&Database::sqlite()).await;
        let before = world.state().await;
        for wrong in ["2026-03-02T19:05:01Z", "2036-03-02T19:00:00Z"] {
            let body = json!({ "answers": [done(1, &world.ids.occurrence, wrong)] });
            let reply = world
                .caller(Who::Patient)
                .post("/v1/me/answers", &body)
                .await;
            let result = &reply.expect(200)["results"][0];
            assert_eq!(
                result["disposition"],
                json!("quarantined"),
                "{wrong}: {result}"
            );
        }
        assert_eq!(world.state().await, before);
    });
}

#[test]
fn zones_that_do_not_exist_are_invalid() {
    run(async {
        let world = World::set(&Database::sqlite()).await;
        for wrong in [
            "Mars/Phobos",
            "EST",
            "CET",
            "+01:00",
            "",
            "Europe/",
            "../../etc/passwd",
            "UTC+1",
        ] {
            let body = json!({ "name": "Test Patient 09", "time_zone": wrong });
            let reply = world
                .caller(Who::Clinician)
                .post("/v1/patients", &body)
                .await;
            assert_refused(&reply, 400, wrong);
            assert_eq!(
                reply.expect(400)["errors"][0]["pointer"],
                json!("/time_zone"),
                "{wrong}"
            );
        }
    });
}

/// Changes one field of a valid line of a plan.
type Spoil = fn(&mut Value);

fn with_rule(item: &mut Value, rule: &str) {
    item.as_object_mut().unwrap().remove("recurrence");
    item["rrule"] = json!(rule);
}

#[test]
fn plans_outside_the_rules_are_invalid_and_each_rule_is_told() {
    run(async {
        let world = World::set(&Database::sqlite()).await;
        let before = world.state().await;
        let spoils: [(&str, Spoil); 26] = [
            ("/items/0/exercise", |item| {
                item["exercise"] = json!("no-such-exercise")
            }),
            ("/items/0/dose/sets", |item| item["dose"]["sets"] = json!(0)),
            ("/items/0/dose/sets", |item| {
                item["dose"]["sets"] = json!(21)
            }),
            ("/items/0/dose/hold_s", |item| {
                item["dose"]["hold_s"] = json!(601)
            }),
            ("/items/0/dose/minutes", |item| {
                item["dose"]["minutes"] = json!(5)
            }),
            ("/items/0/recurrence/weekdays", |item| {
                item["recurrence"] = json!({ "kind": "weekdays" })
            }),
            ("/items/0/recurrence/weekdays", |item| {
                item["recurrence"] = json!({ "kind": "weekdays", "weekdays": ["mon", "mon"] });
            }),
            ("/items/0/recurrence/n_days", |item| {
                item["recurrence"] = json!({ "kind": "every_n_days", "n_days": 4_000_000_000_u32 });
            }),
            ("/items/0/recurrence/n_days", |item| {
                item["recurrence"]["n_days"] = json!(2)
            }),
            ("/items/0/windows", |item| item["windows"] = json!([])),
            ("/items/0/windows", |item| {
                item["windows"] = json!([{ "at": "08:00" }, { "at": "08:00" }])
            }),
            ("/items/0/windows/0/at", |item| {
                item["windows"][0]["at"] = json!("24:00")
            }),
            ("/items/0/windows/0/at", |item| {
                item["windows"][0]["at"] = json!("8:00")
            }),
            ("/items/0/windows/0/opens_before_min", |item| {
                item["windows"][0]["opens_before_min"] = json!(721);
            }),
            ("/items/0/windows/0/closes_after_min", |item| {
                item["windows"][0]["closes_after_min"] = json!(14);
            }),
            ("/items/0/ends_on", |item| {
                item["ends_on"] = json!("2026-03-01")
            }),
            ("/items/0/ramp/start", |item| {
                item["ramp"] = json!({ "start": 30, "add": 1 })
            }),
            ("/items/0/ladder/0/minutes", |item| {
                item["ladder"] = json!([{ "when": "after", "minutes": 240 }]);
            }),
            ("/items/0/sensor", |item| {
                item["sensor"] = json!({ "tracks": "shoe" })
            }),
            ("/items/0/recurrence", |item| {
                item.as_object_mut().unwrap().remove("recurrence");
            }),
            ("/items/0/rrule", |item| item["rrule"] = json!("FREQ=DAILY")),
            ("/items/0/rrule", |item| {
                with_rule(item, "FREQ=SECONDLY");
                item.as_object_mut().unwrap().remove("windows");
            }),
            ("/items/0/rrule", |item| {
                with_rule(item, &"X".repeat(50_000));
            }),
            ("/items/0/windows", |item| {
                with_rule(item, "FREQ=DAILY;BYHOUR=8")
            }),
            ("/items/0/ends_on", |item| {
                with_rule(item, "FREQ=DAILY;COUNT=2");
                item["ends_on"] = json!("2026-03-05");
            }),
            // Both what the rule and what the rest breaks is told.
            ("/items/0/dose/sets", |item| {
                with_rule(item, "FREQ=DAILY;COUNT=2147483648");
                item["dose"]["sets"] = json!(21);
            }),
        ];
        let path = format!("/v1/patients/{}/plan", world.ids.patient);
        for (pointer, spoil) in spoils {
            let mut item = plan_item("calf-wall-stretch", &["08:00"]);
            spoil(&mut item);
            let body = json!({ "base_version": 1, "items": [item] });
            let reply = world.caller(Who::Clinician).put(&path, &body).await;
            assert_refused(&reply, 400, pointer);
            let errors = reply.expect(400)["errors"].clone();
            let told = errors
                .as_array()
                .unwrap()
                .iter()
                .any(|error| error["pointer"] == json!(pointer));
            assert!(told, "{pointer}: {errors}");
        }
        let line = plan_item("calf-wall-stretch", &["08:00"]);
        let many = json!({ "base_version": 1, "items": vec![line; 41] });
        assert_refused(
            &world.caller(Who::Clinician).put(&path, &many).await,
            400,
            "41 lines",
        );
        assert_eq!(world.state().await, before);
    });
}

/// BI2 of the reliability design: summaries no walk can have.
#[test]
fn summaries_no_walk_can_have_are_invalid() {
    run(async {
        let world = World::set(&Database::sqlite()).await;
        let before = world.state().await;
        let spoils: [(&str, Spoil); 19] = [
            ("schema version", |s| s["schema_version"] = json!(1)),
            ("id that is no UUID", |s| s["session_id"] = json!("none")),
            ("id of version 4", |s| {
                s["session_id"] = json!("0195a000-0000-4000-8000-000000000001")
            }),
            ("in the future", |s| {
                s["start_utc"] = json!("2026-03-02T19:05:01Z")
            }),
            ("start without zone", |s| {
                s["start_utc"] = json!("2026-03-02T18:00:00")
            }),
            ("unknown zone", |s| s["tz"] = json!("Mars/Phobos")),
            ("longer than a day", |s| s["duration_s"] = json!(86_401.0)),
            ("negative duration", |s| s["duration_s"] = json!(-1.0)),
            ("no sampling", |s| s["sampling_hz"] = json!(0.0)),
            ("a million samples a second", |s| {
                s["sampling_hz"] = json!(1e6)
            }),
            ("walked longer than recorded", |s| {
                s["bouts"]["over_60"][1] = json!(86_000.0)
            }),
            ("a billion steps", |s| {
                s["steps"]["left"] = json!(1_000_000_000)
            }),
            ("more used than valid", |s| {
                s["strides"]["left"][2] = json!(100_000)
            }),
            ("more missing than all", |s| {
                s["quality"]["missing_pct"][0] = json!(101.0)
            }),
            ("negative gap", |s| {
                s["quality"]["longest_gap_s"] = json!(-0.5)
            }),
            ("threshold above body weight", |s| {
                s["thresholds"]["on_bw"] = json!(5.0)
            }),
            ("unknown metric", |s| {
                s["metrics"]["happiness"] = json!([1, 0, 1, 0])
            }),
            ("bouts without time", |s| {
                s["bouts"]["over_60"][1] = json!(0.0)
            }),
            ("most strides left out", |s| {
                s["strides"]["excluded"] = json!({ "other": 1 })
            }),
        ];
        for (fault, spoil) in spoils {
            let mut wrong = serde_json::to_value(summary(1, "2026-03-02T18:00:00Z")).unwrap();
            spoil(&mut wrong);
            let body = json!({ "sessions": [wrong] });
            let reply = world
                .caller(Who::Patient)
                .post("/v1/me/insole-sessions", &body)
                .await;
            let result = &reply.expect(200)["results"][0];
            assert_eq!(result["disposition"], json!("invalid"), "{fault}: {result}");
        }
        assert_eq!(world.state().await, before);
    });
}

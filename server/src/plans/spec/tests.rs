//! What a prescription may say and what not: every rule broken once, and told where it is broken.

use serde_json::{Value, json};

use super::*;

fn wear() -> Value {
    json!({
        "exercise": "wear-orthotics",
        "dose": { "sets": 1, "minutes": 480 },
        "recurrence": { "kind": "daily" },
        "windows": [{ "at": "08:00" }],
        "starts_on": "2026-03-02",
    })
}

fn progression() -> Value {
    json!({
        "levels": [{ "sets": 1, "minutes": 500 }],
        "advance": { "min_adherence_pct": 80, "min_days": 7, "max_pain": 3 },
    })
}

/// Every optional part at once, as far as parts may stand beside each other.
fn full() -> Value {
    let mut item = wear();
    item["ladder"] = json!([{ "when": "before", "minutes": 30 }, { "when": "at" },
        { "when": "after", "minutes": 60 }, { "when": "last_chance", "minutes": 30 }]);
    item["min_gap_min"] = json!(120);
    item["sensor"] =
        json!({ "tracks": "orthotic", "tag_id": "pair-1", "remind_if_not_worn_by": "09:30" });
    item["ramp"] = json!({ "start": 60, "add": 60 });
    item
}

fn broken(item: &Value) -> Vec<String> {
    let item: PlanItemSpec = serde_json::from_value(item.clone()).unwrap();
    let errors = check_items(&[item]);
    errors
        .into_iter()
        .map(|error| error.pointer.replacen("/items/0", "", 1))
        .collect()
}

#[test]
fn good_lines_are_good_and_read_back_as_written() {
    let mut stepped = wear();
    stepped["progression"] = progression();
    stepped["progression"]["mode"] = json!("apply");
    stepped["progression"]["step_back"] = json!({ "pain_above": 4 });
    let mut all = vec![wear(), full(), stepped];
    for recurrence in [
        json!({ "kind": "every_n_weeks", "n_weeks": 2, "weekdays": ["mon"] }),
        json!({ "kind": "times_per_week", "times": 3 }),
        json!({ "kind": "after_event", "event": "surgery", "offset_days": 14 }),
        json!({ "kind": "after_event", "event": "visit", "offset_days": 0, "for_days": 9, "n_days": 2 }),
    ] {
        let mut item = wear();
        item["recurrence"] = recurrence;
        all.push(item);
    }
    for item in all {
        assert_eq!(broken(&item), Vec::<String>::new(), "{item}");
        let spec: PlanItemSpec = serde_json::from_value(item).unwrap();
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<PlanItemSpec>(&text).unwrap(), spec);
    }
}

#[test]
fn lines_stored_before_these_parts_existed_still_read() {
    let stored = r#"{"exercise":"calf-wall-stretch","dose":{"sets":3,"hold_s":30,"each_side":true},
        "recurrence":{"kind":"every_n_days","n_days":2},"windows":[{"at":"08:00","opens_before_min":120,
        "closes_after_min":240}],"starts_on":"2026-03-02"}"#;
    let spec: PlanItemSpec = serde_json::from_str(stored).unwrap();
    let compact: Value = serde_json::from_str(stored).unwrap();
    assert_eq!(
        serde_json::to_value(&spec).unwrap(),
        compact,
        "and write as before"
    );
}

#[test]
fn unknown_fields_are_refused_at_every_depth() {
    for place in [
        "",
        "/recurrence",
        "/ramp",
        "/ladder/0",
        "/sensor",
        "/dose",
        "/windows/0",
    ] {
        let mut item = full();
        item.pointer_mut(place).unwrap()["colour"] = json!(1);
        assert!(
            serde_json::from_value::<PlanItemSpec>(item).is_err(),
            "{place}"
        );
    }
    for place in ["", "/levels/0", "/advance"] {
        let mut item = wear();
        item["progression"] = progression();
        item["progression"].pointer_mut(place).unwrap()["colour"] = json!(1);
        assert!(
            serde_json::from_value::<PlanItemSpec>(item).is_err(),
            "{place}"
        );
    }
}

type Spoil = (&'static str, Value);

fn each_is_told(at: &str, base: &Value, spoils: &[Spoil]) {
    for (pointer, value) in spoils {
        let mut item = base.clone();
        *item.pointer_mut(at).unwrap() = value.clone();
        assert_eq!(broken(&item), [*pointer], "{value}");
    }
}

#[test]
fn each_rule_of_a_recurrence_is_told() {
    let spoils = [
        (
            "/recurrence/n_weeks",
            json!({ "kind": "every_n_weeks", "weekdays": ["mon"] }),
        ),
        (
            "/recurrence/n_weeks",
            json!({ "kind": "every_n_weeks", "n_weeks": 1, "weekdays": ["mon"] }),
        ),
        (
            "/recurrence/n_weeks",
            json!({ "kind": "every_n_weeks", "n_weeks": 53, "weekdays": ["mon"] }),
        ),
        (
            "/recurrence/weekdays",
            json!({ "kind": "every_n_weeks", "n_weeks": 2 }),
        ),
        (
            "/recurrence/n_weeks",
            json!({ "kind": "daily", "n_weeks": 2 }),
        ),
        ("/recurrence/times", json!({ "kind": "times_per_week" })),
        (
            "/recurrence/times",
            json!({ "kind": "times_per_week", "times": 0 }),
        ),
        (
            "/recurrence/times",
            json!({ "kind": "times_per_week", "times": 7 }),
        ),
        ("/recurrence/times", json!({ "kind": "daily", "times": 3 })),
        (
            "/recurrence/weekdays",
            json!({ "kind": "times_per_week", "times": 3, "weekdays": ["mon"] }),
        ),
        (
            "/recurrence/event",
            json!({ "kind": "after_event", "offset_days": 1 }),
        ),
        (
            "/recurrence/event",
            json!({ "kind": "daily", "event": "visit" }),
        ),
        (
            "/recurrence/offset_days",
            json!({ "kind": "after_event", "event": "visit" }),
        ),
        (
            "/recurrence/offset_days",
            json!({ "kind": "after_event", "event": "visit", "offset_days": 367 }),
        ),
        (
            "/recurrence/offset_days",
            json!({ "kind": "daily", "offset_days": 1 }),
        ),
        (
            "/recurrence/for_days",
            json!({ "kind": "after_event", "event": "visit", "offset_days": 1, "for_days": 0 }),
        ),
        (
            "/recurrence/for_days",
            json!({ "kind": "daily", "for_days": 5 }),
        ),
        (
            "/recurrence/n_days",
            json!({ "kind": "after_event", "event": "visit", "offset_days": 1, "n_days": 2 }),
        ),
        (
            "/recurrence/n_days",
            json!({ "kind": "after_event", "event": "visit", "offset_days": 1, "for_days": 9, "n_days": 91 }),
        ),
        ("/recurrence/n_days", json!({ "kind": "every_n_days" })),
    ];
    each_is_told("/recurrence", &wear(), &spoils);
}

#[test]
fn each_rule_of_a_ramp_is_told() {
    let spoils = [
        ("/ramp/start", json!({ "start": 0, "add": 60 })),
        ("/ramp/start", json!({ "start": 480, "add": 60 })),
        ("/ramp/add", json!({ "start": 60, "add": 0 })),
        ("/ramp/add", json!({ "start": 60, "add": 481 })),
        (
            "/ramp/every_due_days",
            json!({ "start": 60, "add": 60, "every_due_days": 0 }),
        ),
        (
            "/ramp/every_due_days",
            json!({ "start": 60, "add": 60, "every_due_days": 91 }),
        ),
    ];
    each_is_told("/ramp", &full(), &spoils);
}

#[test]
fn each_rule_of_a_ladder_and_a_sensor_is_told() {
    let many = vec![json!({ "when": "at" }); 5];
    let spoils = [
        ("/ladder", json!(many)),
        ("/ladder/0/minutes", json!([{ "when": "at", "minutes": 1 }])),
        ("/ladder/0/minutes", json!([{ "when": "before" }])),
        (
            "/ladder/0/minutes",
            json!([{ "when": "before", "minutes": 121 }]),
        ),
        (
            "/ladder/1/minutes",
            json!([{ "when": "at" }, { "when": "after", "minutes": 240 }]),
        ),
        (
            "/ladder/0/minutes",
            json!([{ "when": "last_chance", "minutes": 361 }]),
        ),
        (
            "/ladder/0/minutes",
            json!([{ "when": "last_chance", "minutes": 4_000_000_000_u32 }]),
        ),
    ];
    each_is_told("/ladder", &full(), &spoils);
    let long = "x".repeat(65);
    let spoils = [
        ("/sensor/tag_id", json!({ "tracks": "shoe", "tag_id": "" })),
        (
            "/sensor/tag_id",
            json!({ "tracks": "shoe", "tag_id": long }),
        ),
        (
            "/sensor/tag_id",
            json!({ "tracks": "shoe", "tag_id": "a\nb" }),
        ),
        (
            "/sensor/remind_if_not_worn_by",
            json!({ "tracks": "shoe", "remind_if_not_worn_by": "9:30" }),
        ),
    ];
    each_is_told("/sensor", &full(), &spoils);
    each_is_told("/min_gap_min", &full(), &[("/min_gap_min", json!(1441))]);
}

#[test]
fn the_week_of_a_flexible_line_gives_its_ladder_room() {
    let mut item = wear();
    item["recurrence"] = json!({ "kind": "times_per_week", "times": 2 });
    item["ladder"] = json!([{ "when": "last_chance", "minutes": 1440 }]);
    assert_eq!(broken(&item), Vec::<String>::new());
}

#[test]
fn a_sensor_belongs_to_what_is_worn_with_a_dose_in_minutes() {
    let mut item = wear();
    item["sensor"] = json!({ "tracks": "orthotic" });
    item["exercise"] = json!("walk");
    assert_eq!(broken(&item), ["/sensor"]);
    item["exercise"] = json!("supportive-shoes");
    assert_eq!(broken(&item), Vec::<String>::new());
    item["dose"] = json!({ "sets": 1 });
    assert_eq!(broken(&item), ["/sensor"]);
}

#[test]
fn each_rule_of_a_progression_is_told() {
    let level = json!({ "sets": 1, "minutes": 5 });
    let spoils: [(&str, &str, Value); 15] = [
        ("/levels", "/levels", json!([])),
        ("/levels", "/levels", json!(vec![level; 20])),
        (
            "/levels/0/minutes",
            "/levels/0",
            json!({ "sets": 1, "minutes": 0 }),
        ),
        ("/levels/0", "/levels/0", json!({ "sets": 1, "reps": 5 })),
        (
            "/advance/min_adherence_pct",
            "/advance/min_adherence_pct",
            json!(0),
        ),
        (
            "/advance/min_adherence_pct",
            "/advance/min_adherence_pct",
            json!(101),
        ),
        ("/advance/min_days", "/advance/min_days", json!(0)),
        ("/advance/min_days", "/advance/min_days", json!(181)),
        ("/advance/max_pain", "/advance/max_pain", json!(6)),
        (
            "/advance/required_observations/0",
            "/advance/required_observations",
            json!(["happy"]),
        ),
        (
            "/advance/forbidden_observations/0",
            "/advance/forbidden_observations",
            json!(["happy"]),
        ),
        (
            "/advance/forbidden_observations",
            "/advance/forbidden_observations",
            json!(vec!["low_cadence"; 21]),
        ),
        (
            "/advance/forbidden_observations/0",
            "/advance",
            json!({ "min_adherence_pct": 80, "min_days": 7,
            "max_pain": 3, "required_observations": ["low_cadence"], "forbidden_observations": ["low_cadence"] }),
        ),
        (
            "/step_back/pain_above",
            "/step_back",
            json!({ "pain_above": 10 }),
        ),
        (
            "/step_back/pain_over_baseline",
            "/step_back",
            json!({ "pain_over_baseline": 0 }),
        ),
    ];
    for (told, place, value) in spoils {
        let mut rule = progression();
        rule["step_back"] = json!({});
        rule["advance"]["required_observations"] = json!([]);
        rule["advance"]["forbidden_observations"] = json!([]);
        *rule.pointer_mut(place).unwrap() = value.clone();
        let mut item = wear();
        item["progression"] = rule;
        assert_eq!(broken(&item), [format!("/progression{told}")], "{value}");
    }
    let mut both = full();
    both["progression"] = progression();
    assert_eq!(broken(&both), ["/progression"]);
}

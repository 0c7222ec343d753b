use std::collections::BTreeMap;

use actix_web::FromRequest;
use actix_web::http::header;
use actix_web::test::TestRequest;
use jiff::civil::date;

use super::*;
use crate::plans::library;
use crate::plans::spec::{
    AdvanceRule, Dose, EventKind, Progression, ProgressionMode, Ramp, Recurrence, RecurrenceKind,
    Rung, StepBackRule, WearSensor, Wearable, Weekday, Window,
};

async fn sent(fields: &[(&str, &str)]) -> PlanForm {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let (request, mut payload) = TestRequest::post()
        .insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"))
        .set_payload(body)
        .to_http_parts();
    PlanForm::read(&Form::from_request(&request, &mut payload).await.unwrap())
}

const GOOD: &[(&str, &str)] = &[
    ("rows", "2"),
    ("base_version", "3"),
    ("r1-exercise", "calf-wall-stretch"),
    ("r1-kind", "daily"),
    ("r1-starts_on", "2026-03-01"),
    ("r1-t0-at", ""),
    ("r1-t1-at", "08:00"),
];

fn with(fields: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = GOOD
        .iter()
        .filter(|(name, _)| fields.iter().all(|(other, _)| other != name))
        .copied()
        .collect();
    all.extend(fields);
    all
}

async fn errors_of(fields: &[(&'static str, &'static str)]) -> BTreeMap<&'static str, String> {
    let mut form = sent(&with(fields)).await;
    assert_eq!(form.check(), None, "{fields:?}");
    form.rows[1].errors.clone()
}

#[actix_web::test]
async fn a_row_with_no_dose_takes_the_librarys() {
    let mut form = sent(GOOD).await;
    let items = form.check().unwrap();
    assert_eq!((form.base_version, items.len()), (3, 1));
    assert_eq!(
        items[0].dose,
        library::find("calf-wall-stretch").unwrap().dose
    );
    assert_eq!(items[0].windows, [Window::at("08:00")]);
}

#[actix_web::test]
async fn errors_stand_in_the_row_and_field_that_was_typed() {
    for (field, wrong) in [
        ("sets", with(&[("r1-sets", "99")])),
        ("sets", with(&[("r1-sets", "many")])),
        ("reps", with(&[("r1-reps", "101")])),
        ("hold_s", with(&[("r1-hold_s", "601")])),
        ("minutes", with(&[("r1-minutes", "1441")])),
        ("minutes", with(&[("r1-minutes", "5"), ("r1-reps", "5")])),
        ("weekdays", with(&[("r1-kind", "weekdays")])),
        ("weekdays", with(&[("r1-weekday", "Mon")])),
        (
            "n_days",
            with(&[("r1-kind", "every_n_days"), ("r1-n_days", "1")]),
        ),
        ("n_days", with(&[("r1-n_days", "3")])),
        ("n_weeks", with(&[("r1-n_weeks", "3")])),
        ("times_a_week", with(&[("r1-times_a_week", "3")])),
        (
            "times_a_week",
            with(&[("r1-kind", "times_per_week"), ("r1-times_a_week", "9")]),
        ),
        (
            "n_weeks",
            with(&[
                ("r1-kind", "every_n_weeks"),
                ("r1-n_weeks", "1"),
                ("r1-weekday", "Mon"),
            ]),
        ),
        ("ramp_add", with(&[("r1-ramp_start", "5")])),
        (
            "ramp_start",
            with(&[("r1-ramp_start", "99"), ("r1-ramp_add", "5")]),
        ),
        ("levels", with(&[("r1-levels", "plenty")])),
        ("levels", with(&[("r1-min_days", "7")])),
        (
            "min_days",
            with(&[("r1-levels", "40"), ("r1-min_days", "0")]),
        ),
        (
            "max_pain",
            with(&[("r1-levels", "40"), ("r1-max_pain", "11")]),
        ),
        ("times", with(&[("r1-t1-at", "25:00")])),
        ("times", with(&[("r1-t1-at", "")])),
        ("starts_on", with(&[("r1-starts_on", "soon")])),
        ("ends_on", with(&[("r1-ends_on", "2026-02-01")])),
        ("exercise", with(&[("r1-exercise", "juggling")])),
        ("exercise", with(&[("r1-exercise", "")])),
        ("kind", with(&[("r1-kind", "monthly")])),
    ] {
        let mut form = sent(&wrong).await;
        assert_eq!(form.check(), None, "{field}");
        assert!(
            form.rows[0].errors.is_empty(),
            "the blank row has {:?}",
            form.rows[0].errors
        );
        assert_eq!(
            form.rows[1].errors.keys().copied().collect::<Vec<_>>(),
            [field],
            "{:?}",
            form.rows[1].errors
        );
        assert!(form.errors.is_empty(), "{:?}", form.errors);
    }
}

#[actix_web::test]
async fn the_first_complaint_about_a_field_is_shown() {
    let errors = errors_of(&[("r1-n_days", "x")]).await;
    assert_eq!(
        errors.get("n_days").map(String::as_str),
        Some("The number of days must be a whole number.")
    );
}

#[actix_web::test]
async fn what_the_form_and_what_the_rules_find_is_told_at_once() {
    let errors = errors_of(&[
        ("r1-sets", "99"),
        ("r1-kind", "weekdays"),
        ("r1-ends_on", "2026-02-01"),
    ])
    .await;
    assert_eq!(
        errors.keys().copied().collect::<Vec<_>>(),
        ["ends_on", "sets", "weekdays"]
    );
    assert_eq!(
        errors.get("weekdays").map(String::as_str),
        Some("Tick at least one weekday.")
    );
}

#[actix_web::test]
async fn a_removed_row_is_left_out_and_an_empty_plan_is_asked_about() {
    let mut form = sent(&with(&[("r1-remove", "1")])).await;
    assert_eq!(form.check(), None);
    assert_eq!(form.errors.len(), 1);
    let mut form = sent(&with(&[("r1-remove", "1"), ("confirm_empty", "1")])).await;
    assert_eq!(form.check(), Some(Vec::new()));
}

#[actix_web::test]
async fn rows_are_bounded_whatever_was_sent() {
    assert_eq!(sent(&[("rows", "4000000000")]).await.rows.len(), MAX_ROWS);
    assert_eq!(sent(&[("rows", "-1")]).await.rows.len(), 0);
}

fn plain() -> PlanItemSpec {
    let dose = library::find("orthotic-wear-in").unwrap().dose.clone();
    PlanItemSpec::plain(
        "orthotic-wear-in",
        dose,
        Recurrence::daily(),
        vec![Window::at("08:00")],
        date(2026, 3, 1),
    )
}

/// The name of a box that is ticked; of one that is not, nothing is sent.
fn ticked(name: &'static str, is_ticked: bool) -> &'static str {
    if is_ticked { name } else { "unticked" }
}

/// Out into the page's fields and back from the browser.
async fn through_the_browser(item: &PlanItemSpec) -> PlanForm {
    let form = PlanForm::of_plan(7, std::slice::from_ref(item), date(2026, 3, 5));
    let row = &form.rows[0];
    sent(&[
        ("rows", "1"),
        ("r0-exercise", &row.exercise),
        ("r0-sets", &row.sets),
        ("r0-minutes", &row.minutes),
        ("r0-kind", &row.kind),
        ("r0-n_days", &row.n_days),
        ("r0-starts_on", &row.starts_on),
        ("r0-t0-at", &row.times[0].at),
        ("r0-carried", &row.carried),
        ("r0-event", &row.event),
        ("r0-offset_days", &row.offset_days),
        ("r0-for_days", &row.for_days),
        ("r0-reminders", &row.extras.reminders),
        ("r0-gap", &row.extras.gap),
        ("r0-sensor", &row.extras.sensor),
        ("r0-tag", &row.extras.tag),
        ("r0-worn_by", &row.extras.worn_by),
        ("r0-t0-before", &row.times[0].before),
        ("r0-t0-after", &row.times[0].after),
        ("r0-n_weeks", &row.n_weeks),
        ("r0-times_a_week", &row.times_a_week),
        ("r0-ramp_start", &row.growth.ramp_start),
        ("r0-ramp_add", &row.growth.ramp_add),
        ("r0-ramp_every", &row.growth.ramp_every),
        ("r0-levels", &row.growth.levels),
        ("r0-min_days", &row.growth.min_days),
        ("r0-min_adherence", &row.growth.min_adherence),
        ("r0-max_pain", &row.growth.max_pain),
        (ticked("r0-by_itself", row.growth.by_itself), "1"),
        (ticked("r0-weekday", row.has(&Weekday::Mon)), "Mon"),
    ])
    .await
}

#[actix_web::test]
async fn what_a_line_says_comes_back_as_it_was() {
    let ramp = Ramp {
        start: 10,
        add: 10,
        every_due_days: 2,
    };
    let dose = plain().dose;
    let progression = Progression {
        mode: ProgressionMode::Apply,
        levels: vec![dose],
        advance: AdvanceRule {
            min_adherence_pct: 80,
            min_days: 7,
            max_pain: 3,
            required_observations: Vec::new(),
            forbidden_observations: vec!["long_stance".to_owned()],
        },
        step_back: StepBackRule::default(),
    };
    // A level with other parts than the dose: the form has no words for it.
    let mut unlike = progression.clone();
    unlike.levels[0].each_side = true;
    let sensor = WearSensor {
        tracks: Wearable::Orthotic,
        tag_id: Some("left \"one\" <1>".to_owned()),
        remind_if_not_worn_by: Some("09:30".to_owned()),
    };
    let after = Recurrence {
        kind: RecurrenceKind::AfterEvent,
        event: Some(EventKind::Surgery),
        offset_days: Some(14),
        n_days: Some(2),
        for_days: Some(42),
        ..Recurrence::default()
    };
    for item in [
        PlanItemSpec {
            ramp: Some(ramp),
            ..plain()
        },
        PlanItemSpec {
            progression: Some(progression),
            ..plain()
        },
        PlanItemSpec {
            progression: Some(unlike),
            ..plain()
        },
        PlanItemSpec {
            ladder: Some(vec![Rung::AT]),
            ..plain()
        },
        PlanItemSpec {
            windows: vec![Window {
                opens_before_min: 5,
                closes_after_min: 600,
                ..Window::at("08:00")
            }],
            ..plain()
        },
        PlanItemSpec {
            ladder: Some(Vec::new()),
            ..plain()
        },
        PlanItemSpec {
            min_gap_min: Some(60),
            ..plain()
        },
        PlanItemSpec {
            sensor: Some(sensor),
            ..plain()
        },
        PlanItemSpec {
            recurrence: Recurrence::times_per_week(3),
            ..plain()
        },
        PlanItemSpec {
            recurrence: Recurrence::every_n_weeks(2, &[Weekday::Mon]),
            ..plain()
        },
        PlanItemSpec {
            recurrence: after,
            ..plain()
        },
    ] {
        let mut form = through_the_browser(&item).await;
        assert_eq!(form.check(), Some(vec![item]), "{form:?}");
    }
}

#[actix_web::test]
async fn what_came_back_changed_or_fits_no_more_is_told_in_its_row() {
    let wrong: [(&str, &[(&'static str, &'static str)]); 15] = [
        ("carried", &[("r1-carried", "{")]),
        ("carried", &[("r1-carried", "{\"colour\":1}")]),
        (
            "carried",
            &[("r1-carried", "{\"sensor\":{\"tracks\":\"shoe\"}}")],
        ),
        ("kind", &[("r1-kind", "kept")]),
        ("event", &[("r1-event", "visit")]),
        ("event", &[("r1-event", "birth")]),
        (
            "event",
            &[
                ("r1-kind", "after_event"),
                ("r1-event", "birth"),
                ("r1-offset_days", "1"),
            ],
        ),
        (
            "offset_days",
            &[
                ("r1-kind", "after_event"),
                ("r1-event", "visit"),
                ("r1-offset_days", "367"),
            ],
        ),
        ("for_days", &[("r1-for_days", "3")]),
        ("reminders", &[("r1-reminders", "soon")]),
        ("reminders", &[("r1-reminders", "9999 after")]),
        ("gap", &[("r1-gap", "1441")]),
        ("tag", &[("r1-tag", "custom-1")]),
        ("open", &[("r1-t1-after", "14")]),
        ("open", &[("r1-t1-before", "an hour")]),
    ];
    for (field, fields) in wrong {
        let errors = errors_of(fields).await;
        assert_eq!(
            errors.keys().copied().collect::<Vec<_>>(),
            [field],
            "{errors:?}"
        );
    }
}

#[actix_web::test]
async fn a_plan_survives_the_way_through_the_form() {
    let windows = (6..18).map(|hour| Window {
        opens_before_min: 10,
        closes_after_min: 20,
        ..Window::at(&format!("{hour:02}:05"))
    });
    let item = PlanItemSpec {
        exercise: "calf-wall-stretch".to_owned(),
        dose: Dose {
            sets: 2,
            reps: Some(3),
            hold_s: Some(20),
            minutes: None,
            each_side: false,
        },
        recurrence: Recurrence::on(&[Weekday::Mon, Weekday::Sun]),
        windows: windows.collect(),
        ends_on: Some(date(2026, 4, 1)),
        ..plain()
    };
    let mut form = PlanForm::of_plan(7, std::slice::from_ref(&item), date(2026, 3, 5));
    assert_eq!(form.check(), Some(vec![item]));
}

#[test]
fn every_pointer_the_rules_use_has_its_field() {
    let bad = PlanItemSpec {
        exercise: "juggling".to_owned(),
        dose: Dose {
            sets: 0,
            reps: Some(0),
            hold_s: Some(0),
            minutes: Some(0),
            each_side: false,
        },
        recurrence: Recurrence {
            kind: RecurrenceKind::Weekdays,
            n_days: Some(1),
            ..Recurrence::default()
        },
        windows: vec![Window {
            at: "x".to_owned(),
            opens_before_min: 9999,
            closes_after_min: 0,
        }],
        ends_on: Some(date(2026, 2, 1)),
        ..plain()
    };
    let broken = spec::check_items(&[bad]);
    assert!(broken.len() >= 10, "{broken:?}");
    for error in broken {
        assert!(
            field_of(&error.pointer).is_some_and(|(line, _)| line == 0),
            "{}",
            error.pointer
        );
    }
    for pointer in [
        "/items",
        "/items/x/exercise",
        "/items/0",
        "/items/0/colour",
        "?items",
    ] {
        assert_eq!(field_of(pointer), None, "{pointer}");
    }
}

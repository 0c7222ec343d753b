use std::collections::BTreeMap;

use actix_web::FromRequest;
use actix_web::http::header;
use actix_web::test::TestRequest;
use jiff::civil::date;

use super::*;
use crate::plans::library;
use crate::plans::spec::{Dose, Recurrence, RecurrenceKind, Weekday, Window};

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
        recurrence: Recurrence {
            kind: RecurrenceKind::Weekdays,
            weekdays: vec![Weekday::Mon, Weekday::Sun],
            n_days: None,
        },
        windows: windows.collect(),
        starts_on: date(2026, 3, 1),
        ends_on: Some(date(2026, 4, 1)),
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
            weekdays: Vec::new(),
            n_days: Some(1),
        },
        windows: vec![Window {
            at: "x".to_owned(),
            opens_before_min: 9999,
            closes_after_min: 0,
        }],
        starts_on: date(2026, 3, 1),
        ends_on: Some(date(2026, 2, 1)),
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

//! Worked examples of every questionnaire, and what holds for all of them.

use proptest::prelude::*;

use super::super::{Better, all, find};
use super::*;

fn scale(key: &str) -> &'static Scale {
    find(key).unwrap()
}

fn answers(values: &[u8]) -> Vec<Option<u8>> {
    values.iter().copied().map(Some).collect()
}

fn value(key: &str, given: &[Option<u8>]) -> Option<f64> {
    let scale = scale(key);
    assert!(scale.violations(given, "").is_empty(), "{key}");
    scale.score(given).value
}

#[test]
fn the_register_holds_together() {
    let keys: std::collections::BTreeSet<_> = all().iter().map(|scale| &scale.key).collect();
    assert_eq!(keys.len(), all().len());
    for scale in all() {
        let most = scale.items[1];
        assert!(
            scale.items[0] <= most && !scale.sources.is_empty(),
            "{}",
            scale.key
        );
        for part in &scale.parts {
            assert!(
                1 <= part.from && part.from <= part.through && part.through <= most,
                "{}",
                scale.key
            );
            assert!(
                part.min_answered <= part.through + 1 - part.from,
                "{}",
                scale.key
            );
            assert!(
                part.min_answered >= 1,
                "{}: nothing answered is no score",
                scale.key
            );
        }
        let named = scale
            .wider
            .iter()
            .map(|wider| wider.item)
            .chain(scale.reversed.iter().copied());
        assert!(
            named.into_iter().all(|item| 1 <= item && item <= most),
            "{}",
            scale.key
        );
    }
}

#[test]
fn psfs_is_the_mean_of_three_to_five_activities() {
    assert_eq!(value("psfs", &answers(&[2, 4, 6])), Some(4.0));
    assert_eq!(value("psfs", &answers(&[1, 2, 3, 4, 5])), Some(3.0));
    assert_eq!(
        value("psfs", &[Some(2), None, Some(6)]),
        None,
        "two are too few"
    );
    assert!(!scale("psfs").violations(&answers(&[2, 4]), "").is_empty());
    assert!(!scale("psfs").violations(&answers(&[2; 6]), "").is_empty());
}

#[test]
fn rmdq_counts_what_is_marked_and_nothing_else() {
    let mut given = vec![None; 24];
    given[0] = Some(1);
    given[23] = Some(1);
    given[5] = Some(0);
    assert_eq!(value("rmdq", &given), Some(2.0));
    assert_eq!(value("rmdq", &answers(&[1; 24])), Some(24.0));
}

/// The published example: 16 of 50 is 32 %, with one section left out 16 of 45 is 35.6 %.
#[test]
fn odi_is_in_percent_of_the_sections_answered() {
    assert_eq!(
        value("odi", &answers(&[5, 5, 2, 2, 2, 0, 0, 0, 0, 0])),
        Some(32.0)
    );
    let mut given = answers(&[5, 5, 2, 2, 2, 0, 0, 0, 0, 0]);
    given[9] = None;
    let percent = value("odi", &given).unwrap();
    assert!((percent - 35.555_555).abs() < 1e-4, "{percent}");
    given[8] = None;
    assert!(value("odi", &given).is_some());
    given[7] = None;
    assert_eq!(value("odi", &given), None);
}

#[test]
fn ffi_is_sum_over_230_and_each_part_over_what_applies() {
    let mut given = answers(&[10; 9]);
    given.extend(answers(&[5; 9]));
    given.extend(answers(&[0; 5]));
    let score = scale("ffi").score(&given);
    let expected = [100.0 * 135.0 / 230.0, 100.0, 50.0, 0.0];
    for (part, expected) in score.parts.iter().zip(expected) {
        assert!(
            (part.value.unwrap() - expected).abs() < 1e-9,
            "{}",
            part.key
        );
    }
    given[0] = None;
    assert_eq!(
        scale("ffi").score(&given).parts[1].value,
        Some(100.0),
        "it leaves the maximum too"
    );
    given[18..21].fill(None);
    assert_eq!(
        scale("ffi").score(&given).parts[3].value,
        None,
        "two of five are too few"
    );
}

#[test]
fn faam_needs_nine_tenths_of_a_part() {
    let mut given = answers(&[4; 21]);
    given.extend(answers(&[2; 8]));
    let values = |given: &[Option<u8>]| -> Vec<Option<f64>> {
        scale("faam")
            .score(given)
            .parts
            .iter()
            .map(|part| part.value)
            .collect()
    };
    assert_eq!(values(&given), [Some(100.0), Some(50.0)]);
    given[..2].fill(None);
    given[28] = None;
    assert_eq!(values(&given), [Some(100.0), Some(50.0)]);
    given[2] = None;
    given[27] = None;
    assert_eq!(values(&given), [None, None]);
}

#[test]
fn start_back_has_its_three_groups() {
    let band = |values: &[u8]| scale("start_back").score(&answers(values)).band;
    assert_eq!(
        band(&[1, 1, 1, 0, 0, 0, 0, 0, 2]),
        Some("low"),
        "slightly does not count"
    );
    assert_eq!(band(&[1, 1, 1, 0, 0, 0, 0, 0, 3]), Some("medium"));
    assert_eq!(band(&[0, 0, 0, 0, 1, 1, 1, 1, 0]), Some("high"));
    assert_eq!(
        band(&[1, 1, 1, 1, 1, 1, 1, 0, 0]),
        Some("medium"),
        "distress of 3"
    );
    assert_eq!(
        value("start_back", &answers(&[1, 1, 1, 1, 1, 1, 1, 1, 4])),
        Some(9.0)
    );
}

#[test]
fn ompsq_turns_three_items_round() {
    assert_eq!(
        value("ompsq_sf", &answers(&[1, 0, 10, 10, 0, 0, 0, 10, 0, 0])),
        Some(1.0),
        "the least"
    );
    assert_eq!(
        value("ompsq_sf", &answers(&[10, 10, 0, 0, 10, 10, 10, 0, 10, 10])),
        Some(100.0),
        "the most"
    );
    let score = scale("ompsq_sf").score(&answers(&[5, 5, 5, 5, 5, 5, 5, 5, 5, 5]));
    assert_eq!((score.value, score.band), (Some(50.0), Some("from_cutoff")));
    assert!(
        !scale("ompsq_sf")
            .violations(&answers(&[0; 10]), "")
            .is_empty(),
        "item 1 begins at 1"
    );
}

#[test]
fn ears_turns_three_items_round() {
    assert_eq!(
        value("ears", &answers(&[0, 4, 4, 0, 4, 0])),
        Some(24.0),
        "full adherence"
    );
    assert_eq!(value("ears", &answers(&[4, 0, 0, 4, 0, 4])), Some(0.0));
    assert_eq!(
        value("ears", &[Some(0), Some(4), None, Some(0), Some(4), Some(0)]),
        None
    );
}

#[test]
fn msk_hq_and_the_numeric_ratings_are_sums() {
    assert_eq!(value("msk_hq", &answers(&[4; 14])), Some(56.0));
    for key in ["nprs_back", "nprs_leg", "nprs_foot"] {
        assert_eq!(value(key, &answers(&[7])), Some(7.0));
    }
}

/// A questionnaire with answers to it, some missing.
fn filled() -> impl Strategy<Value = (&'static Scale, Vec<Option<u8>>)> {
    (0..all().len()).prop_flat_map(|index| {
        let scale = &all()[index];
        (scale.items[0]..=scale.items[1]).prop_flat_map(move |count| {
            let items: Vec<_> = (1..=count)
                .map(|item| {
                    let [low, high] = scale.answers_of(item);
                    prop::option::weighted(0.9, low..=high)
                })
                .collect();
            (Just(scale), items)
        })
    })
}

proptest! {
    #[test]
    fn every_score_lies_in_its_bounds((scale, given) in filled()) {
        let highest = |part: &Part| match part.method {
            Method::Percent => 100.0,
            Method::Mean => f64::from(scale.range[1]),
            Method::Sum => f64::from(scale.range[1]) * (part.through + 1 - part.from) as f64,
        };
        for (part, score) in scale.parts.iter().zip(scale.score(&given).parts) {
            if let Some(value) = score.value {
                prop_assert!((0.0..=highest(part)).contains(&value), "{} {value}", part.key);
            }
        }
    }

    /// There is a value exactly when enough was answered, and no answer outside a part moves it.
    #[test]
    fn missing_answers_follow_the_rule_of_their_part((scale, given) in filled()) {
        let score = scale.score(&given);
        for (part, result) in scale.parts.iter().zip(&score.parts) {
            let within = |index: usize| part.from <= index + 1 && index < part.through;
            let answered = given.iter().enumerate().filter(|(index, one)| within(*index) && one.is_some()).count();
            prop_assert_eq!(result.answered, answered);
            prop_assert_eq!(result.value.is_some(), answered >= part.min_answered);
            let alone: Vec<Option<u8>> =
                given.iter().enumerate().map(|(index, one)| one.filter(|_| within(index))).collect();
            let again = scale.score(&alone).parts.into_iter().find(|one| one.key == part.key).unwrap();
            prop_assert_eq!(&again, result);
        }
    }

    /// A higher answer moves the score one way only: down for an item that is turned round, else up.
    #[test]
    fn scores_are_monotone_in_each_item((scale, given) in filled(), place in any::<prop::sample::Index>()) {
        let index = place.index(given.len());
        let [_, high] = scale.answers_of(index + 1);
        let Some(answer) = given[index].filter(|answer| *answer < high) else { return Ok(()) };
        let mut more = given.clone();
        more[index] = Some(answer + 1);
        let turned = scale.reversed.contains(&(index + 1));
        for (before, after) in scale.score(&given).parts.iter().zip(scale.score(&more).parts) {
            let (Some(before), Some(after)) = (before.value, after.value) else { continue };
            prop_assert!(if turned { after <= before } else { after >= before }, "{}", scale.key);
        }
    }

    #[test]
    fn answers_outside_the_range_are_refused((scale, mut given) in filled(), place in any::<prop::sample::Index>()) {
        let index = place.index(given.len());
        given[index] = Some(scale.answers_of(index + 1)[1] + 1);
        let errors = scale.violations(&given, "/answers");
        let pointer = format!("/answers/{index}");
        prop_assert!(errors.iter().any(|error| error.pointer == pointer));
    }
}

#[test]
fn better_is_the_way_the_source_says() {
    for (key, better) in [
        ("psfs", Better::Higher),
        ("rmdq", Better::Lower),
        ("faam", Better::Higher),
    ] {
        assert_eq!(scale(key).better, better);
    }
}

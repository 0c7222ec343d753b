//! The pain rules by property and by example.

use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const TODAY: Date = date(2026, 3, 30);

/// Values of the days that end today, the last one today's; `None` is a day without any.
fn ending_today(values: &[Option<u8>]) -> WorstByDate {
    let back = (0..).zip(values.iter().rev());
    back.filter_map(|(days, value)| Some((TODAY.checked_sub(days.days()).unwrap(), (*value)?)))
        .collect()
}

fn every_day(values: &[u8]) -> WorstByDate {
    ending_today(&values.iter().copied().map(Some).collect::<Vec<_>>())
}

#[test]
fn seven_is_a_spike_six_stops_and_five_goes_on() {
    let rules = PainRules::default();
    let expected = [Verdict::GoOn, Verdict::Stop, Verdict::Spike];
    assert_eq!([5, 6, 7].map(|pain| verdict(pain, &rules)), expected);
}

#[test]
fn more_than_two_above_the_pain_before_a_day_later_stops() {
    let rules = PainRules::default();
    assert!(!rose_later(3, 5, &rules));
    assert!(rose_later(3, 6, &rules));
    assert!(!rose_later(9, 1, &rules), "less is no rise");
}

#[test]
fn the_usual_is_the_median_of_the_seven_days_before_today() {
    let rules = PainRules::default();
    let values = every_day(&[10, 2, 2, 3, 3, 3, 4, 4, 9]);
    assert_eq!(
        usual(&values, TODAY, &rules),
        Some(3.0),
        "neither the eighth day nor today"
    );
    assert!(asks_red_flags(Some(3.0), 5, &rules));
    assert!(!asks_red_flags(Some(3.5), 5, &rules));
    assert!(
        !asks_red_flags(None, 10, &rules),
        "without a usual there is no rise"
    );
}

#[test]
fn pain_persists_when_most_days_of_four_weeks_are_high() {
    let rules = PainRules::default();
    let persists =
        |values: &[Option<u8>]| persistence(&ending_today(values), TODAY, &rules).persists;
    assert!(persists(&[Some(4); 28]));
    assert!(!persists(&[Some(3); 28]), "below the threshold");
    assert!(!persists(&[Some(8); 14]), "two weeks are no four");
    let mut half = vec![Some(4); 14];
    half.extend([Some(3); 14]);
    assert!(!persists(&half), "half is not most");
    half[27] = Some(4);
    assert!(persists(&half));
    let mut sparse = vec![None; 28];
    (0..28).step_by(3).for_each(|day| sparse[day] = Some(9));
    assert!(!persists(&sparse), "ten days are too few");
}

#[test]
fn a_steady_rise_is_worse_and_a_flat_week_is_not() {
    let rules = PainRules::default();
    let rising = slope(&every_day(&[1, 2, 3, 4, 5, 6, 7]), TODAY, &rules).unwrap();
    assert_eq!(
        (rising.per_day, rising.low, rising.high),
        (1.0, Some(1.0), Some(1.0))
    );
    assert!(is_worse(Some(6), 7, Some(&rising), &rules), "by its slope");
    let flat = slope(&every_day(&[3; 7]), TODAY, &rules).unwrap();
    assert_eq!(flat.per_day, 0.0);
    assert!(!is_worse(Some(3), 3, Some(&flat), &rules));
    assert!(is_worse(Some(3), 5, Some(&flat), &rules), "by its step");
    assert!(!is_worse(Some(3), 4, None, &rules));
    assert_eq!(
        slope(&every_day(&[1, 2, 3, 4]), TODAY, &rules),
        None,
        "four days are too few"
    );
}

/// Gilbert 1987, 16.5 by hand: 7 points, 21 slopes, var S = 7*6*19/18 = 44.33, reach 13.05, so the third slope from each end.
#[test]
fn the_interval_of_seven_days_takes_the_third_slope_from_each_end() {
    let points: Vec<(f64, f64)> = [0.0, 2.0, 1.0, 5.0, 4.0, 9.0, 7.0]
        .into_iter()
        .enumerate()
        .map(|(day, value)| (day as f64, value))
        .collect();
    let mut slopes = Vec::new();
    for (i, a) in points.iter().enumerate() {
        for b in &points[i + 1..] {
            slopes.push((b.1 - a.1) / (b.0 - a.0));
        }
    }
    slopes.sort_by(f64::total_cmp);
    assert_eq!(slope_interval(&points), Some([slopes[2], slopes[18]]));
}

#[test]
fn rules_that_make_no_sense_are_named() {
    assert!(PainRules::default().violations("/pain").is_empty());
    let wrong = PainRules {
        spike_from: 4,
        rest_h: 0,
        later_from_h: 40,
        ..PainRules::default()
    };
    let pointers: Vec<String> = wrong
        .violations("/pain")
        .into_iter()
        .map(|error| error.pointer)
        .collect();
    assert_eq!(
        pointers,
        ["/pain/rest_h", "/pain/later_through_h", "/pain/spike_from"]
    );
}

fn days() -> impl Strategy<Value = WorstByDate> {
    prop::collection::vec(prop::option::of(0_u8..=10), 0..60)
        .prop_map(|values| ending_today(&values))
}

proptest! {
    /// More pain is never judged milder.
    #[test]
    fn verdicts_are_monotone(pain in 0_u8..10, stop_above in 0_u8..=6, spike_from in 6_u8..=10) {
        let rules = PainRules { stop_above, spike_from, ..PainRules::default() };
        prop_assert!(verdict(pain, &rules) <= verdict(pain + 1, &rules));
    }

    #[test]
    fn later_pain_is_judged_by_the_rise_alone(before in 0_u8..=10, later in 0_u8..10) {
        let rules = PainRules::default();
        prop_assert!(!rose_later(before, later, &rules) || rose_later(before, later + 1, &rules));
        prop_assert!(!rose_later(before, before, &rules));
    }

    #[test]
    fn the_usual_lies_among_the_values_and_today_does_not_move_it(values in days(), now in 0_u8..=10) {
        let rules = PainRules::default();
        let mut other = values.clone();
        other.insert(TODAY, now);
        prop_assert_eq!(usual(&values, TODAY, &rules), usual(&other, TODAY, &rules));
        if let Some(usual) = usual(&values, TODAY, &rules) {
            let seen: Vec<f64> = values.values().map(|value| f64::from(*value)).collect();
            prop_assert!(seen.iter().any(|value| *value <= usual) && seen.iter().any(|value| *value >= usual));
        }
    }

    /// Values before the window change nothing.
    #[test]
    fn each_rule_looks_at_its_own_window(values in days(), old in 0_u8..=10) {
        let rules = PainRules::default();
        let mut more = values.clone();
        more.insert(TODAY.checked_sub(28.days()).unwrap(), old);
        prop_assert_eq!(persistence(&values, TODAY, &rules), persistence(&more, TODAY, &rules));
        more.insert(TODAY.checked_sub(7.days()).unwrap(), old);
        prop_assert_eq!(slope(&values, TODAY, &rules), slope(&more, TODAY, &rules));
    }

    /// One more point of pain on a day never ends persistence.
    #[test]
    fn persistence_is_monotone(values in days(), day in 0_i32..28) {
        let rules = PainRules::default();
        let date = TODAY.checked_sub(day.days()).unwrap();
        let mut more = values.clone();
        more.entry(date).and_modify(|value| *value = (*value + 1).min(10));
        let (before, after) = (persistence(&values, TODAY, &rules), persistence(&more, TODAY, &rules));
        prop_assert!(!before.persists || after.persists);
        prop_assert!(before.high_days <= before.days && before.days <= 28);
    }

    /// The interval holds the slope, and turning the scale round turns it round.
    #[test]
    fn the_interval_holds_the_slope_and_mirrors(values in days()) {
        let rules = PainRules { slope_days: 28, ..PainRules::default() };
        let mirrored: WorstByDate = values.iter().map(|(date, value)| (*date, 10 - value)).collect();
        if let Some(up) = slope(&values, TODAY, &rules) {
            let down = slope(&mirrored, TODAY, &rules).unwrap();
            prop_assert!((up.per_day + down.per_day).abs() < 1e-9);
            if let (Some(low), Some(high)) = (up.low, up.high) {
                prop_assert!(low <= up.per_day && up.per_day <= high);
                prop_assert!((down.low.unwrap() + high).abs() < 1e-9);
            }
        }
    }

    /// A rule can be asked anything.
    #[test]
    fn nothing_overflows(values in days(), last in prop::option::of(0_u8..=255), now in 0_u8..=255) {
        let rules = PainRules::default();
        let slope = slope(&values, TODAY, &rules);
        let _ = is_worse(last, now, slope.as_ref(), &rules);
        let _ = asks_red_flags(usual(&values, TODAY, &rules), now, &rules);
        let _ = verdict(now, &rules);
    }
}

//! Examples with numbers that can be checked by hand.

use super::super::events::{Change, Event, Planned};
use super::super::figures::{Basis, By, Figures, Key, Period, figures, groups};
use super::cases::{FIRST, change, day_no, instant, lines, planned};
use super::definitions::{close, same};
use crate::plans::DoseUnit;
use crate::plans::library::CareKind;
use crate::reminders::state::State;

/// A daily item, done on these of the first days (`x` done, `.` missed, `-` excused).
fn daily(pattern: &str) -> Figures {
    let (mut planned_all, mut events) = (Vec::new(), Vec::new());
    for (number, mark) in pattern.chars().enumerate() {
        let number = u8::try_from(number).unwrap();
        let one = planned(number, i64::from(number), 8, 0, 1, false);
        let change = match mark {
            'x' => Some(change(9, 0.2, one.prescribed)),
            '-' => Some(Change::Excused),
            _ => None,
        };
        let (occurrence, at) = (one.id, one.due_at);
        events.extend(change.map(|change| Event {
            occurrence,
            at,
            id: [number; 16],
            change,
        }));
        planned_all.push(one);
    }
    let mut line = lines().remove(0);
    line.per_day = 1.0;
    let basis = Basis {
        planned: &planned_all,
        events: &events,
        lines: &[line],
    };
    let period = Period {
        from: FIRST,
        through: day_no(90),
    };
    figures(basis, period, instant(24 * 100))
}

#[test]
fn a_perfect_first_week_is_31_percent_raw_and_100_corrected_and_60_days_are_96() {
    let week = daily("xxxxxxx").strength.unwrap();
    assert!((week.value_pct.unwrap() - 31.15).abs() < 0.01, "{week:?}");
    close(week.corrected_pct.unwrap(), 100.0, "corrected");
    let sixty = daily(&"x".repeat(60)).strength.unwrap();
    assert!((sixty.value_pct.unwrap() - 95.92).abs() < 0.01, "{sixty:?}");
    let six = daily("xxxxxx").strength.unwrap();
    assert_eq!((six.value_pct, six.reason), (None, Some("too_early")));
}

#[test]
fn a_pause_keeps_a_streak_and_does_not_lengthen_it_and_a_miss_ends_it() {
    let days = |pattern| daily(pattern).streak.unwrap().days;
    assert_eq!(days(".xx---x"), 3);
    assert_eq!(days("xxx---"), 3);
    assert_eq!(days("xx.x"), 1);
    assert_eq!(days("xxx."), 0);
    assert_eq!(days("---"), 0);
    assert_eq!(
        daily(".xx---x").streak.unwrap().since.as_deref(),
        Some("2026-03-02")
    );
}

#[test]
fn nothing_due_is_no_number_of_any_measure() {
    let none = daily("---");
    let reasons = [
        none.session.reason,
        none.on_time.reason,
        none.dose.share.reason,
        none.days_covered.reason,
        none.strength.as_ref().unwrap().reason,
    ];
    assert_eq!(reasons, [Some("nothing_due"); 5]);
    assert_eq!(none.session.excused, 3);
    let values = [
        none.session.value_pct,
        none.on_time.value_pct,
        none.dose.share.value_pct,
        none.days_covered.value_pct,
    ];
    assert_eq!(values, [None; 4]);
}

#[test]
fn too_much_is_not_more_adherence_and_is_told() {
    let (one, two) = (planned(1, 0, 8, 0, 1, false), planned(2, 1, 8, 0, 1, false));
    let event = |of: &Planned, amount| Event {
        occurrence: of.id,
        at: of.due_at,
        id: [1; 16],
        change: Change::Answered {
            state: State::Done,
            share: 1.0,
            amount,
        },
    };
    // 15 of 10 minutes on one day, 8 of 10 on the next.
    let events = [event(&one, 15.0), event(&two, 8.0)];
    let basis = Basis {
        planned: &[one, two],
        events: &events,
        lines: &[],
    };
    let figures = figures(
        basis,
        Period {
            from: FIRST,
            through: day_no(1),
        },
        instant(100),
    );
    same(figures.dose.share.value_pct, Some(90.0), "A_dose");
    same(figures.dose.over_pct, Some(25.0), "O_dose");
    assert_eq!(figures.dose.by_unit[0].unit, DoseUnit::Minutes);
}

#[test]
fn two_units_have_no_sum() {
    let (one, two) = (planned(1, 0, 8, 0, 1, false), planned(2, 0, 8, 1, 1, false));
    let basis = Basis {
        planned: &[one, two],
        events: &[],
        lines: &[],
    };
    let period = Period {
        from: FIRST,
        through: FIRST,
    };
    let figures_all = figures(basis, period, instant(100));
    assert_eq!(figures_all.dose.share.reason, Some("mixed_units"));
    assert_eq!(figures_all.dose.by_unit.len(), 2);
    let kinds = groups(basis, period, By::Kind, instant(100));
    assert_eq!(kinds[0].0, Key::Kind(Some(CareKind::Stretching)));
    assert_eq!(kinds[0].1.dose.share.value_pct, Some(0.0));
}

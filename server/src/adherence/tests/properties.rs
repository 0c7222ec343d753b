//! What must hold for every set of events in every order.

use proptest::prelude::*;

use super::super::events::{Change, Event, stand};
use super::super::figures::{By, Figures, Period, course, day, figures, groups};
use super::cases::{Case, case, change, day_no, instant, planned};
use super::definitions::agree;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_figures_are_what_the_definitions_say(case in case()) {
        agree(&case, &case.figures());
    }

    #[test]
    fn the_order_in_which_events_arrived_does_not_show(
        (case, events, planned) in case().prop_flat_map(|case| {
            let (events, planned) = (case.events.clone(), case.planned.clone());
            (Just(case), Just(events).prop_shuffle(), Just(planned).prop_shuffle())
        })
    ) {
        let other = Case { events, planned, ..case.clone() };
        prop_assert_eq!(case.figures(), other.figures());
        for by in [By::Item, By::Day, By::Kind] {
            let of = |case: &Case| groups(case.basis(), case.period, by, case.at);
            prop_assert_eq!(of(&case), of(&other));
        }
    }

    #[test]
    fn a_late_event_changes_its_own_day_only(
        case in case(), which in 0_usize..24, kind in 0_u8..12, part in 0.0_f64..1.0,
    ) {
        prop_assume!(which < case.planned.len());
        let of = case.planned[which].clone();
        let mut later = case.clone();
        let change = change(kind, part, of.prescribed);
        later.events.push(Event { occurrence: of.id, at: of.due_at, id: [255; 16], change });
        let days = |case: &Case| -> Vec<String> {
            let all = stand(&case.planned, &case.events, case.at);
            let of = |number| serde_json::to_string(&day(&all, day_no(number))).unwrap();
            (0..14).map(of).collect()
        };
        for (number, (before, after)) in days(&case).iter().zip(&days(&later)).enumerate() {
            if day_no(i64::try_from(number).unwrap()) != of.date {
                prop_assert_eq!(before, after);
            }
        }
    }

    #[test]
    fn what_is_excused_moves_neither_strength_nor_streak(mut case in case(), day in 0_i64..14) {
        let before = case.figures();
        let extra = planned(200, day, 9, 0, 1, false);
        let change = Change::Excused;
        case.events.push(Event { occurrence: extra.id, at: instant(0), id: [200; 16], change });
        case.planned.push(extra);
        let after = Case { at: case.at.max(instant(0)), ..case }.figures();
        prop_assert_eq!(before.strength, after.strength);
        prop_assert_eq!(before.streak, after.streak);
        prop_assert_eq!(before.session.value_pct, after.session.value_pct);
    }

    #[test]
    fn a_course_says_of_each_date_what_the_figures_say(case in case()) {
        let days = course(case.basis(), case.period, case.at);
        let by_day = groups(case.basis(), case.period, By::Day, case.at);
        prop_assert_eq!(days.len(), by_day.len());
        for (day, (_, of_date)) in days.iter().zip(&by_day) {
            prop_assert_eq!(&day.session, &of_date.session);
            prop_assert_eq!(day.undeliverable, of_date.undeliverable);
            let through = Period { through: day.date, ..case.period };
            let Figures { strength, .. } = figures(case.basis(), through, case.at);
            if let Some(at_its_end) = &day.strength {
                prop_assert_eq!(Some(at_its_end), strength.as_ref());
            }
        }
    }

    #[test]
    fn parts_add_up_to_the_whole(case in case()) {
        let whole = case.figures();
        for by in [By::Item, By::Day, By::Kind] {
            let parts = groups(case.basis(), case.period, by, case.at);
            let closed: u64 = parts.iter().map(|(_, part)| part.session.denominator).sum();
            let open: u64 = parts.iter().map(|(_, part)| part.session.open).sum();
            prop_assert_eq!((closed, open), (whole.session.denominator, whole.session.open));
        }
    }
}

use jiff::ToSpan;
use jiff::civil::date;

use super::*;
use crate::adherence::Tally;
use crate::reminders::state::State;

fn of(done: u64, missed: u64) -> Adherence {
    let mut tally = Tally::default();
    tally.add(State::Done, done, 0.0);
    tally.add(State::Missed, missed, 0.0);
    tally.adherence(date(2026, 3, 1), date(2026, 3, 7))
}

fn now() -> Timestamp {
    "2026-03-07T08:00:00Z".parse().unwrap()
}

/// Someone of whom there is nothing to say.
fn known() -> Known {
    Known {
        today: date(2026, 3, 7),
        week: of(9, 5),
        longer: of(18, 10),
        last_session_at: None,
        has_plan: true,
        plan_ends_on: None,
    }
}

fn first(known: &Known) -> Found {
    found(known, &WorklistRules::default(), now()).remove(0)
}

#[test]
fn who_shows_nothing_is_on_track() {
    assert_eq!(first(&known()), Found::OnTrack);
}

#[test]
fn low_is_below_half_of_ten_or_more_and_of_few_nothing_is_said() {
    let with = |done, missed| {
        first(&Known {
            week: of(done, missed),
            ..known()
        })
    };
    assert_eq!(with(4, 6), Found::Low);
    assert_eq!(with(5, 5), Found::OnTrack);
    assert_eq!(with(1, 8), Found::OnTrack, "nine are too few");
}

#[test]
fn insoles_are_missed_from_the_third_day_and_forgotten_after_four_weeks() {
    let walked = |hours: i64| {
        first(&Known {
            last_session_at: Some(now() - SignedDuration::from_hours(hours)),
            ..known()
        })
    };
    assert_eq!(walked(71), Found::OnTrack);
    assert!(matches!(walked(72), Found::InsoleQuiet(_)));
    assert!(matches!(walked(28 * 24 - 1), Found::InsoleQuiet(_)));
    assert_eq!(walked(28 * 24), Found::OnTrack);
}

#[test]
fn a_plan_is_missed_and_its_end_is_seen_a_week_ahead() {
    let ends = |days: i32| {
        first(&Known {
            plan_ends_on: Some(known().today + days.days()),
            ..known()
        })
    };
    assert_eq!(ends(8), Found::OnTrack);
    assert!(matches!(ends(7), Found::PlanEnds(_)));
    assert!(
        matches!(ends(-30), Found::PlanEnds(_)),
        "long over is still so"
    );
    let none = Known {
        has_plan: false,
        ..known()
    };
    assert_eq!(first(&none), Found::NoPlan);
}

#[test]
fn good_news_comes_after_everything_that_wants_somebody() {
    let good = Known {
        longer: of(9, 1),
        ..known()
    };
    assert_eq!(first(&good), Found::Good);
    let low = Known {
        week: of(1, 9),
        has_plan: false,
        ..good
    };
    let sections: Vec<Section> = found(&low, &WorklistRules::default(), now())
        .iter()
        .map(Found::section)
        .collect();
    let mut in_order = sections.clone();
    in_order.sort_unstable();
    assert_eq!(
        sections, in_order,
        "what is found is in the order of the sections"
    );
    assert_eq!(sections[0], Section::Low);
}

#[test]
fn ten_points_further_down_is_new_evidence_and_one_is_not() {
    let evidence = |done, missed| {
        let known = Known {
            week: of(done, missed),
            ..known()
        };
        Found::Low.evidence(&known)
    };
    assert_eq!(evidence(49, 51), evidence(48, 52));
    assert_ne!(evidence(49, 51), evidence(39, 61));
}

#[test]
fn every_rule_that_raises_an_alert_has_its_section() {
    let cases = [
        (
            "red_flag:bladder_bowel",
            Severity::Critical,
            Section::Safety,
        ),
        ("fall", Severity::Critical, Section::Safety),
        (
            "pain_spike:calf-wall-stretch",
            Severity::Critical,
            Section::Safety,
        ),
        (
            "pain_spike:calf-wall-stretch",
            Severity::High,
            Section::Worse,
        ),
        ("pain:calf-wall-stretch", Severity::High, Section::Worse),
        ("pain_persists", Severity::Medium, Section::Worse),
        ("gait_change", Severity::Medium, Section::Worse),
        ("missed_days", Severity::Medium, Section::Stopped),
        ("silent", Severity::High, Section::Silent),
        ("unreachable", Severity::Medium, Section::Silent),
        ("resume_question", Severity::Low, Section::Housekeeping),
        (
            "progression:calf-wall-stretch",
            Severity::Low,
            Section::Housekeeping,
        ),
        ("something_new", Severity::High, Section::Worse),
        ("something_new", Severity::Info, Section::Housekeeping),
    ];
    for (rule, severity, section) in cases {
        assert_eq!(section_of(rule, severity), section, "{rule}");
    }
}

#[test]
fn thresholds_outside_their_ranges_are_named() {
    let wrong = WorklistRules {
        good_days: 6,
        alerts_a_day: 0,
        ..WorklistRules::default()
    };
    let at: Vec<String> = wrong
        .violations("/worklist")
        .into_iter()
        .map(|one| one.pointer)
        .collect();
    assert_eq!(at, ["/worklist/good_days", "/worklist/alerts_a_day"]);
    assert!(WorklistRules::default().violations("").is_empty());
}

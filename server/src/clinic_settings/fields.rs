//! What each setting is called, in which unit it is, and between which values it may lie. The rules themselves are those of
//! the parts ([`ClinicSettings::check`](super::ClinicSettings::check)); a test holds the two together.

use super::read::Kind;

/// A part, with what it is about.
pub(super) const PARTS: [(&str, &str, &str); 5] = [
    (
        "worklist",
        "Worklist",
        "When a patient is shown, and how many alerts one can see to. Alerts have their own thresholds below.",
    ),
    (
        "pain",
        "Pain",
        "What a value of 0 to 10 means for an exercise, for the plan and for the worklist.",
    ),
    (
        "scales",
        "Questionnaires",
        "How often patients are asked to fill them in.",
    ),
    (
        "reminders",
        "Reminders",
        "Quiet hours, what happens after an outage, and what follows a long silence. Patients may choose their own quiet hours.",
    ),
    (
        "rtm",
        "Monitoring",
        "What counts as a monitored day of remote therapeutic monitoring, and when a forgotten timer ends.",
    ),
];

/// A setting with its words.
pub(super) struct Field {
    /// Its place, as `pain/spike_from`.
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) unit: &'static str,
    pub(super) kind: Kind,
}

const fn whole(
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    low: i64,
    high: i64,
) -> Field {
    Field {
        name,
        label,
        unit,
        kind: Kind::Whole(low, high),
    }
}

/// Of those who chose none themselves.
const DIGEST: &[(&str, &str)] = &[
    ("off", "each by itself"),
    ("same_time", "as one, when due at the same moment"),
];

/// Which date of data counts.
const DAY: &[(&str, &str)] = &[
    ("activity_day", "the day it is about"),
    ("received_day", "the day it arrived"),
];

/// A truth.
const YES_NO: &[(&str, &str)] = &[("true", "yes"), ("false", "no")];

/// Every setting but the quiet hours, in the order shown.
pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "rtm/day",
        label: "A day is monitored by",
        unit: "",
        kind: Kind::Choice(DAY),
    },
    Field {
        name: "rtm/app_counts",
        label: "Answers and check-ins count, beside sessions of the insoles",
        unit: "",
        kind: Kind::Choice(YES_NO),
    },
    whole(
        "rtm/timer_min",
        "A timer nobody stopped ends after",
        "minutes",
        5,
        240,
    ),
    Field {
        name: "rtm/setup_days",
        label: "Monitored days set-up and education needs",
        unit: "days",
        kind: Kind::WholeOrNone(0, 30),
    },
    whole(
        "worklist/insole_quiet_days",
        "Insoles quiet: no walk for",
        "days",
        1,
        28,
    ),
    whole(
        "worklist/plan_ends_days",
        "Plan ends: shown before its last day",
        "days",
        1,
        60,
    ),
    whole(
        "worklist/good_days",
        "Good news: most of what was due, over",
        "days",
        7,
        28,
    ),
    whole(
        "worklist/alerts_a_day",
        "New alerts a clinician can see to in a day",
        "alerts",
        1,
        200,
    ),
    whole("pain/spike_from", "A spike, from", "of 10", 1, 10),
    whole(
        "pain/stop_above",
        "An exercise is stepped back or rests above",
        "of 10",
        0,
        10,
    ),
    whole(
        "pain/later_rise_above",
        "The same, when a day later it rose by more than",
        "points",
        1,
        10,
    ),
    whole(
        "pain/later_from_h",
        "A day later begins after",
        "hours",
        1,
        72,
    ),
    whole(
        "pain/later_through_h",
        "A day later ends after",
        "hours",
        1,
        72,
    ),
    whole(
        "pain/rest_h",
        "An exercise without an easier level rests for",
        "hours",
        1,
        336,
    ),
    whole(
        "pain/correction_min",
        "A correction undoes what a value caused, within",
        "minutes",
        1,
        1440,
    ),
    whole(
        "pain/critical_due_h",
        "A critical alert is to be acted on within",
        "hours",
        1,
        72,
    ),
    whole(
        "pain/acts_within_h",
        "A spike told later than this changes no plan",
        "hours",
        1,
        336,
    ),
    whole(
        "pain/red_flag_rise",
        "Red-flag questions are asked at a rise of",
        "points",
        1,
        10,
    ),
    whole(
        "pain/median_days",
        "That rise is over the median of",
        "days",
        2,
        28,
    ),
    whole(
        "pain/persist_from",
        "Pain persists: a day counts from",
        "of 10",
        1,
        10,
    ),
    whole(
        "pain/persist_days",
        "Pain persists: looking back on",
        "days",
        7,
        92,
    ),
    whole(
        "pain/persist_min_days",
        "Pain persists: days with a value needed",
        "days",
        3,
        92,
    ),
    whole(
        "pain/persist_share_pct",
        "Pain persists: on more than this share of them",
        "%",
        1,
        99,
    ),
    whole(
        "pain/worse_rise",
        "Getting worse: a rise over the last value of",
        "points",
        1,
        10,
    ),
    whole(
        "pain/slope_days",
        "Getting worse: the slope looks back on",
        "days",
        4,
        28,
    ),
    whole(
        "pain/slope_min_days",
        "Getting worse: days with a value needed",
        "days",
        4,
        28,
    ),
    whole(
        "pain/function_fall_pct",
        "Function: worse by this share of the score before",
        "%",
        5,
        90,
    ),
    whole(
        "scales/psfs_every_days",
        "Patient-Specific Functional Scale, every (0: never)",
        "days",
        0,
        365,
    ),
    whole(
        "scales/rmdq_every_days",
        "Roland-Morris questionnaire, every (0: never)",
        "days",
        0,
        365,
    ),
    Field {
        name: "reminders/digest",
        label: "Reminders of patients who chose nothing",
        unit: "",
        kind: Kind::Choice(DIGEST),
    },
    whole(
        "reminders/catch_up_send_min",
        "After an outage, sent when at most this late",
        "minutes",
        0,
        720,
    ),
    whole(
        "reminders/catch_up_spread_min",
        "After an outage, spread over",
        "minutes",
        0,
        60,
    ),
    whole(
        "reminders/resume_escalation_days",
        "A pause waits for a word before the deputy is asked",
        "days",
        1,
        30,
    ),
    whole(
        "reminders/unreachable_after_h",
        "Shown as not reachable after",
        "hours",
        1,
        240,
    ),
    whole(
        "reminders/silence/gentle_days",
        "Silence: a gentle text after",
        "due days",
        1,
        365,
    ),
    whole(
        "reminders/silence/second_days",
        "Silence: a second one after",
        "due days",
        1,
        365,
    ),
    whole(
        "reminders/silence/silent_days",
        "Silence: on the worklist after",
        "due days",
        1,
        365,
    ),
    whole(
        "reminders/silence/high_days",
        "Silence: with high priority after",
        "due days",
        1,
        365,
    ),
    whole(
        "reminders/silence/stop_days",
        "Silence: reminders stop after",
        "due days",
        1,
        365,
    ),
];

/// The quiet hours of a weekday: the name behind `reminders/quiet_hours/`, and words.
pub(super) const NIGHTS: [(&str, &str); 7] = [
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("fri", "Friday"),
    ("sat", "Saturday"),
    ("sun", "Sunday"),
];

/// Where the quiet hours are.
pub(super) const QUIET: &str = "reminders/quiet_hours";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::ClinicSettings;
    use super::super::read::{leaves, place};
    use super::*;

    fn of_default(name: &str, value: &Value) -> Result<Vec<String>, String> {
        let mut whole = json!(ClinicSettings::default());
        *place(&mut whole, name).ok_or(name)? = value.clone();
        let settings: ClinicSettings =
            serde_json::from_value(whole).map_err(|error| error.to_string())?;
        let broken = settings
            .check()
            .err()
            .map(|error| error.errors)
            .unwrap_or_default();
        let own = broken.into_iter().filter(|one| {
            let pointer = one.pointer.trim_start_matches('/');
            name == pointer || name.starts_with(&format!("{pointer}/"))
        });
        // Of two values that depend on one another is the other one told.
        Ok(own
            .map(|one| one.rule)
            .filter(|rule| !rule.starts_with("must not be below"))
            .collect())
    }

    #[test]
    fn ranges_are_those_of_the_rules() {
        for field in FIELDS {
            let Kind::Whole(low, high) = field.kind else {
                continue;
            };
            for value in [low - 1, high + 1] {
                let refused =
                    of_default(field.name, &json!(value)).map_or(true, |all| !all.is_empty());
                assert!(refused, "{} takes {value}", field.name);
            }
            if field.name.contains("/silence/") {
                // These rise: what one may be depends on its neighbours.
                continue;
            }
            for value in [low, high] {
                assert_eq!(
                    of_default(field.name, &json!(value)),
                    Ok(Vec::new()),
                    "{} {value}",
                    field.name
                );
            }
        }
    }

    #[test]
    fn every_setting_of_these_parts_has_its_words_and_no_words_are_without_a_setting() {
        let whole = json!(ClinicSettings::default());
        let known = leaves(&whole);
        for field in FIELDS {
            assert!(
                known.iter().any(|leaf| leaf == field.name),
                "{}",
                field.name
            );
        }
        for leaf in known {
            let part = leaf.split('/').next().unwrap_or_default();
            if PARTS.iter().any(|(key, ..)| *key == part) && !leaf.starts_with(QUIET) {
                assert!(FIELDS.iter().any(|field| field.name == leaf), "{leaf}");
            }
        }
    }
}

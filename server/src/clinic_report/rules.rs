//! The arithmetic of the report: pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::store::alerts::AlertState;
use crate::store::clinic_report::AlertLife;
use crate::store::types::PatientId;
use crate::worklist::rules::{Section, section_of};

/// Bins of the distribution of adherence: ten points each, the last with 100 %.
pub const BINS: usize = 10;

/// How the adherence of patients spreads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distribution {
    /// Patients in each bin.
    pub bins: [usize; BINS],
    /// Patients with fewer than ten closed occurrences: too early to judge.
    pub too_early: usize,
    /// Patients with nothing due.
    pub nothing_due: usize,
}

/// The distribution of shares in percent with their denominators.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a percentage"
)]
pub fn distribution(all: impl Iterator<Item = (Option<f64>, u64)>) -> Distribution {
    let mut found = Distribution::default();
    for (percent, of) in all {
        match percent {
            None => found.nothing_due += 1,
            Some(_) if of < 10 => found.too_early += 1,
            Some(percent) => {
                let bin = ((percent.clamp(0.0, 100.0) / 10.0) as usize).min(BINS - 1);
                if let Some(count) = found.bins.get_mut(bin) {
                    *count += 1;
                }
            }
        }
    }
    found
}

/// The middle of these; nothing of none.
pub fn median(mut all: Vec<i64>) -> Option<i64> {
    all.sort_unstable();
    let middle = all.len() / 2;
    let upper = *all.get(middle)?;
    if all.len() % 2 == 1 {
        return Some(upper);
    }
    Some((all.get(middle.checked_sub(1)?)? + upper) / 2)
}

/// How long one stayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// Whole weeks from the start to what ended it, or to today.
    pub weeks: i64,
    /// They dropped out then; otherwise all that is known is that they stayed so long.
    pub dropped: bool,
}

/// How long a patient stayed: dropped out where something was due for 14 days or more after the last answer.
pub fn stay(
    start: Date,
    today: Date,
    last_answered: Option<Date>,
    last_due: Option<Date>,
) -> Option<Stay> {
    let last = last_answered.unwrap_or(start);
    let days = |from: Date, until: Date| {
        let span = from.until((jiff::Unit::Day, until)).ok()?;
        Some(i64::from(span.get_days()))
    };
    let dropped = match last_due {
        Some(due) => days(last, due)? >= 14,
        None => false,
    };
    let end = if dropped { last } else { today };
    Some(Stay {
        weeks: days(start, end)?.max(0) / 7,
        dropped,
    })
}

/// A week of the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurveWeek {
    /// Weeks since the start.
    pub week: i64,
    /// Patients followed into this week.
    pub at_risk: usize,
    /// Of those, who dropped out in it.
    pub dropped: usize,
    /// Share still there at its end, percent (Kaplan and Meier).
    pub staying_pct: f64,
}

/// The drop-out curve. It ends where nobody is followed any more.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub fn curve(stays: &[Stay], weeks: i64) -> Vec<CurveWeek> {
    let mut share = 1.0;
    let mut found = Vec::new();
    for week in 0..weeks {
        let at_risk = stays.iter().filter(|stay| stay.weeks >= week).count();
        if at_risk == 0 {
            break;
        }
        let dropped = stays
            .iter()
            .filter(|stay| stay.dropped && stay.weeks == week)
            .count();
        share *= 1.0 - dropped as f64 / at_risk as f64;
        found.push(CurveWeek {
            week,
            at_risk,
            dropped,
            staying_pct: 100.0 * share,
        });
    }
    found
}

fn lived_at(alert: &AlertLife, at: Timestamp) -> bool {
    let ended = !matches!(
        alert.state,
        AlertState::Open | AlertState::Acked | AlertState::Snoozed
    );
    alert.first_seen_at.timestamp() <= at && !(ended && alert.state_at.timestamp() <= at)
}

/// Patients with a live alert at an instant, each in the first section that held.
pub fn alerted(alerts: &[AlertLife], at: Timestamp) -> BTreeMap<Section, usize> {
    let mut first: BTreeMap<PatientId, Section> = BTreeMap::new();
    for alert in alerts.iter().filter(|alert| lived_at(alert, at)) {
        let section = section_of(&alert.rule, alert.severity);
        let own = first.entry(alert.patient_id).or_insert(section);
        *own = (*own).min(section);
    }
    let mut counts = BTreeMap::new();
    for section in first.into_values() {
        *counts.entry(section).or_insert(0) += 1;
    }
    counts
}

/// How long safety alerts waited for a clinician.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstAction {
    /// Alerts found since the instant.
    pub alerts: usize,
    /// Of those, the ones a clinician did something about.
    pub acted: usize,
    /// The middle of their times, seconds.
    pub median_s: Option<i64>,
}

/// Time from the first finding of a safety alert to the first action on it.
pub fn first_action(alerts: &[AlertLife], since: Timestamp) -> FirstAction {
    let safety: Vec<&AlertLife> = alerts
        .iter()
        .filter(|alert| section_of(&alert.rule, alert.severity) == Section::Safety)
        .filter(|alert| alert.first_seen_at.timestamp() >= since)
        .collect();
    let times: Vec<i64> = safety
        .iter()
        .filter_map(|alert| Some(alert.first_acted_at?.0 - alert.first_seen_at.0))
        .map(|micros| micros / 1_000_000)
        .collect();
    FirstAction {
        alerts: safety.len(),
        acted: times.len(),
        median_s: median(times),
    }
}

/// Sessions of one kind of insole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quality {
    /// Sessions.
    pub sessions: usize,
    /// Those with an index.
    pub scored: usize,
    /// Reasons against one, with how often.
    pub reasons: BTreeMap<String, usize>,
}

/// Sessions by model and firmware.
pub fn quality(
    sessions: &[(String, Option<f64>, Option<String>)],
) -> BTreeMap<(String, String), Quality> {
    let mut found: BTreeMap<(String, String), Quality> = BTreeMap::new();
    for (summary, score, reasons) in sessions {
        let summary: Summary = serde_json::from_str(summary).unwrap_or_default();
        let not_said = || "not said".to_owned();
        let key = (
            summary.device.model.unwrap_or_else(not_said),
            summary.device.firmware.unwrap_or_else(not_said),
        );
        let row = found.entry(key).or_default();
        row.sessions += 1;
        row.scored += usize::from(score.is_some());
        let codes: BTreeSet<String> = reasons
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        for code in codes {
            *row.reasons.entry(code).or_insert(0) += 1;
        }
    }
    found
}

/// What of a summary says with what it was recorded.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Summary {
    device: Device,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Device {
    model: Option<String>,
    firmware: Option<String>,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_has_too_little_due_is_in_no_bin() {
        let all = [
            (Some(0.0), 10),
            (Some(9.99), 20),
            (Some(80.0), 10),
            (Some(100.0), 10),
            (Some(100.0), 9),
            (None, 0),
        ];
        let found = distribution(all.into_iter());
        assert_eq!(found.bins, [2, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!((found.too_early, found.nothing_due), (1, 1));
    }

    #[test]
    fn silence_while_something_is_due_is_dropping_out_and_a_pause_is_not() {
        let (start, today) = (date(2026, 1, 1), date(2026, 3, 1));
        let of = |answered, due| stay(start, today, Some(answered), Some(due)).unwrap();
        let gone = of(date(2026, 1, 16), date(2026, 2, 28));
        assert_eq!(
            gone,
            Stay {
                weeks: 2,
                dropped: true
            }
        );
        let paused = of(date(2026, 1, 16), date(2026, 1, 20));
        assert_eq!(
            paused,
            Stay {
                weeks: 8,
                dropped: false
            }
        );
        let never = stay(start, today, None, Some(date(2026, 2, 1))).unwrap();
        assert_eq!(
            never,
            Stay {
                weeks: 0,
                dropped: true
            }
        );
    }

    #[test]
    fn the_curve_counts_those_who_are_followed() {
        let stay = |weeks, dropped| Stay { weeks, dropped };
        let stays = [stay(0, true), stay(1, false), stay(2, true), stay(5, false)];
        let found = curve(&stays, 12);
        let risk: Vec<usize> = found.iter().map(|week| week.at_risk).collect();
        assert_eq!(risk, [4, 3, 2, 1, 1, 1]);
        let shares: Vec<f64> = found.iter().map(|week| week.staying_pct).collect();
        assert_eq!(shares, [75.0, 75.0, 37.5, 37.5, 37.5, 37.5]);
    }

    proptest! {
        #[test]
        fn a_curve_never_rises(all in proptest::collection::vec((0_i64..30, any::<bool>()), 0..40)) {
            let stays: Vec<Stay> = all.iter().map(|(weeks, dropped)| Stay { weeks: *weeks, dropped: *dropped }).collect();
            let found = curve(&stays, 26);
            prop_assert!(found.windows(2).all(|two| two[1].staying_pct <= two[0].staying_pct));
            prop_assert!(found.windows(2).all(|two| two[1].at_risk <= two[0].at_risk));
        }
    }
}

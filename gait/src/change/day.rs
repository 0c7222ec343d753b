//! One day of a person: what the sessions of a date say together.

use std::collections::BTreeMap;

use crate::metrics::derive::{Estimate, both_feet_mean, session_metrics};
use crate::metrics::{MIN_STRIDES_MEAN, MIN_STRIDES_VARIABILITY};
use crate::summary::{SessionSummary, Tag, merge};

use super::quality;

/// Bouts longer than 10 s that make a day valid (A).
pub const MIN_BOUTS: u64 = 3;
/// Valid strides that make a day valid without them (A).
pub const MIN_STRIDES: u64 = 150;
/// First and last hours of wear that are compared within a day, s (A).
const PART_S: f64 = 3.0 * 3600.0;

/// Metric id of cadence, the covariate of every other value.
pub const CADENCE: &str = "cadence_steps_per_min";

/// One value of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayValue {
    /// In the unit of its metric.
    pub value: f64,
    /// Standard error.
    pub se: f64,
    /// Strides of the foot with fewer.
    pub n: u64,
    /// The signal behind it was disturbed: the value is shown, but enters no baseline and no comparison.
    pub flagged: bool,
}

/// Load while standing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandingShare {
    /// Share of the load under the left foot, percent, time-weighted.
    pub left_pct: f64,
    /// Standing time behind it, s.
    pub seconds: f64,
}

/// What only the caller knows about a date.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DayNotes {
    /// A new baseline begins with this day: first day of wear, or a change of shoes, insoles or therapy that was accepted.
    pub new_baseline: bool,
    /// Whether both feet wore the same shoes; `None` when not known: then a shoe id in the sessions says so.
    pub same_shoes: Option<bool>,
    /// Strongest pain on one leg or foot reported, 0 to 10; `None` when nothing was reported.
    pub one_leg_pain: Option<u8>,
    /// Load while standing; `None` takes that of the sessions.
    pub standing: Option<StandingShare>,
}

/// Values of the first and of the last three hours of wear of a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DayParts {
    /// First hours.
    pub morning: BTreeMap<String, f64>,
    /// Last hours.
    pub evening: BTreeMap<String, f64>,
}

/// One day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Day {
    /// Days since 1970-01-01 in the person's own calendar.
    pub date: i64,
    /// What must be equal for days to compare: engine, thresholds, device. Days of another setting than the last day's
    /// are not compared with it.
    pub setting: String,
    /// Sensor layout id: pressure values and their measurement error belong to one layout.
    pub layout_id: String,
    /// Walking bouts above 10 s.
    pub bouts_over_10s: u64,
    /// Valid strides of both feet.
    pub valid_strides: u64,
    /// Values by metric id.
    pub values: BTreeMap<String, DayValue>,
    /// The clocks of the two insoles were seen to agree.
    pub sync_ok: bool,
    /// Morning and evening, where the day was worn that long.
    pub parts: Option<DayParts>,
    /// What only the caller knows.
    pub notes: DayNotes,
    /// Sessions of the date that are not in it: another purpose, or not comparable with the first.
    pub left_out: usize,
}

impl Day {
    /// The everyday sessions of a date as one day; `None` without any.
    #[must_use]
    pub fn of(date: i64, sessions: &[SessionSummary], notes: DayNotes) -> Option<Self> {
        let mut usual: Vec<&SessionSummary> =
            sessions.iter().filter(|s| s.tag == Tag::Usual).collect();
        usual.sort_by(|a, b| (&a.start_utc, &a.session_id).cmp(&(&b.start_utc, &b.session_id)));
        let (whole, kept) = merged(&usual)?;
        Some(Self {
            date,
            setting: setting(&whole),
            layout_id: whole.device.layout_id.clone(),
            bouts_over_10s: kept.iter().map(|s| bouts_over_10s(s)).sum(),
            valid_strides: whole
                .strides
                .left
                .valid
                .saturating_add(whole.strides.right.valid),
            values: values(&whole),
            sync_ok: quality::in_step(&whole),
            parts: parts(&kept),
            notes: DayNotes {
                // One shoe id names a pair.
                same_shoes: notes.same_shoes.or(whole.shoe_id.as_ref().map(|_| true)),
                standing: notes.standing.or_else(|| standing(&whole)),
                ..notes
            },
            left_out: sessions.len() - kept.len(),
        })
    }

    /// Enough walking to speak of the day.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.bouts_over_10s >= MIN_BOUTS || self.valid_strides >= MIN_STRIDES
    }

    /// A value that may be compared.
    #[must_use]
    pub fn sound(&self, metric: &str) -> Option<&DayValue> {
        self.values
            .get(metric)
            .filter(|v| !v.flagged && v.value.is_finite() && v.se.is_finite())
    }
}

/// Sessions added to the first, and which of them could be.
fn merged<'a>(
    sessions: &[&'a SessionSummary],
) -> Option<(SessionSummary, Vec<&'a SessionSummary>)> {
    let (first, rest) = sessions.split_first()?;
    let (mut sum, mut kept) = ((*first).clone(), vec![*first]);
    for next in rest {
        if let Ok(both) = merge(&sum, next) {
            sum = both;
            kept.push(next);
        }
    }
    Some((sum, kept))
}

fn standing(summary: &SessionSummary) -> Option<StandingShare> {
    summary.standing.as_ref().map(|s| StandingShare {
        left_pct: s.share_left_pct,
        seconds: s.duration_s,
    })
}

fn setting(summary: &SessionSummary) -> String {
    let (device, t) = (&summary.device, &summary.thresholds);
    format!(
        "{} {} {} {}/{}/{}",
        summary.engine_version, device.model, device.layout_id, t.on_bw, t.off_bw, t.fc_bw
    )
}

/// Bouts of the classes above 10 s.
fn bouts_over_10s(summary: &SessionSummary) -> u64 {
    let [_, longer @ ..] = summary.bouts.classes();
    longer.iter().map(|class| class.count()).sum()
}

/// Session metrics, and means of both feet of the per-foot ones.
fn values(summary: &SessionSummary) -> BTreeMap<String, DayValue> {
    let gathered = summary.gathered();
    let measured = gathered.measured();
    let session = session_metrics(measured)
        .into_iter()
        .filter_map(|(id, derived)| Some((id.to_owned(), derived.ok()?)));
    let feet = gathered
        .metrics
        .keys()
        .filter_map(|id| Some((id.clone(), both_feet_mean(measured, id, least(id)).ok()?)));
    session
        .chain(feet)
        .map(|(id, e): (String, Estimate)| {
            let flagged = quality::disturbed(&id, summary);
            let value = DayValue {
                value: e.value,
                se: e.se,
                n: e.n,
                flagged,
            };
            (id, value)
        })
        .collect()
}

/// Strides a mean needs to stand for a day: pressure 30, everything else 10 (docs/GAIT.md, "How many strides").
fn least(id: &str) -> u64 {
    if quality::is_pressure(id) {
        MIN_STRIDES_VARIABILITY
    } else {
        MIN_STRIDES_MEAN
    }
}

/// Morning and evening when the wear lasted twice their length, so that they do not overlap.
fn parts(sessions: &[&SessionSummary]) -> Option<DayParts> {
    let spans: Vec<(f64, f64, &SessionSummary)> = sessions
        .iter()
        .filter_map(|s| {
            let start = seconds(&s.start_utc)?;
            Some((start, start + s.duration_s, *s))
        })
        .collect();
    let first = spans.iter().map(|s| s.0).fold(f64::INFINITY, f64::min);
    let last = spans.iter().map(|s| s.1).fold(f64::NEG_INFINITY, f64::max);
    if last - first < 2.0 * PART_S {
        return None;
    }
    let part = |keep: &dyn Fn(&(f64, f64, &SessionSummary)) -> bool| {
        let chosen: Vec<&SessionSummary> = spans.iter().filter(|s| keep(s)).map(|s| s.2).collect();
        merged(&chosen).map(|(sum, _)| sound_values(&sum))
    };
    Some(DayParts {
        morning: part(&|s| s.1 <= first + PART_S)?,
        evening: part(&|s| s.0 >= last - PART_S)?,
    })
}

fn sound_values(summary: &SessionSummary) -> BTreeMap<String, f64> {
    values(summary)
        .into_iter()
        .filter(|(_, v)| !v.flagged)
        .map(|(id, v)| (id, v.value))
        .collect()
}

/// Seconds since 1970-01-01 of an RFC 3339 instant in UTC (`2026-03-01T08:30:00Z`).
fn seconds(instant: &str) -> Option<f64> {
    let number = |from: usize, to: usize| instant.get(from..to)?.parse::<i64>().ok();
    let date = ordinal(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let second = instant.get(17..)?.strip_suffix('Z')?.parse::<f64>().ok()?;
    Some((date * 86_400 + number(11, 13)? * 3600 + number(14, 16)? * 60) as f64 + second)
}

/// Days since 1970-01-01 of a date of the Gregorian calendar; the year is taken to begin in March, so that the leap day
/// is its last.
#[must_use]
pub fn ordinal(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

/// The date of a day number, `2026-03-01`.
#[must_use]
pub fn date_text(date: i64) -> String {
    let days = date.saturating_add(719_468);
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!("{:04}-{month:02}-{day:02}", 400 * era + year_of_era + later)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_dates() {
        assert_eq!(ordinal(1970, 1, 1), 0);
        assert_eq!(ordinal(2000, 2, 29), 11_016);
        assert_eq!(ordinal(2026, 3, 1), 20_513);
        assert_eq!(date_text(20_513), "2026-03-01");
        assert_eq!(
            seconds("2026-03-01T08:30:05.5Z"),
            Some(20_513.0 * 86_400.0 + 30_605.5)
        );
        assert_eq!(seconds("yesterday"), None);
    }

    proptest! {
        #[test]
        fn dates_survive_the_round_trip(date in -700_000_i64..2_000_000) {
            let text = date_text(date);
            let (rest, day) = text.rsplit_once('-').unwrap();
            let (year, month) = rest.rsplit_once('-').unwrap();
            let number = |t: &str| t.parse::<i64>().unwrap();
            prop_assert_eq!(ordinal(number(year), number(month), number(day)), date);
        }

        #[test]
        fn any_day_number_has_a_text(date in any::<i64>()) {
            prop_assert!(!date_text(date).is_empty());
        }
    }
}

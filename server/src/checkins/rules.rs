//! Pain rules, pure: what a value means for an exercise, for the plan, and for the clinician's list.
//!
//! Thresholds are the clinic's ([`PainRules`]); the defaults name where they come from.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::FieldError;

/// Version of these rules, kept with what they find.
pub const VERSION: &str = "pain-2";

/// The thresholds. A field that is left out has its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PainRules {
    /// Pain after an exercise from which it is a spike (care.md S15): 7.
    #[schema(minimum = 1, maximum = 10)]
    pub spike_from: u8,
    /// Pain during or after an exercise above which it is stepped back or rests (gait.md 16, stop rules): 5.
    #[schema(minimum = 0, maximum = 10)]
    pub stop_above: u8,
    /// Rise over the pain before the exercise, a day later, above which the same happens (gait.md 16): 2.
    #[schema(minimum = 1, maximum = 10)]
    pub later_rise_above: u8,
    /// A day later begins this many hours after the exercise (A): 18.
    #[schema(minimum = 1, maximum = 72)]
    pub later_from_h: i64,
    /// And ends this many hours after it (A): 30.
    #[schema(minimum = 1, maximum = 72)]
    pub later_through_h: i64,
    /// Hours an exercise rests when its stop rule is met and there is no easier level (ACSM: 48 h between strength
    /// sessions; applied here by us): 48.
    #[schema(minimum = 1, maximum = 336)]
    pub rest_h: i64,
    /// Minutes in which a correction undoes what a value caused (care.md S15): 10.
    #[schema(minimum = 1, maximum = 1440)]
    pub correction_min: i64,
    /// Hours until somebody must act on a critical alert (care.md 6.2, section 1): 4.
    #[schema(minimum = 1, maximum = 72)]
    pub critical_due_h: i64,
    /// A spike told later than this many hours is shown, and changes nothing in the plan (A): 72.
    #[schema(minimum = 1, maximum = 336)]
    pub acts_within_h: i64,
    /// Rise over the median of the last days at which the red-flag questions are asked (MIC of the NPRS, Ostelo 2008): 2.
    #[schema(minimum = 1, maximum = 10)]
    pub red_flag_rise: u8,
    /// Days of that median (gait.md 15): 7.
    #[schema(minimum = 2, maximum = 28)]
    pub median_days: i32,
    /// Pain from which a day counts for persistence (A): 4.
    #[schema(minimum = 1, maximum = 10)]
    pub persist_from: u8,
    /// Days persistence looks back on (care.md 9): 28.
    #[schema(minimum = 7, maximum = 92)]
    pub persist_days: i32,
    /// Days with a value it needs (A): 14.
    #[schema(minimum = 3, maximum = 92)]
    pub persist_min_days: usize,
    /// Percent of the days with a value that must be exceeded (`most`): 50.
    #[schema(minimum = 1, maximum = 99)]
    pub persist_share_pct: u8,
    /// Rise over the last value that counts as getting worse (care.md 6.2, section 2): 2.
    #[schema(minimum = 1, maximum = 10)]
    pub worse_rise: u8,
    /// Days the slope looks back on (care.md 6.2, section 2): 7.
    #[schema(minimum = 4, maximum = 28)]
    pub slope_days: i32,
    /// Days with a value the slope needs (A): 5.
    #[schema(minimum = 4, maximum = 28)]
    pub slope_min_days: usize,
    /// Percent of the score before by which a questionnaire of function must be worse (care.md 6.2, section 2): 20.
    #[schema(minimum = 5, maximum = 90)]
    pub function_fall_pct: u8,
}

impl Default for PainRules {
    fn default() -> Self {
        Self {
            spike_from: 7,
            stop_above: 5,
            later_rise_above: 2,
            later_from_h: 18,
            later_through_h: 30,
            rest_h: 48,
            correction_min: 10,
            critical_due_h: 4,
            acts_within_h: 72,
            red_flag_rise: 2,
            median_days: 7,
            persist_from: 4,
            persist_days: 28,
            persist_min_days: 14,
            persist_share_pct: 50,
            worse_rise: 2,
            slope_days: 7,
            slope_min_days: 5,
            function_fall_pct: 20,
        }
    }
}

impl PainRules {
    /// The broken rules, with pointers below `at`.
    pub fn violations(&self, at: &str) -> Vec<FieldError> {
        let size = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        let ranges: [(&str, i64, i64, i64); 19] = [
            ("spike_from", self.spike_from.into(), 1, 10),
            ("stop_above", self.stop_above.into(), 0, 10),
            ("later_rise_above", self.later_rise_above.into(), 1, 10),
            ("later_from_h", self.later_from_h, 1, 72),
            ("later_through_h", self.later_through_h, 1, 72),
            ("rest_h", self.rest_h, 1, 336),
            ("correction_min", self.correction_min, 1, 1440),
            ("critical_due_h", self.critical_due_h, 1, 72),
            ("acts_within_h", self.acts_within_h, 1, 336),
            ("red_flag_rise", self.red_flag_rise.into(), 1, 10),
            ("median_days", self.median_days.into(), 2, 28),
            ("persist_from", self.persist_from.into(), 1, 10),
            ("persist_days", self.persist_days.into(), 7, 92),
            ("persist_min_days", size(self.persist_min_days), 3, 92),
            ("persist_share_pct", self.persist_share_pct.into(), 1, 99),
            ("worse_rise", self.worse_rise.into(), 1, 10),
            ("slope_days", self.slope_days.into(), 4, 28),
            ("slope_min_days", size(self.slope_min_days), 4, 28),
            ("function_fall_pct", self.function_fall_pct.into(), 5, 90),
        ];
        let outside = ranges
            .into_iter()
            .filter(|(_, value, low, high)| value < low || value > high);
        let mut errors: Vec<FieldError> = outside
            .map(|(name, _, low, high)| {
                FieldError::new(
                    format!("{at}/{name}"),
                    format!("must be between {low} and {high}"),
                )
            })
            .collect();
        let mut not_below = |name: &str, value: i64, other: &str, limit: i64| {
            if value < limit {
                let rule = format!("must not be below {other}");
                errors.push(FieldError::new(format!("{at}/{name}"), rule));
            }
        };
        not_below(
            "later_through_h",
            self.later_through_h,
            "later_from_h",
            self.later_from_h,
        );
        not_below(
            "slope_days",
            self.slope_days.into(),
            "slope_min_days",
            size(self.slope_min_days),
        );
        not_below(
            "persist_days",
            self.persist_days.into(),
            "persist_min_days",
            size(self.persist_min_days),
        );
        not_below(
            "spike_from",
            self.spike_from.into(),
            "stop_above",
            self.stop_above.into(),
        );
        errors
    }
}

/// What pain during or after an exercise means for that exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing: it goes on.
    GoOn,
    /// Its stop rule is met: one level back, or a rest.
    Stop,
    /// A spike: it is suspended and the owner hears of it now.
    Spike,
}

/// What pain during or after an exercise means for it.
pub fn verdict(pain: u8, rules: &PainRules) -> Verdict {
    if pain >= rules.spike_from {
        Verdict::Spike
    } else if pain > rules.stop_above {
        Verdict::Stop
    } else {
        Verdict::GoOn
    }
}

/// Whether pain a day later meets the exercise's stop rule.
pub fn rose_later(before: u8, later: u8, rules: &PainRules) -> bool {
    later.saturating_sub(before) > rules.later_rise_above
}

/// The worst pain of each date.
pub type WorstByDate = BTreeMap<Date, u8>;

/// Values of the `days` dates that end with `through`.
fn window(values: &WorstByDate, through: Date, days: i32) -> impl Iterator<Item = (Date, u8)> + '_ {
    values
        .range(..=through)
        .rev()
        .take_while(move |(date, _)| (through - **date).get_days() < days)
        .map(|(date, value)| (*date, *value))
}

/// Median of the dates before `today` that the rule looks back on; absent without any value.
pub fn usual(values: &WorstByDate, today: Date, rules: &PainRules) -> Option<f64> {
    let yesterday = today.yesterday().ok()?;
    let mut worst: Vec<f64> = window(values, yesterday, rules.median_days)
        .map(|(_, value)| f64::from(value))
        .collect();
    gait::change::ranks::median(&mut worst)
}

/// Whether pain rose enough above its usual for the red-flag questions.
pub fn asks_red_flags(usual: Option<f64>, now: u8, rules: &PainRules) -> bool {
    usual.is_some_and(|usual| f64::from(now) - usual >= f64::from(rules.red_flag_rise))
}

/// What the persistence rule saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Persistence {
    /// Days with a value.
    pub days: usize,
    /// Of these, days at or above the threshold.
    pub high_days: usize,
    /// Whether that is most of them, over a window long enough to tell.
    pub persists: bool,
}

/// Whether pain stayed high on most days of the window that ends with `today`.
pub fn persistence(values: &WorstByDate, today: Date, rules: &PainRules) -> Persistence {
    let seen: Vec<(Date, u8)> = window(values, today, rules.persist_days).collect();
    let (days, high) = (
        seen.len(),
        seen.iter()
            .filter(|(_, value)| *value >= rules.persist_from)
            .count(),
    );
    // Values of the last days alone do not tell of weeks: they must reach back three quarters of the window (A).
    let span = seen
        .last()
        .map_or(0, |(date, _)| (today - *date).get_days() + 1);
    let most = high * 100 > days * usize::from(rules.persist_share_pct);
    Persistence {
        days,
        high_days: high,
        persists: days >= rules.persist_min_days && 4 * span >= 3 * rules.persist_days && most,
    }
}

/// Slope of the worst pain over days, with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Slope {
    /// Points a day (Theil-Sen).
    pub per_day: f64,
    /// Lower end of the 95 % interval; absent where the days are too few for one.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Days with a value.
    pub days: usize,
}

/// The slope over the window that ends with `today`; absent where there are too few days.
pub fn slope(values: &WorstByDate, today: Date, rules: &PainRules) -> Option<Slope> {
    let points: Vec<(f64, f64)> = window(values, today, rules.slope_days)
        .map(|(date, value)| (f64::from((date - today).get_days()), f64::from(value)))
        .collect();
    if points.len() < rules.slope_min_days {
        return None;
    }
    let per_day = gait::change::ranks::theil_sen(&points)?;
    let (low, high) =
        slope_interval(&points).map_or((None, None), |[low, high]| (Some(low), Some(high)));
    Some(Slope {
        per_day,
        low,
        high,
        days: points.len(),
    })
}

/// 97.5 % point of the normal distribution.
const Z: f64 = 1.959_964;

/// 95 % interval of Theil and Sen's slope from the variance of Kendall's S, ties in y counted (Sen 1968; Gilbert 1987,
/// 16.5), its ranks rounded outward. Absent where no pair of slopes is that far out.
fn slope_interval(points: &[(f64, f64)]) -> Option<[f64; 2]> {
    let mut slopes: Vec<f64> = points
        .iter()
        .enumerate()
        .flat_map(|(i, a)| {
            points
                .iter()
                .skip(i + 1)
                .map(move |b| (b.1 - a.1) / (b.0 - a.0))
        })
        .collect();
    slopes.sort_by(f64::total_cmp);
    let mut ys: Vec<f64> = points.iter().map(|point| point.1).collect();
    ys.sort_by(f64::total_cmp);
    let term = |n: usize| {
        let n = n as f64;
        n * (n - 1.0) * (2.0 * n + 5.0)
    };
    let ties: f64 = ys
        .chunk_by(|a, b| a == b)
        .map(|group| term(group.len()))
        .sum();
    let reach = Z * ((term(points.len()) - ties) / 18.0).sqrt();
    let outside = ((slopes.len() as f64 - reach) / 2.0).floor();
    if outside < 1.0 {
        return None;
    }
    // A whole number between 1 and half the slopes.
    let outside = outside as usize;
    let low = slopes.get(outside - 1)?;
    let high = slopes.get(slopes.len().checked_sub(outside)?)?;
    Some([*low, *high])
}

impl Slope {
    /// Whether it is surely above zero.
    pub fn is_above_zero(&self) -> bool {
        self.low.is_some_and(|low| low > 0.0)
    }
}

/// Whether pain is getting worse by the clinician's list: a rise over the last value, or a slope surely above zero.
pub fn is_worse(last: Option<u8>, now: u8, slope: Option<&Slope>, rules: &PainRules) -> bool {
    let step = last.is_some_and(|last| now.saturating_sub(last) >= rules.worse_rise);
    step || slope.is_some_and(Slope::is_above_zero)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

//! Change over days: a person against their own baseline, an effect of shoes or insoles, a side-to-side pattern that
//! lasts. Definitions and measured error rates: docs/GAIT.md, "Change". Pure: dates are given, chance is not used.

pub mod baseline;
pub mod cusum;
pub mod day;
pub mod effect;
pub mod fdr;
pub mod legs;
pub mod monitor;
mod observe;
mod quality;
pub mod ranks;
pub mod speed;
pub mod student;
mod trial;
pub(crate) mod words;

use serde::Serialize;

pub use cusum::Direction;
pub use day::{Day, DayNotes, DayParts, DayValue, StandingShare};
pub use observe::observations;
pub(crate) use observe::{evidence, owned};

use crate::norms::norms;
use crate::observation::Observation;
use cusum::LIMIT;
use day::CADENCE;
use monitor::{Point, Standing, adjusted_delta, follow};

/// Values watched for everybody: at most [`MAX_WATCHED`], fixed before the first day (A).
pub const REGISTERED: [&str; MAX_WATCHED] = [
    "si_stance_pct",
    "stride_time_cv_pct",
    "mlr",
    "cadence_steps_per_min",
    "mid_load",
];
/// Most values watched for one person: each more makes a false alarm more likely (A).
pub const MAX_WATCHED: usize = 5;
/// How much higher the cumulative sum must be for each e-fold of watched values, so that one person has at most one false
/// "worth a look" in four within three months however many are watched (D, test `false_alarms_per_person`).
const LIMIT_PER_LN_WATCHED: f64 = 3.0;
/// Days that a change must last to stand on the clinician's list (A).
const LASTING_DAYS: usize = 7;

/// Observation ids of this module.
pub const CHANGED: &str = "changed_from_baseline";
/// A change that walking speed explains.
pub const CHANGED_WITH_SPEED: &str = "changed_with_speed";

/// Every observation id of changes over days and within sessions, for documentation tests.
#[must_use]
pub fn ids() -> Vec<&'static str> {
    vec![
        CHANGED,
        CHANGED_WITH_SPEED,
        effect::FOOTWEAR_EFFECT,
        legs::LEG_LENGTH_PATTERN,
        legs::STANDING_UNEVEN,
        crate::drift::WITHIN_SESSION,
        crate::drift::WITHIN_DAY,
    ]
}

/// How much weight a change deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// More than measurement error in one of several watched values: expected by chance now and then.
    Information,
    /// Also unlikely by chance among everything watched for this person.
    WorthALook,
    /// Also lasting a week and larger than the error of two single walks.
    ClinicianList,
}

/// A change against the own baseline that holds on the last day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Metric id.
    pub metric: String,
    /// Which way.
    pub direction: Direction,
    /// First day of the change, days since 1970-01-01.
    pub start_date: i64,
    /// Mean difference since then, cadence taken out, in the metric's unit.
    pub delta: f64,
    /// Its standard error.
    pub delta_se: f64,
    /// Minimal detectable change of such a mean of days.
    pub mdc95: f64,
    /// Minimal detectable change between two single walks, where it is known.
    pub mdc95_single: Option<f64>,
    /// Valid days of the change.
    pub days: usize,
    /// p of the last seven days against the baseline.
    pub week_p: f64,
    /// Weight.
    pub level: Level,
}

impl Change {
    /// Difference in standard errors.
    #[must_use]
    pub fn per_se(&self) -> f64 {
        self.delta / self.delta_se
    }

    /// Difference in minimal detectable changes.
    #[must_use]
    pub fn per_mdc(&self) -> f64 {
        self.delta / self.mdc95
    }
}

/// Values that moved with walking speed and no further.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpeedChange {
    /// Faster or slower.
    pub pace: Direction,
    /// First day, days since 1970-01-01.
    pub start_date: i64,
    /// Mean change of cadence, steps/min.
    pub cadence_delta: f64,
    /// Metric id, raw difference, its standard error, valid days.
    pub moved: Vec<(String, f64, f64, usize)>,
}

/// What changed, and what only followed the speed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Changes {
    /// Changes, the heaviest first.
    pub changes: Vec<Change>,
    /// The effect of speed, if there is one.
    pub speed: Option<SpeedChange>,
}

/// Everything that can be said of the days (in any order) on their last date: changes against the own baseline, the
/// lasting side-to-side pattern, uneven standing, drift within days.
#[must_use]
pub fn history(days: &[Day]) -> Vec<Observation> {
    let mut found = observations(&changes(days, &REGISTERED));
    found.extend(legs::pattern(days));
    found.extend(legs::standing(days));
    found.extend(crate::drift::within_day(days));
    found
}

/// Changes of the registered values (the first [`MAX_WATCHED`] of them) that hold on the last date.
#[must_use]
pub fn changes(days: &[Day], registered: &[&str]) -> Changes {
    let days = comparable(days);
    let registered = registered.get(..MAX_WATCHED).unwrap_or(registered);
    let watched: Vec<Watched> = registered
        .iter()
        .filter_map(|m| Watched::new(&days, m))
        .collect();
    let p: Vec<f64> = watched.iter().map(|w| w.adjusted.week_p).collect();
    let discoveries = fdr::benjamini_hochberg(&p, fdr::FALSE_DISCOVERY_RATE);
    let person_limit = LIMIT + LIMIT_PER_LN_WATCHED * (watched.len().max(1) as f64).ln();
    let mut changes: Vec<Change> = watched
        .iter()
        .zip(discoveries)
        .filter(|(w, _)| w.adjusted.alarm)
        .map(|(w, discovery)| w.change(discovery && w.adjusted.sum > person_limit))
        .collect();
    changes.sort_by(|a, b| {
        b.level
            .cmp(&a.level)
            .then(b.per_se().abs().total_cmp(&a.per_se().abs()))
    });
    Changes {
        changes,
        speed: speed_change(&watched),
    }
}

/// Valid days of the last day's setting since the latest new baseline, one per date, by date.
pub(crate) fn comparable(days: &[Day]) -> Vec<&Day> {
    let mut sorted: Vec<&Day> = days.iter().collect();
    sorted.sort_by_key(|d| d.date);
    let start = sorted
        .iter()
        .rposition(|d| d.notes.new_baseline)
        .unwrap_or(0);
    let setting = sorted.last().map(|d| d.setting.as_str());
    let mut kept: Vec<&Day> = sorted
        .into_iter()
        .skip(start)
        .filter(|d| d.is_valid() && Some(d.setting.as_str()) == setting)
        .collect();
    kept.dedup_by_key(|d| d.date);
    kept
}

/// One registered value, with and without cadence taken out.
struct Watched {
    metric: String,
    mdc95_single: Option<f64>,
    points: Vec<Point>,
    adjusted: Standing,
    raw: Standing,
}

impl Watched {
    fn new(days: &[&Day], metric: &str) -> Option<Self> {
        let points: Vec<Point> = days
            .iter()
            .filter_map(|d| {
                let (value, cadence) = (d.sound(metric)?, d.sound(CADENCE)?);
                Some(Point {
                    date: d.date,
                    value: value.value,
                    se: value.se,
                    cadence: cadence.value,
                })
            })
            .collect();
        let layout = &days.last()?.layout_id;
        let mdc95_single = norms().mdc95(metric, layout);
        let sem = mdc95_single.map(baseline::sem_of);
        Some(Self {
            metric: metric.to_owned(),
            mdc95_single,
            adjusted: follow(&points, sem, metric != CADENCE)?,
            raw: follow(&points, sem, false)?,
            points,
        })
    }

    fn change(&self, beyond_chance: bool) -> Change {
        let s = &self.adjusted;
        let lasting =
            s.days >= LASTING_DAYS && self.mdc95_single.is_some_and(|mdc| s.delta.abs() >= mdc);
        Change {
            metric: self.metric.clone(),
            direction: s.direction,
            start_date: s.start_date,
            delta: s.delta,
            delta_se: s.delta_se,
            mdc95: s.baseline.mdc95_of_means(s.days),
            mdc95_single: self.mdc95_single,
            days: s.days,
            week_p: s.week_p,
            level: match (beyond_chance, lasting) {
                (false, _) => Level::Information,
                (true, false) => Level::WorthALook,
                (true, true) => Level::ClinicianList,
            },
        }
    }

    /// The raw value changed, and with cadence taken out nothing measurable is left.
    fn follows_speed(&self) -> bool {
        let left = adjusted_delta(&self.points, &self.adjusted.baseline, self.raw.start_date);
        self.metric != CADENCE
            && self.raw.alarm
            && !self.adjusted.alarm
            && left.abs() < self.raw.baseline.mdc95_of_means(self.raw.days)
            && left.abs() <= 0.5 * self.raw.delta.abs()
    }
}

fn speed_change(watched: &[Watched]) -> Option<SpeedChange> {
    let moved: Vec<&Watched> = watched.iter().filter(|w| w.follows_speed()).collect();
    let first = moved.iter().min_by_key(|w| w.raw.start_date)?;
    let cadence_delta = first.raw.cadence_delta;
    Some(SpeedChange {
        pace: if cadence_delta >= 0.0 {
            Direction::Higher
        } else {
            Direction::Lower
        },
        start_date: first.raw.start_date,
        cadence_delta,
        moved: moved
            .iter()
            .map(|w| (w.metric.clone(), w.raw.delta, w.raw.delta_se, w.raw.days))
            .collect(),
    })
}

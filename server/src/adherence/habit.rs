//! Habit strength: an exponential average over closed occurrences, slower for what is asked more often.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::events::Stands;
use crate::plans::library::CareKind;
use crate::plans::spec::{PlanItemSpec, RecurrenceKind};
use crate::store::types::PlanItemId;

/// After this many steps of a daily habit half of the weight is newer (Loop Habit Tracker, `Score.kt`:
/// `0.5.pow(sqrt(frequency) / 13.0)`).
const HALF_LIFE_STEPS: f64 = 13.0;
/// Closed occurrences before there is a strength: a week of a daily habit.
const FEWEST: u32 = 7;

/// How often a line of a plan version asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Of which version.
    pub version: i64,
    /// The line.
    pub item: PlanItemId,
    /// Its kind, where the library knows it.
    pub kind: Option<CareKind>,
    /// Occurrences it expects on an average day.
    pub per_day: f64,
    /// Its first day.
    pub from: Date,
    /// Its last.
    pub through: Option<Date>,
}

impl Line {
    /// The line a specification describes.
    pub fn of(version: i64, item: PlanItemId, kind: Option<CareKind>, spec: &PlanItemSpec) -> Self {
        Self {
            version,
            item,
            kind,
            per_day: per_day(spec),
            from: spec.starts_on,
            through: spec.ends_on,
        }
    }

    fn asks_on(&self, date: Date) -> bool {
        self.from <= date && self.through.is_none_or(|through| date <= through)
    }
}

/// Occurrences a line expects on an average day.
pub fn per_day(spec: &PlanItemSpec) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few windows and weekdays")]
    let (windows, weekdays) = (
        spec.windows.len() as f64,
        spec.recurrence.weekdays.len() as f64,
    );
    match spec.recurrence.kind {
        RecurrenceKind::Daily => windows,
        RecurrenceKind::Weekdays => windows * weekdays / 7.0,
        RecurrenceKind::EveryNDays | RecurrenceKind::AfterEvent => {
            windows / f64::from(spec.recurrence.n_days.unwrap_or(1))
        }
        RecurrenceKind::EveryNWeeks => {
            windows * weekdays / (7.0 * f64::from(spec.recurrence.n_weeks.unwrap_or(1)))
        }
        RecurrenceKind::TimesPerWeek => {
            windows * f64::from(spec.recurrence.times.unwrap_or(1)) / 7.0
        }
    }
}

/// How settled a habit is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Strength {
    /// The average as Loop has it, percent: from nothing, so that a perfect first week shows little. Null until seven have closed.
    pub value_pct: Option<f64>,
    /// The same without the weight of the nothing it began from, percent.
    pub corrected_pct: Option<f64>,
    /// Why there is no value: `nothing_due`, `too_early`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<&'static str>,
    /// Closed occurrences it is made of.
    pub closed: u32,
}

/// The average on its way through closed occurrences.
#[derive(Debug, Clone, Copy)]
struct Running {
    average: f64,
    /// Weight of the nothing it began from.
    nothing: f64,
    closed: u32,
}

impl Running {
    const BEGIN: Self = Self {
        average: 0.0,
        nothing: 1.0,
        closed: 0,
    };

    fn add(&mut self, share: f64, expected: f64) {
        let keep = 0.5_f64.powf(expected.sqrt() / HALF_LIFE_STEPS);
        self.average = keep * self.average + (1.0 - keep) * share;
        self.nothing *= keep;
        self.closed += 1;
    }

    fn strength(&self) -> Strength {
        let enough = self.closed >= FEWEST;
        Strength {
            value_pct: enough.then_some(100.0 * self.average),
            corrected_pct: enough.then(|| 100.0 * self.average / (1.0 - self.nothing)),
            reason: match self.closed {
                0 => Some("nothing_due"),
                _ if !enough => Some("too_early"),
                _ => None,
            },
            closed: self.closed,
        }
    }
}

/// Strength after these occurrences, in their order; `expected` is how many a day one of them is expected among, by its plan version.
/// Excused, cancelled and open ones leave it as it is.
pub fn strength(all: &[Stands<'_>], expected: impl Fn(&Stands<'_>) -> f64) -> Strength {
    let mut running = Running::BEGIN;
    for stands in all.iter().filter(|stands| stands.is_closed()) {
        running.add(stands.share, expected(stands));
    }
    running.strength()
}

/// Strength at the end of each date on which something closed, over occurrences in the order of their dates: on each of them
/// what [`strength`] says of everything through it.
pub fn strength_by_date(
    all: &[Stands<'_>],
    expected: impl Fn(&Stands<'_>) -> f64,
) -> BTreeMap<Date, Strength> {
    let mut running = Running::BEGIN;
    let mut dates = BTreeMap::new();
    for stands in all.iter().filter(|stands| stands.is_closed()) {
        running.add(stands.share, expected(stands));
        dates.insert(stands.planned.date, running.strength());
    }
    dates
}

/// How many occurrences a day are expected beside one, by its own plan version, of the lines that belong.
pub fn expected(lines: &[Line], stands: &Stands<'_>, belongs: impl Fn(&Line) -> bool) -> f64 {
    let planned = stands.planned;
    let sum: f64 = lines
        .iter()
        .filter(|line| line.version == planned.version && line.asks_on(planned.date))
        .filter(|line| belongs(line))
        .map(|line| line.per_day)
        .sum();
    // An occurrence whose line is gone was still expected once on its day.
    if sum > 0.0 { sum } else { 1.0 }
}

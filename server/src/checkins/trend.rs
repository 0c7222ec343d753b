//! Pain over days, from check-ins: what the clinician's list and the patient's page show.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::item::CheckinBody;
use super::rules::{self, PainRules, Slope, WorstByDate};
use crate::error::{Error, Result};
use crate::store::checkins::CheckinRow;

/// One date: the worst of each that was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayPain {
    /// Back pain.
    pub back: Option<u8>,
    /// Leg pain.
    pub leg: Option<u8>,
    /// Foot pain.
    pub foot: Option<u8>,
    /// How tired the feet were.
    pub tired_feet: Option<u8>,
}

impl DayPain {
    /// The worst of the three pains.
    pub fn worst(&self) -> Option<u8> {
        [self.back, self.leg, self.foot].into_iter().flatten().max()
    }
}

/// How often a sign was asked about and seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SignCount {
    /// Times the answer was yes.
    pub yes: usize,
    /// Times it was asked.
    pub asked: usize,
}

/// Pain on one date and its usual then.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrendDay {
    /// The patient's date.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// The worst of each pain.
    #[serde(flatten)]
    pub pain: DayPain,
    /// The worst of all.
    pub worst: Option<u8>,
    /// Median of the worst on the days before, as the rules say how many.
    pub usual: Option<f64>,
}

/// Pain over some dates.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Trend {
    /// Each date with a value.
    pub days: Vec<TrendDay>,
    /// The newest worst pain.
    pub last: Option<u8>,
    /// Its difference to the one before.
    pub change: Option<i16>,
    /// Slope over the last days.
    pub slope: Option<Slope>,
    /// Whether that is getting worse by the clinic's rules.
    pub getting_worse: bool,
    /// The five signs over the dates.
    #[schema(value_type = Object)]
    pub signs: BTreeMap<&'static str, SignCount>,
    /// The thresholds that were used.
    pub rules: PainRules,
    /// The rules' version.
    pub rule_version: &'static str,
}

/// The worst of each pain by date.
pub fn by_date(rows: &[CheckinRow]) -> Result<BTreeMap<Date, DayPain>> {
    let mut days: BTreeMap<Date, DayPain> = BTreeMap::new();
    for row in rows {
        let day = days
            .entry(row.local_date.date().map_err(Error::internal)?)
            .or_default();
        for (kept, given) in [
            (&mut day.back, row.back_pain),
            (&mut day.leg, row.leg_pain),
            (&mut day.foot, row.foot_pain),
            (&mut day.tired_feet, row.tired_feet),
        ] {
            *kept = (*kept).max(given.and_then(|value| u8::try_from(value).ok()));
        }
    }
    Ok(days)
}

/// The worst pain by date.
pub fn worst_by_date(days: &BTreeMap<Date, DayPain>) -> WorstByDate {
    days.iter()
        .filter_map(|(date, day)| Some((*date, day.worst()?)))
        .collect()
}

/// How often each sign was seen.
fn signs(rows: &[CheckinRow], from: Date) -> Result<BTreeMap<&'static str, SignCount>> {
    let mut counts = BTreeMap::new();
    for row in rows {
        if row.local_date.date().map_err(Error::internal)? < from {
            continue;
        }
        let body: CheckinBody = serde_json::from_str(&row.body).map_err(Error::internal)?;
        for (name, answer) in body.signs.unwrap_or_default().each() {
            let count: &mut SignCount = counts.entry(name).or_default();
            count.asked += usize::from(answer.is_some());
            count.yes += usize::from(answer == Some(true));
        }
    }
    Ok(counts)
}

/// The trend of the dates from `from` on. The rows reach further back, so that the first dates have a usual too.
pub fn trend(rows: &[CheckinRow], from: Date, through: Date, rules: &PainRules) -> Result<Trend> {
    let pain = by_date(rows)?;
    let worst = worst_by_date(&pain);
    let days = pain
        .range(from..=through)
        .map(|(date, pain)| TrendDay {
            date: *date,
            pain: *pain,
            worst: pain.worst(),
            usual: rules::usual(&worst, *date, rules),
        })
        .collect();
    let mut newest = worst.values().rev().copied();
    let (last, before) = (newest.next(), newest.next());
    let slope = rules::slope(&worst, through, rules);
    Ok(Trend {
        days,
        last,
        change: last
            .zip(before)
            .map(|(last, before)| i16::from(last) - i16::from(before)),
        getting_worse: last
            .is_some_and(|last| rules::is_worse(before, last, slope.as_ref(), rules)),
        slope,
        signs: signs(rows, from)?,
        rules: *rules,
        rule_version: rules::VERSION,
    })
}

//! Reading wear: one transaction on one state of the data.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::rules::{FootwearAdherence, PrescribedDay, Sufficiency, adherence};
use crate::app::App;
use crate::error::{Error, Result};
use crate::insoles::calendar::{Calendar, days_back};
use crate::insoles::footwear::Footwear;
use crate::plans::library::{self, CareKind};
use crate::reminders::state::State;
use crate::store::occurrences::{self, Occurrence};
use crate::store::types::{DateText, PatientId};
use crate::store::wear::{self, TagKind, WornDay};
use crate::store::{Scope, Tx, care_events, insoles, patients};

/// Dates one request may ask for.
const MAX_DAYS: i32 = 92;
/// Dates looked back on where none are named, today included.
const USUAL_DAYS: i32 = 28;

/// Years in which there can be wear.
const YEARS: std::ops::Range<i16> = 1970..2200;

/// Wear over a period, and what to make of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Wear {
    /// First date.
    pub from: Date,
    /// Last date.
    pub through: Date,
    /// The zone the patient lives in now.
    pub time_zone: String,
    /// By date, dates without any upload left out.
    pub days: BTreeMap<DateText, WornDay>,
    /// Of each kind of footwear that was prescribed for so long a day.
    pub adherence: Vec<FootwearAdherence>,
    /// What the data are worth.
    pub sufficiency: Sufficiency,
}

/// A patient's wear; the last 28 dates where none are named.
///
/// # Errors
/// Invalid when the dates are the wrong way round or too many.
pub async fn wear(
    app: &App,
    scope: Scope,
    patient: PatientId,
    from: Option<Date>,
    through: Option<Date>,
) -> Result<Wear> {
    let now = app.now();
    app.store
        .read("wear", scope, move |tx| {
            let time_zone = patients::find(tx, patient)?.time_zone;
            let today = Calendar::of(tx, patient, now, now)?.date_of(now);
            let through = through.unwrap_or(today);
            for (pointer, date) in [("?from", from), ("?through", Some(through))] {
                if date.is_some_and(|date| !YEARS.contains(&date.year())) {
                    return Err(Error::field(pointer, "must lie between 1970 and 2199"));
                }
            }
            let from = from.map_or_else(|| days_back(through, USUAL_DAYS), Ok)?;
            if from > through {
                return Err(Error::field("?from", "must not be after through"));
            }
            if (through - from).get_days() >= MAX_DAYS {
                return Err(Error::field(
                    "?through",
                    format!("must be less than {MAX_DAYS} days after from"),
                ));
            }
            read(tx, patient, time_zone, (from, through, today))
        })
        .await
}

fn read(
    tx: &mut Tx<'_>,
    patient: PatientId,
    time_zone: String,
    (from, through, today): (Date, Date, Date),
) -> Result<Wear> {
    let days: BTreeMap<DateText, WornDay> = wear::worn(tx, &[patient], from, through)?
        .into_iter()
        .map(|((_, date), day)| (date, day))
        .collect();
    let events = care_events::standing(tx, &[patient])?;
    let footwear = Footwear::of(&events)?;
    let planned = occurrences::between(tx, patient, from, through)?;
    let kinds = [TagKind::Orthotic, TagKind::Shoe];
    let adherence = kinds
        .into_iter()
        .filter_map(|kind| {
            let prescribed = prescribed_days(kind, &planned, &footwear, &days, today);
            (!prescribed.is_empty()).then(|| adherence(kind, &prescribed))
        })
        .collect();
    let sufficiency = sufficiency(tx, patient, &days, (from, through, today))?;
    Ok(Wear {
        from,
        through,
        time_zone,
        days,
        adherence,
        sufficiency,
    })
}

/// The part of a dose that says for how long; whatever else a dose may say is not ours to judge.
#[derive(Deserialize)]
struct Minutes {
    #[serde(default)]
    sets: Option<f64>,
    minutes: f64,
}

fn minutes(occurrence: &Occurrence) -> Option<f64> {
    let dose: Minutes = serde_json::from_str(&occurrence.dose).ok()?;
    Some(dose.minutes * dose.sets.unwrap_or(1.0))
}

fn kind_of(occurrence: &Occurrence) -> Option<TagKind> {
    match library::find(&occurrence.exercise_key)?.kind {
        CareKind::Orthotic => Some(TagKind::Orthotic),
        CareKind::Footwear => Some(TagKind::Shoe),
        _ => None,
    }
}

/// The dates on which footwear of a kind is prescribed for so many minutes, from the frozen occurrences.
fn prescribed_days(
    kind: TagKind,
    planned: &[Occurrence],
    footwear: &Footwear,
    worn: &BTreeMap<DateText, WornDay>,
    today: Date,
) -> Vec<PrescribedDay> {
    let mut days: BTreeMap<Date, PrescribedDay> = BTreeMap::new();
    for row in planned
        .iter()
        .filter(|row| row.state != State::Cancelled && kind_of(row) == Some(kind))
    {
        let (Some(minutes), Ok(date)) = (minutes(row), row.local_date.date()) else {
            continue;
        };
        let day = days.entry(date).or_insert_with(|| {
            let tag = footwear.tag_on(kind, date).map(str::to_owned);
            let all = worn.get(&row.local_date);
            let in_it = all.zip(tag.as_ref()).and_then(|(day, tag)| match kind {
                TagKind::Orthotic => day.orthotics.get(tag),
                TagKind::Shoe => day.shoes.get(tag),
                TagKind::All => None,
            });
            PrescribedDay {
                date,
                prescribed_min: 0.0,
                excused: true,
                open: date >= today,
                worn: in_it.copied().unwrap_or_default(),
                all: all.map(|day| day.all),
                tag,
            }
        });
        if row.state != State::Excused {
            day.excused = false;
            day.prescribed_min += minutes;
        }
    }
    days.into_values().collect()
}

fn sufficiency(
    tx: &mut Tx<'_>,
    patient: PatientId,
    days: &BTreeMap<DateText, WornDay>,
    (from, through, today): (Date, Date, Date),
) -> Result<Sufficiency> {
    let (start, end) = bounds(tx, patient, from, through)?;
    let weights = insoles::weights(tx, patient, start, end)?;
    let minutes = |usable_only: bool| -> i64 {
        let counted = weights.iter().filter(|one| one.usable || !usable_only);
        counted.map(|one| one.worn_s).sum::<i64>() / 60
    };
    let begun = (through.min(today) - from).get_days() + 1;
    Ok(Sufficiency {
        days: u64::try_from(begun).unwrap_or(0),
        days_with_upload: days.len() as u64,
        worn_min: minutes(false),
        valid_min: minutes(true),
        sessions: weights.len() as u64,
        usable_sessions: weights.iter().filter(|one| one.usable).count() as u64,
    })
}

/// When the dates from `from` through `through` begin and end for a patient.
///
/// # Errors
/// The store's.
pub fn bounds(
    tx: &mut Tx<'_>,
    patient: PatientId,
    from: Date,
    through: Date,
) -> Result<(Timestamp, Timestamp)> {
    // No zone is more than a day away from UTC.
    let utc = |date: Date| -> Result<Timestamp> {
        let zoned = date.to_zoned(jiff::tz::TimeZone::UTC);
        Ok(zoned.map_err(Error::internal)?.timestamp())
    };
    let after = through.tomorrow().map_err(Error::internal)?;
    let slack = SignedDuration::from_hours(48);
    let early = utc(from)?.saturating_sub(slack).map_err(Error::internal)?;
    let late = utc(after)?.saturating_add(slack).map_err(Error::internal)?;
    let calendar = Calendar::of(tx, patient, early, late)?;
    Ok((calendar.start_of(from), calendar.start_of(after)))
}

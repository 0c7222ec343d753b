//! What stands in each sheet: columns, and the lines of some patients.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::csv::{Cell, Sheet};
use crate::error::{Error, Result};
use crate::reminders::planner::zone_of;
use crate::store::patients::Patient;
use crate::store::types::{PatientId, UtcMicros};
use crate::store::{Tx, adherence, insoles, occurrences};

/// Dates, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// First.
    pub from: Date,
    /// Last.
    pub through: Date,
}

/// A sheet of a clinic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// The patients.
    Patients,
    /// Insole sessions.
    Sessions,
    /// Adherence of days as it is kept, every revision.
    AdherenceDays,
    /// Occurrences.
    Occurrences,
}

impl Export {
    /// Name of the file, without its end.
    pub fn name(self) -> &'static str {
        match self {
            Self::Patients => "patients",
            Self::Sessions => "sessions",
            Self::AdherenceDays => "adherence-days",
            Self::Occurrences => "occurrences",
        }
    }

    /// Its columns.
    pub fn head(self) -> &'static [&'static str] {
        match self {
            Self::Patients => &PATIENTS,
            Self::Sessions => &SESSIONS,
            Self::AdherenceDays => &ADHERENCE_DAYS,
            Self::Occurrences => &OCCURRENCES,
        }
    }

    /// Patients whose lines are read at once: few where each has many.
    pub fn patients_at_once(self) -> i64 {
        match self {
            Self::Patients => 500,
            Self::Sessions | Self::AdherenceDays => 20,
            Self::Occurrences => 5,
        }
    }

    /// Adds the lines of these patients.
    ///
    /// # Errors
    /// The store's; internal when a row was damaged from outside.
    pub fn lines(
        self,
        tx: &mut Tx<'_>,
        page: &[Patient],
        dates: Dates,
        sheet: &mut Sheet,
    ) -> Result<()> {
        match self {
            Self::Patients => patients(page, sheet),
            Self::Sessions => sessions(tx, page, dates, sheet),
            Self::AdherenceDays => adherence_days(tx, page, dates, sheet),
            Self::Occurrences => planned(tx, page, dates, sheet),
        }
    }
}

const PATIENTS: [&str; 7] = [
    "patient_id",
    "name",
    "status",
    "time_zone",
    "locale",
    "owner_id",
    "created_at",
];

fn patients(page: &[Patient], sheet: &mut Sheet) -> Result<()> {
    for one in page {
        sheet.line(&[
            Cell::text(one.id),
            Cell::text(&one.name),
            Cell::text(one.status),
            Cell::text(&one.time_zone),
            Cell::text(&one.locale),
            Cell::text(one.owner_id),
            Cell::text(one.created_at.timestamp()),
        ])?;
    }
    Ok(())
}

const SESSIONS: [&str; 14] = [
    "patient_id",
    "session_id",
    "started_at",
    "local_date",
    "received_at",
    "source",
    "index",
    "index_se",
    "reasons",
    "valid_strides",
    "worn_s",
    "engine_version",
    "norms_version",
    "device_id",
];

/// The first instant of a date.
fn begin_of(date: Date, zone: &TimeZone) -> Result<Timestamp> {
    let begin = date.to_zoned(zone.clone()).map_err(Error::internal)?;
    Ok(begin.timestamp())
}

fn sessions(tx: &mut Tx<'_>, page: &[Patient], dates: Dates, sheet: &mut Sheet) -> Result<()> {
    for one in page {
        let zone = zone_of(one)?;
        let from = begin_of(dates.from, &zone)?;
        let until = begin_of(dates.through.saturating_add(1.day()), &zone)?;
        for row in insoles::between(tx, one.id, from, until)? {
            let started_at = row.started_at.timestamp();
            sheet.line(&[
                Cell::text(one.id),
                Cell::text(row.session_id),
                Cell::text(started_at),
                Cell::text(started_at.to_zoned(zone.clone()).date()),
                Cell::text(row.received_at.timestamp()),
                Cell::text(&row.source),
                Cell::real(row.score),
                Cell::real(row.score_se),
                Cell::maybe(row.reasons.as_deref()),
                Cell::Whole(row.strides),
                row.worn_s.map_or(Cell::Empty, Cell::Whole),
                Cell::text(&row.engine_version),
                Cell::text(&row.norms_version),
                Cell::text(row.device_id),
            ])?;
        }
    }
    Ok(())
}

const ADHERENCE_DAYS: [&str; 15] = [
    "patient_id",
    "local_date",
    "revision",
    "superseded_at",
    "computed_at",
    "cause",
    "value_pct",
    "numerator",
    "denominator",
    "late",
    "missed",
    "excused",
    "undeliverable",
    "zones",
    "rule_version",
];

fn adherence_days(
    tx: &mut Tx<'_>,
    page: &[Patient],
    dates: Dates,
    sheet: &mut Sheet,
) -> Result<()> {
    let ids: Vec<PatientId> = page.iter().map(|one| one.id).collect();
    for row in adherence::revisions_between(tx, &ids, dates.from, dates.through)? {
        let figures: serde_json::Value =
            serde_json::from_str(&row.figures).map_err(Error::internal)?;
        let number = |name: &str| Cell::real(figures[name].as_f64());
        let zones = figures["zones"].as_array().map_or(String::new(), |all| {
            let all: Vec<&str> = all.iter().filter_map(|zone| zone.as_str()).collect();
            all.join(" ")
        });
        sheet.line(&[
            Cell::text(row.patient_id),
            Cell::text(row.local_date.date().map_err(Error::internal)?),
            Cell::Whole(row.revision),
            Cell::maybe(row.superseded_at.map(UtcMicros::timestamp)),
            Cell::text(row.computed_at.timestamp()),
            Cell::text(row.cause),
            number("value_pct"),
            number("numerator"),
            number("denominator"),
            number("late"),
            number("missed"),
            number("excused"),
            number("undeliverable"),
            Cell::text(zones),
            Cell::maybe(figures["rule_version"].as_str()),
        ])?;
    }
    Ok(())
}

const OCCURRENCES: [&str; 16] = [
    "patient_id",
    "occurrence_id",
    "plan_version",
    "exercise",
    "local_date",
    "local_time",
    "time_zone",
    "opens_at",
    "due_at",
    "closes_at",
    "state",
    "reason",
    "answered_at",
    "share_done",
    "amount_done",
    "dose",
];

fn planned(tx: &mut Tx<'_>, page: &[Patient], dates: Dates, sheet: &mut Sheet) -> Result<()> {
    for one in page {
        for row in occurrences::between(tx, one.id, dates.from, dates.through)? {
            sheet.line(&[
                Cell::text(one.id),
                Cell::text(row.id),
                Cell::Whole(row.plan_version),
                Cell::text(&row.exercise_key),
                Cell::text(row.local_date.date().map_err(Error::internal)?),
                Cell::text(&row.local_time),
                Cell::text(&row.time_zone),
                Cell::text(row.opens_at.timestamp()),
                Cell::text(row.due_at.timestamp()),
                Cell::text(row.closes_at.timestamp()),
                Cell::text(row.state),
                Cell::maybe(row.reason.as_deref()),
                Cell::maybe(row.answered_at.map(UtcMicros::timestamp)),
                Cell::real(row.done_fraction),
                Cell::real(row.done_amount),
                Cell::text(&row.dose),
            ])?;
        }
    }
    Ok(())
}

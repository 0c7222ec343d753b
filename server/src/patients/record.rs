//! Everything a patient's page shows, read from one consistent state of the data.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::service::{PatientLine, lines};
use crate::adherence::Figures;
use crate::adherence::figures::Period;
use crate::adherence::service::figures_of;
use crate::app::App;
use crate::course::span::Span;
use crate::error::{Error, Result};
use crate::plans::service::{Plan, in_force};
use crate::reminders::planner::zone_of;
use crate::reminders::view::OccurrenceView;
use crate::store::insoles::{self, InsoleSession};
use crate::store::pauses::{self, Pause};
use crate::store::quarantine::{self, Quarantined};
use crate::store::types::PatientId;
use crate::store::{Scope, occurrences, patients};

/// Days the long adherence looks back on, today included.
const ADHERENCE_DAYS: i32 = 28;

/// Uploads kept for review that are shown.
const KEPT: i64 = 20;

/// A patient's record as of an instant.
#[derive(Debug, Clone)]
pub struct Record {
    /// The patient as the list shows them.
    pub line: PatientLine,
    /// The patient's zone.
    pub zone: TimeZone,
    /// When it was read.
    pub now: Timestamp,
    /// First date of the day grid, in the patient's zone.
    pub from: Date,
    /// Today in the patient's zone.
    pub today: Date,
    /// How far back the day grid looks.
    pub span: Span,
    /// Adherence by every measure of the last 28 days.
    pub adherence_28d: Figures,
    /// Occurrences from `from` through `today`, in order of time.
    pub occurrences: Vec<OccurrenceView>,
    /// The plan in force.
    pub plan: Option<Plan>,
    /// Every pause, earliest first.
    pub pauses: Vec<Pause>,
    /// The newest insole session.
    pub newest: Option<InsoleSession>,
    /// Uploads that are kept for review, newest first.
    pub kept: Vec<Quarantined>,
}

/// One patient's record.
///
/// # Errors
/// Not found when the clinic has no such patient.
pub async fn record(app: &App, scope: Scope, id: PatientId, span: Span) -> Result<Record> {
    let now = app.now();
    app.store
        .read("patient_record", scope, move |tx| {
            let patient = patients::find(tx, id)?;
            let zone = zone_of(&patient)?;
            let today = now.to_zoned(zone.clone()).date();
            let back = |days: i32| {
                today
                    .checked_sub((days - 1).days())
                    .map_err(Error::internal)
            };
            let from = back(span.days())?;
            let occurrences = occurrences::between(tx, id, from, today)?;
            Ok(Record {
                line: lines(tx, vec![patient], now)?
                    .pop()
                    .ok_or_else(Error::not_found)?,
                zone,
                now,
                from,
                today,
                span,
                adherence_28d: figures_of(
                    tx,
                    id,
                    Period {
                        from: back(ADHERENCE_DAYS)?,
                        through: today,
                    },
                    now,
                )?,
                occurrences: occurrences
                    .iter()
                    .map(|row| OccurrenceView::of(row, now))
                    .collect::<Result<_>>()?,
                plan: in_force(tx, id)?,
                pauses: pauses::of_patients(tx, &[id])?
                    .remove(&id)
                    .unwrap_or_default(),
                newest: insoles::newest(tx, id, 1)?.pop(),
                kept: quarantine::of_patient(tx, id, KEPT)?,
            })
        })
        .await
}

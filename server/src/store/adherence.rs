//! Figures of days as revisions, the days whose figures are due, and what adherence reads besides.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::upsert::excluded;
use jiff::Timestamp;
use jiff::civil::Date;

use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::backend::on_each;
use super::days::PatientDay;
use super::deliveries::{DeliveryState, states};
use super::occurrences::Occurrence;
use super::plans::PlanItemRow;
use super::schema::{adherence_days, adherence_due, occurrences, patient_days, plan_items};
use super::types::{DateText, OccurrenceId, PatientId, TenantId, UtcMicros, text_enum};
use super::{System, Tx};
use crate::error::Result;
use crate::reminders::state::State;

text_enum! {
    /// What made a day's figures be computed.
    Cause {
        /// The day ended: the first time.
        DayEnded = "day_ended",
        /// A window ended unanswered.
        Closed = "closed",
        /// An answer came.
        Answered = "answered",
        /// An answer was taken back.
        Undone = "undone",
        /// The clinic excused something.
        Excused = "excused",
        /// The plan no longer wanted something.
        Cancelled = "cancelled",
    }
}

impl Cause {
    /// The cause a new state is.
    pub fn of(state: State) -> Self {
        match state {
            State::Planned => Self::Undone,
            State::Missed => Self::Closed,
            State::Excused => Self::Excused,
            State::Cancelled => Self::Cancelled,
            State::Done | State::DoneLate | State::Partial | State::Declined => Self::Answered,
        }
    }
}

/// A day of a patient.
pub type DayKey = (PatientId, DateText);

/// One revision of a day's figures.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = adherence_days, treat_none_as_default_value = false)]
pub struct DayFigures {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Whose.
    pub patient_id: PatientId,
    /// Which day.
    pub local_date: DateText,
    /// 1, 2, 3, ...
    pub revision: i64,
    /// The figures as JSON.
    pub figures: String,
    /// When they were computed.
    pub computed_at: UtcMicros,
    /// Why.
    pub cause: Cause,
    /// When a newer revision took their place.
    pub superseded_at: Option<UtcMicros>,
}

/// A day whose figures are to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = adherence_due, treat_none_as_default_value = false)]
pub struct DueDay {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Whose.
    pub patient_id: PatientId,
    /// Which day.
    pub local_date: DateText,
    /// From when.
    pub due_at: UtcMicros,
    /// Why.
    pub cause: Cause,
}

/// Rows and ids of one statement, below both engines' bind limits.
const CHUNK: usize = 1000;

/// Marks the days of these occurrences: something happened to them. To be called after it was written, in the same transaction.
pub fn mark(tx: &mut Tx<'_>, ids: &[OccurrenceId], cause: Cause) -> Result<()> {
    let tenant = tx.tenant();
    let mut due: BTreeMap<DayKey, UtcMicros> = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<(PatientId, DateText, UtcMicros, Option<UtcMicros>)> = occurrences::table
            .left_join(
                patient_days::table.on(patient_days::tenant_id
                    .eq(occurrences::tenant_id)
                    .and(patient_days::patient_id.eq(occurrences::patient_id))
                    .and(patient_days::local_date.eq(occurrences::local_date))),
            )
            .filter(
                occurrences::tenant_id
                    .eq(tenant)
                    .and(occurrences::id.among(chunk.iter().copied())),
            )
            .select((
                occurrences::patient_id,
                occurrences::local_date,
                occurrences::closes_at,
                patient_days::ends_at.nullable(),
            ))
            .kept()
            .load(tx.connection())?;
        for (patient, date, closes_at, ends_at) in rows {
            let at = due.entry((patient, date)).or_insert(UtcMicros(i64::MIN));
            *at = (*at).max(ends_at.unwrap_or(closes_at));
        }
    }
    let rows = due
        .into_iter()
        .map(|((patient_id, local_date), due_at)| DueDay {
            tenant_id: tenant,
            patient_id,
            local_date,
            due_at,
            cause,
        });
    put_due(tx, &rows.collect::<Vec<_>>())
}

/// Puts days on the list, also those that are on it: whoever takes one at the same time must see what happened.
pub fn put_due(tx: &mut Tx<'_>, rows: &[DueDay]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        on_each!(tx.connection(), connection =>
            diesel::insert_into(adherence_due::table)
                .values(chunk)
                .on_conflict((adherence_due::tenant_id, adherence_due::patient_id, adherence_due::local_date))
                .do_update()
                .set((
                    adherence_due::due_at.eq(excluded(adherence_due::due_at)),
                    adherence_due::cause.eq(excluded(adherence_due::cause)),
                ))
                .execute(connection))?;
    }
    Ok(())
}

/// Days over all clinics whose figures are due.
pub fn due(
    tx: &mut Tx<'_, System>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(TenantId, PatientId, DateText)>> {
    Ok(adherence_due::table
        .filter(adherence_due::due_at.le(UtcMicros::from(now)))
        .order(adherence_due::due_at)
        .limit(limit)
        .select((
            adherence_due::tenant_id,
            adherence_due::patient_id,
            adherence_due::local_date,
        ))
        .kept()
        .load(tx.connection())?)
}

/// When the next day is due.
pub fn next_due(tx: &mut Tx<'_, System>) -> Result<Option<Timestamp>> {
    let at: Option<UtcMicros> = adherence_due::table
        .order(adherence_due::due_at)
        .select(adherence_due::due_at)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    Ok(at.map(UtcMicros::timestamp))
}

/// Takes every due day of these patients on these dates off the list. To be called before their occurrences are read.
pub fn take_due(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    dates: &[DateText],
    now: Timestamp,
) -> Result<Vec<DueDay>> {
    let tenant = tx.tenant();
    Ok(diesel::delete(
        adherence_due::table
            .filter(
                adherence_due::tenant_id
                    .eq(tenant)
                    .and(adherence_due::patient_id.among(patients.iter().copied())),
            )
            .filter(adherence_due::local_date.among(dates.iter().cloned()))
            .filter(adherence_due::due_at.le(UtcMicros::from(now))),
    )
    .returning(adherence_due::all_columns)
    .kept()
    .get_results(tx.connection())?)
}

/// The occurrences of these patients on these dates.
pub fn occurrences_of(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    dates: &[DateText],
) -> Result<Vec<Occurrence>> {
    let tenant = tx.tenant();
    Ok(occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::patient_id.among(patients.iter().copied())),
        )
        .filter(occurrences::local_date.among(dates.iter().cloned()))
        .select(Occurrence::as_select())
        .kept()
        .load(tx.connection())?)
}

/// A patient's occurrences of one exercise on the dates from `from` through `through`.
pub fn occurrences_of_exercise(
    tx: &mut Tx<'_>,
    patient: PatientId,
    exercise_key: &str,
    from: Date,
    through: Date,
) -> Result<Vec<Occurrence>> {
    let tenant = tx.tenant();
    Ok(occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::patient_id.eq(patient)),
        )
        .filter(occurrences::exercise_key.eq(exercise_key))
        .filter(occurrences::local_date.between(DateText::from(from), DateText::from(through)))
        .select(Occurrence::as_select())
        .kept()
        .load(tx.connection())?)
}

/// The days of these patients on these dates.
pub fn days_of(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    dates: &[DateText],
) -> Result<BTreeMap<DayKey, PatientDay>> {
    let tenant = tx.tenant();
    let rows = patient_days::table
        .filter(
            patient_days::tenant_id
                .eq(tenant)
                .and(patient_days::patient_id.among(patients.iter().copied())),
        )
        .filter(patient_days::local_date.among(dates.iter().cloned()))
        .select(PatientDay::as_select())
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .map(|day| ((day.patient_id, day.local_date.clone()), day))
        .collect())
}

/// Every line of every version of a patient's plan.
pub fn lines_of(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<PlanItemRow>> {
    let tenant = tx.tenant();
    Ok(plan_items::table
        .filter(
            plan_items::tenant_id
                .eq(tenant)
                .and(plan_items::patient_id.eq(patient)),
        )
        .select(PlanItemRow::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Those of these occurrences no reminder of which could be delivered: one ended as undeliverable, none was taken by a gateway.
pub fn undeliverable(tx: &mut Tx<'_>, ids: &[OccurrenceId]) -> Result<BTreeSet<OccurrenceId>> {
    let (mut failed, mut sent) = (BTreeSet::new(), BTreeSet::new());
    for (id, state) in states(tx, ids)? {
        match state {
            DeliveryState::Sent | DeliveryState::Folded => sent.insert(id),
            DeliveryState::Undeliverable => failed.insert(id),
            _ => false,
        };
    }
    Ok(&failed - &sent)
}

/// Every revision of these patients' days on the dates from `from` through `through`, in order.
pub fn revisions_between(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    from: Date,
    through: Date,
) -> Result<Vec<DayFigures>> {
    let tenant = tx.tenant();
    Ok(adherence_days::table
        .filter(
            adherence_days::tenant_id
                .eq(tenant)
                .and(adherence_days::patient_id.among(patients.iter().copied())),
        )
        .filter(adherence_days::local_date.between(DateText::from(from), DateText::from(through)))
        .order((
            adherence_days::patient_id,
            adherence_days::local_date,
            adherence_days::revision,
        ))
        .select(DayFigures::as_select())
        .kept()
        .load(tx.connection())?)
}

/// The figures that hold for these patients on these dates.
pub fn current(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    dates: &[DateText],
) -> Result<BTreeMap<DayKey, DayFigures>> {
    let tenant = tx.tenant();
    let rows = adherence_days::table
        .filter(
            adherence_days::tenant_id
                .eq(tenant)
                .and(adherence_days::patient_id.among(patients.iter().copied())),
        )
        .filter(adherence_days::local_date.among(dates.iter().cloned()))
        .filter(adherence_days::superseded_at.is_null())
        .select(DayFigures::as_select())
        .kept()
        .load(tx.connection())?;
    Ok(by_day(rows))
}

/// The figures that hold for a patient on the dates from `from` through `through`.
pub fn current_between(
    tx: &mut Tx<'_>,
    patient: PatientId,
    from: Date,
    through: Date,
) -> Result<BTreeMap<DayKey, DayFigures>> {
    let tenant = tx.tenant();
    let rows = adherence_days::table
        .filter(
            adherence_days::tenant_id
                .eq(tenant)
                .and(adherence_days::patient_id.eq(patient)),
        )
        .filter(adherence_days::local_date.between(DateText::from(from), DateText::from(through)))
        .filter(adherence_days::superseded_at.is_null())
        .select(DayFigures::as_select())
        .kept()
        .load(tx.connection())?;
    Ok(by_day(rows))
}

fn by_day(rows: Vec<DayFigures>) -> BTreeMap<DayKey, DayFigures> {
    let keyed = rows
        .into_iter()
        .map(|row| ((row.patient_id, row.local_date.clone()), row));
    keyed.collect()
}

/// Writes revisions: those that exist only get the instant at which they were superseded.
pub fn put_revisions(tx: &mut Tx<'_>, rows: &[DayFigures]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        on_each!(tx.connection(), connection =>
            diesel::insert_into(adherence_days::table)
                .values(chunk)
                .on_conflict((
                    adherence_days::tenant_id,
                    adherence_days::patient_id,
                    adherence_days::local_date,
                    adherence_days::revision,
                ))
                .do_update()
                .set(adherence_days::superseded_at.eq(excluded(adherence_days::superseded_at)))
                .execute(connection))?;
    }
    Ok(())
}

//! How long insoles were worn on each of a patient's dates, and what the watch over their sessions knows.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::upsert::excluded;
use jiff::Timestamp;
use jiff::civil::Date;

use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::backend::on_each;
use super::backend::raw::Verbatim;
use super::days::PatientDay;
use super::schema::{insole_watch, occurrences, patient_days, patients, wear_days};
use super::types::{DateText, OccurrenceId, PatientId, PlanItemId, TenantId, UtcMicros, text_enum};
use super::{System, Tx};
use crate::error::Result;

text_enum! {
    /// Under what wear is counted.
    TagKind {
        /// Whatever the insoles lay in.
        All = "all",
        /// With one orthotic.
        Orthotic = "orthotic",
        /// In one pair of shoes.
        Shoe = "shoe",
    }
}

/// Wear of one date under one tag.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = wear_days, treat_none_as_default_value = false)]
pub struct WearRow {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Whose.
    pub patient_id: PatientId,
    /// Which of the patient's dates.
    pub local_date: DateText,
    /// Under what.
    pub tag_kind: TagKind,
    /// Which orthotic or shoe, as the patient's own list names it; empty under `all`.
    pub tag_id: String,
    /// Seconds.
    pub worn_s: i64,
    /// Steps of both feet.
    pub steps: i64,
}

/// Rows one statement writes, below both engines' bind limits (7 columns each).
const CHUNK: usize = 1000;

/// Adds to what is counted. Each key must be there once; rows in the order of their keys, so that two writers
/// wait for each other in the same order.
pub fn add(tx: &mut Tx<'_>, rows: &[WearRow]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        on_each!(tx.connection(), connection => diesel::insert_into(wear_days::table)
            .values(chunk)
            .on_conflict((
                wear_days::tenant_id,
                wear_days::patient_id,
                wear_days::local_date,
                wear_days::tag_kind,
                wear_days::tag_id,
            ))
            .do_update()
            .set((
                wear_days::worn_s.eq(wear_days::worn_s + excluded(wear_days::worn_s)),
                wear_days::steps.eq(wear_days::steps + excluded(wear_days::steps)),
            ))
            .execute(connection))?;
    }
    Ok(())
}

/// The wear of these patients on the dates from `from` through `through`, in order.
pub fn between(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    from: Date,
    through: Date,
) -> Result<Vec<WearRow>> {
    let tenant = tx.tenant();
    Ok(wear_days::table
        .filter(
            wear_days::tenant_id
                .eq(tenant)
                .and(wear_days::patient_id.among(patients.iter().copied())),
        )
        .filter(wear_days::local_date.between(DateText::from(from), DateText::from(through)))
        .order((
            wear_days::patient_id,
            wear_days::local_date,
            wear_days::tag_kind,
            wear_days::tag_id,
        ))
        .select(WearRow::as_select())
        .kept()
        .load(tx.connection())?)
}

/// What was worn and walked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worn {
    /// Seconds.
    pub seconds: i64,
    /// Steps of both feet.
    pub steps: i64,
}

impl Worn {
    /// Whole minutes.
    pub fn minutes(&self) -> i64 {
        self.seconds / 60
    }
}

/// Wear of one patient on one date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WornDay {
    /// Whatever the insoles lay in.
    pub all: Worn,
    /// By orthotic, as the patient's own list names it.
    pub orthotics: BTreeMap<String, Worn>,
    /// By pair of shoes.
    pub shoes: BTreeMap<String, Worn>,
}

/// Wear by patient and date, dates without any left out. A date that is not over yet has what was uploaded so far.
pub fn worn(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    from: Date,
    through: Date,
) -> Result<BTreeMap<(PatientId, DateText), WornDay>> {
    let mut days: BTreeMap<(PatientId, DateText), WornDay> = BTreeMap::new();
    for row in between(tx, patients, from, through)? {
        let day = days.entry((row.patient_id, row.local_date)).or_default();
        let worn = Worn {
            seconds: row.worn_s,
            steps: row.steps,
        };
        match row.tag_kind {
            TagKind::All => day.all = worn,
            TagKind::Orthotic => {
                day.orthotics.insert(row.tag_id, worn);
            }
            TagKind::Shoe => {
                day.shoes.insert(row.tag_id, worn);
            }
        }
    }
    Ok(days)
}

/// Zone and beginning of the day of these patients, for dates that have no row of their own.
pub fn usual_days(
    tx: &mut Tx<'_>,
    ids: &[PatientId],
) -> Result<BTreeMap<PatientId, (String, i64)>> {
    let tenant = tx.tenant();
    let rows: Vec<(PatientId, String, i64)> = patients::table
        .filter(
            patients::tenant_id
                .eq(tenant)
                .and(patients::id.among(ids.iter().copied())),
        )
        .select((patients::id, patients::time_zone, patients::day_starts_min))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .map(|(id, zone, starts_min)| (id, (zone, starts_min)))
        .collect())
}

/// The days of these patients that touch the time from `from` to `until`.
pub fn days_touching(
    tx: &mut Tx<'_>,
    ids: &[PatientId],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<PatientDay>> {
    let tenant = tx.tenant();
    Ok(patient_days::table
        .filter(
            patient_days::tenant_id
                .eq(tenant)
                .and(patient_days::patient_id.among(ids.iter().copied())),
        )
        .filter(
            patient_days::starts_at
                .le(UtcMicros::from(until))
                .and(patient_days::ends_at.gt(UtcMicros::from(from))),
        )
        .order((patient_days::patient_id, patient_days::starts_at))
        .select(PatientDay::as_select())
        .kept()
        .load(tx.connection())?)
}

#[derive(Insertable)]
#[diesel(table_name = insole_watch, treat_none_as_default_value = false)]
struct Watched {
    tenant_id: TenantId,
    patient_id: PatientId,
    pending: i64,
}

/// Says that there is something to look at for these patients.
pub fn mark_pending(tx: &mut Tx<'_>, ids: &[PatientId]) -> Result<()> {
    let tenant_id = tx.tenant();
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let rows: Vec<Watched> = ids
        .into_iter()
        .map(|patient_id| Watched {
            tenant_id,
            patient_id,
            pending: 1,
        })
        .collect();
    on_each!(tx.connection(), connection => diesel::insert_into(insole_watch::table)
        .values(&rows)
        .on_conflict((insole_watch::tenant_id, insole_watch::patient_id))
        .do_update()
        .set(insole_watch::pending.eq(insole_watch::pending + 1))
        .execute(connection))?;
    Ok(())
}

/// Patients of all clinics for whom there is something to look at.
pub fn pending(tx: &mut Tx<'_, System>, limit: i64) -> Result<Vec<(TenantId, PatientId)>> {
    Ok(insole_watch::table
        // Literal, so that both engines see that the partial index serves.
        .filter(Verbatim("pending > 0"))
        .order((insole_watch::tenant_id, insole_watch::patient_id))
        .limit(limit)
        .select((insole_watch::tenant_id, insole_watch::patient_id))
        .kept()
        .load(tx.connection())?)
}

/// What is known before a look at a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchState {
    /// How often something came in since the last look.
    pub pending: i64,
    /// Through which date the patient was told of a run of days without usable data.
    pub told_through: Option<DateText>,
}

/// What is known before a look; `None` when nothing was ever marked.
pub fn watch_state(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<WatchState>> {
    let tenant = tx.tenant();
    let row: Option<(i64, Option<DateText>)> = insole_watch::table
        .find((tenant, patient))
        .select((insole_watch::pending, insole_watch::told_through))
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    Ok(row.map(|(pending, told_through)| WatchState {
        pending,
        told_through,
    }))
}

/// Says that a look is done, and holds the row until the transaction ends. Gives whether nothing came in meanwhile and
/// nobody else has done it; otherwise what was seen is not to be used.
pub fn take_pending(tx: &mut Tx<'_>, patient: PatientId, seen: i64) -> Result<bool> {
    let tenant = tx.tenant();
    let taken = diesel::update(
        insole_watch::table
            .find((tenant, patient))
            .filter(insole_watch::pending.eq(seen)),
    )
    .set(insole_watch::pending.eq(0))
    .kept()
    .execute(tx.connection())?;
    Ok(taken == 1)
}

/// Remembers through which date a patient was told of days without usable data.
pub fn set_told_through(tx: &mut Tx<'_>, patient: PatientId, date: Date) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(insole_watch::table.find((tenant, patient)))
        .set(insole_watch::told_through.eq(Some(DateText::from(date))))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// What an occurrence of something worn is about.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = occurrences)]
pub struct Wears {
    /// The occurrence.
    pub id: OccurrenceId,
    /// Whose.
    pub patient_id: PatientId,
    /// The plan's line.
    pub plan_item_id: PlanItemId,
    /// Of which date.
    pub local_date: DateText,
}

/// These occurrences, for asking whether they are worn.
pub fn asked(tx: &mut Tx<'_>, ids: &[OccurrenceId]) -> Result<Vec<Wears>> {
    let tenant = tx.tenant();
    Ok(occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::id.among(ids.iter().copied())),
        )
        .select(Wears::as_select())
        .kept()
        .load(tx.connection())?)
}

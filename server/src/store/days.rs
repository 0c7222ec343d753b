//! Patients' days and what was said about the zones they are in.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use jiff::Timestamp;
use jiff::civil::Date;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::insert_new;
use super::backend::kept::KeptExt;
use super::schema::{patient_days, zone_reports};
use super::types::{DateText, DeviceId, PatientId, TenantId, UtcMicros, ZoneReportId, text_enum};
use crate::error::Result;

/// A patient's day: written ahead, frozen once it has begun.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = patient_days, treat_none_as_default_value = false)]
pub struct PatientDay {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Whose.
    pub patient_id: PatientId,
    /// The date the patient calls it.
    pub local_date: DateText,
    /// The zone it is lived in.
    pub time_zone: String,
    /// When it begins.
    pub starts_at: UtcMicros,
    /// When the next one begins; the same instant for a date that was skipped.
    pub ends_at: UtcMicros,
}

/// Rows one statement takes.
const CHUNK: usize = 2000;

/// Adds days; those that exist stay as they are.
pub fn insert_new(tx: &mut Tx<'_>, rows: &[PatientDay]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        insert_new!(tx, patient_days, chunk, {
            tenant_id: BigInt, patient_id: Binary, local_date: Text, time_zone: Text, starts_at: BigInt, ends_at: BigInt,
        });
    }
    Ok(())
}

/// A patient's days from `from` through `through`, in order.
pub fn between(
    tx: &mut Tx<'_>,
    patient: PatientId,
    from: Date,
    through: Date,
) -> Result<Vec<PatientDay>> {
    let tenant = tx.tenant();
    Ok(patient_days::table
        .filter(
            patient_days::tenant_id
                .eq(tenant)
                .and(patient_days::patient_id.eq(patient)),
        )
        .filter(patient_days::local_date.between(DateText::from(from), DateText::from(through)))
        .order(patient_days::local_date)
        .select(PatientDay::as_select())
        .kept()
        .load(tx.connection())?)
}

/// The last day of each of these patients.
pub fn last_of(tx: &mut Tx<'_>, patients: &[PatientId]) -> Result<BTreeMap<PatientId, String>> {
    let tenant = tx.tenant();
    let rows: Vec<(PatientId, Option<String>)> = patient_days::table
        .filter(
            patient_days::tenant_id
                .eq(tenant)
                .and(patient_days::patient_id.among(patients.iter().copied())),
        )
        .group_by(patient_days::patient_id)
        .select((
            patient_days::patient_id,
            diesel::dsl::max(patient_days::local_date),
        ))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, date)| Some((id, date?)))
        .collect())
}

/// Writes a day's zone and bounds anew: only for days that have not begun, and the end of the one that has.
pub fn set_bounds(tx: &mut Tx<'_>, day: &PatientDay) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(patient_days::table.find((tenant, day.patient_id, day.local_date.clone())))
        .set((
            patient_days::time_zone.eq(&day.time_zone),
            patient_days::starts_at.eq(day.starts_at),
            patient_days::ends_at.eq(day.ends_at),
        ))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

text_enum! {
    /// What came of a report of a zone.
    ZoneOutcome {
        /// The patient is in it already.
        Same = "same",
        /// A first report: another one must confirm it.
        Noted = "noted",
        /// A bare offset that says no more than the name that is known.
        Ignored = "ignored",
        /// The patient is in it from now on.
        Adopted = "adopted",
    }
}

/// A report of a zone.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = zone_reports, treat_none_as_default_value = false)]
pub struct ZoneReport {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The report.
    pub id: ZoneReportId,
    /// About whom.
    pub patient_id: PatientId,
    /// By which device; a clinician when absent.
    pub device_id: Option<DeviceId>,
    /// The zone.
    pub time_zone: String,
    /// When.
    pub reported_at: UtcMicros,
    /// What came of it.
    pub outcome: ZoneOutcome,
    /// The zone before, where it was adopted.
    pub from_zone: Option<String>,
}

/// Adds a report.
pub fn insert_report(tx: &mut Tx<'_>, row: &ZoneReport) -> Result<()> {
    diesel::insert_into(zone_reports::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// A patient's reports since an instant, oldest first.
pub fn reports_since(
    tx: &mut Tx<'_>,
    patient: PatientId,
    since: Timestamp,
) -> Result<Vec<ZoneReport>> {
    let tenant = tx.tenant();
    Ok(zone_reports::table
        .filter(
            zone_reports::tenant_id
                .eq(tenant)
                .and(zone_reports::patient_id.eq(patient)),
        )
        .filter(zone_reports::reported_at.ge(UtcMicros::from(since)))
        .order((zone_reports::reported_at, zone_reports::id))
        .select(ZoneReport::as_select())
        .kept()
        .load(tx.connection())?)
}

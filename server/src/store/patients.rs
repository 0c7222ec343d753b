//! Patients.

use diesel::prelude::*;
use jiff::civil::Date;

use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::backend::raw::Verbatim;
use super::schema::{clinicians, patients};
use super::types::{ClinicianId, DateText, PatientId, TenantId, UtcMicros, text_enum};
use super::{System, Tx};
use crate::error::{Error, Result};
use crate::planted::{self, Bug};

text_enum! {
    /// Whether anything is planned for a patient and sent to them.
    PatientStatus {
        /// In care.
        Active = "active",
        /// Consent was taken back.
        Withdrawn = "withdrawn",
        /// The episode ended.
        Closed = "closed",
    }
}

/// A patient.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = patients, treat_none_as_default_value = false)]
pub struct Patient {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The patient.
    pub id: PatientId,
    /// The name the clinic uses.
    pub name: String,
    /// The IANA zone the patient lives in.
    pub time_zone: String,
    /// Language of prompts, a BCP 47 tag.
    pub locale: String,
    /// The clinician who looks after the patient.
    pub owner_id: ClinicianId,
    /// Occurrences exist through this local date.
    pub planned_through: Option<DateText>,
    /// When the patient was added.
    pub created_at: UtcMicros,
    /// Minutes after midnight at which the patient's day begins, 0 to 360.
    pub day_starts_min: i64,
    /// Whether anything is planned and sent.
    pub status: PatientStatus,
    /// Quiet hours, digest and nudges as JSON; the clinic's default when absent.
    pub settings: Option<String>,
    /// When reminders stopped after a long silence.
    pub reminders_stopped_at: Option<UtcMicros>,
    /// When the rules want to look at the patient again.
    pub watch_at: Option<UtcMicros>,
}

/// Adds a patient.
pub fn insert(tx: &mut Tx<'_>, patient: &Patient) -> Result<()> {
    diesel::insert_into(patients::table)
        .values(patient)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// One patient.
pub fn find(tx: &mut Tx<'_>, id: PatientId) -> Result<Patient> {
    if planted::is(Bug::SeesEveryClinic) {
        return Ok(patients::table
            .filter(patients::id.eq(id))
            .select(Patient::as_select())
            .limit(1)
            .kept()
            .get_result(tx.connection())?);
    }
    let tenant = tx.tenant();
    Ok(patients::table
        .find((tenant, id))
        .select(Patient::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())?)
}

/// One patient, held against other writers until the transaction ends.
pub fn lock(tx: &mut Tx<'_>, id: PatientId) -> Result<Patient> {
    let tenant = tx.tenant();
    // An update takes the row's lock in both engines; setting a column to itself changes nothing.
    let found = diesel::update(patients::table.find((tenant, id)))
        .set(patients::created_at.eq(patients::created_at))
        .kept()
        .execute(tx.connection())?;
    if found == 1 {
        find(tx, id)
    } else {
        Err(Error::not_found())
    }
}

/// Patients in order of name and id, from after a given one.
pub fn page(
    tx: &mut Tx<'_>,
    after: Option<(String, PatientId)>,
    limit: i64,
) -> Result<Vec<Patient>> {
    let tenant = tx.tenant();
    let mut query = patients::table
        .filter(patients::tenant_id.eq(tenant))
        .order((patients::name, patients::id))
        .limit(limit)
        .select(Patient::as_select())
        .into_boxed();
    if let Some((name, id)) = after {
        query = query.filter(
            patients::name
                .gt(name.clone())
                .or(patients::name.eq(name).and(patients::id.gt(id))),
        );
    }
    Ok(query.kept().load(tx.connection())?)
}

/// Remembers how far a patient's occurrences reach.
pub fn set_planned_through(tx: &mut Tx<'_>, id: PatientId, through: Date) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(patients::table.find((tenant, id)))
        .set(patients::planned_through.eq(Some(DateText::from(through))))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Writes where a patient stands.
pub fn set_status(tx: &mut Tx<'_>, id: PatientId, status: PatientStatus) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(patients::table.find((tenant, id)))
        .set(patients::status.eq(status))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Forgets how far a patient's occurrences reach: the planner leaves them alone until a plan is published.
pub fn stop_planning(tx: &mut Tx<'_>, id: PatientId) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(patients::table.find((tenant, id)))
        .set(patients::planned_through.eq(None::<DateText>))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Gives a patient another owner.
pub fn set_owner(tx: &mut Tx<'_>, id: PatientId, owner: ClinicianId) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(patients::table.find((tenant, id)))
        .set(patients::owner_id.eq(owner))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// The patients a clinician owns, with where each stands.
pub fn owned(tx: &mut Tx<'_>, owner: ClinicianId) -> Result<Vec<(PatientId, PatientStatus)>> {
    let tenant = tx.tenant();
    Ok(patients::table
        .filter(
            patients::tenant_id
                .eq(tenant)
                .and(patients::owner_id.eq(owner)),
        )
        .order(patients::id)
        .select((patients::id, patients::status))
        .kept()
        .load(tx.connection())?)
}

/// Gives every patient of a clinician to another.
pub fn move_owned(tx: &mut Tx<'_>, from: ClinicianId, to: ClinicianId) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(
        patients::table.filter(
            patients::tenant_id
                .eq(tenant)
                .and(patients::owner_id.eq(from)),
        ),
    )
    .set(patients::owner_id.eq(to))
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

/// How many patients stand where.
pub fn by_status(tx: &mut Tx<'_>) -> Result<Vec<(PatientStatus, i64)>> {
    let tenant = tx.tenant();
    Ok(patients::table
        .filter(patients::tenant_id.eq(tenant))
        .group_by(patients::status)
        .select((patients::status, diesel::dsl::count_star()))
        .kept()
        .load(tx.connection())?)
}

/// How many patients of whom stand where.
pub fn by_owner(tx: &mut Tx<'_>) -> Result<Vec<(ClinicianId, PatientStatus, i64)>> {
    let tenant = tx.tenant();
    Ok(patients::table
        .filter(patients::tenant_id.eq(tenant))
        .group_by((patients::owner_id, patients::status))
        .select((
            patients::owner_id,
            patients::status,
            diesel::dsl::count_star(),
        ))
        .kept()
        .load(tx.connection())?)
}

/// Patients in care whose owner is not active any more: must be none.
pub fn unowned_active(tx: &mut Tx<'_>) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(patients::table
        .inner_join(
            clinicians::table.on(clinicians::tenant_id
                .eq(patients::tenant_id)
                .and(clinicians::id.eq(patients::owner_id))),
        )
        .filter(
            patients::tenant_id
                .eq(tenant)
                .and(patients::status.eq(PatientStatus::Active))
                .and(clinicians::active.eq(0)),
        )
        .count()
        .kept()
        .get_result(tx.connection())?)
}

/// Patients with a plan whose occurrences do not reach `date` yet, over all clinics.
pub fn planned_short_of(
    tx: &mut Tx<'_, System>,
    date: Date,
    limit: i64,
) -> Result<Vec<(TenantId, PatientId)>> {
    Ok(patients::table
        // Literal, and in the order of the index that holds who is planned for: ordered by key, each batch would pass
        // over everyone who is planned already.
        .filter(Verbatim(
            "planned_through IS NOT NULL AND status = 'active'",
        ))
        .filter(patients::planned_through.lt(DateText::from(date)))
        .order(patients::planned_through)
        .limit(limit)
        .select((patients::tenant_id, patients::id))
        .kept()
        .load(tx.connection())?)
}

/// A patient, as far as what is sent to them depends on it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = patients)]
pub struct Addressee {
    /// The patient.
    pub id: PatientId,
    /// Time zone, of the IANA database.
    pub time_zone: String,
    /// The language of what is sent.
    pub locale: String,
    /// Whether the patient is in care.
    pub status: PatientStatus,
    /// What the patient set, as JSON.
    pub settings: Option<String>,
    /// Since when reminders are stopped after a long silence.
    pub reminders_stopped_at: Option<UtcMicros>,
}

/// These patients, as far as what is sent to them depends on it.
pub fn addressees(tx: &mut Tx<'_>, ids: &[PatientId]) -> Result<Vec<Addressee>> {
    let tenant = tx.tenant();
    Ok(patients::table
        .filter(
            patients::tenant_id
                .eq(tenant)
                .and(patients::id.among(ids.iter().copied())),
        )
        .select(Addressee::as_select())
        .kept()
        .load(tx.connection())?)
}

/// These patients.
pub fn many(tx: &mut Tx<'_>, ids: &[PatientId]) -> Result<Vec<Patient>> {
    let tenant = tx.tenant();
    Ok(patients::table
        .filter(
            patients::tenant_id
                .eq(tenant)
                .and(patients::id.among(ids.iter().copied())),
        )
        .order(patients::id)
        .select(Patient::as_select())
        .kept()
        .load(tx.connection())?)
}

/// These patients, held against other writers until the transaction ends.
pub fn lock_many(tx: &mut Tx<'_>, ids: &[PatientId]) -> Result<Vec<Patient>> {
    let tenant = tx.tenant();
    diesel::update(
        patients::table.filter(
            patients::tenant_id
                .eq(tenant)
                .and(patients::id.among(ids.iter().copied())),
        ),
    )
    .set(patients::created_at.eq(patients::created_at))
    .kept()
    .execute(tx.connection())?;
    many(tx, ids)
}

/// Remembers how far these patients' occurrences reach.
pub fn set_all_planned_through(tx: &mut Tx<'_>, ids: &[PatientId], through: Date) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(
        patients::table.filter(
            patients::tenant_id
                .eq(tenant)
                .and(patients::id.among(ids.iter().copied())),
        ),
    )
    .set(patients::planned_through.eq(Some(DateText::from(through))))
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

/// Moves a patient to another zone.
pub fn set_zone(tx: &mut Tx<'_>, id: PatientId, zone: &str) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(patients::table.find((tenant, id)))
        .set(patients::time_zone.eq(zone))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Writes a patient's own settings.
pub fn set_settings(tx: &mut Tx<'_>, id: PatientId, locale: &str, settings: &str) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(patients::table.find((tenant, id)))
        .set((
            patients::locale.eq(locale),
            patients::settings.eq(Some(settings)),
        ))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Stops a patient's reminders, or lets them go on.
pub fn set_reminders_stopped(
    tx: &mut Tx<'_>,
    id: PatientId,
    at: Option<jiff::Timestamp>,
) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(patients::table.find((tenant, id)))
        .set(patients::reminders_stopped_at.eq(at.map(UtcMicros::from)))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Sets when a patient's day begins, in minutes after midnight.
pub fn set_day_start(tx: &mut Tx<'_>, id: PatientId, minutes: i64) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(patients::table.find((tenant, id)))
        .set(patients::day_starts_min.eq(minutes))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Patients over all clinics the rules want to look at.
pub fn to_watch(
    tx: &mut Tx<'_, System>,
    now: jiff::Timestamp,
    limit: i64,
) -> Result<Vec<(TenantId, PatientId)>> {
    Ok(patients::table
        .filter(
            patients::watch_at
                .is_not_null()
                .and(patients::watch_at.le(UtcMicros::from(now))),
        )
        .order(patients::watch_at)
        .limit(limit)
        .select((patients::tenant_id, patients::id))
        .kept()
        .load(tx.connection())?)
}

/// When the rules want to look at anyone next.
pub fn next_watch(tx: &mut Tx<'_, System>) -> Result<Option<jiff::Timestamp>> {
    let at: Option<Option<UtcMicros>> = patients::table
        .filter(patients::watch_at.is_not_null())
        .order(patients::watch_at)
        .select(patients::watch_at)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    Ok(at.flatten().map(UtcMicros::timestamp))
}

/// Says when the rules are to look at a patient.
pub fn watch(tx: &mut Tx<'_>, id: PatientId, at: jiff::Timestamp) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(patients::table.find((tenant, id)))
        .set(patients::watch_at.eq(Some(UtcMicros::from(at))))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Says the same of patients nobody looks at yet.
pub fn begin_watch(tx: &mut Tx<'_>, ids: &[PatientId], at: jiff::Timestamp) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(
        patients::table
            .filter(
                patients::tenant_id
                    .eq(tenant)
                    .and(patients::id.among(ids.iter().copied())),
            )
            .filter(patients::watch_at.is_null()),
    )
    .set(patients::watch_at.eq(Some(UtcMicros::from(at))))
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

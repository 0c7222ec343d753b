//! Consent by episode, kept for ever, and how many uploads were thrown away without it.

use std::collections::BTreeMap;

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::schema::{consents, discarded_uploads};
use super::types::{ClinicianId, DateText, PatientId, TenantId, UtcMicros, text_enum};
use crate::error::Result;

text_enum! {
    /// What was uploaded.
    UploadKind {
        /// An answer to an occurrence.
        Answer = "answer",
        /// A summary of an insole session.
        InsoleSession = "insole_session",
        /// A check-in.
        Checkin = "checkin",
        /// Word that a message was shown.
        Receipt = "receipt",
        /// A message to the clinic.
        Message = "message",
    }
}

/// An episode of consent.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = consents, treat_none_as_default_value = false)]
pub struct Consent {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Whose.
    pub patient_id: PatientId,
    /// Which time it was given, from 1.
    pub episode: i64,
    /// Which text was agreed to.
    pub text_version: String,
    /// When; absent where it was given before consent was recorded.
    pub given_at: Option<UtcMicros>,
    /// The clinician who recorded it; a device of the patient did when absent.
    pub given_by: Option<ClinicianId>,
    /// When it was taken back.
    pub withdrawn_at: Option<UtcMicros>,
    /// The clinician who recorded that.
    pub withdrawn_by: Option<ClinicianId>,
}

/// Uploads thrown away on one day.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = discarded_uploads)]
pub struct Discarded {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Whose.
    pub patient_id: PatientId,
    /// The date they arrived on, UTC.
    pub received_date: DateText,
    /// What they were.
    pub kind: UploadKind,
    /// How many.
    pub count: i64,
}

/// Adds an episode.
pub fn insert(tx: &mut Tx<'_>, consent: &Consent) -> Result<()> {
    diesel::insert_into(consents::table)
        .values(consent)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// A patient's episodes, the first first.
pub fn episodes(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Consent>> {
    let tenant = tx.tenant();
    Ok(consents::table
        .filter(
            consents::tenant_id
                .eq(tenant)
                .and(consents::patient_id.eq(patient)),
        )
        .order(consents::episode)
        .select(Consent::as_select())
        .kept()
        .load(tx.connection())?)
}

/// The episodes of those of these patients who ever took a consent back.
pub fn of_withdrawn(
    tx: &mut Tx<'_>,
    ids: &[PatientId],
) -> Result<BTreeMap<PatientId, Vec<Consent>>> {
    let tenant = tx.tenant();
    let withdrawn: Vec<PatientId> = consents::table
        .filter(
            consents::tenant_id
                .eq(tenant)
                .and(consents::patient_id.among(ids.iter().copied())),
        )
        .filter(consents::withdrawn_at.is_not_null())
        .select(consents::patient_id)
        .distinct()
        .kept()
        .load(tx.connection())?;
    withdrawn
        .into_iter()
        .map(|id| Ok((id, episodes(tx, id)?)))
        .collect()
}

/// Writes when and by whom an episode was ended.
pub fn withdraw(
    tx: &mut Tx<'_>,
    patient: PatientId,
    episode: i64,
    by: Option<ClinicianId>,
    now: Timestamp,
) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(
        consents::table
            .find((tenant, patient, episode))
            .filter(consents::withdrawn_at.is_null()),
    )
    .set((
        consents::withdrawn_at.eq(Some(UtcMicros::from(now))),
        consents::withdrawn_by.eq(by),
    ))
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

/// Counts uploads that were thrown away.
pub fn count_discarded(
    tx: &mut Tx<'_>,
    patient: PatientId,
    kind: UploadKind,
    date: Date,
    more: i64,
) -> Result<()> {
    let tenant_id = tx.tenant();
    let received_date = DateText::from(date);
    let counted = diesel::update(discarded_uploads::table.find((
        tenant_id,
        patient,
        received_date.clone(),
        kind,
    )))
    .set(discarded_uploads::count.eq(discarded_uploads::count + more))
    .kept()
    .execute(tx.connection())?;
    if counted == 0 {
        // Of two that add the first row at once the second is run again and finds it.
        let row = Discarded {
            tenant_id,
            patient_id: patient,
            received_date,
            kind,
            count: more,
        };
        diesel::insert_into(discarded_uploads::table)
            .values(&row)
            .kept()
            .execute(tx.connection())?;
    }
    Ok(())
}

/// What was thrown away of a patient's uploads, the newest day first.
pub fn discarded(tx: &mut Tx<'_>, patient: PatientId, limit: i64) -> Result<Vec<Discarded>> {
    let tenant = tx.tenant();
    Ok(discarded_uploads::table
        .filter(
            discarded_uploads::tenant_id
                .eq(tenant)
                .and(discarded_uploads::patient_id.eq(patient)),
        )
        .order((
            discarded_uploads::received_date.desc(),
            discarded_uploads::kind,
        ))
        .limit(limit)
        .select(Discarded::as_select())
        .kept()
        .load(tx.connection())?)
}

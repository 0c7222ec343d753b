//! What Footing tells a patient inside the app.

use diesel::prelude::*;
use jiff::Timestamp;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::schema::notices;
use super::types::{NoticeId, PatientId, TenantId, UtcMicros};
use crate::error::Result;

/// A notice: a key of the catalogue and its values, so that it can be read in any language.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = notices, treat_none_as_default_value = false)]
pub struct Notice {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The notice.
    pub id: NoticeId,
    /// To whom.
    pub patient_id: PatientId,
    /// Key of the catalogue.
    pub text_key: String,
    /// Its values as a JSON object.
    pub text_values: String,
    /// When it was made.
    pub created_at: UtcMicros,
    /// When a device showed it.
    pub seen_at: Option<UtcMicros>,
}

/// Adds a notice.
pub fn insert(tx: &mut Tx<'_>, notice: &Notice) -> Result<()> {
    diesel::insert_into(notices::table)
        .values(notice)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// A patient's newest notices, newest first.
pub fn newest(tx: &mut Tx<'_>, patient: PatientId, limit: i64) -> Result<Vec<Notice>> {
    let tenant = tx.tenant();
    Ok(notices::table
        .filter(
            notices::tenant_id
                .eq(tenant)
                .and(notices::patient_id.eq(patient)),
        )
        .order((notices::created_at.desc(), notices::id.desc()))
        .limit(limit)
        .select(Notice::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Marks a patient's notices as seen; the first time counts.
pub fn mark_seen(
    tx: &mut Tx<'_>,
    patient: PatientId,
    ids: &[NoticeId],
    now: Timestamp,
) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(
        notices::table
            .filter(
                notices::tenant_id
                    .eq(tenant)
                    .and(notices::patient_id.eq(patient)),
            )
            .filter(
                notices::id
                    .among(ids.iter().copied())
                    .and(notices::seen_at.is_null()),
            ),
    )
    .set(notices::seen_at.eq(Some(UtcMicros::from(now))))
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

/// Writes what a notice says anew.
pub fn set_text(tx: &mut Tx<'_>, id: NoticeId, key: &str, values: &str) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(notices::table.find((tenant, id)))
        .set((notices::text_key.eq(key), notices::text_values.eq(values)))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

//! Access tokens and one-time codes, by their digests only.

use diesel::prelude::*;
use jiff::Timestamp;

use super::backend::kept::KeptExt;
use super::schema::{access_tokens, clinicians, one_time_codes};
use super::types::{ClinicianId, DeviceId, Digest, PatientId, TenantId, UtcMicros, text_enum};
use super::{System, Tx};
use crate::error::{Error, Result};

text_enum! {
    /// What a one-time code is good for.
    CodePurpose {
        /// A clinician sets a password.
        SetPassword = "set_password",
        /// A clinician signs in once without a password.
        SignIn = "sign_in",
        /// A patient's device is bound to the patient.
        Enrol = "enrol",
    }
}

/// A token row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_tokens, treat_none_as_default_value = false)]
pub struct AccessToken {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Digest of the token.
    pub token_hash: Digest,
    /// The clinician it speaks for ...
    pub clinician_id: Option<ClinicianId>,
    /// ... or the patient ...
    pub patient_id: Option<PatientId>,
    /// ... and the patient's device.
    pub device_id: Option<DeviceId>,
    /// When it was given out.
    pub created_at: UtcMicros,
    /// When it ends by itself.
    pub expires_at: Option<UtcMicros>,
    /// When it was ended.
    pub revoked_at: Option<UtcMicros>,
}

/// A code row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = one_time_codes, treat_none_as_default_value = false)]
pub struct OneTimeCode {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Digest of the code.
    pub code_hash: Digest,
    /// What it is good for.
    pub purpose: CodePurpose,
    /// The clinician it is for ...
    pub clinician_id: Option<ClinicianId>,
    /// ... or the patient.
    pub patient_id: Option<PatientId>,
    /// When it was made.
    pub created_at: UtcMicros,
    /// When it ends unused.
    pub expires_at: UtcMicros,
    /// When it was used.
    pub used_at: Option<UtcMicros>,
}

/// Adds a token.
pub fn insert_token(tx: &mut Tx<'_>, token: &AccessToken) -> Result<()> {
    diesel::insert_into(access_tokens::table)
        .values(token)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// The token with this digest, if it is live and the account behind it may be used.
pub fn live_token(tx: &mut Tx<'_>, hash: Digest, now: Timestamp) -> Result<Option<AccessToken>> {
    let tenant = tx.tenant();
    let now = UtcMicros::from(now);
    let found = access_tokens::table
        .left_join(
            clinicians::table.on(clinicians::tenant_id
                .eq(access_tokens::tenant_id)
                .and(clinicians::id.nullable().eq(access_tokens::clinician_id))),
        )
        .filter(
            access_tokens::tenant_id
                .eq(tenant)
                .and(access_tokens::token_hash.eq(hash)),
        )
        .filter(access_tokens::revoked_at.is_null())
        .select((AccessToken::as_select(), clinicians::active.nullable()))
        .limit(1)
        .kept()
        .get_result::<(AccessToken, Option<i64>)>(tx.connection())
        .optional()?;
    Ok(found
        .filter(|(token, active)| {
            token.expires_at.is_none_or(|at| at > now)
                && (token.clinician_id.is_none() || *active == Some(1))
        })
        .map(|(token, _)| token))
}

/// Ends a token.
pub fn revoke_token(tx: &mut Tx<'_>, hash: Digest, now: Timestamp) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(access_tokens::table.find((tenant, hash)))
        .filter(access_tokens::revoked_at.is_null())
        .set(access_tokens::revoked_at.eq(Some(UtcMicros::from(now))))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Ends every token of a clinician, but for the one that is kept.
pub fn revoke_clinician(
    tx: &mut Tx<'_>,
    id: ClinicianId,
    keep: Option<Digest>,
    now: Timestamp,
) -> Result<()> {
    let tenant = tx.tenant();
    let mut theirs = diesel::update(access_tokens::table)
        .filter(
            access_tokens::tenant_id
                .eq(tenant)
                .and(access_tokens::clinician_id.eq(id))
                .and(access_tokens::revoked_at.is_null()),
        )
        .set(access_tokens::revoked_at.eq(Some(UtcMicros::from(now))))
        .into_boxed();
    if let Some(keep) = keep {
        theirs = theirs.filter(access_tokens::token_hash.ne(keep));
    }
    theirs.kept().execute(tx.connection())?;
    Ok(())
}

/// The live tokens of a clinician, the newest first.
pub fn sessions_of(tx: &mut Tx<'_>, id: ClinicianId, now: Timestamp) -> Result<Vec<AccessToken>> {
    let tenant = tx.tenant();
    Ok(access_tokens::table
        .filter(
            access_tokens::tenant_id
                .eq(tenant)
                .and(access_tokens::clinician_id.eq(id))
                .and(access_tokens::revoked_at.is_null()),
        )
        .filter(
            access_tokens::expires_at
                .is_null()
                .or(access_tokens::expires_at.gt(UtcMicros::from(now))),
        )
        .order((access_tokens::created_at.desc(), access_tokens::token_hash))
        .select(AccessToken::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Ends every token of a device.
pub fn revoke_device(tx: &mut Tx<'_>, device: DeviceId, now: Timestamp) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(
        access_tokens::table.filter(
            access_tokens::tenant_id
                .eq(tenant)
                .and(access_tokens::device_id.eq(device))
                .and(access_tokens::revoked_at.is_null()),
        ),
    )
    .set(access_tokens::revoked_at.eq(Some(UtcMicros::from(now))))
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

/// Uses up every code a clinician was given.
pub fn end_codes_of_clinician(tx: &mut Tx<'_>, id: ClinicianId, now: Timestamp) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(
        one_time_codes::table.filter(
            one_time_codes::tenant_id
                .eq(tenant)
                .and(one_time_codes::clinician_id.eq(id))
                .and(one_time_codes::used_at.is_null()),
        ),
    )
    .set(one_time_codes::used_at.eq(Some(UtcMicros::from(now))))
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

/// Uses up every enrolment code of a patient.
pub fn end_codes_of_patient(tx: &mut Tx<'_>, id: PatientId, now: Timestamp) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(
        one_time_codes::table.filter(
            one_time_codes::tenant_id
                .eq(tenant)
                .and(one_time_codes::patient_id.eq(id))
                .and(one_time_codes::used_at.is_null()),
        ),
    )
    .set(one_time_codes::used_at.eq(Some(UtcMicros::from(now))))
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

/// Adds a code.
pub fn insert_code(tx: &mut Tx<'_>, code: &OneTimeCode) -> Result<()> {
    diesel::insert_into(one_time_codes::table)
        .values(code)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Uses a code up: the update itself decides, so that of two users one wins.
///
/// # Errors
/// Not found when there is no such unused, unexpired code for this purpose.
pub fn use_code(
    tx: &mut Tx<'_>,
    hash: Digest,
    purposes: &[CodePurpose],
    now: Timestamp,
) -> Result<OneTimeCode> {
    let tenant = tx.tenant();
    let now = UtcMicros::from(now);
    let code = one_time_codes::table
        .find((tenant, hash))
        .filter(one_time_codes::expires_at.gt(now))
        .select(OneTimeCode::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())?;
    if !purposes.contains(&code.purpose) {
        return Err(Error::not_found());
    }
    let used = diesel::update(
        one_time_codes::table
            .find((tenant, hash))
            .filter(one_time_codes::used_at.is_null()),
    )
    .set(one_time_codes::used_at.eq(Some(now)))
    .kept()
    .execute(tx.connection())?;
    if used == 1 {
        Ok(code)
    } else {
        Err(Error::not_found())
    }
}

/// Removes codes and tokens that ended before an instant, over all clinics. Returns how many.
pub fn remove_ended(tx: &mut Tx<'_, System>, before: Timestamp) -> Result<usize> {
    let before = UtcMicros::from(before);
    let codes = diesel::delete(one_time_codes::table.filter(one_time_codes::expires_at.lt(before)))
        .kept()
        .execute(tx.connection())?;
    let ended = access_tokens::expires_at
        .lt(before)
        .or(access_tokens::revoked_at.lt(before));
    let tokens = diesel::delete(access_tokens::table.filter(ended))
        .kept()
        .execute(tx.connection())?;
    Ok(codes + tokens)
}

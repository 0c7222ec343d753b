//! Clinics and their clinicians.

use diesel::prelude::*;
use jiff::Timestamp;

use super::backend::kept::KeptExt;
use super::schema::{clinicians, clinics};
use super::types::{ClinicianId, TenantId, UtcMicros, text_enum};
use super::{System, Tx, sandbox};
use crate::error::{Code, Error, Result};

text_enum! {
    /// What a clinician may do beside looking after patients.
    Role {
        /// Looks after the clinic's clinicians too.
        Admin = "admin",
        /// Nothing else.
        Clinician = "clinician",
    }
}

/// A clinic.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = clinics, treat_none_as_default_value = false)]
pub struct Clinic {
    /// The clinic's key.
    pub tenant_id: TenantId,
    /// Its short name in addresses and at sign-in.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The IANA zone its day is in.
    pub time_zone: String,
    /// When it was opened.
    pub created_at: UtcMicros,
    /// 1 when its patients are synthetic and its time may be moved.
    pub sandbox: i64,
}

/// A clinician.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = clinicians, treat_none_as_default_value = false)]
pub struct Clinician {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The clinician.
    pub id: ClinicianId,
    /// Address used to sign in, lower case.
    pub email: String,
    /// The name others see.
    pub name: String,
    /// argon2id in PHC form; `None` until a password was set.
    pub password_phc: Option<String>,
    /// 1 while the account may be used.
    pub active: i64,
    /// When the account was made.
    pub created_at: UtcMicros,
    /// What the clinician may do.
    pub role: Role,
}

/// Adds a clinic.
///
/// # Errors
/// Conflict when the short name is taken, and when a sandbox would share the database with a clinic that is none.
pub fn insert(tx: &mut Tx<'_, System>, clinic: &Clinic) -> Result<()> {
    let taken = diesel::select(diesel::dsl::exists(
        clinics::table.filter(clinics::slug.eq(&clinic.slug)),
    ))
    .kept()
    .get_result::<bool>(tx.connection())?;
    if taken {
        return Err(Error::detailed(
            Code::Conflict,
            "a clinic with this short name exists already",
        ));
    }
    refuse_mixture(tx, clinic.sandbox == 1)?;
    diesel::insert_into(clinics::table)
        .values(clinic)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

fn refuse_mixture(tx: &mut Tx<'_, System>, is_sandbox: bool) -> Result<()> {
    let refusal = if is_sandbox {
        sandbox::holds_clinics(tx, false)?.then_some(
            "the database has a clinic that is not a sandbox: leave --sandbox out, or use another database",
        )
    } else {
        let is_sandboxes = sandbox::holds_clinics(tx, true)? || sandbox::kept(tx)?.is_some();
        is_sandboxes.then_some(
            "the database is a sandbox: give --sandbox with the command, or use another database",
        )
    };
    refusal.map_or(Ok(()), |words| Err(Error::detailed(Code::Conflict, words)))
}

/// The clinic with this short name.
pub fn by_slug(tx: &mut Tx<'_, System>, slug: &str) -> Result<Clinic> {
    Ok(clinics::table
        .filter(clinics::slug.eq(slug))
        .select(Clinic::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())?)
}

/// The short name to offer at sign-in: that of the only clinic, if there is only one.
pub fn only_slug(tx: &mut Tx<'_, System>) -> Result<Option<String>> {
    let mut slugs: Vec<String> = clinics::table
        .select(clinics::slug)
        .limit(2)
        .kept()
        .load(tx.connection())?;
    Ok(if slugs.len() == 1 { slugs.pop() } else { None })
}

/// The transaction's clinic.
pub fn current(tx: &mut Tx<'_>) -> Result<Clinic> {
    let tenant = tx.tenant();
    Ok(clinics::table
        .find(tenant)
        .select(Clinic::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())?)
}

/// What the clinic has set, as JSON; absent until it set anything.
pub fn settings(tx: &mut Tx<'_>) -> Result<Option<String>> {
    let tenant = tx.tenant();
    Ok(clinics::table
        .find(tenant)
        .select(clinics::settings)
        .limit(1)
        .kept()
        .get_result(tx.connection())?)
}

/// Holds the clinic's row against other writers until the transaction ends.
pub fn lock(tx: &mut Tx<'_>) -> Result<()> {
    let tenant = tx.tenant();
    // An update takes the row's lock in both engines; setting a column to itself changes nothing.
    diesel::update(clinics::table.find(tenant))
        .set(clinics::created_at.eq(clinics::created_at))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Replaces what the clinic has set.
pub fn set_settings(tx: &mut Tx<'_>, settings: &str) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(clinics::table.find(tenant))
        .set(clinics::settings.eq(Some(settings)))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Adds a clinician.
pub fn insert_clinician(tx: &mut Tx<'_>, clinician: &Clinician) -> Result<()> {
    diesel::insert_into(clinicians::table)
        .values(clinician)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// The clinician with this address.
pub fn clinician_by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<Clinician>> {
    let tenant = tx.tenant();
    Ok(clinicians::table
        .filter(
            clinicians::tenant_id
                .eq(tenant)
                .and(clinicians::email.eq(email)),
        )
        .select(Clinician::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// One clinician.
pub fn clinician(tx: &mut Tx<'_>, id: ClinicianId) -> Result<Clinician> {
    let tenant = tx.tenant();
    Ok(clinicians::table
        .find((tenant, id))
        .select(Clinician::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())?)
}

/// One clinician, held against other writers until the transaction ends.
pub fn lock_clinician(tx: &mut Tx<'_>, id: ClinicianId) -> Result<Clinician> {
    let tenant = tx.tenant();
    // An update takes the row's lock in both engines; setting a column to itself changes nothing.
    let found = diesel::update(clinicians::table.find((tenant, id)))
        .set(clinicians::created_at.eq(clinicians::created_at))
        .kept()
        .execute(tx.connection())?;
    if found == 1 {
        clinician(tx, id)
    } else {
        Err(Error::not_found())
    }
}

/// The clinic's clinicians by name.
pub fn clinicians(tx: &mut Tx<'_>) -> Result<Vec<Clinician>> {
    let tenant = tx.tenant();
    Ok(clinicians::table
        .filter(clinicians::tenant_id.eq(tenant))
        .order((clinicians::name, clinicians::id))
        .select(Clinician::as_select())
        .kept()
        .load(tx.connection())?)
}

/// The active admins, held against other writers until the transaction ends, those who came first first.
pub fn lock_admins(tx: &mut Tx<'_>) -> Result<Vec<ClinicianId>> {
    let tenant = tx.tenant();
    diesel::update(
        clinicians::table.filter(
            clinicians::tenant_id
                .eq(tenant)
                .and(clinicians::role.eq(Role::Admin)),
        ),
    )
    .set(clinicians::created_at.eq(clinicians::created_at))
    .kept()
    .execute(tx.connection())?;
    active_admins(tx)
}

/// The active admins, those who came first first.
pub fn active_admins(tx: &mut Tx<'_>) -> Result<Vec<ClinicianId>> {
    let tenant = tx.tenant();
    Ok(clinicians::table
        .filter(
            clinicians::tenant_id
                .eq(tenant)
                .and(clinicians::role.eq(Role::Admin))
                .and(clinicians::active.eq(1)),
        )
        .order((clinicians::created_at, clinicians::id))
        .select(clinicians::id)
        .kept()
        .load(tx.connection())?)
}

/// Ends the use of an account.
pub fn deactivate(tx: &mut Tx<'_>, id: ClinicianId) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(clinicians::table.find((tenant, id)))
        .set(clinicians::active.eq(0))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Replaces a clinician's password.
pub fn set_password(tx: &mut Tx<'_>, id: ClinicianId, phc: &str) -> Result<()> {
    let tenant = tx.tenant();
    let changed = diesel::update(clinicians::table.find((tenant, id)))
        .set(clinicians::password_phc.eq(phc))
        .kept()
        .execute(tx.connection())?;
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::not_found())
    }
}

/// A clinic to be written, with the moment of its opening.
pub fn clinic(
    tenant_id: TenantId,
    slug: &str,
    name: &str,
    time_zone: &str,
    sandbox: bool,
    now: Timestamp,
) -> Clinic {
    Clinic {
        tenant_id,
        slug: slug.to_owned(),
        name: name.to_owned(),
        time_zone: time_zone.to_owned(),
        created_at: now.into(),
        sandbox: i64::from(sandbox),
    }
}

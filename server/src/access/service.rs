//! Use cases of getting in; each is one transaction.

use jiff::{SignedDuration, Timestamp};

use super::password;
use super::token::{OneTimeCode, Token};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::store::audit::{self, Entry};
use crate::store::clinics::{self, Clinician, Role};
use crate::store::credentials::{self, AccessToken, CodePurpose};
use crate::store::types::{ClinicianId, PatientId, TenantId, UtcMicros};
use crate::store::{Principal, Scope, System};

/// How long a clinician's session lasts.
const SESSION: SignedDuration = SignedDuration::from_hours(12);
/// How long a clinician's link is good.
const LINK: SignedDuration = SignedDuration::from_hours(48);

/// A clinic to be opened.
#[derive(Debug, Clone)]
pub struct NewClinic {
    /// Short name in addresses and at sign-in.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Zone.
    pub time_zone: String,
    /// Its first clinician.
    pub clinician_name: String,
    /// And their address.
    pub email: String,
    /// Whether its patients are synthetic and its time may be moved.
    pub sandbox: bool,
}

/// A clinic just opened.
#[derive(Debug, Clone)]
pub struct OpenedClinic {
    /// The clinic.
    pub tenant: TenantId,
    /// Its first clinician.
    pub clinician: ClinicianId,
    /// Sets the first password.
    pub code: OneTimeCode,
}

/// Opens a clinic with its first clinician and a one-time code for the first password.
pub async fn open_clinic(app: &App, new: NewClinic) -> Result<OpenedClinic> {
    let now = app.doors.clock.now();
    // 31 random bits, not counted up: a token then does not tell how many clinics there are.
    let tenant = TenantId(1 + i64::try_from(app.doors.entropy.below((1 << 31) - 1)).unwrap_or(0));
    let clinician = ClinicianId::from(app.ids.uuid());
    let (code, row) = link_code(app, tenant, clinician);
    let entry = app.audit("clinic.open", "clinic", None);
    app.store
        .write("open_clinic", System, move |tx| {
            clinics::insert(
                tx,
                &clinics::clinic(
                    tenant,
                    &new.slug,
                    &new.name,
                    &new.time_zone,
                    new.sandbox,
                    now,
                ),
            )?;
            let tx = &mut tx.within(Scope::operator(tenant));
            clinics::insert_clinician(tx, &first_clinician(tenant, clinician, &new, now))?;
            credentials::insert_code(tx, &row)?;
            audit::append(tx, &[entry])
        })
        .await?;
    Ok(OpenedClinic {
        tenant,
        clinician,
        code,
    })
}

fn first_clinician(
    tenant_id: TenantId,
    id: ClinicianId,
    new: &NewClinic,
    now: Timestamp,
) -> Clinician {
    Clinician {
        tenant_id,
        id,
        email: new.email.to_lowercase(),
        name: new.clinician_name.clone(),
        password_phc: None,
        active: 1,
        created_at: now.into(),
        role: Role::Admin,
    }
}

/// A code with which a clinician sets a first password, and its row.
pub fn link_code(
    app: &App,
    tenant: TenantId,
    clinician: ClinicianId,
) -> (OneTimeCode, credentials::OneTimeCode) {
    let code = OneTimeCode::new(tenant, app.doors.entropy.as_ref());
    let now = app.now();
    let row = code_row(
        &code,
        CodePurpose::SetPassword,
        Some(clinician),
        None,
        now,
        LINK,
    );
    (code, row)
}

/// Until when a link made at `now` works.
pub fn link_expires_at(now: Timestamp) -> Timestamp {
    UtcMicros(UtcMicros::from(now).0 + micros(LINK)).timestamp()
}

pub(super) fn code_row(
    code: &OneTimeCode,
    purpose: CodePurpose,
    clinician_id: Option<ClinicianId>,
    patient_id: Option<PatientId>,
    now: Timestamp,
    good_for: SignedDuration,
) -> credentials::OneTimeCode {
    credentials::OneTimeCode {
        tenant_id: code.tenant(),
        code_hash: code.digest(),
        purpose,
        clinician_id,
        patient_id,
        created_at: now.into(),
        expires_at: UtcMicros(UtcMicros::from(now).0 + micros(good_for)),
        used_at: None,
    }
}

fn micros(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Makes a one-time link with which a clinician signs in without a password: for the operator only.
pub async fn sign_in_code(app: &App, slug: &str, email: &str) -> Result<OneTimeCode> {
    let now = app.doors.clock.now();
    let (slug, email) = (slug.to_owned(), email.to_lowercase());
    let tenant = app
        .store
        .read("clinic", System, move |tx| clinics::by_slug(tx, &slug))
        .await?
        .tenant_id;
    let code = OneTimeCode::new(tenant, app.doors.entropy.as_ref());
    let (made, entry) = (
        code.clone(),
        app.audit("clinician.sign_in_code", "clinician", None),
    );
    app.store
        .write("sign_in_code", Scope::operator(tenant), move |tx| {
            let clinician =
                clinics::clinician_by_email(tx, &email)?.ok_or_else(Error::not_found)?;
            let row = code_row(
                &made,
                CodePurpose::SignIn,
                Some(clinician.id),
                None,
                now,
                LINK,
            );
            credentials::insert_code(tx, &row)?;
            audit::append(
                tx,
                &[Entry {
                    entity_id: Some(*clinician.id.bytes()),
                    ..entry
                }],
            )
        })
        .await?;
    Ok(code)
}

/// A session just begun.
#[derive(Debug, Clone)]
pub struct Session {
    /// Opens the doors.
    pub token: Token,
    /// Until when.
    pub expires_at: Timestamp,
    /// Who signed in.
    pub clinician: ClinicianId,
}

/// Signs a clinician in with clinic, address and password. One answer for every kind of mistake.
pub async fn sign_in(app: &App, slug: &str, email: &str, password: &str) -> Result<Session> {
    let email = email.trim().to_lowercase();
    app.throttle.password(slug.trim(), &email)?;
    let known = find_account(app, slug, &email).await?;
    let phc = known
        .as_ref()
        .and_then(|account| account.password_phc.clone());
    let matches = verify_password(app, password.to_owned(), phc).await?;
    match known {
        Some(account) if matches && account.active == 1 => {
            begin_session(app, account.tenant_id, account.id).await
        }
        _ => Err(Error::detailed(
            Code::Unauthenticated,
            "clinic, e-mail address or password is wrong",
        )),
    }
}

async fn find_account(app: &App, slug: &str, email: &str) -> Result<Option<Clinician>> {
    let (slug, email) = (slug.trim().to_owned(), email.to_owned());
    app.store
        .read("account", System, move |tx| {
            let clinic = match clinics::by_slug(tx, &slug) {
                Ok(clinic) => clinic,
                Err(error) if error.code == Code::NotFound => return Ok(None),
                Err(error) => return Err(error),
            };
            clinics::clinician_by_email(&mut tx.within(Scope::unknown(clinic.tenant_id)), &email)
        })
        .await
}

/// Whether a password is the one that was hashed; without a hash it takes as long and is not.
pub async fn verify_password(app: &App, password: String, phc: Option<String>) -> Result<bool> {
    let cost = app.doors.password_cost;
    hashing(app, move || {
        password::verify(&password, cost, phc.as_deref())
    })
    .await
}

async fn hashing<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let _permit = app
        .throttle
        .hashing
        .acquire()
        .await
        .map_err(Error::unavailable)?;
    app.doors
        .blocking
        .run("hash", work)
        .await
        .unwrap_or_else(|| Err(Error::internal("hashing panicked")))
}

async fn begin_session(app: &App, tenant: TenantId, clinician: ClinicianId) -> Result<Session> {
    let (token, expires_at) = new_token(app, tenant)?;
    let row = clinician_token(&token, clinician, app.doors.clock.now(), expires_at);
    let entry = app.audit("session.begin", "clinician", Some(*clinician.bytes()));
    let scope = Scope {
        tenant,
        principal: Principal::Clinician(clinician),
    };
    app.store
        .write("begin_session", scope, move |tx| {
            credentials::insert_token(tx, &row)?;
            audit::append(tx, &[entry])
        })
        .await?;
    Ok(Session {
        token,
        expires_at,
        clinician,
    })
}

fn new_token(app: &App, tenant: TenantId) -> Result<(Token, Timestamp)> {
    let expires_at = app
        .doors
        .clock
        .now()
        .checked_add(SESSION)
        .map_err(Error::internal)?;
    Ok((Token::new(tenant, app.doors.entropy.as_ref()), expires_at))
}

fn clinician_token(
    token: &Token,
    clinician: ClinicianId,
    now: Timestamp,
    expires_at: Timestamp,
) -> AccessToken {
    AccessToken {
        tenant_id: token.tenant(),
        token_hash: token.digest(),
        clinician_id: Some(clinician),
        patient_id: None,
        device_id: None,
        created_at: now.into(),
        expires_at: Some(expires_at.into()),
        revoked_at: None,
    }
}

/// Uses a clinician's link: a new password where the link sets one, and a session.
pub async fn use_link(
    app: &App,
    code: &OneTimeCode,
    new_password: Option<&str>,
) -> Result<Session> {
    app.throttle.code(code.tenant())?;
    let now = app.doors.clock.now();
    let (tenant, hash) = (code.tenant(), code.digest());
    let phc = match new_password {
        Some(password) => Some(new_hash(app, "/password", password).await?),
        None => None,
    };
    let (token, expires_at) = new_token(app, tenant)?;
    let (made, entry) = (
        token.clone(),
        app.audit("clinician.use_link", "clinician", None),
    );
    let purpose = if phc.is_some() {
        CodePurpose::SetPassword
    } else {
        CodePurpose::SignIn
    };
    let clinician = app
        .store
        .write("use_link", Scope::unknown(tenant), move |tx| {
            let used = credentials::use_code(tx, hash, &[purpose], now)?;
            let clinician = used.clinician_id.ok_or_else(Error::not_found)?;
            if let Some(phc) = &phc {
                clinics::set_password(tx, clinician, phc)?;
            }
            credentials::insert_token(tx, &clinician_token(&made, clinician, now, expires_at))?;
            audit::append(
                tx,
                &[Entry {
                    entity_id: Some(*clinician.bytes()),
                    ..entry
                }],
            )?;
            Ok(clinician)
        })
        .await
        .map_err(dead_code)?;
    Ok(Session {
        token,
        expires_at,
        clinician,
    })
}

/// The hash of a new password.
///
/// # Errors
/// Invalid at `pointer` when it breaks a rule.
pub async fn new_hash(app: &App, pointer: &str, new_password: &str) -> Result<String> {
    password::check(new_password).map_err(|error| Error::field(pointer, error.rule))?;
    let (new_password, entropy) = (new_password.to_owned(), app.doors.entropy.clone());
    let cost = app.doors.password_cost;
    hashing(app, move || {
        password::hash(&new_password, cost, entropy.as_ref())
    })
    .await
}

/// One answer for a code that never was, was used, or is too old.
pub(super) fn dead_code(error: Error) -> Error {
    if error.code == Code::NotFound {
        return Error::detailed(
            Code::Unauthenticated,
            "this code is not valid or no longer; ask for a new one",
        );
    }
    error
}

/// Ends the session of a token.
pub async fn sign_out(app: &App, scope: Scope, token: &Token) -> Result<()> {
    let (hash, now) = (token.digest(), app.doors.clock.now());
    let entry = app.audit("session.end", "session", None);
    app.store
        .write("sign_out", scope, move |tx| {
            credentials::revoke_token(tx, hash, now)?;
            audit::append(tx, &[entry])
        })
        .await
}

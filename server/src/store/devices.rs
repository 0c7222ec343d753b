//! Patients' devices and their push tokens.

use std::collections::BTreeMap;

use diesel::prelude::*;
use jiff::Timestamp;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::schema::devices;
use super::types::{DeviceId, PatientId, TenantId, UtcMicros, text_enum};
use crate::error::{Error, Result};
use crate::planted::{self, Bug};

text_enum! {
    /// What kind of device it is.
    Platform {
        /// An Android phone or tablet.
        Android = "android",
        /// An iPhone or iPad.
        Ios = "ios",
        /// A browser.
        Web = "web",
    }
}

text_enum! {
    /// Whether the device can be reached.
    PushState {
        /// No push token was given.
        None = "none",
        /// The token is used.
        Live = "live",
        /// The gateway said the token is unregistered.
        Gone = "gone",
    }
}

/// A device.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = devices, treat_none_as_default_value = false)]
pub struct Device {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The device.
    pub id: DeviceId,
    /// Whose it is.
    pub patient_id: PatientId,
    /// Its kind.
    pub platform: Platform,
    /// Where prompts for it go.
    pub push_token: Option<String>,
    /// Whether that works.
    pub push_state: PushState,
    /// When it was bound.
    pub created_at: UtcMicros,
}

/// Adds a device.
pub fn insert(tx: &mut Tx<'_>, device: &Device) -> Result<()> {
    if let Some(token) = &device.push_token {
        release_token(tx, token)?;
    }
    diesel::insert_into(devices::table)
        .values(device)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Gives a device a push token. A token that another device of the clinic had moves, so that a phone
/// that changed hands never shows the earlier owner's prompts.
pub fn set_push_token(
    tx: &mut Tx<'_>,
    patient: PatientId,
    id: DeviceId,
    token: &str,
) -> Result<()> {
    if planted::is(Bug::KeepsDeadToken) {
        return Ok(());
    }
    release_token(tx, token)?;
    let tenant = tx.tenant();
    let changed = diesel::update(
        devices::table
            .find((tenant, id))
            .filter(devices::patient_id.eq(patient))
            .filter(devices::ended_at.is_null()),
    )
    .set((
        devices::push_token.eq(Some(token)),
        devices::push_state.eq(PushState::Live),
    ))
    .kept()
    .execute(tx.connection())?;
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::not_found())
    }
}

/// What kind of device it is.
pub fn platform(tx: &mut Tx<'_>, patient: PatientId, id: DeviceId) -> Result<Platform> {
    let tenant = tx.tenant();
    devices::table
        .find((tenant, id))
        .filter(devices::patient_id.eq(patient))
        .select(devices::platform)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?
        .ok_or_else(Error::not_found)
}

/// Takes a device's push token away.
pub fn clear_push_token(tx: &mut Tx<'_>, patient: PatientId, id: DeviceId) -> Result<()> {
    let tenant = tx.tenant();
    let changed = diesel::update(
        devices::table
            .find((tenant, id))
            .filter(devices::patient_id.eq(patient)),
    )
    .set((
        devices::push_token.eq(None::<String>),
        devices::push_state.eq(PushState::None),
    ))
    .kept()
    .execute(tx.connection())?;
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::not_found())
    }
}

fn release_token(tx: &mut Tx<'_>, token: &str) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(
        devices::table.filter(
            devices::tenant_id
                .eq(tenant)
                .and(devices::push_token.eq(token)),
        ),
    )
    .set((
        devices::push_token.eq(None::<String>),
        devices::push_state.eq(PushState::None),
    ))
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

/// Marks a token as unregistered, unless the device has another one by now.
pub fn token_gone(tx: &mut Tx<'_>, id: DeviceId, token: &str) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(
        devices::table
            .find((tenant, id))
            .filter(devices::push_token.eq(token)),
    )
    .set(devices::push_state.eq(PushState::Gone))
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

/// Ends a device of a patient: it keeps no push token. A repeat changes nothing.
///
/// # Errors
/// Not found when the patient has no such device.
pub fn end(tx: &mut Tx<'_>, patient: PatientId, id: DeviceId, now: Timestamp) -> Result<bool> {
    let tenant = tx.tenant();
    let own = devices::table
        .find((tenant, id))
        .filter(devices::patient_id.eq(patient));
    let ended = diesel::update(own.filter(devices::ended_at.is_null()))
        .set((
            devices::ended_at.eq(Some(UtcMicros::from(now))),
            devices::push_token.eq(None::<String>),
            devices::push_state.eq(PushState::None),
        ))
        .kept()
        .execute(tx.connection())?;
    if ended == 1 {
        return Ok(true);
    }
    own.select(devices::id)
        .limit(1)
        .kept()
        .get_result::<DeviceId>(tx.connection())?;
    Ok(false)
}

/// A patient's devices, those in use and those that ended, oldest first.
pub fn all_of(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<(Device, Option<UtcMicros>)>> {
    let tenant = tx.tenant();
    Ok(devices::table
        .filter(
            devices::tenant_id
                .eq(tenant)
                .and(devices::patient_id.eq(patient)),
        )
        .order((devices::created_at, devices::id))
        .select((Device::as_select(), devices::ended_at))
        .kept()
        .load(tx.connection())?)
}

/// The devices of these patients that are in use.
pub fn of_patients(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
) -> Result<BTreeMap<PatientId, Vec<Device>>> {
    let tenant = tx.tenant();
    let rows = devices::table
        .filter(
            devices::tenant_id
                .eq(tenant)
                .and(devices::patient_id.among(patients.iter().copied())),
        )
        .filter(devices::ended_at.is_null())
        .order(devices::id)
        .select(Device::as_select())
        .kept()
        .load::<Device>(tx.connection())?;
    Ok(by_patient(rows, |device| device.patient_id))
}

fn by_patient<T>(rows: Vec<T>, whose: impl Fn(&T) -> PatientId) -> BTreeMap<PatientId, Vec<T>> {
    let mut grouped: BTreeMap<PatientId, Vec<T>> = BTreeMap::new();
    for row in rows {
        grouped.entry(whose(&row)).or_default().push(row);
    }
    grouped
}

/// Where messages to a device go.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = devices)]
pub struct Address {
    /// The device.
    pub id: DeviceId,
    /// Whose.
    pub patient_id: PatientId,
    /// What runs on it.
    pub platform: Platform,
    /// Its push token.
    #[diesel(select_expression = devices::push_token.assume_not_null())]
    pub push_token: String,
}

/// Where messages to these patients go: their devices in use that can be reached.
pub fn addresses(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
) -> Result<BTreeMap<PatientId, Vec<Address>>> {
    let tenant = tx.tenant();
    let rows: Vec<Address> = devices::table
        .filter(
            devices::tenant_id
                .eq(tenant)
                .and(devices::patient_id.among(patients.iter().copied())),
        )
        .filter(devices::ended_at.is_null())
        .filter(devices::push_state.eq(PushState::Live))
        .filter(devices::push_token.is_not_null())
        .select(Address::as_select())
        .kept()
        .load(tx.connection())?;
    let mut grouped = by_patient(rows, |address| address.patient_id);
    for addresses in grouped.values_mut() {
        addresses.sort_unstable_by_key(|one| one.id);
    }
    Ok(grouped)
}

/// Whether a patient has a device with a live push token besides one.
pub fn has_live(tx: &mut Tx<'_>, patient: PatientId, except: Option<DeviceId>) -> Result<bool> {
    let tenant = tx.tenant();
    let live: Vec<DeviceId> = devices::table
        .filter(
            devices::tenant_id
                .eq(tenant)
                .and(devices::patient_id.eq(patient)),
        )
        .filter(devices::push_state.eq(PushState::Live))
        .select(devices::id)
        .kept()
        .load(tx.connection())?;
    Ok(live.into_iter().any(|id| Some(id) != except))
}

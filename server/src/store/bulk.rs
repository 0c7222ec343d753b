//! A clinic's patients with their plans and devices, many at once: for taking over a whole clinic.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use super::Tx;
use super::backend::insert_new;
use super::devices::Device;
use super::patients::Patient;
use super::plans::{PlanItemRow, PlanVersion};
use crate::error::Result;

/// What is added together.
#[derive(Debug, Clone, Default)]
pub struct Arrivals {
    /// The patients.
    pub patients: Vec<Patient>,
    /// Their plans.
    pub versions: Vec<PlanVersion>,
    /// The lines of these.
    pub items: Vec<PlanItemRow>,
    /// Their devices; no token may be another's.
    pub devices: Vec<Device>,
}

/// Adds them; those that exist stay as they are.
///
/// # Errors
/// When a row refers to one that is not there.
pub fn insert(tx: &mut Tx<'_>, new: &Arrivals) -> Result<()> {
    insert_new!(tx, patients, &new.patients, {
        tenant_id: BigInt, id: Binary, name: Text, time_zone: Text, locale: Text, owner_id: Binary,
        planned_through: Nullable<Text>, created_at: BigInt, day_starts_min: BigInt, status: Text,
        settings: Nullable<Text>, reminders_stopped_at: Nullable<BigInt>, watch_at: Nullable<BigInt>,
    });
    insert_new!(tx, plan_versions, &new.versions, {
        tenant_id: BigInt, patient_id: Binary, version: BigInt, note: Text, published_by: Binary, published_at: BigInt,
    });
    insert_new!(tx, plan_items, &new.items, {
        tenant_id: BigInt, id: Binary, patient_id: Binary, plan_version: BigInt, position: BigInt, exercise_key: Text,
        body: Text,
    });
    insert_new!(tx, devices, &new.devices, {
        tenant_id: BigInt, id: Binary, patient_id: Binary, platform: Text, push_token: Nullable<Text>, push_state: Text,
        created_at: BigInt,
    });
    Ok(())
}

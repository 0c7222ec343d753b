//! A clinic's own thresholds: data, with defaults, echoed wherever they decide something.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, FieldError, Result};
use crate::reminders::settings::ReminderRules;
use crate::store::{Tx, clinics};

/// What a clinic may set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClinicSettings {
    /// Reminders, quiet hours, silence.
    pub reminders: ReminderRules,
}

impl ClinicSettings {
    /// Names every broken rule.
    pub fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        self.reminders.check("/reminders", &mut errors);
        errors
    }
}

/// The settings of the transaction's clinic.
///
/// # Errors
/// Internal when the stored text was damaged from outside.
pub fn of(tx: &mut Tx<'_>) -> Result<ClinicSettings> {
    match clinics::settings(tx)? {
        Some(text) => serde_json::from_str(&text).map_err(Error::internal),
        None => Ok(ClinicSettings::default()),
    }
}

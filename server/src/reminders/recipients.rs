//! Whom deliveries are for: read for many patients at once, in the transaction that judges.

use std::collections::BTreeMap;

use super::delivery::Recipient;
use super::planner::zone_named;
use super::settings::{PatientSettings, ReminderRules};
use crate::error::{Error, Result};
use crate::push::Locale;
use crate::store::Tx;
use crate::store::deliveries::Delivery;
use crate::store::patients::{self, Addressee};
use crate::store::types::PatientId;

/// The rules of the transaction's clinic.
pub fn rules(tx: &mut Tx<'_>) -> Result<ReminderRules> {
    Ok(crate::clinic_settings::current(tx)?.reminders)
}

/// Whom deliveries are for, and who of them could not be read: those hold up no other.
#[derive(Debug, Default)]
pub struct Recipients {
    /// Who was read.
    pub known: BTreeMap<PatientId, Recipient>,
    /// Why somebody could not be.
    pub unreadable: BTreeMap<PatientId, String>,
}

/// What the rules need to know of these patients.
pub fn of(tx: &mut Tx<'_>, ids: &[PatientId], rules: &ReminderRules) -> Result<Recipients> {
    let mut found = Recipients::default();
    for patient in patients::addressees(tx, ids)? {
        match recipient(&patient, rules) {
            Ok(recipient) => {
                found.known.insert(patient.id, recipient);
            }
            Err(error) => {
                found.unreadable.insert(patient.id, error.to_string());
            }
        }
    }
    Ok(found)
}

fn recipient(patient: &Addressee, rules: &ReminderRules) -> Result<Recipient> {
    let own = PatientSettings::stored(patient.settings.as_deref())?;
    Ok(Recipient {
        id: patient.id,
        zone: zone_named(&patient.time_zone)?,
        locale: Locale::from_tag(&patient.locale),
        status: patient.status,
        quiet_hours: own.quiet_hours,
        digest: own.digest.unwrap_or(rules.digest),
        silent: patient.reminders_stopped_at.is_some(),
    })
}

/// Who was read by a sweep or a claim, and who could not be and why: for the operator.
#[derive(Debug, Default)]
pub struct Read {
    /// Who was.
    pub known: Vec<PatientId>,
    /// Who was not.
    pub unreadable: BTreeMap<PatientId, String>,
}

impl Read {
    /// Adds those of a clinic.
    pub fn add(&mut self, of_clinic: Recipients) {
        self.known.extend(of_clinic.known.into_keys());
        self.unreadable.extend(of_clinic.unreadable);
    }

    /// A clinic of which nothing could be read.
    pub fn add_none(&mut self, patients: impl Iterator<Item = PatientId>, error: &Error) {
        self.unreadable
            .extend(patients.map(|id| (id, error.to_string())));
    }
}

/// A delivery that is to be sent now, and in which language.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// What.
    pub delivery: Delivery,
    /// The patient's language.
    pub locale: Locale,
    /// It says that there are messages to read.
    pub about_messages: bool,
}

/// Deliveries with what was read of whom they are for.
pub fn outgoing(
    send: Vec<Delivery>,
    recipients: &BTreeMap<PatientId, Recipient>,
) -> Result<Vec<Outgoing>> {
    let with_language = |delivery: Delivery| {
        let who = recipients
            .get(&delivery.patient_id)
            .ok_or_else(Error::not_found)?;
        Ok(Outgoing {
            delivery,
            locale: who.locale,
            about_messages: false,
        })
    };
    send.into_iter().map(with_language).collect()
}

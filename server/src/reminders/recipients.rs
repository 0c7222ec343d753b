//! Whom deliveries are for: read for many patients at once, in the transaction that judges.

use std::collections::BTreeMap;

use super::delivery::Recipient;
use super::planner::zone_named;
use super::settings::{PatientSettings, ReminderRules};
use crate::error::{Error, Result};
use crate::push::Locale;
use crate::store::deliveries::Delivery;
use crate::store::types::PatientId;
use crate::store::{Tx, patients};

/// The rules of the transaction's clinic.
pub fn rules(tx: &mut Tx<'_>) -> Result<ReminderRules> {
    Ok(crate::clinic_settings::current(tx)?.reminders)
}

/// What the rules need to know of these patients.
pub fn of(
    tx: &mut Tx<'_>,
    ids: &[PatientId],
    rules: &ReminderRules,
) -> Result<BTreeMap<PatientId, Recipient>> {
    patients::addressees(tx, ids)?
        .iter()
        .map(|patient| {
            let own = PatientSettings::stored(patient.settings.as_deref())?;
            let recipient = Recipient {
                id: patient.id,
                zone: zone_named(&patient.time_zone)?,
                locale: Locale::from_tag(&patient.locale),
                status: patient.status,
                quiet_hours: own.quiet_hours,
                digest: own.digest.unwrap_or(rules.digest),
                silent: patient.reminders_stopped_at.is_some(),
            };
            Ok((patient.id, recipient))
        })
        .collect()
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

//! Times in which nothing is asked of a patient.

use std::collections::BTreeMap;

use diesel::prelude::*;
use jiff::civil::Date;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::schema::pauses;
use super::types::{ClinicianId, DateText, PatientId, PauseId, TenantId, UtcMicros, text_enum};
use crate::error::Result;

text_enum! {
    /// How a pause ends.
    ResumeRule {
        /// By itself, after its last date.
        Automatic = "automatic",
        /// When a clinician says so, not before its last date.
        Confirm = "confirm",
    }
}

/// A pause.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = pauses, treat_none_as_default_value = false)]
pub struct Pause {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The pause.
    pub id: PauseId,
    /// Whose.
    pub patient_id: PatientId,
    /// First paused local date.
    pub from_date: DateText,
    /// Last paused local date.
    pub through_date: DateText,
    /// Why, one of the known reasons.
    pub reason: String,
    /// The clinician who entered it; none when the patient did.
    pub created_by: Option<ClinicianId>,
    /// When.
    pub created_at: UtcMicros,
    /// Whether it ends by its date or by a clinician's word.
    pub resume_rule: ResumeRule,
    /// The first date on which things are asked again, once somebody said so.
    pub resumed_date: Option<DateText>,
    /// When they said so.
    pub resumed_at: Option<UtcMicros>,
    /// Percent of the dose in each week after the return, as JSON.
    pub ramp_pct: Option<String>,
}

impl Pause {
    /// Whether nothing is asked on one of the patient's dates.
    pub fn holds(&self, date: &DateText) -> bool {
        if *date < self.from_date {
            return false;
        }
        match (&self.resumed_date, self.resume_rule) {
            (Some(resumed), _) => date < resumed,
            (None, ResumeRule::Automatic) => *date <= self.through_date,
            // Nothing starts again by itself.
            (None, ResumeRule::Confirm) => true,
        }
    }

    /// Whether its last date is over and nobody has said yet that the patient goes on.
    pub fn waits_for_a_word(&self, today: &DateText) -> bool {
        self.resume_rule == ResumeRule::Confirm
            && self.resumed_date.is_none()
            && self.through_date <= *today
    }

    /// Percent of the dose on a date after the return, while it comes back by steps of a week.
    pub fn ramp_on(&self, date: Date) -> Option<u32> {
        let resumed = self.resumed_date.as_ref()?.date().ok()?;
        let steps: Vec<u32> = serde_json::from_str(self.ramp_pct.as_deref()?).ok()?;
        let days = usize::try_from((date - resumed).get_days()).ok()?;
        steps.get(days / 7).copied()
    }
}

/// Adds a pause.
pub fn insert(tx: &mut Tx<'_>, pause: &Pause) -> Result<()> {
    diesel::insert_into(pauses::table)
        .values(pause)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// The pauses of these patients, earliest first.
pub fn of_patients(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
) -> Result<BTreeMap<PatientId, Vec<Pause>>> {
    let tenant = tx.tenant();
    let rows = pauses::table
        .filter(
            pauses::tenant_id
                .eq(tenant)
                .and(pauses::patient_id.among(patients.iter().copied())),
        )
        .order((pauses::from_date, pauses::id))
        .select(Pause::as_select())
        .kept()
        .load::<Pause>(tx.connection())?;
    let mut by_patient: BTreeMap<PatientId, Vec<Pause>> = BTreeMap::new();
    for pause in rows {
        by_patient.entry(pause.patient_id).or_default().push(pause);
    }
    Ok(by_patient)
}

/// One pause of a patient.
pub fn find(tx: &mut Tx<'_>, patient: super::types::PatientId, id: PauseId) -> Result<Pause> {
    let tenant = tx.tenant();
    Ok(pauses::table
        .find((tenant, id))
        .filter(pauses::patient_id.eq(patient))
        .select(Pause::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())?)
}

/// Says from which date on things are asked again.
pub fn set_resumed(
    tx: &mut Tx<'_>,
    id: PauseId,
    date: Date,
    at: jiff::Timestamp,
    ramp_pct: Option<&str>,
) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(pauses::table.find((tenant, id)))
        .set((
            pauses::resumed_date.eq(Some(DateText::from(date))),
            pauses::resumed_at.eq(Some(UtcMicros::from(at))),
            pauses::ramp_pct.eq(ramp_pct),
        ))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

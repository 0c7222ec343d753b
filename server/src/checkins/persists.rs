//! The persistence rule: pain that stays, standing and walking that changed.

use jiff::ToSpan;
use serde_json::{Value, json};

use super::rules::{self, persistence};
use super::service::Intake;
use super::trend::{by_date, worst_by_date};
use crate::attention;
use crate::error::{Error, Result};
use crate::store::alerts::{self, AlertState, Severity};
use crate::store::{Tx, checkins, occurrences};

/// The alert of pain that stays.
pub(super) const PERSISTS: &str = "pain_persists";

/// Pain that stays although the plan runs, or standing and walking that changed: the clinic should see the patient.
pub(super) fn check(tx: &mut Tx<'_>, intake: &Intake<'_>) -> Result<()> {
    let patient = intake.patient.id;
    let today = intake.row.local_date.date().map_err(Error::internal)?;
    let from = today
        .checked_sub((intake.rules.persist_days - 1).days())
        .map_err(Error::internal)?;
    let rows = checkins::standing(tx, patient, from, today)?;
    let seen = persistence(&worst_by_date(&by_date(&rows)?), today, intake.rules);
    let changed = intake.body.standing_walking_changed == Some(true);
    let despite_plan = seen.persists && {
        let first_week = from.checked_add(6.days()).map_err(Error::internal)?;
        !occurrences::between(tx, patient, from, first_week)?.is_empty()
    };
    if !changed && !despite_plan {
        return settle(tx, intake, seen.persists);
    }
    let evidence = json!({
        "checkin": intake.body.id,
        "standing_walking_changed": changed,
        "pain_stays": despite_plan,
        "days": seen.days,
        "days_high": seen.high_days,
    });
    let finding = intake.finding(
        PERSISTS.to_owned(),
        rules::VERSION,
        Severity::Medium,
        evidence,
    )?;
    if attention::raise(tx, patient, &finding, intake.now)?.1 {
        intake.tell(tx, "see_your_clinic", json!({}))?;
    }
    Ok(())
}

/// Goes away by itself when pain no longer stays, unless the patient also said that standing or walking changed.
fn settle(tx: &mut Tx<'_>, intake: &Intake<'_>, persists: bool) -> Result<()> {
    let Some(live) = alerts::live(tx, intake.patient.id, PERSISTS)? else {
        return Ok(());
    };
    let evidence: Value = serde_json::from_str(&live.evidence).map_err(Error::internal)?;
    if persists || evidence["standing_walking_changed"] != json!(false) {
        return Ok(());
    }
    let (state, reason) = (
        AlertState::AutoResolved,
        "pain is no longer high on most days",
    );
    attention::settle(tx, intake.patient.id, PERSISTS, state, reason, intake.now)?;
    Ok(())
}

//! Raising and settling alerts, inside the transaction that found the reason.

use jiff::Timestamp;
use serde_json::Value;

use crate::app::App;
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::alerts::{self, Alert, AlertState, Severity};
use crate::store::patients;
use crate::store::types::{AlertId, PatientId};

/// Why an alert that was over is open.
const FOUND_AGAIN: &str = "found again";

/// Something a rule found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Made before the transaction (`app.ids.uuid()`); used when the alert is new.
    pub id: AlertId,
    /// The rule; with what it is about where one rule can find several (`pain_spike:calf-wall-stretch`).
    pub rule: String,
    /// The rule's version.
    pub rule_version: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Numbers and ids it rests on.
    pub evidence: Value,
    /// Until when somebody must act before it is handed on.
    pub due_at: Option<Timestamp>,
}

impl Finding {
    /// A finding with a fresh id and no time to act by.
    pub fn new(
        app: &App,
        rule: impl Into<String>,
        rule_version: &'static str,
        severity: Severity,
        evidence: Value,
    ) -> Self {
        Self {
            id: AlertId::from(app.ids.uuid()),
            rule: rule.into(),
            rule_version,
            severity,
            evidence,
            due_at: None,
        }
    }
}

/// Opens an alert, or counts it again where it is live already. Gives the live alert's id and whether it is new.
pub fn raise(
    tx: &mut Tx<'_>,
    patient: PatientId,
    finding: &Finding,
    now: Timestamp,
) -> Result<(AlertId, bool)> {
    let evidence = serde_json::to_string(&finding.evidence).map_err(Error::internal)?;
    if let Some(live) = alerts::live(tx, patient, &finding.rule)? {
        let severity = live.severity.min(finding.severity);
        alerts::seen_again(tx, live.id, severity, &evidence, now)?;
        return Ok((live.id, false));
    }
    // The very same was found before and is over. What a clinician dealt with stays so; what went away by itself is back.
    if let Some(known) = alerts::known(tx, patient, finding.id)? {
        if known.state == AlertState::Resolved {
            return Ok((known.id, false));
        }
        alerts::set_state(tx, known.id, AlertState::Open, FOUND_AGAIN, None, now)?;
        let severity = known.severity.min(finding.severity);
        alerts::seen_again(tx, known.id, severity, &evidence, now)?;
        return Ok((known.id, true));
    }
    let owner_id = patients::find(tx, patient)?.owner_id;
    alerts::insert(
        tx,
        &Alert {
            tenant_id: tx.tenant(),
            id: finding.id,
            patient_id: patient,
            rule: finding.rule.clone(),
            rule_version: finding.rule_version.to_owned(),
            severity: finding.severity,
            state: AlertState::Open,
            state_reason: None,
            state_at: now.into(),
            state_by: None,
            evidence,
            first_seen_at: now.into(),
            last_seen_at: now.into(),
            count: 1,
            owner_id,
            due_at: finding.due_at.map(Into::into),
        },
    )?;
    Ok((finding.id, true))
}

/// Settles the live alert of a rule (`AutoResolved` or `Retracted`), saying why. Gives whether there was one.
pub fn settle(
    tx: &mut Tx<'_>,
    patient: PatientId,
    rule: &str,
    state: AlertState,
    reason: &str,
    now: Timestamp,
) -> Result<bool> {
    let Some(live) = alerts::live(tx, patient, rule)? else {
        return Ok(false);
    };
    alerts::set_state(tx, live.id, state, reason, None, now)?;
    Ok(true)
}

/// Settles every live alert of a patient that `matches`.
pub fn settle_where(
    tx: &mut Tx<'_>,
    patient: PatientId,
    matches: impl Fn(&Alert) -> bool,
    state: AlertState,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    for alert in alerts::live_of(tx, patient)?.into_iter().filter(matches) {
        alerts::set_state(tx, alert.id, state, reason, None, now)?;
    }
    Ok(())
}

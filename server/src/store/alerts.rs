//! Alerts: what a clinic should look at; one live row for a patient and a rule.

use diesel::prelude::*;
use jiff::Timestamp;

use super::alert_turns::TO_HAND_ON;
use super::backend::kept::KeptExt;
use super::backend::raw::Verbatim;
use super::schema::alerts;
use super::types::{AlertId, ClinicianId, PatientId, TenantId, UtcMicros, text_enum};
use super::{System, Tx};
use crate::error::{Code, Result};

text_enum! {
    /// How much it matters.
    Severity {
        /// Now.
        Critical = "critical",
        /// Today.
        High = "high",
        /// This week.
        Medium = "medium",
        /// When there is time.
        Low = "low",
        /// To know.
        Info = "info",
    }
}

text_enum! {
    /// Where an alert stands.
    AlertState {
        /// Nobody looked yet.
        Open = "open",
        /// Somebody is at it.
        Acked = "acked",
        /// Put off, with a reason.
        Snoozed = "snoozed",
        /// A clinician dealt with it.
        Resolved = "resolved",
        /// It went away by itself.
        AutoResolved = "auto_resolved",
        /// What it rested on was wrong or came late.
        Retracted = "retracted",
    }
}

impl AlertState {
    /// The states in which finding it again makes no second row.
    pub const LIVE: [Self; 3] = [Self::Open, Self::Acked, Self::Snoozed];
}

/// An alert.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = alerts, treat_none_as_default_value = false)]
pub struct Alert {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The alert.
    pub id: AlertId,
    /// About whom.
    pub patient_id: PatientId,
    /// The rule that found it; with what it is about where one rule can find several (`pain_spike:calf-wall-stretch`).
    pub rule: String,
    /// The rule's version.
    pub rule_version: String,
    /// How much it matters.
    pub severity: Severity,
    /// Where it stands.
    pub state: AlertState,
    /// Why it stands there.
    pub state_reason: Option<String>,
    /// Since when.
    pub state_at: UtcMicros,
    /// The clinician who put it there; a rule did when absent.
    pub state_by: Option<ClinicianId>,
    /// What it rests on, as JSON.
    pub evidence: String,
    /// When it was first found.
    pub first_seen_at: UtcMicros,
    /// When it was last found.
    pub last_seen_at: UtcMicros,
    /// How often it was found.
    pub count: i64,
    /// Who is to act.
    pub owner_id: ClinicianId,
    /// Until when, before it goes to somebody else.
    pub due_at: Option<UtcMicros>,
}

/// The live alert of a patient under a rule.
pub fn live(tx: &mut Tx<'_>, patient: PatientId, rule: &str) -> Result<Option<Alert>> {
    let tenant = tx.tenant();
    Ok(alerts::table
        .filter(
            alerts::tenant_id
                .eq(tenant)
                .and(alerts::patient_id.eq(patient)),
        )
        .filter(alerts::rule.eq(rule).and(is_live()))
        .select(Alert::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// Alerts somebody still has to see to. Literal, so that both engines see that the partial indexes serve.
pub(super) fn is_live() -> Verbatim {
    Verbatim("alerts.state IN ('open', 'acked', 'snoozed')")
}

/// Adds an alert.
pub fn insert(tx: &mut Tx<'_>, alert: &Alert) -> Result<()> {
    diesel::insert_into(alerts::table)
        .values(alert)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Found again: counted, with the newest evidence and the higher severity.
pub fn seen_again(
    tx: &mut Tx<'_>,
    id: AlertId,
    severity: Severity,
    evidence: &str,
    now: Timestamp,
) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(alerts::table.find((tenant, id)))
        .set((
            alerts::count.eq(alerts::count + 1),
            alerts::last_seen_at.eq(UtcMicros::from(now)),
            alerts::severity.eq(severity),
            alerts::evidence.eq(evidence),
        ))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// [`Bug::CountsAtStart`](crate::planted::Bug::CountsAtStart).
pub(crate) fn count_all(tx: &mut Tx<'_, System>) -> Result<()> {
    diesel::update(alerts::table)
        .set(alerts::count.eq(alerts::count + 1))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Moves an alert to another state.
pub fn set_state(
    tx: &mut Tx<'_>,
    id: AlertId,
    state: AlertState,
    reason: &str,
    by: Option<ClinicianId>,
    now: Timestamp,
) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(alerts::table.find((tenant, id)))
        .set((
            alerts::state.eq(state),
            alerts::state_reason.eq(Some(reason)),
            alerts::state_at.eq(UtcMicros::from(now)),
            alerts::state_by.eq(by),
        ))
        .kept()
        .execute(tx.connection())?;
    if by.is_some() {
        diesel::update(
            alerts::table
                .find((tenant, id))
                .filter(alerts::first_acted_at.is_null()),
        )
        .set(alerts::first_acted_at.eq(Some(UtcMicros::from(now))))
        .kept()
        .execute(tx.connection())?;
    }
    Ok(())
}

/// An alert by its id, whatever became of it; `None` where it was never found.
pub fn known(tx: &mut Tx<'_>, patient: PatientId, id: AlertId) -> Result<Option<Alert>> {
    match find(tx, patient, id) {
        Ok(alert) => Ok(Some(alert)),
        Err(error) if error.code == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// One alert of a patient.
pub fn find(tx: &mut Tx<'_>, patient: PatientId, id: AlertId) -> Result<Alert> {
    let tenant = tx.tenant();
    Ok(alerts::table
        .find((tenant, id))
        .filter(alerts::patient_id.eq(patient))
        .select(Alert::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())?)
}

/// A patient's alerts, those seen last first.
pub fn of_patient(tx: &mut Tx<'_>, patient: PatientId, limit: i64) -> Result<Vec<Alert>> {
    let tenant = tx.tenant();
    Ok(alerts::table
        .filter(
            alerts::tenant_id
                .eq(tenant)
                .and(alerts::patient_id.eq(patient)),
        )
        .order((alerts::last_seen_at.desc(), alerts::id.desc()))
        .limit(limit)
        .select(Alert::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Open alerts over all clinics whose time to act has passed and that were not handed on yet.
pub fn overdue(
    tx: &mut Tx<'_, System>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(TenantId, PatientId, AlertId)>> {
    Ok(alerts::table
        .filter(Verbatim(TO_HAND_ON))
        .filter(alerts::due_at.le(UtcMicros::from(now)))
        .order(alerts::due_at)
        .limit(limit)
        .select((alerts::tenant_id, alerts::patient_id, alerts::id))
        .kept()
        .load(tx.connection())?)
}

/// What stands beside an alert.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside {
    /// Until when it is put off, or was the last time.
    pub snoozed_until_at: Option<UtcMicros>,
    /// When it was handed on because nobody had looked in time.
    pub escalated_at: Option<UtcMicros>,
}

/// The same as [`of_patient`], with what stands beside each and the note it was put off with.
pub fn of_patient_with(
    tx: &mut Tx<'_>,
    patient: PatientId,
    limit: i64,
) -> Result<Vec<(Alert, Beside, Option<String>)>> {
    let tenant = tx.tenant();
    type Row = (Alert, Option<UtcMicros>, Option<UtcMicros>, Option<String>);
    let rows: Vec<Row> = alerts::table
        .filter(
            alerts::tenant_id
                .eq(tenant)
                .and(alerts::patient_id.eq(patient)),
        )
        .order((alerts::last_seen_at.desc(), alerts::id.desc()))
        .limit(limit)
        .select((
            Alert::as_select(),
            alerts::snoozed_until_at,
            alerts::escalated_at,
            alerts::snooze_note,
        ))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .map(|(alert, snoozed_until_at, escalated_at, note)| {
            let beside = Beside {
                snoozed_until_at,
                escalated_at,
            };
            (alert, beside, note)
        })
        .collect())
}

/// One alert of a patient, held against other writers until the transaction ends.
pub fn lock(tx: &mut Tx<'_>, patient: PatientId, id: AlertId) -> Result<Alert> {
    let tenant = tx.tenant();
    // An update takes the row's lock in both engines; setting a column to itself changes nothing.
    diesel::update(
        alerts::table
            .find((tenant, id))
            .filter(alerts::patient_id.eq(patient)),
    )
    .set(alerts::count.eq(alerts::count))
    .kept()
    .execute(tx.connection())?;
    find(tx, patient, id)
}

/// Gives an alert to somebody else, with a new time to act.
pub fn hand_over(
    tx: &mut Tx<'_>,
    id: AlertId,
    owner: ClinicianId,
    due_at: Option<Timestamp>,
) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(alerts::table.find((tenant, id)))
        .set((
            alerts::owner_id.eq(owner),
            alerts::due_at.eq(due_at.map(UtcMicros::from)),
        ))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// A patient's live alerts.
pub fn live_of(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Alert>> {
    let tenant = tx.tenant();
    Ok(alerts::table
        .filter(
            alerts::tenant_id
                .eq(tenant)
                .and(alerts::patient_id.eq(patient)),
        )
        .filter(is_live())
        .order(alerts::id)
        .select(Alert::as_select())
        .kept()
        .load(tx.connection())?)
}

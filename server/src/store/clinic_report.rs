//! What the clinic's report reads of many patients at once; every statement begins with an index of theirs.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::Tx;
use super::alerts::{AlertState, Severity, is_live};
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::deliveries::{DeliveryKind, DeliveryState};
use super::receipts::ReceiptKind;
use super::schema::{alerts, deliveries, delivery_receipts, insole_sessions, occurrences};
use super::types::{DateText, DeliveryId, PatientId, UtcMicros};
use crate::error::Result;
use crate::reminders::state::State;

/// An alert and when it lived.
#[derive(Debug, Clone, Queryable)]
pub struct AlertLife {
    /// About whom.
    pub patient_id: PatientId,
    /// The rule.
    pub rule: String,
    /// How grave.
    pub severity: Severity,
    /// Its state now.
    pub state: AlertState,
    /// Since when it has that.
    pub state_at: UtcMicros,
    /// When it was found first.
    pub first_seen_at: UtcMicros,
    /// When a clinician did something about it first.
    pub first_acted_at: Option<UtcMicros>,
}

/// The alerts of these patients that lived at some time since an instant.
pub fn alerts_since(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    since: Timestamp,
) -> Result<Vec<AlertLife>> {
    let tenant = tx.tenant();
    Ok(alerts::table
        .filter(
            alerts::tenant_id
                .eq(tenant)
                .and(alerts::patient_id.among(patients.iter().copied())),
        )
        .filter(is_live().or(alerts::state_at.gt(UtcMicros::from(since))))
        .select((
            alerts::patient_id,
            alerts::rule,
            alerts::severity,
            alerts::state,
            alerts::state_at,
            alerts::first_seen_at,
            alerts::first_acted_at,
        ))
        .kept()
        .load(tx.connection())?)
}

/// The last date in each state of these patients' occurrences from `from` through `through`.
pub fn last_dates(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    from: Date,
    through: Date,
) -> Result<Vec<(PatientId, State, Option<String>)>> {
    let tenant = tx.tenant();
    Ok(occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::patient_id.among(patients.iter().copied())),
        )
        .filter(occurrences::local_date.between(DateText::from(from), DateText::from(through)))
        .group_by((occurrences::patient_id, occurrences::state))
        .select((
            occurrences::patient_id,
            occurrences::state,
            diesel::dsl::max(occurrences::local_date),
        ))
        .kept()
        .load(tx.connection())?)
}

/// How the prompts with ids from `from` until before `until` ended: state and reason with how many. Ids begin with the minute they
/// are for, so that this is a range of the key.
pub fn prompts(
    tx: &mut Tx<'_>,
    from: DeliveryId,
    until: DeliveryId,
) -> Result<Vec<(DeliveryState, Option<String>, i64)>> {
    let tenant = tx.tenant();
    Ok(deliveries::table
        .filter(
            deliveries::tenant_id
                .eq(tenant)
                .and(deliveries::id.ge(from))
                .and(deliveries::id.lt(until)),
        )
        .filter(deliveries::kind.eq(DeliveryKind::Prompt))
        .group_by((deliveries::state, deliveries::reason))
        .select((
            deliveries::state,
            deliveries::reason,
            diesel::dsl::count_star(),
        ))
        .kept()
        .load(tx.connection())?)
}

/// What a gateway took of those, by the state of the occurrence: how many occurrences.
pub fn prompted(tx: &mut Tx<'_>, from: DeliveryId, until: DeliveryId) -> Result<Vec<(State, i64)>> {
    let tenant = tx.tenant();
    Ok(deliveries::table
        .inner_join(
            occurrences::table.on(occurrences::tenant_id
                .eq(deliveries::tenant_id)
                .and(occurrences::id.nullable().eq(deliveries::occurrence_id))),
        )
        .filter(
            deliveries::tenant_id
                .eq(tenant)
                .and(deliveries::id.ge(from))
                .and(deliveries::id.lt(until)),
        )
        .filter(deliveries::kind.eq(DeliveryKind::Prompt))
        .filter(deliveries::state.among([DeliveryState::Sent, DeliveryState::Folded]))
        .group_by(occurrences::state)
        .select((
            occurrences::state,
            diesel::dsl::count(deliveries::occurrence_id).aggregate_distinct(),
        ))
        .kept()
        .load(tx.connection())?)
}

/// What devices said of those: kind of receipt with how many occurrences.
pub fn receipts(
    tx: &mut Tx<'_>,
    from: DeliveryId,
    until: DeliveryId,
) -> Result<Vec<(ReceiptKind, i64)>> {
    let tenant = tx.tenant();
    Ok(delivery_receipts::table
        .inner_join(
            deliveries::table.on(deliveries::tenant_id
                .eq(delivery_receipts::tenant_id)
                .and(deliveries::id.eq(delivery_receipts::delivery_id))),
        )
        .filter(
            delivery_receipts::tenant_id
                .eq(tenant)
                .and(delivery_receipts::delivery_id.ge(from))
                .and(delivery_receipts::delivery_id.lt(until)),
        )
        .filter(deliveries::kind.eq(DeliveryKind::Prompt))
        .group_by(delivery_receipts::kind)
        .select((
            delivery_receipts::kind,
            diesel::dsl::count(deliveries::occurrence_id).aggregate_distinct(),
        ))
        .kept()
        .load(tx.connection())?)
}

/// A session's summary, its score, and the reasons against one.
pub type SessionData = (String, Option<f64>, Option<String>);

/// Summary, whether it has a score, and reasons against one, of the newest sessions of these patients since an instant.
pub fn sessions_since(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    since: Timestamp,
    limit: i64,
) -> Result<Vec<SessionData>> {
    let tenant = tx.tenant();
    Ok(insole_sessions::table
        .filter(
            insole_sessions::tenant_id
                .eq(tenant)
                .and(insole_sessions::patient_id.among(patients.iter().copied())),
        )
        .filter(insole_sessions::started_at.ge(UtcMicros::from(since)))
        .order(insole_sessions::started_at.desc())
        .limit(limit)
        .select((
            insole_sessions::summary,
            insole_sessions::score,
            insole_sessions::reasons,
        ))
        .kept()
        .load(tx.connection())?)
}

//! Deliveries: everything that leaves the house for a patient's devices, claimed by one server at a time, and every
//! attempt to send it.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use jiff::Timestamp;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::backend::raw::Verbatim;
use super::backend::{insert_new, inserts};
use super::leases::Settled;
use super::schema::{deliveries, delivery_attempts};
use super::types::{
    AttemptId, DeliveryId, DeviceId, LeaseId, OccurrenceId, PatientId, TenantId, UtcMicros,
    text_enum,
};
use super::unwritten;
use crate::error::Result;

text_enum! {
    /// What is delivered.
    DeliveryKind {
        /// A reminder of one occurrence.
        Prompt = "prompt",
        /// Takes a reminder off the screens that show it.
        Withdraw = "withdraw",
        /// One reminder for several occurrences.
        Digest = "digest",
        /// A gentle word after silence.
        Nudge = "nudge",
        /// Something to read in the app.
        Notice = "notice",
    }
}

text_enum! {
    /// What became of it.
    DeliveryState {
        /// Waits for its time.
        Pending = "pending",
        /// A server is sending it.
        Leased = "leased",
        /// A push gateway took it.
        Sent = "sent",
        /// Its time ended first.
        Expired = "expired",
        /// No device of the patient can be reached.
        Undeliverable = "undeliverable",
        /// The gateway refused the message itself.
        Rejected = "rejected",
        /// It was not needed any more: answered, excused or superseded.
        Withdrawn = "withdrawn",
        /// Held back: quiet hours, a budget, or because it was already so.
        Suppressed = "suppressed",
        /// Part of a digest.
        Folded = "folded",
    }
}

/// A delivery.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
pub struct Delivery {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The delivery; of a prompt [`prompt_id`].
    pub id: DeliveryId,
    /// To whom.
    pub patient_id: PatientId,
    /// What.
    pub kind: DeliveryKind,
    /// What a prompt or withdrawal is about.
    pub occurrence_id: Option<OccurrenceId>,
    /// Which rung of the ladder.
    pub step: i64,
    /// What became of it.
    pub state: DeliveryState,
    /// Why it was held back, folded or expired.
    pub reason: Option<String>,
    /// When it was to be sent.
    pub due_at: UtcMicros,
    /// After which it is not.
    pub expires_at: UtcMicros,
    /// When to look at it next, as long as it is pending; nobody looks at any other.
    pub next_attempt_at: Option<UtcMicros>,
    /// How often it was claimed.
    pub attempts: i64,
    /// The claim it is held under.
    pub lease: Option<LeaseId>,
    /// When a gateway took it.
    pub sent_at: Option<UtcMicros>,
    /// A device it is not for.
    pub except_device: Option<DeviceId>,
}

/// Steps of the ladder a plan may have.
pub const LADDER_STEPS: u8 = 4;
/// The first step of a snoozed prompt; the ladder's steps may be used twice before it.
pub const FIRST_SNOOZE: u8 = 16;
/// Snoozes one occurrence may have.
pub const SNOOZES: u8 = 3;
/// The step of a prompt after an answer was taken back.
pub const AFTER_UNDO: u8 = FIRST_SNOOZE + SNOOZES;
/// The step of a withdrawal.
const WITHDRAWAL: u8 = 0x80;

/// The id of an occurrence's prompt: its own id with the last byte XOR the step. Known without looking, so that a
/// step exists once, and an occurrence's prompts are found by their keys.
pub fn prompt_id(occurrence: OccurrenceId, step: u8) -> DeliveryId {
    let mut id = *occurrence.bytes();
    if let Some(last) = id.last_mut() {
        *last ^= step;
    }
    DeliveryId::from(id)
}

/// The id of the withdrawal of an occurrence's prompts.
pub fn withdrawal_id(occurrence: OccurrenceId) -> DeliveryId {
    prompt_id(occurrence, WITHDRAWAL)
}

/// Every id a prompt of the occurrence can have.
pub(super) fn prompt_ids(occurrence: OccurrenceId) -> impl Iterator<Item = DeliveryId> {
    (0..2 * LADDER_STEPS)
        .chain(FIRST_SNOOZE..=AFTER_UNDO)
        .map(move |step| prompt_id(occurrence, step))
}

/// One attempt to send.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = delivery_attempts, treat_none_as_default_value = false)]
pub struct Attempt {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Of which delivery.
    pub delivery_id: DeliveryId,
    /// The attempt.
    pub id: AttemptId,
    /// To which device.
    pub device_id: Option<DeviceId>,
    /// Through which channel.
    pub channel: String,
    /// How it ended.
    pub outcome: String,
    /// The gateway's error code.
    pub code: Option<String>,
    /// The gateway's id for the message.
    pub provider_message_id: Option<String>,
    /// When.
    pub attempted_at: UtcMicros,
}

/// Rows one statement takes.
pub(super) const CHUNK: usize = 1000;

/// Adds deliveries; those that exist stay as they are. Returns the ids of the new ones.
pub fn insert(tx: &mut Tx<'_, impl Copy>, rows: &[Delivery]) -> Result<Vec<DeliveryId>> {
    let mut added = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        added.extend(insert_new!(tx, deliveries, chunk, returning DeliveryId, {
            tenant_id: BigInt, id: Binary, patient_id: Binary, kind: Text, occurrence_id: Nullable<Binary>,
            step: BigInt, state: Text, reason: Nullable<Text>, due_at: BigInt, expires_at: BigInt,
            next_attempt_at: Nullable<BigInt>, attempts: BigInt, lease: Nullable<Binary>, sent_at: Nullable<BigInt>,
            except_device: Nullable<Binary>,
        }));
    }
    Ok(added)
}

/// Adds the first prompts of occurrences, which ended alike as they fell due; those that exist stay as they are. Gives how many
/// are new.
pub(super) fn insert_ended(
    tx: &mut Tx<'_>,
    rows: &[&Delivery],
    settled: &Settled,
    now: Timestamp,
) -> Result<usize> {
    let tenant = tx.tenant();
    let mut added = 0;
    for chunk in rows.chunks(CHUNK) {
        added += inserts::insert_ended(tx.connection(), chunk, tenant, settled, now)?;
    }
    Ok(added)
}

/// Those of these deliveries that stand.
pub fn standing(tx: &mut Tx<'_>, ids: &[DeliveryId]) -> Result<BTreeSet<DeliveryId>> {
    let tenant = tx.tenant();
    let mut found = BTreeSet::new();
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<DeliveryId> = deliveries::table
            .filter(
                deliveries::tenant_id
                    .eq(tenant)
                    .and(deliveries::id.among(chunk.iter().copied())),
            )
            .select(deliveries::id)
            .kept()
            .load(tx.connection())?;
        found.extend(rows);
    }
    Ok(found)
}

/// Takes back the prompts of occurrences that were not sent yet. Gives the occurrences of which a prompt may already
/// be on a screen.
pub fn withdraw(tx: &mut Tx<'_>, occurrences: &[OccurrenceId]) -> Result<Vec<OccurrenceId>> {
    unwritten::write(tx, occurrences)?;
    let tenant = tx.tenant();
    let mut shown = Vec::new();
    for chunk in occurrences.chunks(CHUNK / 16) {
        let ids: Vec<DeliveryId> = chunk.iter().flat_map(|one| prompt_ids(*one)).collect();
        let of_chunk = || {
            deliveries::table.filter(
                deliveries::tenant_id
                    .eq(tenant)
                    .and(deliveries::id.among(ids.clone())),
            )
        };
        diesel::update(of_chunk().filter(deliveries::state.eq(DeliveryState::Pending)))
            .set((
                deliveries::state.eq(DeliveryState::Withdrawn),
                deliveries::next_attempt_at.eq(None::<UtcMicros>),
            ))
            .kept()
            .execute(tx.connection())?;
        // What is being sent right now may be on the screen in a moment.
        let seen: Vec<Option<OccurrenceId>> = of_chunk()
            .filter(deliveries::state.among([DeliveryState::Sent, DeliveryState::Leased]))
            .select(deliveries::occurrence_id)
            .distinct()
            .kept()
            .load(tx.connection())?;
        shown.extend(seen.into_iter().flatten());
    }
    Ok(shown)
}

/// Adds attempts.
pub fn insert_attempts(tx: &mut Tx<'_>, rows: &[Attempt]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        insert_new!(tx, delivery_attempts, chunk, all new, {
            tenant_id: BigInt, delivery_id: Binary, id: Binary, device_id: Nullable<Binary>, channel: Text,
            outcome: Text, code: Nullable<Text>, provider_message_id: Nullable<Text>, attempted_at: BigInt,
        });
    }
    Ok(())
}

/// How the prompts of these occurrences stand, in order of step.
pub fn states(
    tx: &mut Tx<'_>,
    occurrences: &[OccurrenceId],
) -> Result<Vec<(OccurrenceId, DeliveryState)>> {
    let tenant = tx.tenant();
    let mut found = Vec::new();
    for chunk in occurrences.chunks(CHUNK / 16) {
        let ids: Vec<DeliveryId> = chunk.iter().flat_map(|one| prompt_ids(*one)).collect();
        let rows: Vec<(Option<OccurrenceId>, DeliveryState)> = deliveries::table
            .filter(
                deliveries::tenant_id
                    .eq(tenant)
                    .and(deliveries::id.among(ids)),
            )
            .order((deliveries::occurrence_id, deliveries::step))
            .select((deliveries::occurrence_id, deliveries::state))
            .kept()
            .load(tx.connection())?;
        found.extend(
            rows.into_iter()
                .filter_map(|(id, state)| Some((id?, state))),
        );
    }
    Ok(found)
}

/// The prompts of these occurrences, whole.
pub fn prompts_of(tx: &mut Tx<'_>, occurrences: &[OccurrenceId]) -> Result<Vec<Delivery>> {
    let tenant = tx.tenant();
    let mut found = Vec::new();
    for chunk in occurrences.chunks(CHUNK / 16) {
        let ids: Vec<DeliveryId> = chunk.iter().flat_map(|one| prompt_ids(*one)).collect();
        let rows: Vec<Delivery> = deliveries::table
            .filter(
                deliveries::tenant_id
                    .eq(tenant)
                    .and(deliveries::id.among(ids)),
            )
            .order((deliveries::occurrence_id, deliveries::step))
            .select(Delivery::as_select())
            .kept()
            .load(tx.connection())?;
        found.extend(rows);
    }
    Ok(found)
}

/// Lets these, where they wait for another try, be tried now.
pub fn hasten(tx: &mut Tx<'_>, ids: &[DeliveryId], now: Timestamp) -> Result<()> {
    let tenant = tx.tenant();
    for chunk in ids.chunks(CHUNK) {
        diesel::update(
            deliveries::table
                .filter(
                    deliveries::tenant_id
                        .eq(tenant)
                        .and(deliveries::id.among(chunk.iter().copied())),
                )
                .filter(deliveries::state.eq(DeliveryState::Pending)),
        )
        .set(deliveries::next_attempt_at.eq(Some(UtcMicros::from(now))))
        .kept()
        .execute(tx.connection())?;
    }
    Ok(())
}

/// When nudges to these patients were sent or are waiting, since an instant.
pub fn nudges_since(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    since: Timestamp,
) -> Result<Vec<(PatientId, Timestamp)>> {
    let tenant = tx.tenant();
    let rows: Vec<(PatientId, UtcMicros)> = deliveries::table
        .filter(
            deliveries::tenant_id
                .eq(tenant)
                .and(deliveries::patient_id.among(patients.iter().copied())),
        )
        .filter(Verbatim(
            "kind <> 'prompt' AND kind = 'nudge' AND state IN ('pending', 'leased', 'sent')",
        ))
        .filter(deliveries::due_at.ge(UtcMicros::from(since)))
        .select((deliveries::patient_id, deliveries::due_at))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .map(|(id, at)| (id, at.timestamp()))
        .collect())
}

/// One delivery of a patient.
pub fn find(tx: &mut Tx<'_>, patient: PatientId, id: DeliveryId) -> Result<Option<Delivery>> {
    let tenant = tx.tenant();
    Ok(deliveries::table
        .find((tenant, id))
        .filter(deliveries::patient_id.eq(patient))
        .select(Delivery::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// Those of these occurrences whose first prompt did not go out for a reason of ours.
pub fn held_up(
    tx: &mut Tx<'_>,
    occurrences: &[OccurrenceId],
    reason: &str,
) -> Result<Vec<OccurrenceId>> {
    let tenant = tx.tenant();
    let mut found = Vec::new();
    for chunk in occurrences.chunks(CHUNK) {
        let ids: Vec<DeliveryId> = chunk.iter().map(|one| prompt_id(*one, 0)).collect();
        let rows: Vec<Option<OccurrenceId>> = deliveries::table
            .filter(
                deliveries::tenant_id
                    .eq(tenant)
                    .and(deliveries::id.among(ids)),
            )
            .filter(
                deliveries::reason
                    .eq(reason)
                    .and(deliveries::state.ne(DeliveryState::Sent)),
            )
            .select(deliveries::occurrence_id)
            .kept()
            .load(tx.connection())?;
        found.extend(rows.into_iter().flatten());
    }
    Ok(found)
}

/// Lets deliveries wait for their time again: new ones are added, those that were withdrawn, held back or could not
/// be delivered are woken; one that was sent stays.
pub fn arm(tx: &mut Tx<'_>, rows: &[Delivery]) -> Result<()> {
    let tenant = tx.tenant();
    for row in rows {
        diesel::update(
            deliveries::table
                .find((tenant, row.id))
                .filter(deliveries::state.among([
                    DeliveryState::Withdrawn,
                    DeliveryState::Suppressed,
                    DeliveryState::Undeliverable,
                    DeliveryState::Expired,
                    DeliveryState::Pending,
                ])),
        )
        .set((
            deliveries::state.eq(DeliveryState::Pending),
            deliveries::reason.eq(None::<String>),
            deliveries::due_at.eq(row.due_at),
            deliveries::expires_at.eq(row.expires_at),
            deliveries::next_attempt_at.eq(row.next_attempt_at),
            deliveries::attempts.eq(0),
        ))
        .kept()
        .execute(tx.connection())?;
    }
    insert(tx, rows).map(drop)
}

/// Writes a delivery anew, whatever became of it before.
pub fn renew(tx: &mut Tx<'_>, row: &Delivery) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(deliveries::table.find((tenant, row.id)))
        .set((
            deliveries::state.eq(row.state),
            deliveries::reason.eq(row.reason.clone()),
            deliveries::due_at.eq(row.due_at),
            deliveries::expires_at.eq(row.expires_at),
            deliveries::next_attempt_at.eq(row.next_attempt_at),
            deliveries::attempts.eq(row.attempts),
            deliveries::lease.eq(None::<LeaseId>),
            deliveries::except_device.eq(row.except_device),
        ))
        .kept()
        .execute(tx.connection())?;
    insert(tx, std::slice::from_ref(row)).map(drop)
}

/// Whether an occurrence has any prompt.
pub fn any(tx: &mut Tx<'_>, occurrence: OccurrenceId) -> Result<bool> {
    let tenant = tx.tenant();
    let ids: Vec<DeliveryId> = prompt_ids(occurrence).collect();
    Ok(diesel::select(diesel::dsl::exists(
        deliveries::table.filter(
            deliveries::tenant_id
                .eq(tenant)
                .and(deliveries::id.among(ids)),
        ),
    ))
    .kept()
    .get_result(tx.connection())?)
}

/// Removes prompts of an occurrence that were made and never tried, so that a sweep can make them again.
pub fn forget_untried(tx: &mut Tx<'_>, occurrence: OccurrenceId) -> Result<()> {
    let tenant = tx.tenant();
    let ids: Vec<DeliveryId> = prompt_ids(occurrence).collect();
    diesel::delete(
        deliveries::table
            .filter(
                deliveries::tenant_id
                    .eq(tenant)
                    .and(deliveries::id.among(ids)),
            )
            .filter(
                deliveries::attempts
                    .eq(0)
                    .and(deliveries::state.eq(DeliveryState::Withdrawn)),
            ),
    )
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

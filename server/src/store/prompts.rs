//! Prompts: what is to be sent, claimed by one server at a time, and every attempt to send it.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use jiff::Timestamp;

use super::backend::on_each;
use super::schema::{occurrences, prompts, push_attempts};
use super::types::{
    AttemptId, DeviceId, LeaseId, OccurrenceId, PatientId, TenantId, UtcMicros, text_enum,
};
use super::{System, Tx};
use crate::error::Result;
use crate::reminders::state::State;

text_enum! {
    /// What became of a prompt.
    PromptState {
        /// Waits for its time.
        Pending = "pending",
        /// A server is sending it.
        Leased = "leased",
        /// A push gateway took it.
        Sent = "sent",
        /// Its window ended first.
        Expired = "expired",
        /// No device of the patient can be reached.
        Undeliverable = "undeliverable",
        /// The gateway refused the message itself.
        Rejected = "rejected",
        /// It was not needed any more: answered, excused or superseded.
        Withdrawn = "withdrawn",
    }
}

/// A prompt.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = prompts, treat_none_as_default_value = false)]
pub struct Prompt {
    /// The clinic.
    pub tenant_id: TenantId,
    /// What it reminds of.
    pub occurrence_id: OccurrenceId,
    /// Which rung of the reminder ladder.
    pub step: i64,
    /// Whom.
    pub patient_id: PatientId,
    /// What became of it.
    pub state: PromptState,
    /// When it is to be sent.
    pub due_at: UtcMicros,
    /// After which it is not.
    pub expires_at: UtcMicros,
    /// When to look at it next.
    pub next_attempt_at: UtcMicros,
    /// How often it was claimed.
    pub attempts: i64,
    /// The claim it is held under.
    pub lease: Option<LeaseId>,
    /// When a gateway took it.
    pub sent_at: Option<UtcMicros>,
}

/// A claimed prompt and the occurrence it is for.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The prompt.
    pub prompt: Prompt,
    /// Which exercise or habit.
    pub exercise_key: String,
    /// Where the occurrence stands now.
    pub occurrence_state: State,
}

/// One attempt to send.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = push_attempts, treat_none_as_default_value = false)]
pub struct Attempt {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The attempt.
    pub id: AttemptId,
    /// Of which prompt.
    pub occurrence_id: OccurrenceId,
    /// Of which rung.
    pub step: i64,
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

/// Rows one statement inserts, below both engines' bind limits (11 columns each).
const CHUNK: usize = 1000;

/// Adds prompts.
pub fn insert(tx: &mut Tx<'_>, rows: &[Prompt]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        on_each!(tx.connection(), connection =>
            diesel::insert_into(prompts::table).values(chunk).on_conflict_do_nothing().execute(connection))?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    tenant_id: TenantId,
    #[diesel(sql_type = Binary)]
    occurrence_id: OccurrenceId,
    #[diesel(sql_type = BigInt)]
    step: i64,
}

/// Claims prompts whose time has come, over all clinics. A claim is a lease: until `lease_until` no
/// other server takes them, afterwards any may. Of two servers that look at once, each gets its own.
pub fn claim(
    tx: &mut Tx<'_, System>,
    lease: LeaseId,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<Claimed>> {
    let skip_locked = tx.connection().skip_locked();
    let sql = format!(
        "UPDATE prompts SET state = 'leased', lease = $1, next_attempt_at = $2, attempts = attempts + 1 \
         WHERE (tenant_id, occurrence_id, step) IN ( \
             SELECT tenant_id, occurrence_id, step FROM prompts \
             WHERE state IN ('pending', 'leased') AND next_attempt_at <= $3 \
             ORDER BY next_attempt_at LIMIT $4 {skip_locked}) \
         RETURNING tenant_id, occurrence_id, step"
    );
    let keys: Vec<Key> = diesel::sql_query(sql)
        .bind::<Binary, _>(lease)
        .bind::<BigInt, _>(UtcMicros::from(lease_until))
        .bind::<BigInt, _>(UtcMicros::from(now))
        .bind::<BigInt, _>(limit)
        .load(tx.connection())?;
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    tracing::trace!(
        claimed = keys.len(),
        first_step = keys.first().map(|key| key.step),
        "claimed prompts"
    );
    let tenants: Vec<TenantId> = keys.iter().map(|key| key.tenant_id).collect();
    let ids: Vec<OccurrenceId> = keys.iter().map(|key| key.occurrence_id).collect();
    let rows: Vec<(Prompt, String, State)> = prompts::table
        .inner_join(
            occurrences::table.on(occurrences::tenant_id
                .eq(prompts::tenant_id)
                .and(occurrences::id.eq(prompts::occurrence_id))),
        )
        .filter(
            prompts::tenant_id
                .eq_any(tenants)
                .and(prompts::occurrence_id.eq_any(ids)),
        )
        .filter(prompts::lease.eq(lease))
        .select((
            Prompt::as_select(),
            occurrences::exercise_key,
            occurrences::state,
        ))
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .map(|(prompt, exercise_key, occurrence_state)| Claimed {
            prompt,
            exercise_key,
            occurrence_state,
        })
        .collect())
}

/// When the next prompt wants to be looked at.
pub fn next_attempt(tx: &mut Tx<'_, System>) -> Result<Option<Timestamp>> {
    let at: Option<UtcMicros> = prompts::table
        .filter(prompts::state.eq_any([PromptState::Pending, PromptState::Leased]))
        .order(prompts::next_attempt_at)
        .select(prompts::next_attempt_at)
        .first(tx.connection())
        .optional()?;
    Ok(at.map(UtcMicros::timestamp))
}

/// What a claim ended in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Over, in this state.
    Final(PromptState),
    /// To be tried again at this instant.
    RetryAt(Timestamp),
}

/// Ends a claim, if it is still held: a server that lost its lease changes nothing.
pub fn settle(tx: &mut Tx<'_>, prompt: &Prompt, settled: Settled, now: Timestamp) -> Result<bool> {
    let tenant = tx.tenant();
    let (state, next, sent_at) = match settled {
        Settled::Final(PromptState::Sent) => (
            PromptState::Sent,
            prompt.next_attempt_at,
            Some(UtcMicros::from(now)),
        ),
        Settled::Final(state) => (state, prompt.next_attempt_at, None),
        Settled::RetryAt(at) => (PromptState::Pending, UtcMicros::from(at), None),
    };
    let held = diesel::update(
        prompts::table
            .find((tenant, prompt.occurrence_id, prompt.step))
            .filter(
                prompts::lease
                    .eq(prompt.lease)
                    .and(prompts::state.eq(PromptState::Leased)),
            ),
    )
    .set((
        prompts::state.eq(state),
        prompts::next_attempt_at.eq(next),
        prompts::sent_at.eq(sent_at),
        prompts::lease.eq(None::<LeaseId>),
    ))
    .execute(tx.connection())?;
    Ok(held == 1)
}

/// Takes back prompts that were not sent yet.
pub fn withdraw(tx: &mut Tx<'_>, ids: &[OccurrenceId]) -> Result<()> {
    let tenant = tx.tenant();
    for chunk in ids.chunks(CHUNK) {
        diesel::update(
            prompts::table
                .filter(
                    prompts::tenant_id
                        .eq(tenant)
                        .and(prompts::occurrence_id.eq_any(chunk.to_vec())),
                )
                .filter(prompts::state.eq_any([PromptState::Pending, PromptState::Leased])),
        )
        .set((
            prompts::state.eq(PromptState::Withdrawn),
            prompts::lease.eq(None::<LeaseId>),
        ))
        .execute(tx.connection())?;
    }
    Ok(())
}

/// Adds attempts.
pub fn insert_attempts(tx: &mut Tx<'_>, rows: &[Attempt]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        on_each!(tx.connection(), connection =>
            diesel::insert_into(push_attempts::table).values(chunk).execute(connection))?;
    }
    Ok(())
}

/// How each prompt of these occurrences stands, newest rung last.
pub fn states(tx: &mut Tx<'_>, ids: &[OccurrenceId]) -> Result<Vec<(OccurrenceId, PromptState)>> {
    let tenant = tx.tenant();
    Ok(prompts::table
        .filter(
            prompts::tenant_id
                .eq(tenant)
                .and(prompts::occurrence_id.eq_any(ids.to_vec())),
        )
        .order((prompts::occurrence_id, prompts::step))
        .select((prompts::occurrence_id, prompts::state))
        .load(tx.connection())?)
}

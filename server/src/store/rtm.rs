//! The ledger of remote therapeutic monitoring: time spent, calls, what was found eligible, and what monitored days rest on.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use jiff::Timestamp;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::schema::{
    answers, care_calls, checkins, insole_sessions, occurrences, rtm_entries, rtm_evaluations,
};
use super::types::{
    CareCallId, ClinicianId, PatientId, RtmEntryId, TenantId, UtcMicros, text_enum,
};
use crate::error::Result;
use crate::reminders::state::AnswerKind;

text_enum! {
    /// What time was spent on.
    Activity {
        /// Handing over the insoles or the app, and showing how to use them.
        Setup = "setup",
        /// Looking at data and deciding on the plan.
        Review = "review",
        /// Reading and writing messages.
        Messages = "messages",
        /// Talking with others about the patient.
        Coordination = "coordination",
    }
}

text_enum! {
    /// How an entry came about.
    EntryHow {
        /// A timer ran.
        Timer = "timer",
        /// Both times were typed.
        Typed = "typed",
        /// It takes the place of another.
        Correction = "correction",
    }
}

/// Time a clinician spent on a patient.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rtm_entries, treat_none_as_default_value = false)]
pub struct Entry {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The entry.
    pub id: RtmEntryId,
    /// On whom.
    pub patient_id: PatientId,
    /// By whom.
    pub clinician_id: ClinicianId,
    /// On what.
    pub activity: Activity,
    /// From when.
    pub started_at: UtcMicros,
    /// Until when; a timer without it runs, or was forgotten.
    pub ended_at: Option<UtcMicros>,
    /// A timer nobody stops ends then by itself.
    pub ends_by_at: UtcMicros,
    /// How it came about.
    pub how: EntryHow,
    /// What was done, or why it was corrected.
    pub note: Option<String>,
    /// Who recorded it.
    pub recorded_by: ClinicianId,
    /// When.
    pub recorded_at: UtcMicros,
    /// The entry it takes the place of.
    pub replaces: Option<RtmEntryId>,
}

/// A call with a patient, or the try.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = care_calls, treat_none_as_default_value = false)]
pub struct Call {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The call.
    pub id: CareCallId,
    /// With whom.
    pub patient_id: PatientId,
    /// By whom.
    pub clinician_id: ClinicianId,
    /// From when.
    pub started_at: UtcMicros,
    /// Until when.
    pub ended_at: UtcMicros,
    /// 1 where both spoke with each other.
    pub live: i64,
    /// What it was about, or why it was corrected.
    pub note: Option<String>,
    /// Who recorded it.
    pub recorded_by: ClinicianId,
    /// When.
    pub recorded_at: UtcMicros,
    /// The call it takes the place of.
    pub replaces: Option<CareCallId>,
}

text_enum! {
    /// A clock of monitoring.
    Clock {
        /// An episode of care.
        Episode = "episode",
        /// Days with data, in windows that follow each other.
        Device = "device",
        /// Time and calls, by calendar month.
        Management = "management",
    }
}

text_enum! {
    /// Why the ledger was evaluated.
    EvaluationCause {
        /// Somebody looked at it.
        Looked = "looked",
        /// Time was recorded.
        Entry = "entry",
        /// A call was recorded.
        Call = "call",
        /// Time or a call was corrected.
        Correction = "correction",
        /// Evidence was taken out.
        Export = "export",
    }
}

/// One revision of what was found in a period.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rtm_evaluations, treat_none_as_default_value = false)]
pub struct Evaluation {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Of whom.
    pub patient_id: PatientId,
    /// By which clock.
    pub clock: Clock,
    /// Number of the episode, first day of the window, or month.
    pub period: String,
    /// 1, 2, 3, ...
    pub revision: i64,
    /// Version of the rule table.
    pub rule_version: String,
    /// What counted as a monitored day.
    pub basis: String,
    /// 1 where the period had ended.
    pub is_over: i64,
    /// What was found, as JSON.
    pub outcome: String,
    /// Why it was looked at.
    pub cause: EvaluationCause,
    /// By whom.
    pub evaluated_by: ClinicianId,
    /// When.
    pub evaluated_at: UtcMicros,
}

/// Adds an entry.
pub fn insert_entry(tx: &mut Tx<'_>, row: &Entry) -> Result<()> {
    diesel::insert_into(rtm_entries::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Adds a call.
pub fn insert_call(tx: &mut Tx<'_>, row: &Call) -> Result<()> {
    diesel::insert_into(care_calls::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Every entry of a patient, corrected ones too, in order of time.
pub fn entries_of(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Entry>> {
    let tenant = tx.tenant();
    Ok(rtm_entries::table
        .filter(
            rtm_entries::tenant_id
                .eq(tenant)
                .and(rtm_entries::patient_id.eq(patient)),
        )
        .order((rtm_entries::started_at, rtm_entries::id))
        .select(Entry::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Every call with a patient, corrected ones too, in order of time.
pub fn calls_of(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Call>> {
    let tenant = tx.tenant();
    Ok(care_calls::table
        .filter(
            care_calls::tenant_id
                .eq(tenant)
                .and(care_calls::patient_id.eq(patient)),
        )
        .order((care_calls::started_at, care_calls::id))
        .select(Call::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Standing entries of these clinicians that began from `from` until before `until`, whoever they are about.
pub fn entries_by(
    tx: &mut Tx<'_>,
    clinicians: &[ClinicianId],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Entry>> {
    let tenant = tx.tenant();
    let later_entries = diesel::alias!(rtm_entries as later_entries);
    Ok(rtm_entries::table
        .filter(
            rtm_entries::tenant_id
                .eq(tenant)
                .and(rtm_entries::clinician_id.among(clinicians.iter().copied())),
        )
        .filter(
            rtm_entries::started_at
                .ge(UtcMicros::from(from))
                .and(rtm_entries::started_at.lt(UtcMicros::from(until))),
        )
        .filter(not(exists(
            later_entries
                .filter(later_entries.field(rtm_entries::tenant_id).eq(tenant))
                .filter(
                    later_entries
                        .field(rtm_entries::replaces)
                        .eq(rtm_entries::id.nullable()),
                ),
        )))
        .select(Entry::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Standing calls of these clinicians that began from `from` until before `until`, whoever they were with.
pub fn calls_by(
    tx: &mut Tx<'_>,
    clinicians: &[ClinicianId],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Call>> {
    let tenant = tx.tenant();
    let later_calls = diesel::alias!(care_calls as later_calls);
    Ok(care_calls::table
        .filter(
            care_calls::tenant_id
                .eq(tenant)
                .and(care_calls::clinician_id.among(clinicians.iter().copied())),
        )
        .filter(
            care_calls::started_at
                .ge(UtcMicros::from(from))
                .and(care_calls::started_at.lt(UtcMicros::from(until))),
        )
        .filter(not(exists(
            later_calls
                .filter(later_calls.field(care_calls::tenant_id).eq(tenant))
                .filter(
                    later_calls
                        .field(care_calls::replaces)
                        .eq(care_calls::id.nullable()),
                ),
        )))
        .select(Call::as_select())
        .kept()
        .load(tx.connection())?)
}

/// A clinician's timers that run at an instant.
pub fn running(tx: &mut Tx<'_>, clinician: ClinicianId, now: Timestamp) -> Result<Vec<Entry>> {
    let tenant = tx.tenant();
    Ok(rtm_entries::table
        .filter(
            rtm_entries::tenant_id
                .eq(tenant)
                .and(rtm_entries::clinician_id.eq(clinician)),
        )
        .filter(rtm_entries::ended_at.is_null())
        .filter(rtm_entries::ends_by_at.gt(UtcMicros::from(now)))
        .order(rtm_entries::started_at)
        .select(Entry::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Stops a timer that runs. Gives whether it was stopped by this.
pub fn stop(tx: &mut Tx<'_>, id: RtmEntryId, now: Timestamp) -> Result<bool> {
    let tenant = tx.tenant();
    let stopped = diesel::update(
        rtm_entries::table
            .find((tenant, id))
            .filter(rtm_entries::ended_at.is_null()),
    )
    .set(rtm_entries::ended_at.eq(Some(UtcMicros::from(now))))
    .kept()
    .execute(tx.connection())?;
    Ok(stopped == 1)
}

/// Every evaluation of a patient, in the order of periods and revisions.
pub fn evaluations(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Evaluation>> {
    let tenant = tx.tenant();
    Ok(rtm_evaluations::table
        .filter(
            rtm_evaluations::tenant_id
                .eq(tenant)
                .and(rtm_evaluations::patient_id.eq(patient)),
        )
        .order((
            rtm_evaluations::clock,
            rtm_evaluations::period,
            rtm_evaluations::revision,
        ))
        .select(Evaluation::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Adds an evaluation.
pub fn insert_evaluation(tx: &mut Tx<'_>, row: &Evaluation) -> Result<()> {
    diesel::insert_into(rtm_evaluations::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// When something of a patient happened, and when it arrived.
pub type Heard = (UtcMicros, UtcMicros);

/// A patient's insole sessions.
pub fn sessions_heard(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Heard>> {
    let tenant = tx.tenant();
    Ok(insole_sessions::table
        .filter(
            insole_sessions::tenant_id
                .eq(tenant)
                .and(insole_sessions::patient_id.eq(patient)),
        )
        .select((insole_sessions::started_at, insole_sessions::received_at))
        .kept()
        .load(tx.connection())?)
}

/// A patient's answers that say what was done or why not.
pub fn answers_heard(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Heard>> {
    let tenant = tx.tenant();
    let own = occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::patient_id.eq(patient)),
        )
        .select(occurrences::id);
    Ok(answers::table
        .filter(
            answers::tenant_id
                .eq(tenant)
                .and(answers::occurrence_id.eq_any(own)),
        )
        .filter(answers::kind.among([AnswerKind::Done, AnswerKind::Partial, AnswerKind::Skip]))
        .select((answers::answered_at, answers::received_at))
        .kept()
        .load(tx.connection())?)
}

/// A patient's check-ins, those that were corrected too: they were heard all the same.
pub fn checkins_heard(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Heard>> {
    let tenant = tx.tenant();
    Ok(checkins::table
        .filter(
            checkins::tenant_id
                .eq(tenant)
                .and(checkins::patient_id.eq(patient)),
        )
        .select((checkins::taken_at, checkins::received_at))
        .kept()
        .load(tx.connection())?)
}

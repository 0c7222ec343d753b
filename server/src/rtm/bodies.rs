//! The ledger as JSON.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::days::{MonitoredDay, What};
use super::ledger::{EntryState, Ledger, Outcome, Period, standing_entries, state_of};
use super::rules::{Found, Status};
use super::settings::{DayRule, RtmSettings};
use super::table;
use crate::error::{Error, Result};
use crate::store::rtm::{Activity, Call, Clock, Entry, EntryHow, Evaluation, EvaluationCause};
use crate::store::types::{CareCallId, ClinicianId, PatientId, RtmEntryId, UtcMicros};

/// A code in a period. Eligible is all this says: what is done with it is not Footing's to say.
#[derive(Debug, Serialize, ToSchema)]
pub struct RtmCode {
    /// The code.
    code: String,
    /// What it is for.
    what: String,
    /// How it stands.
    status: Status,
    /// How often; 0 where it is not eligible.
    units: i64,
    /// Why, in words.
    reason: String,
    /// What is missing, in words.
    missing: Option<String>,
}

impl From<&Found> for RtmCode {
    fn from(found: &Found) -> Self {
        Self {
            code: found.code.clone(),
            what: found.what.clone(),
            status: found.status,
            units: found.units,
            reason: found.reason.clone(),
            missing: found.missing.clone(),
        }
    }
}

/// What was found in a period at an instant. Never changed: what is found later is a further one.
#[derive(Debug, Serialize, ToSchema)]
pub struct RtmEvaluation {
    /// 1, 2, 3, ...
    revision: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who looked, recorded or exported.
    by: ClinicianId,
    /// What made it be evaluated.
    cause: EvaluationCause,
    /// The rule table.
    rule_version: String,
    /// What counted as a monitored day.
    basis: String,
    /// Whether the period had ended.
    over: bool,
    /// What was found.
    outcome: Outcome,
}

impl RtmEvaluation {
    fn of(row: &Evaluation) -> Result<Self> {
        Ok(Self {
            revision: row.revision,
            at: row.evaluated_at.timestamp(),
            by: row.evaluated_by,
            cause: row.cause,
            rule_version: row.rule_version.clone(),
            basis: row.basis.clone(),
            over: row.is_over == 1,
            outcome: serde_json::from_str(&row.outcome).map_err(Error::internal)?,
        })
    }
}

/// A period of a clock.
#[derive(Debug, Serialize, ToSchema)]
pub struct RtmPeriod {
    /// Number of the episode, first day of the window, or month.
    period: String,
    /// First day.
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last day.
    #[schema(value_type = Option<String>, format = Date)]
    through: Option<Date>,
    /// Whether it has ended.
    over: bool,
    /// The rule table valid on its first day.
    rule_version: &'static str,
    /// Of a window: monitored days in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    monitored_days: Option<usize>,
    /// Of a month: seconds of management time, each moment once.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<i64>,
    /// Of a month: live calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    live_calls: Option<usize>,
    /// Its codes.
    codes: Vec<RtmCode>,
    /// What was found when, oldest first.
    evaluations: Vec<RtmEvaluation>,
}

impl RtmPeriod {
    fn of(period: &Period) -> Result<Self> {
        Ok(Self {
            period: period.key.clone(),
            from: period.from,
            through: period.through,
            over: period.is_over,
            rule_version: period.rule_version,
            monitored_days: period.outcome.monitored.as_ref().map(Vec::len),
            seconds: period.outcome.seconds,
            live_calls: period.outcome.live_calls,
            codes: period.found.iter().map(Into::into).collect(),
            evaluations: period
                .history
                .iter()
                .map(RtmEvaluation::of)
                .collect::<Result<_>>()?,
        })
    }
}

/// A day with data.
#[derive(Debug, Serialize, ToSchema)]
pub struct RtmDay {
    /// The patient's date.
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// When the first data that make it one arrived.
    #[schema(value_type = String, format = DateTime)]
    first_received_at: Timestamp,
    /// They arrived after the day.
    late: bool,
    /// What was heard.
    what: Vec<&'static str>,
}

impl From<&MonitoredDay> for RtmDay {
    fn from(day: &MonitoredDay) -> Self {
        Self {
            date: day.date,
            first_received_at: day.first_received_at,
            late: day.is_late,
            what: day.what.iter().map(|what: &What| what.words()).collect(),
        }
    }
}

/// How an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RtmEntryState {
    /// The timer runs; its time does not count yet.
    Running,
    /// Nobody stopped the timer: it ended by itself and does not count until it is corrected.
    Forgotten,
    /// It has an end, and counts.
    Ended,
    /// A correction took its place.
    Replaced,
}

impl From<EntryState> for RtmEntryState {
    fn from(state: EntryState) -> Self {
        match state {
            EntryState::Running => Self::Running,
            EntryState::Forgotten => Self::Forgotten,
            EntryState::Ended => Self::Ended,
            EntryState::Replaced => Self::Replaced,
        }
    }
}

/// Time a clinician spent.
#[derive(Debug, Serialize, ToSchema)]
pub struct RtmEntry {
    /// The entry.
    id: RtmEntryId,
    /// Whose time.
    clinician: ClinicianId,
    /// On what.
    activity: Activity,
    /// From when.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// Until when; null while the timer runs or where it was forgotten.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// When a timer nobody stops ends by itself.
    #[schema(value_type = String, format = DateTime)]
    ends_by_at: Timestamp,
    /// How it stands.
    state: RtmEntryState,
    /// How it came about.
    how: EntryHow,
    /// What was done, or why it was corrected.
    note: Option<String>,
    /// Who recorded it.
    recorded_by: ClinicianId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    /// The entry it takes the place of.
    replaces: Option<RtmEntryId>,
}

impl RtmEntry {
    /// An entry in a state.
    pub fn of(row: &Entry, state: EntryState) -> Self {
        Self {
            id: row.id,
            clinician: row.clinician_id,
            activity: row.activity,
            started_at: row.started_at.timestamp(),
            ended_at: row.ended_at.map(UtcMicros::timestamp),
            ends_by_at: row.ends_by_at.timestamp(),
            state: state.into(),
            how: row.how,
            note: row.note.clone(),
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at.timestamp(),
            replaces: row.replaces,
        }
    }
}

/// A call.
#[derive(Debug, Serialize, ToSchema)]
pub struct RtmCall {
    /// The call.
    id: CareCallId,
    /// Who called.
    clinician: ClinicianId,
    /// From when.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    ended_at: Timestamp,
    /// Both spoke with each other. Messages are no call.
    live: bool,
    /// What it was about, or why it was corrected.
    note: Option<String>,
    /// Who recorded it.
    recorded_by: ClinicianId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    /// The call it takes the place of.
    replaces: Option<CareCallId>,
}

impl From<&Call> for RtmCall {
    fn from(row: &Call) -> Self {
        Self {
            id: row.id,
            clinician: row.clinician_id,
            started_at: row.started_at.timestamp(),
            ended_at: row.ended_at.timestamp(),
            live: row.live == 1,
            note: row.note.clone(),
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at.timestamp(),
            replaces: row.replaces,
        }
    }
}

/// A patient's ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct RtmLedger {
    /// Whose.
    patient: PatientId,
    /// As of when.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The patient's date, which windows go by.
    #[schema(value_type = String, format = Date)]
    today: Date,
    /// The clinic's zone, which months go by.
    clinic_time_zone: String,
    /// How far the rules can be relied on.
    standing: String,
    /// Which date of data counts.
    day: DayRule,
    /// What the clinic set.
    settings: RtmSettings,
    /// Episodes: set-up and education.
    episodes: Vec<RtmPeriod>,
    /// Device windows, in order.
    windows: Vec<RtmPeriod>,
    /// Calendar months with time or calls, and the one that runs.
    months: Vec<RtmPeriod>,
    /// Monitored days.
    days: Vec<RtmDay>,
    /// Monitored days in no window: they arrived when the window that follows had been evaluated as over.
    #[schema(value_type = Vec<String>)]
    outside: Vec<Date>,
    /// Time, corrected entries too.
    entries: Vec<RtmEntry>,
    /// Calls, corrected ones too.
    calls: Vec<RtmCall>,
}

impl RtmLedger {
    /// A ledger as JSON.
    ///
    /// # Errors
    /// Internal when what is stored was damaged from outside.
    pub fn of(ledger: &Ledger) -> Result<Self> {
        let facts = &ledger.facts;
        let periods = |clock: Clock| -> Result<Vec<RtmPeriod>> {
            ledger.of(clock).map(RtmPeriod::of).collect()
        };
        let standing = standing_entries(&facts.entries);
        let state = |row: &Entry| {
            if standing.iter().any(|one| one.id == row.id) {
                state_of(row, facts.now)
            } else {
                EntryState::Replaced
            }
        };
        Ok(Self {
            patient: facts.patient,
            at: facts.now,
            today: facts.today,
            clinic_time_zone: facts.clinic_zone.iana_name().unwrap_or("UTC").to_owned(),
            standing: table::tables().standing.clone(),
            day: facts.settings.day,
            settings: facts.settings,
            episodes: periods(Clock::Episode)?,
            windows: periods(Clock::Device)?,
            months: periods(Clock::Management)?,
            days: ledger.days.iter().map(Into::into).collect(),
            outside: ledger.outside.clone(),
            entries: facts
                .entries
                .iter()
                .map(|row| RtmEntry::of(row, state(row)))
                .collect(),
            calls: facts.calls.iter().map(Into::into).collect(),
        })
    }
}

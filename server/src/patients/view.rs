//! What the list and a patient's page show, in words.

use jiff::Timestamp;
use jiff::civil::Date;

use super::grid::{self, Grid, PausedDates};
use super::record::Record;
use super::service::{PatientLine, PauseReason, Reach};
use crate::adherence::words::AdherenceWords;
use crate::course::span::Span;
use crate::error::{Error, Result};
use crate::http::format;
use crate::reminders::planner::zone_of;
use crate::store::insoles::{self, InsoleSession};
use crate::store::patients::PatientStatus;
use crate::store::quarantine::Quarantined;
use crate::walking::view::{Seen, SessionRow, SessionView, score};

/// Whether prompts arrive, by symbol and word.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReachWords {
    /// Names the symbol and the colour.
    pub(super) key: &'static str,
    pub(super) word: &'static str,
    pub(super) hint: &'static str,
}

pub(super) fn reach(reach: Reach) -> ReachWords {
    let words = |key, word, hint| ReachWords { key, word, hint };
    match reach {
        Reach::Reachable => words("good", "Push works", "A device with a live push token."),
        Reach::NoPush => words(
            "unknown",
            "No push",
            "Connected, but no device takes push messages.",
        ),
        Reach::Unreachable => words(
            "low",
            "Push lost",
            "The push service says the tokens are gone: connect the device again.",
        ),
        Reach::NotEnrolled => words("unknown", "Not connected", "No device was ever connected."),
    }
}

/// A patient in the list.
pub(super) struct ListRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) local_time: String,
    pub(super) time_zone: String,
    pub(super) adherence: AdherenceWords,
    pub(super) score: Option<String>,
    pub(super) session_age: Option<String>,
    pub(super) reach: ReachWords,
    pub(super) paused: Option<String>,
    pub(super) out_of_care: Option<&'static str>,
}

impl ListRow {
    pub(super) fn of(line: &PatientLine, now: Timestamp) -> Result<Self> {
        let zone = zone_of(&line.patient)?;
        Ok(Self {
            id: line.patient.id.to_string(),
            name: line.patient.name.clone(),
            local_time: format::weekday_time(now, &zone),
            time_zone: line.patient.time_zone.clone(),
            adherence: AdherenceWords::from(&line.adherence),
            score: line
                .last_session
                .and_then(|last| score(last.score, last.score_se)),
            session_age: line
                .last_session
                .map(|last| format::ago(last.started_at.timestamp(), now)),
            reach: reach(line.reach),
            paused: paused(line)?,
            out_of_care: out_of_care(line.patient.status),
        })
    }
}

/// Why nothing is planned and sent any more.
pub(crate) fn out_of_care(status: PatientStatus) -> Option<&'static str> {
    match status {
        PatientStatus::Active => None,
        PatientStatus::Withdrawn => Some("Consent withdrawn"),
        PatientStatus::Closed => Some("Episode closed"),
    }
}

/// The pause the patient is in today: reason and last date.
fn paused(line: &PatientLine) -> Result<Option<String>> {
    let Some(pause) = &line.pause else {
        return Ok(None);
    };
    let own = if pause.created_by.is_none() {
        ", by the patient"
    } else {
        ""
    };
    let reason = format!("{}{own}", reason_words(&pause.reason));
    if line.waits {
        return Ok(Some(format!("{reason}, waits for your word")));
    }
    let through = pause.through_date.date().map_err(Error::internal)?;
    Ok(Some(format!(
        "{reason} until {}",
        format::short_date(through)
    )))
}

/// A pause's reason as the form offers it.
pub(crate) fn reason_words(reason: &str) -> &'static str {
    match PauseReason::from_name(reason) {
        Some(PauseReason::Surgery) => "surgery",
        Some(PauseReason::Illness) => "illness",
        Some(PauseReason::Injury) => "injury",
        Some(PauseReason::Holiday) => "holiday",
        Some(PauseReason::Clinic) => "clinic's decision",
        Some(PauseReason::Other) | None => "other reason",
    }
}

/// The newest session in short; the page of walking has all of it.
pub(super) struct WalkSummary {
    pub(super) row: SessionRow,
    /// Why there is no score.
    pub(super) absent: &'static str,
    /// What was observed, in sentences.
    pub(super) observations: Vec<String>,
}

impl WalkSummary {
    fn of(row: &InsoleSession, seen: Seen<'_>) -> Self {
        let session = SessionView::of(row, seen);
        Self {
            row: session.row,
            absent: session.absent,
            observations: session
                .observations
                .into_iter()
                .map(|one| one.sentence)
                .collect(),
        }
    }
}

/// Everything on a patient's page but its forms.
pub(super) struct PatientView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) zone: String,
    pub(super) local_time: String,
    pub(super) plan: Option<String>,
    pub(super) plan_note: String,
    pub(super) reach: ReachWords,
    pub(super) paused: Option<String>,
    pub(super) out_of_care: Option<&'static str>,
    pub(super) upcoming_pauses: Vec<String>,
    pub(super) adherence: [(&'static str, AdherenceWords); 2],
    pub(super) grid: Grid,
    pub(super) span: Span,
    pub(super) newest: Option<WalkSummary>,
    pub(super) kept: Vec<KeptRow>,
}

/// An upload that is kept for review.
pub(super) struct KeptRow {
    pub(super) what: &'static str,
    pub(super) why: &'static str,
    pub(super) when: String,
}

impl KeptRow {
    fn of(row: &Quarantined, record: &Record) -> Self {
        Self {
            what: match row.kind.as_str() {
                insoles::KIND => "A walk with the insoles",
                "checkin" => "A check-in",
                _ => "An answer",
            },
            why: match row.reason.as_str() {
                "conflict" => "another one with the same id is here, and stays",
                "future" => "it is dated in the future",
                _ => "it is dated by a clock that was wrong",
            },
            when: format::date_time(row.received_at.timestamp(), &record.zone),
        }
    }
}

impl PatientView {
    pub(super) fn of(record: &Record) -> Result<Self> {
        let (line, now) = (&record.line, record.now);
        let pauses = paused_dates(&record.pauses, record.today)?;
        let items: Vec<_> = record
            .plan
            .iter()
            .flat_map(|plan| plan.items.iter().map(|(_, item)| item.clone()))
            .collect();
        let seen = Seen {
            zone: &record.zone,
            now,
        };
        Ok(Self {
            id: line.patient.id.to_string(),
            name: line.patient.name.clone(),
            zone: format::zone(&line.patient.time_zone, now, &record.zone),
            local_time: format::date_time(now, &record.zone),
            plan: record.plan.as_ref().map(|plan| {
                let at = plan.version.published_at.timestamp();
                format!(
                    "version {}, published {}",
                    plan.version.version,
                    format::date_time(at, &record.zone)
                )
            }),
            plan_note: record
                .plan
                .as_ref()
                .map(|plan| plan.version.note.clone())
                .unwrap_or_default(),
            reach: reach(line.reach),
            paused: paused(line)?,
            out_of_care: out_of_care(line.patient.status),
            upcoming_pauses: upcoming(&pauses, record),
            adherence: [
                ("Last 7 days", AdherenceWords::from(&line.adherence)),
                ("Last 28 days", AdherenceWords::from(&record.adherence_28d)),
            ],
            grid: grid::grid(
                (record.from, record.today),
                &record.occurrences,
                &items,
                &pauses,
            ),
            span: record.span,
            newest: record.newest.as_ref().map(|row| WalkSummary::of(row, seen)),
            kept: record
                .kept
                .iter()
                .map(|row| KeptRow::of(row, record))
                .collect(),
        })
    }
}

/// Pauses as stretches of dates, as far as is known today.
pub(crate) fn paused_dates(
    pauses: &[crate::store::pauses::Pause],
    today: Date,
) -> Result<Vec<PausedDates>> {
    let of = |pause: &crate::store::pauses::Pause| -> Result<PausedDates> {
        Ok(PausedDates {
            from: pause.from_date.date().map_err(Error::internal)?,
            through: last_paused(pause, today)?,
            reason: reason_words(&pause.reason).to_owned(),
        })
    };
    pauses.iter().map(of).collect()
}

/// The last date it holds, as far as is known today.
fn last_paused(pause: &crate::store::pauses::Pause, today: Date) -> Result<Date> {
    if let Some(resumed) = &pause.resumed_date {
        return resumed
            .date()
            .and_then(Date::yesterday)
            .map_err(Error::internal);
    }
    let through = pause.through_date.date().map_err(Error::internal)?;
    Ok(if pause.waits_for_a_word(&today.into()) {
        through.max(today)
    } else {
        through
    })
}

fn upcoming(pauses: &[PausedDates], record: &Record) -> Vec<String> {
    let later = pauses.iter().filter(|pause| pause.from > record.today);
    later
        .map(|pause| {
            format!(
                "{} to {}: {}",
                format::short_date(pause.from),
                format::short_date(pause.through),
                pause.reason
            )
        })
        .collect()
}

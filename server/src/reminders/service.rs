//! Use cases of answering; each is one transaction.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::planner::{span_of, zone_of};
use super::state::{AnswerKind, Event, SkipReason, transition};
use super::view::OccurrenceView;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::guard::Patient;
use crate::plans::Dose;
use crate::store::audit::{self, Entry};
use crate::store::occurrences::{self, AnswerRow, Occurrence, Standing};
use crate::store::types::{AnswerId, OccurrenceId, PatientId, UtcMicros};
use crate::store::{Scope, Tx, patients, prompts};

/// A device's clock may be ahead by this much; more and the answer's time cannot be trusted.
const CLOCK_AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// Days one request may ask for.
const MAX_DAYS: i32 = 92;

/// An answer as it is taken.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Named by the device.
    pub id: AnswerId,
    /// To what.
    pub occurrence: OccurrenceId,
    /// What.
    pub kind: AnswerKind,
    /// For a part: how much, in the dose's unit.
    pub done_amount: Option<f64>,
    /// For a skip: why.
    pub reason: Option<SkipReason>,
    /// When, by the device.
    pub answered_at: Timestamp,
}

/// Takes an answer. Returns what became of it: `applied`, `duplicate`, `conflict`, `too_early`, `too_late`,
/// `not_counted` or `unknown_occurrence`.
///
/// # Errors
/// Invalid when the answer breaks a rule.
pub async fn answer(app: &App, caller: &Patient, answer: Answer) -> Result<&'static str> {
    let now = app.now();
    check(&answer, now)?;
    let entry = app.audit(
        "occurrence.answer",
        "occurrence",
        Some(*answer.occurrence.bytes()),
    );
    let caller = caller.clone();
    app.store
        .write("answer", caller.scope, move |tx| {
            take(tx, &caller, &answer, now, entry)
        })
        .await
}

fn check(answer: &Answer, now: Timestamp) -> Result<()> {
    if answer.answered_at.duration_since(now) > CLOCK_AHEAD {
        return Err(Error::field("/answered_at", "must not be in the future"));
    }
    match (answer.kind, answer.done_amount, answer.reason) {
        (AnswerKind::Partial, None, _) => Err(Error::field(
            "/done_amount",
            "is needed for a partial answer",
        )),
        (AnswerKind::Done | AnswerKind::Skip, Some(_), _) => Err(Error::field(
            "/done_amount",
            "belongs to a partial answer only",
        )),
        (AnswerKind::Skip, _, None) => Err(Error::field("/reason", "is needed for a skip")),
        (AnswerKind::Done | AnswerKind::Partial, _, Some(_)) => {
            Err(Error::field("/reason", "belongs to a skip only"))
        }
        _ => Ok(()),
    }
}

fn take(
    tx: &mut Tx<'_>,
    caller: &Patient,
    answer: &Answer,
    now: Timestamp,
    entry: Entry,
) -> Result<&'static str> {
    if let Some(known) = occurrences::answer(tx, answer.id)? {
        return Ok(if same(&known, caller.id, answer) {
            "duplicate"
        } else {
            "conflict"
        });
    }
    let Some(row) = occurrences::lock(tx, caller.id, answer.occurrence)? else {
        return Ok("unknown_occurrence");
    };
    let (fraction, amount) = done_of(&row, answer)?;
    let event = Event::Answered {
        kind: answer.kind,
        fraction,
        at: answer.answered_at,
    };
    let disposition = match transition(row.state, &span_of(&row)?, event) {
        Ok((state, done_fraction)) => {
            let reason = answer.reason.map(|reason| reason.as_str().to_owned());
            let answered_at = Some(UtcMicros::from(answer.answered_at));
            occurrences::set_standing(
                tx,
                row.id,
                &Standing {
                    state,
                    reason,
                    done_fraction,
                    answered_at,
                    done_amount: Some(amount),
                },
            )?;
            prompts::withdraw(tx, &[row.id])?;
            "applied"
        }
        Err(refusal) => refusal_name(refusal),
    };
    occurrences::insert_answer(tx, &answer_row(tx, caller, answer, now, disposition))?;
    audit::append(tx, &[entry])?;
    Ok(disposition)
}

fn refusal_name(refusal: super::state::Refusal) -> &'static str {
    use super::state::Refusal;
    match refusal {
        Refusal::Duplicate => "duplicate",
        Refusal::TooEarly => "too_early",
        Refusal::TooLate => "too_late",
        Refusal::NotCounted | Refusal::NotApplicable => "not_counted",
    }
}

fn same(known: &AnswerRow, patient: PatientId, answer: &Answer) -> bool {
    known.patient_id == patient
        && known.occurrence_id == answer.occurrence
        && known.kind == answer.kind
        && known.done_dose == answer.done_amount
        && known.reason.as_deref() == answer.reason.map(SkipReason::as_str)
        && known.answered_at == UtcMicros::from(answer.answered_at)
}

/// The share of the prescribed dose that was done, doing more counts as all of it; and the amount, in the dose's unit.
fn done_of(row: &Occurrence, answer: &Answer) -> Result<(f64, f64)> {
    let dose: Dose = serde_json::from_str(&row.dose).map_err(Error::internal)?;
    let prescribed = dose.amount();
    Ok(match (answer.kind, answer.done_amount) {
        (AnswerKind::Skip, _) => (0.0, 0.0),
        (_, Some(done)) => ((done / prescribed).clamp(0.0, 1.0), done),
        (_, None) => (1.0, prescribed),
    })
}

fn answer_row(
    tx: &Tx<'_>,
    caller: &Patient,
    answer: &Answer,
    now: Timestamp,
    disposition: &str,
) -> AnswerRow {
    AnswerRow {
        tenant_id: tx.tenant(),
        id: answer.id,
        patient_id: caller.id,
        occurrence_id: answer.occurrence,
        device_id: caller.device,
        kind: answer.kind,
        done_dose: answer.done_amount,
        reason: answer.reason.map(|reason| reason.as_str().to_owned()),
        answered_at: answer.answered_at.into(),
        received_at: now.into(),
        disposition: disposition.to_owned(),
        clock_ahead_s: 0,
    }
}

/// Dates a request asks for, in the patient's zone; today where it names none.
#[derive(Debug, Clone, Copy)]
pub struct Dates {
    /// First.
    pub from: Option<Date>,
    /// Last.
    pub through: Option<Date>,
}

/// The occurrences of a patient on some dates, as they stand now.
///
/// # Errors
/// Invalid when the dates are the wrong way round or too many.
pub async fn list(
    app: &App,
    scope: Scope,
    patient: PatientId,
    dates: Dates,
) -> Result<Vec<OccurrenceView>> {
    let now = app.now();
    app.store
        .read("occurrences", scope, move |tx| {
            let patient = patients::find(tx, patient)?;
            let today = now.to_zoned(zone_of(&patient)?).date();
            let (from, through) = resolve(dates, today)?;
            occurrences::between(tx, patient.id, from, through)?
                .iter()
                .map(|row| OccurrenceView::of(row, now))
                .collect()
        })
        .await
}

/// Fills in today and checks the order.
///
/// # Errors
/// Invalid when the dates are the wrong way round or too many.
pub fn resolve(dates: Dates, today: Date) -> Result<(Date, Date)> {
    let from = dates.from.or(dates.through).unwrap_or(today);
    let through = dates.through.unwrap_or_else(|| from.max(today));
    if from > through {
        return Err(Error::field("?from", "must not be after through"));
    }
    if (through - from).get_days() >= MAX_DAYS {
        return Err(Error::field(
            "?through",
            format!("must be less than {MAX_DAYS} days after from"),
        ));
    }
    Ok((from, through))
}

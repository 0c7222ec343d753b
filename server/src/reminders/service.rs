//! Use cases of answering; each is one transaction.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;

use super::changes::{note, take_back};
use super::clock_error::{ClockError, Heard};
use super::planner::{is_answered, span_in, zone_of};
use super::planning;
use super::quiet::QuietHours;
use super::recipients;
use super::snooze::{self, Offer, SnoozeOffer};
use super::state::{AnswerKind, Given, Refusal, SkipReason, Span, State, fold};
use super::view::OccurrenceView;
use crate::app::App;
use crate::consent;
use crate::error::{Error, Result};
use crate::http::batch::DISCARDED;
use crate::http::guard::Patient;
use crate::plans::Dose;
use crate::planted::{self, Bug};
use crate::store::audit::{self, Entry};
use crate::store::consents::UploadKind;
use crate::store::deliveries::{self, AFTER_UNDO, Delivery, FIRST_SNOOZE};
use crate::store::occurrences::{self, AnswerRow, Occurrence, Standing};
use crate::store::quarantine;
use crate::store::types::{AnswerId, OccurrenceId, PatientId};
use crate::store::{Scope, Tx, days, patients};

/// Days one request may ask for.
const MAX_DAYS: i32 = 92;
/// After an answer is taken back a reminder comes again if the window lasts longer than this.
const WORTH_A_REMINDER: SignedDuration = SignedDuration::from_mins(15);

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
    /// For a snooze: how long.
    pub snooze: Option<Snooze>,
    /// When, by the device.
    pub answered_at: Timestamp,
}

/// A wish to be reminded later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snooze {
    /// From the answer on.
    pub minutes: u32,
    /// Also in quiet hours.
    pub remind_anyway: bool,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// In a word, as docs/API.md lists them.
    pub disposition: &'static str,
    /// The date it counted for, where it arrived after its window had closed.
    pub late: Option<Date>,
}

impl Taken {
    fn as_is(disposition: &'static str) -> Self {
        Self {
            disposition,
            late: None,
        }
    }
}

/// Takes an answer.
///
/// # Errors
/// Invalid when the answer breaks a rule.
pub async fn answer(
    app: &App,
    caller: &Patient,
    heard: Heard,
    answer: Answer,
    raw: String,
) -> Result<Taken> {
    let now = app.now();
    check(&answer)?;
    let entry = app.audit(
        "occurrence.answer",
        "occurrence",
        Some(*answer.occurrence.bytes()),
    );
    let whose = (caller.id, caller.device);
    let caller = caller.clone();
    let taken = app
        .store
        .write("answer", caller.scope, move |tx| {
            let taken = Taking {
                caller: &caller,
                answer: &answer,
                now,
            }
            .take(tx, heard)?;
            match taken.disposition {
                "conflict" => quarantine::keep(tx, whose, ("answer", "conflict"), &raw, now)?,
                "quarantined" => {
                    let why = heard
                        .believe(answer.answered_at)
                        .err()
                        .map_or("clock", ClockError::name);
                    quarantine::keep(tx, whose, ("answer", why), &raw, now)?;
                }
                _ => audit_if_new(tx, taken, entry)?,
            }
            Ok(taken)
        })
        .await?;
    if taken.late.is_some() {
        app.signals.wake();
    } else if taken.disposition == "applied" {
        app.signals.wake_dispatcher();
    }
    Ok(taken)
}

fn audit_if_new(tx: &mut Tx<'_>, taken: Taken, entry: Entry) -> Result<()> {
    match taken.disposition {
        DISCARDED | "unknown_occurrence" => Ok(()),
        _ => audit::append(tx, &[entry]),
    }
}

fn check(answer: &Answer) -> Result<()> {
    let wrong = |field: &str, rule: &str| Err(Error::field(format!("/{field}"), rule));
    match (answer.kind, answer.done_amount) {
        (AnswerKind::Partial, None) => {
            return wrong("done_amount", "is needed for a partial answer");
        }
        (AnswerKind::Partial, Some(_)) | (_, None) => {}
        (_, Some(_)) => return wrong("done_amount", "belongs to a partial answer only"),
    }
    match (answer.kind, answer.reason) {
        (AnswerKind::Skip, None) => return wrong("reason", "is needed for a skip"),
        (AnswerKind::Skip, Some(_)) | (_, None) => {}
        (_, Some(_)) => return wrong("reason", "belongs to a skip only"),
    }
    match (answer.kind, answer.snooze) {
        (AnswerKind::Snooze, None) => wrong("snooze_min", "is needed for a snooze"),
        (AnswerKind::Snooze, Some(snooze)) if !(5..=1440).contains(&snooze.minutes) => {
            wrong("snooze_min", "must be between 5 and 1440")
        }
        (AnswerKind::Snooze, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => wrong("snooze_min", "belongs to a snooze only"),
    }
}

/// One answer on its way into the store.
struct Taking<'a> {
    caller: &'a Patient,
    answer: &'a Answer,
    now: Timestamp,
}

impl Taking<'_> {
    fn take(&self, tx: &mut Tx<'_>, heard: Heard) -> Result<Taken> {
        let said = self.answer.answered_at;
        if consent::guard(tx, self.caller.id, UploadKind::Answer, said, self.now)? {
            return Ok(Taken::as_is(DISCARDED));
        }
        if let Some(known) = occurrences::answer(tx, self.answer.id)? {
            let same = self.is_same(&known);
            return Ok(Taken::as_is(if same { "duplicate" } else { "conflict" }));
        }
        let Ok((at, ahead_s)) = heard.believe(self.answer.answered_at) else {
            return Ok(Taken::as_is("quarantined"));
        };
        let Some(row) = occurrences::lock(tx, self.caller.id, self.answer.occurrence)? else {
            return Ok(Taken::as_is("unknown_occurrence"));
        };
        let date = row.local_date.date().map_err(Error::internal)?;
        let day = days::between(tx, self.caller.id, date, date)?.pop();
        let span = span_in(&row, day.as_ref())?;
        let disposition = match (self.answer.kind, row.state) {
            (_, State::Excused | State::Cancelled) => "extra",
            (AnswerKind::Snooze, _) => self.snooze(tx, &row, &span, at)?,
            _ => self.fold(tx, &row, &span, at)?,
        };
        occurrences::insert_answer(tx, &self.row(tx, at, ahead_s, disposition))?;
        let counted = disposition == "applied" && self.answer.kind != AnswerKind::Snooze;
        if counted && self.now > span.closes_at {
            // Late news may take back what was said about the days it is of.
            patients::watch(tx, self.caller.id, self.now)?;
        }
        Ok(Taken {
            disposition,
            late: (counted && self.now > span.closes_at).then_some(date),
        })
    }

    /// Everything said of the occurrence, folded anew with this answer in its place.
    fn fold(
        &self,
        tx: &mut Tx<'_>,
        row: &Occurrence,
        span: &Span,
        at: Timestamp,
    ) -> Result<&'static str> {
        let dose: Dose = serde_json::from_str(&row.dose).map_err(Error::internal)?;
        let mut all = occurrences::answers(tx, row.id)?;
        all.retain(|known| known.disposition != "extra");
        all.push(self.row(tx, at, 0, "applied"));
        let given: Vec<Given> = all.iter().map(|one| given(one, &dose)).collect();
        let folded = fold(span, &given, self.now);
        let stands = folded
            .stands
            .and_then(|id| all.iter().find(|one| one.id == id));
        let standing = Standing {
            state: folded.state,
            reason: stands.and_then(|one| one.reason.clone()),
            done_fraction: folded.fraction,
            done_amount: stands.and_then(|one| amount(one, &dose)),
            answered_at: stands.map(|one| one.answered_at),
        };
        let before = Standing {
            state: row.state,
            reason: row.reason.clone(),
            done_fraction: row.done_fraction,
            done_amount: row.done_amount,
            answered_at: row.answered_at,
        };
        if standing != before {
            occurrences::set_standing(tx, row.id, &standing)?;
            self.follow(tx, row, span, folded.state)?;
        }
        let effect = folded
            .effects
            .iter()
            .find(|(id, _)| *id == self.answer.id)
            .map(|(_, effect)| *effect);
        Ok(match effect {
            Some(Err(refusal)) => refusal_name(refusal),
            Some(Ok(())) | None => "applied",
        })
    }

    /// Prompts follow the state: none once it is answered; one more after an answer was taken back in time.
    fn follow(&self, tx: &mut Tx<'_>, row: &Occurrence, span: &Span, state: State) -> Result<()> {
        if is_answered(state) {
            if planted::is(Bug::SendsWhatIsAnswered) {
                return Ok(());
            }
            let (id, device) = (self.caller.id, Some(self.caller.device));
            return take_back(tx, id, &[row.id], device, self.now);
        }
        if !is_answered(row.state) {
            return Ok(());
        }
        note(tx, row, "undone", &json!({ "before": row.state }), self.now)?;
        if span.closes_at.duration_since(self.now) > WORTH_A_REMINDER {
            let at = self
                .now
                .checked_add(WORTH_A_REMINDER)
                .map_err(Error::internal)?;
            let at = at.max(row.due_at.timestamp());
            deliveries::arm(tx, &[planning::prompt(row, AFTER_UNDO, at.into())])?;
        }
        Ok(())
    }

    fn snooze(
        &self,
        tx: &mut Tx<'_>,
        row: &Occurrence,
        span: &Span,
        at: Timestamp,
    ) -> Result<&'static str> {
        let Some(wish) = self.answer.snooze else {
            return Ok("not_applicable");
        };
        if row.state != State::Planned || self.now >= span.closes_at {
            return Ok("not_applicable");
        }
        let used = used(tx, row.id)?;
        let until = at
            .checked_add(SignedDuration::from_mins(i64::from(wish.minutes)))
            .map_err(Error::internal)?;
        let (quiet, zone) = quiet_of(tx, self.caller.id)?;
        match snooze::judge(used, until, span.closes_at, &quiet, &zone) {
            Offer::Fits => {}
            Offer::Quiet if wish.remind_anyway => {}
            refused => return Ok(refused.name()),
        }
        take_back(
            tx,
            self.caller.id,
            &[row.id],
            Some(self.caller.device),
            self.now,
        )?;
        let step = FIRST_SNOOZE + u8::try_from(used).unwrap_or(0);
        let prompt = Delivery {
            reason: Some(super::delivery::reason::CHOSEN.to_owned()),
            ..planning::prompt(row, step, until.max(self.now).into())
        };
        deliveries::insert(tx, &[prompt])?;
        note(
            tx,
            row,
            "snoozed",
            &json!({ "until": until, "time": used + 1 }),
            self.now,
        )?;
        Ok("applied")
    }

    fn is_same(&self, known: &AnswerRow) -> bool {
        // As the device said it: its clock may be judged differently the second time.
        let said = known
            .answered_at
            .timestamp()
            .checked_add(SignedDuration::from_secs(known.clock_ahead_s));
        known.patient_id == self.caller.id
            && known.occurrence_id == self.answer.occurrence
            && known.kind == self.answer.kind
            && known.done_dose == said_dose(self.answer)
            && known.reason.as_deref() == self.answer.reason.map(SkipReason::as_str)
            && said.is_ok_and(|said| said == micros(self.answer.answered_at))
    }

    fn row(&self, tx: &Tx<'_>, at: Timestamp, clock_ahead_s: i64, disposition: &str) -> AnswerRow {
        AnswerRow {
            tenant_id: tx.tenant(),
            id: self.answer.id,
            patient_id: self.caller.id,
            occurrence_id: self.answer.occurrence,
            device_id: self.caller.device,
            kind: self.answer.kind,
            done_dose: said_dose(self.answer),
            reason: self.answer.reason.map(|reason| reason.as_str().to_owned()),
            answered_at: at.into(),
            received_at: self.now.into(),
            disposition: disposition.to_owned(),
            clock_ahead_s,
        }
    }
}

/// How long an open occurrence of the caller can be put off.
///
/// # Errors
/// Not found when the caller has no such occurrence.
pub async fn snoozes(app: &App, caller: &Patient, id: OccurrenceId) -> Result<Vec<SnoozeOffer>> {
    let (now, patient) = (app.now(), caller.id);
    app.store
        .read("snoozes", caller.scope, move |tx| {
            let row = occurrences::find(tx, patient, id)?.ok_or_else(Error::not_found)?;
            if row.state != State::Planned {
                return Ok(Vec::new());
            }
            offers_in(tx, patient, id, row.closes_at.timestamp(), now)
        })
        .await
}

/// How long something open can be put off.
pub(super) fn offers_in(
    tx: &mut Tx<'_>,
    patient: PatientId,
    id: OccurrenceId,
    closes_at: Timestamp,
    now: Timestamp,
) -> Result<Vec<SnoozeOffer>> {
    let (quiet, zone) = quiet_of(tx, patient)?;
    Ok(snooze::offers(used(tx, id)?, now, closes_at, &quiet, &zone))
}

/// Snoozes an occurrence had.
fn used(tx: &mut Tx<'_>, id: OccurrenceId) -> Result<usize> {
    let answers = occurrences::answers(tx, id)?;
    let snoozed = |one: &&AnswerRow| one.kind == AnswerKind::Snooze && one.disposition == "applied";
    Ok(answers.iter().filter(snoozed).count())
}

/// The quiet hours that hold for a patient, and where.
fn quiet_of(tx: &mut Tx<'_>, patient: PatientId) -> Result<(QuietHours, TimeZone)> {
    let rules = recipients::rules(tx)?;
    let who = recipients::of(tx, &[patient], &rules)?
        .known
        .remove(&patient)
        .ok_or_else(Error::not_found)?;
    Ok((who.quiet_hours.unwrap_or(rules.quiet_hours), who.zone))
}

/// The number that goes with an answer: the amount of a part, the minutes of a snooze.
fn said_dose(answer: &Answer) -> Option<f64> {
    answer
        .done_amount
        .or_else(|| answer.snooze.map(|snooze| f64::from(snooze.minutes)))
}

/// As the database keeps it.
fn micros(at: Timestamp) -> Timestamp {
    crate::store::types::UtcMicros::from(at).timestamp()
}

fn given(one: &AnswerRow, dose: &Dose) -> Given {
    let fraction = match one.kind {
        AnswerKind::Done => 1.0,
        // Doing more counts as all of it.
        AnswerKind::Partial => (one.done_dose.unwrap_or(0.0) / dose.amount()).clamp(0.0, 1.0),
        AnswerKind::Skip | AnswerKind::Undo | AnswerKind::Snooze => 0.0,
    };
    Given {
        id: one.id,
        kind: one.kind,
        fraction,
        at: one.answered_at.timestamp(),
    }
}

fn amount(one: &AnswerRow, dose: &Dose) -> Option<f64> {
    match one.kind {
        AnswerKind::Done => Some(dose.amount()),
        AnswerKind::Partial => one.done_dose,
        AnswerKind::Skip => Some(0.0),
        AnswerKind::Undo | AnswerKind::Snooze => None,
    }
}

fn refusal_name(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Duplicate => "duplicate",
        Refusal::TooEarly => "too_early",
        Refusal::TooLate => "too_late",
        Refusal::NotCounted => "extra",
        Refusal::NotApplicable => "not_applicable",
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
    let last = from.checked_add(MAX_DAYS.days()).map_err(Error::internal)?;
    if through >= last {
        return Err(Error::field(
            "?through",
            format!("must be less than {MAX_DAYS} days after from"),
        ));
    }
    Ok((from, through))
}

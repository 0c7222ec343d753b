//! Why an occurrence is at this instant and what became of every reminder of it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::planning::prompts;
use super::view::OccurrenceView;
use crate::app::App;
use crate::error::{Error, Result};
use crate::plans::rules::ClockRule;
use crate::plans::service::plan_items;
use crate::plans::spec::{Recurrence, Window};
use crate::store::deliveries::{Attempt, Delivery, DeliveryKind, DeliveryState};
use crate::store::history::{self, OccurrenceEvent};
use crate::store::occurrences::{self, AnswerRow, Occurrence};
use crate::store::receipts::{self, Receipt};
use crate::store::types::{DeliveryId, DeviceId, OccurrenceId, PatientId};
use crate::store::{Scope, Tx, days, plans};

/// Everything about one occurrence.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// The occurrence as it stands.
    pub occurrence: OccurrenceView,
    /// Which rule of the plan made it.
    pub rule: Rule,
    /// The patient's day it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
    /// When it was planned.
    #[schema(value_type = String, format = DateTime)]
    pub planned_at: Timestamp,
    /// Reminders that are still to be made, by their instants.
    #[schema(value_type = Vec<String>)]
    pub reminders_to_come: Vec<Timestamp>,
    /// Every reminder that was made, with why it was held back and every attempt.
    pub reminders: Vec<Reminder>,
    /// Everything the patient said of it.
    pub answers: Vec<Said>,
    /// Everything else that happened to it.
    pub history: Vec<Happened>,
}

/// The rule of the plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rule {
    /// The version that made it.
    pub plan_version: i64,
    /// How often.
    pub recurrence: Recurrence,
    /// In words.
    pub words: String,
    /// The day it counts from.
    #[schema(format = Date)]
    pub starts_on: String,
    /// Which of its windows.
    pub window_no: i64,
    /// The window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// How the local time met the clock: `exact`, `gap:shift_forward` or `fold:first`.
    #[schema(value_type = String)]
    pub clock: &'static str,
}

/// A patient's day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Day {
    /// The date.
    #[schema(format = Date)]
    pub date: String,
    /// The zone it is lived in.
    pub time_zone: String,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Timestamp,
    /// When the next one begins.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    /// How long it is.
    pub length_h: f64,
}

/// A reminder that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reminder {
    /// The delivery.
    pub id: DeliveryId,
    /// A prompt, or its withdrawal from screens.
    pub kind: DeliveryKind,
    /// Which rung; 16 and above are snoozes.
    pub step: i64,
    /// What became of it.
    pub state: DeliveryState,
    /// Why it was held back or ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was to be sent.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// When a gateway took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    /// Each attempt at each device.
    pub attempts: Vec<Tried>,
    /// What devices said of it.
    pub receipts: Vec<Received>,
}

/// One attempt.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tried {
    /// At which device.
    pub device_id: Option<DeviceId>,
    /// Through which channel.
    pub channel: String,
    /// How it ended.
    pub outcome: String,
    /// The gateway's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// One receipt.
#[derive(Debug, Serialize, ToSchema)]
pub struct Received {
    /// From which device.
    pub device_id: DeviceId,
    /// Delivered, displayed, opened or acted.
    pub kind: receipts::ReceiptKind,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// One answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Said {
    /// What.
    pub kind: super::state::AnswerKind,
    /// The number that goes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    /// Why, for a skip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When, by the device, corrected.
    #[schema(value_type = String, format = DateTime)]
    pub answered_at: Timestamp,
    /// When it arrived.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// It arrived after the window had closed.
    pub received_late: bool,
    /// The device's clock was wrong and set right.
    pub clock_corrected: bool,
    /// What it did when it arrived.
    pub disposition: String,
}

/// One line of the history.
#[derive(Debug, Serialize, ToSchema)]
pub struct Happened {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What.
    pub event: String,
    /// More of it.
    #[schema(value_type = Object)]
    pub detail: Value,
}

/// Explains one occurrence of a patient.
///
/// # Errors
/// Not found when the patient has no such occurrence.
pub async fn explain(
    app: &App,
    scope: Scope,
    patient: PatientId,
    id: OccurrenceId,
) -> Result<Explanation> {
    let now = app.now();
    app.store
        .read("explain", scope, move |tx| explained(tx, patient, id, now))
        .await
}

fn explained(
    tx: &mut Tx<'_>,
    patient: PatientId,
    id: OccurrenceId,
    now: Timestamp,
) -> Result<Explanation> {
    let row = occurrences::find(tx, patient, id)?.ok_or_else(Error::not_found)?;
    let date = row.local_date.date().map_err(Error::internal)?;
    let day = days::between(tx, patient, date, date)?
        .pop()
        .map(|day| Day {
            date: date.to_string(),
            length_h: hours(day.starts_at.0, day.ends_at.0),
            time_zone: day.time_zone,
            starts_at: day.starts_at.timestamp(),
            ends_at: day.ends_at.timestamp(),
        });
    let (made, attempts, receipts) = receipts::history(tx, id)?;
    let to_come = prompts(&row)?
        .into_iter()
        .filter(|one| made.iter().all(|known| known.id != one.id))
        .map(|one| one.due_at.timestamp())
        .filter(|at| *at > now && row.state == super::state::State::Planned)
        .collect();
    Ok(Explanation {
        rule: rule(tx, &row)?,
        day,
        planned_at: row.planned_at.timestamp(),
        reminders_to_come: to_come,
        reminders: made
            .into_iter()
            .map(|one| reminder(one, &attempts, &receipts))
            .collect(),
        answers: occurrences::answers(tx, id)?
            .into_iter()
            .map(|one| said(one, &row))
            .collect(),
        history: history::of_occurrence(tx, id)?
            .into_iter()
            .map(happened)
            .collect::<Result<_>>()?,
        occurrence: OccurrenceView::of(&row, now)?,
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a day has fewer than 2^52 microseconds"
)]
fn hours(from_us: i64, until_us: i64) -> f64 {
    (until_us - from_us) as f64 / 3_600e6
}

fn rule(tx: &mut Tx<'_>, row: &Occurrence) -> Result<Rule> {
    let items = plan_items(&plans::items(tx, row.patient_id, row.plan_version)?)?;
    let (_, spec) = items
        .into_iter()
        .find(|(item, _)| *item == row.plan_item_id)
        .ok_or_else(Error::not_found)?;
    let window = usize::try_from(row.window_no)
        .ok()
        .and_then(|no| spec.windows.get(no).cloned());
    Ok(Rule {
        plan_version: row.plan_version,
        words: spec.recurrence.words(),
        recurrence: spec.recurrence,
        starts_on: spec.starts_on.to_string(),
        window_no: row.window_no,
        window,
        clock: match row.clock_rule {
            ClockRule::Exact => "exact",
            ClockRule::GapShiftForward => "gap:shift_forward",
            ClockRule::FoldFirst => "fold:first",
        },
    })
}

fn reminder(one: Delivery, attempts: &[Attempt], receipts: &[Receipt]) -> Reminder {
    let tried = |attempt: &Attempt| Tried {
        device_id: attempt.device_id,
        channel: attempt.channel.clone(),
        outcome: attempt.outcome.clone(),
        code: attempt.code.clone(),
        at: attempt.attempted_at.timestamp(),
    };
    let received = |receipt: &Receipt| Received {
        device_id: receipt.device_id,
        kind: receipt.kind,
        at: receipt.at.timestamp(),
    };
    Reminder {
        attempts: attempts
            .iter()
            .filter(|attempt| attempt.delivery_id == one.id)
            .map(tried)
            .collect(),
        receipts: receipts
            .iter()
            .filter(|receipt| receipt.delivery_id == one.id)
            .map(received)
            .collect(),
        id: one.id,
        kind: one.kind,
        step: one.step,
        state: one.state,
        reason: one.reason,
        due_at: one.due_at.timestamp(),
        sent_at: one.sent_at.map(|at| at.timestamp()),
    }
}

fn said(one: AnswerRow, row: &Occurrence) -> Said {
    Said {
        kind: one.kind,
        amount: one.done_dose,
        reason: one.reason,
        answered_at: one.answered_at.timestamp(),
        received_at: one.received_at.timestamp(),
        received_late: one.received_at > row.closes_at,
        clock_corrected: one.clock_ahead_s != 0,
        disposition: one.disposition,
    }
}

fn happened(one: OccurrenceEvent) -> Result<Happened> {
    Ok(Happened {
        at: one.at.timestamp(),
        event: one.event,
        detail: serde_json::from_str(&one.detail).map_err(Error::internal)?,
    })
}

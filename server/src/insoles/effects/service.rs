//! Reading before and after: from stored summaries, each time anew.

use gait::SessionSummary;
use gait::change::effect::TrialSession;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::rules::{self, Found};
use crate::app::App;
use crate::error::{Error, Result};
use crate::insoles::calendar::{Calendar, ordinal_of};
use crate::insoles::footwear::{EventDetail, Footwear};
use crate::insoles::quality;
use crate::insoles::wear::service::bounds;
use crate::store::care_events::{self, CareEvent, CareEventKind};
use crate::store::insoles::{self, InsoleSession};
use crate::store::types::PatientId;
use crate::store::{Scope, Tx, patients};

/// Days a side reaches, from the change.
const SIDE_DAYS: i32 = 90;
/// Changes of footwear looked at, the newest.
const MAX_CHANGES: usize = 10;

/// One change of footwear with what came of it.
#[derive(Debug, Clone)]
pub struct FootwearEffect {
    /// The change.
    pub event: CareEvent,
    /// What was handed over.
    pub detail: EventDetail,
    /// Its date.
    pub since: Date,
    /// Before and after.
    pub found: Found,
}

/// A patient's changes of footwear, the newest first.
///
/// # Errors
/// Not found when the clinic has no such patient.
pub async fn effects(app: &App, scope: Scope, patient: PatientId) -> Result<Vec<FootwearEffect>> {
    let now = app.now();
    app.store
        .read("footwear_effects", scope, move |tx| {
            patients::find(tx, patient)?;
            let events = care_events::standing(tx, &[patient])?;
            let footwear = Footwear::of(&events)?;
            let today = Calendar::of(tx, patient, now, now)?.date_of(now);
            let changes = events.into_iter().rev().filter(|event| {
                matches!(
                    event.kind,
                    CareEventKind::OrthoticIssued | CareEventKind::ShoeIssued
                )
            });
            changes
                .take(MAX_CHANGES)
                .map(|event| effect(tx, event, &footwear, today))
                .collect()
        })
        .await
}

fn effect(
    tx: &mut Tx<'_>,
    event: CareEvent,
    footwear: &Footwear,
    today: Date,
) -> Result<FootwearEffect> {
    let since = event.event_date.date().map_err(Error::internal)?;
    let resets = footwear.resets();
    let before = resets.iter().rfind(|reset| **reset < since);
    let after = resets.iter().find(|reset| **reset > since);
    let early = since.saturating_sub(SIDE_DAYS.days());
    let late = since.saturating_add(SIDE_DAYS.days()).min(today);
    // On the day of a change both are worn: it belongs to neither side.
    let first = before.map_or(early, |reset| early.max(reset.tomorrow().unwrap_or(*reset)));
    let last = after.map_or(late, |reset| late.min(reset.yesterday().unwrap_or(*reset)));
    let span = bounds(tx, event.patient_id, first, last.max(since))?;
    let sessions = trial_sessions(tx, event.patient_id, span)?;
    let (before, after): (Vec<_>, Vec<_>) = sessions
        .into_iter()
        .partition(|session| session.date < ordinal_of(since));
    Ok(FootwearEffect {
        found: rules::compare(&before, &after, ordinal_of(since)),
        detail: EventDetail::parse(&event.detail),
        since,
        event,
    })
}

/// The sessions of a time that may be compared: what is wrong with the others is said elsewhere.
fn trial_sessions(
    tx: &mut Tx<'_>,
    patient: PatientId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<TrialSession>> {
    let calendar = Calendar::of(tx, patient, from, until)?;
    let rows = insoles::between(tx, patient, from, until)?;
    let sessions = rows.iter().filter(|row| may_be_compared(row));
    Ok(sessions
        .filter_map(|row| {
            let summary: SessionSummary = serde_json::from_str(&row.summary).ok()?;
            let date = calendar.date_of(row.started_at.timestamp());
            TrialSession::of(ordinal_of(date), &summary)
        })
        .collect())
}

fn may_be_compared(row: &InsoleSession) -> bool {
    let reasons = quality::from_text(row.reasons.as_deref());
    !reasons.iter().any(|reason| reason.spoils_the_day())
}

//! HTML: why something stands in a patient's day, and what became of its reminders, in plain words.

use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::app::App;
use crate::error::Result;
use crate::http::extract::Path;
use crate::http::format;
use crate::http::guard::Patient;
use crate::http::page::html;
use crate::http::router::{Access, Endpoint, at};
use crate::patients::choices;
use crate::reminders::explain::{Explanation, Reminder, explain};
use crate::reminders::planner::zone_named;
use crate::store::deliveries::{DeliveryKind, DeliveryState};
use crate::store::types::OccurrenceId;
use crate::texts::{Voice, has};

/// The routes of this file.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![at("/today/why/{occurrence}").get(Access::Patient, show)]
}

#[derive(Template)]
#[template(path = "why.html")]
struct WhyPage {
    voice: Voice,
    title: String,
    dose: String,
    sentences: Vec<String>,
    reminders: Vec<String>,
}

async fn show(
    app: web::Data<App>,
    me: Patient,
    occurrence: Path<OccurrenceId>,
) -> Result<HttpResponse> {
    let why = explain(&app, me.scope, me.id, occurrence.0).await?;
    let (patient, _) = choices::read(&app, me.scope, me.id).await?;
    html(&page(Voice::of(&patient.locale), &why)?)
}

fn page(voice: Voice, why: &Explanation) -> Result<WhyPage> {
    let seen = &why.occurrence;
    let zone = zone_named(&seen.time_zone)?;
    let planned = json!({
        "time": seen.time,
        "zone": format::zone(&seen.time_zone, seen.due_at, &zone),
        "version": seen.plan_version,
    });
    let opens = voice.date_time(seen.opens_at, &zone);
    let closes = voice.date_time(seen.closes_at, &zone);
    let mut sentences = vec![
        voice.with("why_planned", &planned),
        voice.two("why_window", "opens", &opens, "closes", &closes),
    ];
    sentences.extend(clock(why.rule.clock).map(|key| voice.say(key)));
    Ok(WhyPage {
        title: voice.title(&seen.exercise),
        dose: voice.dose(&seen.prescribed),
        sentences,
        reminders: reminders(&voice, why, &zone),
        voice,
    })
}

/// Said only where the clock did something.
fn clock(rule: &str) -> Option<&'static str> {
    match rule {
        "gap:shift_forward" => Some("why_clock_gap"),
        "fold:first" => Some("why_clock_fold"),
        _ => None,
    }
}

/// In order of time: those that were made, and those to come.
fn reminders(voice: &Voice, why: &Explanation, zone: &TimeZone) -> Vec<String> {
    let made = why
        .reminders
        .iter()
        .filter(|one| one.kind != DeliveryKind::Withdraw)
        .map(|one| (one.due_at, line(voice, one, zone)));
    let to_come = why.reminders_to_come.iter().map(|at| {
        let when = voice.date_time(*at, zone);
        (*at, voice.one("why_to_come", "when", &when))
    });
    let mut all: Vec<(Timestamp, String)> = made.chain(to_come).collect();
    all.sort();
    all.into_iter().map(|(_, words)| words).collect()
}

fn line(voice: &Voice, one: &Reminder, zone: &TimeZone) -> String {
    let mut words = voice.say(state(one.state));
    let held = one.reason.as_ref().map(|reason| format!("held_{reason}"));
    if let Some(held) = held.filter(|held| has(held)) {
        words = voice.two("why_because", "words", &words, "reason", &voice.say(&held));
    }
    let when = voice.date_time(one.sent_at.unwrap_or(one.due_at), zone);
    voice.two("why_line", "when", &when, "words", &words)
}

fn state(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Pending => "reminder_pending",
        DeliveryState::Leased => "reminder_leased",
        DeliveryState::Sent => "reminder_sent",
        DeliveryState::Expired => "reminder_expired",
        DeliveryState::Undeliverable => "reminder_undeliverable",
        DeliveryState::Rejected => "reminder_rejected",
        DeliveryState::Withdrawn => "reminder_withdrawn",
        DeliveryState::Suppressed => "reminder_suppressed",
        DeliveryState::Folded => "reminder_folded",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reminders::delivery::reason;

    #[test]
    fn every_reason_a_reminder_is_held_back_for_has_its_words() {
        for held in [
            reason::OUTAGE,
            reason::CATCH_UP,
            reason::CHOSEN,
            reason::QUIET_HOURS,
            reason::DIGEST,
            reason::NOT_IN_CARE,
            reason::NOT_WANTED,
            reason::WORN,
            reason::CIRCUIT_OPEN,
            reason::UNREADABLE,
            reason::SILENT,
        ] {
            assert!(has(&format!("held_{held}")), "{held}");
        }
    }

    #[test]
    fn every_state_of_a_reminder_has_its_words() {
        for one in DeliveryState::ALL {
            assert!(has(state(*one)), "{one}");
        }
    }
}

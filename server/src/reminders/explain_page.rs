//! HTML: why an occurrence is at this instant, and everything that happened to it, in one line of time.

use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::explain::{self, Explanation, Happened, Reminder, Said};
use super::planner::zone_named;
use super::state::AnswerKind;
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::Result;
use crate::http::extract::Path2;
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::html;
use crate::http::router::{Access, Endpoint, at};
use crate::patients::grid;
use crate::patients::service;
use crate::store::deliveries::{AFTER_UNDO, DeliveryKind, DeliveryState, FIRST_SNOOZE};
use crate::store::types::{OccurrenceId, PatientId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![at("/patients/{patient}/occurrences/{occurrence}").get(Access::Clinician, show)]
}

/// One thing that happened.
struct Line {
    at: Timestamp,
    when: String,
    what: String,
    more: Vec<String>,
}

#[derive(Template)]
#[template(path = "occurrence.html")]
struct OccurrencePage {
    identity: Identity,
    patient: PatientId,
    name: String,
    title: String,
    day: String,
    dose: String,
    state: String,
    due: String,
    window: String,
    zone: String,
    rule: String,
    version: i64,
    clock: Option<&'static str>,
    length: Option<String>,
    to_come: Vec<String>,
    lines: Vec<Line>,
}

async fn show(
    app: web::Data<App>,
    clinician: Clinician,
    Path2(patient, occurrence): Path2<PatientId, OccurrenceId>,
) -> Result<HttpResponse> {
    let line = service::line(&app, clinician.scope, patient).await?;
    let why = explain::explain(&app, clinician.scope, patient, occurrence).await?;
    let identity = identity(&app, &clinician).await?;
    html(&page(identity, patient, line.patient.name, why)?)
}

fn page(
    identity: Identity,
    patient: PatientId,
    name: String,
    why: Explanation,
) -> Result<OccurrencePage> {
    let seen = &why.occurrence;
    let zone = zone_named(&seen.time_zone)?;
    let at = |instant: Timestamp| format::date_time(instant, &zone);
    let mut lines = vec![Line {
        at: why.planned_at,
        when: at(why.planned_at),
        what: format!(
            "Planned, from version {} of the plan",
            why.rule.plan_version
        ),
        more: Vec::new(),
    }];
    lines.extend(why.reminders.iter().map(|one| reminder(one, &zone)));
    lines.extend(why.answers.iter().map(|one| said(one, &zone)));
    lines.extend(why.history.iter().map(|one| happened(one, &zone)));
    lines.sort_by_key(|line| line.at);
    Ok(OccurrencePage {
        identity,
        patient,
        name,
        title: seen.title.clone(),
        day: format!("{}, {}", seen.date, seen.time),
        dose: seen.dose.clone(),
        state: grid::words(seen),
        due: at(seen.due_at),
        window: format!("{} to {}", at(seen.opens_at), at(seen.closes_at)),
        zone: format::zone(&seen.time_zone, seen.due_at, &zone),
        rule: why.rule.words.clone(),
        version: why.rule.plan_version,
        clock: clock(why.rule.clock),
        length: why
            .day
            .as_ref()
            .filter(|day| (day.length_h - 24.0).abs() > 0.01)
            .map(|day| format!("{} hours", format::number(day.length_h, 1))),
        to_come: why.reminders_to_come.iter().map(|one| at(*one)).collect(),
        lines,
    })
}

/// Said only where the clock did something.
fn clock(rule: &str) -> Option<&'static str> {
    match rule {
        "gap:shift_forward" => {
            Some("the clock jumped over that time on this day: moved to after the gap")
        }
        "fold:first" => Some("the clock showed that time twice on this day: the first counts"),
        _ => None,
    }
}

fn reminder(one: &Reminder, zone: &TimeZone) -> Line {
    let what = match one.kind {
        DeliveryKind::Withdraw => "Taken off the screens",
        _ if one.step >= i64::from(AFTER_UNDO) => "Reminder after an answer was taken back",
        _ if one.step >= i64::from(FIRST_SNOOZE) => "Reminder after it was put off",
        _ if one.step == 0 => "First reminder",
        _ => "Further reminder",
    };
    let because = one
        .reason
        .as_ref()
        .map_or(String::new(), |why| format!(" ({})", why.replace('_', " ")));
    let mut more: Vec<String> = one
        .attempts
        .iter()
        .map(|tried| {
            let code = tried
                .code
                .as_ref()
                .map_or(String::new(), |code| format!(", {code}"));
            let when = format::time(tried.at, zone);
            format!(
                "{when} through {}: {}{code}",
                tried.channel,
                tried.outcome.replace('_', " ")
            )
        })
        .collect();
    more.extend(one.receipts.iter().map(|got| {
        format!(
            "{} the device said: {}",
            format::time(got.at, zone),
            got.kind
        )
    }));
    Line {
        at: one.due_at,
        when: format::date_time(one.due_at, zone),
        what: format!("{what}: {}{because}", state(one.state)),
        more,
    }
}

fn state(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Pending => "waits for its time",
        DeliveryState::Leased => "is being sent",
        DeliveryState::Sent => "sent",
        DeliveryState::Expired => "not sent, its time had ended",
        DeliveryState::Undeliverable => "reached no device; not held against the patient",
        DeliveryState::Rejected => "refused by the push service",
        DeliveryState::Withdrawn => "not needed any more",
        DeliveryState::Suppressed => "held back",
        DeliveryState::Folded => "part of one message for several",
    }
}

fn said(one: &Said, zone: &TimeZone) -> Line {
    let amount = one.amount.map_or(String::new(), |amount| {
        format!(" {}", format::number(amount, 1))
    });
    let because = one
        .reason
        .as_ref()
        .map_or(String::new(), |why| format!(" ({})", why.replace('_', " ")));
    let what = match one.kind {
        AnswerKind::Done => "Answer: done".to_owned(),
        AnswerKind::Partial => format!("Answer: done in part,{amount}"),
        AnswerKind::Skip => format!("Answer: skipped{because}"),
        AnswerKind::Undo => "Answer taken back".to_owned(),
        AnswerKind::Snooze => format!("Put off by{amount} minutes"),
    };
    let mut more = Vec::new();
    if one.disposition != "applied" {
        more.push(format!(
            "what it did: {}",
            one.disposition.replace('_', " ")
        ));
    }
    if one.received_late {
        let when = format::date_time(one.received_at, zone);
        more.push(format!("arrived after the window had closed, {when}"));
    }
    if one.clock_corrected {
        more.push("the device's clock was wrong and set right".to_owned());
    }
    Line {
        at: one.answered_at,
        when: format::date_time(one.answered_at, zone),
        what,
        more,
    }
}

fn happened(one: &Happened, zone: &TimeZone) -> Line {
    let why = one.detail["why"].as_str().or(one.detail["reason"].as_str());
    Line {
        at: one.at,
        when: format::date_time(one.at, zone),
        what: one.event.replace('_', " "),
        more: why.map(|why| why.replace('_', " ")).into_iter().collect(),
    }
}

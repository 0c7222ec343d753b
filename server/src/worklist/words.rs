//! Why a patient is on the list, in words: what was found, what changed, and what to do next. Never a cause, never a diagnosis.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::load::Today;
use super::rules::{Found, Known, Section, WorklistRules};
use crate::adherence::words::AdherenceWords;
use crate::checkins::scales;
use crate::http::format;
use crate::patients::assessment::metric_words;
use crate::patients::view::{out_of_care, reason_words};
use crate::plans::{library, templates};
use crate::store::alerts::Alert;
use crate::store::messages::Waiting;

/// Why, what changed, and what next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The one reason.
    pub reason: String,
    /// What changed, where there is more to say than the reason.
    pub changed: Option<String>,
    /// What to do next.
    pub next: Next,
}

/// A suggestion, and where it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// In words.
    pub label: &'static str,
    /// Behind `/patients/{id}`.
    pub path: &'static str,
}

const CALL: Next = next("Call now", "");
const LOOK: Next = next("Look at it", "");
const ADJUST: Next = next("Adjust the plan", "/plan");
const SIMPLIFY: Next = next("Call, or simplify the plan", "/plan");
const PHONE: Next = next("Phone the patient", "");
const NEW_CODE: Next = next("Connect the device again", "#act-title");
const TIMING: Next = next("Review the timing", "/plan");
const RESUME: Next = next("Resume or extend", "#held-title");
const DECIDE: Next = next("Decide on the dose", "/plan#decide");
const SUGGESTED: Next = next("Look at the suggestion", "/plan#suggested");
const WRITE: Next = next("Write a plan", "/plan");
const ANSWER: Next = next("Read and answer", "/messages");
const RENEW: Next = next("Renew the plan", "/plan");

const fn next(label: &'static str, path: &'static str) -> Next {
    Next { label, path }
}

/// The words of an alert.
pub fn of_alert(alert: &Alert, zone: &TimeZone, now: Timestamp) -> Words {
    let evidence: Value = serde_json::from_str(&alert.evidence).unwrap_or_default();
    let (rule, about) = alert.rule.split_once(':').unwrap_or((&alert.rule, ""));
    let (reason, next) = match rule {
        "red_flag" => (red_flag(about), CALL),
        "fall" => (fall(&evidence), CALL),
        "pain_spike" | "pain" => (pain(&evidence, about), ADJUST),
        "pain_persists" => (persists(&evidence), ADJUST),
        "pain_worse" => (worse(&evidence), ADJUST),
        "function_fall" => (function(&evidence, about), ADJUST),
        "gait_change" => (gait(&evidence), ADJUST),
        "score_better" => (better(&evidence), LOOK),
        "missed_days" => (
            days(
                &evidence,
                "Nothing done on {} due days in a row, though reminders arrived",
            ),
            SIMPLIFY,
        ),
        "silent" => (days(&evidence, "No word on {} due days in a row"), PHONE),
        "unreachable" => ("Reminders reach no device".to_owned(), NEW_CODE),
        "resume_question" => (resume(&evidence), RESUME),
        "progression" => (progression(&evidence, about), DECIDE),
        "suggestion" => (suggestion(&evidence), SUGGESTED),
        _ => (rule.replace('_', " "), LOOK),
    };
    Words {
        reason,
        changed: changed(alert, rule, &evidence, zone, now),
        next,
    }
}

/// What is new about it.
fn changed(
    alert: &Alert,
    rule: &str,
    evidence: &Value,
    zone: &TimeZone,
    now: Timestamp,
) -> Option<String> {
    let mut parts = Vec::new();
    if rule == "silent" {
        parts.push(heard(evidence, zone));
    }
    if rule == "suggestion" {
        parts.extend(
            evidence["sentence"]
                .as_str()
                .map(|said| said.trim_end_matches('.').to_owned()),
        );
    }
    if let Some(values) = evidence["last_values"]
        .as_array()
        .filter(|all| !all.is_empty())
    {
        let values: Vec<String> = values.iter().map(Value::to_string).collect();
        parts.push(format!("before: {}", values.join(", ")));
    }
    if alert.count > 1 {
        let newest = format::ago(alert.last_seen_at.timestamp(), now);
        parts.push(format!("found {} times, last {newest}", alert.count));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn red_flag(key: &str) -> String {
    let said = crate::texts::render(&format!("red_flag_{key}"), "en", &Value::Null);
    format!("Answered yes: {said}")
}

fn fall(evidence: &Value) -> String {
    match date(&evidence["date"]) {
        Some(date) => format!("Reported a fall on {}", format::short_date(date)),
        None => "Reported a fall".to_owned(),
    }
}

fn pain(evidence: &Value, exercise: &str) -> String {
    let title = title(exercise);
    let number = |name: &str| evidence[name].as_i64();
    let before =
        number("pain_before").map_or(String::new(), |before| format!(" (before: {before})"));
    match (number("pain"), number("pain_a_day_later")) {
        (Some(pain), _) => format!("Pain {pain} of 10 after {title}{before}"),
        (None, Some(later)) => format!("Pain {later} of 10 a day after {title}{before}"),
        (None, None) => format!("Pain with {title}"),
    }
}

fn persists(evidence: &Value) -> String {
    if let (Some(high), Some(of)) = (evidence["days_high"].as_i64(), evidence["days"].as_i64())
        && evidence["pain_stays"] == Value::Bool(true)
    {
        return format!("Pain stays high: {high} of {of} days with a word");
    }
    "Says that standing or walking changed".to_owned()
}

fn worse(evidence: &Value) -> String {
    let slope = &evidence["slope"];
    if let (Some(day), Some(low), Some(high)) = (
        slope["per_day"].as_f64(),
        slope["low"].as_f64(),
        slope["high"].as_f64(),
    ) {
        return format!(
            "Pain rises by {} of 10 a day (95 % interval {} to {})",
            format::number(day, 2),
            format::number(low, 2),
            format::number(high, 2)
        );
    }
    let pain = evidence["pain"].as_i64().unwrap_or_default();
    match (evidence["pain_last"].as_i64(), date(&evidence["date_last"])) {
        (Some(last), Some(on)) => format!(
            "Pain rose to {pain} of 10 ({last} on {})",
            format::short_date(on)
        ),
        _ => format!("Pain rose to {pain} of 10"),
    }
}

fn function(evidence: &Value, key: &str) -> String {
    let name = scales::find(key).map_or(key, |scale| scale.name.as_str());
    let number = |name: &str| format::number(evidence[name].as_f64().unwrap_or_default(), 1);
    let error = evidence["mdc"]
        .as_f64()
        .map(|mdc| format!("; measurement error {}", format::number(mdc, 1)));
    format!(
        "{name}: {} after {}{}",
        number("to"),
        number("from"),
        error.unwrap_or_default()
    )
}

fn better(evidence: &Value) -> String {
    let number = |value: &Value| format::number(value.as_f64().unwrap_or_default(), 0);
    let days = evidence["last"].as_array().map_or(0, Vec::len);
    format!(
        "The walking index was above its own beginning of {} for {days} days, by more than the measurement error of {}",
        number(&evidence["baseline"]),
        number(&evidence["mdc95"])
    )
}

fn gait(evidence: &Value) -> String {
    let Some(first) = evidence["values"].as_array().and_then(|all| all.first()) else {
        return "The walking index fell by more than the measurement error".to_owned();
    };
    let metric = first["metric"]
        .as_str()
        .map(metric_words)
        .unwrap_or_default();
    let direction = first["direction"].as_str().unwrap_or("changed");
    let days = first["valid_days"].as_i64().unwrap_or(0);
    format!(
        "Walking changed by more than the measurement error: {metric} {direction} on {days} valid days"
    )
}

fn days(evidence: &Value, words: &str) -> String {
    let count = evidence["days"].as_array().map_or(0, Vec::len);
    words.replace("{}", &count.to_string())
}

/// Which link is broken.
fn heard(evidence: &Value, zone: &TimeZone) -> String {
    let last = |name: &str| -> Option<Timestamp> { evidence[name].as_str()?.parse().ok() };
    let words = [
        ("app", "last_app_at"),
        ("push", "last_push_at"),
        ("insoles", "last_insole_at"),
    ]
    .map(|(what, name)| match last(name) {
        Some(at) => format!(
            "{what} {}",
            format::short_date(at.to_zoned(zone.clone()).date())
        ),
        None => format!("{what} never"),
    });
    format!("last heard of: {}", words.join(", "))
}

fn resume(evidence: &Value) -> String {
    let why = evidence["reason"].as_str().map_or("a pause", reason_words);
    match date(&evidence["through"]) {
        Some(through) => format!(
            "Pause ({why}) was planned through {}: go on?",
            format::short_date(through)
        ),
        None => format!("Pause ({why}) waits for your word"),
    }
}

fn progression(evidence: &Value, exercise: &str) -> String {
    let title = title(exercise);
    let dose = |name: &str| evidence[name].as_str().unwrap_or("?").to_owned();
    let rule = if evidence["what"] == "advance" {
        "may get harder by its rule"
    } else {
        "may get easier by its rule"
    };
    format!(
        "{title} {rule}: {} instead of {}",
        dose("proposed_dose"),
        dose("dose")
    )
}

fn suggestion(evidence: &Value) -> String {
    let name = evidence["template"]
        .as_str()
        .and_then(templates::find_built_in)
        .map(|template| template.name);
    match name {
        Some(name) => format!("A finding suggests a template: {name}"),
        None => "A finding suggests a template".to_owned(),
    }
}

fn title(exercise: &str) -> String {
    library::find(exercise).map_or_else(|| exercise.to_owned(), |found| found.title.clone())
}

fn date(value: &Value) -> Option<Date> {
    value.as_str()?.parse().ok()
}

/// The words of what was found without an alert.
pub fn of_found(found: &Found, known: &Known, rules: &WorklistRules, now: Timestamp) -> Words {
    let week = AdherenceWords::from(&known.week);
    let longer = AdherenceWords::from(&known.longer);
    let share = |words: &AdherenceWords| match &words.percent {
        Some(percent) => format!("{} · {percent}", words.share),
        None => words.share.clone(),
    };
    let (reason, changed, next) = match found {
        Found::InsoleQuiet(at) => (
            format!("No walk with the insoles for {}", span(now, *at)),
            None,
            PHONE,
        ),
        Found::Low => (
            format!("Done in 7 days: {}", share(&week)),
            Some(format!("{} days: {}", rules.good_days, share(&longer))),
            TIMING,
        ),
        Found::NoPlan => ("No plan yet".to_owned(), None, WRITE),
        Found::PlanEnds(on) if *on < known.today => (
            format!("The plan ended on {}", format::short_date(*on)),
            None,
            RENEW,
        ),
        Found::PlanEnds(on) => (
            format!("The plan ends on {}", format::short_date(*on)),
            None,
            RENEW,
        ),
        Found::Good => (
            format!("Done in {} days: {}", rules.good_days, share(&longer)),
            None,
            LOOK,
        ),
        Found::OnTrack => (format!("Done in 7 days: {}", share(&week)), None, LOOK),
    };
    Words {
        reason,
        changed,
        next,
    }
}

/// The words of one who wrote. What they wrote is read in the thread, not on a list.
pub fn of_messages(waiting: &Waiting, now: Timestamp) -> Words {
    let first = format::ago(waiting.first_at, now);
    let last = format::ago(waiting.last_at, now);
    let (reason, changed) = match waiting.count {
        1 => (format!("Wrote {first} and waits for an answer"), None),
        many => (
            format!("{many} messages wait for an answer, the first from {first}"),
            Some(format!("last {last}")),
        ),
    };
    Words {
        reason,
        changed,
        next: ANSWER,
    }
}

/// The words of one of whom nothing is asked.
pub fn of_rest(today: &Today) -> Words {
    let reason = match today {
        Today::Asked(_) => String::new(),
        Today::Paused(reason) => format!("Paused: {}", reason_words(reason)),
        Today::Out(status) => out_of_care(*status).unwrap_or_default().to_owned(),
    };
    Words {
        reason,
        changed: None,
        next: LOOK,
    }
}

fn span(now: Timestamp, since: Timestamp) -> String {
    let days = now.duration_since(since).as_hours() / 24;
    format!("{days} days")
}

/// A section in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionWords {
    /// Names the symbol and the colour.
    pub key: &'static str,
    /// The title.
    pub title: &'static str,
}

/// The words of a section.
pub fn section(section: Section) -> SectionWords {
    let words = |key, title| SectionWords { key, title };
    match section {
        Section::Safety => words("safety", "Safety"),
        Section::Worse => words("worse", "Getting worse"),
        Section::Messages => words("messages", "Messages"),
        Section::Stopped => words("stopped", "Stopped"),
        Section::Silent => words("silent", "Silent or unreachable"),
        Section::Low => words("low-done", "Low adherence"),
        Section::Housekeeping => words("housekeeping", "Plan housekeeping"),
        Section::Good => words("good-news", "Good news"),
        Section::OnTrack => words("good", "On track"),
        Section::Rest => words("paused", "Nothing asked at the moment"),
    }
}

/// What puts a patient into a section, with the clinic's thresholds.
pub fn threshold(
    section: Section,
    rules: &WorklistRules,
    spike_from: u8,
    silent_days: u32,
) -> String {
    match section {
        Section::Safety => format!(
            "A red flag, a fall, pain of {spike_from} or more after an exercise: somebody should look today."
        ),
        Section::Worse => {
            "Pain or walking went the wrong way by more than the measurement error.".to_owned()
        }
        Section::Messages => {
            "A patient wrote and nobody has answered or said that no answer is needed.".to_owned()
        }
        Section::Stopped => {
            "Two or more due days in a row with nothing done, though reminders arrived.".to_owned()
        }
        Section::Silent => format!(
            "No word on {silent_days} due days, reminders that reach no device, or no insole session for {} days.",
            rules.insole_quiet_days
        ),
        Section::Low => "Below 50 % of what was due in 7 days, with at least 10 due.".to_owned(),
        Section::Housekeeping => format!(
            "No plan, a plan that ends within {} days, a pause to end, a dose to decide on, a finding that suggests a template.",
            rules.plan_ends_days
        ),
        Section::Good => format!(
            "80 % or more of what was due in {} days, with at least 10 due.",
            rules.good_days
        ),
        Section::OnTrack => "None of these.".to_owned(),
        Section::Rest => "Paused today, consent withdrawn, or the episode is closed.".to_owned(),
    }
}

#[cfg(test)]
mod tests;

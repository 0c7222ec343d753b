//! Everyone's place on the list: the first section that holds, with the one reason. Pure.

use jiff::Timestamp;

use super::load::{Candidate, Today};
use super::rules::{self, Found, Known, Section, WorklistRules};
use super::words::{self, Next};
use crate::clinic_settings::ClinicSettings;
use crate::error::Result;
use crate::reminders::planner::zone_of;
use crate::store::alerts::{Alert, AlertState};
use crate::store::messages::Waiting;
use crate::store::types::{AlertId, ClinicianId, PatientId};
use crate::store::worklist::{Turn, TurnKind};

/// A patient's row: one reason, in the first section that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Who.
    pub patient: PatientId,
    /// The name the clinic uses.
    pub name: String,
    /// Who looks after them.
    pub owner: ClinicianId,
    /// The one reason.
    pub reason: String,
    /// What changed.
    pub changed: Option<String>,
    /// Further reasons in any section.
    pub further: usize,
    /// Since when; absent where it has no beginning.
    pub since: Option<Timestamp>,
    /// Until when somebody must act.
    pub due_at: Option<Timestamp>,
    /// What to do next.
    pub next: Next,
    /// The rule that found it, and its version.
    pub rule: (String, String),
    /// The alert behind it.
    pub alert: Option<AlertId>,
    /// Whether somebody has taken it on or seen it, and it came back.
    pub came_back: bool,
    /// Since when something they wrote waits for an answer, whatever the reason of the row is.
    pub wrote_at: Option<Timestamp>,
    order: (u8, i64),
}

/// A section with its rows.
#[derive(Debug, Clone)]
pub struct Part {
    /// Which.
    pub section: Section,
    /// What puts a patient here, with the clinic's thresholds.
    pub threshold: String,
    /// Its rows, the most pressing first.
    pub rows: Vec<Row>,
    /// Patients who would be here and were seen to.
    pub seen_to: usize,
}

/// A whole list.
#[derive(Debug, Clone)]
pub struct Worklist {
    /// Every section, in order.
    pub parts: Vec<Part>,
    /// Patients on it, shown or seen to.
    pub patients: usize,
    /// Patients who belong on it and had no room.
    pub left_out: i64,
    /// The thresholds it was made with.
    pub rules: WorklistRules,
    /// Alerts that came to the clinician in the last 24 hours.
    pub alerts_today: i64,
    /// When it was made.
    pub now: Timestamp,
}

/// Puts everyone in their section.
///
/// # Errors
/// Internal when a stored zone is none.
pub fn arrange(
    all: &[Candidate],
    settings: &ClinicSettings,
    alerts_today: i64,
    now: Timestamp,
) -> Result<Worklist> {
    let mut parts: Vec<Part> = Section::ALL
        .iter()
        .map(|section| Part {
            section: *section,
            threshold: words::threshold(
                *section,
                &settings.worklist,
                settings.pain.spike_from,
                settings.reminders.silence.silent_days,
            ),
            rows: Vec::new(),
            seen_to: 0,
        })
        .collect();
    for one in all {
        let (section, row) = placed(one, &settings.worklist, now)?;
        let part = parts.iter_mut().find(|part| part.section == section);
        match (part, row) {
            (Some(part), Some(row)) => part.rows.push(row),
            (Some(part), None) => part.seen_to += 1,
            (None, _) => {}
        }
    }
    for part in &mut parts {
        part.rows.sort_by(|one, other| {
            (one.order, &one.name, one.patient).cmp(&(other.order, &other.name, other.patient))
        });
    }
    Ok(Worklist {
        parts,
        patients: all.len(),
        left_out: 0,
        rules: settings.worklist,
        alerts_today,
        now,
    })
}

/// A reason to be on the list.
enum Reason<'a> {
    Alert(&'a Alert),
    Found(Found, &'a Known),
    /// They wrote, and wait for an answer.
    Wrote(Waiting),
    /// Nothing is asked of them.
    Rests(&'a Today),
}

impl Reason<'_> {
    fn section(&self) -> Section {
        match self {
            Self::Alert(alert) => rules::section_of(&alert.rule, alert.severity),
            Self::Found(found, _) => found.section(),
            Self::Wrote(_) => Section::Messages,
            Self::Rests(_) => Section::Rest,
        }
    }

    /// Whether a clinician has seen just this.
    fn is_seen_to(&self, one: &Candidate, rules: &WorklistRules, now: Timestamp) -> bool {
        match self {
            Self::Alert(alert) => match alert.state {
                AlertState::Acked => alert.last_seen_at <= alert.state_at,
                AlertState::Snoozed => true,
                _ => false,
            },
            Self::Found(found, known) => one
                .turns
                .iter()
                .any(|turn| holds(turn, found, known, rules, now)),
            // Only put off: it is answered, or marked as needing no answer, where it can be read.
            Self::Wrote(waiting) => one.turns.iter().any(|turn| {
                turn.section == Section::Messages
                    && turn.kind == TurnKind::Snoozed
                    && turn.evidence == wrote(waiting)
                    && now < turn.until_at.timestamp()
            }),
            Self::Rests(_) => false,
        }
    }
}

/// What a row of messages rests on: another message is something new.
pub(super) fn wrote(waiting: &Waiting) -> String {
    format!("wrote {}", waiting.last_at)
}

fn holds(turn: &Turn, found: &Found, known: &Known, rules: &WorklistRules, now: Timestamp) -> bool {
    let lasts = match turn.kind {
        TurnKind::Snoozed => turn.until_at.timestamp(),
        TurnKind::Reviewed | TurnKind::Acted => {
            let end = turn.turned_at.timestamp().checked_add(found.lasts(rules));
            end.unwrap_or(Timestamp::MAX)
        }
    };
    let same = turn.kind == TurnKind::Snoozed || turn.evidence == found.evidence(known);
    turn.section == found.section() && same && now < lasts
}

/// Every reason, the first first.
fn reasons<'a>(one: &'a Candidate, rules: &WorklistRules, now: Timestamp) -> Vec<Reason<'a>> {
    let mut reasons: Vec<Reason<'_>> = one.alerts.iter().map(Reason::Alert).collect();
    reasons.extend(one.waiting.map(Reason::Wrote));
    if let Some(known) = one.today.known() {
        reasons.extend(
            rules::found(known, rules, now)
                .into_iter()
                .map(|found| Reason::Found(found, known)),
        );
    }
    if one.today.known().is_none() {
        reasons.push(Reason::Rests(&one.today));
    }
    // Within a section what is gravest, then what is newest.
    reasons.sort_by_key(|reason| match reason {
        Reason::Alert(alert) => (
            reason.section(),
            alert.severity as u8,
            -alert.last_seen_at.0,
        ),
        Reason::Found(..) | Reason::Wrote(_) | Reason::Rests(_) => (reason.section(), u8::MAX, 0),
    });
    reasons
}

/// Where a patient is, and their row unless it was seen to. Who has something open is there with it, also when
/// something more pressing was seen to already.
fn placed(
    one: &Candidate,
    rules: &WorklistRules,
    now: Timestamp,
) -> Result<(Section, Option<Row>)> {
    let reasons = reasons(one, rules, now);
    let open: Vec<&Reason<'_>> = reasons
        .iter()
        .filter(|reason| !reason.is_seen_to(one, rules, now))
        .collect();
    let first_at_all = reasons.first().map_or(Section::Rest, Reason::section);
    let Some(first) = open.first() else {
        return Ok((first_at_all, None));
    };
    // Who is on track, or gives good news, while something graver was seen to, is counted there.
    if first.section() >= Section::Good && first_at_all < Section::Good {
        return Ok((first_at_all, None));
    }
    let further = open
        .iter()
        .filter(|reason| reason.section() < Section::Good)
        .count()
        .saturating_sub(1);
    Ok((first.section(), Some(row(one, first, further, rules, now)?)))
}

/// Everything that is to be said of a patient, the first first, with its section and whether it was seen to; nothing of
/// one who is doing well.
///
/// # Errors
/// Internal when a stored zone is none.
pub fn standing(
    one: &Candidate,
    rules: &WorklistRules,
    now: Timestamp,
) -> Result<Vec<(Section, Row, bool)>> {
    reasons(one, rules, now)
        .iter()
        .filter(|reason| reason.section() < Section::Good)
        .map(|reason| {
            let seen = reason.is_seen_to(one, rules, now);
            Ok((reason.section(), row(one, reason, 0, rules, now)?, seen))
        })
        .collect()
}

fn row(
    one: &Candidate,
    reason: &Reason<'_>,
    further: usize,
    rules: &WorklistRules,
    now: Timestamp,
) -> Result<Row> {
    let zone = zone_of(&one.patient)?;
    let (words, since, due_at, rule, alert, order) = match reason {
        Reason::Alert(alert) => (
            words::of_alert(alert, &zone, now),
            Some(alert.first_seen_at.timestamp()),
            alert.due_at.map(|at| at.timestamp()),
            (alert.rule.clone(), alert.rule_version.clone()),
            Some(*alert),
            (
                alert.severity as u8,
                alert.due_at.map_or(alert.first_seen_at.0, |at| at.0),
            ),
        ),
        Reason::Found(found, known) => (
            words::of_found(found, known, rules, now),
            None,
            None,
            (found.section().to_string(), rules::VERSION.to_owned()),
            None,
            (u8::MAX, measure(found, known)),
        ),
        Reason::Wrote(waiting) => (
            words::of_messages(waiting, now),
            Some(waiting.first_at),
            None,
            (Section::Messages.to_string(), rules::VERSION.to_owned()),
            None,
            (u8::MAX, waiting.first_at.as_microsecond()),
        ),
        Reason::Rests(today) => (
            words::of_rest(today),
            None,
            None,
            (Section::Rest.to_string(), rules::VERSION.to_owned()),
            None,
            (u8::MAX, 0),
        ),
    };
    Ok(Row {
        patient: one.patient.id,
        name: one.patient.name.clone(),
        owner: one.patient.owner_id,
        reason: words.reason,
        changed: words.changed,
        further,
        since,
        due_at,
        next: words.next,
        rule,
        alert: alert.map(|alert| alert.id),
        came_back: alert.is_some_and(|alert| alert.state == AlertState::Acked),
        wrote_at: one.waiting.map(|waiting| waiting.first_at),
        order,
    })
}

/// What a section's rows are ordered by where no alert is behind them.
#[expect(clippy::cast_possible_truncation, reason = "a percentage")]
fn measure(found: &Found, known: &Known) -> i64 {
    let percent = |value: Option<f64>| value.map_or(0, |value| (value * 10.0) as i64);
    match found {
        Found::InsoleQuiet(at) => at.as_second(),
        Found::Low => percent(known.week.value_pct),
        Found::NoPlan => 0,
        Found::PlanEnds(on) => i64::from(
            on.since(jiff::civil::Date::ZERO)
                .map_or(0, |span| span.get_days()),
        ),
        Found::Good | Found::OnTrack => -percent(known.longer.value_pct),
    }
}

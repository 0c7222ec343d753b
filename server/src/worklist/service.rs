//! Use cases of the worklist: who needs somebody, and what was done about it; each is one transaction.

use jiff::{SignedDuration, Timestamp};

use super::load::{self, Candidate, Whose};
use super::rules::{self, Found, Known, Section, WorklistRules};
use super::words::{self, Next};
use crate::app::App;
use crate::clinic_settings::{self, ClinicSettings};
use crate::error::{Error, FieldError, Result};
use crate::people::alerts::{self as acts, Action};
use crate::reminders::planner::zone_of;
use crate::store::alerts::{Alert, AlertState};
use crate::store::types::{AlertId, ClinicianId, PatientId};
use crate::store::worklist::{self, Turn, TurnKind};
use crate::store::{Scope, Tx, audit, patients};

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
    /// The thresholds it was made with.
    pub rules: WorklistRules,
    /// Alerts that came to the clinician in the last 24 hours.
    pub alerts_today: i64,
    /// When it was made.
    pub now: Timestamp,
}

/// The worklist.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn worklist(
    app: &App,
    scope: Scope,
    me: ClinicianId,
    everyones: bool,
) -> Result<Worklist> {
    let now = app.now();
    let whose = if everyones {
        Whose::Everyones
    } else {
        Whose::Of(me)
    };
    app.store
        .read("worklist", scope, move |tx| {
            let settings = clinic_settings::current(tx)?;
            let all = load::candidates(tx, whose, settings.worklist.good_days, now)?;
            let a_day_ago = now
                .checked_sub(SignedDuration::from_hours(24))
                .map_err(Error::internal)?;
            let alerts_today = worklist::opened_since(tx, me, a_day_ago)?;
            arrange(&all, &settings, alerts_today, now)
        })
        .await
}

fn arrange(
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
        rules: settings.worklist,
        alerts_today,
        now,
    })
}

/// A reason to be on the list.
enum Reason<'a> {
    Alert(&'a Alert),
    Found(Found, &'a Known),
}

impl Reason<'_> {
    fn section(&self) -> Section {
        match self {
            Self::Alert(alert) => rules::section_of(&alert.rule, alert.severity),
            Self::Found(found, _) => found.section(),
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
        }
    }
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

/// Where a patient is, and their row unless it was seen to. Who has something open is there with it, also when
/// something more pressing was seen to already.
fn placed(
    one: &Candidate,
    rules: &WorklistRules,
    now: Timestamp,
) -> Result<(Section, Option<Row>)> {
    let mut reasons: Vec<Reason<'_>> = one.alerts.iter().map(Reason::Alert).collect();
    if let Some(known) = &one.known {
        reasons.extend(
            rules::found(known, rules, now)
                .into_iter()
                .map(|found| Reason::Found(found, known)),
        );
    }
    // Within a section what is gravest, then what is newest.
    reasons.sort_by_key(|reason| match reason {
        Reason::Alert(alert) => (
            reason.section(),
            alert.severity as u8,
            -alert.last_seen_at.0,
        ),
        Reason::Found(..) => (reason.section(), u8::MAX, 0),
    });
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
            match found {
                Found::InsoleQuiet(at) => Some(*at),
                _ => None,
            },
            None,
            (found.section().to_string(), rules::VERSION.to_owned()),
            None,
            (u8::MAX, measure(found, known)),
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

/// What a clinician does with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handling {
    /// What.
    pub kind: TurnKind,
    /// Why, in a few words.
    pub reason: String,
    /// Of a snooze, until when.
    pub until: Option<Timestamp>,
}

/// Notes what was done with a patient's row. Every live alert of the section is acted on with it, so that none goes to the
/// deputy meanwhile. Gives how many alerts that were.
///
/// # Errors
/// Not found when there is no such patient; conflict when nothing of that section holds any more; invalid when it may
/// not be put off like this.
pub async fn handle(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    patient: PatientId,
    section: Section,
    what: Handling,
) -> Result<usize> {
    let now = app.now();
    let entry = app.audit("worklist.turn", "patient", Some(*patient.bytes()));
    let count = app
        .store
        .write("worklist_turn", scope, move |tx| {
            let locked = patients::lock(tx, patient)?;
            let settings = clinic_settings::current(tx)?;
            let one = load::candidate(tx, locked, settings.worklist.good_days, now)?;
            let alerts: Vec<&Alert> = one
                .alerts
                .iter()
                .filter(|alert| rules::section_of(&alert.rule, alert.severity) == section)
                .collect();
            for alert in &alerts {
                acts::act_in(
                    tx,
                    by,
                    (patient, alert.id),
                    &action(&what)?,
                    &what.reason,
                    now,
                )?;
            }
            let turned = turn(tx, &one, by, section, &what, &settings.worklist, now)?;
            if alerts.is_empty() && !turned {
                return Err(Error::conflict(
                    "nothing of this section holds any more: look at the list again",
                    serde_json::json!({ "section": section }),
                ));
            }
            audit::append(tx, &[entry])?;
            Ok(alerts.len())
        })
        .await?;
    app.signals.wake();
    Ok(count)
}

fn action(what: &Handling) -> Result<Action> {
    Ok(match what.kind {
        TurnKind::Reviewed => Action::Ack,
        TurnKind::Acted => Action::Resolve,
        TurnKind::Snoozed => Action::Snooze {
            until: until(what)?,
            note: Some(what.reason.clone()),
        },
    })
}

fn until(what: &Handling) -> Result<Timestamp> {
    what.until
        .ok_or_else(|| Error::field("/until", "is needed to put something off"))
}

/// Longest time a row without an alert is put off.
const LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);

fn turn(
    tx: &mut Tx<'_>,
    one: &Candidate,
    by: ClinicianId,
    section: Section,
    what: &Handling,
    rules: &WorklistRules,
    now: Timestamp,
) -> Result<bool> {
    let Some(known) = &one.known else {
        return Ok(false);
    };
    let found = rules::found(known, rules, now)
        .into_iter()
        .find(|found| found.section() == section);
    let Some(found) = found else {
        return Ok(false);
    };
    let until_at = match what.kind {
        TurnKind::Snoozed => checked(until(what)?, now)?,
        TurnKind::Reviewed | TurnKind::Acted => now
            .checked_add(found.lasts(rules))
            .map_err(Error::internal)?,
    };
    worklist::turn(
        tx,
        &Turn {
            tenant_id: tx.tenant(),
            patient_id: one.patient.id,
            section,
            evidence: found.evidence(known),
            kind: what.kind,
            reason: what.reason.clone(),
            turned_by: by,
            turned_at: now.into(),
            until_at: until_at.into(),
        },
    )?;
    Ok(true)
}

fn checked(until: Timestamp, now: Timestamp) -> Result<Timestamp> {
    let length = until.duration_since(now);
    if length <= SignedDuration::ZERO || length > LONGEST {
        let rule = format!("must be within {} days from now", LONGEST.as_hours() / 24);
        return Err(Error::fields(vec![FieldError::new("/until", rule)]));
    }
    Ok(until)
}

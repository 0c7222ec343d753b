//! One look at one patient's sessions: what is seen, and what is said of it.

use std::collections::BTreeMap;

use gait::SessionSummary;
use gait::change::day::date_text;
use gait::change::{Day, DayNotes};
use gait::summary::Tag;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::rules::{self, Changed, ScoreMove};
use super::{Fresh, days_before};
use crate::attention::{Finding, raise, settle};
use crate::error::{Error, Result};
use crate::insoles::calendar::{Calendar, ordinal_of};
use crate::insoles::footwear::Footwear;
use crate::insoles::quality::{self, Around, Reason};
use crate::notices::{NewNotice, tell};
use crate::patients::assessment;
use crate::plans::suggest::{self, Newest};
use crate::store::alerts::{AlertState, Severity};
use crate::store::insoles::{self, InsoleSession, Judged};
use crate::store::patients::PatientStatus;
use crate::store::types::{PatientId, SessionId};
use crate::store::{Tx, care_events, patients, wear};

/// Days of sessions a look takes in: half a year.
const LOOK_BACK_DAYS: i64 = 182;
/// The rule of the alert.
pub(super) const GAIT_CHANGE: &str = "gait_change";
/// The notice that asks a patient to look at the insoles.
const CHECK_INSOLE: &str = "check_insole";
/// The rule of the good news.
pub(super) const SCORE_BETTER: &str = "score_better";
/// Why the alert is settled by itself.
const NO_LONGER: &str =
    "the last days are within measurement error of the own baseline, or a new one began";

/// A session as the watch sees it.
struct Seen {
    row: InsoleSession,
    date: Date,
    summary: SessionSummary,
    reasons: Vec<Reason>,
    score: Option<f64>,
    /// What is to be said of it instead of what is.
    anew: Option<Judged>,
}

/// What a look found.
pub(super) struct Outcome {
    /// How much had come in.
    pending: i64,
    /// Sessions of which something else is to be said.
    judged: Vec<(SessionId, Judged)>,
    /// The run of days about which the patient is to be asked, with the values of the notice.
    ask: Option<(Date, Value)>,
    /// What a lasting change rests on; settled when there is none.
    change: Option<Value>,
    /// What good news rests on; settled when there is none.
    better: Option<Value>,
    /// The newest session that can be used, for what it suggests.
    newest: Option<Newest>,
}

/// Looks at a patient once more: reasons against scores that come from elsewhere, days without usable data, change.
/// `None` when nothing came in.
pub(super) fn look(tx: &mut Tx<'_>, patient: PatientId, now: Timestamp) -> Result<Option<Outcome>> {
    let Some(state) = wear::watch_state(tx, patient)?.filter(|state| state.pending > 0) else {
        return Ok(None);
    };
    let mut outcome = Outcome {
        pending: state.pending,
        judged: Vec::new(),
        ask: None,
        change: None,
        better: None,
        newest: None,
    };
    if patients::find(tx, patient)?.status != PatientStatus::Active {
        return Ok(Some(outcome));
    }
    let from = days_before(now, LOOK_BACK_DAYS)?;
    let until = now
        .checked_add(SignedDuration::from_hours(24))
        .map_err(Error::internal)?;
    let calendar = Calendar::of(tx, patient, from, until)?;
    let footwear = Footwear::of(&care_events::standing(tx, &[patient])?)?;
    let rows = insoles::between(tx, patient, from, until)?;
    let seen = judge(rows, &calendar, &footwear)?;
    let today = calendar.date_of(now);
    let told = state
        .told_through
        .map(|date| date.date().map_err(Error::internal))
        .transpose()?;
    outcome.ask = ask_to_check(&seen, told, today);
    let since = footwear.last_reset(today);
    let changed = change(&seen, since);
    outcome.change = changed
        .is_lasting()
        .then(|| evidence(&changed, &seen, since));
    outcome.better = changed.better.as_ref().map(score_evidence);
    outcome.newest = newest(&seen);
    outcome.judged = seen
        .into_iter()
        .filter_map(|one| Some((one.row.session_id, one.anew?)))
        .collect();
    Ok(Some(outcome))
}

/// The newest session nothing speaks against.
fn newest(seen: &[Seen]) -> Option<Newest> {
    let usable = seen.iter().filter(|one| one.reasons.is_empty());
    let newest = usable.max_by_key(|one| one.row.started_at)?;
    Some(Newest {
        session: newest.row.session_id,
        at: newest.row.started_at.timestamp(),
        observations: assessment::parse(&newest.row.assessment)?.observations,
    })
}

/// Says what a look found, unless something came in since or somebody else has said it.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    patient: PatientId,
    outcome: &Outcome,
    now: Timestamp,
    fresh: Fresh,
) -> Result<()> {
    if !wear::take_pending(tx, patient, outcome.pending)? {
        return Ok(());
    }
    for (session, judged) in &outcome.judged {
        insoles::judge(tx, *session, judged)?;
    }
    if let Some((last, values)) = &outcome.ask {
        let notice = NewNotice {
            id: fresh.notice,
            key: CHECK_INSOLE,
            values: values.clone(),
        };
        tell(tx, patient, &notice, now)?;
        wear::set_told_through(tx, patient, *last)?;
    }
    let found = [
        (GAIT_CHANGE, Severity::Medium, &outcome.change, fresh.alert),
        (
            SCORE_BETTER,
            Severity::Info,
            &outcome.better,
            fresh.good_news,
        ),
    ];
    for (rule, severity, evidence, id) in found {
        if let Some(evidence) = evidence {
            let finding = Finding {
                id,
                rule: rule.to_owned(),
                rule_version: rules::RULE_VERSION,
                severity,
                evidence: evidence.clone(),
                due_at: None,
            };
            raise(tx, patient, &finding, now)?;
        } else {
            let state = AlertState::AutoResolved;
            settle(tx, patient, rule, state, NO_LONGER, now)?;
        }
    }
    if let Some(newest) = &outcome.newest {
        suggest::service::tell(tx, patient, newest, now)?;
    }
    Ok(())
}

/// Says of each session anew why it has no score. What this version cannot read stays as it is and is not seen.
fn judge(rows: Vec<InsoleSession>, calendar: &Calendar, footwear: &Footwear) -> Result<Vec<Seen>> {
    let read = rows.into_iter().filter_map(|row| {
        let summary: SessionSummary = serde_json::from_str(&row.summary).ok()?;
        Some((row, summary))
    });
    let read: Vec<(InsoleSession, SessionSummary)> = read.collect();
    let mut first_pairs: BTreeMap<[&str; 2], (&str, &str)> = BTreeMap::new();
    for (_, summary) in &read {
        if let Some((left, right)) = quality::serials(summary) {
            let pair = [left.min(right), left.max(right)];
            first_pairs.entry(pair).or_insert((left, right));
        }
    }
    let around = |row: &InsoleSession, summary: &SessionSummary| {
        let now = quality::serials(summary);
        let first = now.and_then(|(l, r)| first_pairs.get(&[l.min(r), l.max(r)]).copied());
        let date = calendar.date_of(row.started_at.timestamp());
        Around {
            other_footwear: footwear.differs_from(date, summary),
            turned_round: quality::is_turned_round(first, now),
        }
    };
    let arounds: Vec<Around> = read.iter().map(|(row, sum)| around(row, sum)).collect();
    read.into_iter()
        .zip(arounds)
        .map(|((row, summary), around)| seen(row, summary, around, calendar))
        .collect()
}

fn seen(
    row: InsoleSession,
    summary: SessionSummary,
    around: Around,
    calendar: &Calendar,
) -> Result<Seen> {
    let reasons = quality::with_around(&own_reasons(&row, &summary), around);
    let text = quality::to_text(&reasons)?;
    let anew = (text != row.reasons).then(|| {
        let value = stored_value(&row.assessment).filter(|_| reasons.is_empty());
        Judged {
            reasons: text,
            score: value.as_ref().map(|value| value.points),
            score_se: value.map(|value| value.se),
        }
    });
    Ok(Seen {
        date: calendar.date_of(row.started_at.timestamp()),
        score: anew.as_ref().map_or(row.score, |judged| judged.score),
        anew,
        row,
        summary,
        reasons,
    })
}

/// The reasons a session tells of itself: those stored with it, without those that came from elsewhere.
fn own_reasons(row: &InsoleSession, summary: &SessionSummary) -> Vec<Reason> {
    if row.reasons.is_none() && row.score.is_none() {
        // Stored before reasons were.
        return quality::reasons(summary, &gait::assess(summary));
    }
    let side_unknown = summary
        .quality
        .flags
        .iter()
        .any(|one| one == "unknown_side");
    let mut own = quality::from_text(row.reasons.as_deref());
    own.retain(|reason| match reason {
        Reason::UnknownFootwear => false,
        Reason::SidesSwapped => side_unknown,
        _ => true,
    });
    own
}

#[derive(Deserialize)]
struct Stored {
    score: StoredScore,
}

#[derive(Deserialize)]
struct StoredScore {
    value: Option<StoredValue>,
}

#[derive(Deserialize)]
struct StoredValue {
    points: f64,
    se: f64,
}

/// The score as it was made when the session came in.
fn stored_value(assessment: &str) -> Option<StoredValue> {
    serde_json::from_str::<Stored>(assessment).ok()?.score.value
}

/// The run of days about which the patient is to be asked: its last date, and the values of the notice.
fn ask_to_check(seen: &[Seen], told: Option<Date>, today: Date) -> Option<(Date, Value)> {
    let mut by_date: BTreeMap<Date, Vec<Vec<Reason>>> = BTreeMap::new();
    for one in seen {
        let of_date = by_date.entry(one.date).or_default();
        of_date.push(one.reasons.clone());
    }
    let bad: BTreeMap<Date, bool> = by_date
        .iter()
        .map(|(date, all)| (*date, rules::is_bad(all)))
        .collect();
    let run = rules::bad_run(&bad).filter(|run| rules::should_ask(*run, told, today))?;
    let mut reasons: Vec<&Reason> = by_date.get(&run.last)?.iter().flatten().collect();
    reasons.sort_unstable();
    reasons.dedup();
    let since = run.first.to_string();
    let values = json!({ "days": run.days, "since": since, "reasons": reasons });
    Some((run.last, values))
}

/// What changed since the baseline last began anew: on the day after new footwear, as both are worn on the day itself.
fn change(seen: &[Seen], since: Option<Date>) -> Changed {
    let mut by_date: BTreeMap<Date, Vec<&Seen>> = BTreeMap::new();
    for one in seen {
        let spoilt = one.reasons.iter().any(|reason| reason.spoils_the_day());
        if !spoilt && since.is_none_or(|since| one.date > since) {
            by_date.entry(one.date).or_default().push(one);
        }
    }
    let mut days = Vec::new();
    let mut scores = BTreeMap::new();
    for (date, all) in by_date {
        let summaries: Vec<SessionSummary> = all.iter().map(|one| one.summary.clone()).collect();
        days.extend(Day::of(ordinal_of(date), &summaries, DayNotes::default()));
        let usual = all.iter().filter(|one| one.summary.tag == Tag::Usual);
        let of_date: Vec<f64> = usual.filter_map(|one| one.score).collect();
        if !of_date.is_empty() {
            scores.insert(date, of_date.iter().sum::<f64>() / of_date.len() as f64);
        }
    }
    rules::changed(&days, &scores)
}

fn score_evidence(moved: &ScoreMove) -> Value {
    let last: Vec<Value> = moved
        .last
        .iter()
        .map(|(date, score)| json!({ "date": date.to_string(), "score": score }))
        .collect();
    json!({ "baseline": moved.baseline, "last": last, "mdc95": moved.mdc95 })
}

fn evidence(changed: &Changed, seen: &[Seen], since: Option<Date>) -> Value {
    let values: Vec<Value> = changed
        .values
        .iter()
        .map(|change| {
            json!({
                "metric": change.metric,
                "direction": change.direction,
                "since": date_text(change.start_date),
                "valid_days": change.days,
                "delta": change.delta,
                "delta_se": change.delta_se,
                "mdc95": change.mdc95_single.unwrap_or(change.mdc95),
                "level": change.level,
            })
        })
        .collect();
    let score = changed.score.as_ref().map(score_evidence);
    let newest = seen.iter().rev().take(rules::LASTING_DAYS);
    let sessions: Vec<String> = newest
        .map(|one| uuid::Uuid::from_bytes(*one.row.session_id.bytes()).to_string())
        .collect();
    json!({
        "values": values,
        "score": score,
        "baseline_since": since.map(|date| date.to_string()),
        "baseline_days": gait::change::baseline::BASELINE_DAYS,
        "newest_sessions": sessions,
    })
}

//! What the page of monitoring shows, in words.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::ledger::{EntryState, Ledger, Period, standing_calls, standing_entries, state_of};
use super::rules::{Found, Status};
use super::words;
use crate::http::format;
use crate::store::rtm::{Call, Clock, Entry};
use crate::store::types::{ClinicianId, UtcMicros};

/// A code: symbol, words, why, what is missing.
pub(super) struct CodeView {
    pub(super) code: String,
    pub(super) what: String,
    pub(super) mark: &'static str,
    pub(super) status: String,
    pub(super) reason: String,
    pub(super) missing: Option<String>,
}

impl From<&Found> for CodeView {
    fn from(found: &Found) -> Self {
        let (mark, word) = words::status(found.status);
        Self {
            code: found.code.clone(),
            what: found.what.clone(),
            mark,
            status: if found.units > 1 {
                format!("{word}, {} times", found.units)
            } else {
                word.to_owned()
            },
            reason: found.reason.clone(),
            missing: found.missing.clone(),
        }
    }
}

/// A day of the strip.
pub(super) struct StripDay {
    pub(super) key: &'static str,
    pub(super) mark: &'static str,
    pub(super) date: String,
    pub(super) word: String,
    pub(super) number: String,
}

/// The window that runs, or ran last.
pub(super) struct WindowView {
    pub(super) title: String,
    pub(super) is_over: bool,
    pub(super) count: usize,
    pub(super) late: usize,
    pub(super) strip: Vec<StripDay>,
    pub(super) codes: Vec<CodeView>,
}

/// The month that runs.
pub(super) struct MonthView {
    pub(super) title: String,
    pub(super) time: String,
    pub(super) live: String,
    pub(super) has_live: bool,
    pub(super) codes: Vec<CodeView>,
}

/// A line of time or of a call.
pub(super) struct TimeRow {
    pub(super) id: String,
    pub(super) when: String,
    pub(super) length: String,
    pub(super) what: String,
    pub(super) who: String,
    pub(super) state: &'static str,
    pub(super) mark: &'static str,
    pub(super) note: Option<String>,
    /// What a correction begins with; none where there is nothing to correct.
    pub(super) began: Option<String>,
    pub(super) minutes: i64,
}

/// A period that was.
pub(super) struct PastRow {
    pub(super) title: String,
    pub(super) basis: String,
    pub(super) eligible: String,
    pub(super) found: String,
    pub(super) rules: &'static str,
}

/// What was found when.
pub(super) struct FoundRow {
    pub(super) when: String,
    pub(super) who: String,
    pub(super) period: String,
    pub(super) revision: i64,
    pub(super) codes: String,
    pub(super) cause: &'static str,
}

/// Rows of a table that are shown.
const SHOWN: usize = 50;

/// Everything the page shows of a ledger.
pub(super) struct LedgerView {
    pub(super) window: Option<WindowView>,
    pub(super) month: Option<MonthView>,
    pub(super) episode: Vec<CodeView>,
    pub(super) running: Vec<String>,
    pub(super) times: Vec<TimeRow>,
    pub(super) past: Vec<PastRow>,
    pub(super) found: Vec<FoundRow>,
    pub(super) outside: Option<String>,
}

/// What names and zones it is shown with.
pub(super) struct Shown<'a> {
    pub(super) names: &'a BTreeMap<ClinicianId, String>,
    pub(super) zone: &'a TimeZone,
}

impl Shown<'_> {
    fn name(&self, id: ClinicianId) -> String {
        self.names.get(&id).cloned().unwrap_or_default()
    }

    fn time(&self, at: Timestamp) -> String {
        format::date_time(at, self.zone)
    }
}

impl LedgerView {
    pub(super) fn of(ledger: &Ledger, shown: &Shown<'_>) -> Self {
        let current = ledger.of(Clock::Device).next_back();
        Self {
            window: current.map(|period| window(ledger, period)),
            month: ledger.of(Clock::Management).next_back().map(month),
            episode: ledger
                .of(Clock::Episode)
                .next_back()
                .map_or_else(Vec::new, |period| codes(&period.found)),
            running: ledger.running().map(|row| running(row, shown)).collect(),
            times: times(ledger, shown),
            past: past(ledger, shown),
            found: found(ledger, shown),
            outside: outside(ledger),
        }
    }
}

fn codes(found: &[Found]) -> Vec<CodeView> {
    found.iter().map(CodeView::from).collect()
}

fn outside(ledger: &Ledger) -> Option<String> {
    let dates: Vec<String> = ledger.outside.iter().map(|day| words::date(*day)).collect();
    (!dates.is_empty()).then(|| dates.join(", "))
}

fn running(row: &Entry, shown: &Shown<'_>) -> String {
    format!(
        "{}: {} since {}; ends by itself at {}",
        shown.name(row.clinician_id),
        words::activity(row.activity),
        format::time(row.started_at.timestamp(), shown.zone),
        format::time(row.ends_by_at.timestamp(), shown.zone)
    )
}

fn window(ledger: &Ledger, period: &Period) -> WindowView {
    let today = ledger.facts.today;
    let (from, through) = (
        period.from.unwrap_or(today),
        period.through.unwrap_or(today),
    );
    let late = |date| {
        ledger
            .days
            .iter()
            .any(|day| day.date == date && day.is_late)
    };
    let monitored = period.outcome.monitored.clone().unwrap_or_default();
    let mut strip = Vec::new();
    let mut date = from;
    while date <= through {
        let is_monitored = monitored.contains(&date);
        let (key, mark, word) = match (is_monitored, date.cmp(&today)) {
            (true, std::cmp::Ordering::Equal) => ("today", "done", "monitored, today"),
            (true, _) if late(date) => ("yes", "late", "monitored, data arrived late"),
            (true, _) => ("yes", "done", "monitored"),
            (false, std::cmp::Ordering::Equal) => ("today", "open", "today, no data yet"),
            (false, std::cmp::Ordering::Less) => ("no", "missed", "no data"),
            (false, std::cmp::Ordering::Greater) => ("ahead", "open", "to come"),
        };
        strip.push(StripDay {
            key,
            mark,
            word: word.to_owned(),
            date: format::short_date(date),
            number: date.day().to_string(),
        });
        date = date.saturating_add(1.day());
    }
    WindowView {
        title: format!("{} to {}", words::date(from), words::date(through)),
        is_over: period.is_over,
        count: monitored.len(),
        late: monitored.iter().filter(|date| late(**date)).count(),
        strip,
        codes: codes(&period.found),
    }
}

fn month(period: &Period) -> MonthView {
    let live = period.outcome.live_calls.unwrap_or(0);
    MonthView {
        title: words::period(period.clock, &period.key),
        time: words::minutes_seconds(period.outcome.seconds.unwrap_or(0)),
        live: match live {
            0 => "no".to_owned(),
            1 => "yes, 1".to_owned(),
            more => format!("yes, {more}"),
        },
        has_live: live > 0,
        codes: codes(&period.found),
    }
}

fn length(from: UtcMicros, until: Option<UtcMicros>) -> i64 {
    until.map_or(0, |until| {
        from.timestamp().duration_until(until.timestamp()).as_secs()
    })
}

fn times(ledger: &Ledger, shown: &Shown<'_>) -> Vec<TimeRow> {
    let facts = &ledger.facts;
    let mut rows: Vec<(UtcMicros, TimeRow)> = standing_entries(&facts.entries)
        .into_iter()
        .map(|row| (row.started_at, entry(row, facts.now, shown)))
        .collect();
    let calls = standing_calls(&facts.calls).into_iter();
    rows.extend(calls.map(|row| (row.started_at, call(row, shown))));
    rows.sort_by_key(|(at, row)| (std::cmp::Reverse(*at), row.id.clone()));
    rows.into_iter().map(|(_, row)| row).take(SHOWN).collect()
}

fn local(at: UtcMicros, zone: &TimeZone) -> String {
    let local = at.timestamp().to_zoned(zone.clone());
    local.strftime("%Y-%m-%dT%H:%M").to_string()
}

fn entry(row: &Entry, now: Timestamp, shown: &Shown<'_>) -> TimeRow {
    let state = state_of(row, now);
    let seconds = length(row.started_at, row.ended_at);
    let (mark, word) = match state {
        EntryState::Running => ("open", "runs"),
        EntryState::Forgotten => ("watch", "not stopped, does not count until corrected"),
        EntryState::Ended | EntryState::Replaced if row.replaces.is_some() && seconds == 0 => {
            ("excused", "struck")
        }
        EntryState::Ended | EntryState::Replaced if row.replaces.is_some() => ("done", "corrected"),
        EntryState::Ended | EntryState::Replaced => ("done", "counts"),
    };
    TimeRow {
        id: row.id.to_string(),
        when: shown.time(row.started_at.timestamp()),
        length: match row.ended_at {
            Some(_) => words::minutes_seconds(seconds),
            None => "no end".to_owned(),
        },
        what: words::activity(row.activity).to_owned(),
        who: shown.name(row.clinician_id),
        state: word,
        mark,
        note: row.note.clone(),
        began: (state != EntryState::Running).then(|| local(row.started_at, shown.zone)),
        minutes: seconds / 60,
    }
}

fn call(row: &Call, shown: &Shown<'_>) -> TimeRow {
    let (mark, word) = if row.live == 1 {
        ("done", "live call, counts")
    } else {
        ("declined", "nobody answered")
    };
    TimeRow {
        id: row.id.to_string(),
        when: shown.time(row.started_at.timestamp()),
        length: words::minutes_seconds(length(row.started_at, Some(row.ended_at))),
        what: "call".to_owned(),
        who: shown.name(row.clinician_id),
        state: word,
        mark,
        note: row.note.clone(),
        began: None,
        minutes: 0,
    }
}

/// Periods before those that are shown large, newest first.
fn past(ledger: &Ledger, shown: &Shown<'_>) -> Vec<PastRow> {
    let earlier = [Clock::Device, Clock::Management]
        .into_iter()
        .flat_map(|clock| ledger.of(clock).rev().skip(1));
    earlier
        .take(SHOWN)
        .map(|period| {
            let eligible: Vec<&str> = period
                .found
                .iter()
                .filter(|found| found.status == Status::Eligible)
                .map(|found| found.code.as_str())
                .collect();
            let basis = period.found.first().map(|found| found.reason.clone());
            let found = period.history.last().map(|row| {
                format!(
                    "revision {}, {}, {}",
                    row.revision,
                    shown.name(row.evaluated_by),
                    shown.time(row.evaluated_at.timestamp())
                )
            });
            PastRow {
                title: match (period.clock, period.from, period.through) {
                    (Clock::Device, Some(from), Some(through)) => {
                        format!("{} to {}", words::date(from), words::date(through))
                    }
                    _ => words::period(period.clock, &period.key),
                },
                basis: basis.unwrap_or_default(),
                eligible: if eligible.is_empty() {
                    "none".to_owned()
                } else {
                    eligible.join(", ")
                },
                found: found.unwrap_or_default(),
                rules: period.rule_version,
            }
        })
        .collect()
}

fn found(ledger: &Ledger, shown: &Shown<'_>) -> Vec<FoundRow> {
    let mut rows = ledger.facts.evaluations.clone();
    rows.sort_by_key(|row| std::cmp::Reverse((row.evaluated_at, row.revision)));
    rows.into_iter()
        .take(SHOWN)
        .map(|row| {
            let outcome: Option<super::ledger::Outcome> = serde_json::from_str(&row.outcome).ok();
            let codes = outcome.map_or_else(Vec::new, |outcome| outcome.codes);
            let codes: Vec<String> = codes
                .iter()
                .map(|kept| format!("{} {}", kept.code, words::status(kept.status).1))
                .collect();
            FoundRow {
                when: shown.time(row.evaluated_at.timestamp()),
                who: shown.name(row.evaluated_by),
                period: words::period(row.clock, &row.period),
                revision: row.revision,
                codes: codes.join(", "),
                cause: words::cause(row.cause),
            }
        })
        .collect()
}

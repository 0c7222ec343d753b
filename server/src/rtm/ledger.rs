//! The ledger of one patient: periods of all clocks with what is eligible in them, from facts; pure.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::days::{Heard, MonitoredDay, Windows, monitored, windows};
use super::rules::{self, Episode, Found, Kept, Month};
use super::settings::RtmSettings;
use super::table::{self, RuleTable};
use super::time::{self, Interval, Span};
use crate::error::{Error, Result};
use crate::store::rtm::{Activity, Call, Clock, Entry, Evaluation};
use crate::store::types::{PatientId, RtmEntryId};

/// An episode of care: from consent to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpisodeSpan {
    /// Its number, from 1.
    pub number: i64,
    /// When it began; before everything where that was not recorded.
    pub from: Option<Timestamp>,
    /// When it ended.
    pub until: Option<Timestamp>,
}

impl EpisodeSpan {
    fn has(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// Everything the ledger is made of.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Whose.
    pub patient: PatientId,
    /// When it is looked at.
    pub now: Timestamp,
    /// The patient's zone.
    pub zone: TimeZone,
    /// The patient's date.
    pub today: Date,
    /// The clinic's zone, which months go by.
    pub clinic_zone: TimeZone,
    /// What the clinic set.
    pub settings: RtmSettings,
    /// What the patient's devices told.
    pub heard: Vec<Heard>,
    /// The patient's entries, corrected ones too.
    pub entries: Vec<Entry>,
    /// Calls with the patient, corrected ones too.
    pub calls: Vec<Call>,
    /// Time of the same clinicians on other patients.
    pub elsewhere: Vec<Span>,
    /// Episodes, in order.
    pub episodes: Vec<EpisodeSpan>,
    /// What was found before.
    pub evaluations: Vec<Evaluation>,
}

/// How an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    /// The timer runs.
    Running,
    /// Nobody stopped it: it ended by itself and does not count.
    Forgotten,
    /// It has an end.
    Ended,
    /// Another entry took its place.
    Replaced,
}

/// How an entry stands as of an instant, where no other took its place.
pub fn state_of(entry: &Entry, now: Timestamp) -> EntryState {
    match entry.ended_at {
        Some(_) => EntryState::Ended,
        None if now < entry.ends_by_at.timestamp() => EntryState::Running,
        None => EntryState::Forgotten,
    }
}

/// The time of an entry that counts, on whatever it was spent.
pub fn span_of(entry: &Entry) -> Option<Span> {
    Some(Span {
        id: *entry.id.bytes(),
        patient: entry.patient_id,
        clinician: entry.clinician_id,
        from: entry.started_at.timestamp(),
        until: entry.ended_at?.timestamp(),
        recorded_at: entry.recorded_at.timestamp(),
    })
}

/// The time of a live call; one nobody took has none.
pub fn span_of_call(call: &Call) -> Option<Span> {
    (call.live == 1).then(|| Span {
        id: *call.id.bytes(),
        patient: call.patient_id,
        clinician: call.clinician_id,
        from: call.started_at.timestamp(),
        until: call.ended_at.timestamp(),
        recorded_at: call.recorded_at.timestamp(),
    })
}

/// Those of these entries no other takes the place of.
pub fn standing_entries(all: &[Entry]) -> Vec<&Entry> {
    let replaced: BTreeSet<RtmEntryId> = all.iter().filter_map(|one| one.replaces).collect();
    let stands = |one: &&Entry| !replaced.contains(&one.id);
    all.iter().filter(stands).collect()
}

/// The same of calls.
pub fn standing_calls(all: &[Call]) -> Vec<&Call> {
    let replaced: BTreeSet<_> = all.iter().filter_map(|one| one.replaces).collect();
    let stands = |one: &&Call| !replaced.contains(&one.id);
    all.iter().filter(stands).collect()
}

/// What a period rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Monitored days in the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub monitored: Option<Vec<Date>>,
    /// Seconds of management time, each moment once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// Live calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_calls: Option<usize>,
    /// How each code stood.
    pub codes: Vec<Kept>,
}

/// A period of a clock and what is eligible in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// The clock.
    pub clock: Clock,
    /// Number of the episode, first day of the window, or month.
    pub key: String,
    /// First day; the clinic's for months, the patient's for windows.
    pub from: Option<Date>,
    /// Last day.
    pub through: Option<Date>,
    /// It has ended.
    pub is_over: bool,
    /// The rule table; none where no table holds so early.
    pub rule_version: &'static str,
    /// What it rests on.
    pub outcome: Outcome,
    /// Its codes.
    pub found: Vec<Found>,
    /// What was found before, the newest last.
    pub history: Vec<Evaluation>,
}

impl Period {
    /// Whether this is other than what was found last.
    ///
    /// # Errors
    /// Internal when what is stored was damaged from outside.
    pub fn is_news(&self, basis: &str) -> Result<bool> {
        let Some(last) = self.history.last() else {
            return Ok(true);
        };
        let before: Outcome = serde_json::from_str(&last.outcome).map_err(Error::internal)?;
        Ok(before != self.outcome
            || last.rule_version != self.rule_version
            || (last.is_over == 1) != self.is_over
            || last.basis != basis)
    }
}

/// A patient's ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// What it was made of.
    pub facts: Facts,
    /// Every monitored day.
    pub days: Vec<MonitoredDay>,
    /// Monitored days in no window.
    pub outside: Vec<Date>,
    /// The periods: episodes, windows, months; each clock in order of time.
    pub periods: Vec<Period>,
}

impl Ledger {
    /// The periods of a clock, in order of time.
    pub fn of(&self, clock: Clock) -> impl DoubleEndedIterator<Item = &Period> {
        self.periods.iter().filter(move |one| one.clock == clock)
    }

    /// The timer of the patient that runs.
    pub fn running(&self) -> impl Iterator<Item = &Entry> {
        let now = self.facts.now;
        standing_entries(&self.facts.entries)
            .into_iter()
            .filter(move |one| state_of(one, now) == EntryState::Running)
    }
}

/// Makes the ledger.
///
/// # Errors
/// Internal when what is stored was damaged from outside.
pub fn ledger(facts: Facts) -> Result<Ledger> {
    let days = monitored(&facts.heard, facts.settings.day);
    let dates: BTreeSet<Date> = days.iter().map(|day| day.date).collect();
    let found = windows(&dates, &held(&facts), |date| {
        table::on(date).map_or(30, |table| table.window_days)
    });
    let mut periods = episodes(&facts, &found);
    periods.extend(found.windows.iter().map(|window| {
        let table = table::on(window.from);
        let found = table.map_or_else(Vec::new, |table| rules::device(table, window, facts.today));
        Period {
            from: Some(window.from),
            through: Some(window.through),
            is_over: window.through < facts.today,
            outcome: Outcome {
                monitored: Some(window.days.clone()),
                seconds: None,
                live_calls: None,
                codes: found.iter().map(Kept::from).collect(),
            },
            ..period(Clock::Device, window.from.to_string(), table, found)
        }
    }));
    periods.extend(months(&facts)?);
    for period in &mut periods {
        period.history = facts
            .evaluations
            .iter()
            .filter(|one| one.clock == period.clock && one.period == period.key)
            .cloned()
            .collect();
    }
    Ok(Ledger {
        days,
        outside: found.outside,
        periods,
        facts,
    })
}

fn period(
    clock: Clock,
    key: String,
    table: Option<&'static RuleTable>,
    found: Vec<Found>,
) -> Period {
    Period {
        clock,
        key,
        from: None,
        through: None,
        is_over: false,
        rule_version: table.map_or("none", |table| table.version.as_str()),
        outcome: Outcome {
            monitored: None,
            seconds: None,
            live_calls: None,
            codes: found.iter().map(Kept::from).collect(),
        },
        found,
        history: Vec::new(),
    }
}

/// Windows that had ended when they were evaluated, by the rule that holds now.
fn held(facts: &Facts) -> BTreeSet<Date> {
    let basis = facts.settings.basis();
    facts
        .evaluations
        .iter()
        .filter(|one| one.clock == Clock::Device && one.is_over == 1 && one.basis == basis)
        .filter_map(|one| one.period.parse().ok())
        .collect()
}

fn episodes(facts: &Facts, windows: &Windows) -> Vec<Period> {
    facts
        .episodes
        .iter()
        .map(|one| {
            let date = |at: Timestamp| at.to_zoned(facts.zone.clone()).date();
            let (from, until) = (one.from.map(date), one.until.map(date));
            let inside = |day: Date| {
                from.is_none_or(|from| from <= day) && until.is_none_or(|until| day <= until)
            };
            let most = windows
                .windows
                .iter()
                .filter(|window| inside(window.from))
                .map(|window| window.days.len());
            let episode = Episode {
                set_up_on: set_up(facts, one).map(date),
                most_days: most.max().unwrap_or(0),
                days_needed: facts.settings.setup_days.map(usize::from),
                is_over: one.until.is_some(),
            };
            let table = table::on(episode.set_up_on.or(from).unwrap_or(facts.today));
            let found = table.map_or_else(Vec::new, |table| rules::episode(table, &episode));
            Period {
                from,
                through: until,
                is_over: episode.is_over,
                ..period(Clock::Episode, one.number.to_string(), table, found)
            }
        })
        .collect()
}

/// When set-up and education was recorded first in an episode.
fn set_up(facts: &Facts, episode: &EpisodeSpan) -> Option<Timestamp> {
    standing_entries(&facts.entries)
        .into_iter()
        .filter(|one| one.activity == Activity::Setup)
        .filter_map(span_of)
        .filter(|span| span.from < span.until && episode.has(span.from))
        .map(|span| span.from)
        .min()
}

/// The first instant of a date in the clinic's zone.
fn begin_of(date: Date, zone: &TimeZone) -> Result<Timestamp> {
    Ok(date
        .to_zoned(zone.clone())
        .map_err(Error::internal)?
        .timestamp())
}

/// Every month in which time was spent or a call was made, and the one that runs.
fn months(facts: &Facts) -> Result<Vec<Period>> {
    let date = |at: Timestamp| at.to_zoned(facts.clinic_zone.clone()).date();
    let today = date(facts.now);
    let counted = Counted::of(facts);
    let mut firsts = BTreeSet::from([today.first_of_month()]);
    for (from, until) in &counted.intervals {
        firsts.insert(date(*from).first_of_month());
        firsts.insert(date(*until).first_of_month());
    }
    let ends = counted.calls.iter().chain(&counted.forgotten);
    firsts.extend(ends.map(|at| date(*at).first_of_month()));
    firsts
        .into_iter()
        .map(|first| month(facts, &counted, first, today))
        .collect()
}

/// What counts of a patient's time and calls.
struct Counted {
    intervals: Vec<Interval>,
    calls: Vec<Timestamp>,
    forgotten: Vec<Timestamp>,
}

impl Counted {
    fn of(facts: &Facts) -> Self {
        let entries = standing_entries(&facts.entries);
        let calls = standing_calls(&facts.calls);
        // Set-up goes by the table of its own day.
        let is_managed = |entry: &Entry| {
            let on = entry.started_at.timestamp().to_zoned(facts.zone.clone());
            table::on(on.date()).is_none_or(|table| !table.unmanaged.contains(&entry.activity))
        };
        let managed = entries.iter().filter(|entry| is_managed(entry));
        let mut spans: Vec<Span> = managed.filter_map(|entry| span_of(entry)).collect();
        spans.extend(calls.iter().filter_map(|call| span_of_call(call)));
        spans.extend(facts.elsewhere.iter().copied());
        let live = calls.iter().filter(|call| call.live == 1);
        let forgotten = entries
            .iter()
            .filter(|entry| state_of(entry, facts.now) == EntryState::Forgotten);
        Self {
            intervals: time::on_patient(&spans, facts.patient),
            calls: live.map(|call| call.started_at.timestamp()).collect(),
            forgotten: forgotten
                .map(|entry| entry.started_at.timestamp())
                .collect(),
        }
    }
}

fn month(facts: &Facts, counted: &Counted, first: Date, today: Date) -> Result<Period> {
    let next = first.saturating_add(1.month());
    let (from, until) = (
        begin_of(first, &facts.clinic_zone)?,
        begin_of(next, &facts.clinic_zone)?,
    );
    let inside = |all: &[Timestamp]| {
        let inside = |at: &&Timestamp| from <= **at && **at < until;
        all.iter().filter(inside).count()
    };
    let month = Month {
        first,
        last: first.last_of_month(),
        seconds: time::within(&counted.intervals, from, until).as_secs(),
        live_calls: inside(&counted.calls),
        forgotten: inside(&counted.forgotten),
    };
    let table = table::on(first);
    let found = table.map_or_else(Vec::new, |table| rules::management(table, &month, today));
    let key = first.strftime("%Y-%m").to_string();
    let period = period(Clock::Management, key, table, found);
    Ok(Period {
        from: Some(first),
        through: Some(month.last),
        is_over: month.last < today,
        outcome: Outcome {
            seconds: Some(month.seconds),
            live_calls: Some(month.live_calls),
            ..period.outcome
        },
        ..period
    })
}

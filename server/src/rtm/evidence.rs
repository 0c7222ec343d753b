//! Evidence of a month: what the codes of a patient, or of everybody, rest on.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::ledger::{EntryState, Ledger, Period, standing_calls, standing_entries, state_of};
use super::rules::Status;
use super::words;
use crate::error::{Error, Result};
use crate::exports::csv::{Cell, Sheet};
use crate::store::patients::Patient;
use crate::store::rtm::Clock;
use crate::store::types::{ClinicianId, UtcMicros};

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarMonth(Date);

impl CalendarMonth {
    /// The month a date is in.
    pub fn of(date: Date) -> Self {
        Self(date.first_of_month())
    }

    /// The month of a text such as `2026-01`.
    ///
    /// # Errors
    /// Invalid at `?month`.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::field("?month", "must be a month such as 2026-01");
        if text.len() != 7 {
            return Err(wrong());
        }
        format!("{text}-01").parse().map(Self).map_err(|_| wrong())
    }

    /// Its first day.
    pub fn first(self) -> Date {
        self.0
    }

    /// As `2026-01`.
    pub fn key(self) -> String {
        self.0.strftime("%Y-%m").to_string()
    }

    fn touches(self, from: Option<Date>, through: Option<Date>) -> bool {
        from.is_none_or(|from| from <= self.0.last_of_month())
            && through.is_none_or(|through| self.0 <= through)
    }
}

/// What of a ledger a month's evidence takes: its own month, the windows that touch it with their days, the episodes, and the time and
/// calls of it.
pub fn of_month(ledger: Ledger, month: CalendarMonth) -> Ledger {
    let Ledger {
        mut facts,
        mut days,
        mut outside,
        mut periods,
    } = ledger;
    periods.retain(|one| month.touches(one.from, one.through));
    let from = |one: &Period| one.from.filter(|_| one.clock == Clock::Device);
    let windows: Vec<(Date, Date)> = periods
        .iter()
        .filter_map(|one| Some((from(one)?, one.through?)))
        .collect();
    let in_window = |date: Date| {
        windows
            .iter()
            .any(|(from, to)| *from <= date && date <= *to)
    };
    days.retain(|day| in_window(day.date) || month.touches(Some(day.date), Some(day.date)));
    outside.retain(|date| month.touches(Some(*date), Some(*date)));
    let zone = facts.clinic_zone.clone();
    let date = |at: UtcMicros| at.timestamp().to_zoned(zone.clone()).date();
    // A correction may lie elsewhere: what it takes the place of and what took its place stay together.
    let touched: BTreeSet<_> = facts
        .entries
        .iter()
        .filter(|one| {
            let ended = one.ended_at.unwrap_or(one.started_at);
            month.touches(Some(date(one.started_at)), Some(date(ended)))
        })
        .flat_map(|one| [Some(one.id), one.replaces])
        .flatten()
        .collect();
    facts.entries.retain(|one| {
        touched.contains(&one.id) || one.replaces.is_some_and(|old| touched.contains(&old))
    });
    let touched: BTreeSet<_> = facts
        .calls
        .iter()
        .filter(|one| month.touches(Some(date(one.started_at)), Some(date(one.started_at))))
        .flat_map(|one| [Some(one.id), one.replaces])
        .flatten()
        .collect();
    facts.calls.retain(|one| {
        touched.contains(&one.id) || one.replaces.is_some_and(|old| touched.contains(&old))
    });
    Ledger {
        facts,
        days,
        outside,
        periods,
    }
}

/// The columns of a patient's evidence.
pub const PATIENT_HEAD: [&str; 17] = [
    "record",
    "patient_id",
    "clock",
    "period",
    "from",
    "through",
    "code",
    "status",
    "units",
    "date",
    "started_at",
    "ended_at",
    "clinician_id",
    "kind",
    "recorded_at",
    "recorded_by",
    "text",
];

/// Everything a patient's month rests on, a line for each fact. Empty cells say nothing.
///
/// # Errors
/// Internal when a line cannot be written.
pub fn patient_sheet(ledger: &Ledger, sheet: &mut Sheet) -> Result<()> {
    let patient = ledger.facts.patient.to_string();
    for period in &ledger.periods {
        code_lines(&patient, period, sheet)?;
    }
    for day in &ledger.days {
        let what: Vec<&str> = day.what.iter().map(|what| what.words()).collect();
        let text = format!(
            "{}{}",
            what.join(", "),
            if day.is_late { "; arrived late" } else { "" }
        );
        sheet.line(&line(
            &patient,
            "monitored_day",
            &[
                (9, Cell::text(day.date)),
                (14, Cell::text(day.first_received_at)),
                (16, Cell::text(text)),
            ],
        ))?;
    }
    entry_lines(&patient, ledger, sheet)?;
    call_lines(&patient, ledger, sheet)?;
    for period in &ledger.periods {
        for row in &period.history {
            sheet.line(&line(
                &patient,
                "evaluation",
                &[
                    (2, Cell::text(row.clock)),
                    (3, Cell::text(&row.period)),
                    (8, Cell::Whole(row.revision)),
                    (13, Cell::text(words::cause(row.cause))),
                    (14, Cell::text(row.evaluated_at.timestamp())),
                    (15, Cell::text(row.evaluated_by)),
                    (16, Cell::text(&row.outcome)),
                ],
            ))?;
        }
    }
    Ok(())
}

/// A line with these cells; the others are empty.
fn line(patient: &str, record: &str, cells: &[(usize, Cell)]) -> Vec<Cell> {
    let mut all = vec![Cell::Empty; PATIENT_HEAD.len()];
    let own = [(0, Cell::text(record)), (1, Cell::text(patient))];
    for (place, cell) in own.iter().chain(cells) {
        if let Some(own) = all.get_mut(*place) {
            *own = cell.clone();
        }
    }
    all
}

fn code_lines(patient: &str, period: &Period, sheet: &mut Sheet) -> Result<()> {
    for found in &period.found {
        let missing = found.missing.as_ref();
        let missing = missing.map_or(String::new(), |missing| format!("; missing: {missing}"));
        sheet.line(&line(
            patient,
            "code",
            &[
                (2, Cell::text(period.clock)),
                (3, Cell::text(&period.key)),
                (4, Cell::maybe(period.from)),
                (5, Cell::maybe(period.through)),
                (6, Cell::text(&found.code)),
                (7, Cell::text(found.status)),
                (8, Cell::Whole(found.units)),
                (13, Cell::text(period.rule_version)),
                (16, Cell::text(format!("{}{missing}", found.reason))),
            ],
        ))?;
    }
    Ok(())
}

fn entry_lines(patient: &str, ledger: &Ledger, sheet: &mut Sheet) -> Result<()> {
    let standing = standing_entries(&ledger.facts.entries);
    for row in &ledger.facts.entries {
        let stands = standing.iter().any(|one| one.id == row.id);
        let state = match state_of(row, ledger.facts.now) {
            _ if !stands => "corrected",
            EntryState::Running => "running",
            EntryState::Forgotten => "forgotten",
            EntryState::Ended | EntryState::Replaced => "counts",
        };
        sheet.line(&line(
            patient,
            "time",
            &[
                (7, Cell::text(state)),
                (10, Cell::text(row.started_at.timestamp())),
                (11, Cell::maybe(row.ended_at.map(UtcMicros::timestamp))),
                (12, Cell::text(row.clinician_id)),
                (13, Cell::text(row.activity)),
                (14, Cell::text(row.recorded_at.timestamp())),
                (15, Cell::text(row.recorded_by)),
                (16, Cell::maybe(row.note.as_deref())),
            ],
        ))?;
    }
    Ok(())
}

fn call_lines(patient: &str, ledger: &Ledger, sheet: &mut Sheet) -> Result<()> {
    let standing = standing_calls(&ledger.facts.calls);
    for row in &ledger.facts.calls {
        let stands = standing.iter().any(|one| one.id == row.id);
        sheet.line(&line(
            patient,
            "call",
            &[
                (7, Cell::text(if stands { "counts" } else { "corrected" })),
                (10, Cell::text(row.started_at.timestamp())),
                (11, Cell::text(row.ended_at.timestamp())),
                (12, Cell::text(row.clinician_id)),
                (
                    13,
                    Cell::text(if row.live == 1 { "live" } else { "no answer" }),
                ),
                (14, Cell::text(row.recorded_at.timestamp())),
                (15, Cell::text(row.recorded_by)),
                (16, Cell::maybe(row.note.as_deref())),
            ],
        ))?;
    }
    Ok(())
}

/// The columns of a clinic's month.
pub const CLINIC_HEAD: [&str; 18] = [
    "patient_id",
    "patient",
    "clock",
    "period",
    "from",
    "through",
    "over",
    "code",
    "status",
    "units",
    "monitored_days",
    "management_s",
    "live_calls",
    "clinicians",
    "reason",
    "missing",
    "rule_version",
    "evaluated_at",
];

/// The codes of a patient's month, one line each. `ledger` is that of the month.
///
/// # Errors
/// Internal when a line cannot be written.
pub fn clinic_lines(patient: &Patient, ledger: &Ledger, sheet: &mut Sheet) -> Result<()> {
    let clinicians = clinicians(ledger);
    for period in &ledger.periods {
        let evaluated = period
            .history
            .last()
            .map(|row| row.evaluated_at.timestamp());
        for found in &period.found {
            sheet.line(&[
                Cell::text(patient.id),
                Cell::text(&patient.name),
                Cell::text(period.clock),
                Cell::text(&period.key),
                Cell::maybe(period.from),
                Cell::maybe(period.through),
                Cell::text(if period.is_over { "yes" } else { "no" }),
                Cell::text(&found.code),
                Cell::text(found.status),
                Cell::Whole(found.units),
                Cell::count(period.outcome.monitored.as_ref().map(Vec::len)),
                period.outcome.seconds.map_or(Cell::Empty, Cell::Whole),
                Cell::count(period.outcome.live_calls),
                Cell::text(&clinicians),
                Cell::text(&found.reason),
                Cell::maybe(found.missing.as_deref()),
                Cell::text(period.rule_version),
                Cell::maybe::<Timestamp>(evaluated),
            ])?;
        }
    }
    Ok(())
}

/// Whose time and calls count in a month: by what is told of the rules only one of them may stand for a patient and period.
pub fn clinicians(ledger: &Ledger) -> String {
    let entries = standing_entries(&ledger.facts.entries);
    let calls = standing_calls(&ledger.facts.calls);
    let all: BTreeSet<ClinicianId> = entries
        .iter()
        .map(|one| one.clinician_id)
        .chain(calls.iter().map(|one| one.clinician_id))
        .collect();
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    all.join(" ")
}

/// How many codes of a ledger are eligible.
pub fn eligible(ledger: &Ledger) -> usize {
    let codes = ledger.periods.iter().flat_map(|period| &period.found);
    codes
        .filter(|found| found.status == Status::Eligible)
        .count()
}

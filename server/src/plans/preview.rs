//! What a plan would ask for on the coming days if it were published now: pure, by the rules that freeze it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::ClockRule;
use super::spec::{Dose, PlanItemSpec};
use super::words;
use crate::error::{Error, Result};
use crate::reminders::planner::{is_answered, span_of};
use crate::reminders::planning::{PatientPlan, Rows, prompts};
use crate::reminders::state::{Phase, State, phase};
use crate::store::occurrences::Occurrence;
use crate::store::patients::PatientStatus;
use crate::store::types::{DateText, PlanItemId, text_enum};

/// Days a preview shows, today among them.
pub const DAYS: i32 = 14;
const DAY_MIN: i64 = 24 * 60;

text_enum! {
    /// How something of the preview relates to the plan in force.
    Change {
        /// Due already, or answered: it stays with the version it came from.
        Stays = "stays",
        /// Asked for now as well, in the same way.
        Same = "same",
        /// Asked for at that time now as well, in another way.
        Changed = "changed",
        /// Only the new version asks for it.
        Added = "added",
        /// Only the plan in force asks for it: publishing withdraws it.
        Withdrawn = "withdrawn",
    }
}

/// One thing on one day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Ask {
    /// Which exercise or habit.
    pub exercise: String,
    /// Its name.
    pub title: String,
    /// How much on this date, in words.
    pub dose: String,
    /// The planned local time.
    #[schema(example = "08:00")]
    pub time: String,
    /// How that time meets the clock of the zone.
    pub clock_rule: ClockRule,
    /// From when an answer is on time.
    #[schema(value_type = String, format = DateTime)]
    pub opens_at: Timestamp,
    /// When it is due.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// Until when an answer is on time.
    #[schema(value_type = String, format = DateTime)]
    pub closes_at: Timestamp,
    /// The day is a suggestion: any day of its week will do.
    pub flexible: bool,
    /// When reminders come.
    #[schema(value_type = Vec<String>)]
    pub reminders: Vec<Timestamp>,
    /// How it relates to the plan in force.
    pub change: Change,
    /// Nothing is asked then: the pause's reason, or `suspended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excused: Option<String>,
    /// Of what stays, how it stands now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
}

/// A day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PreviewDay {
    /// The patient's date.
    #[schema(format = Date)]
    pub date: String,
    /// How long it lasts, hours; not 24 where the clock changes.
    pub length_h: f64,
    /// Why nothing is asked on it, where a pause covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
    /// By time.
    pub asks: Vec<Ask>,
}

text_enum! {
    /// Why a line asks for nothing in the days shown.
    SilentReason {
        /// What it counts from has no date yet.
        NoEventDate = "no_event_date",
        /// It begins later.
        BeginsLater = "begins_later",
        /// Its last day is over.
        Ended = "ended",
        /// None of its days falls among them, or what falls today is past.
        NoDueDay = "no_due_day",
    }
}

/// A line of the typed plan that asks for nothing in the days shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SilentLine {
    /// Which exercise or habit.
    pub exercise: String,
    /// Its name.
    pub title: String,
    /// Why.
    pub reason: SilentReason,
}

/// What a version has to freeze: everything due after now, but not what an earlier version asked for at the same time of
/// the same day and the patient answered already.
pub fn to_freeze(
    plan: &PatientPlan,
    there: &[Occurrence],
    (from, through): (Date, Date),
    now: Timestamp,
) -> Result<Rows> {
    let answered: BTreeSet<(DateText, String, String)> = there
        .iter()
        .filter(|row| row.plan_version < plan.version && is_answered(row.state))
        .map(key)
        .collect();
    let mut rows = Rows::default();
    plan.rows(from, through, now, &mut rows)?;
    rows.occurrences.retain(|row| !answered.contains(&key(row)));
    Ok(rows)
}

fn key(row: &Occurrence) -> (DateText, String, String) {
    (
        row.local_date.clone(),
        row.local_time.clone(),
        row.exercise_key.clone(),
    )
}

/// A typed plan beside the one in force, and what stands already.
#[derive(Debug)]
pub struct Compared<'a> {
    /// The plan in force; none before the first.
    pub in_force: Option<&'a PatientPlan>,
    /// As it would be.
    pub typed: &'a PatientPlan,
    /// What is stored for the days shown.
    pub there: &'a [Occurrence],
    /// Now.
    pub now: Timestamp,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Shown {
    /// Days from the patient's today on.
    pub days: Vec<PreviewDay>,
    /// Lines that ask for nothing in these days.
    pub silent: Vec<SilentLine>,
}

impl Compared<'_> {
    /// The days.
    ///
    /// # Errors
    /// Internal when a stored row was damaged from outside.
    pub fn show(&self) -> Result<Shown> {
        let today = self.typed.place.date_at(self.now);
        let through = today
            .checked_add((DAYS - 1).days())
            .map_err(Error::internal)?;
        let span = (today, through);
        let mut after = to_freeze(self.typed, self.there, span, self.now)?;
        let days = std::mem::take(&mut after.days);
        let before = match self.in_force {
            // What was answered stays; it is not withdrawn.
            Some(plan) => {
                let plan = PatientPlan {
                    version: self.typed.version,
                    ..plan.clone()
                };
                to_freeze(&plan, self.there, span, self.now)?.occurrences
            }
            None => Vec::new(),
        };
        let silent = self.silent(&after.occurrences, span);
        let mut by_date = self.asks(&before, &after.occurrences)?;
        let days = days
            .into_iter()
            .map(|day| {
                let minutes = (day.ends_at.0 - day.starts_at.0) / 60_000_000;
                let mut asks = by_date.remove(&day.local_date).unwrap_or_default();
                asks.sort_by(|a, b| (a.due_at, &a.title).cmp(&(b.due_at, &b.title)));
                Ok(PreviewDay {
                    date: day.local_date.date().map_err(Error::internal)?.to_string(),
                    length_h: hours(minutes),
                    paused: self.paused(&day.local_date),
                    asks,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Shown { days, silent })
    }

    fn paused(&self, date: &DateText) -> Option<String> {
        let pause = self.typed.pauses.iter().find(|pause| pause.holds(date))?;
        Some(pause.reason.clone())
    }

    fn asks(
        &self,
        before: &[Occurrence],
        after: &[Occurrence],
    ) -> Result<BTreeMap<DateText, Vec<Ask>>> {
        let old: BTreeMap<_, &Occurrence> = before.iter().map(|row| (key(row), row)).collect();
        let new: BTreeSet<_> = after.iter().map(key).collect();
        let mut all: BTreeMap<DateText, Vec<Ask>> = BTreeMap::new();
        let mut add = |row: &Occurrence, change: Change| -> Result<()> {
            let ask = self.ask(row, change)?;
            all.entry(row.local_date.clone()).or_default().push(ask);
            Ok(())
        };
        let stays = |row: &&Occurrence| {
            let due = row.due_at.timestamp() <= self.now;
            row.state != State::Cancelled && (due || is_answered(row.state))
        };
        for row in self.there.iter().filter(stays) {
            add(row, Change::Stays)?;
        }
        for row in after {
            let change = match old.get(&key(row)) {
                None => Change::Added,
                Some(old) if alike(old, row) => Change::Same,
                Some(_) => Change::Changed,
            };
            add(row, change)?;
        }
        for (_, row) in old.iter().filter(|(key, _)| !new.contains(*key)) {
            add(row, Change::Withdrawn)?;
        }
        Ok(all)
    }

    fn ask(&self, row: &Occurrence, change: Change) -> Result<Ask> {
        let dose: Dose = serde_json::from_str(&row.dose).map_err(Error::internal)?;
        let stays = change == Change::Stays;
        Ok(Ask {
            exercise: row.exercise_key.clone(),
            title: words::title(&row.exercise_key),
            dose: dose.words(),
            time: row.local_time.clone(),
            clock_rule: row.clock_rule,
            opens_at: row.opens_at.timestamp(),
            due_at: row.due_at.timestamp(),
            closes_at: row.closes_at.timestamp(),
            flexible: row.flexible != 0,
            reminders: if stays {
                Vec::new()
            } else {
                let all = prompts(row)?;
                all.iter().map(|one| one.due_at.timestamp()).collect()
            },
            change,
            excused: row.reason.clone().filter(|_| row.state == State::Excused),
            phase: if stays {
                Some(phase(row.state, &span_of(row)?, self.now))
            } else {
                None
            },
        })
    }

    /// Lines without a row, and why.
    fn silent(&self, after: &[Occurrence], (today, through): (Date, Date)) -> Vec<SilentLine> {
        if self.typed.patient.status != PatientStatus::Active {
            return Vec::new();
        }
        let asked: BTreeSet<PlanItemId> = after.iter().map(|row| row.plan_item_id).collect();
        self.typed
            .items
            .iter()
            .filter(|(id, _)| !asked.contains(id))
            .map(|(_, spec)| SilentLine {
                exercise: spec.exercise.clone(),
                title: words::title(&spec.exercise),
                reason: self.why_silent(spec, today, through),
            })
            .collect()
    }

    fn why_silent(&self, spec: &PlanItemSpec, today: Date, through: Date) -> SilentReason {
        let dated = |event| self.typed.events.date(event).is_some();
        if spec.recurrence.event.is_some_and(|event| !dated(event)) {
            SilentReason::NoEventDate
        } else if spec.ends_on.is_some_and(|end| end < today) {
            SilentReason::Ended
        } else if spec.starts_on > through {
            SilentReason::BeginsLater
        } else {
            SilentReason::NoDueDay
        }
    }
}

/// Whether two rows ask for the same in the same way.
fn alike(old: &Occurrence, new: &Occurrence) -> bool {
    old.dose == new.dose
        && old.opens_at == new.opens_at
        && old.closes_at == new.closes_at
        && old.flexible == new.flexible
        && old.remind_at == new.remind_at
        && old.ladder == new.ladder
}

#[expect(clippy::cast_precision_loss, reason = "minutes of a day")]
fn hours(minutes: i64) -> f64 {
    if minutes == DAY_MIN {
        24.0
    } else {
        minutes as f64 / 60.0
    }
}

#[cfg(test)]
mod tests;

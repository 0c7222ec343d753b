//! What was planned, what happened to it, and how each planned thing stands at an instant.
//!
//! The events of an occurrence are put in one order of their own (instant, kind, id), so that how it stands does not depend on
//! the order in which they arrived. What an answer is worth was decided where it was taken; here it is only applied.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::plans::DoseUnit;
use crate::plans::library::CareKind;
use crate::reminders::state::State;
use crate::store::types::{OccurrenceId, PlanItemId};

/// The frozen facts of an occurrence that adherence rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The occurrence.
    pub id: OccurrenceId,
    /// The plan's line.
    pub item: PlanItemId,
    /// Which exercise or habit.
    pub exercise: String,
    /// Its kind, where the library knows it.
    pub kind: Option<CareKind>,
    /// The plan version.
    pub version: i64,
    /// The patient's date it belongs to.
    pub date: Date,
    /// The zone of that date.
    pub zone: String,
    /// When it is due.
    pub due_at: Timestamp,
    /// When its window ends.
    pub closes_at: Timestamp,
    /// Whether it may be done on any day of its week.
    pub flexible: bool,
    /// The prescribed amount, in `unit`.
    pub prescribed: f64,
    /// What the amount is counted in.
    pub unit: DoseUnit,
}

/// What happened to an occurrence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// The plan no longer wanted it.
    Cancelled,
    /// The clinic excused it.
    Excused,
    /// It was answered.
    Answered {
        /// Done, done late, partial or declined.
        state: State,
        /// Share of the dose that counts, 0 to 1.
        share: f64,
        /// Amount done, in the dose's unit; may be more than prescribed.
        amount: f64,
    },
    /// The answer was taken back.
    Undone,
    /// No reminder of it could be delivered.
    Undeliverable,
}

impl Change {
    /// Which of two changes of one instant comes first.
    fn rank(self) -> u8 {
        match self {
            Self::Cancelled => 0,
            Self::Excused => 1,
            Self::Answered { .. } => 2,
            Self::Undone => 3,
            Self::Undeliverable => 4,
        }
    }
}

/// A change with when it took effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// Of which occurrence.
    pub occurrence: OccurrenceId,
    /// When, by the clock of whoever did it.
    pub at: Timestamp,
    /// Tells apart what happened at one instant.
    pub id: [u8; 16],
    /// What.
    pub change: Change,
}

/// How an occurrence stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stands<'a> {
    /// Which.
    pub planned: &'a Planned,
    /// What became of it; an unanswered one whose window has ended is missed, whether or not anybody wrote that down.
    pub state: State,
    /// Share of the dose that counts.
    pub share: f64,
    /// Amount done.
    pub amount: f64,
    /// Missed, and no reminder could be delivered.
    pub undeliverable: bool,
}

impl Stands<'_> {
    /// Whether it enters: answered, or its window ended.
    pub fn is_closed(&self) -> bool {
        !matches!(
            self.state,
            State::Planned | State::Excused | State::Cancelled
        )
    }
}

/// How each occurrence stands at an instant, from the events up to it, in order of due time.
pub fn stand<'a>(planned: &'a [Planned], events: &[Event], at: Timestamp) -> Vec<Stands<'a>> {
    let mut of: BTreeMap<OccurrenceId, Vec<Event>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.at <= at) {
        of.entry(event.occurrence).or_default().push(*event);
    }
    let mut all: Vec<Stands<'a>> = planned
        .iter()
        .map(|planned| one(planned, of.remove(&planned.id).unwrap_or_default(), at))
        .collect();
    all.sort_by_key(|stands| (stands.planned.due_at, stands.planned.id));
    all
}

fn one(planned: &Planned, mut events: Vec<Event>, at: Timestamp) -> Stands<'_> {
    events.sort_by_key(|event| (event.at, event.change.rank(), event.id));
    let mut stands = Stands {
        planned,
        state: State::Planned,
        share: 0.0,
        amount: 0.0,
        undeliverable: false,
    };
    let mut undelivered = false;
    for event in events {
        let unanswered = stands.state == State::Planned;
        match event.change {
            Change::Cancelled if unanswered && event.at < planned.closes_at => {
                stands.state = State::Cancelled;
            }
            Change::Excused if unanswered => stands.state = State::Excused,
            Change::Answered {
                state,
                share,
                amount,
            } if !matches!(stands.state, State::Excused | State::Cancelled) => {
                (stands.state, stands.share, stands.amount) = (state, share, amount);
            }
            Change::Undone if stands.is_closed() => {
                (stands.state, stands.share, stands.amount) = (State::Planned, 0.0, 0.0);
            }
            Change::Undeliverable => undelivered = true,
            // Too late to be cancelled, answered before it was excused, something extra: nothing changes.
            Change::Cancelled | Change::Excused | Change::Answered { .. } | Change::Undone => {}
        }
    }
    if stands.state == State::Planned && planned.closes_at <= at {
        stands.state = State::Missed;
    }
    stands.undeliverable = undelivered && stands.state == State::Missed;
    stands
}

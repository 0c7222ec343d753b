//! When the reminders of an occurrence come, and how far apart they stay.

use jiff::{SignedDuration, Timestamp};

use super::due_days::DueDays;
use super::{PlanContext, PlannedOccurrence};
use crate::plans::spec::{MAX_RUNGS, PlanItemSpec, Rung};

/// Minutes between two reminders where the item names none.
const USUAL_GAP_MIN: u32 = 240;
const DAY_MIN: u32 = 24 * 60;

/// The reminders of an occurrence in the order of time, each instant once, with its step from 0. One
/// that would come before the window opens or when it is closed falls away.
pub fn ladder_instants(
    ladder: Option<&[Rung]>,
    opens_at: Timestamp,
    due_at: Timestamp,
    closes_at: Timestamp,
) -> Vec<(u8, Timestamp)> {
    let closes_after_min = closes_at.duration_since(due_at).as_mins();
    let mut instants: Vec<Timestamp> = ladder
        .unwrap_or(&[Rung::AT])
        .iter()
        .take(MAX_RUNGS)
        .filter_map(|rung| {
            let minutes = rung.after_due_min(closes_after_min);
            due_at.checked_add(SignedDuration::from_mins(minutes)).ok()
        })
        .filter(|at| opens_at <= *at && *at < closes_at)
        .collect();
    instants.sort_unstable();
    instants.dedup();
    (0..).zip(instants).collect()
}

impl PlannedOccurrence {
    /// When its reminders come, by its item's ladder.
    pub fn reminders(&self, item: &PlanItemSpec) -> Vec<(u8, Timestamp)> {
        ladder_instants(
            item.ladder.as_deref(),
            self.opens_at,
            self.due_at,
            self.closes_at,
        )
    }
}

/// How far apart two reminders of an item stay at least when a change of zone moves them: what the item
/// says, or four hours, and never more than half of its shortest planned spacing.
pub fn min_gap(item: &PlanItemSpec) -> SignedDuration {
    let asked = item.min_gap_min.unwrap_or(USUAL_GAP_MIN);
    let gap = shortest_spacing_min(item).map_or(asked, |spacing| asked.min(spacing / 2));
    SignedDuration::from_mins(i64::from(gap))
}

/// The fewest minutes on the local clock between two due times of an item that follow each other.
fn shortest_spacing_min(item: &PlanItemSpec) -> Option<u32> {
    let mut times: Vec<u32> = item
        .windows
        .iter()
        .filter_map(|window| window.time())
        .filter_map(|time| {
            let (hour, minute) = (u32::try_from(time.hour()), u32::try_from(time.minute()));
            Some(hour.ok()? * 60 + minute.ok()?)
        })
        .collect();
    times.sort_unstable();
    let within = times.iter().zip(times.iter().skip(1)).map(|(a, b)| b - a);
    let across = days_apart(item).and_then(|days| {
        let (first, last) = (times.first()?, times.last()?);
        Some(days * DAY_MIN + first - last)
    });
    within.chain(across).min()
}

/// The fewest days between two due days of an item.
fn days_apart(item: &PlanItemSpec) -> Option<u32> {
    // The step does not depend on when the event was: any date shows it.
    let mut context = PlanContext::default();
    if let Some(event) = item.recurrence.event {
        context.events.set(event, item.starts_on);
    }
    let step = DueDays::of(item, &context)?.shortest_step()?;
    u32::try_from(step).ok()
}

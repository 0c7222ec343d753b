//! When an occurrence's reminders come.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::window::Window;
use crate::error::FieldError;

/// Reminders one occurrence may have.
pub const MAX_RUNGS: usize = 4;

/// One reminder of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// From where it counts.
    pub when: RungKind,
    /// How many minutes before or after that; none with `at`.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schema(maximum = 10080)]
    pub minutes: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(minutes: &u32) -> bool {
    *minutes == 0
}

/// From where a reminder counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RungKind {
    /// `minutes` before the due time.
    Before,
    /// At the due time.
    At,
    /// `minutes` after the due time.
    After,
    /// `minutes` before the window closes.
    LastChance,
}

impl Rung {
    /// A reminder at the due time: what an item has that names none.
    pub const AT: Self = Self {
        when: RungKind::At,
        minutes: 0,
    };

    /// The reminder's distance from the due time in a window, in minutes; negative is before.
    pub(crate) fn after_due_min(self, closes_after_min: i64) -> i64 {
        let minutes = i64::from(self.minutes);
        match self.when {
            RungKind::Before => -minutes,
            RungKind::At => 0,
            RungKind::After => minutes,
            RungKind::LastChance => closes_after_min - minutes,
        }
    }
}

/// Checks a ladder against every window of the item. The window of a flexible item is its week, of which
/// a rung may fall outside: only its numbers are checked here.
pub(super) fn check(
    ladder: &[Rung],
    windows: &[Window],
    flexible: bool,
    at: &str,
    errors: &mut Vec<FieldError>,
) {
    if ladder.len() > MAX_RUNGS {
        let rule = format!("must have at most {MAX_RUNGS} rungs");
        errors.push(FieldError::new(at, rule));
    }
    for (index, rung) in ladder.iter().enumerate() {
        let pointer = format!("{at}/{index}/minutes");
        match (rung.when, rung.minutes) {
            (RungKind::At, 0) => {}
            (RungKind::At, _) => errors.push(FieldError::new(pointer, "must be absent with at")),
            (_, 1..=10_080) if flexible || windows.iter().all(|window| fits(*rung, window)) => {}
            (_, 1..=10_080) => {
                errors.push(FieldError::new(
                    pointer,
                    "must fall within every window of the item, before it closes",
                ));
            }
            _ => errors.push(FieldError::new(pointer, "must be between 1 and 10080")),
        }
    }
}

/// Whether a reminder comes while the window is open.
fn fits(rung: Rung, window: &Window) -> bool {
    let closes = i64::from(window.closes_after_min);
    let at = rung.after_due_min(closes);
    -i64::from(window.opens_before_min) <= at && at < closes
}

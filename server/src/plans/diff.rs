//! What is different between two versions of a plan: pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::library;
use super::spec::PlanItemSpec;

/// A line of a plan, named as people name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct LineAt {
    /// Which exercise or habit.
    pub exercise: String,
    /// Its name.
    pub title: String,
    /// At which local time.
    pub at: String,
}

/// An exercise whose prescription differs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChangedLine {
    /// Which exercise or habit.
    pub exercise: String,
    /// How it was prescribed; more than once where the plan has several lines of it.
    pub before: Vec<PlanItemSpec>,
    /// How it is prescribed.
    pub after: Vec<PlanItemSpec>,
}

/// The difference from one version to another.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct PlanDiff {
    /// Times only the later version has.
    pub added: Vec<LineAt>,
    /// Times only the earlier version had.
    pub removed: Vec<LineAt>,
    /// Exercises both have, prescribed differently.
    pub changed: Vec<ChangedLine>,
}

/// The difference from `before` to `after`.
pub fn diff(before: &[PlanItemSpec], after: &[PlanItemSpec]) -> PlanDiff {
    let (old, new) = (times(before), times(after));
    let (old_lines, new_lines) = (by_exercise(before), by_exercise(after));
    let changed = old_lines
        .iter()
        .filter_map(|(exercise, before)| {
            let after = new_lines.get(exercise)?;
            (before != after).then(|| ChangedLine {
                exercise: (*exercise).to_owned(),
                before: before.iter().map(|item| (*item).clone()).collect(),
                after: after.iter().map(|item| (*item).clone()).collect(),
            })
        })
        .collect();
    PlanDiff {
        added: new.difference(&old).cloned().collect(),
        removed: old.difference(&new).cloned().collect(),
        changed,
    }
}

fn times(items: &[PlanItemSpec]) -> BTreeSet<LineAt> {
    items
        .iter()
        .flat_map(|item| {
            let title = library::find(&item.exercise)
                .map_or_else(|| item.exercise.clone(), |found| found.title.clone());
            item.windows.iter().map(move |window| LineAt {
                exercise: item.exercise.clone(),
                title: title.clone(),
                at: window.at.clone(),
            })
        })
        .collect()
}

fn by_exercise(items: &[PlanItemSpec]) -> BTreeMap<&str, Vec<&PlanItemSpec>> {
    let mut lines: BTreeMap<&str, Vec<&PlanItemSpec>> = BTreeMap::new();
    for item in items {
        lines.entry(&item.exercise).or_default().push(item);
    }
    lines
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::plans::spec::{Dose, Recurrence, Window};

    fn item(exercise: &str, times: &[&str]) -> PlanItemSpec {
        let dose = Dose {
            sets: 1,
            reps: None,
            hold_s: Some(30),
            minutes: None,
            each_side: false,
        };
        let recurrence = Recurrence::daily();
        let windows = times.iter().map(|at| Window::at(at)).collect();
        PlanItemSpec::plain(exercise, dose, recurrence, windows, date(2026, 3, 2))
    }

    fn at(lines: &[LineAt]) -> Vec<&str> {
        lines.iter().map(|line| line.at.as_str()).collect()
    }

    #[test]
    fn equal_plans_do_not_differ_whatever_their_order() {
        let (a, b) = (
            item("cat-camel", &["08:00"]),
            item("knees-to-chest", &["20:00"]),
        );
        assert_eq!(diff(&[a.clone(), b.clone()], &[b, a]), PlanDiff::default());
    }

    #[test]
    fn times_that_come_and_go_and_a_dose_that_changes_are_told_apart() {
        let found = diff(
            &[
                item("cat-camel", &["07:00", "18:00"]),
                item("knees-to-chest", &["12:00"]),
            ],
            &[
                item("cat-camel", &["07:00", "20:00"]),
                item("bird-dog", &["09:00"]),
            ],
        );
        assert_eq!(at(&found.added), ["09:00", "20:00"]);
        assert_eq!(at(&found.removed), ["18:00", "12:00"]);
        assert_eq!(found.changed.len(), 1, "the times of one exercise differ");
        let mut stronger = item("cat-camel", &["07:00"]);
        stronger.dose.sets = 2;
        let found = diff(&[item("cat-camel", &["07:00"])], &[stronger]);
        assert!(found.added.is_empty() && found.removed.is_empty());
        assert_eq!(
            (
                found.changed[0].before[0].dose.sets,
                found.changed[0].after[0].dose.sets
            ),
            (1, 2)
        );
    }
}

//! What is different between two versions of a plan: pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::library;
use super::spec::PlanItemSpec;
use super::words;
use crate::store::types::text_enum;

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

text_enum! {
    /// What became of a line from one version to another.
    LineChange {
        /// Only the later version has it.
        Added = "added",
        /// Only the earlier version had it.
        Removed = "removed",
        /// Both have it, prescribed differently.
        Changed = "changed",
        /// Both have it alike.
        Same = "same",
    }
}

/// One part of a line in both versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartPair {
    /// Its label.
    pub label: &'static str,
    /// In the earlier version.
    pub before: Option<String>,
    /// In the later one.
    pub after: Option<String>,
}

impl PartPair {
    /// Whether they say different things.
    pub fn differs(&self) -> bool {
        self.before != self.after
    }
}

/// A line of two versions side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinePair {
    /// The name of the exercise or habit.
    pub title: String,
    /// What became of it.
    pub change: LineChange,
    /// Its parts.
    pub parts: Vec<PartPair>,
}

/// Two versions side by side, by exercise; several lines of one exercise in their order. What differs comes first.
pub fn side_by_side(before: &[PlanItemSpec], after: &[PlanItemSpec]) -> Vec<LinePair> {
    let (old, new) = (by_exercise(before), by_exercise(after));
    let exercises: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let mut all = Vec::new();
    for exercise in exercises {
        let none = Vec::new();
        let old = old.get(exercise).unwrap_or(&none);
        let new = new.get(exercise).unwrap_or(&none);
        for place in 0..old.len().max(new.len()) {
            all.push(pair(
                exercise,
                old.get(place).copied(),
                new.get(place).copied(),
            ));
        }
    }
    all.sort_by(|a, b| (a.change, &a.title).cmp(&(b.change, &b.title)));
    all
}

fn pair(exercise: &str, old: Option<&PlanItemSpec>, new: Option<&PlanItemSpec>) -> LinePair {
    let change = match (old, new) {
        (None, _) => LineChange::Added,
        (_, None) => LineChange::Removed,
        (Some(old), Some(new)) if old == new => LineChange::Same,
        _ => LineChange::Changed,
    };
    let (old, new) = (
        old.map(words::parts).unwrap_or_default(),
        new.map(words::parts).unwrap_or_default(),
    );
    let said = |parts: &[(&'static str, String)], label: &str| {
        let found = parts.iter().find(|(other, _)| *other == label);
        found.map(|(_, words)| words.clone())
    };
    let mut labels: Vec<&'static str> = old.iter().map(|(label, _)| *label).collect();
    for (label, _) in &new {
        if !labels.contains(label) {
            labels.push(label);
        }
    }
    LinePair {
        title: words::title(exercise),
        change,
        parts: labels
            .into_iter()
            .map(|label| PartPair {
                label,
                before: said(&old, label),
                after: said(&new, label),
            })
            .collect(),
    }
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

    #[test]
    fn side_by_side_every_line_is_told_once_and_what_differs_is_marked() {
        let mut stronger = item("cat-camel", &["07:00"]);
        stronger.dose.sets = 2;
        let before = [item("cat-camel", &["07:00"]), item("bird-dog", &["09:00"])];
        let after = [
            stronger,
            item("bird-dog", &["09:00"]),
            item("walk", &["10:00"]),
        ];
        let told: Vec<(String, LineChange, Vec<&str>)> = side_by_side(&before, &after)
            .into_iter()
            .map(|pair| {
                let differing = pair.parts.iter().filter(|part| part.differs());
                let labels = differing.map(|part| part.label).collect();
                (pair.title, pair.change, labels)
            })
            .collect();
        let all = vec!["Dose", "Days", "Times", "First day", "Last day"];
        assert_eq!(
            told,
            [
                ("Walk".to_owned(), LineChange::Added, all),
                (
                    "Cat and camel".to_owned(),
                    LineChange::Changed,
                    vec!["Dose"]
                ),
                ("Bird-dog".to_owned(), LineChange::Same, vec![]),
            ]
        );
    }
}

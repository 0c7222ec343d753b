//! The plan editor's form: what was typed, read into lines of a plan, with every broken rule beside the
//! field it stands in.

mod carried;
mod extras;
mod growth;
mod row;

use jiff::civil::Date;

use super::spec::{self, MAX_ITEMS, PlanItemSpec};
use crate::error::FieldError;
use crate::http::extract::{Form, Text};
pub use extras::ExtrasForm;
pub use growth::GrowthForm;
use row::label;
pub use row::{RowForm, TimeForm, kind_name};

/// Empty rows at the end.
const EMPTY_ROWS: usize = 2;
/// Rows a form may have: a whole plan and the empty ones.
const MAX_ROWS: usize = MAX_ITEMS + EMPTY_ROWS;

/// The whole form as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanForm {
    /// The version it was loaded from.
    pub base_version: i64,
    /// The note.
    pub note: String,
    /// Its rows.
    pub rows: Vec<RowForm>,
    /// Whether a plan with no lines is meant.
    pub confirm_empty: bool,
    /// Observations whose suggestions it was filled from.
    pub accepts: Vec<String>,
    /// What is wrong with the note.
    pub note_error: Option<String>,
    /// What is wrong with the whole.
    pub errors: Vec<String>,
}

/// The form's field for a JSON pointer into the lines: row among the lines, and field.
pub fn field_of(pointer: &str) -> Option<(usize, &'static str)> {
    let mut parts = pointer.strip_prefix("/items/")?.split('/');
    let line = parts.next()?.parse().ok()?;
    let (part, field, within) = (parts.next()?, parts.next(), parts.next());
    let field = match (part, field) {
        ("exercise", None) => "exercise",
        ("dose", Some("sets")) => "sets",
        ("dose", Some("reps")) => "reps",
        ("dose", Some("hold_s")) => "hold_s",
        ("dose", Some("minutes")) => "minutes",
        ("recurrence", Some("weekdays")) => "weekdays",
        ("recurrence", Some("n_days")) => "n_days",
        ("recurrence", Some("n_weeks")) => "n_weeks",
        ("recurrence", Some("times")) => "times_a_week",
        ("recurrence", Some("event")) => "event",
        ("recurrence", Some("offset_days")) => "offset_days",
        ("recurrence", Some("for_days")) => "for_days",
        ("ramp", Some("start")) => "ramp_start",
        ("ramp", Some("add")) => "ramp_add",
        ("ramp", _) => "ramp_every",
        ("progression", Some("advance")) => match within {
            Some("min_days") => "min_days",
            Some("min_adherence_pct") => "min_adherence",
            Some("max_pain") => "max_pain",
            _ => "carried",
        },
        ("progression", Some("levels") | None) => "levels",
        ("windows", Some(_)) if matches!(within, Some("opens_before_min" | "closes_after_min")) => {
            "open"
        }
        ("windows", _) => "times",
        ("ladder", _) => "reminders",
        ("min_gap_min", _) => "gap",
        ("sensor", Some("tag_id")) => "tag",
        ("sensor", Some("remind_if_not_worn_by")) => "worn_by",
        ("sensor", _) => "sensor",
        ("starts_on", None) => "starts_on",
        ("ends_on", None) => "ends_on",
        ("recurrence" | "progression", _) => "carried",
        _ => return None,
    };
    Some((line, field))
}

impl PlanForm {
    /// The form for a plan in force, or for a first plan.
    pub fn of_plan(base_version: i64, items: &[PlanItemSpec], today: Date) -> Self {
        let rows = items.iter().map(RowForm::of).collect();
        let mut form = Self {
            base_version,
            rows,
            ..Self::default()
        };
        form.add_rows(today);
        form
    }

    /// What a browser sent.
    pub fn read(form: &Form) -> Self {
        let rows = form.text("rows").parse().unwrap_or(0).min(MAX_ROWS);
        Self {
            base_version: form.text("base_version").parse().unwrap_or(0),
            note: form.text("note").trim().to_owned(),
            rows: (0..rows).map(|row| RowForm::read(form, row)).collect(),
            confirm_empty: form.get("confirm_empty").is_some(),
            accepts: form
                .all("accepts")
                .take(MAX_ITEMS)
                .map(str::to_owned)
                .collect(),
            ..Self::default()
        }
    }

    /// Adds empty rows at the end.
    pub fn add_rows(&mut self, today: Date) {
        let wanted = (self.rows.len() + EMPTY_ROWS).min(MAX_ROWS);
        self.rows.resize_with(wanted, || RowForm::empty(today));
    }

    /// Whether a row is for this exercise.
    pub fn has(&self, exercise: &str) -> bool {
        let mut kept = self.rows.iter().filter(|row| !row.remove);
        kept.any(|row| row.exercise == exercise)
    }

    /// Adds rows for these lines after those that are filled. Gives whether there was room.
    pub fn add_lines(&mut self, items: &[PlanItemSpec], today: Date) -> bool {
        self.rows.retain(|row| !row.is_blank());
        if self.rows.len() + items.len() > MAX_ITEMS {
            return false;
        }
        self.rows.extend(items.iter().map(RowForm::of));
        self.add_rows(today);
        true
    }

    /// Whether anything is wrong.
    pub fn is_wrong(&self) -> bool {
        self.note_error.is_some()
            || !self.errors.is_empty()
            || self.rows.iter().any(|row| !row.errors.is_empty())
    }

    /// The lines the form describes; the form remembers what is wrong with it.
    pub fn check(&mut self) -> Option<Vec<PlanItemSpec>> {
        if !self.note.is_empty() {
            self.note_error = Text::<500>::new(&self.note)
                .err()
                .map(|rule| format!("The note {rule}."));
        }
        let mut lines = Vec::new();
        for (index, row) in self.rows.iter_mut().enumerate() {
            if let Some(item) = row.check() {
                lines.push((index, item));
            }
        }
        let (rows, items): (Vec<usize>, Vec<PlanItemSpec>) = lines.into_iter().unzip();
        for broken in spec::check_items(&items) {
            self.blame(&broken, &rows);
        }
        if items.is_empty() && !self.confirm_empty && !self.is_wrong() {
            self.errors.push(
                "With no line the plan ends and nothing is asked any more. Tick the box below if that is meant."
                    .to_owned(),
            );
        }
        (!self.is_wrong()).then_some(items)
    }

    /// Puts a broken rule beside its field, or above the form where it has none.
    fn blame(&mut self, broken: &FieldError, rows: &[usize]) {
        let place = field_of(&broken.pointer);
        let row = place
            .and_then(|(line, _)| rows.get(line))
            .and_then(|row| self.rows.get_mut(*row));
        match (place, row) {
            (Some((_, field)), Some(row)) => {
                row.blame(field, format!("{} {}.", label(field), broken.rule))
            }
            _ => self.errors.push(format!("The plan {}.", broken.rule)),
        }
    }
}

#[cfg(test)]
mod tests;

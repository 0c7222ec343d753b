//! The form of a template: the rows of the plan editor, with days counted from the day it is applied on.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{MAX_DAYS, Template, TemplateLine, Written};
use crate::http::extract::{Form, Text};
use crate::plans::form::{PlanForm, RowForm};

/// A day rows are read from: a Monday, so that weeks begin with it.
const APPLIED: Date = Date::constant(2000, 1, 3);

/// The form as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateForm {
    /// The version it was loaded from; 0 for a new one.
    pub base_version: i64,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub reason: String,
    /// How sure anyone is that it helps.
    pub evidence: String,
    /// Where that comes from.
    pub source: String,
    /// Its lines, `starts_on` and `ends_on` being numbers of days.
    pub lines: PlanForm,
    /// What is wrong, by field.
    pub errors: BTreeMap<&'static str, String>,
}

/// A row whose dates are shown as days.
fn in_days(mut row: RowForm, line: &TemplateLine) -> RowForm {
    row.starts_on = line.starts_after_days.to_string();
    row.ends_on = line
        .for_days
        .map(|days| days.to_string())
        .unwrap_or_default();
    row
}

fn empty_in_days(form: &mut PlanForm) {
    for row in form.rows.iter_mut().filter(|row| row.exercise.is_empty()) {
        "0".clone_into(&mut row.starts_on);
    }
}

impl TemplateForm {
    /// An empty form.
    pub fn empty() -> Self {
        let mut lines = PlanForm::of_plan(0, &[], APPLIED);
        empty_in_days(&mut lines);
        Self {
            lines,
            ..Self::default()
        }
    }

    /// The form of a template there is.
    pub fn of(template: &Template) -> Self {
        let items: Vec<_> = template.lines.iter().map(|line| line.on(APPLIED)).collect();
        let mut lines = PlanForm::of_plan(0, &items, APPLIED);
        for (row, line) in lines.rows.iter_mut().zip(&template.lines) {
            *row = in_days(row.clone(), line);
        }
        empty_in_days(&mut lines);
        Self {
            base_version: template.version.parse().unwrap_or(0),
            name: template.name.clone(),
            reason: template.reason.clone(),
            evidence: template.evidence.clone(),
            source: template.source.clone(),
            lines,
            errors: BTreeMap::new(),
        }
    }

    /// What a browser sent.
    pub fn read(form: &Form) -> Self {
        let text = |name: &str| form.text(name).trim().to_owned();
        Self {
            base_version: form.text("base_version").parse().unwrap_or(0),
            name: text("name"),
            reason: text("reason"),
            evidence: text("evidence"),
            source: text("source"),
            lines: PlanForm::read(form),
            errors: BTreeMap::new(),
        }
    }

    /// Two more rows.
    pub fn add_rows(&mut self) {
        self.lines.add_rows(APPLIED);
        empty_in_days(&mut self.lines);
    }

    /// What is wrong with a field.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.get(field).map(String::as_str)
    }

    /// Whether anything is wrong.
    pub fn is_wrong(&self) -> bool {
        !self.errors.is_empty() || self.lines.is_wrong()
    }

    /// The template the form describes; the form remembers what is wrong with it.
    pub fn check(&mut self) -> Option<Written> {
        let name = self.text::<80>("name", "The name", &self.name.clone());
        let reason = self.text::<500>("reason", "The reason", &self.reason.clone());
        let evidence = self.text::<300>("evidence", "The evidence", &self.evidence.clone());
        let source = self.text::<300>("source", "The source", &self.source.clone());
        let lines = self.lines();
        if lines.as_ref().is_some_and(Vec::is_empty) {
            self.lines.errors = vec!["A template has at least one line.".to_owned()];
        }
        if self.is_wrong() {
            return None;
        }
        Some(Written {
            name: name?,
            reason: reason?,
            evidence: evidence?,
            source: source?,
            lines: lines?,
        })
    }

    fn text<const MAX: usize>(
        &mut self,
        field: &'static str,
        label: &str,
        typed: &str,
    ) -> Option<Text<MAX>> {
        Text::new(typed)
            .map_err(|rule| self.errors.insert(field, format!("{label} {rule}.")))
            .ok()
    }

    /// The lines: read as those of a plan applied on a known day.
    fn lines(&mut self) -> Option<Vec<TemplateLine>> {
        let mut dated = self.lines.clone();
        dated.confirm_empty = true;
        for row in &mut dated.rows {
            (row.starts_on, row.ends_on) = dates(row);
        }
        let items = dated.check();
        for (row, dated) in self.lines.rows.iter_mut().zip(dated.rows) {
            row.errors = dated.errors;
            for (field, least, what) in [
                ("starts_on", 0, "Days until the first"),
                ("ends_on", 1, "How many days it lasts"),
            ] {
                if let Some(error) = row.errors.get_mut(field) {
                    *error = format!("{what} must be {least} to {MAX_DAYS}.");
                }
            }
        }
        self.lines.errors = dated.errors;
        let lines = items?.into_iter();
        Some(lines.map(|item| TemplateLine::of(item, APPLIED)).collect())
    }
}

/// Numbers of days as dates; what is no such number stays and is found to be no date.
fn dates(row: &RowForm) -> (String, String) {
    let number = |text: &str, least: u32| {
        let number = text.parse::<u32>().ok();
        number.filter(|number| (least..=MAX_DAYS).contains(number))
    };
    let Some(after) = number(&row.starts_on, 0) else {
        return ("?".to_owned(), String::new());
    };
    let first = APPLIED.saturating_add(i64::from(after).days());
    let last = match (row.ends_on.as_str(), number(&row.ends_on, 1)) {
        ("", _) => String::new(),
        (_, Some(count)) => first
            .saturating_add(i64::from(count - 1).days())
            .to_string(),
        (_, None) => "?".to_owned(),
    };
    (first.to_string(), last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::templates::{built_in, find_built_in};

    #[test]
    fn every_built_in_template_goes_through_the_form_unchanged() {
        for template in built_in() {
            let mut form = TemplateForm::of(&template);
            let written = form.check().unwrap_or_else(|| panic!("{form:?}"));
            let lines: Vec<_> = template
                .lines
                .iter()
                .map(|line| TemplateLine::of(line.on(APPLIED), APPLIED))
                .collect();
            assert_eq!(written.lines, lines, "{}", template.id);
        }
    }

    #[test]
    fn what_is_wrong_stands_beside_its_field_and_what_was_typed_stays() {
        let mut form = TemplateForm::of(&find_built_in("foot-strength").unwrap());
        form.name = String::new();
        "soon".clone_into(&mut form.lines.rows[0].starts_on);
        "0".clone_into(&mut form.lines.rows[1].ends_on);
        assert_eq!(form.check(), None);
        assert!(form.error("name").is_some());
        let error = |row: usize, field| form.lines.rows[row].error(field);
        assert_eq!(
            error(0, "starts_on"),
            Some("Days until the first must be 0 to 730.")
        );
        assert_eq!(
            error(1, "ends_on"),
            Some("How many days it lasts must be 1 to 730.")
        );
        assert_eq!(form.lines.rows[0].starts_on, "soon");
        let mut empty = TemplateForm::empty();
        assert_eq!(empty.check(), None);
        assert_eq!(empty.lines.errors, ["A template has at least one line."]);
    }
}

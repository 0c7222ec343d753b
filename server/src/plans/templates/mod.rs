//! Templates: named lines of a plan with their reason, evidence and source. Some are built in, a clinic writes its own.
//! A template fills the editor; it never publishes.

pub mod api;
pub mod form;
pub mod pages;
pub mod service;

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::library;
use super::spec::{
    self, Dose, MAX_ITEMS, PlanItemSpec, Progression, Ramp, Recurrence, Rung, WearSensor, Window,
};
use crate::error::FieldError;
use crate::http::extract::Text;
use crate::store::types::{ClinicianId, PlanTemplateId, text_enum};

/// The latest first day, counted from the day it is applied on, and the longest a line lasts.
const MAX_DAYS: u32 = 730;

/// A line of a template: a line of a plan whose days count from the day it is applied on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateLine {
    /// Which exercise or habit of the library.
    #[schema(example = "short-foot")]
    pub exercise: String,
    /// How much; the library's dose when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<Dose>,
    /// On which days.
    pub recurrence: Recurrence,
    /// At which times, 1 to 12 of them.
    #[schema(min_items = 1, max_items = 12)]
    pub windows: Vec<Window>,
    /// Days from the day it is applied on to the first day, 0 to 730.
    #[serde(default)]
    #[schema(maximum = 730)]
    pub starts_after_days: u32,
    /// How many days it lasts, 1 to 730; open when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 730)]
    pub for_days: Option<u32>,
    /// A dose that grows by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp: Option<Ramp>,
    /// A dose that grows by the clinician's rule; not beside a ramp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progression: Option<Progression>,
    /// The reminders of an occurrence: one at its due time when absent, none when empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 4)]
    pub ladder: Option<Vec<Rung>>,
    /// Minutes that lie between two reminders at least when a change of zone moves them, 0 to 1440.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 1440)]
    pub min_gap_min: Option<u32>,
    /// Wearing is read from insole sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensor: Option<WearSensor>,
}

fn days(count: u32) -> jiff::Span {
    i64::from(count.min(MAX_DAYS)).days()
}

impl TemplateLine {
    /// The line of a plan when applied on a date.
    pub fn on(&self, applied: Date) -> PlanItemSpec {
        let starts_on = applied.saturating_add(days(self.starts_after_days));
        let dose = self.dose.clone().or_else(|| {
            let found = library::find(&self.exercise)?;
            Some(found.dose.clone())
        });
        let dose = dose.unwrap_or(Dose {
            sets: 1,
            reps: None,
            hold_s: None,
            minutes: None,
            each_side: false,
        });
        PlanItemSpec {
            exercise: self.exercise.clone(),
            dose,
            recurrence: self.recurrence.clone(),
            windows: self.windows.clone(),
            starts_on,
            ends_on: self
                .for_days
                .map(|count| starts_on.saturating_add(days(count.saturating_sub(1)))),
            ramp: self.ramp,
            progression: self.progression.clone(),
            ladder: self.ladder.clone(),
            min_gap_min: self.min_gap_min,
            sensor: self.sensor.clone(),
        }
    }

    /// The line of a template whose line of a plan, applied on a date, is this.
    pub fn of(item: PlanItemSpec, applied: Date) -> Self {
        let count = |from: Date, to: Date| u32::try_from((to - from).get_days()).unwrap_or(0);
        Self {
            starts_after_days: count(applied, item.starts_on),
            for_days: item.ends_on.map(|end| count(item.starts_on, end) + 1),
            exercise: item.exercise,
            dose: Some(item.dose),
            recurrence: item.recurrence,
            windows: item.windows,
            ramp: item.ramp,
            progression: item.progression,
            ladder: item.ladder,
            min_gap_min: item.min_gap_min,
            sensor: item.sensor,
        }
    }
}

/// What breaks a rule in lines of a template.
pub fn check_lines(lines: &[TemplateLine]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if lines.is_empty() || lines.len() > MAX_ITEMS {
        errors.push(FieldError::new(
            "/lines",
            format!("must have 1 to {MAX_ITEMS} lines"),
        ));
    }
    for (index, line) in lines.iter().enumerate() {
        let ranges = [
            ("starts_after_days", Some(line.starts_after_days), 0),
            ("for_days", line.for_days, 1),
        ];
        for (field, value, least) in ranges {
            if value.is_some_and(|value| !(least..=MAX_DAYS).contains(&value)) {
                let rule = format!("must be between {least} and {MAX_DAYS}");
                errors.push(FieldError::new(format!("/lines/{index}/{field}"), rule));
            }
        }
    }
    let applied = Date::constant(2000, 1, 3);
    let items: Vec<PlanItemSpec> = lines.iter().map(|line| line.on(applied)).collect();
    errors.extend(spec::check_items(&items).into_iter().map(|broken| {
        let rest = broken.pointer.strip_prefix("/items").unwrap_or_default();
        FieldError::new(format!("/lines{rest}"), broken.rule)
    }));
    errors
}

/// What a template says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Its name.
    pub name: Text<80>,
    /// What it is for.
    pub reason: Text<500>,
    /// How sure anyone is that it helps.
    pub evidence: Text<300>,
    /// Where dose and evidence come from.
    pub source: Text<300>,
    /// Its lines.
    pub lines: Vec<TemplateLine>,
}

text_enum! {
    /// Whose a template is.
    Owner {
        /// Built in: part of this version of Footing.
        BuiltIn = "built_in",
        /// The clinic's own.
        Clinic = "clinic",
    }
}

/// A template as it is offered.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Template {
    /// A key of a built-in one, an id of the clinic's own.
    #[schema(example = "foot-strength")]
    pub id: String,
    /// Whose it is.
    pub owner: Owner,
    /// The clinic's own count their versions; a built-in one has that of the data it comes with.
    pub version: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub reason: String,
    /// How sure anyone is that it helps.
    pub evidence: String,
    /// Where dose and evidence come from.
    pub source: String,
    /// Its lines.
    pub lines: Vec<TemplateLine>,
    /// No longer offered.
    pub retired: bool,
    /// Who wrote this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_by: Option<ClinicianId>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub written_at: Option<Timestamp>,
}

impl Template {
    /// What it would add on a date to a plan that has some exercises, and the names of those: their lines stay as they are.
    pub fn beside(
        &self,
        has: impl Fn(&str) -> bool,
        today: Date,
    ) -> (Vec<PlanItemSpec>, Vec<String>) {
        let (kept, added): (Vec<_>, Vec<_>) = self
            .lines
            .iter()
            .map(|line| line.on(today))
            .partition(|item| has(&item.exercise));
        let kept = kept.iter().map(|item| super::words::title(&item.exercise));
        (added, kept.collect())
    }
}

/// The name a template goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateRef {
    /// The key of a built-in one.
    BuiltIn(String),
    /// One of the clinic's own.
    Clinic(PlanTemplateId),
}

impl std::str::FromStr for TemplateRef {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = text.parse().map(Self::Clinic);
        Ok(id.unwrap_or_else(|_| Self::BuiltIn(text.to_owned())))
    }
}

text_enum! {
    /// How sure an observation is, as sessions are stored with it.
    Confidence {
        /// A first hint.
        Low = "low",
        /// From many strides.
        Medium = "medium",
        /// From many strides, and by a wide margin.
        High = "high",
    }
}

/// An observation that may suggest a template.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuggestedBy {
    /// Its id.
    pub id: String,
    /// From which confidence on.
    pub confidence: Confidence,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BuiltIn {
    key: String,
    name: String,
    reason: String,
    evidence: String,
    source: String,
    #[serde(default)]
    observations: Vec<SuggestedBy>,
    lines: Vec<TemplateLine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BuiltIns {
    version: String,
    template: Vec<BuiltIn>,
}

#[expect(
    clippy::expect_used,
    reason = "the file is part of the binary and a test reads it"
)]
static BUILT_IN: LazyLock<BuiltIns> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/templates.toml"))
        .expect("the embedded templates are valid")
});

/// The version of the built-in templates, and of what suggests them.
pub fn built_in_version() -> &'static str {
    &BUILT_IN.version
}

fn offered(template: &BuiltIn) -> Template {
    Template {
        id: template.key.clone(),
        owner: Owner::BuiltIn,
        version: BUILT_IN.version.clone(),
        name: template.name.clone(),
        reason: template.reason.clone(),
        evidence: template.evidence.clone(),
        source: template.source.clone(),
        lines: template.lines.clone(),
        retired: false,
        written_by: None,
        written_at: None,
    }
}

/// Every built-in template.
pub fn built_in() -> Vec<Template> {
    BUILT_IN.template.iter().map(offered).collect()
}

/// The built-in template with this key.
pub fn find_built_in(key: &str) -> Option<Template> {
    let found = BUILT_IN.template.iter().find(|one| one.key == key)?;
    Some(offered(found))
}

/// The built-in template an observation of such confidence suggests.
pub fn suggested_by(observation: &str, confidence: Confidence) -> Option<Template> {
    let found = BUILT_IN.template.iter().find(|one| {
        let mut by = one.observations.iter();
        by.any(|by| by.id == observation && confidence >= by.confidence)
    })?;
    Some(offered(found))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_built_in_template_is_valid_and_says_where_it_comes_from() {
        let observations = gait::observation::ids();
        let mut keys = BTreeSet::new();
        let mut suggesting = BTreeSet::new();
        for one in &BUILT_IN.template {
            assert!(keys.insert(&one.key), "{} twice", one.key);
            assert_eq!(check_lines(&one.lines), [], "{}", one.key);
            for text in [&one.name, &one.reason, &one.evidence, &one.source] {
                assert!(Text::<500>::new(text).is_ok(), "{}: {text}", one.key);
            }
            for by in &one.observations {
                assert!(observations.contains(&by.id.as_str()), "{}", by.id);
                assert!(suggesting.insert(&by.id), "{} suggests two", by.id);
            }
        }
        assert!(keys.len() >= 5);
    }

    #[test]
    fn an_observation_suggests_from_its_confidence_on() {
        let key = |confidence| suggested_by("medial_loading_pattern", confidence).map(|one| one.id);
        assert_eq!(key(Confidence::Low), None);
        assert_eq!(key(Confidence::Medium).as_deref(), Some("hip-and-foot"));
        assert_eq!(key(Confidence::High).as_deref(), Some("hip-and-foot"));
        assert_eq!(suggested_by("low_cadence", Confidence::High), None);
        // The names are those sessions are stored with.
        for known in [
            gait::observation::Confidence::Low,
            gait::observation::Confidence::Medium,
            gait::observation::Confidence::High,
        ] {
            let name = serde_json::to_value(known).unwrap();
            assert!(Confidence::from_name(name.as_str().unwrap()).is_some());
        }
    }

    #[test]
    fn a_line_goes_to_a_plan_and_back() {
        let today = date(2026, 3, 2);
        let line = TemplateLine {
            starts_after_days: 3,
            ..find_built_in("foot-strength").unwrap().lines.remove(1)
        };
        let item = line.on(today);
        assert_eq!(item.starts_on, date(2026, 3, 5));
        assert_eq!(item.ends_on, Some(date(2026, 4, 29)), "56 days");
        assert_eq!(item.dose, library::find("heel-raise").unwrap().dose);
        let back = TemplateLine::of(item, today);
        let same = TemplateLine {
            dose: back.dose.clone(),
            ..line
        };
        assert_eq!(back, same);
    }

    #[test]
    fn what_the_plan_has_stays_and_the_rest_is_added() {
        let today = date(2026, 3, 2);
        let template = find_built_in("foot-strength").unwrap();
        let (added, kept) = template.beside(|exercise| exercise == "short-foot", today);
        let keys: Vec<&str> = added.iter().map(|item| item.exercise.as_str()).collect();
        assert_eq!(keys, ["heel-raise", "plantar-fascia-stretch"]);
        assert_eq!(kept, ["Short-foot exercise"]);
    }

    #[test]
    fn a_broken_line_is_named() {
        let mut lines = find_built_in("back-care").unwrap().lines;
        lines[1].for_days = Some(0);
        lines[2].windows.clear();
        let pointers: Vec<String> = check_lines(&lines).into_iter().map(|e| e.pointer).collect();
        assert_eq!(pointers, ["/lines/1/for_days", "/lines/2/windows"]);
        assert_eq!(check_lines(&[])[0].pointer, "/lines");
    }
}

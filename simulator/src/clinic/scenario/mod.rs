//! The scenario language: who lives in a clinic, what is prescribed, what happens, what goes wrong. One TOML file, checked
//! before anything runs; every rate is a share from 0 to 1, every length of time says its unit.

pub(crate) mod catalogue;
mod check;
pub(crate) mod faults;
pub(crate) mod story;

use std::path::Path;

use anyhow::Context;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{PartialSchema, ToSchema};

pub(crate) use check::read;
pub(crate) use faults::Faults;
pub(crate) use story::{Act, Story};

/// A whole clinic and its days.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in one sentence.
    pub(crate) about: String,
    /// The clinic.
    pub(crate) clinic: Clinic,
    /// What can be prescribed, by name.
    pub(crate) line: Vec<Line>,
    /// Who lives there; patients are dealt to the groups by weight.
    pub(crate) group: Vec<Group>,
    /// What happens besides the days.
    #[serde(default)]
    pub(crate) story: Vec<Story>,
    /// What goes wrong; nothing where absent.
    #[serde(default)]
    pub(crate) faults: Faults,
}

/// The clinic.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clinic {
    /// Its zone, such as `Europe/Berlin`.
    pub(crate) time_zone: String,
    /// The first day lived.
    #[schema(value_type = String, format = Date)]
    pub(crate) first_day: Date,
    /// Days lived, 1 to 3660.
    pub(crate) days: u32,
    /// Patients, 1 to 100000.
    pub(crate) patients: u32,
    /// Whether a second clinic with one patient lives in the same database, whom nobody may see.
    #[serde(default)]
    pub(crate) neighbour: bool,
    /// Parts of the clinic's settings that differ, as `/v1/clinic/settings` takes them.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(crate) settings: Option<Value>,
    /// What the clinicians do.
    #[serde(default)]
    pub(crate) desk: Desk,
}

/// What clinicians do on each working day, Monday to Friday at nine.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Desk {
    /// Whether they look at the worklist and see to what is on it.
    pub(crate) rounds: bool,
    /// Share of patients whose plan is changed on a day.
    pub(crate) edits: f64,
    /// Share of patients who are paused on a day, for three to seven days.
    pub(crate) pauses: f64,
    /// Share of patients who get a message on a day.
    pub(crate) messages: f64,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            rounds: true,
            edits: 0.0,
            pauses: 0.0,
            messages: 0.0,
        }
    }
}

/// A line of a plan.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// How groups name it.
    pub(crate) name: String,
    /// Which exercise or habit of Footing's library.
    pub(crate) exercise: String,
    /// Its dose, as the plan's API takes it.
    #[schema(value_type = Object)]
    pub(crate) dose: Value,
    /// When it is due, local times.
    #[schema(value_type = Vec<String>)]
    pub(crate) times: Vec<Time>,
    /// On which days.
    #[serde(default)]
    pub(crate) days: Days,
    /// Minutes after each due time at which it is asked again; none where empty.
    #[serde(default)]
    pub(crate) again_after_min: Vec<u32>,
}

/// Days a line is due on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the words of scenario files")]
pub(crate) enum Days {
    /// Each.
    #[default]
    Daily,
    /// Some days of the week, `mon` to `sun`.
    Weekdays(Vec<String>),
    /// Each so many days from the first on.
    EveryNDays(u32),
    /// So many times a week, on whichever of its days it suits.
    TimesPerWeek(u32),
}

/// People who live alike.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// How stories name it.
    pub(crate) name: String,
    /// How many of all patients, beside the other groups' weights.
    #[serde(default = "one")]
    pub(crate) weight: f64,
    /// Where they live, in turn.
    pub(crate) time_zones: Vec<String>,
    /// What is prescribed: names of lines.
    pub(crate) plan: Vec<String>,
    /// Share of prompts they follow on the first and on the last day; in between it goes from one to the other.
    #[serde(default = "mostly")]
    pub(crate) follows: [f64; 2],
    /// How far a good or bad day moves that, 0 to 1.
    #[serde(default)]
    pub(crate) moods: f64,
    /// Of what they follow, the share done in part.
    #[serde(default)]
    pub(crate) partly: f64,
    /// Of what they follow, the share skipped with a reason.
    #[serde(default)]
    pub(crate) skips: f64,
    /// Of what they follow, the share taken back and given again.
    #[serde(default)]
    pub(crate) takes_back: f64,
    /// Of what they follow, the share put off for half an hour first.
    #[serde(default)]
    pub(crate) puts_off: f64,
    /// Of what they follow, the share tapped twice.
    #[serde(default)]
    pub(crate) taps_twice: f64,
    /// Share of days with an insole session.
    #[serde(default)]
    pub(crate) walks: f64,
    /// How they walk: a walker's scenario, see `footing-sim generate --scenario list`.
    #[serde(default = "neutral")]
    pub(crate) gait: String,
    /// Share of days with a check-in.
    #[serde(default)]
    pub(crate) checks_in: f64,
    /// Pain they tell of, from and to, 0 to 10.
    #[serde(default)]
    pub(crate) pain: [u8; 2],
    /// Their own quiet hours, from and to.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub(crate) quiet_hours: Option<[Time; 2]>,
    /// Whether they have a phone at all.
    #[serde(default = "yes")]
    pub(crate) has_phone: bool,
}

const fn one() -> f64 {
    1.0
}

const fn mostly() -> [f64; 2] {
    [0.85, 0.85]
}

const fn yes() -> bool {
    true
}

fn neutral() -> String {
    "neutral".to_owned()
}

impl Scenario {
    /// A scenario that comes with Footing by its name, or else the file of that name.
    ///
    /// # Errors
    /// When there is neither, it cannot be read, or it cannot be lived: the field and the rule.
    pub fn load(name: &str) -> anyhow::Result<Self> {
        let text = match catalogue::by_name(name) {
            Some(text) => text.to_owned(),
            None if Path::new(name).exists() => {
                std::fs::read_to_string(name).with_context(|| name.to_owned())?
            }
            None => anyhow::bail!(
                "there is no scenario {name:?}; `footing-sim clinic scenarios` lists them"
            ),
        };
        read(&text).with_context(|| name.to_owned())
    }

    /// The same with other numbers of days and patients; stories of days that are not lived are left out.
    ///
    /// # Errors
    /// When they cannot be lived.
    pub fn sized(mut self, days: Option<u32>, patients: Option<u32>) -> anyhow::Result<Self> {
        self.clinic.days = days.unwrap_or(self.clinic.days);
        self.clinic.patients = patients.unwrap_or(self.clinic.patients);
        self.story.retain(|story| story.day < self.clinic.days);
        check::check(&self)?;
        Ok(self)
    }

    /// Days lived.
    pub fn days(&self) -> u32 {
        self.clinic.days
    }

    /// A line by name.
    pub(crate) fn line(&self, name: &str) -> Option<&Line> {
        self.line.iter().find(|line| line.name == name)
    }
}

impl Line {
    /// As the plan's API takes it.
    pub(crate) fn body(&self, starts_on: Date) -> Value {
        let windows: Vec<Value> = self
            .times
            .iter()
            .map(|at| serde_json::json!({ "at": at.strftime("%H:%M").to_string() }))
            .collect();
        let recurrence = match &self.days {
            Days::Daily => serde_json::json!({ "kind": "daily" }),
            Days::Weekdays(days) => serde_json::json!({ "kind": "weekdays", "weekdays": days }),
            Days::EveryNDays(days) => {
                serde_json::json!({ "kind": "every_n_days", "n_days": days })
            }
            Days::TimesPerWeek(times) => {
                serde_json::json!({ "kind": "times_per_week", "times": times })
            }
        };
        let mut body = serde_json::json!({
            "exercise": self.exercise, "dose": self.dose, "recurrence": recurrence, "windows": windows,
            "starts_on": starts_on,
        });
        if !self.again_after_min.is_empty() {
            let again = self
                .again_after_min
                .iter()
                .map(|minutes| serde_json::json!({ "when": "after", "minutes": minutes }));
            let rungs: Vec<Value> = std::iter::once(serde_json::json!({ "when": "at" }))
                .chain(again)
                .collect();
            body["ladder"] = Value::Array(rungs);
        }
        body
    }
}

/// The JSON schema of scenario files.
pub(crate) fn schema() -> String {
    use utoipa::openapi::{ComponentsBuilder, RefOr, Schema};
    let mut parts: Vec<(String, RefOr<Schema>)> = Vec::new();
    Scenario::schemas(&mut parts);
    let components = ComponentsBuilder::new().schemas_from_iter(parts).build();
    let mut schema = serde_json::to_value(Scenario::schema()).unwrap_or_default();
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    let parts = serde_json::to_value(components).unwrap_or_default();
    schema["$defs"] = parts["schemas"].clone();
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.replace("#/components/schemas/", "#/$defs/")
}

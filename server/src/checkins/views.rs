//! Check-ins and suspensions as JSON shows them.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::item::CheckinBody;
use super::read::Today;
use super::red_flags;
use super::service::Advice;
use super::texts;
use crate::error::{Error, Result};
use crate::store::checkins::CheckinRow;
use crate::store::suspensions::{Suspension, SuspensionEnd};
use crate::store::types::{CheckinId, ClinicianId, DateText, SuspensionId};
use crate::texts::Voice;

/// What the patient is to see at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AdviceView {
    /// Key of the text: `advice_emergency`, `advice_urgent`, `exercise_paused`, `exercise_eased` or `see_your_clinic`.
    pub key: &'static str,
    /// The text, in the patient's language.
    pub text: String,
}

impl AdviceView {
    pub(super) fn of(advice: &Advice, locale: &str) -> Self {
        let voice = Voice::of(locale);
        let exercise = advice
            .exercise
            .as_deref()
            .map_or_else(String::new, |key| voice.title(key));
        Self {
            key: advice.key,
            text: voice.one(advice.key, "exercise", &exercise),
        }
    }
}

/// A question of a check-in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Question {
    /// The field of the check-in the answer belongs in.
    field: &'static str,
    /// `rating` (0 to 10), `yes_no` or `hours`.
    kind: &'static str,
    /// The question, in the patient's language.
    text: String,
}

/// A red-flag question.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedFlagQuestion {
    /// The key the answer names.
    key: &'static str,
    /// `emergency` or `urgent`.
    list: red_flags::RedFlagList,
    /// The question, in the patient's language.
    text: String,
}

/// What a patient is asked today.
#[derive(Debug, Serialize, ToSchema)]
pub struct TodayView {
    /// The patient's date.
    date: String,
    /// Whether there is a check-in of this date already.
    done: bool,
    /// The questions.
    questions: Vec<Question>,
    /// Why the red-flag questions come first today: `first` (there is no check-in yet) or `pain_rise`; null when they are
    /// only to be at hand.
    ask_red_flags: Option<&'static str>,
    /// The red-flag questions; they can be answered on any day.
    red_flags: Vec<RedFlagQuestion>,
    /// Questionnaires whose time has come.
    scales_due: Vec<&'static str>,
    /// The question of the PSFS, where its time has come.
    psfs_text: Option<String>,
}

/// What a check-in asks: the field and its kind.
pub(super) const QUESTIONS: [(&str, &str); 14] = [
    ("back_pain", "rating"),
    ("leg_pain", "rating"),
    ("foot_pain", "rating"),
    ("tired_feet", "rating"),
    ("signs/uneven_shoe_wear", "yes_no"),
    ("signs/feet_tire_soon", "yes_no"),
    ("signs/ankles_unsteady", "yes_no"),
    ("signs/pain_travels_down", "yes_no"),
    ("signs/standing_makes_worse", "yes_no"),
    ("ankle_rolled", "yes_no"),
    ("hours_on_feet", "hours"),
    ("new_shoes", "yes_no"),
    ("standing_walking_changed", "yes_no"),
    ("fall", "yes_no"),
];

/// Whether a red flag is asked among the other questions already.
pub(super) fn is_asked_apart(flag: &red_flags::RedFlag) -> bool {
    flag.key == super::item::FALL
}

impl TodayView {
    pub(super) fn of(today: Today) -> Result<Self> {
        let locale = today.locale.as_str();
        let question = |(field, kind): (&'static str, &'static str)| {
            let name = field.trim_start_matches("signs/");
            let text = texts::render(&format!("question_{name}"), locale, &[]);
            Question { field, kind, text }
        };
        let flags = red_flags::all().iter().filter(|flag| !is_asked_apart(flag));
        Ok(Self {
            date: today.date.date().map_err(Error::internal)?.to_string(),
            done: today.done,
            questions: QUESTIONS.into_iter().map(question).collect(),
            ask_red_flags: today.ask_red_flags,
            red_flags: flags
                .map(|flag| RedFlagQuestion {
                    key: &flag.key,
                    list: flag.list,
                    text: texts::render(&flag.text_key, locale, &[]),
                })
                .collect(),
            psfs_text: today
                .scales_due
                .contains(&"psfs")
                .then(|| texts::render("question_psfs", locale, &[])),
            scales_due: today.scales_due,
        })
    }
}

/// A check-in as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckinView {
    /// The check-in.
    id: CheckinId,
    /// The patient's date it belongs to.
    local_date: String,
    /// The zone of that day.
    time_zone: String,
    /// When it was taken, by the device.
    #[schema(value_type = String, format = DateTime)]
    taken_at: Timestamp,
    /// When it arrived.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// The exercise it was taken after.
    exercise: Option<String>,
    /// When it was corrected; it counts nowhere then.
    #[schema(value_type = Option<String>, format = DateTime)]
    replaced_at: Option<Timestamp>,
    /// The answers as they came.
    #[schema(value_type = CheckinBody)]
    answers: Box<RawValue>,
}

impl CheckinView {
    pub(super) fn of(row: CheckinRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            local_date: date(&row.local_date)?,
            time_zone: row.time_zone,
            taken_at: row.taken_at.timestamp(),
            received_at: row.received_at.timestamp(),
            exercise: row.exercise_key,
            replaced_at: row.replaced_at.map(|at| at.timestamp()),
            answers: RawValue::from_string(row.body).map_err(Error::internal)?,
        })
    }
}

pub(super) fn date(text: &DateText) -> Result<String> {
    Ok(text.date().map_err(Error::internal)?.to_string())
}

/// A suspension.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuspensionView {
    /// The suspension.
    id: SuspensionId,
    /// The exercise; `*` is the whole plan.
    exercise: String,
    /// Why: `pain_spike`, `pain` or `red_flag`.
    reason: String,
    /// From when.
    #[schema(value_type = String, format = DateTime)]
    from_at: Timestamp,
    /// Until when; null while nobody ended it.
    #[schema(value_type = Option<String>, format = DateTime)]
    until_at: Option<Timestamp>,
    /// The clinician who ended it.
    ended_by: Option<ClinicianId>,
    /// Why they did.
    note: Option<String>,
}

impl SuspensionView {
    pub(super) fn of((row, end): (Suspension, Option<SuspensionEnd>)) -> Self {
        Self {
            id: row.id,
            exercise: row.exercise_key,
            reason: row.reason,
            from_at: row.from_at.timestamp(),
            until_at: row.until_at.map(|at| at.timestamp()),
            ended_by: end.as_ref().map(|end| end.ended_by),
            note: end.map(|end| end.note),
        }
    }
}

//! What a clinic and a patient may choose about reminders.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::quiet::QuietHours;
use crate::error::{Error, FieldError, Result};
use crate::plans::Window;

/// Whether several reminders become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Digest {
    /// Each reminder by itself.
    #[default]
    Off,
    /// What is due at the same moment is one reminder.
    SameTime,
}

/// A clinic's rules for reminders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReminderRules {
    /// Quiet hours of patients who chose none. What a clinician prescribed for a time inside them is sent all the
    /// same; everything else waits.
    pub quiet_hours: QuietHours,
    /// For patients who chose none.
    pub digest: Digest,
    /// After an outage, what is at most this late is sent; what is later becomes one digest. 0 to 720.
    pub catch_up_send_min: u32,
    /// After an outage, sends are spread over this many minutes, 0 to 60.
    pub catch_up_spread_min: u32,
    /// Days a pause that asks for a clinician's word may wait for it, before a deputy is asked. 1 to 30.
    pub resume_escalation_days: u32,
    /// Hours after which a patient nobody can reach is shown to the clinic. 1 to 240.
    pub unreachable_after_h: u32,
    /// Due days without any answer after which a patient is first nudged.
    pub silence: SilenceRules,
}

/// The ladder of a long silence, in days without a log (care design, S23).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SilenceRules {
    /// A gentle text after this many due days.
    pub gentle_days: u32,
    /// A second one.
    pub second_days: u32,
    /// The clinic is told.
    pub silent_days: u32,
    /// The clinic is told again, louder.
    pub high_days: u32,
    /// Reminders stop; a clinician decides.
    pub stop_days: u32,
}

impl Default for SilenceRules {
    fn default() -> Self {
        Self {
            gentle_days: 2,
            second_days: 4,
            silent_days: 7,
            high_days: 14,
            stop_days: 21,
        }
    }
}

impl Default for ReminderRules {
    fn default() -> Self {
        Self {
            quiet_hours: QuietHours::nightly("22:00", "07:00"),
            digest: Digest::Off,
            catch_up_send_min: 120,
            catch_up_spread_min: 10,
            resume_escalation_days: 3,
            unreachable_after_h: 24,
            silence: SilenceRules::default(),
        }
    }
}

impl ReminderRules {
    /// Names every broken rule.
    pub fn check(&self, at: &str, errors: &mut Vec<FieldError>) {
        self.quiet_hours.check(&format!("{at}/quiet_hours"), errors);
        let mut ranged = |field: &str, value: u32, low: u32, high: u32| {
            if !(low..=high).contains(&value) {
                errors.push(FieldError::new(
                    format!("{at}/{field}"),
                    format!("must be between {low} and {high}"),
                ));
            }
        };
        ranged("catch_up_send_min", self.catch_up_send_min, 0, 720);
        ranged("catch_up_spread_min", self.catch_up_spread_min, 0, 60);
        ranged("resume_escalation_days", self.resume_escalation_days, 1, 30);
        ranged("unreachable_after_h", self.unreachable_after_h, 1, 240);
        let s = self.silence;
        let steps = [
            s.gentle_days,
            s.second_days,
            s.silent_days,
            s.high_days,
            s.stop_days,
        ];
        if s.gentle_days == 0 || s.stop_days > 365 || !steps.is_sorted_by(|a, b| a < b) {
            errors.push(FieldError::new(
                format!("{at}/silence"),
                "must rise from at least 1 to at most 365 days",
            ));
        }
    }
}

/// What a patient chose; the clinic's rule where a field is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PatientSettings {
    /// Nothing is sent in these hours, not even what is prescribed for a time inside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// Whether several reminders become one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Gentle words after silence; wanted when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nudges: Option<bool>,
}

impl PatientSettings {
    /// The settings stored with a patient.
    ///
    /// # Errors
    /// Internal when the stored text was damaged from outside.
    pub fn stored(text: Option<&str>) -> Result<Self> {
        text.map_or_else(
            || Ok(Self::default()),
            |text| serde_json::from_str(text).map_err(Error::internal),
        )
    }

    /// Names every broken rule.
    pub fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(quiet) = &self.quiet_hours {
            quiet.check("/quiet_hours", &mut errors);
        }
        errors
    }
}

/// `HH:MM`, as minutes after midnight.
pub(super) fn minutes_of(text: &str) -> Option<i64> {
    let time = Window::at(text).time()?;
    Some(i64::from(time.hour()) * 60 + i64::from(time.minute()))
}

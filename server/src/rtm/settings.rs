//! What a clinic sets of monitoring.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::FieldError;
use crate::store::types::text_enum;

text_enum! {
    /// Which of the two dates of data makes a day a monitored one.
    DayRule {
        /// The patient's date on which it happened.
        ActivityDay = "activity_day",
        /// The patient's date on which it arrived.
        ReceivedDay = "received_day",
    }
}

/// Monitoring: what counts as a monitored day, and when a forgotten timer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RtmSettings {
    /// Which date of data counts.
    pub day: DayRule,
    /// Whether answers and check-ins in the app make a day a monitored one, beside sessions of the insoles.
    pub app_counts: bool,
    /// Minutes after which a timer nobody stopped ends by itself, 5 to 240.
    #[schema(minimum = 5, maximum = 240, default = 60)]
    pub timer_min: u16,
    /// Monitored days set-up and education needs in one window; the rule table's where absent. Sources differ. 0 to 30.
    #[schema(minimum = 0, maximum = 30)]
    pub setup_days: Option<u8>,
}

impl Default for RtmSettings {
    fn default() -> Self {
        Self {
            day: DayRule::ActivityDay,
            app_counts: true,
            timer_min: 60,
            setup_days: None,
        }
    }
}

impl RtmSettings {
    /// What breaks a rule.
    pub fn violations(&self, at: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !(5..=240).contains(&self.timer_min) {
            errors.push(FieldError::new(
                format!("{at}/timer_min"),
                "must be 5 to 240",
            ));
        }
        if self.setup_days.is_some_and(|days| days > 30) {
            errors.push(FieldError::new(
                format!("{at}/setup_days"),
                "must be 0 to 30",
            ));
        }
        errors
    }

    /// What makes a day a monitored one, as it is kept with an evaluation.
    pub fn basis(&self) -> &'static str {
        match (self.day, self.app_counts) {
            (DayRule::ActivityDay, true) => "activity_day, insoles and app",
            (DayRule::ActivityDay, false) => "activity_day, insoles",
            (DayRule::ReceivedDay, true) => "received_day, insoles and app",
            (DayRule::ReceivedDay, false) => "received_day, insoles",
        }
    }
}

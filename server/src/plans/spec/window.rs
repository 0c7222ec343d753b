//! Times of day, and how long around them an answer is on time.

use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::FieldError;

/// Windows one item may have on a day.
pub const MAX_WINDOWS: usize = 12;
/// How long before its due time a window may open: a day would reach into the day before.
const MAX_LEAD_MIN: u32 = 12 * 60;
/// How long after its due time a window may close.
const MAX_GRACE_MIN: u32 = 24 * 60;

/// A time of day at which an item is due, and how long around it an answer counts as on time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Local time, `HH:MM`.
    #[schema(example = "08:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub at: String,
    /// Minutes before that at which it opens, 0 to 720.
    #[serde(default = "default_lead_min")]
    pub opens_before_min: u32,
    /// Minutes after that at which it closes, 15 to 1440.
    #[serde(default = "default_grace_min")]
    pub closes_after_min: u32,
}

/// The time a text `HH:MM` stands for.
pub fn time_of_day(text: &str) -> Option<Time> {
    let [h1, h2, b':', m1, m2] = text.as_bytes() else {
        return None;
    };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| (byte - b'0').cast_signed());
    let hour = digit(h1)? * 10 + digit(h2)?;
    let minute = digit(m1)? * 10 + digit(m2)?;
    Time::new(hour, minute, 0, 0).ok()
}

/// On time is from two hours before until four hours after (docs/ARCHITECTURE.md, adherence).
fn default_lead_min() -> u32 {
    120
}

fn default_grace_min() -> u32 {
    240
}

impl Window {
    /// A window with the usual lead and grace.
    pub fn at(time: &str) -> Self {
        Self {
            at: time.to_owned(),
            opens_before_min: default_lead_min(),
            closes_after_min: default_grace_min(),
        }
    }

    /// The local time, if the text is `HH:MM`.
    pub fn time(&self) -> Option<Time> {
        time_of_day(&self.at)
    }

    pub(super) fn check(&self, at: &str, errors: &mut Vec<FieldError>) {
        if self.time().is_none() {
            errors.push(FieldError::new(
                format!("{at}/at"),
                "must be a time of day, HH:MM",
            ));
        }
        if self.opens_before_min > MAX_LEAD_MIN {
            errors.push(FieldError::new(
                format!("{at}/opens_before_min"),
                format!("must be between 0 and {MAX_LEAD_MIN}"),
            ));
        }
        if !(15..=MAX_GRACE_MIN).contains(&self.closes_after_min) {
            errors.push(FieldError::new(
                format!("{at}/closes_after_min"),
                format!("must be between 15 and {MAX_GRACE_MIN}"),
            ));
        }
    }
}

//! Wear that insoles can tell.

use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dose::Dose;
use super::window::time_of_day;
use crate::error::FieldError;
use crate::plans::library::{self, CareKind};

/// Characters a tag may have.
const MAX_TAG: usize = 64;

/// That wearing is read from insole sessions, for footwear and orthotics with a dose in minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WearSensor {
    /// What is worn.
    pub tracks: Wearable,
    /// Which shoe or orthotic, as sessions name it; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64)]
    pub tag_id: Option<String>,
    /// Local time by which it should be worn, `HH:MM`, or a reminder comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "09:30", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub remind_if_not_worn_by: Option<String>,
}

/// What an insole can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wearable {
    /// An orthotic.
    Orthotic,
    /// A shoe.
    Shoe,
}

impl WearSensor {
    /// The time by which it should be worn.
    pub fn remind_at(&self) -> Option<Time> {
        self.remind_if_not_worn_by.as_deref().and_then(time_of_day)
    }

    pub(super) fn check(
        &self,
        exercise: &str,
        dose: &Dose,
        at: &str,
        errors: &mut Vec<FieldError>,
    ) {
        let mut wanted = |good: bool, field: &str, rule: &str| {
            if !good {
                errors.push(FieldError::new(format!("{at}{field}"), rule));
            }
        };
        let worn = library::find(exercise)
            .is_none_or(|found| matches!(found.kind, CareKind::Footwear | CareKind::Orthotic));
        wanted(worn, "", "belongs to footwear and orthotics only");
        wanted(dose.minutes.is_some(), "", "needs a dose in minutes");
        let tag = self.tag_id.as_deref().is_none_or(|tag| {
            !tag.trim().is_empty()
                && tag.chars().count() <= MAX_TAG
                && !tag.chars().any(char::is_control)
        });
        wanted(
            tag,
            "/tag_id",
            "must have 1 to 64 characters, none of them a control character",
        );
        wanted(
            self.remind_if_not_worn_by.is_none() || self.remind_at().is_some(),
            "/remind_if_not_worn_by",
            "must be a time of day, HH:MM",
        );
    }
}

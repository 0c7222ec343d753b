//! What happens besides the days.

use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that happens on a day.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Story {
    /// On which day, from 0.
    pub(crate) day: u32,
    /// When, by the clock of the place the patient began in.
    #[serde(default = "noon")]
    #[schema(value_type = String)]
    pub(crate) at: Time,
    /// To whom: a group's name; everybody where absent.
    #[serde(default)]
    pub(crate) group: Option<String>,
    /// To how many of them, the first by number; to all where absent.
    #[serde(default)]
    pub(crate) patients: Option<u32>,
    /// What.
    pub(crate) act: Act,
}

fn noon() -> Time {
    Time::constant(12, 0, 0, 0)
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Act {
    /// They are in another zone, and the phone says so twice within forty minutes.
    Travels {
        /// Where.
        to: String,
    },
    /// The phone has no connection for so many days, and then sends everything, in no order and some of it twice.
    OffLine {
        /// How long.
        days: u32,
    },
    /// The phone's clock is wrong from now on.
    PhoneClock {
        /// By so many seconds, ahead where positive.
        error_s: i64,
    },
    /// The insoles are in the wrong shoes from now on: left is right.
    SwapsFeet,
    /// They walk otherwise from now on.
    Walks {
        /// A walker's scenario.
        gait: String,
    },
    /// They follow their plan otherwise from now on.
    Follows {
        /// Share of prompts, in percent.
        percent: u8,
    },
    /// They tell of this pain in the evening.
    Pain {
        /// 0 to 10.
        back: u8,
    },
    /// They tell of a fall.
    Falls,
    /// They say yes to a red-flag question.
    RedFlag {
        /// Which.
        key: String,
    },
    /// They take their consent back.
    Withdraws,
    /// The clinic erases them.
    Erased,
    /// The gateway does not know their phone any more.
    TokenDies,
    /// The clinic pauses them from today on.
    Paused {
        /// So many days.
        days: u32,
        /// Why, as the API names it.
        reason: String,
    },
    /// Their plan is these lines from now on.
    Plan {
        /// Names of lines.
        lines: Vec<String>,
    },
    /// The clinician who looks after them leaves, and another takes over.
    HandedOver,
    /// New orthotics are handed over.
    OrthoticIssued,
    /// The clinic writes to them.
    Message {
        /// What.
        text: String,
    },
}

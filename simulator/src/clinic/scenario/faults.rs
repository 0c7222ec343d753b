//! What goes wrong: ranges, of which each seed draws its own rate; half of the seeds draw none of a kind, so that faults are
//! met alone and together.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// From and to; the seed draws.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(from = "Written", into = "Written")]
pub(crate) struct Range {
    from: f64,
    to: f64,
    /// Drawn by every seed, and not by half of them.
    always: bool,
}

/// As it stands in a file: one number is that number in every seed, two are a range that half of the seeds draw from.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Written {
    /// The same for every seed.
    Always(f64),
    /// From and to.
    Between([f64; 2]),
}

impl From<Written> for Range {
    fn from(written: Written) -> Self {
        match written {
            Written::Always(rate) => Self {
                from: rate,
                to: rate,
                always: true,
            },
            Written::Between([from, to]) => Self {
                from,
                to,
                always: false,
            },
        }
    }
}

impl From<Range> for Written {
    fn from(range: Range) -> Self {
        if range.always {
            Self::Always(range.from)
        } else {
            Self::Between([range.from, range.to])
        }
    }
}

impl Range {
    /// What a seed makes of it.
    pub(crate) fn draw(self, rng: &mut ChaCha8Rng) -> f64 {
        // Two draws whatever comes of them: a changed range moves no other.
        let (drawn, place): (bool, f64) = (rng.random(), rng.random());
        if self.always || drawn {
            self.from + place * (self.to - self.from)
        } else {
            0.0
        }
    }

    /// Whether it is a range of values from 0 to `most`.
    pub(crate) fn is_within(self, most: f64) -> bool {
        0.0 <= self.from && self.from <= self.to && self.to <= most
    }
}

/// By layer.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Faults {
    /// Between phones and server.
    pub(crate) network: Network,
    /// The push gateway.
    pub(crate) gateway: Gateway,
    /// What the database lies on; SQLite in this process only.
    pub(crate) disk: Disk,
    /// The server's process.
    pub(crate) process: Process,
    /// Two servers on one database; in this process only.
    pub(crate) nodes: Nodes,
    /// The server's clock.
    pub(crate) clock: Clock,
    /// Phones and insoles.
    pub(crate) device: Device,
    /// Days at the end in which nothing goes wrong any more, so that everything can come to rest.
    pub(crate) calm_days: u32,
}

/// Between phones and server; shares of requests.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Network {
    /// Never arrive.
    pub(crate) request_lost: Range,
    /// Arrive, and the answer does not.
    pub(crate) response_lost: Range,
    /// Arrive twice.
    pub(crate) duplicated: Range,
    /// Arrive up to three hours later, and so out of order.
    pub(crate) delayed: Range,
    /// Arrive cut off.
    pub(crate) truncated: Range,
}

/// The push gateway; shares of messages.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Gateway {
    /// Answers 5xx.
    pub(crate) unavailable: Range,
    /// Asks to wait.
    pub(crate) busy: Range,
    /// Accepts, and its answer never comes.
    pub(crate) lost_after_accept: Range,
    /// Does not accept, and never answers.
    pub(crate) lost_before_accept: Range,
    /// Takes up to twenty seconds.
    pub(crate) slow: Range,
    /// Hours in which it is down, each day.
    pub(crate) down_h_each_day: Range,
}

/// The disk.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Disk {
    /// Power cuts each day, at any operation of the disk.
    pub(crate) power_cuts_each_day: Range,
    /// Operations that fail each day.
    pub(crate) errors_each_day: Range,
    /// Times each day it is full, for ten minutes.
    pub(crate) full_each_day: Range,
}

/// The process.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Process {
    /// Ends each day, at any piece of work.
    pub(crate) crashes_each_day: Range,
    /// Stops each day, as an upgrade would.
    pub(crate) stops_each_day: Range,
    /// How long it stays away, at most, minutes; 10 where absent.
    pub(crate) down_min: Option<f64>,
    /// How often tasks that could go on let others go first.
    pub(crate) yields: Range,
}

/// Two servers on one database. Requests go to either, and each does its share of the jobs.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Nodes {
    /// Share of the seeds in which there are two; in the others nothing below happens.
    pub(crate) two: f64,
    /// Times each day one of them stands still, at any piece of work, and goes on later as if no time had passed.
    pub(crate) stands_each_day: Range,
    /// For how long, at most, minutes; 10 where absent.
    pub(crate) stands_min: Option<f64>,
    /// By how much each one's clock differs from the database's, seconds, at most; forth or back.
    pub(crate) skew_s: Range,
}

/// The clock.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Clock {
    /// Steps each day.
    pub(crate) steps_each_day: Range,
    /// Their size, seconds, at most; forth or back.
    pub(crate) step_s: Option<f64>,
}

/// Phones and insoles.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Device {
    /// Share of patients whose phone's clock is wrong.
    pub(crate) wrong_clock: Range,
    /// By how much, seconds, at most; 600 where absent.
    pub(crate) wrong_by_s: Option<f64>,
    /// Share of days on which a phone goes off line, for one to three days.
    pub(crate) off_line: Range,
    /// Tokens the gateway forgets, share of patients each day; the phone registers a new one within hours.
    pub(crate) tokens_die: Range,
    /// Share of patients whose insoles are in the wrong shoes.
    pub(crate) swapped_feet: Range,
    /// Share of sessions sent again under the same id with another content.
    pub(crate) shared_ids: Range,
}

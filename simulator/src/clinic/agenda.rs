//! What happens when, earliest first; a number keeps the order of what happens at one instant.

use std::collections::BTreeMap;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde::{Deserialize, Serialize};

use super::desk::Errand;
use super::phone::Deed;
use super::weather::Blow;

/// Something that happens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// A phone is looked at in the morning.
    Morning {
        patient: usize,
        day: u32,
        tries: u32,
    },
    /// Somebody does something.
    Deed { patient: usize, deed: Deed },
    /// A phone sends a parcel.
    Send { patient: usize, parcel: u64 },
    /// A phone has a connection again.
    OnLine { patient: usize },
    /// A phone registers a new push token.
    NewToken { patient: usize },
    /// A story is told.
    Story { story: usize, patient: usize },
    /// The clinicians begin a working day.
    Desk { day: u32 },
    /// A clinician does something.
    Errand { errand: Errand },
    /// Something breaks, at one of the servers.
    Strike { blow: Blow, node: usize },
    /// Something is whole again.
    Mend { blow: Blow, node: usize },
    /// A server comes back.
    Restart { node: usize },
    /// The server is killed before the next act.
    Kill,
}

/// What is to come.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Agenda {
    // As a list of pairs in a file: keys of JSON objects are text.
    #[serde(with = "pairs")]
    queue: BTreeMap<(Timestamp, u64), Event>,
    next: u64,
}

mod pairs {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Event;

    type Queue = BTreeMap<(Timestamp, u64), Event>;

    pub(super) fn serialize<S: Serializer>(queue: &Queue, to: S) -> Result<S::Ok, S::Error> {
        queue.iter().collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Queue, D::Error> {
        Ok(Vec::deserialize(from)?.into_iter().collect())
    }
}

/// The millisecond an instant is in, unless it begins one.
fn whole_ms(at: Timestamp) -> Timestamp {
    let up = TimestampRound::new()
        .smallest(Unit::Millisecond)
        .mode(RoundMode::Ceil);
    at.round(up).unwrap_or(at)
}

impl Agenda {
    /// Adds something. It happens at a whole millisecond, as far as the simulated time of this process is told apart: other
    /// servers' clocks go by microseconds.
    pub(crate) fn add(&mut self, at: Timestamp, event: Event) {
        let at = whole_ms(at);
        self.queue.insert((at, self.next), event);
        self.next += 1;
    }

    /// When the next thing happens.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// The next thing that happens before an instant.
    pub(crate) fn pop_before(&mut self, limit: Timestamp) -> Option<(Timestamp, Event)> {
        let ((at, _), _) = self.queue.first_key_value()?;
        if *at >= limit {
            return None;
        }
        let ((at, _), event) = self.queue.pop_first()?;
        Some((at, event))
    }
}

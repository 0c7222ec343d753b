//! What was seen from outside: by phones, gateway, killer and clinicians. Plain data; nothing here
//! comes from the server's own rules.

use std::collections::{BTreeMap, BTreeSet};

use footing_simulator::gateway::Accepted;

/// One process of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    /// Started then, ms since the Unix epoch.
    pub(crate) started_ms: i64,
    /// Ready from then on.
    pub(crate) ready_ms: i64,
    /// Until it was killed or told to stop.
    pub(crate) end: Option<(i64, End)>,
}

/// How a life ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// SIGKILL.
    Killed,
    /// SIGTERM.
    Stopped,
}

/// A session summary as a phone sent it, at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    /// Which patient's phone.
    pub(crate) patient: usize,
    /// The summary as canonical JSON.
    pub(crate) body: String,
    /// Whether the server said that it has it.
    pub(crate) acknowledged: bool,
}

/// An answer as a phone sent it, at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Which patient's phone.
    pub(crate) patient: usize,
    /// When the patient answered, ms since the Unix epoch.
    pub(crate) answered_ms: i64,
    /// Whether the server said that it has it.
    pub(crate) acknowledged: bool,
}

/// A prompt the published plan asks for: patient x line x window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wanted {
    /// The patient.
    pub(crate) patient: usize,
    /// The line, by the id it was published under.
    pub(crate) item: String,
    /// The window, `HH:MM` in the patient's zone.
    pub(crate) time: String,
    /// When that is, ms since the Unix epoch.
    pub(crate) due_ms: i64,
}

/// An occurrence as the clinician sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Its id.
    pub(crate) id: String,
    /// What it stands for.
    pub(crate) wanted: Wanted,
    /// How it stands.
    pub(crate) phase: String,
    /// When it was answered.
    pub(crate) answered_ms: Option<i64>,
}

/// Everything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence {
    /// Phones: uploads by session id.
    pub(crate) uploads: BTreeMap<String, Upload>,
    /// Clinicians: each listed session with its summary as canonical JSON.
    pub(crate) listed: Vec<(usize, String, String)>,
    /// Phones: answers by occurrence id.
    pub(crate) answers: BTreeMap<String, Answer>,
    /// The plans as published.
    pub(crate) wanted: Vec<Wanted>,
    /// Clinicians: the occurrences of the day.
    pub(crate) seen: Vec<Seen>,
    /// Push token of each patient.
    pub(crate) tokens: Vec<String>,
    /// Gateway: what it accepted, in order.
    pub(crate) accepted: Vec<Accepted>,
    /// The attempts the server wrote down as accepted, by the gateway's name for them.
    pub(crate) recorded: BTreeSet<String>,
    /// The server's processes, in order.
    pub(crate) lives: Vec<Life>,
    /// Until when prompts were waited for, ms since the Unix epoch.
    pub(crate) until_ms: i64,
}

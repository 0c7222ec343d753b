//! What was seen from outside the server, written only by those outside: phones, clinicians, the push gateway, whoever
//! breaks things. Plain data; the checker believes this and nothing else.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Ledger {
    /// Patients by number.
    pub(crate) patients: Vec<PatientBook>,
    /// What the server asked the gateway to deliver, in order.
    pub(crate) offers: Vec<Offer>,
    /// Nobody here could see the gateway: of prompts nothing is known.
    #[serde(default)]
    pub(crate) is_gateway_unseen: bool,
    /// The server's processes, in order.
    pub(crate) lives: Vec<Life>,
    /// When which server stood still.
    #[serde(default)]
    pub(crate) stood: Vec<Stood>,
    /// Answers that blame the server.
    pub(crate) errors: Vec<ServerError>,
    /// Answers that blame the caller, which no caller here deserves.
    pub(crate) refusals: Vec<ServerError>,
    /// What was broken, and until when.
    pub(crate) injected: Vec<Injected>,
    /// Acts of clinicians that the audit trail must know, by action, as they were acknowledged.
    pub(crate) audited: BTreeMap<String, u32>,
    /// Requests answered.
    pub(crate) answered: u64,
    /// When the gateway was down.
    pub(crate) gateway_down: Vec<(Timestamp, Timestamp)>,
    /// How late a prompt may be for what the gateway does to messages, seconds.
    pub(crate) late_s: i64,
}

/// What the world knows of a patient.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct PatientBook {
    /// Id in the server.
    pub(crate) id: String,
    /// Name, obviously synthetic.
    pub(crate) name: String,
    /// Zones by when the phone first told of them, the first from the beginning.
    pub(crate) zones: Vec<(Timestamp, String)>,
    /// Plans as they were published.
    pub(crate) plans: Vec<Published>,
    /// Pauses as they were acknowledged.
    pub(crate) pauses: Vec<Pause>,
    /// Push tokens, each with when it was registered.
    pub(crate) tokens: Vec<(Timestamp, String)>,
    /// When the server knew no live token although the phone had one, from and to: dead until registered anew.
    pub(crate) unreachable: Vec<(Timestamp, Option<Timestamp>)>,
    /// Answers by their own id.
    pub(crate) answers: BTreeMap<String, Answer>,
    /// Sessions by their id.
    pub(crate) uploads: BTreeMap<String, Upload>,
    /// Check-ins by their id: whether acknowledged.
    pub(crate) checkins: BTreeMap<String, bool>,
    /// Own quiet hours, from and to, since they were acknowledged.
    pub(crate) quiet_hours: Option<(Timestamp, Time, Time)>,
    /// When consent was taken back: sent first, and acknowledged.
    pub(crate) withdrawn: Option<(Timestamp, Option<Timestamp>)>,
    /// When the erasure was ordered.
    pub(crate) erased: Option<Timestamp>,
    /// When it is to happen, as the acknowledgement said.
    pub(crate) erasure_due: Option<Timestamp>,
    /// When the server acknowledged each report of another zone.
    pub(crate) zone_heard: Vec<Timestamp>,
    /// Whether the insoles were in the wrong shoes at any time.
    pub(crate) swapped: bool,
    /// Whether the phone's clock was wrong at any time, by more than a day.
    pub(crate) clock_beyond_repair: bool,
    /// Whether somebody else's zone, a red flag or pain held something back: rules the checker does not know.
    pub(crate) held_back: bool,
    /// Messages of the clinic, by id: whether acknowledged.
    pub(crate) messages: BTreeMap<String, bool>,
}

/// A plan that was acknowledged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Published {
    /// When it was sent first.
    pub(crate) sent_at: Timestamp,
    /// When the acknowledgement came.
    pub(crate) at: Timestamp,
    /// Its version, as the server numbers it.
    pub(crate) version: i64,
    /// Its lines.
    pub(crate) lines: Vec<Wanted>,
}

/// A line somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// Exercise.
    pub(crate) exercise: String,
    /// The server's id of the line.
    pub(crate) item: String,
    /// Times.
    pub(crate) times: Vec<Time>,
    /// Every so many days, 1 for each ...
    pub(crate) every: u32,
    /// ... or on some days of the week, Monday 1.
    pub(crate) weekdays: Vec<i8>,
    /// Whether that is only what the server suggests, and any day of the week will do.
    pub(crate) flexible: bool,
    /// First date.
    pub(crate) starts_on: Date,
    /// Minutes after each time at which it is asked again.
    pub(crate) again_after_min: Vec<u32>,
}

/// A pause.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Pause {
    /// When it was acknowledged.
    pub(crate) at: Timestamp,
    /// First date.
    pub(crate) from: Date,
    /// Last date.
    pub(crate) through: Date,
}

/// An answer a phone gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// To which occurrence.
    pub(crate) occurrence: String,
    /// `done`, `partial`, `skip`, `undo` or `snooze`.
    pub(crate) kind: String,
    /// When, truly.
    pub(crate) given_at: Timestamp,
    /// When it was sent first.
    pub(crate) sent_at: Timestamp,
    /// When the server said that it has it.
    pub(crate) acknowledged_at: Option<Timestamp>,
    /// What the server said became of it.
    pub(crate) disposition: Option<String>,
}

/// A session a phone sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Upload {
    /// As it was sent.
    pub(crate) body: Value,
    /// Whether the server said that it has it.
    pub(crate) acknowledged: bool,
    /// What it said.
    pub(crate) disposition: Option<String>,
    /// Another session that was sent under the same id.
    pub(crate) other: Option<Value>,
    /// What the server said of that one.
    pub(crate) impostor: Option<String>,
}

/// A message the server asked the gateway to deliver.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Offer {
    /// When it arrived at the gateway, by true time.
    pub(crate) at: Timestamp,
    /// Fingerprint of the token.
    pub(crate) token: String,
    /// What for.
    pub(crate) kind: String,
    /// Its id, 32 hex digits.
    pub(crate) id: String,
    /// What it replaces on the device.
    pub(crate) collapse: String,
    /// Whether the gateway took it.
    pub(crate) accepted: bool,
    /// Whether the server was told, as far as the gateway knows.
    pub(crate) told: bool,
    /// In which life of the server.
    pub(crate) life: usize,
}

/// One process of the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Life {
    /// Which of the servers.
    pub(crate) node: usize,
    /// From when it answered.
    pub(crate) from: Timestamp,
    /// Until when.
    pub(crate) until: Option<Timestamp>,
    /// How it ended.
    pub(crate) end: Option<End>,
}

/// A server stood still.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stood {
    /// Which of the servers.
    pub(crate) node: usize,
    /// From when.
    pub(crate) from: Timestamp,
    /// Until when.
    pub(crate) until: Timestamp,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum End {
    /// It crashed.
    Crashed,
    /// It was killed with nothing under way.
    Killed,
    /// The power went.
    PowerCut,
    /// It was told to stop.
    Stopped,
    /// It never came to an end of its work.
    Stuck,
}

/// An answer that should not have been.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServerError {
    /// When.
    pub(crate) at: Timestamp,
    /// To what.
    pub(crate) request: String,
    /// Status.
    pub(crate) status: u16,
    /// What it said.
    pub(crate) text: String,
}

/// Something that was broken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Injected {
    /// What.
    pub(crate) what: String,
    /// From when.
    pub(crate) from: Timestamp,
    /// Until when its effects may be seen.
    pub(crate) until: Timestamp,
    /// By how much the server's clock was wrong meanwhile, seconds.
    pub(crate) clock_s: i64,
}

impl Ledger {
    /// Whether something was broken then that excuses an error of the server.
    pub(crate) fn excuses(&self, at: Timestamp) -> bool {
        self.injected
            .iter()
            .any(|one| one.from <= at && at <= one.until)
    }

    /// How far the server's clock may have been wrong around an instant, seconds.
    pub(crate) fn clock_s(&self, at: Timestamp) -> i64 {
        let wrong = self
            .injected
            .iter()
            .filter(|one| one.from <= at && at <= one.until);
        wrong.map(|one| one.clock_s.abs()).max().unwrap_or(0)
    }

    /// How long the gateway was down between two instants, seconds.
    pub(crate) fn gateway_down_s(&self, from: Timestamp, until: Timestamp) -> i64 {
        let windows = self.gateway_down.iter().map(|(down, up)| {
            let (down, up) = ((*down).max(from), (*up).min(until));
            up.duration_since(down).as_secs().max(0)
        });
        windows.sum()
    }

    /// How long no server was there between two instants, seconds.
    pub(crate) fn downtime_s(&self, from: Timestamp, until: Timestamp) -> i64 {
        let mut down_s = 0;
        let mut gone_since = from;
        for (up, down) in self.awake() {
            let up = up.min(until);
            down_s += up.duration_since(gone_since).as_secs().max(0);
            gone_since = gone_since.max(down.unwrap_or(until));
        }
        down_s
    }

    /// Whether a process was there and awake between two instants, and nothing was broken by which it could not write.
    pub(crate) fn could_write(&self, life: usize, from: Timestamp, until: Timestamp) -> bool {
        let Some(life) = self.lives.get(life) else {
            return false;
        };
        let ended = life.until.is_some_and(|ended| ended <= until);
        let stood = self
            .stood
            .iter()
            .any(|one| one.node == life.node && one.from <= until && from <= one.until);
        let broken = self
            .injected
            .iter()
            .any(|fault| fault.what != "process" && fault.from <= until && from <= fault.until);
        !ended && !stood && !broken
    }

    /// When a server was there and did not stand still, by when that began.
    fn awake(&self) -> Vec<(Timestamp, Option<Timestamp>)> {
        let mut spans = Vec::new();
        for life in &self.lives {
            let mut since = life.from;
            let own = self.stood.iter().filter(|stood| {
                let ended = life.until.is_some_and(|until| until <= stood.from);
                stood.node == life.node && stood.until > life.from && !ended
            });
            for stood in own {
                spans.push((since, Some(stood.from)));
                since = stood.until;
            }
            if life.until.is_none_or(|until| since < until) {
                spans.push((since, life.until));
            }
        }
        spans.sort();
        spans
    }
}

impl PatientBook {
    /// When the server has to believe that the patient is in the zone the phone told of last: the second report that was
    /// acknowledged half an hour after the first.
    pub(crate) fn zone_believed_at(&self) -> Option<Timestamp> {
        let first = self.zone_heard.first()?;
        let half_an_hour = jiff::SignedDuration::from_mins(30);
        self.zone_heard
            .iter()
            .find(|at| at.duration_since(*first) > half_an_hour)
            .copied()
    }

    /// The zone the phone had told of at an instant.
    pub(crate) fn zone_at(&self, at: Timestamp) -> &str {
        let told = self.zones.iter().rev().find(|(since, _)| *since <= at);
        told.or(self.zones.first()).map_or("UTC", |(_, zone)| zone)
    }
}

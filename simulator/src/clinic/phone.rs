//! A patient: a phone, insoles, and somebody with habits and moods. What they decide on a day is a pure function of the seed,
//! the day and what the phone showed.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::chance::{Use, stream};
use super::parcel::Parcel;
use super::scenario::Group;

/// Somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Phone {
    /// Number, from 0.
    pub(crate) number: usize,
    /// Which group they belong to.
    pub(crate) group: usize,
    /// Id in the server.
    pub(crate) patient: String,
    /// The app's token; none without a phone.
    pub(crate) token: Option<String>,
    /// Where prompts go.
    pub(crate) push_token: String,
    /// Where they are.
    pub(crate) zone: String,
    /// How they walk.
    pub(crate) gait: String,
    /// Share of prompts they follow, where a story has changed it.
    pub(crate) follows: Option<f64>,
    /// Until when there is no connection.
    pub(crate) off_line_until: Option<Timestamp>,
    /// How far the phone's clock is ahead, seconds.
    pub(crate) clock_error_s: i64,
    /// Whether left is right.
    pub(crate) swapped: bool,
    /// They are not patients any more: erased, or consent taken back.
    pub(crate) gone: bool,
    /// What has not been acknowledged yet, by number.
    pub(crate) outbox: BTreeMap<u64, Parcel>,
    /// What is due in the coming days, as the phone heard it last.
    pub(crate) known: Value,
    /// Parcels so far.
    pub(crate) parcels: u64,
    /// Ids made so far.
    pub(crate) ids: u64,
}

/// Something a person does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    /// Answers a prompt.
    Answer {
        /// Which occurrence.
        occurrence: String,
        /// `done`, `partial`, `skip`, `undo` or `snooze`.
        kind: String,
        /// More fields of the answer.
        with: Value,
        /// Taps twice.
        twice: bool,
    },
    /// Takes the shoes off after a walk.
    Walk {
        /// Which of the walks of this kind.
        variant: u64,
        /// Sends another content under the same id afterwards, as a broken insole would.
        shared_id: bool,
    },
    /// Checks in.
    CheckIn {
        /// The check-in without id and time.
        said: Value,
    },
}

/// Day of a life.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Today {
    /// Number, from 0.
    pub(crate) day: u32,
    /// Days in all.
    pub(crate) days: u32,
    /// The local date.
    pub(crate) date: Date,
}

/// What the phone knows of an occurrence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shown {
    due_at: Timestamp,
    exercise: String,
    id: String,
    dose_tenths: i64,
}

impl Shown {
    /// What can be answered of a list, in an order that does not depend on ids.
    pub(crate) fn of(list: &Value, date: Date) -> Vec<Self> {
        let rows = list["occurrences"].as_array().into_iter().flatten();
        let mut shown: Vec<Self> = rows
            .filter(|row| row["date"].as_str() == Some(date.to_string().as_str()))
            .filter(|row| matches!(row["phase"].as_str(), Some("upcoming" | "open")))
            .filter_map(|row| {
                #[expect(clippy::cast_possible_truncation, reason = "a dose")]
                let dose_tenths = (10.0 * row["dose_amount"].as_f64()?) as i64;
                Some(Self {
                    due_at: row["due_at"].as_str()?.parse().ok()?,
                    exercise: row["exercise"].as_str()?.to_owned(),
                    id: row["id"].as_str()?.to_owned(),
                    dose_tenths,
                })
            })
            .collect();
        shown.sort();
        shown
    }
}

impl Phone {
    /// An id as an app makes it.
    pub(crate) fn id(&mut self, seed: u64, prefix: &str) -> String {
        self.ids += 1;
        let who = u64::try_from(self.number).unwrap_or(0) << 24 | self.ids;
        let bytes: [u8; 16] = stream(seed, Use::Ids, who, 0).random();
        format!("{prefix}_{}", Uuid::from_bytes(bytes).simple())
    }

    /// What the phone's clock shows.
    pub(crate) fn shows(&self, at: Timestamp) -> Timestamp {
        at.saturating_add(SignedDuration::from_secs(self.clock_error_s))
            .unwrap_or(at)
    }

    /// An instant of a local date.
    pub(crate) fn local(&self, date: Date, hour: i8, minute: i8) -> Timestamp {
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        date.at(hour, minute, 0, 0)
            .to_zoned(zone)
            .map_or(Timestamp::UNIX_EPOCH, |local| local.timestamp())
    }

    /// Whether there is a connection.
    pub(crate) fn is_on_line(&self, at: Timestamp) -> bool {
        self.off_line_until.is_none_or(|until| at >= until)
    }

    /// What the person does on a day beside answering: decided without knowing what is due.
    pub(crate) fn day(
        &self,
        group: &Group,
        seed: u64,
        today: Today,
        shared_ids: f64,
    ) -> Vec<(Timestamp, Deed)> {
        let mut rng = self.rng(seed, today, 1);
        let mut deeds = Vec::new();
        let walks = rng.random_bool(group.walks);
        let (hour, minute) = (rng.random_range(8..18), rng.random_range(0..60));
        let (variant, shared_id) = (rng.random(), rng.random_bool(shared_ids));
        if walks {
            let at = self.local(today.date, hour, minute);
            deeds.push((at, Deed::Walk { variant, shared_id }));
        }
        let checks_in = rng.random_bool(group.checks_in);
        let [least, most] = group.pain;
        let (pain, minute) = (rng.random_range(least..=most), rng.random_range(0..50));
        if checks_in {
            let said = json!({ "back_pain": pain });
            let at = self.local(today.date, 19, minute);
            deeds.push((at, Deed::CheckIn { said }));
        }
        deeds
    }

    /// What the person does about what is due on a day.
    pub(crate) fn follow(
        &self,
        group: &Group,
        seed: u64,
        today: Today,
        shown: &[Shown],
        now: Timestamp,
    ) -> Vec<(Timestamp, Deed)> {
        let mut rng = self.rng(seed, today, 2);
        let share = self.share(group, today, &mut rng);
        let mut deeds = Vec::new();
        for occurrence in shown {
            // As many draws whether it is followed or not.
            let follows = rng.random_bool(share);
            let minutes = rng.random_range(-20.0..40.0_f64) + 220.0 * rng.random::<f64>().powi(6);
            let (how, part): (f64, f64) = (rng.random(), rng.random_range(0.3..0.75));
            let (again, twice): (f64, bool) = (rng.random(), rng.random_bool(group.taps_twice));
            if !follows {
                continue;
            }
            let at = occurrence.due_at + SignedDuration::from_secs_f64(60.0 * minutes);
            let at = at.max(now + SignedDuration::from_secs(1));
            deeds.extend(answers(group, occurrence, at, how, part, again, twice));
        }
        deeds
    }

    fn share(&self, group: &Group, today: Today, rng: &mut ChaCha8Rng) -> f64 {
        let mood = rng.random_range(-1.0..=1.0_f64);
        let [first, last] = group.follows;
        let through = f64::from(today.day) / f64::from(today.days.max(2) - 1);
        let usual = self.follows.unwrap_or(first + (last - first) * through);
        (usual * (1.0 + group.moods * mood)).clamp(0.0, 1.0)
    }

    fn rng(&self, seed: u64, today: Today, part: u64) -> ChaCha8Rng {
        let who = u64::try_from(self.number).unwrap_or(0);
        stream(seed, Use::Day, who << 2 | part, today.day)
    }
}

fn answers(
    group: &Group,
    occurrence: &Shown,
    at: Timestamp,
    how: f64,
    part: f64,
    again: f64,
    twice: bool,
) -> Vec<(Timestamp, Deed)> {
    let answer = |kind: &str, with: Value, twice: bool| Deed::Answer {
        occurrence: occurrence.id.clone(),
        kind: kind.to_owned(),
        with,
        twice,
    };
    let first = if how < group.skips {
        answer("skip", json!({ "reason": "no_time" }), twice)
    } else if how < group.skips + group.partly {
        #[expect(clippy::cast_precision_loss, reason = "a dose")]
        let amount = (occurrence.dose_tenths as f64 / 10.0 * part)
            .round()
            .max(1.0);
        answer("partial", json!({ "done_amount": amount }), twice)
    } else {
        answer("done", json!({}), twice)
    };
    let minutes = |count| SignedDuration::from_mins(count);
    if again < group.puts_off {
        let soon = occurrence.due_at + minutes(4);
        let snooze = answer("snooze", json!({ "snooze_min": 30 }), false);
        return vec![(soon, snooze), (soon + minutes(36), first)];
    }
    let taken_back = group.puts_off + group.takes_back;
    if again < taken_back {
        let undo = answer("undo", json!({}), false);
        let mut deeds = vec![(at, first.clone()), (at + minutes(3), undo)];
        // Half of them think better of it.
        if again < taken_back - group.takes_back / 2.0 {
            deeds.push((at + minutes(25), first));
        }
        return deeds;
    }
    vec![(at, first)]
}

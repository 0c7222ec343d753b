//! The clinicians: what they do on a working day, and how they make sure of it when the server was away in the middle.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::chance::{Use, stream};
use super::ledger::{Pause, Published, Wanted};
use super::run::Run;
use super::scenario::{Days, Line};
use super::site::{Call, Reply, Site};

/// Until a clinician tries again what was not answered.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// How often.
const TRIES: u32 = 200;
/// Something a clinician does for a patient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Errand {
    /// For whom.
    pub(crate) patient: usize,
    /// What.
    pub(crate) what: Task,
    /// When it was tried first, if it was.
    pub(crate) since: Option<Timestamp>,
    /// How often it was tried.
    pub(crate) tries: u32,
}

/// What a clinician does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// Publishes a plan: names of lines, and by how many minutes their times move.
    Plan { lines: Vec<String>, moved_min: i64 },
    /// Pauses from today on.
    Pause { days: u32, reason: String },
    /// Writes, under an id of the writer's.
    Write { id: String, text: String },
    /// Hands over orthotics.
    Orthotic,
    /// Erases.
    Erase,
    /// Whoever looks after the patient leaves.
    HandOver,
}

impl Errand {
    /// To be done.
    pub(crate) fn new(patient: usize, what: Task) -> Self {
        Self {
            patient,
            what,
            since: None,
            tries: 0,
        }
    }

    /// The same another time.
    fn again(mut self, now: Timestamp) -> Self {
        self.since.get_or_insert(now);
        self.tries += 1;
        self
    }
}

/// How an errand ended.
enum Ended {
    Done,
    /// Nobody answered, or nobody can tell.
    Unclear,
    /// The server says no.
    Refused,
}

impl<S: Site> Run<S> {
    /// A working day begins: what comes up is put on the agenda, and the worklist is seen to.
    pub(crate) async fn working_day(&mut self, day: u32) -> anyhow::Result<()> {
        let desk = self.scenario.clinic.desk.clone();
        let mut rng = stream(self.seed, Use::Desk, 0, day);
        let now = self.site.now();
        for patient in 0..self.phones.len() {
            let draws: [f64; 3] = rng.random();
            let (minutes, moved, days) = (
                rng.random_range(5..420),
                rng.random_range(-4..=4_i64),
                rng.random_range(3..=7),
            );
            if self.phones.get(patient).is_none_or(|phone| phone.gone) {
                continue;
            }
            let at = now + SignedDuration::from_mins(minutes);
            let mut tasks = Vec::new();
            if draws[0] < desk.edits {
                let lines = self.lines_of(patient);
                tasks.push(Task::Plan {
                    lines,
                    moved_min: 15 * moved,
                });
            }
            if draws[1] < desk.pauses {
                let reason = "holiday".to_owned();
                tasks.push(Task::Pause { days, reason });
            }
            if draws[2] < desk.messages {
                let id = self.message_id(patient, day);
                let text = "How is it going?".to_owned();
                tasks.push(Task::Write { id, text });
            }
            for what in tasks {
                let errand = Errand::new(patient, what);
                self.agenda.add(at, super::agenda::Event::Errand { errand });
            }
        }
        if desk.rounds {
            self.rounds().await?;
        }
        Ok(())
    }

    /// Every row that needs somebody is looked at.
    async fn rounds(&mut self) -> anyhow::Result<()> {
        let list = self
            .as_clinician(|token| Call::get(token, "/v1/worklist?of=everyones"))
            .await?;
        let Reply::Answer { status: 200, body } = list else {
            return Ok(());
        };
        for section in body["sections"].as_array().into_iter().flatten() {
            let name = section["section"].as_str().unwrap_or_default();
            if matches!(name, "good" | "on_track" | "rest") {
                continue;
            }
            for row in section["rows"].as_array().into_iter().flatten() {
                let path = format!(
                    "/v1/patients/{}/worklist",
                    row["patient"].as_str().unwrap_or_default()
                );
                let body = json!({ "section": name, "kind": "reviewed", "reason": "Looked at" });
                self.as_clinician(|token| Call::post(token, &path, body.clone()))
                    .await?;
            }
        }
        Ok(())
    }

    pub(crate) fn message_id(&self, patient: usize, day: u32) -> String {
        let who = u64::try_from(patient).unwrap_or(0) << 32 | 0xffff_ffff;
        let bytes: [u8; 16] = stream(self.seed, Use::Ids, who, day).random();
        format!("msg_{}", uuid::Uuid::from_bytes(bytes).simple())
    }

    /// Names of the lines a patient's group is prescribed.
    fn lines_of(&self, patient: usize) -> Vec<String> {
        let group = self.phones.get(patient).map_or(0, |phone| phone.group);
        let group = self.scenario.group.get(group);
        group.map(|group| group.plan.clone()).unwrap_or_default()
    }

    /// Does an errand, or puts it off where nobody answered.
    pub(crate) async fn errand(&mut self, errand: Errand) -> anyhow::Result<()> {
        let Some(phone) = self.phones.get(errand.patient) else {
            return Ok(());
        };
        if phone.gone && errand.what != Task::Erase {
            return Ok(());
        }
        let ended = if errand.since.is_some() && self.is_done(&errand).await? {
            Ended::Done
        } else {
            self.attempt(&errand).await?
        };
        match ended {
            Ended::Done => self.log.errand(self.site.now(), &errand),
            Ended::Refused => self.log.refused(self.site.now(), &errand),
            Ended::Unclear => {
                anyhow::ensure!(errand.tries < TRIES, "{:?} was never answered", errand.what);
                let now = self.site.now();
                let errand = errand.again(now);
                self.agenda
                    .add(now + AGAIN, super::agenda::Event::Errand { errand });
            }
        }
        Ok(())
    }

    fn path(&self, patient: usize, what: &str) -> String {
        let id = self.phones.get(patient).map_or("", |phone| &phone.patient);
        format!("/v1/patients/{id}/{what}")
    }

    /// Whether an errand nobody acknowledged had its effect after all.
    async fn is_done(&mut self, errand: &Errand) -> anyhow::Result<bool> {
        let patient = errand.patient;
        match &errand.what {
            Task::Plan { .. } => {
                let before = self.versions(patient);
                let path = self.path(patient, "plan");
                let reply = self.as_clinician(|token| Call::get(token, &path)).await?;
                let Reply::Answer { status: 200, body } = reply else {
                    return Ok(false);
                };
                if body["version"].as_i64().unwrap_or(0) <= before {
                    return Ok(false);
                }
                self.note_plan(errand, &body);
                Ok(true)
            }
            Task::Pause { days, .. } => {
                let (from, through) = self.span(patient, *days)?;
                let path = self.path(patient, "pauses");
                let reply = self.as_clinician(|token| Call::get(token, &path)).await?;
                let Reply::Answer { status: 200, body } = reply else {
                    return Ok(false);
                };
                let there = body["pauses"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|pause| {
                        pause["from"] == json!(from) && pause["through"] == json!(through)
                    });
                if there {
                    self.note_pause(patient, from, through);
                }
                Ok(there)
            }
            // A repeat of these has the same effect.
            Task::Write { .. } | Task::Orthotic | Task::Erase | Task::HandOver => Ok(false),
        }
    }

    async fn attempt(&mut self, errand: &Errand) -> anyhow::Result<Ended> {
        let patient = errand.patient;
        match &errand.what {
            Task::Plan { lines, moved_min } => self.publish(errand, lines, *moved_min).await,
            Task::Pause { days, reason } => {
                let (from, through) = self.span(patient, *days)?;
                let body = json!({ "from": from, "through": through, "reason": reason });
                let ended = self.tell(patient, "pauses", body).await?;
                if matches!(ended, Ended::Done) {
                    self.note_pause(patient, from, through);
                    self.audited("patient.pause");
                }
                Ok(ended)
            }
            Task::Write { id, text } => {
                let body = json!({ "id": id, "text": text });
                let ended = self.tell(patient, "messages", body).await?;
                let known = matches!(ended, Ended::Done);
                let book = self.book(patient);
                *book.messages.entry(id.clone()).or_default() |= known;
                Ok(ended)
            }
            Task::Orthotic => {
                let date = self.today(patient);
                let body =
                    json!({ "kind": "orthotic_issued", "date": date, "orthotic_id": "orthotic-1" });
                self.tell(patient, "events", body).await
            }
            Task::HandOver => self.hand_over(patient).await,
            Task::Erase => {
                let now = self.site.now();
                self.book(patient).erased.get_or_insert(now);
                let path = self.path(patient, "erasure");
                let order = json!({ "days": 1 });
                let reply = self
                    .as_clinician(|token| Call::post(token, &path, order.clone()))
                    .await?;
                if let Reply::Answer { status: 201, body } = &reply {
                    let due = body["due_at"].as_str().and_then(|at| at.parse().ok());
                    self.book(patient).erasure_due = due;
                }
                let ended = ended(&reply);
                if let Some(phone) = self.phones.get_mut(patient) {
                    phone.gone = true;
                }
                Ok(ended)
            }
        }
    }

    async fn tell(&mut self, patient: usize, what: &str, body: Value) -> anyhow::Result<Ended> {
        let path = self.path(patient, what);
        let reply = self
            .as_clinician(|token| Call::post(token, &path, body.clone()))
            .await?;
        Ok(ended(&reply))
    }

    /// A colleague is added, gets the patient, and leaves: the first clinician takes over.
    async fn hand_over(&mut self, patient: usize) -> anyhow::Result<Ended> {
        let email = format!("test.colleague.{patient}@{}.example.org", self.staff.slug);
        let new = json!({ "name": format!("Test Colleague {patient}"), "email": email, "role": "clinician" });
        let added = self
            .as_clinician(|token| Call::post(token, "/v1/clinicians", new.clone()))
            .await?;
        let Reply::Answer { status: 201, body } = &added else {
            return Ok(ended(&added));
        };
        let colleague = body["clinician"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let first = self.staff.clinician.clone();
        let team = self.path(patient, "team");
        let body = json!({ "owner": colleague, "deputy": first });
        self.as_clinician(|token| Call::put(token, &team, body.clone()))
            .await?;
        let path = |what| format!("/v1/clinicians/{colleague}/{what}");
        let body = json!({ "to": first });
        self.as_clinician(|token| Call::post(token, path("handover"), body.clone()))
            .await?;
        let reply = self
            .as_clinician(|token| Call::post(token, path("deactivate"), json!({})))
            .await?;
        Ok(ended(&reply))
    }

    async fn publish(
        &mut self,
        errand: &Errand,
        names: &[String],
        moved_min: i64,
    ) -> anyhow::Result<Ended> {
        let patient = errand.patient;
        let starts_on = self.today(patient);
        let items: Vec<Value> = names
            .iter()
            .filter_map(|name| self.scenario.line(name))
            .map(|line| moved(line, moved_min).body(starts_on))
            .collect();
        let version = self.versions(patient);
        let body = json!({ "base_version": version, "note": "As agreed", "items": items });
        let path = self.path(patient, "plan");
        let reply = self
            .as_clinician(|token| Call::put(token, &path, body.clone()))
            .await?;
        if let Reply::Answer { status: 200, body } = &reply {
            self.note_plan(errand, body);
            self.audited("plan.publish");
        }
        Ok(ended(&reply))
    }

    fn versions(&self, patient: usize) -> i64 {
        let book = self.ledger.patients.get(patient);
        let last = book.and_then(|book| book.plans.last());
        last.map_or(0, |plan| plan.version)
    }

    fn note_plan(&mut self, errand: &Errand, body: &Value) {
        let now = self.site.now();
        let lines = body["items"].as_array().into_iter().flatten();
        let published = Published {
            sent_at: errand.since.unwrap_or(now),
            at: now,
            version: body["version"].as_i64().unwrap_or(0),
            lines: lines.filter_map(wanted).collect(),
        };
        self.book(errand.patient).plans.push(published);
    }

    fn note_pause(&mut self, patient: usize, from: Date, through: Date) {
        let at = self.site.now();
        self.book(patient).pauses.push(Pause { at, from, through });
    }

    fn span(&self, patient: usize, days: u32) -> anyhow::Result<(Date, Date)> {
        let from = self.today(patient);
        let through = from.checked_add((i64::from(days) - 1).days())?;
        Ok((from, through))
    }

    fn audited(&mut self, action: &str) {
        *self.ledger.audited.entry(action.to_owned()).or_default() += 1;
    }
}

fn ended(reply: &Reply) -> Ended {
    match reply {
        Reply::Answer { status, .. } if (200..300).contains(status) => Ended::Done,
        // Signed out meanwhile, told to wait, or the server's own fault.
        Reply::Answer {
            status: 401 | 429 | 500..,
            ..
        } => Ended::Unclear,
        Reply::Answer { .. } => Ended::Refused,
        Reply::Lost | Reply::Unreachable => Ended::Unclear,
    }
}

/// The line with its times moved; those that would leave the day stay.
fn moved(line: &Line, minutes: i64) -> Line {
    let times = line.times.iter().map(|time| {
        time.checked_add(SignedDuration::from_mins(minutes))
            .unwrap_or(*time)
    });
    Line {
        times: times.collect(),
        ..line.clone()
    }
}

/// What a line of the server's answer asks for, as the checker understands it.
fn wanted(item: &Value) -> Option<Wanted> {
    let recurrence = &item["recurrence"];
    let kind = recurrence["kind"].as_str()?;
    let (every, weekdays) = match kind {
        "daily" => (1, Vec::new()),
        "every_n_days" => (
            u32::try_from(recurrence["n_days"].as_u64()?).ok()?,
            Vec::new(),
        ),
        "weekdays" => {
            let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
            let days = recurrence["weekdays"].as_array()?.iter().filter_map(|day| {
                let place = names.iter().position(|name| day.as_str() == Some(name))?;
                i8::try_from(place + 1).ok()
            });
            (1, days.collect())
        }
        "times_per_week" => (1, suggested(recurrence["times"].as_i64()?)),
        _ => return None,
    };
    let times = item["windows"].as_array()?.iter();
    let rungs = item["ladder"].as_array().into_iter().flatten();
    Some(Wanted {
        exercise: item["exercise"].as_str()?.to_owned(),
        item: item["id"].as_str()?.to_owned(),
        times: times
            .filter_map(|window| window["at"].as_str()?.parse().ok())
            .collect(),
        every,
        weekdays,
        flexible: kind == "times_per_week",
        starts_on: item["starts_on"].as_str()?.parse().ok()?,
        again_after_min: rungs
            .filter_map(|rung| u32::try_from(rung["minutes"].as_u64()?).ok())
            .collect(),
    })
}

/// On which weekdays so many times a week are suggested, Monday 1: each in the middle of its equal part of the week
/// (docs/decisions/0011-recurrence.md).
fn suggested(times: i64) -> Vec<i8> {
    let middle = |part: i64| (7 * part + 7 * (part + 1)).div_euclid(2 * times);
    let days = (0..times).map(|part| middle(part) + 1);
    days.filter_map(|day| i8::try_from(day).ok()).collect()
}

impl Days {
    /// In words, for the log.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Daily => "daily".to_owned(),
            Self::Weekdays(days) => days.join(" "),
            Self::EveryNDays(days) => format!("every {days} days"),
            Self::TimesPerWeek(times) => format!("{times} times a week"),
        }
    }
}

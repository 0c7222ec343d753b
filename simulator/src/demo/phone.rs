//! A patient's phone and the person who holds it: looks at the day in the morning, answers or does
//! not, walks.

use gait::summary::Simulation;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use uuid::Uuid;

use super::cast::{Fate, Role};
use super::prescriptions::ORTHOTIC;
use crate::client::Client;
use crate::replay::{summarise, upload};
use walker::random::StreamKey;
use walker::scenario;
use walker::simulate;

/// Of the prompts that are answered, this share is answered in part ...
const PARTLY: f64 = 0.08;
/// What who does a part does.
const TWO_THIRDS: f64 = 2.0 / 3.0;
/// ... and this share is skipped with a reason.
const SKIPPED: f64 = 0.06;
const REASONS: [&str; 4] = ["no_time", "tired", "pain", "away"];
/// How far ahead the clock of the phone is that is off line.
const AHEAD: SignedDuration = SignedDuration::from_hours(2);

/// A phone.
pub struct Phone {
    /// The caller.
    pub client: Client,
    /// Who holds it.
    pub role: Role,
    /// Number of the patient, for the walker's seed.
    pub number: u64,
    /// Seed of the run.
    pub seed: u64,
    /// What the person decides.
    pub rng: ChaCha8Rng,
    /// What a person does of what they are asked for.
    pub follows: Share,
    /// On which days they walk with insoles.
    pub walks: Share,
    /// Where the phone is.
    pub zone: String,
    /// What it has not sent yet.
    pub kept: Vec<Value>,
    /// From this day on there are orthotics in the shoes.
    pub orthotics_from: Option<u32>,
}

/// Does a share of what comes, evenly: on whatever weekday and hour the days begin, a few of them come to that share. Drawn one
/// by one, who is to do little would now and then do much.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// Of one, what is owed so far.
    owed: f64,
}

impl Share {
    /// Begins anywhere.
    pub fn new(rng: &mut impl Rng) -> Self {
        Self { owed: rng.random() }
    }

    /// Whether the next one is among the share.
    fn takes(&mut self, share: f64) -> bool {
        self.owed += share;
        let takes = self.owed >= 1.0;
        if takes {
            self.owed -= 1.0;
        }
        takes
    }
}

/// Something a phone does at an instant.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Sends something.
    Post(&'static str, Value),
    /// Sets something.
    Put(&'static str, Value),
    /// Uploads the walk of a day.
    Walk(u32),
}

/// What a phone wants to do, and when.
pub type Acts = Vec<(Timestamp, Act)>;

impl Phone {
    /// Looks at what is due on a date by UTC, which touches three local dates, and decides what to do when.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn plan_day(&mut self, date: Date, day: u32, days: u32) -> anyhow::Result<Acts> {
        let path = format!(
            "/v1/me/occurrences?from={}&through={}",
            date.yesterday()?,
            date.tomorrow()?
        );
        let answer = self.client.get(&path).await?;
        let mut acts = Vec::new();
        let mut first_due: Option<Timestamp> = None;
        for occurrence in answer["occurrences"].as_array().into_iter().flatten() {
            let due: Timestamp = text(&occurrence["due_at"]).parse()?;
            if due.to_zoned(TimeZone::UTC).date() != date {
                continue;
            }
            first_due = Some(first_due.map_or(due, |first| first.min(due)));
            let wanted = matches!(text(&occurrence["phase"]), "upcoming" | "open");
            if wanted && self.follows.takes(self.role.follows_on(day, days)) {
                self.follow(occurrence, due, &mut acts)?;
            }
        }
        if self.walks.takes(self.role.walks)
            && let Some(first) = first_due
        {
            // Who has new orthotics wears them early on some days: then nobody asks at ten.
            let early = self.orthotics_from.is_some() && self.rng.random_bool(0.5);
            let later = if early {
                45 * 60
            } else {
                self.rng.random_range(2 * 3600..8 * 3600)
            };
            acts.push((
                first.checked_add(SignedDuration::from_secs(later))?,
                Act::Walk(day),
            ));
        }
        Ok(acts)
    }

    /// Mostly soon after the prompt, sometimes before it, now and then after the window.
    fn follow(
        &mut self,
        occurrence: &Value,
        due: Timestamp,
        acts: &mut Acts,
    ) -> anyhow::Result<()> {
        let minutes =
            self.rng.random_range(-20.0..40.0_f64) + 220.0 * self.rng.random::<f64>().powi(6);
        let at = due.checked_add(SignedDuration::from_secs_f64(60.0 * minutes))?;
        let answer = self.answer(occurrence, at);
        match self.role.fate {
            Fate::Offline => {
                // As the phone's clock has it.
                let mut kept = answer;
                kept["answered_at"] = json!(at.checked_add(AHEAD)?.to_string());
                self.kept.push(kept);
            }
            Fate::Fiddles => self.fiddle(occurrence, due, at, answer, acts)?,
            _ => acts.push((at, one(answer))),
        }
        Ok(())
    }

    /// Some prompts are put off first, and some answers are taken back and given again.
    fn fiddle(
        &mut self,
        occurrence: &Value,
        due: Timestamp,
        at: Timestamp,
        answer: Value,
        acts: &mut Acts,
    ) -> anyhow::Result<()> {
        let draw: f64 = self.rng.random();
        if draw < 0.15 {
            let at = due.checked_add(SignedDuration::from_mins(4))?;
            let mut snooze = self.said(occurrence, "snooze", at);
            snooze["snooze_min"] = json!(30);
            acts.push((at, one(snooze)));
            let at = due.checked_add(SignedDuration::from_mins(40))?;
            acts.push((at, one(self.said(occurrence, "done", at))));
            return Ok(());
        }
        acts.push((at, one(answer)));
        if draw < 0.27 {
            let undone = at.checked_add(SignedDuration::from_mins(3))?;
            acts.push((undone, one(self.said(occurrence, "undo", undone))));
            let again = at.checked_add(SignedDuration::from_mins(25))?;
            acts.push((again, one(self.said(occurrence, "done", again))));
        }
        Ok(())
    }

    fn said(&mut self, occurrence: &Value, kind: &str, at: Timestamp) -> Value {
        json!({
            "id": self.id("ans"), "occurrence_id": occurrence["id"], "kind": kind, "answered_at": at.to_string(),
        })
    }

    /// An id as an app makes it.
    pub fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}_{}", Uuid::from_bytes(self.rng.random()).simple())
    }

    fn answer(&mut self, occurrence: &Value, at: Timestamp) -> Value {
        let mut answer = self.said(occurrence, "done", at);
        // What the clinic's list shows them for holds whatever hour and weekday the days begin at.
        match self.role.fate {
            Fate::Graded => return answer,
            Fate::Partly => {
                let amount = occurrence["dose_amount"].as_f64().unwrap_or(1.0);
                answer["kind"] = json!("partial");
                answer["done_amount"] = json!((amount * TWO_THIRDS).round().max(1.0));
                return answer;
            }
            _ => {}
        }
        let draw: f64 = self.rng.random();
        if draw < SKIPPED {
            let reason = REASONS
                .get(self.rng.random_range(0..REASONS.len()))
                .copied()
                .unwrap_or("other");
            answer["kind"] = json!("skip");
            answer["reason"] = json!(reason);
        } else if draw < SKIPPED + PARTLY {
            let amount = occurrence["dose_amount"].as_f64().unwrap_or(1.0);
            answer["kind"] = json!("partial");
            answer["done_amount"] = json!(
                (amount * self.rng.random_range(0.3..0.75_f64))
                    .round()
                    .max(1.0)
            );
        }
        answer
    }

    /// Everything that was kept, in no order and some of it twice, by a phone whose clock is wrong.
    pub fn upload_kept(&mut self, at: Timestamp) -> anyhow::Result<Option<Act>> {
        let mut answers = std::mem::take(&mut self.kept);
        if answers.is_empty() {
            return Ok(None);
        }
        for place in (1..answers.len()).rev() {
            let other = self.rng.random_range(0..=place);
            answers.swap(place, other);
        }
        answers.extend(answers.first().cloned());
        let body = json!({ "answers": answers, "device_time": at.checked_add(AHEAD)?.to_string() });
        Ok(Some(Act::Post("/v1/me/answers", body)))
    }

    /// Does it.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn act(&mut self, act: &Act, at: Timestamp) -> anyhow::Result<()> {
        match act {
            Act::Post(path, body) => {
                self.client.post(path, body).await?;
            }
            Act::Put(path, body) => {
                self.client.put(path, body).await?;
                if let Some(zone) = body["time_zone"].as_str() {
                    zone.clone_into(&mut self.zone);
                }
            }
            Act::Walk(day) => self.walk(*day, at).await?,
        }
        Ok(())
    }

    async fn walk(&mut self, day: u32, at: Timestamp) -> anyhow::Result<()> {
        let Some(scenario) = scenario::by_name(self.role.scenario_on(day)) else {
            anyhow::bail!("the cast names a scenario that is not in the catalogue");
        };
        let plan = scenario.plan(StreamKey {
            seed: self.seed,
            patient: self.number,
            day,
            session: 0,
        });
        let walk = simulate(&plan)?;
        let analysis = gait::analyze(&walk.recording, &gait::Options::default());
        let layout = walk.recording.layout_id.as_deref().unwrap_or("none");
        let simulation = Simulation {
            seed: self.seed,
            scenario: scenario.name.to_owned(),
        };
        let worn = self.orthotics_from.is_some_and(|from| day >= from);
        // Sent when the shoes come off.
        let worn_min = self.rng.random_range(45..180_u32);
        let began = if worn {
            at.checked_sub(SignedDuration::from_mins(i64::from(worn_min)))?
        } else {
            at
        };
        let mut summary = summarise(&analysis, layout, Some(simulation), began, &self.zone);
        if worn {
            summary.orthotic_id = Some(ORTHOTIC.to_owned());
            sit(&mut summary, 60 * worn_min);
        }
        upload(&self.client, &summary).await?;
        Ok(())
    }
}

/// The insoles stay in the shoes after the walk, sitting, until the session is so long.
fn sit(summary: &mut gait::SessionSummary, seconds: u32) {
    summary.duration_s = f64::from(seconds);
    let exposure = summary.exposure.get_or_insert_default();
    let told: u32 = exposure.seconds.iter().sum();
    if let Some(sitting) = exposure.seconds.get_mut(1) {
        *sitting += seconds.saturating_sub(told);
    }
}

/// A batch of one answer.
fn one(answer: Value) -> Act {
    Act::Post("/v1/me/answers", json!({ "answers": [answer] }))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn of_a_few_the_share_is_taken_wherever_it_begins() {
        for seed in 0..100 {
            let mut share = Share::new(&mut ChaCha8Rng::seed_from_u64(seed));
            for _ in 0..20 {
                let taken = (0..10).filter(|_| share.takes(0.45)).count();
                assert!((4..=5).contains(&taken), "{taken} of ten");
            }
            assert!((0..10).all(|_| share.takes(1.0)), "all of all");
            assert!(!(0..10).any(|_| share.takes(0.0)), "nothing of nothing");
        }
    }
}

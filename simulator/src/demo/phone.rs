//! A patient's phone and the person who holds it: looks at the day in the morning, answers or does
//! not, walks.

use std::time::Duration;

use gait::summary::Simulation;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use uuid::Uuid;

use super::cast::Role;
use crate::client::Client;
use crate::replay::{summarise, upload};
use walker::random::StreamKey;
use walker::scenario;
use walker::simulate;

/// Of the prompts that are answered, this share is answered in part ...
const PARTLY: f64 = 0.08;
/// ... and this share is skipped with a reason.
const SKIPPED: f64 = 0.06;
const REASONS: [&str; 4] = ["no_time", "tired", "pain", "away"];

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
}

/// Something a phone does at an instant.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Nothing; a prompt is due and the server should have its moment.
    Due,
    /// Sends an answer.
    Answer(Value),
    /// Uploads the walk of a day.
    Walk(u32),
}

impl Phone {
    /// Looks at what is due on a date by UTC, which touches three local dates, and decides what to do when.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn plan_day(
        &mut self,
        date: Date,
        day: u32,
        days: u32,
    ) -> anyhow::Result<Vec<(Timestamp, Act)>> {
        let path = format!(
            "/v1/me/occurrences?from={}&through={}",
            date.yesterday()?,
            date.tomorrow()?
        );
        let answer = self.client.get(&path).await?;
        let mut acts = Vec::new();
        for occurrence in answer["occurrences"].as_array().into_iter().flatten() {
            let due: Timestamp = text(&occurrence["due_at"]).parse()?;
            if due.to_zoned(TimeZone::UTC).date() != date {
                continue;
            }
            acts.push((due, Act::Due));
            let wanted = matches!(text(&occurrence["phase"]), "upcoming" | "open");
            if !wanted || !self.rng.random_bool(self.role.follows_on(day, days)) {
                continue;
            }
            // Mostly soon after the prompt, sometimes before it, now and then after the window.
            let minutes =
                self.rng.random_range(-20.0..40.0_f64) + 220.0 * self.rng.random::<f64>().powi(6);
            let at = due.checked_add(jiff::SignedDuration::from_secs_f64(60.0 * minutes))?;
            acts.push((at, Act::Answer(self.answer(occurrence, at))));
        }
        if self.rng.random_bool(self.role.walks)
            && let Some(first) = acts.first().map(|(at, _)| *at)
        {
            let later = Duration::from_secs(self.rng.random_range(2 * 3600..8 * 3600));
            acts.push((first.checked_add(later)?, Act::Walk(day)));
        }
        Ok(acts)
    }

    fn answer(&mut self, occurrence: &Value, at: Timestamp) -> Value {
        let id = format!("ans_{}", Uuid::from_bytes(self.rng.random()).simple());
        let mut answer = json!({
            "id": id, "occurrence_id": occurrence["id"], "kind": "done", "answered_at": at.to_string(),
        });
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

    /// Does it.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn act(&self, act: &Act, at: Timestamp) -> anyhow::Result<()> {
        match act {
            Act::Due => Ok(()),
            Act::Answer(answer) => {
                self.client
                    .post("/v1/me/answers", &json!({ "answers": [answer] }))
                    .await?;
                Ok(())
            }
            Act::Walk(day) => self.walk(*day, at).await,
        }
    }

    async fn walk(&self, day: u32, at: Timestamp) -> anyhow::Result<()> {
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
        let summary = summarise(
            &analysis,
            layout,
            Some(Simulation {
                seed: self.seed,
                scenario: scenario.name.to_owned(),
            }),
            at,
            self.role.time_zone,
        );
        upload(&self.client, &summary).await?;
        Ok(())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

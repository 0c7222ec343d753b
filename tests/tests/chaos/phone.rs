//! A patient's phone: sends sessions and answers as fast as they are taken, asks again under the same
//! id when it hears nothing, and now and then is lost with something unacknowledged.

use std::sync::Arc;
use std::time::Duration;

use footing_server::rt::clock::real_sleep;
use footing_tests::example;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::chance::Chance;
use crate::records::{Letter, Records};
use crate::wire::{Wire, now_ms};

/// The list a clinician reads holds 200; a phone that reached that could not be checked.
const MOST_SESSIONS: usize = 190;
/// How long all phones together may take to finish.
pub(crate) const FINISHED_WITHIN: Duration = Duration::from_secs(60);
/// Sessions of one request at most.
const MOST_AT_ONCE: u64 = 4;

/// What the phones are to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Orders {
    /// Send, each this many sessions in all at most.
    Work(usize),
    /// Finish what was begun.
    Rest,
    /// The same, and then end.
    End,
}

/// A phone.
pub(crate) struct Phone {
    pub(crate) patient: usize,
    pub(crate) token: String,
    pub(crate) wire: Wire,
    pub(crate) records: Arc<Records>,
    pub(crate) orders: watch::Receiver<Orders>,
    pub(crate) chance: Chance,
    /// Occurrences of later in the day, to be answered now.
    pub(crate) to_answer: Vec<String>,
    pub(crate) sessions: usize,
}

impl Phone {
    /// The life of a phone.
    pub(crate) async fn run(mut self) {
        loop {
            let orders = *self.orders.borrow_and_update();
            match orders {
                Orders::Work(limit) if self.sessions < limit.min(MOST_SESSIONS) => {
                    let letter = self.write();
                    self.deliver(&letter).await;
                    real_sleep(self.chance.millis(1, 60)).await;
                }
                Orders::End => return,
                // The sender outlives every phone.
                Orders::Work(_) | Orders::Rest => self.orders.changed().await.unwrap(),
            }
        }
    }

    fn write(&mut self) -> Letter {
        if self.chance.once_in(4)
            && let Some(occurrence) = self.to_answer.pop()
        {
            let number = (self.patient * 1000 + self.to_answer.len()) as u64;
            return Letter::Answer {
                id: example::id("ans", number),
                occurrence,
                answered_ms: now_ms(),
            };
        }
        let count = (1 + self.chance.below(MOST_AT_ONCE)) as usize;
        let first = self.sessions;
        self.sessions += count;
        Letter::Sessions(
            (first..first + count)
                .map(|number| self.session(number))
                .collect(),
        )
    }

    fn session(&self, number: usize) -> (String, Value) {
        let number = (self.patient * 1000 + number) as u64;
        let start = Timestamp::from_second(1_780_000_000 + number as i64).unwrap();
        let summary = example::summary(number, &start.to_string());
        (
            summary.session_id.clone(),
            serde_json::to_value(summary).unwrap(),
        )
    }

    async fn deliver(&self, letter: &Letter) {
        let (path, body) = request(letter);
        loop {
            self.records.sending(self.patient, letter);
            let began_ms = now_ms();
            match self
                .wire
                .ask(Method::POST, path, &self.token, Some(&body))
                .await
            {
                Some((200, answer)) => return self.records.heard(letter, &answer),
                Some((503, _)) => {}
                Some((status, answer)) => return self.records.odd(status, &answer),
                None => self.records.broken(began_ms, now_ms()),
            }
            if self.chance.once_in(40) {
                return;
            }
            real_sleep(self.chance.millis(20, 120)).await;
        }
    }
}

fn request(letter: &Letter) -> (&'static str, Value) {
    match letter {
        Letter::Sessions(sessions) => {
            let bodies: Vec<&Value> = sessions.iter().map(|(_, body)| body).collect();
            ("/v1/me/insole-sessions", json!({ "sessions": bodies }))
        }
        Letter::Answer {
            id,
            occurrence,
            answered_ms,
        } => {
            let answered_at = Timestamp::from_millisecond(*answered_ms).unwrap();
            (
                "/v1/me/answers",
                json!({ "answers": [{ "id": id, "occurrence_id": occurrence, "kind": "done", "answered_at": answered_at }] }),
            )
        }
    }
}

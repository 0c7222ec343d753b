//! What the phones write down: what they sent, and what they were told. Nothing counts as kept that was
//! not acknowledged.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use serde_json::Value;

use crate::evidence::{Answer, Upload};
use crate::wire::text;

/// One request of a phone.
pub(crate) enum Letter {
    /// Session ids and bodies.
    Sessions(Vec<(String, Value)>),
    /// An answer: its id, to which occurrence, when.
    Answer {
        /// Its own id.
        id: String,
        /// The occurrence.
        occurrence: String,
        /// When the patient answered, ms since the Unix epoch.
        answered_ms: i64,
    },
}

/// The phones' common book.
#[derive(Default)]
pub(crate) struct Records(Mutex<Book>);

/// What stands in it.
#[derive(Default, Clone)]
pub(crate) struct Book {
    /// By session id.
    pub(crate) uploads: BTreeMap<String, Upload>,
    /// By occurrence id.
    pub(crate) answers: BTreeMap<String, Answer>,
    /// Requests that got no answer: from when to when, ms since the Unix epoch.
    pub(crate) broken: Vec<(i64, i64)>,
    /// How often a repeated item was there already: kept, though the first answer was lost.
    pub(crate) repeats: usize,
    /// Answers nobody should get.
    pub(crate) oddities: Vec<String>,
}

impl Records {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap()
    }

    /// The book as it stands.
    pub(crate) fn read(&self) -> Book {
        self.book().clone()
    }

    /// Written before the first byte leaves the phone.
    pub(crate) fn sending(&self, patient: usize, letter: &Letter) {
        let mut book = self.book();
        match letter {
            Letter::Sessions(sessions) => {
                for (id, body) in sessions {
                    let fresh = || Upload {
                        patient,
                        body: body.to_string(),
                        acknowledged: false,
                    };
                    book.uploads.entry(id.clone()).or_insert_with(fresh);
                }
            }
            Letter::Answer {
                occurrence,
                answered_ms,
                ..
            } => {
                let fresh = || Answer {
                    patient,
                    answered_ms: *answered_ms,
                    acknowledged: false,
                };
                book.answers.entry(occurrence.clone()).or_insert_with(fresh);
            }
        }
    }

    /// A request that got no answer.
    pub(crate) fn broken(&self, from_ms: i64, until_ms: i64) {
        self.book().broken.push((from_ms, until_ms));
    }

    /// A status nobody should get.
    pub(crate) fn odd(&self, status: u16, body: &Value) {
        self.book()
            .oddities
            .push(format!("a phone was answered {status}: {body}"));
    }

    /// An answer of 200.
    pub(crate) fn heard(&self, letter: &Letter, body: &Value) {
        let mut book = self.book();
        let results = body
            .pointer("/results")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let items = match letter {
            Letter::Sessions(sessions) => sessions.iter().map(|(id, _)| id.clone()).collect(),
            Letter::Answer { id, .. } => vec![id.clone()],
        };
        if results.len() != items.len() {
            book.oddities.push(format!(
                "{} results for {} items",
                results.len(),
                items.len()
            ));
        }
        for (item, result) in items.iter().zip(&results) {
            let disposition = text(result, "/disposition");
            let named = text(result, "/id") == *item;
            if !named || !matches!(disposition.as_str(), "created" | "applied" | "duplicate") {
                book.oddities.push(format!("{item} was answered {result}"));
                continue;
            }
            book.repeats += usize::from(disposition == "duplicate");
            book.acknowledge(letter, item);
        }
    }
}

impl Book {
    fn acknowledge(&mut self, letter: &Letter, item: &str) {
        let acknowledged = match letter {
            Letter::Sessions(_) => self
                .uploads
                .get_mut(item)
                .map(|upload| &mut upload.acknowledged),
            Letter::Answer { occurrence, .. } => self
                .answers
                .get_mut(occurrence)
                .map(|answer| &mut answer.acknowledged),
        };
        *acknowledged.expect("sent before") = true;
    }
}

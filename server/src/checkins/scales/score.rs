//! Answers in, score out. One engine for every questionnaire; what differs stands in the register.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Method, Part, Scale};
use crate::error::FieldError;

/// A part of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PartScore {
    /// Which.
    pub key: String,
    /// Its value; absent when too few items were answered.
    pub value: Option<f64>,
    /// Items answered.
    pub answered: usize,
    /// Items it has.
    pub items: usize,
}

/// A score.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Score {
    /// The score; absent when too few items were answered.
    pub value: Option<f64>,
    /// Its parts, the score itself first.
    pub parts: Vec<PartScore>,
    /// Where the source draws lines: on which side of them the score lies.
    pub band: Option<&'static str>,
}

impl Scale {
    /// Lowest and highest answer of an item, from 1.
    pub fn answers_of(&self, item: usize) -> [u8; 2] {
        let wider = self.wider.iter().find(|wider| wider.item == item);
        wider.map_or(self.range, |wider| wider.range)
    }

    /// The broken rules of these answers, with pointers below `at`.
    pub fn violations(&self, answers: &[Option<u8>], at: &str) -> Vec<FieldError> {
        let [fewest, most] = self.items;
        if answers.len() < fewest || answers.len() > most {
            let rule = if fewest == most {
                format!("must have {most} items")
            } else {
                format!("must have {fewest} to {most} items")
            };
            return vec![FieldError::new(at, rule)];
        }
        let mut errors = Vec::new();
        for (index, answer) in answers.iter().enumerate() {
            let [low, high] = self.answers_of(index + 1);
            if answer.is_some_and(|answer| answer < low || answer > high) {
                let rule = format!("must be between {low} and {high}");
                errors.push(FieldError::new(format!("{at}/{index}"), rule));
            }
        }
        if answers.iter().all(Option::is_none) {
            errors.push(FieldError::new(at, "must answer at least one item"));
        }
        errors
    }

    /// The points an answer to an item, from 1, gives.
    fn points(&self, item: usize, answer: u8) -> u8 {
        let wider = self.wider.iter().find(|wider| wider.item == item);
        if let Some(from) = wider.and_then(|wider| wider.counts_from) {
            return u8::from(answer >= from);
        }
        if self.reversed.contains(&item) {
            let [low, high] = self.answers_of(item);
            return (low + high).saturating_sub(answer);
        }
        answer
    }

    /// The score of valid answers.
    pub fn score(&self, answers: &[Option<u8>]) -> Score {
        let parts: Vec<PartScore> = self
            .parts
            .iter()
            .map(|part| self.part(part, answers))
            .collect();
        let value = parts.first().and_then(|part| part.value);
        Score {
            value,
            band: value.and_then(|value| self.band(value, &parts)),
            parts,
        }
    }

    fn part(&self, part: &Part, answers: &[Option<u8>]) -> PartScore {
        let items = (part.through.min(answers.len()) + 1).saturating_sub(part.from);
        let given: Vec<f64> = (part.from..=part.through)
            .filter_map(|item| {
                let answer = answers.get(item.checked_sub(1)?).copied().flatten()?;
                Some(f64::from(self.points(item, answer)))
            })
            .collect();
        let (sum, answered): (f64, usize) = (given.iter().sum(), given.len());
        let most = f64::from(self.range[1]) * answered as f64;
        let value = match part.method {
            Method::Sum => sum,
            Method::Mean => sum / answered as f64,
            Method::Percent => 100.0 * sum / most,
        };
        PartScore {
            key: part.key.clone(),
            value: (answered >= part.min_answered).then_some(value),
            answered,
            items,
        }
    }

    fn band(&self, value: f64, parts: &[PartScore]) -> Option<&'static str> {
        if self.key == "start_back" {
            let distress = parts.iter().find(|part| part.key == "distress");
            let distress = distress.and_then(|part| part.value)?;
            return Some(start_back_band(value, distress));
        }
        let cutoff = self.cutoff?;
        Some(if value >= cutoff {
            "from_cutoff"
        } else {
            "below_cutoff"
        })
    }
}

/// Hill 2008: total up to 3 low; else distress of 4 and more high, else medium.
fn start_back_band(total: f64, distress: f64) -> &'static str {
    if total < 4.0 {
        "low"
    } else if distress >= 4.0 {
        "high"
    } else {
        "medium"
    }
}

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;

//! One check-in as a phone sends it, and the rules it must keep.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::red_flags;
use crate::error::{Error, FieldError, Result};
use crate::http::extract::in_range;
use crate::store::types::{CheckinId, OccurrenceId};

/// A device's clock may be ahead by this much; more and the time cannot be trusted.
pub const CLOCK_AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// The highest point of a 0-10 numeric rating scale.
pub const WORST: u8 = 10;
/// The red flag a fall is.
pub const FALL: &str = "fall";

/// One check-in. What was not asked is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckinBody {
    /// Made by the device and kept until it is acknowledged.
    pub id: CheckinId,
    /// When, by the device's clock.
    #[schema(value_type = String, format = DateTime)]
    pub taken_at: Timestamp,
    /// The check-in this one corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<CheckinId>,
    /// Back pain, 0 none to 10 the worst imaginable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10)]
    pub back_pain: Option<u8>,
    /// Leg pain, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10)]
    pub leg_pain: Option<u8>,
    /// Foot pain, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10)]
    pub foot_pain: Option<u8>,
    /// How tired the feet are, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10)]
    pub tired_feet: Option<u8>,
    /// The clinic's five signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signs: Option<Signs>,
    /// Whether an ankle rolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ankle_rolled: Option<bool>,
    /// Hours on the feet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 24)]
    pub hours_on_feet: Option<f64>,
    /// Whether other shoes are worn than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_shoes: Option<bool>,
    /// Whether standing or walking has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing_walking_changed: Option<bool>,
    /// Whether the patient fell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fall: Option<bool>,
    /// Answers to the red-flag questions, each key at most once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 40)]
    pub red_flags: Vec<RedFlagAnswer>,
    /// Pain during or after an exercise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<AfterExercise>,
}

/// The clinic's five signs; a sign that was not asked is left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signs {
    /// The shoes wear unevenly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uneven_shoe_wear: Option<bool>,
    /// The feet tire or ache after short walks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feet_tire_soon: Option<bool>,
    /// The ankles roll, or walking feels unsteady.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ankles_unsteady: Option<bool>,
    /// Pain starts low in the back and travels down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pain_travels_down: Option<bool>,
    /// Long standing makes it worse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing_makes_worse: Option<bool>,
}

impl Signs {
    /// Each sign by name.
    pub fn each(&self) -> [(&'static str, Option<bool>); 5] {
        [
            ("uneven_shoe_wear", self.uneven_shoe_wear),
            ("feet_tire_soon", self.feet_tire_soon),
            ("ankles_unsteady", self.ankles_unsteady),
            ("pain_travels_down", self.pain_travels_down),
            ("standing_makes_worse", self.standing_makes_worse),
        ]
    }
}

/// An answer to a red-flag question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedFlagAnswer {
    /// Which question.
    pub key: String,
    /// The answer.
    pub yes: bool,
}

/// Pain during or after an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AfterExercise {
    /// After what.
    pub occurrence_id: OccurrenceId,
    /// Pain before it, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10)]
    pub pain_before: Option<u8>,
    /// Worst pain during or after it, 0 to 10.
    #[schema(minimum = 0, maximum = 10)]
    pub pain: u8,
}

impl CheckinBody {
    /// Pain after an exercise, and nothing else.
    pub fn after(id: CheckinId, taken_at: Timestamp, after: AfterExercise) -> Self {
        Self {
            id,
            taken_at,
            replaces: None,
            back_pain: None,
            leg_pain: None,
            foot_pain: None,
            tired_feet: None,
            signs: None,
            ankle_rolled: None,
            hours_on_feet: None,
            new_shoes: None,
            standing_walking_changed: None,
            fall: None,
            red_flags: Vec::new(),
            after: Some(after),
        }
    }

    /// Checks the item, as of `now`.
    ///
    /// # Errors
    /// Invalid with every broken rule.
    pub fn check(&self, now: Timestamp) -> Result<()> {
        let mut errors = Vec::new();
        for (pointer, value) in self.ratings() {
            if value.is_some_and(|value| value > WORST) {
                errors.push(FieldError::new(pointer, "must be between 0 and 10"));
            }
        }
        if let Some(hours) = self.hours_on_feet {
            errors.extend(in_range("/hours_on_feet", hours, 0.0..=24.0).err());
        }
        // A red flag is not lost to a wrong clock: it counts from when it arrived.
        if self.is_ahead(now) && self.raised_flags().is_empty() {
            errors.push(FieldError::new("/taken_at", "must not be in the future"));
        }
        if self.replaces == Some(self.id) {
            errors.push(FieldError::new(
                "/replaces",
                "must not be the check-in itself",
            ));
        }
        self.check_red_flags(&mut errors);
        if errors.is_empty() && !self.says_something() {
            errors.push(FieldError::new("", "must answer at least one question"));
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::fields(errors))
        }
    }

    /// Whether the device's clock is too far ahead to be believed.
    pub fn is_ahead(&self, now: Timestamp) -> bool {
        self.taken_at.duration_since(now) > CLOCK_AHEAD
    }

    fn ratings(&self) -> [(&'static str, Option<u8>); 6] {
        [
            ("/back_pain", self.back_pain),
            ("/leg_pain", self.leg_pain),
            ("/foot_pain", self.foot_pain),
            ("/tired_feet", self.tired_feet),
            ("/after/pain_before", self.after.and_then(|a| a.pain_before)),
            ("/after/pain", self.after.map(|after| after.pain)),
        ]
    }

    fn check_red_flags(&self, errors: &mut Vec<FieldError>) {
        let mut seen = BTreeSet::new();
        for (index, answer) in self.red_flags.iter().enumerate() {
            let pointer = format!("/red_flags/{index}/key");
            if red_flags::find(&answer.key).is_none() {
                errors.push(FieldError::new(
                    pointer,
                    "must be the key of a red-flag question",
                ));
            } else if !seen.insert(&answer.key) {
                errors.push(FieldError::new(pointer, "must not stand twice"));
            }
        }
    }

    fn says_something(&self) -> bool {
        let signs = self.signs.unwrap_or_default();
        self.ratings().iter().any(|(_, value)| value.is_some())
            || signs.each().iter().any(|(_, value)| value.is_some())
            || self.hours_on_feet.is_some()
            || !self.red_flags.is_empty()
            || [
                self.ankle_rolled,
                self.new_shoes,
                self.standing_walking_changed,
                self.fall,
            ]
            .iter()
            .any(Option::is_some)
            // A correction may take everything back.
            || self.replaces.is_some()
    }

    /// The red flags answered with yes; a fall is one of them.
    pub fn raised_flags(&self) -> BTreeSet<&str> {
        let answered = self.red_flags.iter().filter(|answer| answer.yes);
        let mut raised: BTreeSet<&str> = answered.map(|answer| answer.key.as_str()).collect();
        if self.fall == Some(true) {
            raised.insert(FALL);
        }
        raised
    }

    /// The worst pain of back, legs and feet, where any was given.
    pub fn worst_pain(&self) -> Option<u8> {
        [self.back_pain, self.leg_pain, self.foot_pain]
            .into_iter()
            .flatten()
            .max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_430_000 + seconds).unwrap()
    }

    fn body() -> CheckinBody {
        serde_json::from_value(serde_json::json!({
            "id": format!("chk_{:032x}", 1),
            "taken_at": at(0).to_string(),
            "back_pain": 4,
        }))
        .unwrap()
    }

    fn pointers(body: &CheckinBody, now: Timestamp) -> Vec<String> {
        let errors = body.check(now).err().map(|error| error.errors);
        errors
            .unwrap_or_default()
            .into_iter()
            .map(|error| error.pointer)
            .collect()
    }

    #[test]
    fn a_clock_may_be_five_minutes_ahead_and_no_more() {
        let mut item = body();
        item.taken_at = at(300);
        assert!(item.check(at(0)).is_ok());
        item.taken_at = at(301);
        assert_eq!(pointers(&item, at(0)), ["/taken_at"]);
        item.fall = Some(true);
        assert!(
            item.check(at(0)).is_ok(),
            "a red flag is taken all the same"
        );
    }

    #[test]
    fn every_broken_rule_is_told() {
        let mut item = body();
        item.back_pain = Some(11);
        item.hours_on_feet = Some(f64::NAN);
        let flag = |key: &str| RedFlagAnswer {
            key: key.to_owned(),
            yes: false,
        };
        item.red_flags = vec![flag("fever_unwell"), flag("fever_unwell"), flag("rain")];
        assert_eq!(
            pointers(&item, at(0)),
            [
                "/back_pain",
                "/hours_on_feet",
                "/red_flags/1/key",
                "/red_flags/2/key"
            ]
        );
    }

    #[test]
    fn a_check_in_that_answers_nothing_is_none() {
        let mut item = body();
        item.back_pain = None;
        item.signs = Some(Signs::default());
        assert_eq!(pointers(&item, at(0)), [""]);
        item.signs = Some(Signs {
            ankles_unsteady: Some(false),
            ..Signs::default()
        });
        assert!(item.check(at(0)).is_ok(), "a no is an answer");
    }

    #[test]
    fn a_fall_is_a_red_flag_and_a_no_is_none() {
        let mut item = body();
        item.red_flags = vec![RedFlagAnswer {
            key: "fever_unwell".to_owned(),
            yes: false,
        }];
        assert!(item.raised_flags().is_empty());
        item.fall = Some(true);
        assert_eq!(item.raised_flags().into_iter().collect::<Vec<_>>(), [FALL]);
    }
}

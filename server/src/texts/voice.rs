//! The catalogue in the language of one reader: what the templates of a patient's pages ask for their words.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::catalogue::LAST_RESORT;
use super::{has, language_of, render};
use crate::http::format;
use crate::plans::{Dose, library};

/// Speaks one reader's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice(String);

impl Voice {
    /// For a reader of `locale` (`de-AT`): in that language, or in the nearest there is.
    pub fn of(locale: &str) -> Self {
        Self(locale.to_owned())
    }

    /// The language it speaks, as `lang` names it.
    pub fn language(&self) -> &'static str {
        language_of("date_format", &self.0)
    }

    /// A text without values.
    pub fn say(&self, key: &str) -> String {
        render(key, &self.0, &Value::Null)
    }

    /// A text with its values.
    pub fn with(&self, key: &str, values: &Value) -> String {
        render(key, &self.0, values)
    }

    /// A text with one value.
    pub fn one(&self, key: &str, name: &str, value: &str) -> String {
        self.with(key, &json!({ name: value }))
    }

    /// A text with two values.
    pub fn two(&self, key: &str, name: &str, value: &str, other: &str, and: &str) -> String {
        self.with(key, &json!({ name: value, other: and }))
    }

    /// A text in the form its count takes.
    pub fn count(&self, key: &str, count: u64) -> String {
        self.with(key, &json!({ "count": count }))
    }

    /// `Saturday 21 November 2026`.
    pub fn long_date(&self, date: Date) -> String {
        self.date("long_date", date)
    }

    /// `Saturday 21 November`.
    pub fn day_and_month(&self, date: Date) -> String {
        self.date("day_and_month", date)
    }

    fn date(&self, key: &str, date: Date) -> String {
        let weekday = date.weekday().to_monday_one_offset();
        let values = json!({
            "weekday": self.say(&format!("weekday_{weekday}")),
            "day": date.day(),
            "month": self.say(&format!("month_{}", date.month())),
            "year": date.year(),
        });
        self.with(key, &values)
    }

    /// `Saturday 21 November, 18:05`.
    pub fn date_time(&self, at: Timestamp, zone: &TimeZone) -> String {
        let date = self.day_and_month(at.to_zoned(zone.clone()).date());
        let time = format::time(at, zone);
        self.two("date_and_time", "date", &date, "time", &time)
    }

    /// How long ago something was, in its largest whole unit.
    pub fn ago(&self, then: Timestamp, now: Timestamp) -> String {
        let minutes = u64::try_from(now.duration_since(then).as_mins()).unwrap_or_default();
        match minutes {
            0 => self.say("ago_now"),
            1..60 => self.count("ago_minutes", minutes),
            60..1440 => self.count("ago_hours", minutes / 60),
            _ => self.count("ago_days", minutes / 1440),
        }
    }

    /// A number as the language writes it, with at most `places` decimals.
    pub fn number(&self, value: f64, places: usize) -> String {
        self.decimal(&format::number(value, places))
    }

    /// A number with its standard error, both to the error's first digit.
    pub fn plus_minus(&self, value: f64, se: f64) -> String {
        self.decimal(&format::plus_minus(value, se))
    }

    fn decimal(&self, text: &str) -> String {
        text.replace('.', &self.say("decimal_separator"))
    }

    /// How much of an exercise, such as `3 × 30 s each side`.
    pub fn dose(&self, dose: &Dose) -> String {
        let sets = dose.sets.to_string();
        let body = match (dose.minutes, dose.reps, dose.hold_s) {
            (None, None, None) if dose.sets == 1 => self.say("dose_once"),
            (None, None, None) => self.one("dose_times", "sets", &sets),
            // Signs and units are the same in every language.
            _ => Dose {
                each_side: false,
                ..dose.clone()
            }
            .words(),
        };
        if dose.each_side {
            self.one("dose_each_side", "dose", &body)
        } else {
            body
        }
    }

    /// The name of an exercise or habit of the library.
    pub fn title(&self, exercise: &str) -> String {
        self.exercise(exercise, "title", |known| &known.title)
    }

    /// How to do it.
    pub fn how(&self, exercise: &str) -> String {
        self.exercise(exercise, "how", |known| &known.instruction)
    }

    /// When to stop.
    pub fn stop(&self, exercise: &str) -> String {
        self.exercise(exercise, "stop", |known| &known.stop_rule)
    }

    /// In the catalogue by its key; of an exercise it does not know, as the library has it.
    fn exercise(
        &self,
        key: &str,
        part: &str,
        known: impl Fn(&'static library::Exercise) -> &'static str,
    ) -> String {
        let text = format!("exercise_{}_{part}", key.replace('-', "_"));
        if has(&text) {
            return self.say(&text);
        }
        library::find(key).map_or_else(|| key.to_owned(), |exercise| known(exercise).to_owned())
    }

    /// The words of a page's tab by its path; the given ones where the catalogue has none.
    pub fn tab(&self, path: &str, words: &str) -> String {
        let key = format!(
            "tab_{}",
            path.trim_start_matches('/').replace(['-', '/'], "_")
        );
        if has(&key) {
            return self.say(&key);
        }
        words.to_owned()
    }
}

impl Default for Voice {
    fn default() -> Self {
        Self::of(LAST_RESORT)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_exercise_of_the_library_is_in_the_catalogue_as_the_library_has_it() {
        let english = Voice::default();
        for exercise in &library::library().exercise {
            let key = exercise.key.as_str();
            for part in ["title", "how", "stop"] {
                let text = format!("exercise_{}_{part}", key.replace('-', "_"));
                assert!(has(&text), "{text} is not in the catalogue");
            }
            assert_eq!(english.title(key), exercise.title);
            assert_eq!(english.how(key), exercise.instruction);
            assert_eq!(english.stop(key), exercise.stop_rule);
        }
    }

    #[test]
    fn each_language_writes_dates_and_numbers_its_own_way() {
        let day = date(2026, 3, 2);
        let said = ["en", "de-AT", "es"].map(|locale| Voice::of(locale).long_date(day));
        assert_eq!(
            said,
            [
                "Monday 2 March 2026",
                "Montag, 2. März 2026",
                "lunes, 2 de marzo de 2026"
            ]
        );
        assert_eq!(Voice::of("de").plus_minus(93.04, 0.52), "93,0 ± 0,5");
        assert_eq!(Voice::of("fr").language(), "en");
        let now: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let then = "2026-03-02T07:30:00Z".parse().unwrap();
        assert_eq!(Voice::of("de").ago(then, now), "vor 2 Stunden");
    }

    #[test]
    fn a_dose_is_said_in_the_language() {
        let mut dose = Dose {
            sets: 3,
            reps: None,
            hold_s: Some(30),
            minutes: None,
            each_side: true,
        };
        assert_eq!(Voice::of("en").dose(&dose), dose.words());
        assert_eq!(Voice::of("de").dose(&dose), "3 × 30 s je Seite");
        dose.hold_s = None;
        assert_eq!(Voice::of("en").dose(&dose), dose.words());
    }

    #[test]
    fn a_tab_the_catalogue_does_not_know_keeps_its_words() {
        assert_eq!(Voice::of("de").tab("/today", "Today"), "Heute");
        assert_eq!(Voice::of("de").tab("/elsewhere", "Elsewhere"), "Elsewhere");
    }
}

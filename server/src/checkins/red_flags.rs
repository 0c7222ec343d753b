//! The red-flag questions: two lists, kept as data with their sources.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::store::types::text_enum;

text_enum! {
    /// What a red flag asks of the patient.
    RedFlagList {
        /// Go to an emergency department now, and wait for nobody.
        Emergency = "emergency",
        /// Contact the clinic or a specialist soon.
        Urgent = "urgent",
    }
}

impl RedFlagList {
    /// Key of the text that says what to do now.
    pub fn advice_key(self) -> &'static str {
        match self {
            Self::Emergency => "advice_emergency",
            Self::Urgent => "advice_urgent",
        }
    }
}

/// A red-flag question.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedFlag {
    /// Stable key.
    pub key: String,
    /// Which list it is on.
    pub list: RedFlagList,
    /// Key of the question's text.
    pub text_key: String,
    /// Where it comes from.
    pub source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    red_flag: Vec<RedFlag>,
}

#[expect(
    clippy::expect_used,
    reason = "the file is part of the binary and a test reads it"
)]
static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("../data/red_flags.toml")).expect("the embedded list is valid")
});

/// Every question, the emergency list first.
pub fn all() -> &'static [RedFlag] {
    &FILE.red_flag
}

/// The lists' version; it is the version of the rule that found an alert.
pub fn version() -> &'static str {
    &FILE.version
}

/// The question with this key.
pub fn find(key: &str) -> Option<&'static RedFlag> {
    all().iter().find(|flag| flag.key == key)
}

/// The more pressing list of these flags.
pub fn most_pressing<'a>(keys: impl IntoIterator<Item = &'a str>) -> Option<RedFlagList> {
    keys.into_iter()
        .filter_map(find)
        .map(|flag| flag.list)
        .min()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_flag_has_its_own_key_a_source_and_a_question_in_every_language() {
        let keys: BTreeSet<_> = all().iter().map(|flag| &flag.key).collect();
        assert_eq!(keys.len(), all().len());
        for flag in all() {
            assert!(flag.source.len() > 5, "{}", flag.key);
            for locale in ["en", "de", "es"] {
                assert!(
                    crate::texts::language_of(&flag.text_key, locale) == locale,
                    "{} {locale}",
                    flag.text_key
                );
            }
        }
        for list in RedFlagList::ALL {
            assert!(all().iter().any(|flag| flag.list == *list), "{list}");
            for locale in ["en", "de", "es"] {
                assert!(
                    crate::texts::language_of(list.advice_key(), locale) == locale,
                    "{list} {locale}"
                );
            }
        }
    }

    #[test]
    fn what_may_be_the_cauda_equina_is_an_emergency_and_comes_before_the_rest() {
        let emergency: Vec<&str> = all()
            .iter()
            .filter(|flag| flag.list == RedFlagList::Emergency)
            .map(|flag| flag.key.as_str())
            .collect();
        let expected = [
            "bladder_bowel",
            "saddle_numbness",
            "both_legs_weak",
            "sexual_function",
        ];
        assert_eq!(emergency, expected);
        let pressing = most_pressing(["fever_unwell", "saddle_numbness", "fall"]);
        assert_eq!(pressing, Some(RedFlagList::Emergency));
        assert_eq!(most_pressing(["fall"]), Some(RedFlagList::Urgent));
        assert_eq!(most_pressing([]), None);
    }
}

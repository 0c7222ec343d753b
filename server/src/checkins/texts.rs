//! The words of check-ins in the patient's language: what is asked, and what is to be done now.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The languages there are; the first is used where a patient's is not among them.
pub(super) const LOCALES: [&str; 3] = ["en", "de", "es"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    text: String,
}

type Messages = BTreeMap<String, Message>;

#[expect(
    clippy::expect_used,
    reason = "the files are part of the binary and a test reads them"
)]
fn read(file: &str) -> Messages {
    toml::from_str(file).expect("the embedded texts are valid")
}

static FILES: LazyLock<[Messages; 3]> = LazyLock::new(|| {
    [
        read(include_str!("../data/texts/checkins.en.toml")),
        read(include_str!("../data/texts/checkins.de.toml")),
        read(include_str!("../data/texts/checkins.es.toml")),
    ]
});

/// The text of a key in the language of `locale` (`de-AT`, `de`), else in English, with its values in their places.
pub(super) fn render(key: &str, locale: &str, values: &[(&str, &str)]) -> String {
    let language = locale.split('-').next().unwrap_or_default();
    let wanted = LOCALES.iter().zip(FILES.iter());
    let own = wanted.filter(|(tag, _)| **tag == language);
    let message = own
        .map(|(_, messages)| messages)
        .chain(FILES.first())
        .find_map(|messages| messages.get(key));
    let Some(message) = message else {
        tracing::error!(key, "a text is missing");
        return String::new();
    };
    let mut words = message.text.clone();
    for (name, value) in values {
        words = words.replace(&format!("{{{name}}}"), value);
    }
    words
}

/// Whether a language has a text of its own.
#[cfg(test)]
pub(super) fn has(key: &str, locale: &str) -> bool {
    LOCALES
        .iter()
        .zip(FILES.iter())
        .any(|(tag, messages)| *tag == locale && messages.contains_key(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_the_same_things() {
        let keys = |messages: &Messages| messages.keys().cloned().collect::<Vec<_>>();
        for messages in FILES.iter() {
            assert_eq!(keys(messages), keys(&FILES[0]));
        }
    }

    #[test]
    fn the_language_is_the_patients_or_english() {
        let paused = |locale| render("exercise_paused", locale, &[("exercise", "X")]);
        assert!(paused("de-AT").starts_with("X entfällt"));
        assert!(paused("es").starts_with("X se deja"));
        assert_eq!(paused("fr"), paused("en"));
        assert!(!paused("en").contains('{'));
    }
}

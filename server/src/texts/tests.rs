use std::collections::{BTreeMap, BTreeSet};

use icu_plurals::PluralCategory;
use serde_json::json;

use super::*;

/// Every key with its message in each language.
fn by_key() -> BTreeMap<&'static str, BTreeMap<&'static str, &'static Message>> {
    let mut keys: BTreeMap<&str, BTreeMap<&str, &Message>> = BTreeMap::new();
    for (tag, language) in &CATALOGUE.0 {
        for (key, message) in &language.messages {
            keys.entry(key).or_default().insert(tag, message);
        }
    }
    keys
}

fn names(message: &Message) -> BTreeSet<&str> {
    let templates = message.templates();
    templates.into_iter().flat_map(Template::names).collect()
}

#[test]
fn every_file_of_the_folder_is_in_the_list_and_names_its_language() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/data/texts");
    let found: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let listed: BTreeSet<String> = files::FILES
        .iter()
        .map(|file| file.name.to_owned())
        .collect();
    assert_eq!(found, listed);
}

#[test]
fn every_key_is_in_every_language_with_the_same_values() {
    for (key, languages) in by_key() {
        let tags: Vec<_> = languages.keys().copied().collect();
        assert_eq!(tags, ["de", "en", "es"], "{key}");
        let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(key.chars().all(snake), "{key} is not in snake_case");
        let wanted = names(languages["en"]);
        for (tag, message) in &languages {
            assert_eq!(names(message), wanted, "{key} in {tag}");
        }
    }
}

#[test]
fn every_plural_has_exactly_the_forms_its_language_needs() {
    for (tag, language) in &CATALOGUE.0 {
        let needed: BTreeSet<PluralCategory> = language.plurals().unwrap().categories().collect();
        for (key, message) in &language.messages {
            let Message::Plural(forms) = message else {
                let alone = names(message).contains(COUNT);
                assert!(!alone, "{key} in {tag} counts without plural forms");
                continue;
            };
            let given: BTreeSet<PluralCategory> = forms.iter().map(|(form, _)| *form).collect();
            assert_eq!(given, needed, "{key} in {tag}");
            let rest = |template: &Template| {
                let mut names: BTreeSet<String> = template.names().map(str::to_owned).collect();
                names.remove(COUNT);
                names
            };
            let all: BTreeSet<_> = forms.iter().map(|(_, template)| rest(template)).collect();
            assert_eq!(all.len(), 1, "{key} in {tag}: a form leaves a value out");
        }
    }
}

#[test]
fn every_text_renders_in_every_language_with_its_values() {
    for (key, languages) in by_key() {
        let mut values = serde_json::Map::new();
        for name in names(languages["en"]) {
            values.insert(name.to_owned(), json!("Test"));
        }
        for count in [0, 1, 2, 5, 1_000_000] {
            values.insert(COUNT.to_owned(), json!(count));
            for tag in ["en", "de", "es"] {
                let words = try_render(key, tag, &Value::Object(values.clone()));
                assert!(
                    words.as_ref().is_ok_and(|words| !words.is_empty()),
                    "{key} {tag}: {words:?}"
                );
            }
        }
    }
}

#[test]
fn a_count_takes_its_form() {
    let digest =
        |locale, count| try_render("digest_summary", locale, &json!({ "count": count })).unwrap();
    assert_eq!(
        digest("en", 1),
        "One thing is open in your plan. Take your time."
    );
    assert_eq!(
        digest("en", 3),
        "3 things are open in your plan. Take them one at a time."
    );
    assert!(
        digest("es", 1_000_000).contains("1000000 de cosas"),
        "{}",
        digest("es", 1_000_000)
    );
    assert_ne!(digest("de", 1), digest("de", 2));
}

#[test]
fn a_region_reads_its_language_and_an_unknown_one_english() {
    let praise = |locale| {
        render(
            "praise",
            locale,
            &json!({ "clinician": "Test Clinician 01" }),
        )
    };
    assert_eq!(praise("de-AT"), praise("de"));
    assert_ne!(praise("de-AT"), praise("en"));
    assert_eq!(praise("fr-CA"), praise("en"));
    assert_eq!(language_of("praise", "es-MX"), "es");
}

#[test]
fn values_are_written_as_the_language_writes_them() {
    let pause = json!({ "from": "2026-05-04", "through": "2026-06-15" });
    let words = |locale| render("pause_began", locale, &pause);
    assert!(
        words("en").contains("4 May 2026 to 15 Jun 2026"),
        "{}",
        words("en")
    );
    assert!(
        words("de").contains("4.5.2026 bis 15.6.2026"),
        "{}",
        words("de")
    );
    let plan = json!({ "removed": [], "added": ["08:00", "20:00"] });
    assert_eq!(
        render("plan_changed", "en", &plan),
        "Your plan has changed. Removed: nothing. Added: 08:00, 20:00."
    );
    assert_eq!(written(&json!(1.25), "de").as_deref(), Some("1,2"));
    assert_eq!(written(&json!(7), "de").as_deref(), Some("7"));
}

#[test]
fn what_cannot_be_said_is_a_typed_error_and_a_neutral_sentence() {
    assert_eq!(
        try_render("no_such_key", "en", &json!({})),
        Err(TextError::NoText("no_such_key".to_owned()))
    );
    for values in [json!({}), json!({ "clinician": null })] {
        let missing = TextError::NoValue {
            key: "praise".to_owned(),
            value: "clinician".to_owned(),
        };
        assert_eq!(try_render("praise", "en", &values), Err(missing));
    }
    assert_eq!(
        render("no_such_key", "de", &json!({})),
        "Es gibt Neues zu Ihrem Plan."
    );
}

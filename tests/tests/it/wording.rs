//! The boundary of the medical device: observations, never diagnoses; nothing treats, cures or prevents.

use std::fs;
use std::path::{Path, PathBuf};

use footing_server::http::openapi;
use footing_server::plans::library;
use footing_server::push::{Locale, PushKind};
use footing_server::texts::files::FILES;
use footing_tests::repository;

/// Words that claim too much,
const WORDS: [&str; 7] = [
    "treats",
    "treating",
    "cure",
    "cures",
    "cured",
    "prevents",
    "preventing",
];
/// beginnings of such words,
const BEGINNINGS: [&str; 3] = ["diagnos", "abnormal", "overpronat"];
/// and phrases.
const PHRASES: [&str; 4] = [
    "medical grade",
    "medical-grade",
    "risk of fall",
    "clinically proven",
];

/// Sentences that say what Footing does not do.
const DISCLAIMERS: [&str; 4] = [
    "it does not diagnose",
    "does not diagnose",
    "not a diagnosis",
    "no diagnosis",
];

/// The forbidden words of a text, without its disclaimers.
fn claims(text: &str) -> Vec<String> {
    let mut text = text
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for disclaimer in DISCLAIMERS {
        text = text.replace(disclaimer, "");
    }
    let mut found: Vec<String> = PHRASES
        .iter()
        .filter(|&&phrase| text.contains(phrase))
        .map(|&phrase| phrase.to_owned())
        .collect();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let begins = BEGINNINGS
            .iter()
            .any(|beginning| word.starts_with(beginning));
        if begins || WORDS.contains(&word) {
            found.push(word.to_owned());
        }
    }
    found
}

#[test]
fn the_test_itself_finds_claims_and_lets_disclaimers_be() {
    for text in [
        "A Diagnosis",
        "treats pain",
        "medical\n grade",
        "it cures",
        "ABNORMAL gait",
        "risk of falling",
    ] {
        assert!(!claims(text).is_empty(), "{text}");
    }
    for text in [
        "It does not\n    diagnose.",
        "secure",
        "a treatment room",
        "loading pattern",
    ] {
        assert_eq!(claims(text), Vec::<String>::new(), "{text}");
    }
}

fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&repository().join(folder), endings, &mut found);
    assert!(!found.is_empty(), "{folder} has files");
    found
}

fn collect(folder: &Path, endings: &[&str], into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, endings, into);
        } else if endings
            .iter()
            .any(|ending| path.extension().is_some_and(|found| found == *ending))
        {
            into.push(path);
        }
    }
}

fn assert_claims_nothing(name: &str, text: &str) {
    assert_eq!(
        claims(text),
        Vec::<String>::new(),
        "{name} claims what Footing must not claim"
    );
}

#[test]
fn pages_and_what_they_load_claim_nothing() {
    for path in files("server/templates", &["html", "txt"]) {
        assert_claims_nothing(
            &path.display().to_string(),
            &fs::read_to_string(&path).unwrap(),
        );
    }
    for path in files("server/static", &["js", "svg", "css"]) {
        assert_claims_nothing(
            &path.display().to_string(),
            &fs::read_to_string(&path).unwrap(),
        );
    }
}

#[test]
fn the_library_claims_nothing() {
    for exercise in &library::library().exercise {
        let text = [
            &exercise.title,
            &exercise.target,
            &exercise.instruction,
            &exercise.stop_rule,
            &exercise.evidence,
            &exercise.source,
        ];
        assert_claims_nothing(&exercise.key, &text.map(String::as_str).join(". "));
    }
}

/// Claims and blame in the languages of the catalogue, as beginnings of words.
const IN_OTHER_WORDS: [&str; 17] = [
    "fail",
    "bad",
    "wrong",
    "abnorm",
    "heil",
    "krank",
    "behandel",
    "verhinder",
    "versäum",
    "schlecht",
    "diagnóst",
    "cura",
    "enferm",
    "previen",
    "anormal",
    "fracas",
    "incumpl",
];

#[test]
fn texts_for_patients_claim_nothing_and_blame_nobody() {
    assert!(!FILES.is_empty());
    for file in FILES {
        assert_claims_nothing(file.name, file.content);
        let text = file.content.to_lowercase();
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            let found = IN_OTHER_WORDS
                .iter()
                .find(|beginning| word.starts_with(**beginning));
            assert_eq!(found, None, "{word} in {}", file.name);
        }
    }
}

#[test]
fn prompts_say_nothing_of_health() {
    let health = [
        "exercise",
        "stretch",
        "foot ",
        "pain",
        "gait",
        "walk",
        "posture",
        "übung",
        "ejercicio",
    ];
    let texts = Locale::ALL.into_iter().flat_map(|locale| {
        let words = PushKind::ALL.map(|kind| locale.words(kind).unwrap_or_default());
        words.map(|words| (locale, format!("{} {words}", locale.title())))
    });
    for (locale, text) in texts {
        assert_claims_nothing(locale.tag(), &text);
        for word in health {
            assert!(
                !text.to_lowercase().contains(word),
                "{text} says {word} on a locked screen"
            );
        }
    }
}

#[test]
fn the_api_claims_nothing() {
    assert_claims_nothing("the OpenAPI document", &openapi::document_text().unwrap());
}

/// The texts between quotation marks of a source file, its tests left out: what people may come to read.
fn literals(source: &str) -> String {
    let production = source
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let code: Vec<&str> = production
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    code.join("\n")
        .split('"')
        .skip(1)
        .step_by(2)
        .collect::<Vec<_>>()
        .join(" | ")
}

#[test]
fn sentences_written_in_code_claim_nothing() {
    for folder in ["server/src", "gait/src"] {
        let production = |path: &PathBuf| path.file_name().is_some_and(|name| name != "tests.rs");
        for path in files(folder, &["rs"]).into_iter().filter(production) {
            let text = fs::read_to_string(&path).unwrap();
            assert_claims_nothing(&path.display().to_string(), &literals(&text));
        }
    }
    for folder in ["gait/src", "server/src/data"] {
        for path in files(folder, &["toml"]) {
            assert_claims_nothing(
                &path.display().to_string(),
                &fs::read_to_string(&path).unwrap(),
            );
        }
    }
}

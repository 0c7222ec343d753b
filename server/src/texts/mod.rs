//! The catalogue of what Footing says to patients: a key and its values become words in a language.
//!
//! Texts are data (`data/texts/*.toml`). Which form of a number a language takes comes from Unicode's CLDR through
//! `icu_plurals`. Nothing here goes into a push: a push has constants of its own that say nothing of health.

mod catalogue;
pub mod files;
mod template;
mod voice;

use std::sync::LazyLock;

use serde_json::Value;

use catalogue::{Catalogue, Language, Message};
use template::{Part, Template};
pub use voice::Voice;

/// The value that chooses the plural form.
const COUNT: &str = "count";
/// What a reader is told where a message cannot be put in words.
const SOMETHING_NEW: &str = "something_new";

#[expect(
    clippy::expect_used,
    reason = "the files are part of the binary and a test reads them"
)]
static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::read(files::FILES).expect("the embedded catalogue is valid"));

/// Why a message cannot be put in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// No file has the key.
    #[error("no text {0}")]
    NoText(String),
    /// The text has a place for a value that was not given, or that is no text, number or list.
    #[error("no value {value} for the text {key}")]
    NoValue {
        /// Which text.
        key: String,
        /// Which value.
        value: String,
    },
    /// The language has no form for the number.
    #[error("no plural form of {0} for its count")]
    NoForm(String),
}

/// A message in words, in the language of `locale` or the nearest there is (`de-AT`, `de`, `en`).
///
/// `values` is a JSON object: texts, whole numbers, decimals, dates (`YYYY-MM-DD`) and lists of them. A message that cannot be
/// put in words, such as one an older version stored, is a neutral sentence instead, and an error in the log.
pub fn render(key: &str, locale: &str, values: &Value) -> String {
    try_render(key, locale, values).unwrap_or_else(|error| {
        tracing::error!(%error, "a text cannot be rendered");
        try_render(SOMETHING_NEW, locale, &Value::Null).unwrap_or_default()
    })
}

/// The same, and why where it cannot be.
///
/// # Errors
/// When the key, a value or a form is missing.
pub fn try_render(key: &str, locale: &str, values: &Value) -> Result<String, TextError> {
    let (tag, language, message) = CATALOGUE
        .find(key, locale)
        .ok_or_else(|| TextError::NoText(key.to_owned()))?;
    let template = form(key, language, message, values)?;
    let mut words = String::new();
    for part in template.parts() {
        match part {
            Part::Words(text) => words.push_str(text),
            Part::Value(name) => {
                let value = values.get(name).and_then(|value| written(value, tag));
                words.push_str(&value.ok_or_else(|| no_value(key, name))?);
            }
        }
    }
    Ok(words)
}

/// Whether the catalogue has a key.
pub fn has(key: &str) -> bool {
    CATALOGUE.find(key, catalogue::LAST_RESORT).is_some()
}

/// The language a message is shown in to a reader of `locale`.
pub fn language_of(key: &str, locale: &str) -> &'static str {
    CATALOGUE
        .find(key, locale)
        .map_or(catalogue::LAST_RESORT, |(tag, ..)| tag)
}

fn no_value(key: &str, name: &str) -> TextError {
    TextError::NoValue {
        key: key.to_owned(),
        value: name.to_owned(),
    }
}

fn form<'a>(
    key: &str,
    language: &Language,
    message: &'a Message,
    values: &Value,
) -> Result<&'a Template, TextError> {
    match message {
        Message::Text(template) => Ok(template),
        Message::Plural(forms) => {
            let count = values.get(COUNT).and_then(Value::as_u64);
            let count = count.ok_or_else(|| no_value(key, COUNT))?;
            let rules = language.plurals();
            let wanted = rules.map(|rules| rules.category_for(count));
            forms
                .iter()
                .find(|(category, _)| Some(*category) == wanted)
                .map(|(_, template)| template)
                .ok_or_else(|| TextError::NoForm(key.to_owned()))
        }
    }
}

/// A value as a language writes it; nothing for one that has no words.
fn written(value: &Value, language: &str) -> Option<String> {
    match value {
        Value::String(text) => Some(date(text, language).unwrap_or_else(|| text.clone())),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Some(whole.to_string()),
            None => Some(
                format!("{:.1}", number.as_f64()?)
                    .replace('.', &constant("decimal_separator", language)?),
            ),
        },
        Value::Array(list) if list.is_empty() => constant("empty_list", language),
        Value::Array(list) => list
            .iter()
            .map(|value| written(value, language))
            .collect::<Option<Vec<_>>>()
            .map(|all| all.join(", ")),
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}

/// A date as a language writes it, if the text is one.
fn date(text: &str, language: &str) -> Option<String> {
    let shape = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    if text.len() != 10 || !text.bytes().enumerate().all(shape) {
        return None;
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    Some(
        date.strftime(&constant("date_format", language)?)
            .to_string(),
    )
}

/// A text without values.
fn constant(key: &str, language: &str) -> Option<String> {
    let (.., message) = CATALOGUE.find(key, language)?;
    match message {
        Message::Text(template) => match template.parts() {
            [Part::Words(words)] => Some(words.clone()),
            _ => None,
        },
        Message::Plural(_) => None,
    }
}

#[cfg(test)]
mod tests;

//! The words of check-ins in the patient's language: what is asked, and what is to be done now.

use serde_json::{Map, Value};

/// The text of a key in the language of `locale` (`de-AT`, `de`), else in English, with its values in their places.
pub(super) fn render(key: &str, locale: &str, values: &[(&str, &str)]) -> String {
    let values: Map<String, Value> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect();
    crate::texts::render(key, locale, &Value::Object(values))
}

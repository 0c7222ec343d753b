//! Values that must be more than their JSON type says: text, ranged numbers, time zones.

use std::fmt;
use std::ops::RangeInclusive;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::{Error, FieldError, Result};

/// Text people typed: trimmed, 1 to `MAX` characters, no control characters and none that change the
/// direction or show nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize = 100>(String);

impl<const MAX: usize> Text<MAX> {
    /// Checks a text.
    ///
    /// # Errors
    /// The broken rule.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > MAX || text.len() > 4 * MAX {
            return Err(format!("must have 1 to {MAX} characters"));
        }
        if text.chars().any(is_hidden) {
            return Err("must not contain control, direction or invisible characters".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text itself.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Text of several lines: as [`Text`], with line ends, which become `\n`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Lines<const MAX: usize>(String);

impl<const MAX: usize> Lines<MAX> {
    /// Checks a text.
    ///
    /// # Errors
    /// The broken rule.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > MAX || text.len() > 4 * MAX {
            return Err(format!("must have 1 to {MAX} characters"));
        }
        if text.chars().any(|c| c != '\n' && is_hidden(c)) {
            return Err(
                "must not contain control, direction or invisible characters but line ends"
                    .to_owned(),
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// The text itself.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Lines<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(D::Error::custom)
    }
}

impl<const MAX: usize> utoipa::PartialSchema for Lines<MAX> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        Text::<MAX>::schema()
    }
}

impl<const MAX: usize> utoipa::ToSchema for Lines<MAX> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Lines{MAX}").into()
    }
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(D::Error::custom)
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> utoipa::PartialSchema for Text<MAX> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .min_length(Some(1))
            .max_length(Some(MAX))
            .into()
    }
}

impl<const MAX: usize> utoipa::ToSchema for Text<MAX> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Text{MAX}").into()
    }
}

/// Checks that a number is finite and in range.
///
/// # Errors
/// The broken rule at `pointer`.
pub fn in_range(pointer: &str, value: f64, range: RangeInclusive<f64>) -> Result<f64, FieldError> {
    if value.is_finite() && range.contains(&value) {
        return Ok(value);
    }
    Err(FieldError::new(
        pointer,
        format!("must be between {} and {}", range.start(), range.end()),
    ))
}

/// Checks that a text names an IANA time zone.
///
/// # Errors
/// The broken rule at `pointer`.
pub fn time_zone(pointer: &str, name: &str) -> Result<jiff::tz::TimeZone> {
    // A region has a slash; of the rest only UTC is a place to live in (EST and such are fixed offsets).
    let is_region = name == "UTC" || name.contains('/');
    match jiff::tz::TimeZone::get(name) {
        Ok(zone) if is_region => Ok(zone),
        _ => Err(Error::field(
            pointer,
            "must be the name of an IANA time zone, such as Europe/Berlin",
        )),
    }
}

/// Whether a text has the form of an e-mail address: something, an at sign, a host with a dot, and no space.
pub fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
        && !text.contains(char::is_whitespace)
}

/// Checks that a text has the form of an e-mail address.
///
/// # Errors
/// The broken rule at `pointer`.
pub fn email(pointer: &str, text: &str) -> Result<()> {
    if is_email(text) {
        return Ok(());
    }
    Err(Error::field(pointer, "must be an e-mail address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_ends_and_hide_nothing() {
        let lines = Lines::<9>::new(" one\r\ntwo\n").unwrap();
        assert_eq!(lines.into_string(), "one\ntwo");
        for wrong in ["", " \n ", "ten chars!", "a\tb", "a\u{202E}b", "a\rb"] {
            assert!(Lines::<9>::new(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_zone_is_a_region() {
        assert!(time_zone("/z", "Europe/Berlin").is_ok());
        for wrong in ["Mars/Phobos", "EST", "+01:00", ""] {
            assert!(time_zone("/z", wrong).is_err(), "{wrong}");
        }
    }
}

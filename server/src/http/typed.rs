//! A form as typed, with what is wrong beside each field: what a page shows again when it refuses.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::extract::{Form, Text};

/// Names and values as typed, and for each name the first rule it breaks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    values: BTreeMap<String, String>,
    errors: BTreeMap<String, String>,
}

impl Typed {
    /// What a browser sent: the first value of each name, without space around it.
    pub fn read(form: &Form) -> Self {
        let mut typed = Self::default();
        for (name, value) in form.fields() {
            let known = typed.values.entry(name.to_owned());
            known.or_insert_with(|| value.trim().to_owned());
        }
        typed
    }

    /// Puts a value where nothing was typed.
    pub fn put(&mut self, name: impl Into<String>, value: impl ToString) {
        self.values.insert(name.into(), value.to_string());
    }

    /// What was typed; empty where nothing was.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Whether there is such a field.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Whether this is what was chosen.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.value(name) == value
    }

    /// Whether anything was typed under names that begin so.
    pub fn any(&self, beginning: &str) -> bool {
        let own = |name: &String| name.starts_with(beginning);
        self.values
            .iter()
            .any(|(name, value)| own(name) && !value.is_empty())
    }

    /// What is wrong with a field.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.get(name).map(String::as_str)
    }

    /// Notes what is wrong with a field; the first rule it breaks stays.
    pub fn blame(&mut self, name: impl Into<String>, words: impl Into<String>) {
        self.errors
            .entry(name.into())
            .or_insert_with(|| words.into());
    }

    /// Whether anything is wrong.
    pub fn is_wrong(&self) -> bool {
        !self.errors.is_empty()
    }

    /// How many fields are wrong.
    pub fn wrong(&self) -> usize {
        self.errors.len()
    }

    /// A number, with a point or a comma; nothing where nothing was typed or it is none.
    pub fn number(&mut self, name: &str) -> Option<f64> {
        let typed = self.value(name).replace(',', ".").replace('−', "-");
        if typed.is_empty() {
            return None;
        }
        let number = typed.parse().ok().filter(|number: &f64| number.is_finite());
        if number.is_none() {
            self.blame(name, "Give a number.");
        }
        number
    }

    /// A date that must be there.
    pub fn date(&mut self, name: &str) -> Option<Date> {
        let date = self.value(name).parse().ok();
        if date.is_none() {
            self.blame(name, "Give a date.");
        }
        date
    }

    /// A text that may be left out. Lines become one: what is kept has no control characters.
    pub fn text<const MAX: usize>(&mut self, name: &str, subject: &str) -> Option<Text<MAX>> {
        let words: Vec<&str> = self.value(name).lines().map(str::trim).collect();
        let words = words.join(" ");
        if words.trim().is_empty() {
            return None;
        }
        match Text::new(&words) {
            Ok(text) => Some(text),
            Err(rule) => {
                self.blame(name, format!("{subject} {rule}."));
                None
            }
        }
    }

    /// A text that must be there.
    pub fn needed<const MAX: usize>(&mut self, name: &str, subject: &str) -> Option<Text<MAX>> {
        let text = self.text(name, subject);
        if text.is_none() {
            self.blame(name, format!("{subject} is missing."));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_a_comma_and_a_true_minus_and_nothing_else() {
        let mut typed = Typed::default();
        for (name, value) in [
            ("comma", "880,5"),
            ("minus", "−3"),
            ("words", "nine"),
            ("endless", "inf"),
        ] {
            typed.put(name, value);
        }
        assert_eq!(typed.number("comma"), Some(880.5));
        assert_eq!(typed.number("minus"), Some(-3.0));
        assert_eq!(typed.number("absent"), None);
        assert!(!typed.is_wrong());
        assert_eq!(
            (typed.number("words"), typed.number("endless")),
            (None, None)
        );
        assert_eq!(typed.wrong(), 2);
    }

    #[test]
    fn the_first_rule_a_field_breaks_is_shown_and_what_was_typed_is_kept() {
        let mut typed = Typed::default();
        typed.put("note", "one\r\ntwo");
        assert_eq!(
            typed.text::<20>("note", "The note").unwrap().as_str(),
            "one two"
        );
        assert!(typed.text::<3>("note", "The note").is_none());
        typed.blame("note", "again");
        assert_eq!(
            typed.error("note"),
            Some("The note must have 1 to 3 characters.")
        );
        assert_eq!(typed.value("note"), "one\r\ntwo");
        assert!(typed.needed::<9>("who", "The name").is_none());
        assert_eq!(typed.error("who"), Some("The name is missing."));
    }
}

//! A text with named places for values: `From {from} to {through}.`

/// A text, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Words as they are.
    Words(String),
    /// The place of the value with this name.
    Value(String),
}

impl Template {
    /// Takes a text apart.
    ///
    /// # Errors
    /// When a brace stands alone or what it encloses is no name in snake_case.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((words, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| format!("{{ without }} in {text:?}"))?;
            let snake_case = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if name.is_empty() || !name.chars().all(snake_case) {
                return Err(format!("{name:?} is no name of a value in {text:?}"));
            }
            push_words(&mut parts, words, text)?;
            parts.push(Part::Value(name.to_owned()));
            rest = after;
        }
        push_words(&mut parts, rest, text)?;
        Ok(Self(parts))
    }

    /// Its pieces.
    pub(super) fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The names of its values.
    #[cfg(test)]
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Value(name) => Some(name.as_str()),
            Part::Words(_) => None,
        })
    }
}

fn push_words(parts: &mut Vec<Part>, words: &str, text: &str) -> Result<(), String> {
    if words.contains('}') {
        return Err(format!("}} without {{ in {text:?}"));
    }
    if !words.is_empty() {
        parts.push(Part::Words(words.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_apart_at_its_braces() {
        let template = Template::parse("From {from} to {through}.").unwrap();
        assert_eq!(template.names().collect::<Vec<_>>(), ["from", "through"]);
        assert_eq!(template.parts().len(), 5);
    }

    #[test]
    fn a_brace_alone_and_another_name_are_refused() {
        for wrong in ["{from", "to}", "{From}", "{}", "{a{b}", "a}{b}"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }
}

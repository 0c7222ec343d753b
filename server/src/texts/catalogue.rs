//! The catalogue as it is in memory: language, key, forms.

use std::collections::BTreeMap;

use icu_locale_core::{LanguageIdentifier, Locale};
use icu_plurals::{PluralCategory, PluralRules, PluralRulesOptions};
use serde::Deserialize;

use super::files::File;
use super::template::Template;

/// A message as a file has it: one text, or one for each plural category of the language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    text: Option<String>,
    zero: Option<String>,
    one: Option<String>,
    two: Option<String>,
    few: Option<String>,
    many: Option<String>,
    other: Option<String>,
}

impl Entry {
    fn forms(self) -> Vec<(PluralCategory, String)> {
        use PluralCategory::{Few, Many, One, Other, Two, Zero};
        let forms = [
            (Zero, self.zero),
            (One, self.one),
            (Two, self.two),
            (Few, self.few),
            (Many, self.many),
            (Other, self.other),
        ];
        let forms = forms.into_iter();
        forms
            .filter_map(|(category, text)| Some((category, text?)))
            .collect()
    }
}

/// A message.
#[derive(Debug)]
pub(super) enum Message {
    /// One text for every number.
    Text(Template),
    /// A text for each plural category, chosen by the value `count`.
    Plural(Vec<(PluralCategory, Template)>),
}

impl Message {
    fn of(entry: Entry) -> Result<Self, String> {
        let text = entry.text.clone();
        match (text, entry.forms()) {
            (Some(text), forms) if forms.is_empty() => Ok(Self::Text(Template::parse(&text)?)),
            (None, forms) if !forms.is_empty() => forms
                .into_iter()
                .map(|(category, text)| Ok((category, Template::parse(&text)?)))
                .collect::<Result<_, String>>()
                .map(Self::Plural),
            _ => Err("needs either text or plural forms".to_owned()),
        }
    }

    /// Its texts.
    #[cfg(test)]
    pub(super) fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Text(template) => vec![template],
            Self::Plural(forms) => forms.iter().map(|(_, template)| template).collect(),
        }
    }
}

/// The messages of one language.
pub(super) struct Language {
    locale: Locale,
    /// By key.
    pub(super) messages: BTreeMap<String, Message>,
}

/// The messages of every language, by language subtag.
pub(super) struct Catalogue(pub(super) BTreeMap<&'static str, Language>);

/// The language every chain ends in.
pub(super) const LAST_RESORT: &str = "en";

impl Catalogue {
    /// Reads files.
    ///
    /// # Errors
    /// What is wrong with the first file that is wrong.
    pub(super) fn read(files: &[File]) -> Result<Self, String> {
        let mut languages = BTreeMap::new();
        for file in files {
            let language = match languages.entry(file.language) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(Language::empty(file.language)?)
                }
            };
            language
                .add(file.content)
                .map_err(|error| format!("{}: {error}", file.name))?;
        }
        Ok(Self(languages))
    }

    /// The message of a key for a reader of `locale`: in that very locale, in its language, in English.
    pub(super) fn find(
        &self,
        key: &str,
        locale: &str,
    ) -> Option<(&'static str, &Language, &Message)> {
        chain(locale).iter().find_map(|tag| {
            let (tag, language) = self.0.get_key_value(tag.as_str())?;
            Some((*tag, language, language.messages.get(key)?))
        })
    }
}

impl Language {
    fn empty(tag: &str) -> Result<Self, String> {
        let locale = Locale::try_from_str(tag).map_err(|error| format!("{tag}: {error}"))?;
        let language = Self {
            locale,
            messages: BTreeMap::new(),
        };
        match language.plurals() {
            Some(_) => Ok(language),
            None => Err(format!("{tag}: no plural rules")),
        }
    }

    /// Which of a number's forms this language takes. Made anew each time: the data is in the binary, and the rules
    /// cannot be shared between threads.
    pub(super) fn plurals(&self) -> Option<PluralRules> {
        PluralRules::try_new((&self.locale).into(), PluralRulesOptions::default()).ok()
    }

    fn add(&mut self, content: &str) -> Result<(), String> {
        let entries: BTreeMap<String, Entry> =
            toml::from_str(content).map_err(|error| error.to_string())?;
        for (key, entry) in entries {
            let message = Message::of(entry).map_err(|error| format!("[{key}] {error}"))?;
            if self.messages.insert(key.clone(), message).is_some() {
                return Err(format!("[{key}] is in another file already"));
            }
        }
        Ok(())
    }
}

/// The languages to look in: `de-AT`, `de`, `en`. A tag that cannot be read leaves English.
fn chain(locale: &str) -> Vec<String> {
    let mut chain = Vec::new();
    if let Ok(tag) = LanguageIdentifier::try_from_str(&locale.replace('_', "-")) {
        chain.push(tag.to_string());
        chain.push(tag.language.to_string());
    }
    chain.push(LAST_RESORT.to_owned());
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_falls_back_to_its_language_and_an_unknown_language_to_english() {
        assert_eq!(chain("de-AT"), ["de-AT", "de", "en"]);
        assert_eq!(chain("DE_at"), ["de-AT", "de", "en"]);
        assert_eq!(chain("zh-Hant-TW"), ["zh-Hant-TW", "zh", "en"]);
        assert_eq!(chain("?"), ["en"]);
    }

    #[test]
    fn a_message_without_text_with_both_or_twice_is_refused() {
        let read = |content| {
            Catalogue::read(&[File {
                name: "test.en.toml",
                language: "en",
                content,
            }])
        };
        assert!(read("[a]\ntext = \"x\"").is_ok());
        for wrong in [
            "[a]",
            "[a]\ntext = \"x\"\nother = \"y\"",
            "[a]\nsingle = \"x\"",
            "[a]\ntext = \"{\"",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let file = |content| File {
            name: "test.en.toml",
            language: "en",
            content,
        };
        let twice = [file("[a]\ntext = \"x\""), file("[a]\ntext = \"y\"")];
        assert!(Catalogue::read(&twice).is_err());
    }
}

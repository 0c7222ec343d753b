//! The visible words: constants of language and kind, and nothing else.

use super::PushKind;

/// The languages the visible words exist in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Locale {
    /// English.
    En,
    /// German.
    De,
    /// Spanish.
    Es,
}

impl Locale {
    /// Every locale.
    pub const ALL: [Self; 3] = [Self::En, Self::De, Self::Es];

    /// The best match for a BCP 47 tag (`de-AT` is German); English for a language without words here.
    pub fn from_tag(tag: &str) -> Self {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|locale| locale.tag().eq_ignore_ascii_case(language))
            .unwrap_or(Self::En)
    }

    /// The language subtag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Es => "es",
        }
    }

    /// The title every notification shows.
    pub fn title(self) -> &'static str {
        "Footing"
    }

    /// The text a prompt shows.
    pub fn body(self) -> &'static str {
        match self {
            Self::En => "You have a reminder.",
            Self::De => "Sie haben eine Erinnerung.",
            Self::Es => "Tiene un recordatorio.",
        }
    }

    /// The text a notification of this kind shows on a lock screen anybody may read; none for a silent
    /// one.
    pub fn words(self, kind: PushKind) -> Option<&'static str> {
        let [en, de, es] = match kind {
            PushKind::Withdraw => return None,
            PushKind::Prompt => return Some(self.body()),
            PushKind::Digest => [
                "You have reminders.",
                "Sie haben Erinnerungen.",
                "Tiene recordatorios.",
            ],
            PushKind::Nudge => [
                "Footing is here when you are ready.",
                "Footing ist da, wenn Sie so weit sind.",
                "Footing le espera cuando quiera.",
            ],
            PushKind::Notice => [
                "Please open Footing.",
                "Bitte öffnen Sie Footing.",
                "Abra Footing, por favor.",
            ],
            PushKind::Message => [
                "You have a message.",
                "Sie haben eine Nachricht.",
                "Tiene un mensaje.",
            ],
        };
        Some(match self {
            Self::En => en,
            Self::De => de,
            Self::Es => es,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_finds_its_language_and_an_unknown_one_english() {
        for (tag, locale) in [
            ("de", Locale::De),
            ("de-AT", Locale::De),
            ("ES_mx", Locale::Es),
            ("en-GB", Locale::En),
            ("fr", Locale::En),
            ("", Locale::En),
        ] {
            assert_eq!(Locale::from_tag(tag), locale, "{tag}");
        }
    }

    #[test]
    fn every_kind_but_the_silent_one_has_words_of_its_own_in_every_language() {
        let mut all: Vec<&str> = Vec::new();
        for locale in Locale::ALL {
            for kind in PushKind::ALL {
                let words = locale.words(kind);
                assert_eq!(words.is_none(), kind.is_silent(), "{locale:?} {kind:?}");
                all.extend(words);
            }
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}

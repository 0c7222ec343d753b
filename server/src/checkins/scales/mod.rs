//! Questionnaires: the register of what there is, and the scoring of answers. Pure.

pub mod change;
pub mod score;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::FieldError;
use crate::store::types::text_enum;

text_enum! {
    /// Which way a score gets better.
    Better {
        /// Less is better.
        Lower = "lower",
        /// More is better.
        Higher = "higher",
    }
}

text_enum! {
    /// How answers become a part of the score.
    Method {
        /// Their sum; an item without an answer adds nothing.
        Sum = "sum",
        /// Their mean over the answered items.
        Mean = "mean",
        /// Their sum in percent of the most the answered items could give.
        Percent = "percent",
    }
}

text_enum! {
    /// On what terms a questionnaire may be used.
    LicenceStanding {
        /// Anyone may.
        Free = "free",
        /// Anyone may, in its published form.
        FreeAsPublished = "free_as_published",
        /// The terms are not clear to us.
        LicenceToBeChecked = "licence_to_be_checked",
        /// A licence is needed.
        LicenceNeeded = "licence_needed",
    }
}

text_enum! {
    /// Whose words are shipped.
    ItemText {
        /// Our own.
        Ours = "ours",
        /// None: the clinic brings the form.
        None = "none",
    }
}

/// The terms of a questionnaire.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// In short.
    pub standing: LicenceStanding,
    /// Whose words are shipped.
    pub text: ItemText,
    /// In a sentence.
    pub note: String,
}

/// An item whose answers run otherwise than the rest.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WiderItem {
    /// Which, from 1.
    pub item: usize,
    /// Lowest and highest answer.
    pub range: [u8; 2],
    /// Where given: from this answer on the item counts 1, else 0.
    #[serde(default)]
    pub counts_from: Option<u8>,
}

/// A part of a score.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name.
    pub key: String,
    /// Its first item, from 1.
    pub from: usize,
    /// Its last item.
    pub through: usize,
    /// How it is made.
    pub method: Method,
    /// Answers it needs.
    pub min_answered: usize,
}

/// A questionnaire.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Stable key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Fewest and most items.
    pub items: [usize; 2],
    /// Lowest and highest answer.
    pub range: [u8; 2],
    /// Which way it gets better.
    pub better: Better,
    /// Whether it is about what the patient can do: a fall of it is shown to the clinic.
    #[serde(default)]
    pub measures_function: bool,
    /// Whether the patient names the items (activities).
    #[serde(default)]
    pub names_items: bool,
    /// Items whose answer is turned round, from 1.
    #[serde(default)]
    pub reversed: Vec<usize>,
    /// Items whose answers run otherwise.
    #[serde(default)]
    pub wider: Vec<WiderItem>,
    /// The parts; the first is the score.
    pub parts: Vec<Part>,
    /// A change of the score beyond this is more than measurement error.
    #[serde(default)]
    pub mdc: Option<f64>,
    /// A change of the score from this on matters to patients.
    #[serde(default)]
    pub mic: Option<f64>,
    /// The same in percent of the first score.
    #[serde(default)]
    pub mic_pct: Option<f64>,
    /// At or below this (at or above, where more is better) people count as recovered.
    #[serde(default)]
    pub recovered: Option<f64>,
    /// A score from this on is on the side the source names.
    #[serde(default)]
    pub cutoff: Option<f64>,
    /// The terms.
    pub licence: Licence,
    /// Where all of this comes from.
    pub sources: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    scale: Vec<Scale>,
}

#[expect(
    clippy::expect_used,
    reason = "the file is part of the binary and a test reads it"
)]
static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/scales.toml")).expect("the embedded register is valid")
});

/// Every questionnaire.
pub fn all() -> &'static [Scale] {
    &FILE.scale
}

/// The register's version, kept with every score.
pub fn version() -> &'static str {
    &FILE.version
}

/// The questionnaire with this key.
pub fn find(key: &str) -> Option<&'static Scale> {
    all().iter().find(|scale| scale.key == key)
}

/// How often questionnaires are asked for. A field that is left out has its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rhythm {
    /// Days between two PSFS; 0 is never: 7.
    #[schema(minimum = 0, maximum = 365)]
    pub psfs_every_days: u16,
    /// Days between two RMDQ; 0 is never, as the clinic brings the form: 28.
    #[schema(minimum = 0, maximum = 365)]
    pub rmdq_every_days: u16,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            psfs_every_days: 7,
            rmdq_every_days: 28,
        }
    }
}

impl Rhythm {
    /// The questionnaires with a rhythm, and its days.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, i32)> {
        [
            ("psfs", self.psfs_every_days),
            ("rmdq", self.rmdq_every_days),
        ]
        .into_iter()
        .filter(|(_, days)| *days > 0)
        .map(|(key, days)| (key, i32::from(days)))
    }

    /// The broken rules, with pointers below `at`.
    pub fn violations(&self, at: &str) -> Vec<FieldError> {
        [
            ("psfs_every_days", self.psfs_every_days),
            ("rmdq_every_days", self.rmdq_every_days),
        ]
        .into_iter()
        .filter(|(_, days)| *days > 365)
        .map(|(name, _)| FieldError::new(format!("{at}/{name}"), "must be between 0 and 365"))
        .collect()
    }
}

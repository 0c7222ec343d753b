//! The files of the catalogue: every file of `data/texts/`, in one list; a test compares it with the folder.

/// A file of the catalogue.
pub struct File {
    /// Its name in `data/texts/`.
    pub name: &'static str,
    /// Its language, a BCP 47 subtag.
    pub language: &'static str,
    /// Its content, TOML.
    pub content: &'static str,
}

macro_rules! files {
    ($($stem:literal: $($language:literal),+;)+) => {
        &[$($(File {
            name: concat!($stem, ".", $language, ".toml"),
            language: $language,
            content: include_str!(concat!("../data/texts/", $stem, ".", $language, ".toml")),
        }),+),+]
    };
}

/// Every file.
pub const FILES: &[File] = files! {
    "format": "en", "de", "es";
    "notices": "en", "de", "es";
    "checkins": "en", "de", "es";
    "exercises": "en", "de", "es";
    "phone": "en", "de", "es";
};

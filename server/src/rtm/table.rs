//! Rule tables: data with the day from which each holds and where it comes from, embedded in the binary.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use crate::store::rtm::{Activity, Clock};

/// Every rule table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    /// How far they can be relied on.
    pub standing: String,
    /// Earliest first.
    pub table: Vec<RuleTable>,
}

/// The rules that hold from a day on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleTable {
    /// Its name.
    pub version: String,
    /// From which day it holds.
    pub valid_from: Date,
    /// Days of a device window.
    pub window_days: i32,
    /// Activities whose time is no management time.
    pub unmanaged: Vec<Activity>,
    /// Where it comes from.
    pub sources: Vec<String>,
    /// Its codes; of those that exclude each other the first holds.
    pub code: Vec<CodeRule>,
}

/// What a code needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRule {
    /// The code.
    pub code: String,
    /// The clock it goes by.
    pub clock: Clock,
    /// What it is for, in words.
    pub what: String,
    /// Monitored days it needs.
    #[serde(default)]
    pub days: usize,
    /// Whole minutes it needs.
    #[serde(default)]
    pub minutes: i64,
    /// Live calls it needs.
    #[serde(default)]
    pub live_calls: usize,
    /// Whole minutes for each further unit; none where it counts once.
    #[serde(default)]
    pub further: Option<i64>,
    /// The code it needs beside it.
    #[serde(default)]
    pub needs: Option<String>,
    /// The codes with which it is not given.
    #[serde(default)]
    pub excluded_by: Vec<String>,
}

impl RuleTable {
    /// Its codes of a clock.
    pub fn of(&self, clock: Clock) -> impl Iterator<Item = &CodeRule> {
        self.code.iter().filter(move |code| code.clock == clock)
    }
}

#[expect(
    clippy::expect_used,
    reason = "the file is part of the binary and a test reads it"
)]
static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    toml::from_str(include_str!("../data/rtm.toml")).expect("the embedded rule tables are valid")
});

/// Every rule table.
pub fn tables() -> &'static Tables {
    &TABLES
}

/// The table that holds on a day; none before the first.
pub fn on(date: Date) -> Option<&'static RuleTable> {
    let held = |table: &&RuleTable| table.valid_from <= date;
    TABLES.table.iter().rev().find(held)
}

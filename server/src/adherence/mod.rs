//! How much of what was prescribed was done, with its denominator.

pub mod rules;
pub mod words;

pub use rules::{Adherence, Tally};

//! How much of what was prescribed was done, with its denominator.

pub mod rules;

pub use rules::{Adherence, Tally};

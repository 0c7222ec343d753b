//! How much of what was prescribed was done, with its denominator.

pub mod api;
pub mod events;
pub mod figures;
pub mod habit;
mod load;
pub mod measures;
mod pass;
pub mod rules;
pub mod service;
pub mod words;

pub use figures::Figures;
pub use pass::pass;
pub use rules::{Adherence, Band, Tally};
pub use service::{LevelFacts, facts};

#[cfg(test)]
mod tests;

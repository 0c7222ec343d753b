//! Remote therapeutic monitoring: the ledger of two clocks. Monitored days in windows of 30, time and calls by calendar month; what is
//! eligible by a rule table, what is missing, and who found it when. It never says that anything may be billed.

pub mod api;
pub mod bodies;
pub mod days;
pub mod evidence;
pub mod ledger;
pub mod pages;
pub mod recording;
pub mod rules;
pub mod service;
pub mod settings;
pub mod table;
pub mod time;
pub mod view;
pub mod words;

#[cfg(test)]
mod tests;

//! Occurrences and prompts: planning ahead, sending on time, taking the answers.

pub mod api;
pub mod changes;
mod claims;
pub mod clock_error;
pub mod delivery;
pub mod dispatcher;
pub mod explain;
pub mod late;
pub mod pages;
pub mod patient_day;
pub mod planner;
pub mod planning;
pub mod quiet;
pub mod receipts;
pub mod recipients;
pub mod replan;
mod sending;
pub mod service;
pub mod settings;
pub mod snooze;
pub mod state;
pub mod sweep;
pub mod today;
pub mod travel;
pub mod view;
pub mod watch;
pub mod zone;

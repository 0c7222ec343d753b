//! Occurrences and prompts: planning ahead, sending on time, taking the answers.

pub mod api;
pub mod delivery;
pub mod dispatcher;
pub mod holds;
pub mod pages;
pub mod planner;
pub mod service;
pub mod state;
pub mod today;
pub mod view;

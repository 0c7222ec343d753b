//! Examinations and the dated events of an episode: what was found, and what happened.

pub mod api;
pub mod event_api;
pub mod events;
pub mod joints;
pub mod rules;
pub mod service;

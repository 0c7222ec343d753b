//! Examinations and the dated events of an episode: what was found, and what happened.

pub mod api;
pub mod event_api;
pub mod events;
mod forms;
pub mod joints;
pub mod pages;
mod physical_form;
pub mod rules;
pub mod service;
mod timeline;
pub mod words;

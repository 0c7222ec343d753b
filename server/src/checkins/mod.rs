//! Check-ins: what patients tell of pain, feet and legs between visits; what is done about it at once; questionnaires.

pub mod after;
pub mod api;
pub mod api_pain;
pub mod api_scales;
mod corrections;
mod effects;
mod function;
pub mod item;
pub mod pages;
mod persists;
mod read;
pub mod red_flags;
pub mod rules;
mod scale_service;
pub mod scales;
mod service;
pub(crate) mod suspensions;
mod texts;
pub mod trend;
pub mod views;
mod worse;

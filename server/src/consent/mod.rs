//! Consent: given and withdrawn by episode, what arrives without it, and the erasing of a patient's data.

pub mod api;
pub mod erasure;
pub mod rules;
pub mod service;

pub use service::{guard, guard_all};

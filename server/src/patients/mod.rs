//! Patients: the clinic's list, one patient, pauses.

pub mod api;
pub mod assessment;
pub mod choices;
pub mod grid;
pub mod pages;
pub mod pausing;
pub mod record;
pub mod service;
pub(crate) mod view;

//! Patients: the clinic's list, one patient, pauses.

pub mod api;
pub mod assessment;
pub mod grid;
mod measures;
pub mod pages;
pub mod record;
pub mod service;
pub mod trend;
mod view;

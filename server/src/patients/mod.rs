//! Patients: the clinic's list, one patient, pauses.

pub mod api;
pub mod pages;
pub mod service;

//! The trail: who did what to whom and when, to be looked at; by patient for every clinician, by clinic for its admins.

pub mod api;
pub mod pages;
pub mod service;
pub mod words;

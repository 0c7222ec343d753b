//! Patients: the clinic's list, one patient, pauses.

pub mod api;
pub mod assessment;
pub mod choices;
pub mod grid;
mod head;
mod held;
pub mod own_pause;
pub mod pages;
pub mod pausing;
pub mod record;
pub mod report;
mod report_view;
pub mod service;
mod team_page;
pub(crate) mod view;
mod zones;

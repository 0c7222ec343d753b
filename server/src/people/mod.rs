//! The people of a clinic: its clinicians, who looks after whom, handing over, and what they do with alerts.

pub mod alerts;
pub mod alerts_api;
pub mod api;
pub mod clinic_api;
pub mod figures;
pub mod handover;
pub mod pages;
pub mod roster;
pub mod service;
pub mod team;

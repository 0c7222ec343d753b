//! Footing's server: the backend a foot-and-spine clinic runs for its patients between visits.
//!
//! [`app::start`] builds and runs it; `docs/ARCHITECTURE.md` walks through the three flows.

pub mod access;
pub mod adherence;
pub mod app;
pub mod attention;
pub mod bench;
pub mod checkins;
pub mod cli;
pub mod clinic_report;
pub mod clinic_settings;
pub mod config;
pub mod consent;
pub mod course;
pub mod error;
pub mod exams;
pub mod exports;
pub mod http;
pub mod insoles;
pub mod jobs;
pub mod live;
pub mod messages;
pub mod notices;
pub mod own;
pub mod patients;
pub mod people;
pub mod plans;
pub mod planted;
pub mod push;
pub mod reminders;
pub mod rt;
pub mod rtm;
pub mod sandbox;
pub mod store;
pub mod texts;
pub mod trail;
pub mod walking;
pub mod worklist;

//! The gait engine measured: recordings on disk against their authors' events and published tables.

pub mod error;
pub mod errors;
pub mod files;
pub mod gaitndd;
pub mod gaitpdb;
pub mod matching;
pub mod moticon;
pub mod norms;
pub mod report;
pub mod standing;
pub mod stats;
pub mod synthetic;

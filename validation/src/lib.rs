//! The gait engine measured: recordings on disk against their authors' events and published tables.

pub mod files;
pub mod norms;
pub mod report;

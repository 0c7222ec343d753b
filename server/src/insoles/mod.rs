//! Insole sessions: summaries come in, are checked, scored and kept.

pub mod api;
pub mod ingest;
pub mod service;

//! Insole sessions: summaries come in, are checked, scored and kept; what they say of wear, of footwear and of change.

pub mod api;
pub mod calendar;
pub mod effects;
pub mod explain;
pub mod footwear;
pub mod ingest;
pub mod quality;
pub mod service;
pub mod watch;
pub mod wear;

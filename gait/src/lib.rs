//! Footing's gait engine: recordings of force under both feet in, events, strides, session summaries, a score and
//! observations out. Pure: no input or output, no clock, no randomness.
//!
//! The two ways in are [`analyze`] for a [`Recording`] (from [`format::read`]) and [`assess`] for an uploaded
//! [`SessionSummary`]. Definitions, sources and measured accuracy: `docs/GAIT.md`.

pub mod activity;
pub mod analysis;
pub mod assessment;
pub mod blocks;
pub mod bouts;
pub mod change;
mod detect;
pub mod drift;
mod events;
pub mod force;
pub mod format;
pub mod issue;
mod lanes;
pub mod layout;
pub mod load_balance;
pub mod metrics;
pub mod moments;
pub mod motion;
pub mod norms;
pub mod observation;
mod pieces;
pub mod pipeline;
pub mod plantar;
pub mod recording;
mod report;
pub mod score;
mod signal;
pub mod standing;
mod stats;
pub mod strides;
pub mod summary;
mod text;
mod underfoot;
mod walk;

pub use analysis::Analysis;
pub use assessment::Assessment;
pub use issue::{Issue, IssueCode};
pub use observation::Observation;
pub use pipeline::{ENGINE_VERSION, Options, analyze, assess};
pub use recording::{
    Arrival, FootSignal, ForceUnit, Format, InsoleMotion, Recording, Side, StepMark, StepMarkKind,
};
pub use score::Score;
pub use signal::clock::ClockFit;
pub use signal::health::{FaultKind, SensorFault};
pub use summary::{SessionSummary, SummaryHeader};

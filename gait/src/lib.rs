//! Footing's gait engine: recordings of force under both feet in, events, strides, session summaries, a score and
//! observations out. Pure: no input or output, no clock, no randomness.
//!
//! The two ways in are [`analyze`] for a [`Recording`] (from [`format::read`]) and [`assess`] for an uploaded
//! [`SessionSummary`]. Definitions, sources and measured accuracy: `docs/GAIT.md`.

pub mod assessment;
pub mod bouts;
pub mod change;
mod detect;
pub mod drift;
mod events;
pub mod force;
pub mod format;
pub mod issue;
pub mod layout;
pub mod metrics;
pub mod moments;
pub mod motion;
pub mod norms;
pub mod observation;
pub mod pipeline;
pub mod plantar;
pub mod recording;
mod report;
pub mod score;
mod signal;
mod stats;
pub mod strides;
pub mod summary;
mod text;

pub use assessment::Assessment;
pub use issue::{Issue, IssueCode};
pub use observation::Observation;
pub use pipeline::{Analysis, ENGINE_VERSION, Options, analyze, assess};
pub use recording::{
    Arrival, FootSignal, ForceUnit, Format, InsoleMotion, Recording, Side, StepMark, StepMarkKind,
};
pub use score::Score;
pub use summary::{SessionSummary, SummaryHeader};

//! Synthetic walkers with the truth beside every stream: a person, a long-memory series of steps, forces that carry
//! exactly the body, sensors, an insole device and its radio link. Pure: same seed, same bytes, on any machine.

pub mod activity;
pub mod bout;
mod check;
pub mod condition;
pub mod contact;
pub mod course;
pub mod device;
pub mod effects;
pub mod expected;
pub mod export;
pub mod faults;
pub mod gaits;
pub mod grf;
pub mod insole;
pub mod jet;
pub mod laws;
pub mod link;
pub mod load;
mod maths;
pub mod motion;
pub mod pattern;
pub mod person;
pub mod pitch;
pub mod placement;
pub mod plan;
pub mod posture;
pub mod random;
pub mod scenario;
pub mod sensors;
mod session;
pub mod sides;
mod simulate;
pub mod standing;
pub mod steps;
pub mod swing;
pub mod tilt;
mod timeline;
mod tired;
pub mod track;
pub mod transport;
pub mod truth;
pub mod witness;

pub use simulate::{Walk, simulate};

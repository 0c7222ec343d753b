//! Synthetic walkers with the truth beside every stream: a person, a long-memory series of steps, forces that carry
//! exactly the body, sensors, an insole device and its radio link. Pure: same seed, same bytes, on any machine.

pub mod bout;
pub mod condition;
pub mod contact;
pub mod device;
pub mod effects;
pub mod expected;
pub mod export;
pub mod grf;
pub mod laws;
pub mod link;
pub mod pattern;
pub mod person;
pub mod plan;
pub mod random;
pub mod scenario;
pub mod sensors;
pub mod sides;
mod simulate;
pub mod standing;
pub mod steps;
pub mod tilt;
pub mod track;
pub mod truth;
pub mod witness;

pub use simulate::{Walk, simulate};

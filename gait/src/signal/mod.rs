//! From raw force to load: gaps filled for continuity, zero level removed, divided by body weight or, where the
//! converter steps mean nothing, by the local swing-to-stance amplitude. Beside it what limits the load: sensors that
//! failed, creep, and the clocks of the two insoles.

mod clean;
pub(crate) mod clock;
mod creep;
pub(crate) mod health;
mod newton;
mod offset;
mod relative;
mod walking;

pub(crate) use clean::{Clean, clean};
pub(crate) use creep::WeightCourse;
pub(crate) use health::{SensorState, Sensors};
pub(crate) use newton::{
    BodyWeight, body_weight, first_zero, nominal_body_weight, scaled, swing_zero,
};
pub(crate) use relative::{FootSigns, relative, signs};

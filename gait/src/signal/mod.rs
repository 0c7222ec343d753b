//! From raw force to load: gaps filled for continuity, zero level removed, divided by body weight or, where the
//! converter steps mean nothing, by the local swing-to-stance amplitude.

mod clean;
mod newton;
mod relative;

pub(crate) use clean::{Clean, clean};
pub(crate) use newton::{
    BodyWeight, body_weight, first_zero, nominal_body_weight, scaled, swing_zero,
};
pub(crate) use relative::{FootSigns, relative, signs};

//! The steps in which a device reports its values.

use crate::maths::nearest;

/// Steps in which values come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resolution {
    /// A whole number of steps makes one: dividing by it keeps decimal steps (.01, .25) as they are printed.
    PerUnit(f64),
    /// Any other step.
    Step(f64),
}

impl Resolution {
    /// Steps of a size.
    pub(crate) fn of(quantum: f64) -> Self {
        let per_unit = nearest(quantum.recip());
        if (per_unit * quantum - 1.0).abs() < 1e-9 {
            Self::PerUnit(per_unit)
        } else {
            Self::Step(quantum)
        }
    }

    /// The nearest multiple of the step.
    pub(crate) fn nearest(self, value: f64) -> f64 {
        match self {
            Self::PerUnit(per_unit) => nearest(value * per_unit) / per_unit,
            Self::Step(quantum) => nearest(value / quantum) * quantum,
        }
    }
}

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
mod signs;
mod walking;

pub(crate) use clean::{Clean, clean};
pub(crate) use creep::WeightCourse;
pub(crate) use health::{SensorState, Sensors};
pub(crate) use newton::{
    BodyWeight, body_weight, first_zero, nominal_body_weight, scaled, swing_zero,
};
pub(crate) use relative::{Relative, relative};
pub(crate) use signs::inverted;

/// Sums and maxima in this many lanes: one running value per lane lets the processor work on several at once.
const LANES: usize = 8;

/// Sum of the values.
pub(crate) fn sum(values: &[f64]) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, v)| *lane += v);
    }
    lanes.iter().chain(rest).sum()
}

/// Largest of the values; negative infinity for none.
pub(crate) fn largest(values: &[f64]) -> f64 {
    most(values, f64::NEG_INFINITY, |a, b| if b > a { b } else { a })
}

/// Smallest of the values; infinity for none.
pub(crate) fn smallest(values: &[f64]) -> f64 {
    most(values, f64::INFINITY, |a, b| if b < a { b } else { a })
}

fn most(values: &[f64], none: f64, of: impl Fn(f64, f64) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [none; LANES];
    for chunk in chunks {
        for (lane, v) in lanes.iter_mut().zip(chunk) {
            *lane = of(*lane, *v);
        }
    }
    lanes.iter().chain(rest).copied().fold(none, of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_miss_no_value() {
        for n in [0, 1, 7, 8, 9, 31] {
            let values: Vec<f64> = (1..=n).map(|k| f64::from(k % 10)).collect();
            assert_eq!(sum(&values), values.iter().sum::<f64>());
            assert_eq!(
                largest(&values),
                values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
            );
            assert_eq!(
                smallest(&values),
                values.iter().copied().fold(f64::INFINITY, f64::min)
            );
        }
    }
}

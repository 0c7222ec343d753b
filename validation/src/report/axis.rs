//! Axes: a range of numbers, where to put its ticks, and where a number lies on paper.

/// Ticks aimed at along an axis.
const TICKS: f64 = 5.0;

/// A range that begins and ends on ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    step: f64,
}

impl Axis {
    /// The axis that holds every finite value; `None` without any.
    pub(super) fn over(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|v| v.is_finite()) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            return None;
        }
        if high - low <= f64::EPSILON * high.abs().max(low.abs()) {
            let around = if low == 0.0 { 1.0 } else { 0.1 * low.abs() };
            (low, high) = (low - around, high + around);
        }
        let step = round_step((high - low) / TICKS);
        let axis = Self {
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
            step,
        };
        axis.low.is_finite().then_some(axis)
    }

    /// Position of a value: 0 at the low end, 1 at the high end.
    pub(super) fn share(self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// Values of the ticks.
    pub(super) fn ticks(self) -> impl Iterator<Item = f64> {
        let count = ((self.high - self.low) / self.step).round() as u32;
        (0..=count).map(move |k| self.low + f64::from(k) * self.step)
    }

    /// A tick in as many decimals as the step needs.
    pub(super) fn label(self, tick: f64) -> String {
        let decimals = (-self.step.log10().floor()).clamp(0.0, 9.0) as usize;
        let text = format!("{tick:.decimals$}");
        if text.trim_start_matches(['-', '0', '.']).is_empty() {
            "0".to_owned()
        } else {
            text.replacen('-', "−", 1)
        }
    }
}

/// The next 1, 2 or 5 times a power of ten.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let factor = match step / power {
        f if f <= 1.0 => 1.0,
        f if f <= 2.0 => 2.0,
        f if f <= 5.0 => 5.0,
        _ => 10.0,
    };
    factor * power
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn labels(values: &[f64]) -> Vec<String> {
        let axis = Axis::over(values.iter().copied()).unwrap();
        axis.ticks().map(|tick| axis.label(tick)).collect()
    }

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        assert_eq!(labels(&[0.3, 9.7]), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(
            labels(&[-0.02, 0.031]),
            ["−0.02", "0", "0.02", "0.04"],
            "a zero never carries a sign"
        );
    }

    #[test]
    fn one_value_lies_in_the_middle_and_none_has_no_axis() {
        let axis = Axis::over([4.0]).unwrap();
        assert!((axis.share(4.0) - 0.5).abs() < 0.26);
        assert_eq!(Axis::over([f64::NAN, f64::INFINITY]), None);
        assert_eq!(Axis::over([]), None);
    }
}

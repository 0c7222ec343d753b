//! What a result must reach for a validation to be met.

use serde::Serialize;

use super::Table;

/// The least that counts as reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The value or less.
    AtMost(f64),
    /// The value or more.
    AtLeast(f64),
    /// The value itself.
    Exactly(f64),
}

impl Goal {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
            // Only counts have exact goals.
            #[expect(clippy::float_cmp, reason = "both are whole numbers")]
            Self::Exactly(wanted) => value == wanted,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {}", rounded(most)),
            Self::AtLeast(least) => format!("≥ {}", rounded(least)),
            Self::Exactly(wanted) => rounded(wanted),
        }
    }
}

/// One result with its goal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Floor {
    /// What was measured, with its unit.
    pub name: String,
    /// What it must reach.
    pub goal: Goal,
    /// What it reached; absent when it could not be measured, which misses the goal.
    pub reached: Option<f64>,
    /// How many observations are behind it.
    pub n: usize,
}

impl Floor {
    /// A measured result.
    #[must_use]
    pub fn new(name: impl Into<String>, goal: Goal, reached: f64, n: usize) -> Self {
        Self {
            name: name.into(),
            goal,
            reached: (n > 0 && reached.is_finite()).then_some(reached),
            n,
        }
    }

    /// Whether the goal was reached.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.reached.is_some_and(|value| self.goal.holds(value))
    }
}

pub(super) fn table(floors: &[Floor]) -> Table {
    let row = |floor: &Floor| {
        vec![
            floor.name.clone(),
            floor.goal.text(),
            floor
                .reached
                .map_or_else(|| "not measured".to_owned(), rounded),
            floor.n.to_string(),
            if floor.is_met() { "yes" } else { "NO" }.to_owned(),
        ]
    };
    Table {
        title: "Goals".to_owned(),
        columns: ["what", "goal", "reached", "n", "met"]
            .map(str::to_owned)
            .into(),
        rows: floors.iter().map(row).collect(),
        note: None,
    }
}

/// Four significant digits, without trailing zeros; what is tiny, as a power of ten.
fn rounded(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.abs() < 1e-4 {
        return format!("{value:.0e}");
    }
    let magnitude = value.abs().log10().floor().clamp(-9.0, 12.0) as i32;
    let decimals = (3 - magnitude).clamp(0, 9) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_on_its_edge_and_missed_beyond_it() {
        let met = |goal, value| Floor::new("x", goal, value, 3).is_met();
        assert!(met(Goal::AtMost(8.0), 8.0) && !met(Goal::AtMost(8.0), 8.001));
        assert!(met(Goal::AtLeast(99.5), 99.5) && !met(Goal::AtLeast(99.5), 99.499));
        assert!(met(Goal::Exactly(0.0), 0.0) && !met(Goal::Exactly(0.0), 1.0));
    }

    #[test]
    fn what_was_not_measured_is_not_met() {
        for floor in [
            Floor::new("x", Goal::AtMost(1.0), 0.0, 0),
            Floor::new("x", Goal::AtMost(1.0), f64::NAN, 9),
        ] {
            assert!(!floor.is_met() && floor.reached.is_none());
        }
    }

    #[test]
    fn numbers_keep_four_digits() {
        let texts: Vec<String> = [0.0, 3.28449, 99.500_01, 0.000_412_3, 1e-9, 12_345.6, -1.0]
            .map(rounded)
            .into();
        assert_eq!(
            texts,
            ["0", "3.284", "99.5", "0.0004123", "1e-9", "12346", "-1"]
        );
    }
}

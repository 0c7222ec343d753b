//! The authors' per-stride table (`.ts`) of a record of PhysioNet "Gait in Neurodegenerative Disease".

use std::path::Path;

/// Numbers of a line; columns as in the database's own description.
const COLUMNS: usize = 13;
/// Rows outside are no strides but pauses or artefacts, s (credible stride time, Mobilise-D).
pub(crate) const CREDIBLE_STRIDE_S: std::ops::RangeInclusive<f64> = 0.46..=3.0;

/// One row: a left stride and what the right foot did in it. Times in seconds from the first sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Row {
    /// Left initial contact that ends the left stride.
    pub(crate) end_s: f64,
    pub(crate) stride_left_s: f64,
    /// Right stride that ends within the left one.
    pub(crate) stride_right_s: f64,
    pub(crate) swing_left_s: f64,
    /// Right swing within the left stance.
    pub(crate) swing_right_s: f64,
    pub(crate) double_support_s: f64,
}

impl Row {
    pub(crate) fn start_s(&self) -> f64 {
        self.end_s - self.stride_left_s
    }

    /// A stride of walking, not a pause.
    pub(crate) fn is_credible(&self) -> bool {
        CREDIBLE_STRIDE_S.contains(&self.stride_left_s)
    }
}

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TableError {
    #[error("its table cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("line {line} of its table does not have 13 finite numbers")]
    Line { line: usize },
    #[error("its table is empty")]
    Empty,
}

/// Reads the rows of a table, in order.
pub(crate) fn read(path: &Path) -> Result<Vec<Row>, TableError> {
    let text = std::fs::read_to_string(path)?;
    let rows: Vec<Row> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(k, line)| row(line).ok_or(TableError::Line { line: k + 1 }))
        .collect::<Result<_, _>>()?;
    if rows.is_empty() {
        return Err(TableError::Empty);
    }
    Ok(rows)
}

fn row(line: &str) -> Option<Row> {
    let numbers: Vec<f64> = line
        .split_whitespace()
        .map(|word| word.parse().ok().filter(|v: &f64| v.is_finite()))
        .collect::<Option<_>>()?;
    let numbers: [f64; COLUMNS] = numbers.try_into().ok()?;
    let [
        end_s,
        stride_left_s,
        stride_right_s,
        swing_left_s,
        swing_right_s,
        ..,
        double_support_s,
        _,
    ] = numbers;
    Some(Row {
        end_s,
        stride_left_s,
        stride_right_s,
        swing_left_s,
        swing_right_s,
        double_support_s,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn columns_are_where_the_database_says() {
        let line = "21.9300\t1.0667\t1.0600\t0.3633\t0.3833\t34.06\t36.16\t0.7033\t0.6767\t65.94\t63.84\t0.3200\t30.00";
        let row = row(line).unwrap();
        assert_eq!((row.end_s, row.stride_left_s), (21.93, 1.0667));
        assert_eq!((row.stride_right_s, row.swing_left_s), (1.06, 0.3633));
        assert_eq!((row.swing_right_s, row.double_support_s), (0.3833, 0.32));
    }

    #[test]
    fn damaged_lines_are_named() {
        assert_eq!(row("1 2 3"), None);
        assert_eq!(row(&"1 ".repeat(14)), None);
        assert_eq!(row(&format!("{} inf", "1 ".repeat(12))), None);
    }
}

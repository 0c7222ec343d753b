//! PhysioNet "Gait in Parkinson's Disease": 19 white-space separated columns (time s, 8 left sensors N, 8 right
//! sensors N, total left, total right), 100 Hz (format.txt of the database).

use std::io::BufRead;

use super::columns::{FootColumns, Frame, Shape};
use super::lines::{Text, lines, numbers};
use super::rows::{self, Rows, Rule};
use super::{ReadError, stem};
use crate::issue::{Issue, IssueCode};
use crate::recording::{ForceUnit, Format, Recording, Side};

const COLUMNS: usize = 19;
const SENSORS: usize = 8;
/// No insole reads this, N.
const MAX_FORCE_N: f64 = 20_000.0;
/// Allowed difference between total and sum of sensors: a thousandth plus rounding, N.
const SUM_TOLERANCE: (f64, f64) = (1e-3, 0.5);

type Row = [f64; COLUMNS];

/// The first line with content has 19 numbers.
pub(super) fn looks_like(head: &[u8]) -> bool {
    lines(head)
        .find(|line| !line.is_blank())
        .is_some_and(|line| row(line.text).is_ok())
}

pub(super) fn read<R: BufRead>(mut text: Text<R>) -> Result<Recording, ReadError> {
    let mut walk = Walk {
        row: [0.0; COLUMNS],
        feet: [Foot::new(), Foot::new()],
    };
    let mut timing = rows::read(&mut text, &mut walk)?;
    for (foot, side) in walk.feet.iter().zip(Side::BOTH) {
        timing.issues.extend(foot.issues(side));
    }
    let [left, right] = walk.feet.map(|foot| foot.columns.finish());
    Ok(Recording {
        name: stem(&text.file),
        format: Format::GaitPdb,
        sampling_hz: timing.sampling_hz,
        force_unit: ForceUnit::Newton,
        layout_id: Some("gaitpdb-8".to_owned()),
        left,
        right,
        step_marks: Vec::new(),
        issues: timing.issues,
    })
}

fn row(text: &[u8]) -> Result<Row, &'static str> {
    let mut row = [0.0; COLUMNS];
    let mut count = 0;
    for number in numbers(text) {
        let slot = row.get_mut(count).ok_or("has 19 columns")?;
        *slot = number.ok_or("every column is a finite number")?;
        count += 1;
    }
    let [_, forces @ ..] = &row;
    if count != COLUMNS {
        Err("has 19 columns")
    } else if forces.iter().any(|f| f.abs() > MAX_FORCE_N) {
        Err("forces lie within 20000 N")
    } else {
        Ok(row)
    }
}

struct Walk {
    row: Row,
    feet: [Foot; 2],
}

impl Rows for Walk {
    fn parse(&mut self, text: &[u8]) -> Result<f64, Rule> {
        self.row = row(text)?;
        let [time_s, ..] = self.row;
        Ok(time_s)
    }

    fn keep(&mut self, sample: usize, _sampling_hz: f64) {
        let [_, values @ .., total_left, total_right] = &self.row;
        let (of_left, of_right) = values.split_at(SENSORS);
        let [left, right] = &mut self.feet;
        left.push(sample, *total_left, of_left);
        right.push(sample, *total_right, of_right);
    }
}

/// One foot as it fills.
struct Foot {
    columns: FootColumns,
    mismatches: usize,
    negatives: usize,
}

impl Foot {
    fn new() -> Self {
        let shape = Shape {
            sensors: SENSORS,
            ..Shape::default()
        };
        Self {
            columns: FootColumns::new(shape),
            mismatches: 0,
            negatives: 0,
        }
    }

    fn push(&mut self, sample: usize, total: f64, forces: &[f64]) {
        let mut values = [0.0; SENSORS];
        for (value, force) in values.iter_mut().zip(forces) {
            *value = *force as f32;
        }
        self.columns.push(
            sample,
            Frame {
                force: total,
                values: &values,
                moves: false,
            },
        );
        let sum: f64 = forces.iter().sum();
        let (relative, absolute) = SUM_TOLERANCE;
        self.mismatches += usize::from((sum - total).abs() > relative * total.abs() + absolute);
        self.negatives += usize::from(total < 0.0);
    }

    fn issues(&self, side: Side) -> impl Iterator<Item = Issue> {
        let told = |count: usize, code, what: &str| {
            (count > 0).then(|| {
                let rows = self.columns.len();
                Issue::new(code, format!("{count} of {rows} rows {what}")).on(side)
            })
        };
        [
            told(
                self.mismatches,
                IssueCode::TotalForceMismatch,
                "have a total that is not the sum of the eight sensors",
            ),
            told(
                self.negatives,
                IssueCode::NegativeForce,
                "have a negative total force",
            ),
        ]
        .into_iter()
        .flatten()
    }
}

//! PhysioNet "Gait in Parkinson's Disease": 19 white-space separated columns (time s, 8 left sensors N, 8 right
//! sensors N, total left, total right), 100 Hz (format.txt of the database).

use super::grid::{self, Grid};
use super::lines::{Line, lines, number, words};
use super::{Place, ReadError, SourceFile, stem};
use crate::issue::{Issue, IssueCode};
use crate::recording::{FootSignal, ForceUnit, Format, Recording};

const COLUMNS: usize = 19;
const SENSORS: usize = 8;
/// Rows from which the sampling rate is told.
const RATE_ROWS: usize = 200;
/// No insole reads this, N.
const MAX_FORCE_N: f64 = 20_000.0;
/// Allowed difference between total and sum of sensors: a thousandth plus rounding, N.
const SUM_TOLERANCE: (f64, f64) = (1e-3, 0.5);

type Row = [f64; COLUMNS];

/// The first line with content has 19 numbers.
pub(super) fn looks_like(head: &[u8]) -> bool {
    lines(head)
        .find(|line| !line.text.trim_ascii().is_empty())
        .is_some_and(|line| row(&line).is_ok())
}

pub(super) fn read(file: &SourceFile) -> Result<Recording, ReadError> {
    let name = file.name.as_str();
    let times: Vec<f64> = content(&file.bytes)
        .take(RATE_ROWS)
        .filter_map(|l| number(words(l.text).next()?))
        .collect();
    let sampling_hz = grid::sampling_hz(&times).ok_or_else(|| {
        ReadError::broken(
            name,
            Place::File,
            "the time column gives a rate of 10 to 1000 Hz",
        )
    })?;
    let mut grid = Grid::new(sampling_hz);
    let mut feet = [Foot::new(), Foot::new()];
    let mut extra = Vec::new();
    for line in content(&file.bytes) {
        let row = match row(&line) {
            Ok(row) => row,
            Err(_) if !line.ended => {
                extra.push(Issue::new(
                    IssueCode::TruncatedRow,
                    format!("line {} is cut off and was dropped", line.number),
                ));
                break;
            }
            Err(rule) => return Err(ReadError::broken(name, Place::Line(line.number), rule)),
        };
        let [time_s, ..] = row;
        if let Some(sample) = grid.place(name, line.number, time_s)? {
            for (side, foot) in feet.iter_mut().enumerate() {
                foot.push(sample, &row, side);
            }
        }
    }
    let (gaps, mut issues) = grid.finish(name)?;
    issues.append(&mut extra);
    issues.extend(
        feet.iter()
            .zip(crate::recording::Side::BOTH)
            .flat_map(|(foot, side)| foot.issues(side)),
    );
    let [left, right] = feet.map(|foot| FootSignal {
        force: foot.force,
        sensors: foot.sensors,
        missing: gaps.clone(),
        ..FootSignal::default()
    });
    Ok(Recording {
        name: stem(name),
        format: Format::GaitPdb,
        sampling_hz,
        force_unit: ForceUnit::Newton,
        layout_id: Some("gaitpdb-8".to_owned()),
        left,
        right,
        step_marks: Vec::new(),
        issues,
    })
}

fn content(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    lines(bytes).filter(|line| !line.text.trim_ascii().is_empty())
}

fn row(line: &Line<'_>) -> Result<Row, &'static str> {
    let mut row = [0.0; COLUMNS];
    let mut count = 0;
    for word in words(line.text) {
        let slot = row.get_mut(count).ok_or("has 19 columns")?;
        *slot = number(word).ok_or("every column is a finite number")?;
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

/// One foot as it fills.
struct Foot {
    force: Vec<f64>,
    sensors: Vec<Vec<f32>>,
    mismatches: usize,
    negatives: usize,
}

impl Foot {
    fn new() -> Self {
        Self {
            force: Vec::new(),
            sensors: vec![Vec::new(); SENSORS],
            mismatches: 0,
            negatives: 0,
        }
    }

    fn push(&mut self, sample: usize, row: &Row, side: usize) {
        let [_, values @ .., total_left, total_right] = row;
        let total = if side == 0 { *total_left } else { *total_right };
        self.force.resize(sample, 0.0);
        self.force.push(total);
        let mut sum = 0.0;
        for (sensor, &value) in self
            .sensors
            .iter_mut()
            .zip(values.iter().skip(side * SENSORS))
        {
            sensor.resize(sample, 0.0);
            sensor.push(value as f32);
            sum += value;
        }
        let (relative, absolute) = SUM_TOLERANCE;
        self.mismatches += usize::from((sum - total).abs() > relative * total.abs() + absolute);
        self.negatives += usize::from(total < 0.0);
    }

    fn issues(&self, side: crate::recording::Side) -> impl Iterator<Item = Issue> {
        let told = |count: usize, code, what: &str| {
            (count > 0).then(|| {
                Issue::new(code, format!("{count} of {} rows {what}", self.force.len())).on(side)
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

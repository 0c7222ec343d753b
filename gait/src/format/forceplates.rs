//! Quiet standing on two force plates, one foot on each: seven tab separated columns with a head that names them
//! (dos Santos, Fukuchi, Fukuchi and Duarte 2017, data set of balance trials). Leg 1 is the dominant one; whether that
//! is the left or the right is not said.

use std::io::BufRead;

use super::columns::{FootColumns, Frame, Shape};
use super::lines::{Line, Text, lines, numbers};
use super::rows::{self, Rows, Rule};
use super::{ReadError, stem};
use crate::issue::{Issue, IssueCode};
use crate::recording::{ForceUnit, Format, Recording, Side};

const COLUMNS: [&str; 7] = [
    "time (s)",
    "dominant Fap (N)",
    "dominant Fvert (N)",
    "dominant CPap (m)",
    "non-dominant Fap (N)",
    "non-dominant Fvert (N)",
    "non-dominant CPap (m)",
];
/// No plate under one foot reads this, N.
const MAX_FORCE_N: f64 = 20_000.0;
/// No plate is larger, m.
const MAX_CENTRE_M: f64 = 10.0;

/// The first line names the seven columns.
pub(super) fn looks_like(head: &[u8]) -> bool {
    lines(head).next().is_some_and(|line| is_head(&line))
}

fn is_head(line: &Line<'_>) -> bool {
    line.text
        .split(|&b| b == b'\t')
        .map(<[u8]>::trim_ascii)
        .eq(COLUMNS.map(str::as_bytes))
}

pub(super) fn read<R: BufRead>(mut text: Text<R>) -> Result<Recording, ReadError> {
    let headed = text.next()?.is_some_and(|line| is_head(&line));
    if !headed {
        return Err(text.broken(1, "names the seven columns of two plates"));
    }
    let shape = Shape {
        cop: true,
        ..Shape::default()
    };
    let mut plates = Plates {
        row: [0.0; COLUMNS.len()],
        feet: [FootColumns::new(shape), FootColumns::new(shape)],
        negatives: [0; 2],
    };
    let mut timing = rows::read(&mut text, &mut plates)?;
    timing.issues.push(Issue::new(
        IssueCode::UnknownSide,
        "the dominant leg is given as left; which side it is, the file does not say",
    ));
    for (side, negatives) in Side::BOTH.into_iter().zip(plates.negatives) {
        if negatives > 0 {
            let detail = format!("{negatives} of {} rows are negative", timing.samples);
            timing
                .issues
                .push(Issue::new(IssueCode::NegativeForce, detail).on(side));
        }
    }
    let [left, right] = plates.feet.map(FootColumns::finish);
    Ok(Recording {
        name: stem(&text.file),
        format: Format::ForcePlates,
        sampling_hz: timing.sampling_hz,
        force_unit: ForceUnit::Newton,
        layout_id: None,
        left,
        right,
        step_marks: Vec::new(),
        issues: timing.issues,
    })
}

struct Plates {
    row: [f64; COLUMNS.len()],
    feet: [FootColumns; 2],
    negatives: [usize; 2],
}

impl Rows for Plates {
    fn parse(&mut self, text: &[u8]) -> Result<f64, Rule> {
        let mut count = 0;
        for number in numbers(text) {
            let slot = self.row.get_mut(count).ok_or("has 7 columns")?;
            *slot = number.ok_or("every column is a finite number")?;
            count += 1;
        }
        let [
            time_s,
            shear_1,
            force_1,
            centre_1,
            shear_2,
            force_2,
            centre_2,
        ] = self.row;
        let within = |values: [f64; 2], most: f64| values.iter().all(|v| v.abs() <= most);
        if count != COLUMNS.len() {
            Err("has 7 columns".into())
        } else if !within([force_1, force_2], MAX_FORCE_N)
            || !within([shear_1, shear_2], MAX_FORCE_N)
        {
            Err("forces lie within 20000 N".into())
        } else if !within([centre_1, centre_2], MAX_CENTRE_M) {
            Err("centres of pressure lie within 10 m".into())
        } else {
            Ok(time_s)
        }
    }

    fn keep(&mut self, sample: usize, _sampling_hz: f64) {
        let [_, _, force_1, centre_1, _, force_2, centre_2] = self.row;
        let values = [(force_1, centre_1), (force_2, centre_2)];
        for (side, (foot, (force, centre))) in self.feet.iter_mut().zip(values).enumerate() {
            let values = [centre as f32];
            foot.push(
                sample,
                Frame {
                    force,
                    values: &values,
                    moves: false,
                },
            );
            if let Some(negatives) = self.negatives.get_mut(side) {
                *negatives += usize::from(force < 0.0);
            }
        }
    }
}

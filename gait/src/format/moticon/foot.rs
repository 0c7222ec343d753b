//! One foot of a Moticon export as its rows arrive: a row's values, step marks, and what is wrong with them.

use super::super::columns::{FootColumns, Frame, MOTION, Shape};
use super::super::lines::Cell;
use super::super::rows::Rule;
use super::{LAYOUT, SENSORS};
use crate::issue::{Issue, IssueCode};
use crate::layout::{self, Layout};
use crate::recording::{Side, StepMark, StepMarkKind};

/// No insole reads this, N, N/cm², g or degrees per second.
const MAX_VALUE: f64 = 20_000.0;
/// Relative rms difference of total force and rebuilt force above which the file is said to disagree with itself.
const FORCE_TOLERANCE: f64 = 0.02;

/// One foot as it fills, and its part of the row read last.
pub(super) struct Foot {
    side: Side,
    pub(super) columns: FootColumns,
    pub(super) marks: Vec<StepMark>,
    unknown_marks: usize,
    rebuilt: (f64, f64),
    layout: Option<&'static Layout>,
    force: Option<f64>,
    values: [f32; SENSORS + MOTION],
    pressures: usize,
    motions: usize,
    mark: Option<Option<StepMarkKind>>,
}

impl Foot {
    pub(super) fn new(side: Side, motion: bool) -> Self {
        let shape = Shape {
            sensors: SENSORS,
            motion,
            cop: false,
        };
        Self {
            side,
            columns: FootColumns::new(shape),
            marks: Vec::new(),
            unknown_marks: 0,
            rebuilt: (0.0, 0.0),
            layout: layout::by_id(LAYOUT),
            force: None,
            values: [0.0; SENSORS + MOTION],
            pressures: 0,
            motions: 0,
            mark: None,
        }
    }

    /// Forgets the row before.
    pub(super) fn clear(&mut self) {
        self.force = None;
        self.values = [0.0; SENSORS + MOTION];
        self.pressures = 0;
        self.motions = 0;
        self.mark = None;
    }

    pub(super) fn set_force(&mut self, cell: Cell<'_>) -> Result<(), Rule> {
        self.force = value(cell)?;
        Ok(())
    }

    pub(super) fn set_value(&mut self, index: usize, cell: Cell<'_>) -> Result<(), Rule> {
        if let (Some(value), Some(slot)) = (value(cell)?, self.values.get_mut(index)) {
            *slot = value as f32;
            if index < SENSORS {
                self.pressures += 1;
            } else {
                self.motions += 1;
            }
        }
        Ok(())
    }

    /// Step codes of the export: left 11 heel strike, 15 toe off; right 21, 25.
    pub(super) fn set_mark(&mut self, cell: Cell<'_>) {
        let decade = if self.side == Side::Left { 10.0 } else { 20.0 };
        self.mark = match cell {
            Cell::Empty => None,
            Cell::Number(code, _) if code == decade + 1.0 => {
                Some(Some(StepMarkKind::InitialContact))
            }
            Cell::Number(code, _) if code == decade + 5.0 => Some(Some(StepMarkKind::ToeOff)),
            _ => Some(None),
        };
    }

    /// Judges the row: force and pressures come together or not at all, and so do the motion values.
    pub(super) fn check(&self) -> Result<(), Rule> {
        let whole = self.force.is_some() == (self.pressures == SENSORS)
            && matches!(self.pressures, 0 | SENSORS);
        if whole && matches!(self.motions, 0 | MOTION) {
            Ok(())
        } else {
            Err("a foot has all of its values or none".into())
        }
    }

    pub(super) fn keep(&mut self, sample: usize, sampling_hz: f64) {
        if let Some(force) = self.force {
            let frame = Frame {
                force,
                values: &self.values,
                moves: self.motions == MOTION,
            };
            self.columns.push(sample, frame);
            self.rebuild(force);
        }
        match self.mark {
            None => {}
            Some(None) => self.unknown_marks += 1,
            Some(Some(kind)) => self.marks.push(StepMark {
                side: self.side,
                kind,
                time_s: sample as f64 / sampling_hz,
            }),
        }
    }

    fn rebuild(&mut self, force: f64) {
        let Some(layout) = self.layout else { return };
        let sensors = layout.sensors.iter().zip(&self.values);
        let rebuilt: f64 = sensors
            .map(|(sensor, value)| sensor.area_cm2.unwrap_or(1.0) * f64::from(*value))
            .sum();
        self.rebuilt.0 += (rebuilt - force).powi(2);
        self.rebuilt.1 += force * force;
    }

    pub(super) fn issues(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        let (error, power) = self.rebuilt;
        let relative = (error / power.max(1.0)).sqrt();
        if relative > FORCE_TOLERANCE {
            let detail = format!(
                "total force differs from the sensors' by {:.1} % rms: another insole size",
                100.0 * relative
            );
            issues.push(Issue::new(IssueCode::TotalForceMismatch, detail).on(self.side));
        }
        if self.unknown_marks > 0 {
            let detail = format!("{} step marks have an unknown code", self.unknown_marks);
            issues.push(Issue::new(IssueCode::UnknownStepMark, detail).on(self.side));
        }
        issues
    }
}

fn value(cell: Cell<'_>) -> Result<Option<f64>, Rule> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Number(value, _) if value.abs() <= MAX_VALUE => Ok(Some(value)),
        _ => Err("forces, pressures and motion are finite numbers within 20000".into()),
    }
}

//! One foot of a Moticon export as its rows arrive: pressures, total force, step marks, and what is wrong with them.

use std::ops::Range;

use super::super::gaps;
use super::super::lines::number;
use super::{FootColumns, LAYOUT, SENSORS};
use crate::issue::{Issue, IssueCode};
use crate::layout::{self, Layout};
use crate::recording::{FootSignal, Side, StepMark, StepMarkKind};

/// Relative rms difference of total force and rebuilt force above which the file is said to disagree with itself.
const FORCE_TOLERANCE: f64 = 0.02;

/// One foot as it fills.
pub(super) struct Foot {
    side: Side,
    pub(super) signal: FootSignal,
    pub(super) marks: Vec<StepMark>,
    unknown_marks: usize,
    rebuilt: (f64, f64),
    layout: Option<&'static Layout>,
}

impl Foot {
    pub(super) fn new(side: Side) -> Self {
        let signal = FootSignal {
            force: Vec::new(),
            sensors: vec![Vec::new(); SENSORS],
            missing: Vec::new(),
            ..FootSignal::default()
        };
        Self {
            side,
            signal,
            marks: Vec::new(),
            unknown_marks: 0,
            rebuilt: (0.0, 0.0),
            layout: layout::by_id(LAYOUT),
        }
    }

    pub(super) fn push(&mut self, sample: usize, values: Option<&(f64, [f64; SENSORS])>) {
        let (force, pressures) = values.copied().unwrap_or_default();
        self.signal.force.resize(sample, 0.0);
        self.signal.force.push(force);
        for (sensor, pressure) in self.signal.sensors.iter_mut().zip(pressures) {
            sensor.resize(sample, 0.0);
            sensor.push(pressure as f32);
        }
        if values.is_none() {
            add_missing(&mut self.signal.missing, sample..sample + 1);
        }
        if let Some(layout) = self.layout {
            self.rebuilt.0 += (layout.total_force_n(&pressures) - force).powi(2);
            self.rebuilt.1 += force * force;
        }
    }

    pub(super) fn mark(&mut self, cells: &[&[u8]], columns: &FootColumns, time_s: f64) {
        let Some(text) = columns
            .steps
            .and_then(|i| cells.get(i))
            .filter(|text| !text.trim_ascii().is_empty())
        else {
            return;
        };
        let kind = match number(text) {
            Some(code) if code == columns.contact_code => StepMarkKind::InitialContact,
            Some(code) if code == columns.toe_off_code => StepMarkKind::ToeOff,
            _ => {
                self.unknown_marks += 1;
                return;
            }
        };
        self.marks.push(StepMark {
            side: self.side,
            kind,
            time_s,
        });
    }

    pub(super) fn issues(&self, sampling_hz: f64, issues: &mut Vec<Issue>) {
        let at_start = usize::from(
            self.signal
                .missing
                .first()
                .is_some_and(|gap| gap.start == 0),
        );
        let (start, inside) = self.signal.missing.split_at(at_start);
        issues.extend(gaps::issues(
            IssueCode::OneSidedStart,
            Some(self.side),
            start,
            sampling_hz,
        ));
        issues.extend(gaps::issues(
            IssueCode::Gap,
            Some(self.side),
            inside,
            sampling_hz,
        ));
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
    }
}

fn add_missing(missing: &mut Vec<Range<usize>>, range: Range<usize>) {
    match missing.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => missing.push(range),
    }
}

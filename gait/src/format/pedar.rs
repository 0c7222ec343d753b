//! Novel Pedar `.asc` export: a head (file, sensor type, times, unit, the sensors in use of each insole), then the time
//! and 99 pressures of the left and of the right insole, tab separated, each row ending in a tab. Told from one public
//! recording. Position and size of the sensors are not in the file and differ between insole sizes, so the recording
//! has no layout, and the force takes every sensor to have the same area.

use std::io::BufRead;

use super::columns::{FootColumns, Frame, Shape};
use super::lines::{Line, Text, lines, numbers};
use super::rows::{self, Rows, Rule};
use super::{ReadError, stem};
use crate::issue::{Issue, IssueCode};
use crate::recording::{ForceUnit, Format, Recording, Side};

const SENSORS: usize = 99;
/// Area taken for each sensor, cm²: chosen so that a person of ordinary weight carries an ordinary weight; of no
/// consequence after the recording's own body weight is taken (A).
const AREA_CM2: f64 = 1.5;
/// N/cm² in a kilopascal.
const N_PER_CM2: f64 = 0.1;
/// Higher than any insole reads, kPa (its range is 1200, M).
const MAX_PRESSURE_KPA: f64 = 20_000.0;
/// Lines before the table.
const MAX_HEAD_LINES: usize = 64;
/// How much shorter than declared a recording may be, s.
const DURATION_SLACK_S: f64 = 0.5;

/// The head speaks of a sensor type and the sensors in use of both insoles.
pub(super) fn looks_like(head: &[u8]) -> bool {
    let starts = |start: &[u8]| {
        lines(head)
            .take(MAX_HEAD_LINES)
            .any(|l| l.text.starts_with(start))
    };
    starts(b"sensor type:") && starts(b"left insole:") && starts(b"right insole:")
}

pub(super) fn read<R: BufRead>(mut text: Text<R>) -> Result<Recording, ReadError> {
    let head = head(&mut text)?;
    let shape = Shape {
        sensors: SENSORS,
        ..Shape::default()
    };
    let mut insoles = Insoles {
        in_use: head.in_use,
        values: [[0.0; SENSORS]; 2],
        feet: [FootColumns::new(shape), FootColumns::new(shape)],
    };
    let mut timing = rows::read(&mut text, &mut insoles)?;
    let read_s = timing.samples as f64 / timing.sampling_hz;
    if let Some(declared_s) = head.total_s.filter(|d| read_s + DURATION_SLACK_S < *d) {
        let detail = format!("the head declares {declared_s} s, the rows end after {read_s} s");
        timing
            .issues
            .push(Issue::new(IssueCode::Unfinished, detail));
    }
    timing.issues.push(Issue::new(
        IssueCode::AssumedGeometry,
        "sensor areas are not in the file: every sensor counts alike, force is known up to a factor",
    ));
    for (side, in_use) in Side::BOTH.into_iter().zip(&insoles.in_use) {
        let unused = in_use.iter().filter(|used| !**used).count();
        if unused > 0 {
            let detail = format!("{unused} of {SENSORS} sensors are not in use and count as 0");
            let issue = Issue::new(IssueCode::AssumedGeometry, detail).on(side);
            timing.issues.push(issue);
        }
    }
    let [left, right] = insoles.feet.map(FootColumns::finish);
    Ok(Recording {
        name: stem(&text.file),
        format: Format::Pedar,
        sampling_hz: timing.sampling_hz,
        force_unit: ForceUnit::Newton,
        layout_id: None,
        left,
        right,
        step_marks: Vec::new(),
        issues: timing.issues,
    })
}

struct Head {
    total_s: Option<f64>,
    in_use: [[bool; SENSORS]; 2],
}

/// Reads up to the line of column names.
fn head<R: BufRead>(text: &mut Text<R>) -> Result<Head, ReadError> {
    let (mut total_s, mut kpa, mut in_use) = (None, false, [None, None]);
    for _ in 0..MAX_HEAD_LINES {
        let Some(line) = text.next()? else { break };
        if line.text.starts_with(b"time[secs]") {
            let (number, names) = (line.number, numbers_named(&line));
            let [Some(left), Some(right)] = in_use else {
                break;
            };
            return match (kpa, names == 2 * SENSORS) {
                (false, _) => Err(text.broken_file("gives pressures in kPa")),
                (_, false) => Err(text.broken(number, "names 99 sensors of two insoles")),
                _ => Ok(Head {
                    total_s,
                    in_use: [left, right],
                }),
            };
        }
        kpa |= line.text.starts_with(b"pressure values in")
            && line.text.trim_ascii_end().ends_with(b"kPa");
        total_s = total_s.or_else(|| declared_s(line.text));
        for (slot, start) in in_use.iter_mut().zip(["left insole:", "right insole:"]) {
            if let Some(list) = line.text.strip_prefix(start.as_bytes()) {
                let (number, mask) = (line.number, mask(list));
                *slot = Some(mask.ok_or_else(|| text.broken(number, "lists sensors 1 to 99"))?);
                break;
            }
        }
    }
    Err(text.broken_file("has the sensors in use and a line with the column names"))
}

fn numbers_named(line: &Line<'_>) -> usize {
    numbers(line.text).filter(Option::is_some).count()
}

/// `total time [secs]:  22.280<TAB>...`
fn declared_s(line: &[u8]) -> Option<f64> {
    numbers(line.strip_prefix(b"total time [secs]:")?).next()?
}

fn mask(list: &[u8]) -> Option<[bool; SENSORS]> {
    let mut used = [false; SENSORS];
    let items = list.split(|&b| b == b',').map(<[u8]>::trim_ascii);
    // The list ends in a comma.
    for item in items.filter(|item| !item.is_empty()) {
        let number: usize = std::str::from_utf8(item).ok()?.parse().ok()?;
        *used.get_mut(number.checked_sub(1)?)? = true;
    }
    Some(used)
}

struct Insoles {
    in_use: [[bool; SENSORS]; 2],
    /// Pressures of the row read last, N/cm².
    values: [[f32; SENSORS]; 2],
    feet: [FootColumns; 2],
}

impl Rows for Insoles {
    fn parse(&mut self, text: &[u8]) -> Result<f64, Rule> {
        let mut cells = numbers(text);
        let time_s = cells.next().flatten().ok_or("time is a finite number")?;
        for (values, in_use) in self.values.iter_mut().zip(&self.in_use) {
            for (value, used) in values.iter_mut().zip(in_use) {
                let kpa = cells.next().ok_or("has the time and 198 pressures")?;
                let kpa = kpa
                    .filter(|v| (0.0..=MAX_PRESSURE_KPA).contains(v))
                    .ok_or("pressures lie within 0 and 20000 kPa")?;
                *value = if *used { (kpa * N_PER_CM2) as f32 } else { 0.0 };
            }
        }
        if cells.next().is_some() {
            return Err("has the time and 198 pressures".into());
        }
        Ok(time_s)
    }

    fn keep(&mut self, sample: usize, _sampling_hz: f64) {
        for (foot, values) in self.feet.iter_mut().zip(&self.values) {
            let force = AREA_CM2 * values.iter().map(|v| f64::from(*v)).sum::<f64>();
            foot.push(
                sample,
                Frame {
                    force,
                    values,
                    moves: false,
                },
            );
        }
    }

    /// Every cell ends in a tab: the last row of an export has no line end, and is whole nevertheless.
    fn is_whole(&self, text: &[u8]) -> bool {
        text.ends_with(b"\t")
    }
}

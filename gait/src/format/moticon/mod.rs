//! Moticon OpenGo text export: `# key: value` lines, a `# time<TAB>...` line with the column names, then tab separated
//! rows on a 0.01 s grid. Columns are found by name; empty cells mean a packet was lost on that side. The axes of the
//! motion sensor are those of [`crate::recording::InsoleMotion`]: on two public exports every push-off peaks at +158 to
//! +596 degrees per second about y on both feet, and rest reads +0.97 g along z (`--test format_devices`).

mod columns;
mod foot;

use std::io::BufRead;

pub(super) use columns::looks_like;
use columns::{Columns, Slot};
use foot::Foot;

use super::columns::FootColumns;
use super::lines::{Cell, Cells, Line, Text};
use super::rows::{self, Rows, Rule, Timing};
use super::{ReadError, stem};
use crate::issue::{Issue, IssueCode};
use crate::recording::{ForceUnit, Format, Recording, Side};

const LAYOUT: &str = "moticon-16";
const SENSORS: usize = 16;
/// How much shorter than declared a recording may be, s: the header's duration is of the recorder, not of the rows.
const DURATION_SLACK_S: f64 = 0.5;

pub(super) fn read<R: BufRead>(mut text: Text<R>) -> Result<Recording, ReadError> {
    let (columns, declared_s) = head(&mut text)?;
    let [left, right] = columns.motion;
    let mut export = Export {
        slots: columns.slots,
        feet: [Foot::new(Side::Left, left), Foot::new(Side::Right, right)],
    };
    let timing = rows::read(&mut text, &mut export)?;
    finish(&text, export.feet, timing, declared_s)
}

/// Reads up to the column names: those, and the duration that the header declares.
fn head<R: BufRead>(text: &mut Text<R>) -> Result<(Columns, Option<f64>), ReadError> {
    let mut declared_s = None;
    while let Some(line) = text.next()? {
        if !line.text.starts_with(b"#") {
            break;
        }
        declared_s = declared_s.or_else(|| duration_s(line.text));
        if let Some(names) = columns::names(line.text) {
            let (number, columns) = (line.number, Columns::new(&names));
            return columns
                .map(|columns| (columns, declared_s))
                .map_err(|rule| text.broken(number, rule));
        }
    }
    Err(text.broken_file("has a line with the column names"))
}

/// `# Duration: 00:17.496`, minutes and seconds, hours before them if there are any.
fn duration_s(line: &[u8]) -> Option<f64> {
    let value = std::str::from_utf8(line.strip_prefix(b"# Duration:")?).ok()?;
    value
        .trim()
        .split(':')
        .map(|part| super::number::number(part.as_bytes()).filter(|v| *v >= 0.0))
        .try_fold(0.0, |sum, part| Some(60.0 * sum + part?))
}

struct Export {
    slots: Vec<Slot>,
    feet: [Foot; 2],
}

impl Rows for Export {
    fn is_row(&self, line: &Line<'_>) -> bool {
        !line.text.starts_with(b"#") && !line.is_blank()
    }

    fn parse(&mut self, text: &[u8]) -> Result<f64, Rule> {
        self.feet.iter_mut().for_each(Foot::clear);
        let (mut cells, mut time_s) = (Cells::new(text, b'\t'), None);
        let count = self.slots.len();
        let wrong_count = || Rule::from(format!("has {count} columns"));
        for slot in &self.slots {
            let cell = cells.next().ok_or_else(wrong_count)?;
            match (*slot, cell) {
                (Slot::Time, Cell::Number(value, _)) => time_s = Some(value),
                (Slot::Time, _) => return Err("time is a finite number".into()),
                (Slot::Force(foot), cell) => on(&mut self.feet, foot, |f| f.set_force(cell))?,
                (Slot::Value(foot, i), cell) => on(&mut self.feet, foot, |f| f.set_value(i, cell))?,
                (Slot::Steps(foot), cell) => on(&mut self.feet, foot, |f| {
                    f.set_mark(cell);
                    Ok(())
                })?,
                (Slot::Unused, _) => {}
            }
        }
        if cells.next().is_some() {
            return Err(wrong_count());
        }
        self.feet.iter().try_for_each(Foot::check)?;
        time_s.ok_or_else(|| "time is a finite number".into())
    }

    fn keep(&mut self, sample: usize, sampling_hz: f64) {
        for foot in &mut self.feet {
            foot.keep(sample, sampling_hz);
        }
    }
}

fn on(
    feet: &mut [Foot; 2],
    index: usize,
    act: impl FnOnce(&mut Foot) -> Result<(), Rule>,
) -> Result<(), Rule> {
    feet.get_mut(index).map_or(Ok(()), act)
}

fn finish<R: BufRead>(
    text: &Text<R>,
    mut feet: [Foot; 2],
    mut timing: Timing,
    declared_s: Option<f64>,
) -> Result<Recording, ReadError> {
    if feet.iter().any(|foot| foot.columns.is_empty()) {
        return Err(text.broken_file("has samples of both feet"));
    }
    let read_s = timing.samples as f64 / timing.sampling_hz;
    if let Some(declared_s) = declared_s.filter(|d| read_s + DURATION_SLACK_S < *d) {
        let detail = format!("the header declares {declared_s} s, the rows end after {read_s} s");
        timing
            .issues
            .push(Issue::new(IssueCode::Unfinished, detail));
    }
    for foot in &mut feet {
        foot.columns.pad(timing.samples);
    }
    let issues: Vec<Vec<Issue>> = feet.iter().map(Foot::issues).collect();
    let mut step_marks: Vec<_> = feet
        .iter_mut()
        .flat_map(|f| std::mem::take(&mut f.marks))
        .collect();
    step_marks.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
    let [left, right] = feet.map(|foot| FootColumns::finish(foot.columns));
    for ((side, foot), issues) in Side::BOTH.into_iter().zip([&left, &right]).zip(issues) {
        timing.one_sided(side, &foot.missing);
        timing.issues.extend(issues);
    }
    Ok(Recording {
        name: stem(&text.file),
        format: Format::MoticonText,
        sampling_hz: timing.sampling_hz,
        force_unit: ForceUnit::Newton,
        layout_id: Some(LAYOUT.to_owned()),
        left,
        right,
        step_marks,
        issues: timing.issues,
    })
}

//! Moticon OpenGo text export: `# key: value` lines, a `# time<TAB>...` line with the column names, then tab separated
//! rows on a 0.01 s grid. Columns are found by name; empty cells mean a packet was lost on that side.

mod foot;

use std::ops::Range;

use foot::Foot;

use super::grid::{self, Grid};
use super::lines::{Line, lines, number};
use super::{Place, ReadError, SourceFile, stem};
use crate::issue::{Issue, IssueCode};
use crate::recording::{FootSignal, ForceUnit, Format, Recording, Side};

const LAYOUT: &str = "moticon-16";
const SENSORS: usize = 16;
/// Rows from which the sampling rate is told.
const RATE_ROWS: usize = 200;
/// More columns than this no export has.
const MAX_COLUMNS: usize = 512;
/// No insole reads this, N or N/cm².
const MAX_VALUE: f64 = 20_000.0;

/// Where each quantity of one foot stands in a row.
struct FootColumns {
    pressures: [usize; SENSORS],
    force: usize,
    steps: Option<usize>,
    contact_code: f64,
    toe_off_code: f64,
}

struct Columns {
    count: usize,
    feet: [FootColumns; 2],
}

/// A comment line names both the time column and the pressures of a foot.
pub(super) fn looks_like(head: &[u8]) -> bool {
    lines(head)
        .take_while(|l| l.text.starts_with(b"#"))
        .any(|l| column_names(l.text).is_some())
}

fn column_names(line: &[u8]) -> Option<Vec<&str>> {
    let names = line.strip_prefix(b"#")?.trim_ascii_start();
    let names: Vec<&str> = std::str::from_utf8(names)
        .ok()?
        .split('\t')
        .map(str::trim)
        .collect();
    let known =
        names.first() == Some(&"time") && names.iter().any(|n| n.starts_with("left pressure"));
    known.then_some(names)
}

pub(super) fn read(file: &SourceFile) -> Result<Recording, ReadError> {
    let name = file.name.as_str();
    let columns = columns(file)?;
    let times: Vec<f64> = rows(&file.bytes)
        .take(RATE_ROWS)
        .filter_map(|l| number(l.text.split(|&b| b == b'\t').next()?))
        .collect();
    let sampling_hz = grid::sampling_hz(&times).ok_or_else(|| {
        ReadError::broken(
            name,
            Place::File,
            "the time column gives a rate of 10 to 1000 Hz",
        )
    })?;
    let mut grid = Grid::new(sampling_hz);
    let mut feet = Side::BOTH.map(Foot::new);
    let mut issues = Vec::new();
    for line in rows(&file.bytes) {
        let cells: Vec<&[u8]> = line.text.split(|&b| b == b'\t').take(MAX_COLUMNS).collect();
        match row(
            &cells,
            &columns,
            &mut grid,
            &mut feet,
            sampling_hz,
            name,
            line.number,
        ) {
            Err(_) if !line.ended => {
                issues.push(Issue::new(
                    IssueCode::TruncatedRow,
                    format!("line {} is cut off and was dropped", line.number),
                ));
            }
            other => other?,
        }
    }
    let (gaps, mut grid_issues) = grid.finish(name)?;
    grid_issues.append(&mut issues);
    finish(name, sampling_hz, feet, &gaps, grid_issues)
}

fn rows(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    lines(bytes).filter(|l| !l.text.starts_with(b"#") && !l.text.trim_ascii().is_empty())
}

fn columns(file: &SourceFile) -> Result<Columns, ReadError> {
    let (line, names) = lines(&file.bytes)
        .take_while(|l| l.text.starts_with(b"#"))
        .find_map(|l| column_names(l.text).map(|names| (l.number, names)))
        .ok_or_else(|| {
            ReadError::broken(&file.name, Place::File, "has a line with the column names")
        })?;
    let broken = |rule: String| ReadError::broken(&file.name, Place::Line(line), rule);
    if names.len() > MAX_COLUMNS {
        return Err(broken(format!("has at most {MAX_COLUMNS} columns")));
    }
    let find = |wanted: &str| {
        names
            .iter()
            .position(|n| n.split('[').next().is_some_and(|n| n == wanted))
    };
    let need =
        |wanted: String| find(&wanted).ok_or_else(|| broken(format!("has a column \"{wanted}\"")));
    let foot = |side: Side, contact_code, toe_off_code| {
        let mut pressures = [0; SENSORS];
        for (i, slot) in pressures.iter_mut().enumerate() {
            *slot = need(format!("{side} pressure {}", i + 1))?;
        }
        let (force, steps) = (
            need(format!("{side} total force"))?,
            find(&format!("{side} steps")),
        );
        Ok::<_, ReadError>(FootColumns {
            pressures,
            force,
            steps,
            contact_code,
            toe_off_code,
        })
    };
    // Step codes of the export: left 11 heel strike, 15 toe off; right 21, 25.
    Ok(Columns {
        count: names.len(),
        feet: [
            foot(Side::Left, 11.0, 15.0)?,
            foot(Side::Right, 21.0, 25.0)?,
        ],
    })
}

fn row(
    cells: &[&[u8]],
    columns: &Columns,
    grid: &mut Grid,
    feet: &mut [Foot; 2],
    sampling_hz: f64,
    file: &str,
    line: usize,
) -> Result<(), ReadError> {
    let broken = |rule: &str| ReadError::broken(file, Place::Line(line), rule);
    if cells.len() != columns.count {
        return Err(broken(&format!("has {} columns", columns.count)));
    }
    let time_s = cells
        .first()
        .and_then(|cell| number(cell))
        .ok_or_else(|| broken("time is a finite number"))?;
    // Every cell is judged before the row is placed, so that a refused row leaves no trace.
    let mut values = [None, None];
    for (slot, foot) in values.iter_mut().zip(&columns.feet) {
        *slot = foot_values(cells, foot).map_err(broken)?;
    }
    let Some(sample) = grid.place(file, line, time_s)? else {
        return Ok(());
    };
    for ((foot, columns), values) in feet.iter_mut().zip(&columns.feet).zip(&values) {
        foot.push(sample, values.as_ref());
        foot.mark(cells, columns, sample as f64 / sampling_hz);
    }
    Ok(())
}

/// Total force and pressures of a foot; `None` when the packet is missing.
fn foot_values(
    cells: &[&[u8]],
    columns: &FootColumns,
) -> Result<Option<(f64, [f64; SENSORS])>, &'static str> {
    let mut empty = 0;
    let mut cell = |index: usize| {
        let text = cells.get(index).copied().unwrap_or_default().trim_ascii();
        if text.is_empty() {
            empty += 1;
            return Ok(0.0);
        }
        number(text)
            .filter(|v| v.abs() <= MAX_VALUE)
            .ok_or("pressures and forces are finite numbers within 20000")
    };
    let force = cell(columns.force)?;
    let mut pressures = [0.0; SENSORS];
    for (slot, index) in pressures.iter_mut().zip(columns.pressures) {
        *slot = cell(index)?;
    }
    match empty {
        0 => Ok(Some((force, pressures))),
        n if n == SENSORS + 1 => Ok(None),
        _ => Err("a foot has all of its values or none"),
    }
}

fn finish(
    name: &str,
    sampling_hz: f64,
    feet: [Foot; 2],
    gaps: &[Range<usize>],
    mut issues: Vec<Issue>,
) -> Result<Recording, ReadError> {
    if feet
        .iter()
        .any(|foot| foot.signal.missing_samples() >= foot.signal.force.len())
    {
        return Err(ReadError::broken(
            name,
            Place::File,
            "has samples of both feet",
        ));
    }
    for foot in &feet {
        foot.issues(sampling_hz, &mut issues);
    }
    let [left, right] = feet;
    let mut step_marks = left.marks;
    step_marks.extend(right.marks);
    step_marks.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
    let with_gaps = |mut signal: FootSignal| {
        signal.missing.extend_from_slice(gaps);
        signal.missing.sort_by_key(|gap| gap.start);
        signal
    };
    Ok(Recording {
        name: stem(name),
        format: Format::MoticonText,
        sampling_hz,
        force_unit: ForceUnit::Newton,
        layout_id: Some(LAYOUT.to_owned()),
        left: with_gaps(left.signal),
        right: with_gaps(right.signal),
        step_marks,
        issues,
    })
}

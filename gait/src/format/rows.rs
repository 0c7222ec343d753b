//! What the text formats share: rows with a time stamp, placed one by one on a uniform sample grid.

use std::borrow::Cow;
use std::io::BufRead;
use std::ops::Range;

use super::ReadError;
use super::gaps;
use super::grid::{self, Grid};
use super::lines::{Line, Text};
use crate::issue::{Issue, IssueCode};

/// Rows from which the sampling rate is told.
const RATE_ROWS: usize = 200;

/// The rule that a row breaks.
pub(super) type Rule = Cow<'static, str>;

/// The rows of one format.
pub(super) trait Rows {
    /// Whether this line is a row of samples; other lines are skipped.
    fn is_row(&self, line: &Line<'_>) -> bool {
        !line.is_blank()
    }

    /// Reads a row without keeping it, so that a refused row leaves no trace: its time in seconds.
    fn parse(&mut self, text: &[u8]) -> Result<f64, Rule>;

    /// Keeps the row read last as this sample.
    fn keep(&mut self, sample: usize, sampling_hz: f64);

    /// Whether a row without a line end is known to be whole. Without a mark of its own it may have lost digits.
    fn is_whole(&self, _text: &[u8]) -> bool {
        false
    }
}

/// What the time column said.
pub(super) struct Timing {
    pub(super) sampling_hz: f64,
    /// Samples absent on both feet.
    pub(super) gaps: Vec<Range<usize>>,
    /// Samples from first to last row.
    pub(super) samples: usize,
    pub(super) issues: Vec<Issue>,
}

impl Timing {
    /// Adds what to say about the missing samples of one foot alone: at its start, or inside.
    pub(super) fn one_sided(&mut self, side: crate::recording::Side, missing: &[Range<usize>]) {
        let lost = super::columns::without(missing, &self.gaps);
        self.issues
            .extend(gaps::one_sided(side, &lost, self.sampling_hz));
    }
}

/// Reads all rows from the present place of the file on. The rate comes from the first rows, which are held until then.
pub(super) fn read<R: BufRead>(
    text: &mut Text<R>,
    rows: &mut impl Rows,
) -> Result<Timing, ReadError> {
    let file = text.file.clone();
    let held = hold(text, rows)?;
    let times: Vec<f64> = held
        .iter()
        .filter_map(|row| rows.parse(&row.text).ok())
        .collect();
    let sampling_hz = grid::sampling_hz(&times)
        .ok_or_else(|| text.broken_file("the time column gives a rate of 10 to 1000 Hz"))?;
    let mut reading = Reading {
        file: &file,
        rows,
        grid: Grid::new(sampling_hz),
        sampling_hz,
        cut_off: None,
    };
    for row in &held {
        reading.row(&row.line())?;
    }
    drop(held);
    while let Some(line) = text.next()? {
        if reading.rows.is_row(&line) {
            reading.row(&line)?;
        }
    }
    reading.finish()
}

/// A line that outlives its file's buffer.
struct Held {
    number: usize,
    text: Vec<u8>,
    ended: bool,
}

impl Held {
    fn line(&self) -> Line<'_> {
        Line {
            number: self.number,
            text: &self.text,
            ended: self.ended,
        }
    }
}

fn hold<R: BufRead>(text: &mut Text<R>, rows: &impl Rows) -> Result<Vec<Held>, ReadError> {
    let mut held = Vec::new();
    while held.len() < RATE_ROWS {
        let Some(line) = text.next()? else { break };
        if rows.is_row(&line) {
            held.push(Held {
                number: line.number,
                text: line.text.to_vec(),
                ended: line.ended,
            });
        }
    }
    Ok(held)
}

struct Reading<'a, T> {
    file: &'a str,
    rows: &'a mut T,
    grid: Grid,
    sampling_hz: f64,
    cut_off: Option<usize>,
}

impl<T: Rows> Reading<'_, T> {
    fn row(&mut self, line: &Line<'_>) -> Result<(), ReadError> {
        let time_s = match self.rows.parse(line.text) {
            Ok(time_s) if line.ended || self.rows.is_whole(line.text) => time_s,
            Err(rule) if line.ended => {
                let place = super::Place::Line(line.number);
                return Err(ReadError::broken(self.file, place, rule));
            }
            _ => {
                self.cut_off = Some(line.number);
                return Ok(());
            }
        };
        if let Some(sample) = self.grid.place(self.file, line.number, time_s)? {
            self.rows.keep(sample, self.sampling_hz);
        }
        Ok(())
    }

    fn finish(self) -> Result<Timing, ReadError> {
        let samples = self.grid.samples();
        let (gaps, mut issues) = self.grid.finish(self.file)?;
        if let Some(line) = self.cut_off {
            let detail = format!("line {line} is cut off and was dropped");
            issues.push(Issue::new(IssueCode::TruncatedRow, detail));
        }
        Ok(Timing {
            sampling_hz: self.sampling_hz,
            gaps,
            samples,
            issues,
        })
    }
}

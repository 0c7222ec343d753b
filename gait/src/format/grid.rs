//! From time stamps to a uniform sample grid: rows that are absent become missing samples, never a shift in time.

use std::ops::Range;

use super::{Place, ReadError, gaps};
use crate::issue::{Issue, IssueCode};

/// Longest recording a text file may span, s.
const MAX_SPAN_S: f64 = 86_400.0;
/// Share of rows that may fail to advance before the file is refused.
const MAX_STALE_SHARE: f64 = 0.01;
/// Absent samples per row that is there, and rows granted to every file: what bounds the memory a small file can ask
/// for. A recording that lost more than 19 of 20 frames is none.
const MAX_SAMPLES_PER_ROW: usize = 20;
const ROWS_GRANTED: usize = 1000;

/// The rule that samples up to `samples` break with so few `rows`, if they do.
pub(super) fn too_sparse(samples: usize, rows: usize) -> Option<&'static str> {
    (samples > MAX_SAMPLES_PER_ROW * (rows + ROWS_GRANTED))
        .then_some("one in twenty of its samples is there")
}

/// Places each row of a file on its sample. Rows count; time stamps only tell how many rows are absent in between,
/// because printed times drift against the nominal rate (gaitpdb: 7 samples in 100,000).
pub(super) struct Grid {
    sampling_hz: f64,
    first_s: Option<f64>,
    last_s: f64,
    next: usize,
    rows: usize,
    stale: usize,
    gaps: Vec<Range<usize>>,
}

impl Grid {
    pub(super) const fn new(sampling_hz: f64) -> Self {
        Self {
            sampling_hz,
            first_s: None,
            last_s: 0.0,
            next: 0,
            rows: 0,
            stale: 0,
            gaps: Vec::new(),
        }
    }

    /// The sample of the row at `time_s`; `None` when time did not advance (the row is then dropped and counted).
    /// Samples between the last row and this one are recorded as missing.
    pub(super) fn place(
        &mut self,
        file: &str,
        line: usize,
        time_s: f64,
    ) -> Result<Option<usize>, ReadError> {
        let first_s = *self.first_s.get_or_insert(time_s);
        let steps = if self.rows == 0 {
            1.0
        } else {
            ((time_s - self.last_s) * self.sampling_hz).round()
        };
        self.rows += 1;
        if time_s - first_s > MAX_SPAN_S {
            return Err(ReadError::broken(
                file,
                Place::Line(line),
                "time lies within 24 hours of the first row",
            ));
        }
        if steps < 1.0 {
            self.stale += 1;
            return Ok(None);
        }
        let sample = self.next + steps as usize - 1;
        if let Some(rule) = too_sparse(sample, self.rows) {
            return Err(ReadError::broken(file, Place::Line(line), rule));
        }
        if sample > self.next {
            self.gaps.push(self.next..sample);
        }
        self.next = sample + 1;
        self.last_s = time_s;
        Ok(Some(sample))
    }

    /// Samples from the first row to the last.
    pub(super) const fn samples(&self) -> usize {
        self.next
    }

    /// Missing ranges of both feet and what to say about them.
    pub(super) fn finish(self, file: &str) -> Result<(Vec<Range<usize>>, Vec<Issue>), ReadError> {
        if self.rows == 0 {
            return Err(ReadError::broken(
                file,
                Place::File,
                "holds at least one row of samples",
            ));
        }
        if self.stale as f64 > MAX_STALE_SHARE * self.rows as f64 {
            return Err(ReadError::broken(
                file,
                Place::File,
                "time increases from row to row",
            ));
        }
        let mut issues = Vec::new();
        if let Some(first_s) = self.first_s.filter(|&t| t < 0.0) {
            issues.push(Issue::new(
                IssueCode::NegativeTime,
                format!("the first time stamp is {first_s} s; times count from it"),
            ));
        }
        if self.stale > 0 {
            let detail = format!(
                "{} rows whose time does not advance were dropped",
                self.stale
            );
            issues.push(Issue::new(IssueCode::TimeNotIncreasing, detail));
        }
        issues.extend(gaps::issues(
            IssueCode::MissingRows,
            None,
            &self.gaps,
            self.sampling_hz,
        ));
        Ok((self.gaps, issues))
    }
}

/// The sampling rate from the first rows' times: the median step, which must give 10 to 1000 Hz.
pub(super) fn sampling_hz(times: &[f64]) -> Option<f64> {
    let mut steps: Vec<f64> = times
        .windows(2)
        .filter_map(|w| Some(w.last()? - w.first()?))
        .filter(|s| *s > 0.0)
        .collect();
    steps.sort_by(f64::total_cmp);
    let step = *steps.get(steps.len() / 2)?;
    let hz = 1.0 / step;
    // Printed times are rounded: a rate within a thousandth of a whole number is that number.
    let whole = hz.round();
    let hz = if (hz - whole).abs() < 1e-3 * whole {
        whole
    } else {
        hz
    };
    (10.0..=1000.0).contains(&hz).then_some(hz)
}

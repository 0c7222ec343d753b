//! Tekscan F-Scan ASCII movie (`.asf`): a head, then frames of comma separated rows in which `B` marks a place without
//! a sensor. One file holds one foot; the names of the two files differ in their last letter, `L` and `R`. The maker
//! publishes no description: the format was told from the sample of the R package pressuRe (`FrasP01L.asf`, software
//! 6.33) and from readers that others published. Unverified: other software versions, units other than kPa, that the
//! frame numbers of the two files run together.

mod head;

use std::io::BufRead;

use head::Head;
pub(super) use head::looks_like;

use super::columns::{FootColumns, Frame, Shape};
use super::lines::{Cell, Cells, Text, words};
use super::{Place, ReadError, base_name, gaps, stem};
use crate::issue::{Issue, IssueCode};
use crate::recording::{FootSignal, ForceUnit, Format, Recording, Side};

/// Higher than any insole reads, N/cm².
const MAX_PRESSURE: f64 = 2_000.0;
/// Absent frames per frame that is there, and frames granted: what bounds the memory a small file can ask for.
const MAX_FRAMES_PER_FRAME: usize = 20;
const FRAMES_GRANTED: usize = 10;
/// Share of loaded cells at their limit that is reported, percent.
const SATURATED_PCT: f64 = 0.1;

/// The name of the other foot's file.
pub(super) fn companion(name: &str) -> Option<String> {
    let base = base_name(name);
    let at = base.rfind('.').unwrap_or(base.len());
    let (stem, ending) = base.split_at_checked(at)?;
    let other = match stem.chars().next_back()? {
        'L' => 'R',
        'R' => 'L',
        'l' => 'r',
        'r' => 'l',
        _ => return None,
    };
    let (kept, _) = stem.split_at_checked(stem.len() - 1)?;
    Some(format!("{kept}{other}{ending}"))
}

/// Reads both feet; `open` finds the other foot's file.
pub(super) fn read<R: BufRead>(
    mut text: Text<R>,
    open: &mut dyn FnMut(&str) -> Result<R, ReadError>,
) -> Result<Recording, ReadError> {
    let first = Movie::read(&mut text)?;
    let other = companion(&text.file).ok_or_else(|| text.broken_file(NAME_RULE))?;
    let mut other = Text::new(&other, open(&other)?);
    let second = Movie::read(&mut other)?;
    if first.sampling_hz != second.sampling_hz {
        return Err(other.broken_file("has the sampling rate of the other foot"));
    }
    let (left, right) = match (first.side, second.side) {
        (Side::Left, Side::Right) => (first, second),
        (Side::Right, Side::Left) => (second, first),
        _ => return Err(other.broken_file("is of the other foot")),
    };
    let start = left.first_frame.min(right.first_frame);
    let late = left.first_frame.abs_diff(right.first_frame);
    if late > left.columns.len().max(right.columns.len()) {
        return Err(other.broken_file("has frames in common with the other foot's"));
    }
    let sampling_hz = left.sampling_hz;
    let mut issues = Vec::new();
    let samples = left.end_frame().max(right.end_frame()) - start;
    let [left, right] = [left, right].map(|movie| movie.finish(start, samples, &mut issues));
    Ok(Recording {
        name: stem(&text.file),
        format: Format::FScan,
        sampling_hz,
        force_unit: ForceUnit::Newton,
        layout_id: None,
        left,
        right,
        step_marks: Vec::new(),
        issues,
    })
}

const NAME_RULE: &str = "is named by its foot: ends in L or R before the dot";

/// One foot.
struct Movie {
    side: Side,
    sampling_hz: f64,
    first_frame: usize,
    last_frame: usize,
    columns: FootColumns,
    saturated: usize,
    loaded: usize,
    cut_off: Option<usize>,
}

impl Movie {
    fn read<R: BufRead>(text: &mut Text<R>) -> Result<Self, ReadError> {
        let head = head::read(text)?;
        let side = head::side_of(&text.file)
            .or(head.side)
            .ok_or_else(|| text.broken_file(NAME_RULE))?;
        let mut frames = Frames::new(&head);
        while frames.read(text)? {}
        let Some(columns) = frames.columns else {
            return Err(text.broken_file("holds at least one frame"));
        };
        Ok(Self {
            side,
            sampling_hz: head.sampling_hz,
            first_frame: head.first_frame,
            last_frame: head.last_frame,
            columns,
            saturated: frames.saturated,
            loaded: frames.loaded,
            cut_off: frames.cut_off,
        })
    }

    const fn end_frame(&self) -> usize {
        self.first_frame + self.columns.len()
    }

    fn finish(mut self, start: usize, samples: usize, issues: &mut Vec<Issue>) -> FootSignal {
        let read = self.columns.len();
        let declared = (self.last_frame - self.first_frame).saturating_add(1);
        let mut say = |code, detail: String| issues.push(Issue::new(code, detail).on(self.side));
        if let Some(line) = self.cut_off {
            say(
                IssueCode::TruncatedRow,
                format!("the frame that line {line} ends is cut off and was dropped"),
            );
        }
        if read < declared {
            say(
                IssueCode::Unfinished,
                format!("the head declares {declared} frames, {read} are there"),
            );
        }
        let share_pct = 100.0 * self.saturated as f64 / self.loaded.max(1) as f64;
        if share_pct > SATURATED_PCT {
            say(
                IssueCode::Saturated,
                format!("{share_pct:.1} % of the loaded cells are at their limit"),
            );
        }
        self.columns.delay(self.first_frame - start);
        self.columns.pad(samples);
        let foot = self.columns.finish();
        issues.extend(gaps::one_sided(self.side, &foot.missing, self.sampling_hz));
        foot
    }
}

/// The frames of a file as they come.
struct Frames<'a> {
    head: &'a Head,
    /// Which places of the matrix have a sensor: the first frame tells.
    places: Vec<bool>,
    /// Pressures of the frame at hand, N/cm².
    values: Vec<f32>,
    columns: Option<FootColumns>,
    count: usize,
    saturated: usize,
    loaded: usize,
    cut_off: Option<usize>,
}

impl<'a> Frames<'a> {
    const fn new(head: &'a Head) -> Self {
        Self {
            head,
            places: Vec::new(),
            values: Vec::new(),
            columns: None,
            count: 0,
            saturated: 0,
            loaded: 0,
            cut_off: None,
        }
    }

    /// Reads one frame; `false` at the end of the file.
    fn read<R: BufRead>(&mut self, text: &mut Text<R>) -> Result<bool, ReadError> {
        let Some((line, number)) = next_frame(text)? else {
            return Ok(false);
        };
        let sample = number.and_then(|n| n.checked_sub(self.head.first_frame));
        let least = self.columns.as_ref().map_or(0, FootColumns::len);
        let sample =
            sample.filter(|s| *s >= least && *s <= self.head.last_frame - self.head.first_frame);
        let sample = sample.ok_or_else(|| {
            text.broken(
                line,
                "frames are numbered upwards from START_FRAME to END_FRAME",
            )
        })?;
        self.count += 1;
        if sample > MAX_FRAMES_PER_FRAME * (self.count + FRAMES_GRANTED) {
            return Err(text.broken(line, "one in twenty of its frames is there"));
        }
        self.values.clear();
        for row in 0..self.head.rows {
            let Some(line) = text.next()?.filter(|line| line.ended) else {
                self.cut_off = Some(line + row + 1);
                return Ok(false);
            };
            let (line, done) = (line.number, self.row(row, line.text));
            done.map_err(|rule| ReadError::broken(&text.file, Place::Line(line), rule))?;
        }
        self.keep(sample);
        Ok(true)
    }

    fn row(&mut self, row: usize, text: &[u8]) -> Result<(), &'static str> {
        const COUNT: &str = "a row has as many cells as COLS says";
        let from = row * self.head.columns;
        let mut cells = Cells::new(text, b',');
        for place in from..from + self.head.columns {
            let value = self.cell(cells.next().ok_or(COUNT)?)?;
            if self.columns.is_none() {
                self.places.push(value.is_some());
            } else if self.places.get(place) != Some(&value.is_some()) {
                return Err("B stands in the same places of every frame");
            }
            self.values.extend(value);
        }
        cells.next().map_or(Ok(()), |_| Err(COUNT))
    }

    fn cell(&mut self, cell: Cell<'_>) -> Result<Option<f32>, &'static str> {
        let value = match cell {
            Cell::Number(value, _) if value >= 0.0 => value,
            Cell::Text(b"B" | b"b") => return Ok(None),
            _ => return Err("cells are B or a pressure from 0"),
        };
        let pressure = value * self.head.n_per_cm2;
        if pressure > MAX_PRESSURE {
            return Err("pressures lie within 20 MPa");
        }
        self.loaded += usize::from(value > 0.0);
        self.saturated += usize::from(self.head.saturation.is_some_and(|limit| value >= limit));
        Ok(Some(pressure as f32))
    }

    fn keep(&mut self, sample: usize) {
        let shape = Shape {
            sensors: self.values.len(),
            ..Shape::default()
        };
        let force = self.head.area_cm2 * self.values.iter().map(|v| f64::from(*v)).sum::<f64>();
        let columns = self.columns.get_or_insert_with(|| FootColumns::new(shape));
        columns.push(
            sample,
            Frame {
                force,
                values: &self.values,
                moves: false,
            },
        );
    }
}

/// Steps over blank lines to the next `Frame n`: its line and number.
fn next_frame<R: BufRead>(text: &mut Text<R>) -> Result<Option<(usize, Option<usize>)>, ReadError> {
    while let Some(line) = text.next()? {
        if line.is_blank() || !line.ended {
            continue;
        }
        let number = line.text.strip_prefix(b"Frame ").and_then(|rest| {
            let word = words(rest).next()?;
            std::str::from_utf8(word).ok()?.parse().ok()
        });
        return Ok(Some((line.number, number)));
    }
    Ok(None)
}

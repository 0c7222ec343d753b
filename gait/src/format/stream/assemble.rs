//! From rows of the table to a recording: each foot on the grid of its own counter, the feet set against each other.

use super::super::columns::{FootColumns, Frame};
use super::super::grid::too_sparse;
use super::super::lines::Cell;
use super::super::rows::Rule;
use super::super::{gaps, stem};
use super::row::Row;
use super::schema::Schema;
use super::track::{Clock, Track};
use crate::issue::{Issue, IssueCode};
use crate::recording::{FootSignal, Format, Recording, Side};

/// Takes the rows of a stream.
pub(super) struct Assembler {
    schema: Schema,
    row: Row,
    tracks: [Track; 2],
    rows: usize,
    /// Samples of the two feet in the first row that holds both.
    pair: Option<[usize; 2]>,
}

impl Assembler {
    pub(super) fn new(schema: Schema) -> Self {
        Self {
            row: Row::new(&schema),
            tracks: [Track::new(schema.shape), Track::new(schema.shape)],
            rows: 0,
            pair: None,
            schema,
        }
    }

    #[cfg(feature = "parquet")]
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Takes a row. One that is refused leaves no trace.
    pub(super) fn take<'a>(&mut self, cells: impl Iterator<Item = Cell<'a>>) -> Result<(), Rule> {
        self.row.read(cells)?;
        let hz = self.schema.sampling_hz;
        let [left, right] = self.tracks.each_ref().map(|track| track.columns.len());
        let mut frames = [None; 2];
        let feet = self
            .row
            .parts
            .iter_mut()
            .zip(&self.tracks)
            .zip([right, left]);
        for (frame, ((part, track), other)) in frames.iter_mut().zip(feet) {
            if let Some((counter, force)) = part.judge(&self.schema)? {
                let host_s = part.host_s;
                let clock = Clock { host_s, other };
                let (samples, received) = track.extent(counter, clock, hz);
                too_sparse(samples, received).map_or(Ok(()), Err)?;
                *frame = Some((counter, force, clock));
            }
        }
        self.rows += 1;
        let mut samples = [None; 2];
        let feet = self.tracks.iter_mut().zip(&self.row.parts).zip(frames);
        for (sample, ((track, part), frame)) in samples.iter_mut().zip(feet) {
            let Some((counter, force, clock)) = frame else {
                continue;
            };
            let frame = Frame {
                force,
                values: &part.values,
                moves: part.moves(),
            };
            *sample = track.take(counter, clock, hz, frame);
        }
        if let [Some(left), Some(right)] = samples {
            self.pair.get_or_insert([left, right]);
        }
        Ok(())
    }

    /// The recording, once all rows are in. `declared` is the number of rows by the end mark.
    pub(super) fn finish(
        mut self,
        file: &str,
        format: Format,
        declared: Option<usize>,
        mut issues: Vec<Issue>,
    ) -> Result<Recording, Rule> {
        if self.tracks.iter().any(|track| track.columns.is_empty()) {
            return Err("has samples of both feet".into());
        }
        issues.extend(unfinished(declared, self.rows));
        let unknown = self.schema.columns.iter().filter(|c| c.is_none()).count();
        if unknown > 0 {
            let detail = format!("{unknown} columns with unknown names were left out");
            issues.push(Issue::new(IssueCode::UnknownColumn, detail));
        }
        self.align()?;
        let samples = self.tracks.iter().map(|t| t.columns.len()).max();
        let hz = self.schema.sampling_hz;
        let [left, right] = self.tracks;
        let mut feet = [(Side::Left, left), (Side::Right, right)]
            .map(|(side, track)| foot(side, track, samples.unwrap_or(0), hz, &mut issues));
        let firsts = feet.iter().filter_map(|foot| foot.arrivals.first());
        let first_s = firsts
            .map(|a| a.host_s)
            .min_by(f64::total_cmp)
            .unwrap_or(0.0);
        for arrival in feet.iter_mut().flat_map(|foot| &mut foot.arrivals) {
            arrival.host_s -= first_s;
        }
        let [left, right] = feet;
        Ok(Recording {
            name: stem(file),
            format,
            sampling_hz: hz,
            force_unit: self.schema.force_unit,
            layout_id: self.schema.layout_id,
            left,
            right,
            step_marks: Vec::new(),
            issues,
        })
    }

    /// Delays the foot that started later. Frames of one row were taken together; without such a row the host's clock
    /// tells.
    fn align(&mut self) -> Result<(), Rule> {
        let hz = self.schema.sampling_hz;
        let ahead = match (self.pair, self.tracks.each_ref().map(|t| t.origin_s(hz))) {
            (Some([left, right]), _) => right as f64 - left as f64,
            (None, [Some(left), Some(right)]) => ((left - right) * hz).round(),
            _ => {
                return Err(
                    "rows with both feet, or host times, tell how the feet lie in time".into(),
                );
            }
        };
        let [left, right] = &mut self.tracks;
        let late = if ahead > 0.0 { left } else { right };
        let delay = ahead.abs() as usize;
        too_sparse(delay, self.rows).map_or(Ok(()), Err)?;
        late.columns.delay(delay);
        for arrival in &mut late.arrivals {
            arrival.sample += delay;
        }
        Ok(())
    }
}

fn unfinished(declared: Option<usize>, rows: usize) -> Option<Issue> {
    let detail = match declared {
        Some(declared) if declared == rows => return None,
        Some(declared) => format!("the end mark counts {declared} rows, {rows} are there"),
        None => "the end mark is missing: the stream was cut off".to_owned(),
    };
    Some(Issue::new(IssueCode::Unfinished, detail))
}

fn foot(
    side: Side,
    mut track: Track,
    samples: usize,
    sampling_hz: f64,
    issues: &mut Vec<Issue>,
) -> FootSignal {
    issues.extend(track.issues(side));
    track.columns.pad(samples);
    let mut foot = FootColumns::finish(track.columns);
    foot.arrivals = track.arrivals;
    // Packets that lost their motion are lost packets.
    let gaps = &foot.missing;
    foot.arrivals.retain(|arrival| {
        let next = gaps.partition_point(|gap| gap.end <= arrival.sample);
        gaps.get(next)
            .is_none_or(|gap| !gap.contains(&arrival.sample))
    });
    issues.extend(gaps::one_sided(side, &foot.missing, sampling_hz));
    foot
}

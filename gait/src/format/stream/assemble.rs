//! From rows of the table to a recording: each foot on the grid of its own counter, the feet set against each other.

use super::super::columns::{FootColumns, Frame, MOTION};
use super::super::grid::too_sparse;
use super::super::lines::Cell;
use super::super::rows::Rule;
use super::super::{gaps, number, stem};
use super::schema::{Quantity, Schema};
use super::track::Track;
use crate::issue::{Issue, IssueCode};
use crate::recording::{FootSignal, Format, Recording, Side};

/// No insole reads this, whatever the unit.
const MAX_VALUE: f64 = 20_000.0;
/// No host's clock reads this, s.
const MAX_HOST_S: f64 = 1e12;

/// One foot's part of a row.
#[derive(Default)]
struct Part {
    counter: Option<u16>,
    host_s: Option<f64>,
    force: Option<f64>,
    values: Vec<f32>,
    sensors: usize,
    motions: usize,
    cop: bool,
}

/// Takes the rows of a stream.
pub(super) struct Assembler {
    schema: Schema,
    parts: [Part; 2],
    tracks: [Track; 2],
    rows: usize,
    /// Samples of the two feet in the first row that holds both.
    pair: Option<[usize; 2]>,
}

impl Assembler {
    pub(super) fn new(schema: Schema) -> Self {
        let part = || Part {
            values: vec![0.0; schema.shape.width()],
            ..Part::default()
        };
        Self {
            parts: [part(), part()],
            tracks: [Track::new(schema.shape), Track::new(schema.shape)],
            rows: 0,
            pair: None,
            schema,
        }
    }

    pub(super) const fn columns(&self) -> usize {
        self.schema.columns.len()
    }

    #[cfg(feature = "parquet")]
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Forgets the row before.
    pub(super) fn clear(&mut self) {
        for part in &mut self.parts {
            part.values.fill(0.0);
            let values = std::mem::take(&mut part.values);
            *part = Part {
                values,
                ..Part::default()
            };
        }
    }

    /// A cell of the row at hand.
    pub(super) fn set(&mut self, column: usize, cell: Cell<'_>) -> Result<(), Rule> {
        let Some(Some(column)) = self.schema.columns.get(column) else {
            return Ok(());
        };
        let (value, text) = match cell {
            Cell::Empty => return Ok(()),
            Cell::Number(value, text) => (value, text),
            Cell::Text(_) => return Err("cells are empty or finite numbers".into()),
        };
        let single = || number::single(value, text).ok_or("cells are empty or finite numbers");
        let [left, right] = &mut self.parts;
        let part = if column.side == Side::Left {
            left
        } else {
            right
        };
        let quantity = column.quantity;
        let most = if quantity == Quantity::Host {
            MAX_HOST_S
        } else {
            MAX_VALUE
        };
        if quantity != Quantity::Counter && value.abs() > most {
            return Err("values lie within 20000".into());
        }
        let sensors = self.schema.shape.sensors;
        let place = match quantity {
            Quantity::Counter => {
                part.counter = Some(counter(value)?);
                return Ok(());
            }
            Quantity::Host => {
                part.host_s = Some(value);
                return Ok(());
            }
            Quantity::Force(_) => {
                part.force = Some(value);
                return Ok(());
            }
            Quantity::Pressure(i) | Quantity::SensorForce(i) => {
                part.sensors += 1;
                i
            }
            Quantity::Motion(i) => {
                part.motions += 1;
                sensors + i
            }
            Quantity::Cop => {
                part.cop = true;
                part.values.len() - 1
            }
        };
        if let Some(slot) = part.values.get_mut(place) {
            *slot = single()?;
        }
        Ok(())
    }

    /// Takes the row at hand. A row that is refused leaves no trace.
    pub(super) fn commit(&mut self) -> Result<(), Rule> {
        let mut forces = [None; 2];
        for ((force, part), track) in forces.iter_mut().zip(&self.parts).zip(&self.tracks) {
            *force = part.judge(&self.schema)?;
            if let (Some(_), Some(counter)) = (*force, part.counter) {
                let (samples, frames) = track.extent(counter, part.host_s, self.schema.sampling_hz);
                too_sparse(samples, frames).map_or(Ok(()), Err)?;
            }
        }
        self.rows += 1;
        let mut samples = [None; 2];
        let feet = self.tracks.iter_mut().zip(&self.parts).zip(forces);
        for (sample, ((track, part), force)) in samples.iter_mut().zip(feet) {
            let (Some(force), Some(counter)) = (force, part.counter) else {
                continue;
            };
            let frame = Frame {
                force,
                values: &part.values,
                moves: part.motions == MOTION,
            };
            *sample = track.take(counter, part.host_s, self.schema.sampling_hz, frame);
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
        let first_s = self
            .tracks
            .iter()
            .filter_map(|t| t.arrivals.first())
            .map(|a| a.host_s);
        let first_s = first_s.min_by(f64::total_cmp).unwrap_or(0.0);
        let samples = self
            .tracks
            .iter()
            .map(|t| t.columns.len())
            .max()
            .unwrap_or(0);
        let hz = self.schema.sampling_hz;
        let [left, right] = self.tracks;
        let feet = [(Side::Left, left), (Side::Right, right)];
        let [left, right] =
            feet.map(|(side, track)| foot(side, track, samples, first_s, hz, &mut issues));
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

fn counter(value: f64) -> Result<u16, Rule> {
    let whole = value as u16;
    if f64::from(whole) == value {
        Ok(whole)
    } else {
        Err("counters are whole numbers from 0 to 65535".into())
    }
}

impl Part {
    /// The force if this foot is in the row; `None` if nothing of it is.
    fn judge(&self, schema: &Schema) -> Result<Option<f64>, &'static str> {
        let nothing = self.force.is_none()
            && self.host_s.is_none()
            && !self.cop
            && self.sensors + self.motions == 0;
        if self.counter.is_none() {
            return if nothing {
                Ok(None)
            } else {
                Err("a foot with values has its counter")
            };
        }
        let shape = schema.shape;
        let whole = self.sensors == shape.sensors
            && self.force.is_some() == schema.has_force
            && self.cop == shape.cop
            && matches!(self.motions, 0 | MOTION);
        if !whole {
            return Err("a foot has all of its values or none");
        }
        Ok(self.force.or_else(|| {
            let weighed = schema.weights.iter().zip(&self.values);
            Some(
                weighed
                    .map(|(weight, value)| weight * f64::from(*value))
                    .sum(),
            )
        }))
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
    first_s: f64,
    sampling_hz: f64,
    issues: &mut Vec<Issue>,
) -> FootSignal {
    issues.extend(track.issues(side));
    track.columns.pad(samples);
    let arrivals = track.arrivals;
    let mut foot = FootColumns::finish(track.columns);
    foot.arrivals = arrivals;
    for arrival in &mut foot.arrivals {
        arrival.host_s -= first_s;
    }
    issues.extend(gaps::one_sided(side, &foot.missing, sampling_hz));
    foot
}

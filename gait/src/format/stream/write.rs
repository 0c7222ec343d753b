//! Writing the two text spellings. Numbers are the shortest text that reads back as the same number.

use std::io::Write;

use super::schema::{Column, Quantity, Schema};
use super::{CSV_MARK, KEY, VERSION, WriteError};
use crate::recording::{FootSignal, Format, Recording, Side};

/// One value of the table; absent cells are `None`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Counter(u16),
    Double(f64),
    Single(f32),
}

/// The table of a recording, row by row.
pub(super) struct Table<'a> {
    pub(super) schema: Schema,
    recording: &'a Recording,
    /// Next missing range and next arrival of each foot.
    next: [(usize, usize); 2],
    present: [bool; 2],
    sample: usize,
}

impl<'a> Table<'a> {
    pub(super) fn new(recording: &'a Recording) -> Result<Self, WriteError> {
        let schema = Schema::of(recording);
        for side in Side::BOTH {
            if !is_even(recording.foot(side), &schema) {
                return Err(WriteError::Uneven(side));
            }
        }
        Ok(Self {
            schema,
            recording,
            next: [(0, 0); 2],
            present: [false; 2],
            sample: 0,
        })
    }

    /// Goes on to the next sample that at least one foot has.
    pub(super) fn advance(&mut self) -> bool {
        while self.sample < self.recording.samples() {
            let sample = self.sample;
            self.sample += 1;
            for (i, side) in Side::BOTH.into_iter().enumerate() {
                let (foot, (gap, arrival)) = (self.recording.foot(side), &mut self.next[i]);
                while foot.missing.get(*gap).is_some_and(|gap| gap.end <= sample) {
                    *gap += 1;
                }
                while foot
                    .arrivals
                    .get(*arrival)
                    .is_some_and(|a| a.sample < sample)
                {
                    *arrival += 1;
                }
                let missing = foot
                    .missing
                    .get(*gap)
                    .is_some_and(|gap| gap.contains(&sample));
                self.present[i] = sample < foot.force.len() && !missing;
            }
            if self.present.contains(&true) {
                return true;
            }
        }
        false
    }

    /// The value of a column at the sample at hand.
    pub(super) fn value(&self, column: Column) -> Option<Value> {
        let i = usize::from(column.side == Side::Right);
        if !self.present[i] {
            return None;
        }
        let (foot, sample) = (self.recording.foot(column.side), self.sample - 1);
        let single = |values: Option<&Vec<f32>>| {
            values
                .and_then(|v| v.get(sample))
                .copied()
                .map(Value::Single)
        };
        match column.quantity {
            Quantity::Counter => Some(Value::Counter(sample as u16)),
            Quantity::Host => {
                let arrival = foot
                    .arrivals
                    .get(self.next[i].1)
                    .filter(|a| a.sample == sample);
                arrival.map(|a| Value::Double(a.host_s))
            }
            Quantity::Force(_) => foot.force.get(sample).copied().map(Value::Double),
            Quantity::Pressure(k) | Quantity::SensorForce(k) => single(foot.sensors.get(k)),
            Quantity::Motion(k) => {
                let motion = foot.motion.as_ref();
                let all = motion.map(|m| m.acceleration_g.iter().chain(&m.angular_velocity_dps));
                single(all.and_then(|mut all| all.nth(k)))
            }
            Quantity::Cop => single(Some(&foot.cop_ap_m)),
        }
    }
}

fn is_even(foot: &FootSignal, schema: &Schema) -> bool {
    let fits = |values: &Vec<f32>| values.len() == foot.force.len();
    let motion = foot.motion.as_ref();
    foot.sensors.len() == schema.shape.sensors
        && foot.sensors.iter().all(fits)
        && motion.is_none_or(|m| {
            m.acceleration_g
                .iter()
                .chain(&m.angular_velocity_dps)
                .all(fits)
        })
        && (!schema.shape.cop || fits(&foot.cop_ap_m))
}

/// Writes NDJSON or CSV.
pub(super) fn text(
    recording: &Recording,
    format: Format,
    out: &mut impl Write,
) -> Result<(), WriteError> {
    let mut table = Table::new(recording)?;
    let json = format == Format::StreamNdjson;
    let head = if json {
        ndjson_head(&table.schema)
    } else {
        csv_head(&table.schema)
    };
    out.write_all(head.as_bytes())?;
    let columns: Vec<Column> = table.schema.columns.iter().copied().flatten().collect();
    let (mut line, mut rows) = (Vec::new(), 0_usize);
    while table.advance() {
        line.clear();
        for (i, column) in columns.iter().enumerate() {
            line.push(if i > 0 { b',' } else { b'[' });
            match table.value(*column) {
                Some(Value::Counter(value)) => write!(line, "{value}")?,
                Some(Value::Double(value)) => write!(line, "{value}")?,
                Some(Value::Single(value)) => write!(line, "{value}")?,
                None if json => line.extend_from_slice(b"null"),
                None => {}
            }
        }
        line.extend_from_slice(if json { b"]\n" } else { b"\n" });
        // CSV rows have no bracket.
        out.write_all(line.get(usize::from(!json)..).unwrap_or_default())?;
        rows += 1;
    }
    if json {
        writeln!(out, "{{\"rows\":{rows}}}")?;
    } else {
        writeln!(out, "# end rows={rows}")?;
    }
    Ok(out.flush()?)
}

fn ndjson_head(schema: &Schema) -> String {
    let names: Vec<String> = schema.names().map(|name| format!("\"{name}\"")).collect();
    let layout = schema
        .layout_id
        .as_ref()
        .map_or_else(String::new, |id| format!("\"layout\":\"{id}\","));
    format!(
        "{{\"{KEY}\":{VERSION},\"sampling_hz\":{},{layout}\"columns\":[{}]}}\n",
        schema.sampling_hz,
        names.join(",")
    )
}

fn csv_head(schema: &Schema) -> String {
    let names: Vec<String> = schema.names().collect();
    let layout = schema
        .layout_id
        .as_ref()
        .map_or_else(String::new, |id| format!("; layout={id}"));
    format!(
        "{CSV_MARK}{VERSION}; sampling_hz={}{layout}\n{}\n",
        schema.sampling_hz,
        names.join(",")
    )
}

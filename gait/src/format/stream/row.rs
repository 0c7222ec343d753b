//! One row of the stream as its cells are read, and the rules it keeps.

use super::super::columns::MOTION;
use super::super::lines::Cell;
use super::super::number;
use super::super::rows::Rule;
use super::schema::{Quantity, Schema};
use crate::recording::Side;

/// No insole reads this, whatever the unit.
const MAX_VALUE: f64 = 20_000.0;
/// No host's clock reads this, s.
const MAX_HOST_S: f64 = 1e12;

/// Where a cell goes.
#[derive(Clone, Copy)]
enum Slot {
    Unknown,
    Counter(usize),
    Host(usize),
    Force(usize),
    /// Foot, place among the values, and what is counted.
    Value(usize, usize, Kind),
}

#[derive(Clone, Copy)]
enum Kind {
    Sensor,
    Motion,
    Cop,
}

/// One foot's part of a row.
#[derive(Default)]
pub(super) struct Part {
    counter: Option<u16>,
    pub(super) host_s: Option<f64>,
    force: Option<f64>,
    /// Sensors, motion, centre of pressure.
    pub(super) values: Vec<f32>,
    sensors: usize,
    motions: usize,
    cops: usize,
}

/// The row at hand.
pub(super) struct Row {
    slots: Vec<Slot>,
    pub(super) parts: [Part; 2],
}

impl Row {
    pub(super) fn new(schema: &Schema) -> Self {
        let part = || Part {
            values: vec![0.0; schema.shape.width()],
            ..Part::default()
        };
        Self {
            slots: slots(schema),
            parts: [part(), part()],
        }
    }

    /// Reads a row, cell by cell.
    pub(super) fn read<'a>(
        &mut self,
        mut cells: impl Iterator<Item = Cell<'a>>,
    ) -> Result<(), Rule> {
        let columns = self.slots.len();
        let wrong_count = || Rule::from(format!("has {columns} cells"));
        self.parts.iter_mut().for_each(Part::clear);
        for slot in &self.slots {
            let cell = cells.next().ok_or_else(wrong_count)?;
            set(&mut self.parts, *slot, cell)?;
        }
        match cells.next() {
            Some(_) => Err(wrong_count()),
            None => Ok(()),
        }
    }
}

fn slots(schema: &Schema) -> Vec<Slot> {
    let sensors = schema.shape.sensors;
    let last = schema.shape.width().saturating_sub(1);
    let slot = |column: &Option<super::schema::Column>| {
        let Some(column) = column else {
            return Slot::Unknown;
        };
        let foot = usize::from(column.side == Side::Right);
        match column.quantity {
            Quantity::Counter => Slot::Counter(foot),
            Quantity::Host => Slot::Host(foot),
            Quantity::Force(_) => Slot::Force(foot),
            Quantity::Pressure(i) | Quantity::SensorForce(i) => Slot::Value(foot, i, Kind::Sensor),
            Quantity::Motion(i) => Slot::Value(foot, sensors + i, Kind::Motion),
            Quantity::Cop => Slot::Value(foot, last, Kind::Cop),
        }
    };
    schema.columns.iter().map(slot).collect()
}

#[inline]
fn set(parts: &mut [Part; 2], slot: Slot, cell: Cell<'_>) -> Result<(), &'static str> {
    let (Slot::Counter(foot) | Slot::Host(foot) | Slot::Force(foot) | Slot::Value(foot, _, _)) =
        slot
    else {
        return Ok(());
    };
    let (value, text) = match cell {
        Cell::Empty => return Ok(()),
        Cell::Number(value, text) => (value, text),
        Cell::Text(_) => return Err("cells are empty or finite numbers"),
    };
    let Some(part) = parts.get_mut(foot) else {
        return Ok(());
    };
    let most = if matches!(slot, Slot::Host(_)) {
        MAX_HOST_S
    } else {
        MAX_VALUE
    };
    match slot {
        Slot::Counter(_) => part.counter = Some(counter(value)?),
        _ if value.abs() > most => return Err("values lie within 20000"),
        Slot::Host(_) => part.host_s = Some(value),
        Slot::Force(_) => part.force = Some(value),
        Slot::Value(_, place, kind) => {
            let value = number::single(value, text).ok_or("cells are empty or finite numbers")?;
            if let Some(slot) = part.values.get_mut(place) {
                *slot = value;
            }
            match kind {
                Kind::Sensor => part.sensors += 1,
                Kind::Motion => part.motions += 1,
                Kind::Cop => part.cops += 1,
            }
        }
        Slot::Unknown => {}
    }
    Ok(())
}

fn counter(value: f64) -> Result<u16, &'static str> {
    let whole = value as u16;
    if f64::from(whole) == value {
        Ok(whole)
    } else {
        Err("counters are whole numbers from 0 to 65535")
    }
}

impl Part {
    /// Forgets the row before; values are overwritten where they are read.
    const fn clear(&mut self) {
        self.counter = None;
        self.host_s = None;
        self.force = None;
        self.sensors = 0;
        self.motions = 0;
        self.cops = 0;
    }

    /// Whether the row has the motion of this foot.
    pub(super) const fn moves(&self) -> bool {
        self.motions == MOTION
    }

    /// Counter and force if this foot is in the row; `None` if nothing of it is.
    pub(super) fn judge(&mut self, schema: &Schema) -> Result<Option<(u16, f64)>, &'static str> {
        let Some(counter) = self.counter else {
            let nothing = self.force.is_none()
                && self.host_s.is_none()
                && self.sensors + self.motions + self.cops == 0;
            let rule = "a foot with values has its counter";
            return if nothing { Ok(None) } else { Err(rule) };
        };
        let shape = schema.shape;
        let whole = self.sensors == shape.sensors
            && self.force.is_some() == schema.has_force
            && (self.cops > 0) == shape.cop
            && matches!(self.motions, 0 | MOTION);
        if !whole {
            return Err("a foot has all of its values or none");
        }
        if self.motions == 0 && shape.motion {
            let motion = self.values.get_mut(shape.sensors..shape.sensors + MOTION);
            motion.unwrap_or_default().fill(0.0);
        }
        let force = self.force.unwrap_or_else(|| {
            let weighed = schema.weights.iter().zip(&self.values);
            weighed
                .map(|(weight, value)| weight * f64::from(*value))
                .sum()
        });
        Ok(Some((counter, force)))
    }
}

//! The columns of the stream: names with their units, and the rules they keep.

use super::super::columns::{MOTION, Shape};
use super::super::rows::Rule;
use crate::layout;
use crate::recording::{ForceUnit, Recording, Side};

/// Most sensors of a foot.
const MAX_SENSORS: usize = 256;
/// Most columns of a stream.
const MAX_COLUMNS: usize = 1024;

const MOTION_NAMES: [&str; MOTION] = [
    "acceleration_x_g",
    "acceleration_y_g",
    "acceleration_z_g",
    "angular_velocity_x_dps",
    "angular_velocity_y_dps",
    "angular_velocity_z_dps",
];

/// What a column of one foot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// Sample counter, 16 bits, wraps.
    Counter,
    /// When the host received the frame, s.
    Host,
    /// Total force.
    Force(ForceUnit),
    /// Pressure of a sensor, N/cm².
    Pressure(usize),
    /// Force of a sensor, N.
    SensorForce(usize),
    /// Acceleration x y z in g, angular velocity x y z in degrees per second.
    Motion(usize),
    /// Centre of pressure along the foot, m.
    Cop,
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) side: Side,
    pub(super) quantity: Quantity,
}

impl Column {
    pub(super) fn name(self) -> String {
        let side = self.side;
        match self.quantity {
            Quantity::Counter => format!("{side}_counter"),
            Quantity::Host => format!("{side}_host_s"),
            Quantity::Force(ForceUnit::Newton) => format!("{side}_force_n"),
            Quantity::Force(ForceUnit::Uncalibrated) => format!("{side}_force_raw"),
            Quantity::Pressure(i) => format!("{side}_pressure_{}_n_per_cm2", i + 1),
            Quantity::SensorForce(i) => format!("{side}_sensor_force_{}_n", i + 1),
            Quantity::Motion(i) => {
                format!("{side}_{}", MOTION_NAMES.get(i).unwrap_or(&"motion"))
            }
            Quantity::Cop => format!("{side}_cop_ap_m"),
        }
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        let (side, rest) = name.split_once('_')?;
        let side = Side::BOTH.into_iter().find(|s| s.as_str() == side)?;
        let numbered = |start: &str, end: &str| {
            let number: usize = rest.strip_prefix(start)?.strip_suffix(end)?.parse().ok()?;
            number.checked_sub(1).filter(|i| *i < MAX_SENSORS)
        };
        let quantity = match rest {
            "counter" => Quantity::Counter,
            "host_s" => Quantity::Host,
            "force_n" => Quantity::Force(ForceUnit::Newton),
            "force_raw" => Quantity::Force(ForceUnit::Uncalibrated),
            "cop_ap_m" => Quantity::Cop,
            _ => numbered("pressure_", "_n_per_cm2")
                .map(Quantity::Pressure)
                .or_else(|| numbered("sensor_force_", "_n").map(Quantity::SensorForce))
                .or_else(|| {
                    let axis = MOTION_NAMES.iter().position(|n| *n == rest)?;
                    Some(Quantity::Motion(axis))
                })?,
        };
        Some(Self { side, quantity })
    }
}

/// A stream's head.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Schema {
    pub(super) sampling_hz: f64,
    pub(super) layout_id: Option<String>,
    pub(super) force_unit: ForceUnit,
    /// `None` for a column of an unknown name.
    pub(super) columns: Vec<Option<Column>>,
    /// The same for both feet.
    pub(super) shape: Shape,
    pub(super) has_host: bool,
    pub(super) has_force: bool,
    /// Area of each sensor, cm², or 1 where it gives force: what a missing force column is made of.
    pub(super) weights: Vec<f64>,
}

impl Schema {
    /// A head from its parts, judged.
    pub(super) fn new<'a>(
        version: u32,
        sampling_hz: f64,
        layout_id: Option<String>,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<Self, Rule> {
        if version != super::VERSION {
            return Err(format!("is version {} of the stream", super::VERSION).into());
        }
        if !(10.0..=1000.0).contains(&sampling_hz) {
            return Err("the sampling rate is 10 to 1000 Hz".into());
        }
        let columns: Vec<_> = names.take(MAX_COLUMNS + 1).map(Column::of_name).collect();
        if columns.len() > MAX_COLUMNS {
            return Err(format!("has at most {MAX_COLUMNS} columns").into());
        }
        let layout_id = layout_id.filter(|id| !id.is_empty());
        if layout_id.as_ref().is_some_and(|id| !is_id(id)) {
            return Err("the layout is named by at most 40 letters, digits, - and _".into());
        }
        Self::judge(sampling_hz, layout_id, columns)
    }

    fn judge(
        sampling_hz: f64,
        layout_id: Option<String>,
        columns: Vec<Option<Column>>,
    ) -> Result<Self, Rule> {
        let [left, right] = Side::BOTH.map(|side| Foot::new(&columns, side));
        let (left, right) = (left?, right?);
        if left != right {
            return Err("has the same columns for both feet".into());
        }
        let Foot {
            shape,
            force,
            host,
            kind,
        } = left;
        let weights = weights(layout_id.as_deref(), shape.sensors, kind)?;
        if force.is_none() && weights.is_empty() {
            return Err("has a force column where the sensors' areas are not known".into());
        }
        Ok(Self {
            sampling_hz,
            layout_id,
            force_unit: force.unwrap_or(ForceUnit::Newton),
            columns,
            shape,
            has_host: host,
            has_force: force.is_some(),
            weights,
        })
    }

    /// The head that holds a recording.
    pub(super) fn of(recording: &Recording) -> Self {
        let feet = [&recording.left, &recording.right];
        let shape = Shape {
            sensors: feet.iter().map(|f| f.sensors.len()).max().unwrap_or(0),
            motion: feet.iter().any(|f| f.motion.is_some()),
            cop: feet.iter().any(|f| !f.cop_ap_m.is_empty()),
        };
        let has_host = feet.iter().any(|f| !f.arrivals.is_empty());
        let known = recording.layout_id.as_deref().and_then(layout::by_id);
        let forces = known.is_some_and(|l| l.sensors.iter().any(|s| s.area_cm2.is_none()));
        let quantities = quantities(shape, has_host, forces, recording.force_unit);
        let columns = Side::BOTH.into_iter().flat_map(|side| {
            let column = move |quantity| Some(Column { side, quantity });
            quantities.iter().copied().map(column).collect::<Vec<_>>()
        });
        Self {
            sampling_hz: recording.sampling_hz,
            layout_id: recording.layout_id.clone(),
            force_unit: recording.force_unit,
            columns: columns.collect(),
            shape,
            has_host,
            has_force: true,
            weights: Vec::new(),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.columns.iter().flatten().map(|column| column.name())
    }
}

/// The columns of one foot in the order they are written.
fn quantities(shape: Shape, host: bool, forces: bool, unit: ForceUnit) -> Vec<Quantity> {
    let mut quantities = vec![Quantity::Counter];
    quantities.extend(host.then_some(Quantity::Host));
    quantities.push(Quantity::Force(unit));
    quantities.extend((0..shape.sensors).map(|i| match forces {
        true => Quantity::SensorForce(i),
        false => Quantity::Pressure(i),
    }));
    if shape.motion {
        quantities.extend((0..MOTION).map(Quantity::Motion));
    }
    quantities.extend(shape.cop.then_some(Quantity::Cop));
    quantities
}

fn is_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    id.len() <= 40 && id.chars().all(plain)
}

/// What the sensors of a foot give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pressure,
    Force,
}

#[derive(PartialEq)]
struct Foot {
    shape: Shape,
    force: Option<ForceUnit>,
    host: bool,
    kind: Option<Kind>,
}

impl Foot {
    fn new(columns: &[Option<Column>], side: Side) -> Result<Self, Rule> {
        let quantities: Vec<Quantity> = columns
            .iter()
            .flatten()
            .filter(|column| column.side == side)
            .map(|column| column.quantity)
            .collect();
        if (1..quantities.len()).any(|i| {
            quantities
                .iter()
                .take(i)
                .any(|q| Some(q) == quantities.get(i))
        }) {
            return Err("names each column once".into());
        }
        let count = |is: fn(&Quantity) -> bool| quantities.iter().filter(|q| is(q)).count();
        let pressures = count(|q| matches!(q, Quantity::Pressure(_)));
        let forces = count(|q| matches!(q, Quantity::SensorForce(_)));
        let motions = count(|q| matches!(q, Quantity::Motion(_)));
        if !quantities.contains(&Quantity::Counter) {
            return Err(format!("has a column \"{side}_counter\"").into());
        }
        if pressures > 0 && forces > 0 {
            return Err("sensors give either pressure or force".into());
        }
        if !matches!(motions, 0 | MOTION) {
            return Err("has all six motion columns of a foot or none".into());
        }
        let sensors = pressures + forces;
        let numbered = quantities.iter().all(|q| match q {
            Quantity::Pressure(i) | Quantity::SensorForce(i) => *i < sensors,
            _ => true,
        });
        if !numbered {
            return Err("sensors are numbered from 1 without a hole".into());
        }
        let mut units = quantities.iter().filter_map(|q| match q {
            Quantity::Force(unit) => Some(*unit),
            _ => None,
        });
        let force = units.next();
        if units.next().is_some() {
            return Err("has one total force per foot".into());
        }
        Ok(Self {
            shape: Shape {
                sensors,
                motion: motions > 0,
                cop: quantities.contains(&Quantity::Cop),
            },
            force,
            host: quantities.contains(&Quantity::Host),
            kind: (pressures > 0)
                .then_some(Kind::Pressure)
                .or((forces > 0).then_some(Kind::Force)),
        })
    }
}

/// Area of each sensor, or 1 where it gives force; nothing when they are not known.
fn weights(layout_id: Option<&str>, sensors: usize, kind: Option<Kind>) -> Result<Vec<f64>, Rule> {
    let Some(known) = layout_id.and_then(layout::by_id) else {
        return match kind {
            Some(Kind::Force) => Err("sensors that give force have a known layout".into()),
            _ => Ok(Vec::new()),
        };
    };
    if sensors == 0 {
        return Ok(Vec::new());
    }
    let gives_force = known.sensors.iter().any(|s| s.area_cm2.is_none());
    if known.sensors.len() != sensors {
        return Err(format!("layout {} has {} sensors", known.id, known.sensors.len()).into());
    }
    if gives_force != (kind == Some(Kind::Force)) {
        let what = if gives_force { "force" } else { "pressure" };
        return Err(format!("sensors of layout {} give {what}", known.id).into());
    }
    Ok(known
        .sensors
        .iter()
        .map(|s| s.area_cm2.unwrap_or(1.0))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_columns_are_one_to_one() {
        let shape = Shape {
            sensors: 16,
            motion: true,
            cop: true,
        };
        for forces in [false, true] {
            for unit in [ForceUnit::Newton, ForceUnit::Uncalibrated] {
                for quantity in quantities(shape, true, forces, unit) {
                    for side in Side::BOTH {
                        let column = Column { side, quantity };
                        assert_eq!(Column::of_name(&column.name()), Some(column));
                    }
                }
            }
        }
        for foreign in [
            "",
            "left",
            "left_",
            "middle_counter",
            "left_pressure_0_n_per_cm2",
            "left_pressure_999_n_per_cm2",
            "right_motion",
        ] {
            assert_eq!(Column::of_name(foreign), None, "{foreign}");
        }
    }
}

//! Pressure under the foot: centre of pressure, regions, arch and side-to-side loading of one stance.

mod anatomy;
mod arch;
mod cop;
mod cpei;
mod phases;
mod session;
mod stance;
#[cfg(test)]
mod tests;

pub(crate) use anatomy::{Anatomy, MOST_FAILED, NEIGHBOURS};
pub use session::{
    FootPressure, PEAK_BIN_KPA, PeakPressure, PhaseCounts, PointSpread, RegionTotals,
};
pub(crate) use stance::{Scale, StanceReader, weights};

/// Points of a centre-of-pressure path, evenly spaced over the stance.
pub const PATH_POINTS: usize = 21;

/// What single sensors tell of one stance. Positions and shares depend on the sensor layout: compare within one only.
#[derive(Clone, Debug, PartialEq)]
pub struct Plantar {
    /// Centre of pressure at [`PATH_POINTS`] moments of the stance; absent when it cannot be followed from contact to
    /// toe-off.
    pub path: Option<CopPath>,
    /// Centre of Pressure Excursion Index, percent of the foot's width; low: medial loading, high: lateral loading.
    pub cpei_pct: Option<f64>,
    /// How far the centre of pressure travels along the foot, insole lengths.
    pub cop_length: Option<f64>,
    /// How far it strays across the foot, insole widths.
    pub cop_width: Option<f64>,
    /// Midfoot impulse over the impulse of heel, midfoot and forefoot (toes left out), 0 to 1.
    pub mid_load: Option<f64>,
    /// Medial arch impulse over medial arch and lateral midfoot impulse, 0 to 1.
    pub malr: Option<f64>,
    /// Medial impulse over medial and lateral impulse (toes left out), 0 to 1.
    pub mlr: Option<f64>,
    /// The same of the forefoot alone, 0 to 1.
    pub fmlr: Option<f64>,
    /// Forefoot and toe impulse over the whole impulse, 0 to 1.
    pub forefoot_share: Option<f64>,
    /// Load of each region, in the order in which the layout first names them.
    pub regions: Vec<RegionLoad>,
    /// Whether the stance went heel, flat, push-off.
    pub phases: StancePhases,
}

/// Centre of pressure over a stance. x in insole lengths from the middle (heel -0.5, toes +0.5), y in insole widths from
/// the mid line, growing to the big toe. On layouts in the maker's own grid the span of the sensors is the length and the
/// distance of their columns the width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CopPath {
    /// Along the foot.
    pub x: [f64; PATH_POINTS],
    /// Across the foot.
    pub y: [f64; PATH_POINTS],
}

/// Load of one region during one stance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegionLoad {
    /// Its share of the stance's whole impulse, 0 to 1.
    pub impulse_share: f64,
    /// Highest pressure of its sensors, kPa; absent for layouts that give force.
    pub peak_pressure_kpa: Option<f64>,
    /// Highest pressure of its sensors integrated over the stance, kPa s; absent for layouts that give force.
    pub pressure_time_kpa_s: Option<f64>,
    /// Whether a sensor of the region failed and was filled in from its neighbours.
    pub imputed: bool,
}

/// Order of ground contacts within one stance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StancePhases {
    /// Heel only, then heel and forefoot, then forefoot only.
    Typical,
    /// Any other order, such as landing on the forefoot.
    Atypical,
    /// The sensors do not allow to say.
    Unknown,
}

//! Pressure under one foot over a session, in a form that merges exactly: counts, means, sums of squared deviations.

use serde::{Deserialize, Serialize};

use super::{CopPath, PATH_POINTS, Plantar, RegionLoad, StancePhases};
use crate::moments::Moments;

/// Width of the bins of [`PeakPressure`], kPa.
pub const PEAK_BIN_KPA: f64 = 10.0;
/// Bins of [`PeakPressure`]; the last one takes everything above.
const PEAK_BINS: usize = 64;

/// Mean and spread of one coordinate over the strides that have a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointSpread {
    /// Mean.
    pub mean: f64,
    /// Sum of squared deviations from the mean.
    pub m2: f64,
}

impl PointSpread {
    /// Adds a value; `share` is one over the number of values with it.
    fn push(&mut self, value: f64, share: f64) {
        let delta = value - self.mean;
        self.mean += delta * share;
        self.m2 += delta * (value - self.mean);
    }

    fn merge(&mut self, n: f64, other: &Self, m: f64) {
        let whole = n + m;
        if whole > 0.0 {
            let delta = other.mean - self.mean;
            self.mean = (n * self.mean + m * other.mean) / whole;
            self.m2 += other.m2 + delta * delta * n * m / whole;
        }
    }

    /// Standard deviation (n - 1) over `n` strides; `None` below two.
    #[must_use]
    pub fn sd(&self, n: u64) -> Option<f64> {
        (n >= 2).then(|| (self.m2.max(0.0) / (n - 1) as f64).sqrt())
    }
}

/// Counts of stance phase orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseCounts {
    /// Heel, flat, push-off.
    pub typical: u64,
    /// Any other order.
    pub atypical: u64,
    /// Not told.
    pub unknown: u64,
}

/// Highest pressure per stride, kPa: moments, and counts per bin of [`PEAK_BIN_KPA`] for quantiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeakPressure {
    /// Moments, kPa.
    pub moments: Moments,
    /// Smallest, kPa.
    pub least_kpa: f64,
    /// Largest, kPa.
    pub largest_kpa: f64,
    /// Strides per bin from 0 kPa; trailing empty bins are left out.
    pub bins: Vec<u64>,
}

impl PeakPressure {
    fn bin(kpa: f64) -> usize {
        ((kpa / PEAK_BIN_KPA).floor().max(0.0) as usize).min(PEAK_BINS - 1)
    }

    fn merge(&mut self, other: &Self) {
        self.moments = self.moments.merge(&other.moments);
        self.least_kpa = self.least_kpa.min(other.least_kpa);
        self.largest_kpa = self.largest_kpa.max(other.largest_kpa);
        if self.bins.len() < other.bins.len() {
            self.bins.resize(other.bins.len(), 0);
        }
        for (count, more) in self.bins.iter_mut().zip(&other.bins) {
            *count += more;
        }
    }

    /// The pressure that a share `p` (0 to 1) of the strides does not pass, within half a bin, kPa.
    #[must_use]
    pub fn quantile_kpa(&self, p: f64) -> f64 {
        let rank = p.clamp(0.0, 1.0) * self.moments.n as f64;
        let mut below = 0.0;
        for (k, &count) in self.bins.iter().enumerate() {
            let count = count as f64;
            if count > 0.0 && below + count >= rank {
                let inside = (rank - below) / count;
                let value = PEAK_BIN_KPA * (k as f64 + inside);
                return value.clamp(self.least_kpa, self.largest_kpa);
            }
            below += count;
        }
        self.largest_kpa
    }
}

/// Load of one region over a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionTotals {
    /// Share of the stance's impulse, 0 to 1.
    pub impulse_share: Moments,
    /// Highest pressure per stride; absent for layouts that give force.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub peak_pressure_kpa: Option<PeakPressure>,
    /// Pressure-time integral per stride, kPa s; its sum is n times its mean. Absent for layouts that give force.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pressure_time_kpa_s: Option<Moments>,
    /// Strides in which a sensor of the region had failed and was filled in from its neighbours.
    pub imputed: u64,
}

impl RegionTotals {
    fn merge(&mut self, other: &Self) {
        self.impulse_share = self.impulse_share.merge(&other.impulse_share);
        match (&mut self.peak_pressure_kpa, &other.peak_pressure_kpa) {
            (Some(mine), Some(theirs)) => mine.merge(theirs),
            (mine @ None, Some(theirs)) => *mine = Some(theirs.clone()),
            (_, None) => {}
        }
        self.pressure_time_kpa_s = match (self.pressure_time_kpa_s, other.pressure_time_kpa_s) {
            (Some(mine), Some(theirs)) => Some(mine.merge(&theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        self.imputed += other.imputed;
    }

    /// Sum of the pressure-time integrals of all strides, kPa s.
    #[must_use]
    pub fn pressure_time_sum_kpa_s(&self) -> Option<f64> {
        self.pressure_time_kpa_s.map(|m| m.mean * m.n as f64)
    }
}

/// Moments while they grow; what is not finite spoils them.
#[derive(Clone, Copy, Debug, Default)]
struct Growing {
    moments: Option<Moments>,
    spoilt: bool,
}

impl Growing {
    fn add(&mut self, value: f64) {
        self.spoilt |= !value.is_finite();
        self.moments = Some(self.moments.map_or(Moments::one(value), |m| m.push(value)));
    }

    fn finish(self) -> Option<Moments> {
        self.moments.filter(|_| !self.spoilt)
    }
}

/// What grows into [`RegionTotals`], stance by stance.
#[derive(Clone, Debug)]
struct RegionSums {
    impulse_share: Growing,
    peak_kpa: Growing,
    least_kpa: f64,
    largest_kpa: f64,
    bins: [u64; PEAK_BINS],
    pressure_time_kpa_s: Growing,
    imputed: u64,
}

impl RegionSums {
    const EMPTY: Self = Self {
        impulse_share: Growing {
            moments: None,
            spoilt: false,
        },
        peak_kpa: Growing {
            moments: None,
            spoilt: false,
        },
        least_kpa: f64::INFINITY,
        largest_kpa: 0.0,
        bins: [0; PEAK_BINS],
        pressure_time_kpa_s: Growing {
            moments: None,
            spoilt: false,
        },
        imputed: 0,
    };

    fn add(&mut self, load: &RegionLoad) {
        self.impulse_share.add(load.impulse_share);
        if let Some(kpa) = load.peak_pressure_kpa {
            self.peak_kpa.add(kpa);
            self.least_kpa = self.least_kpa.min(kpa);
            self.largest_kpa = self.largest_kpa.max(kpa);
            if let Some(count) = self.bins.get_mut(PeakPressure::bin(kpa)) {
                *count += 1;
            }
        }
        if let Some(kpa_s) = load.pressure_time_kpa_s {
            self.pressure_time_kpa_s.add(kpa_s);
        }
        self.imputed += u64::from(load.imputed);
    }

    fn finish(&self) -> Option<RegionTotals> {
        let bins = self.bins.get(..=PeakPressure::bin(self.largest_kpa));
        let peak = self.peak_kpa.finish().map(|moments| PeakPressure {
            moments,
            least_kpa: self.least_kpa,
            largest_kpa: self.largest_kpa,
            bins: bins.unwrap_or_default().to_vec(),
        });
        Some(RegionTotals {
            impulse_share: self.impulse_share.finish()?,
            peak_pressure_kpa: peak,
            pressure_time_kpa_s: self.pressure_time_kpa_s.finish(),
            imputed: self.imputed,
        })
    }
}

/// Pressure under one foot over the strides used. Only equal layouts merge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FootPressure {
    /// Strides with pressure.
    pub n: u64,
    /// Strides of them whose centre of pressure could be followed from contact to toe-off.
    pub path_n: u64,
    /// Along the foot, insole lengths, at [`PATH_POINTS`] moments of the stance.
    pub path_x: Vec<PointSpread>,
    /// Across the foot, insole widths.
    pub path_y: Vec<PointSpread>,
    /// Per region, in the order in which the layout first names them.
    pub regions: Vec<RegionTotals>,
    /// Orders of stance phases.
    pub phases: PhaseCounts,
}

impl FootPressure {
    /// Totals of the stances; `None` when there are none.
    #[must_use]
    pub fn of<'a>(stances: impl IntoIterator<Item = &'a Plantar>) -> Option<Self> {
        let mut stances = stances.into_iter().peekable();
        // All regions of a stance at once: their sums do not wait for each other.
        let mut regions = vec![RegionSums::EMPTY; stances.peek()?.regions.len()];
        let mut totals = Self {
            n: 0,
            path_n: 0,
            path_x: vec![PointSpread::default(); PATH_POINTS],
            path_y: vec![PointSpread::default(); PATH_POINTS],
            regions: Vec::new(),
            phases: PhaseCounts::default(),
        };
        for stance in stances {
            totals.n += 1;
            for (sums, load) in regions.iter_mut().zip(&stance.regions) {
                sums.add(load);
            }
            match stance.phases {
                StancePhases::Typical => totals.phases.typical += 1,
                StancePhases::Atypical => totals.phases.atypical += 1,
                StancePhases::Unknown => totals.phases.unknown += 1,
            }
            if let Some(path) = &stance.path {
                totals.add_path(path);
            }
        }
        totals.regions = regions
            .iter()
            .map(RegionSums::finish)
            .collect::<Option<_>>()?;
        Some(totals)
    }

    /// Adds one path by Welford's recurrence.
    fn add_path(&mut self, path: &CopPath) {
        self.path_n += 1;
        let share = 1.0 / self.path_n as f64;
        let along = self.path_x.iter_mut().zip(&path.x);
        let across = self.path_y.iter_mut().zip(&path.y);
        for (point, value) in along.chain(across) {
            point.push(*value, share);
        }
    }

    /// Both sets of strides together (Chan, Golub & LeVeque 1983). Exact up to rounding in any order.
    pub fn merge(&mut self, other: &Self) {
        let (n, m) = (self.path_n as f64, other.path_n as f64);
        let along = self.path_x.iter_mut().zip(&other.path_x);
        let across = self.path_y.iter_mut().zip(&other.path_y);
        for (mine, theirs) in along.chain(across) {
            mine.merge(n, theirs, m);
        }
        self.path_n += other.path_n;
        self.n += other.n;
        for (mine, theirs) in self.regions.iter_mut().zip(&other.regions) {
            mine.merge(theirs);
        }
        self.phases.typical += other.phases.typical;
        self.phases.atypical += other.phases.atypical;
        self.phases.unknown += other.phases.unknown;
    }
}

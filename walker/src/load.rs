//! The pressures of a contact under the foot: impulse shares, ratios of regions, centre of pressure. By definitions
//! written independently of the engine's code.

use gait::layout::Layout;

use crate::contact::{Contact, bisect};
use crate::grf::StanceCurve;
use crate::maths::{atan, cos};
use crate::sensors::ShareTable;
use crate::tired::is_forefoot;
use crate::truth::{CopPoint, LoadingTruth, PlantarTruth};

/// Steps of the midpoint rule over a mean stance, and over each single contact.
const MEAN_STEPS: u32 = 400;
const CONTACT_STEPS: u32 = 100;
/// Centre-of-pressure samples count while the force exceeds this, body weights.
const CPEI_FORCE_BW: f64 = 0.10;
/// Distal third of the insole, insole lengths from the middle.
const CPEI_X: f64 = 0.5 - 1.0 / 3.0;

/// The load of one foot over a mean stance.
#[must_use]
pub fn loading(layout: &Layout, table: &ShareTable, curve: &StanceCurve) -> LoadingTruth {
    let cop = (0..=20).map(|step| {
        let phase = f64::from(step) / 20.0;
        let at = table.centre_of_pressure(phase);
        CopPoint {
            phase,
            x: at.x,
            y: at.y,
        }
    });
    let force = |phase| (curve.force_bw(phase), phase);
    let share = impulse_shares(layout.sensors.len(), table, MEAN_STEPS, force);
    let sums = Sums::of(layout, &share);
    LoadingTruth {
        cop: cop.collect(),
        mid_load: sums.mid_load(),
        medial_arch_load_ratio: arch_ratio(&share),
        medial_lateral_ratio: sums.mlr(),
        cpei_pct: is_insole(layout).then(|| cpei_pct(table, |phase| curve.force_bw(phase))),
        impulse_share: share,
    }
}

/// The pressures of one contact.
pub(crate) fn plantar(layout: &Layout, table: &ShareTable, contact: &Contact) -> PlantarTruth {
    let time_s = |phase: f64| contact.ic_s + phase * (contact.fc_s - contact.ic_s);
    let force = |phase: f64| contact.scale * contact.curve.force_bw(phase);
    let load = |phase| (force(phase), contact.roll_phase(time_s(phase)));
    let share = impulse_shares(layout.sensors.len(), table, CONTACT_STEPS, load);
    let sums = Sums::of(layout, &share);
    let followed = is_insole(layout) && !contact.forefoot_first;
    PlantarTruth {
        mid_load: sums.mid_load(),
        malr: arch_ratio(&share),
        mlr: sums.mlr(),
        fmlr: sums.fore_medial / (sums.fore_medial + sums.fore_lateral),
        forefoot_share: sums.forefoot,
        cpei_pct: followed.then(|| cpei_pct(table, force)),
        sensor_share: share,
    }
}

fn is_insole(layout: &Layout) -> bool {
    layout.id == "moticon-16"
}

/// Impulse shares of groups of regions.
#[derive(Default)]
struct Sums {
    midfoot: f64,
    without_toes: f64,
    medial: f64,
    lateral: f64,
    fore_medial: f64,
    fore_lateral: f64,
    forefoot: f64,
}

impl Sums {
    fn of(layout: &Layout, shares: &[f64]) -> Self {
        let mut sums = Self::default();
        for (sensor, share) in layout.sensors.iter().zip(shares) {
            let region = sensor.region.as_str();
            let add = |sum: &mut f64, wanted: bool| *sum += if wanted { *share } else { 0.0 };
            let (medial, lateral) = (is_medial(region), is_lateral(region));
            let (fore, toes) = (is_forefoot(region), is_toes(region));
            add(&mut sums.midfoot, is_midfoot(region));
            add(&mut sums.without_toes, !toes);
            add(&mut sums.medial, medial);
            add(&mut sums.lateral, lateral);
            add(&mut sums.fore_medial, fore && medial);
            add(&mut sums.fore_lateral, fore && lateral);
            add(&mut sums.forefoot, fore);
        }
        sums
    }

    fn mid_load(&self) -> f64 {
        self.midfoot / self.without_toes
    }

    fn mlr(&self) -> f64 {
        self.medial / (self.medial + self.lateral)
    }
}

fn is_toes(region: &str) -> bool {
    region.starts_with("toe") || region == "hallux"
}

fn is_midfoot(region: &str) -> bool {
    region.starts_with("midfoot") || region == "medial_arch"
}

fn is_medial(region: &str) -> bool {
    matches!(
        region,
        "heel_medial"
            | "midfoot_medial"
            | "medial_arch"
            | "mth1"
            | "mth2"
            | "rear_medial"
            | "fore_medial"
    )
}

fn is_lateral(region: &str) -> bool {
    matches!(
        region,
        "heel_lateral"
            | "midfoot_lateral"
            | "mth3"
            | "mth4"
            | "mth5"
            | "rear_lateral"
            | "fore_lateral"
    )
}

fn arch_ratio(share: &[f64]) -> f64 {
    let (medial, lateral) = if share.len() == 16 {
        (share[6], share[7])
    } else {
        (share[4], share[3])
    };
    medial / (medial + lateral)
}

/// `load` gives force and pressure phase at a phase of the contact.
fn impulse_shares(
    sensors: usize,
    table: &ShareTable,
    steps: u32,
    load: impl Fn(f64) -> (f64, f64),
) -> Vec<f64> {
    let mut impulse = vec![0.0; sensors];
    let mut shares = vec![0.0; sensors];
    for step in 0..steps {
        let (force, phase) = load((f64::from(step) + 0.5) / f64::from(steps));
        table.shares(phase, &mut shares);
        impulse
            .iter_mut()
            .zip(&shares)
            .for_each(|(sum, share)| *sum += share * force);
    }
    let total: f64 = impulse.iter().sum();
    impulse.iter().map(|value| value / total).collect()
}

/// Song 1996 in insole form: distance of the path from the line between its ends, where it passes the distal third.
fn cpei_pct(table: &ShareTable, force_bw: impl Fn(f64) -> f64) -> f64 {
    let loaded = |phase: f64| force_bw(phase) > CPEI_FORCE_BW;
    let first = table.centre_of_pressure(bisect(0.0, 0.3, loaded));
    let last = table.centre_of_pressure(bisect(1.0, 0.7, loaded));
    let crossing = bisect(0.0, 1.0, |phase| table.centre_of_pressure(phase).x > CPEI_X);
    let path = table.centre_of_pressure(crossing);
    let slope = (last.y - first.y) / (last.x - first.x);
    let line_y = first.y + slope * (CPEI_X - first.x);
    100.0 * (line_y - path.y) * cos(atan(slope))
}

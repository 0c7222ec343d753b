//! Metrics computed straight from the truth, by definitions written independently of the engine's code.

use gait::layout::Layout;
use gait::recording::Side;

use crate::contact::bisect;
use crate::grf::StanceCurve;
use crate::sensors::ShareTable;
use crate::sides::PerSide;
use crate::truth::{CopPoint, Expected, FootExpected, LoadingTruth, Spread, StrideTruth};

/// Steps of the midpoint rule over stance.
const LOAD_STEPS: usize = 400;
/// Centre-of-pressure samples count while the force exceeds this, body weights.
const CPEI_FORCE_BW: f64 = 0.10;
/// Distal third of the insole, insole lengths from the middle.
const CPEI_X: f64 = 1.0 / 6.0;

/// Expected metrics over the steady strides; `None` when a foot has none.
#[must_use]
pub fn expected(strides: &[StrideTruth]) -> Option<Expected> {
    let of = |side: Side| {
        strides
            .iter()
            .filter(move |stride| stride.steady && stride.side == side)
    };
    let foot = |side: Side| {
        let spread = |value: fn(&StrideTruth) -> f64| spread(of(side).map(value));
        Some(FootExpected {
            stride_time_s: spread(|s| s.threshold.stride_s())?,
            stance_time_s: spread(|s| s.threshold.stance_s())?,
            swing_time_s: spread(|s| s.threshold.swing_s())?,
            step_time_s: spread(|s| s.step_time_s)?,
            stance_pct: spread(|s| 100.0 * s.threshold.stance_s() / s.threshold.stride_s())?,
            swing_pct: spread(|s| 100.0 * s.threshold.swing_s() / s.threshold.stride_s())?,
            double_support_pct: spread(|s| 100.0 * s.double_support_s / s.threshold.stride_s())?,
            f1_bw: spread(|s| s.first_peak_bw)?,
            fv_bw: spread(|s| s.valley_bw)?,
            f2_bw: spread(|s| s.second_peak_bw)?,
        })
    };
    let feet = PerSide {
        left: foot(Side::Left)?,
        right: foot(Side::Right)?,
    };
    let signed = |value: fn(&FootExpected) -> f64| {
        let (left, right) = (value(&feet.left), value(&feet.right));
        200.0 * (right - left) / (right + left)
    };
    let stride_s = 0.5 * (feet.left.stride_time_s.mean + feet.right.stride_time_s.mean);
    Some(Expected {
        cadence_steps_per_min: 120.0 / stride_s,
        ga: 100.0
            * (feet.right.swing_time_s.mean / feet.left.swing_time_s.mean)
                .ln()
                .abs(),
        pci_pct: pci(strides, &feet),
        si_stance_signed_pct: signed(|f| f.stance_time_s.mean),
        si_swing_signed_pct: signed(|f| f.swing_time_s.mean),
        si_f1_signed_pct: signed(|f| f.f1_bw.mean),
        si_f2_signed_pct: signed(|f| f.f2_bw.mean),
        feet,
    })
}

fn spread(values: impl Iterator<Item = f64>) -> Option<Spread> {
    let values: Vec<f64> = values.collect();
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let sd = (n > 1).then(|| (squares / (n - 1) as f64).sqrt());
    (n > 0).then_some(Spread { n, mean, sd })
}

/// Phase of the short-swing foot's contacts within the long-swing foot's strides (Plotnik 2007).
fn pci(strides: &[StrideTruth], feet: &PerSide<FootExpected>) -> Option<f64> {
    let long = if feet.left.swing_time_s.mean > feet.right.swing_time_s.mean {
        Side::Left
    } else {
        Side::Right
    };
    let phases = strides
        .iter()
        .filter(|stride| stride.steady && stride.side == long);
    let phases: Vec<f64> = phases
        .map(|stride| 360.0 * (1.0 - stride.step_time_s / stride.threshold.stride_s()))
        .collect();
    let off = phases
        .iter()
        .map(|phase| (phase - 180.0).abs())
        .sum::<f64>()
        / phases.len() as f64;
    let spread = spread(phases.into_iter()).filter(|spread| spread.n >= 3)?;
    Some(spread.cv_pct()? + 100.0 * off / 180.0)
}

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
    let impulse_share = impulse_shares(layout.sensors.len(), table, curve);
    let sum = |wanted: &dyn Fn(&str) -> bool| -> f64 {
        layout
            .sensors
            .iter()
            .zip(&impulse_share)
            .filter(|(sensor, _)| wanted(&sensor.region))
            .map(|(_, share)| share)
            .sum()
    };
    let toes = |region: &str| region.starts_with("toes") || region == "hallux";
    let midfoot = |region: &str| region.starts_with("midfoot") || region == "medial_arch";
    let (mid, all) = (sum(&midfoot), sum(&|region| !toes(region)));
    let (medial, lateral) = (
        sum(&|region| medial_regions(region)),
        sum(&|region| lateral_regions(region)),
    );
    LoadingTruth {
        cop: cop.collect(),
        mid_load: mid / all,
        medial_arch_load_ratio: arch_ratio(&impulse_share),
        medial_lateral_ratio: medial / (medial + lateral),
        cpei_pct: (layout.id == "moticon-16").then(|| cpei_pct(table, curve)),
        impulse_share,
    }
}

fn medial_regions(region: &str) -> bool {
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

fn lateral_regions(region: &str) -> bool {
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

fn impulse_shares(sensors: usize, table: &ShareTable, curve: &StanceCurve) -> Vec<f64> {
    let mut impulse = vec![0.0; sensors];
    let mut shares = vec![0.0; sensors];
    for step in 0..LOAD_STEPS {
        let phase = (step as f64 + 0.5) / LOAD_STEPS as f64;
        table.shares(phase, &mut shares);
        let force = curve.force_bw(phase);
        impulse
            .iter_mut()
            .zip(&shares)
            .for_each(|(sum, share)| *sum += share * force);
    }
    let total: f64 = impulse.iter().sum();
    impulse.iter().map(|value| value / total).collect()
}

/// Song 1996 in insole form: distance of the path from the line between its ends, where it passes the distal third.
fn cpei_pct(table: &ShareTable, curve: &StanceCurve) -> f64 {
    let loaded = |phase: f64| curve.force_bw(phase) > CPEI_FORCE_BW;
    let first = table.centre_of_pressure(bisect(0.0, 0.3, loaded));
    let last = table.centre_of_pressure(bisect(1.0, 0.7, loaded));
    let crossing = bisect(0.0, 1.0, |phase| table.centre_of_pressure(phase).x > CPEI_X);
    let path = table.centre_of_pressure(crossing);
    let slope = (last.y - first.y) / (last.x - first.x);
    let line_y = first.y + slope * (CPEI_X - first.x);
    100.0 * (line_y - path.y) * slope.atan().cos()
}

//! Metrics computed straight from the truth, by definitions written independently of the engine's code.

use gait::recording::Side;

use crate::activity::Gait;
use crate::maths::{ln, square};
use crate::sides::PerSide;
use crate::truth::{Expected, FootExpected, Spread, StrideTruth};

/// Whether a stride is steady walking: what the metrics describe.
fn counts(stride: &StrideTruth) -> bool {
    stride.steady && stride.gait == Gait::Walking
}

/// Expected metrics over the steady strides of walking; `None` when a foot has none.
#[must_use]
pub fn expected(strides: &[StrideTruth]) -> Option<Expected> {
    let of = |side: Side| {
        strides
            .iter()
            .filter(move |stride| counts(stride) && stride.side == side)
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
            loading_rate_bw_per_s: spread(|s| s.loading_rate_bw_per_s)?,
            impulse_bw_s: spread(|s| s.impulse_bw_s)?,
            stride_length_m: spread(|s| s.motion.length_m)?,
            stride_speed_m_per_s: spread(|s| s.motion.length_m / s.threshold.stride_s())?,
            clearance_m: spread(|s| s.motion.clearance_m)?,
            contact_pitch_deg: spread(|s| s.motion.contact_pitch_deg)?,
            cpei_pct: self::spread(of(side).filter_map(|s| s.plantar.cpei_pct)),
            mid_load: spread(|s| s.plantar.mid_load)?,
            malr: spread(|s| s.plantar.malr)?,
            mlr: spread(|s| s.plantar.mlr)?,
            fmlr: spread(|s| s.plantar.fmlr)?,
            forefoot_share: spread(|s| s.plantar.forefoot_share)?,
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
        ga: 100.0 * ln(feet.right.swing_time_s.mean / feet.left.swing_time_s.mean).abs(),
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
    let squares: f64 = values.iter().map(|value| square(value - mean)).sum();
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
        .filter(|stride| counts(stride) && stride.side == long);
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

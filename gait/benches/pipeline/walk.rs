//! A long walk made without chance: bouts of two minutes, a short stand between them, sixteen pressures and motion of
//! both feet at 100 Hz. Plausible in shape, exact in nothing: it only has to cost what a real walk costs.

use std::f64::consts::{PI, TAU};

use gait::{FootSignal, ForceUnit, Format, InsoleMotion, Recording, layout};

const HZ: f64 = 100.0;
const BODY_WEIGHT_N: f64 = 800.0;
const STRIDE_S: f64 = 1.06;
const STANCE: f64 = 0.62;
const STRIDES_A_BOUT: usize = 114;
const STAND_S: f64 = 5.0;
/// A stance longer than this is standing, s.
const LONGEST_STANCE_S: f64 = 1.5;
/// Loading and unloading of a foot that stands, s.
const SETTLE_S: f64 = 0.3;
const STRIDE_LENGTH_M: f64 = 1.3;
const LIFT_M: f64 = 0.08;
const PITCH_DEG: f64 = 45.0;
const GRAVITY: f64 = 9.81;
/// Steps of the tables over stance.
const PHASES: usize = 200;
/// Each sensor over stance: height, moment of its peak, rise and fall (a bell's widths).
const BELLS: [[f64; 4]; 16] = [
    [0.20, 0.09, 0.04, 0.19],
    [0.17, 0.08, 0.04, 0.18],
    [0.18, 0.15, 0.07, 0.17],
    [0.19, 0.13, 0.07, 0.18],
    [0.07, 0.24, 0.07, 0.25],
    [0.15, 0.22, 0.09, 0.32],
    [0.01, 0.39, 0.14, 0.17],
    [0.15, 0.62, 0.33, 0.08],
    [0.09, 0.86, 0.25, 0.05],
    [0.12, 0.83, 0.25, 0.06],
    [0.21, 0.79, 0.22, 0.08],
    [0.17, 0.80, 0.21, 0.06],
    [0.10, 0.75, 0.27, 0.08],
    [0.26, 0.87, 0.27, 0.05],
    [0.09, 0.87, 0.19, 0.04],
    [0.05, 0.83, 0.19, 0.04],
];

/// The walk of so many hours.
pub(crate) fn recording(hours: f64) -> Recording {
    let samples = (hours * 3600.0 * HZ) as usize;
    let [left, right] = stances(hours * 3600.0);
    Recording {
        name: "bench".to_owned(),
        format: Format::Simulated,
        sampling_hz: HZ,
        force_unit: ForceUnit::Newton,
        layout_id: Some("moticon-16".to_owned()),
        left: foot(&left, samples),
        right: foot(&right, samples),
        step_marks: Vec::new(),
        issues: Vec::new(),
    }
}

/// Uneven numbers of spread 1, the same on every machine.
fn uneven(k: usize, seed: f64) -> f64 {
    let golden = 0.618_033_988_749_895;
    3.4 * ((k as f64 * golden + seed).fract() - 0.5)
}

/// Contact and toe-off of each stance of both feet, s.
fn stances(length_s: f64) -> [Vec<(f64, f64)>; 2] {
    let mut contacts = [Vec::new(), Vec::new()];
    let mut time_s = 2.0;
    for k in 0.. {
        if time_s > length_s {
            break;
        }
        let stride_s = STRIDE_S * (1.0 + 0.02 * uneven(k, 0.1));
        let half_s = stride_s * (0.5 + 0.01 * uneven(k, 0.7));
        contacts[0].push(time_s);
        contacts[1].push(time_s + half_s);
        time_s += stride_s;
        if k % STRIDES_A_BOUT == STRIDES_A_BOUT - 1 {
            time_s += STAND_S;
        }
    }
    contacts.map(|contacts| {
        let swing_s = (1.0 - STANCE) * STRIDE_S;
        let pairs = contacts.windows(2);
        pairs.map(|pair| (pair[0], pair[1] - swing_s)).collect()
    })
}

fn foot(stances: &[(f64, f64)], samples: usize) -> FootSignal {
    let layout = layout::by_id("moticon-16").expect("embedded");
    let areas: Vec<f64> = layout.sensors.iter().filter_map(|s| s.area_cm2).collect();
    let tables = tables(&areas);
    let mut foot = FootSignal {
        force: vec![0.0; samples],
        sensors: vec![vec![0.0; samples]; areas.len()],
        motion: Some(motion(stances, samples)),
        ..FootSignal::default()
    };
    for (k, &(contact, toe_off)) in stances.iter().enumerate() {
        let scale = 1.0 + 0.02 * uneven(k, 0.3);
        for i in range(contact, toe_off, samples) {
            let (phase, load) = phase(i as f64 / HZ, contact, toe_off);
            let step = (phase * PHASES as f64) as usize;
            for ((column, table), area) in foot.sensors.iter_mut().zip(&tables).zip(&areas) {
                let pressure = (4.0 * scale * load * table[step.min(PHASES)]).round() / 4.0;
                column[i] = pressure as f32;
                foot.force[i] += area * pressure;
            }
        }
    }
    foot
}

fn range(from_s: f64, to_s: f64, samples: usize) -> std::ops::Range<usize> {
    let (from, to) = ((from_s * HZ).ceil() as usize, (to_s * HZ).floor() as usize);
    from.min(samples)..to.min(samples)
}

/// Phase of stance, and the share of its load that is carried: standing is half the body on each foot.
fn phase(time_s: f64, contact: f64, toe_off: f64) -> (f64, f64) {
    let length = toe_off - contact;
    if length <= LONGEST_STANCE_S {
        return ((time_s - contact) / length, 1.0);
    }
    let (since, left) = (time_s - contact, toe_off - time_s);
    let edge = (since.min(left) / SETTLE_S).min(1.0);
    let phase = if since < left {
        0.45 * edge
    } else {
        1.0 - 0.55 * edge
    };
    (phase, 1.0 - 0.4 * edge)
}

/// Pressure of each sensor over stance, N/cm².
fn tables(areas: &[f64]) -> Vec<Vec<f64>> {
    let at = |step: usize| step as f64 / PHASES as f64;
    let bell = |[height, peak, rise, fall]: [f64; 4], s: f64| {
        let width = if s < peak { rise } else { fall };
        height * (-0.5 * ((s - peak) / width).powi(2)).exp()
    };
    let totals: Vec<f64> = (0..=PHASES)
        .map(|step| BELLS.iter().map(|b| bell(*b, at(step))).sum())
        .collect();
    let one = |(b, area): (&[f64; 4], &f64)| {
        let steps = totals.iter().enumerate();
        steps
            .map(|(step, total)| {
                BODY_WEIGHT_N * force(at(step)) * bell(*b, at(step)) / total / area
            })
            .collect()
    };
    BELLS.iter().zip(areas).map(one).collect()
}

/// Vertical force over stance, body weights: two humps.
fn force(s: f64) -> f64 {
    let edge = (s / 0.12).min((1.0 - s) / 0.12).clamp(0.0, 1.0);
    edge * (1.15 - 0.35 * (PI * s).sin().powi(2))
}

/// The foot stands still in stance and flies a smooth arc in swing.
fn motion(stances: &[(f64, f64)], samples: usize) -> InsoleMotion {
    let still = || vec![0.0_f32; samples];
    let mut motion = InsoleMotion {
        acceleration_g: [still(), still(), vec![1.0; samples]],
        angular_velocity_dps: [still(), still(), still()],
    };
    for pair in stances.windows(2) {
        let (from, to) = (pair[0].1, pair[1].0);
        let swing_s = to - from;
        for i in range(from, to, samples) {
            let u = (i as f64 / HZ - from) / swing_s;
            let ahead = STRIDE_LENGTH_M * (60.0 * u - 180.0 * u * u + 120.0 * u * u * u);
            let up = LIFT_M * 0.5 * TAU * TAU * (TAU * u).cos();
            let (ahead, up) = (
                ahead / swing_s.powi(2) / GRAVITY,
                up / swing_s.powi(2) / GRAVITY + 1.0,
            );
            let pitch = PITCH_DEG.to_radians() * (TAU * u).sin();
            motion.acceleration_g[0][i] = (ahead * pitch.cos() - up * pitch.sin()) as f32;
            motion.acceleration_g[2][i] = (ahead * pitch.sin() + up * pitch.cos()) as f32;
            motion.angular_velocity_dps[1][i] =
                (PITCH_DEG * TAU * (TAU * u).cos() / swing_s) as f32;
        }
    }
    motion
}

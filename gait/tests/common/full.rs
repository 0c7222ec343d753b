//! A whole day of wear with everything the insoles can tell, made by hand: what the largest summary looks like.
#![allow(dead_code, unreachable_pub, reason = "shared by several test programs")]

use gait::bouts::Bout;
use gait::force::ForceCurve;
use gait::motion::StrideMotion;
use gait::plantar::{CopPath, PATH_POINTS, Plantar, RegionLoad, StancePhases};
use gait::recording::Side;
use gait::strides::{Exclusion, Stride};
use gait::summary::{
    Device, Drift, Exposure, FootCounts, Hourly, SessionSource, SessionSummary, Standing,
    SummaryHeader, Tag,
};
use gait::{Analysis, Options, analyze};

use crate::synthetic::Walk;

pub fn header(n: u32) -> SummaryHeader {
    SummaryHeader {
        session_id: format!("0195c1a0-7b1e-7d3a-9c55-{n:012x}"),
        device: Device {
            model: "OpenGo".into(),
            layout_id: "moticon-16".into(),
            size: Some("7".into()),
            serial_left: Some("SN5968".into()),
            serial_right: Some("SN9171".into()),
            firmware: Some("3.2.1".into()),
        },
        shoe_id: Some("shoe-2".into()),
        orthotic_id: Some("orthotic-1".into()),
        start_utc: format!("2026-03-01T08:{:02}:00Z", n % 60),
        tz: "Europe/Berlin".into(),
        tag: Tag::Usual,
        source: SessionSource::Worn,
        simulation: None,
    }
}

/// Even noise of standard deviation 1 (a congruential generator: the same everywhere).
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as f64 / f64::from(1u32 << 31) - 0.5) * 12.0_f64.sqrt()
    }
}

/// One bout after another, `bouts` in number, of 5 to 200 strides per foot; every stride with force, pressure and motion.
pub fn day(bouts: usize, seed: u64) -> Analysis {
    let mut noise = Noise(seed);
    let (mut strides, mut found, mut at_s) = (Vec::new(), Vec::new(), 60.0);
    for k in 0..bouts {
        let count = if k == 3 {
            640
        } else {
            [6, 14, 40, 6, 22, 180][k % 6]
        };
        let start_s = at_s;
        let pace = 1.08 + 0.04 * noise.next();
        for i in 0..count {
            let time_s = pace + 0.025 * noise.next();
            for foot in Side::BOTH {
                let start = at_s
                    + if foot == Side::Left {
                        0.0
                    } else {
                        0.502 * time_s
                    };
                let mut one = stride(foot, start, time_s, &mut noise);
                one.reason = match i {
                    0 => Some(Exclusion::FirstOfBout),
                    1 if k % 5 == 0 => Some(Exclusion::Outlier),
                    2 if k % 7 == 0 => Some(Exclusion::MissingContralateral),
                    3 if k % 9 == 0 => Some(Exclusion::ImplausiblePhase),
                    3 if k % 9 == 1 => Some(Exclusion::Gap),
                    4 if k % 8 == 0 => Some(Exclusion::LowForce),
                    _ if i + 1 == count => Some(Exclusion::LastOfBout),
                    _ => None,
                };
                strides.push(one);
            }
            at_s += time_s;
        }
        found.push(Bout {
            start_s,
            end_s: at_s + 0.55,
            strides: 2 * count,
        });
        at_s += 20.0;
    }
    strides.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    let steps = strides.len() as u64 / 2 + bouts as u64;
    let walk = analyze(&Walk::default().recording(), &Options::default());
    Analysis {
        duration_s: 86_400.0_f64.max(at_s),
        steps: FootCounts {
            left: steps,
            right: steps,
        },
        missing_pct: [0.412, 0.538],
        longest_gap_s: 1.28,
        ..walk.with_strides(strides, found)
    }
}

fn stride(foot: Side, start_s: f64, time_s: f64, noise: &mut Noise) -> Stride {
    let stance_s =
        time_s * (0.625 + if foot == Side::Left { 0.002 } else { 0.0 }) + 0.006 * noise.next();
    let double_s = 0.247 * time_s + 0.006 * noise.next();
    Stride {
        foot,
        start_s,
        toe_off_s: start_s + stance_s,
        end_s: start_s + time_s,
        reason: None,
        bout: None,
        contralateral_s: Some(start_s + 0.5 * time_s + 0.008 * noise.next()),
        double_support_s: Some(double_s),
        initial_double_support_s: Some(0.5 * double_s + 0.004 * noise.next()),
        force: Some(ForceCurve {
            f1_bw: 1.08 + 0.03 * noise.next(),
            fv_bw: 0.83 + 0.03 * noise.next(),
            f2_bw: 0.99 + 0.03 * noise.next(),
            t_f1: 0.24 + 0.02 * noise.next(),
            t_fv: 0.47 + 0.02 * noise.next(),
            t_f2: 0.67 + 0.02 * noise.next(),
            loading_rate_bw_per_s: Some(10.1 + 0.8 * noise.next()),
            impulse_bw_s: 0.54 + 0.015 * noise.next(),
        }),
        plantar: Some(plantar(noise)),
        motion: Some(StrideMotion {
            stride_length_m: 1.32 + 0.05 * noise.next(),
            speed_m_per_s: 1.22 + 0.06 * noise.next(),
            yaw_deg: noise.next(),
            height_gain_m: 0.0,
            clearance_m: 0.09 + 0.008 * noise.next(),
            contact_pitch_deg: 22.0 + 2.5 * noise.next(),
        }),
    }
}

fn plantar(noise: &mut Noise) -> Plantar {
    let shares = [
        0.112, 0.098, 0.061, 0.094, 0.027, 0.089, 0.104, 0.111, 0.084, 0.051, 0.092, 0.043, 0.034,
    ];
    let regions = shares.iter().map(|share| RegionLoad {
        impulse_share: *share,
        peak_pressure_kpa: Some(900.0 * share + 12.0 * noise.next()),
        pressure_time_kpa_s: Some(350.0 * share + 4.0 * noise.next()),
        imputed: false,
    });
    let regions = regions.collect();
    let mut path = CopPath {
        x: [0.0; PATH_POINTS],
        y: [0.0; PATH_POINTS],
    };
    for k in 0..PATH_POINTS {
        let s = k as f64 / (PATH_POINTS - 1) as f64;
        path.x[k] = -0.38 + 0.76 * s + 0.03 * noise.next();
        path.y[k] = 0.02 - 0.3 * s * (1.0 - s) + 0.03 * noise.next();
    }
    Plantar {
        path: Some(path),
        cpei_pct: Some(13.4 + 5.0 * noise.next()),
        cop_length: Some(0.84 + 0.03 * noise.next()),
        cop_width: Some(0.12 + 0.02 * noise.next()),
        mid_load: Some(0.27 + 0.02 * noise.next()),
        malr: Some(0.11 + 0.02 * noise.next()),
        mlr: Some(0.41 + 0.02 * noise.next()),
        fmlr: Some(0.31 + 0.02 * noise.next()),
        forefoot_share: Some(0.45 + 0.02 * noise.next()),
        regions,
        phases: if noise.next() > 1.6 {
            StancePhases::Atypical
        } else {
            StancePhases::Typical
        },
    }
}

/// The summary of a full day with everything in it: 24 h, 16 sensors and inertial sensors, every part present.
pub fn full() -> SessionSummary {
    let mut summary = day(108, 5).summary(header(1));
    let walking_s = summary.bouts.total_s() as u32;
    let (mut walking_min, mut standing_min, mut steps) = (vec![0; 15], vec![0; 15], vec![0; 15]);
    for hour in 0..15 {
        walking_min[hour] = ((walking_s * (hour as u32 + 1) / 15 + 30) / 60
            - (walking_s * hour as u32 / 15 + 30) / 60) as u8;
        standing_min[hour] = 14 + (hour % 5) as u8;
        steps[hour] = 511 + 17 * hour as u16;
    }
    let standing_s = standing_min.iter().map(|m| 60 * u32::from(*m)).sum();
    let others = 31_377 + walking_s + standing_s + 45 + 312 + 1_204;
    summary.exposure = Some(Exposure {
        seconds: [
            31_377,
            86_400 - others,
            standing_s,
            walking_s,
            45,
            312,
            1_204,
        ],
        longest_standing_s: 1_322,
        hourly: Some(Hourly {
            walking_min,
            standing_min,
            steps,
        }),
    });
    summary.recording = None;
    summary.quality.sync_ms = Some(1.34);
    summary.quality.creep_pct = Some(6.2);
    summary.quality.saturated_pct = Some(0.02);
    summary.quality.dead_sensors = vec!["left_7".into()];
    summary.quality.flags = ["dead_sensor", "gap", "pause"].map(String::from).into();
    let drift = |slope: f64| Drift {
        slope_per_min: slope,
        ci_low: 0.5 * slope,
        ci_high: 1.5 * slope,
        blocks: 21,
    };
    summary.drift = [
        ("loading_rate_bw_per_s", drift(0.022)),
        ("stance_pct", drift(0.012)),
    ]
    .map(|(id, d)| (id.to_owned(), d))
    .into();
    summary.standing = Some(Standing {
        duration_s: f64::from(standing_s),
        share_left_pct: 52.31,
        sd_pct: 11.24,
        shifts: 212,
        fidgets: 88,
        quiet_s: Some(2_310.0),
        sway_rms: Some(0.0121),
        sway_per_s: Some(0.0348),
    });
    summary
}

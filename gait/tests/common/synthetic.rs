//! A small deterministic walker for tests: two humps per stance, known contacts. The real synthetic walker is the
//! simulator; this one only has to be exact about time.
#![allow(dead_code, unreachable_pub, reason = "shared by several test programs")]

use std::f64::consts::PI;

use gait::{FootSignal, ForceUnit, Format, Recording};

#[derive(Clone, Debug)]
pub struct Walk {
    pub sampling_hz: f64,
    pub lead_s: f64,
    pub strides: usize,
    pub stride_s: f64,
    /// Stance share per foot.
    pub stance: [f64; 2],
    /// First peak per foot, body weights.
    pub peak: [f64; 2],
    /// Size of a slow and a fast variation of the stride time, s.
    pub wobble_s: f64,
    pub body_weight_n: f64,
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            sampling_hz: 100.0,
            lead_s: 1.0,
            strides: 60,
            stride_s: 1.1,
            stance: [0.62, 0.62],
            peak: [1.1, 1.1],
            wobble_s: 0.02,
            body_weight_n: 800.0,
        }
    }
}

impl Walk {
    /// Contacts of one foot, s: the right foot half a stride later.
    pub fn contacts(&self, foot: usize) -> Vec<f64> {
        let shift = if foot == 0 { 0.0 } else { 0.5 * self.stride_s };
        let wobble = |k: f64| self.wobble_s * ((0.7 * k).sin() + 0.6 * (2.3 * k).sin());
        (0..=self.strides)
            .map(|k| {
                self.lead_s
                    + shift
                    + k as f64 * self.stride_s
                    + wobble(k as f64 + foot as f64 * 0.5)
            })
            .collect()
    }

    fn force(&self, foot: usize, samples: usize) -> Vec<f64> {
        let contacts = self.contacts(foot);
        let mut force = vec![0.0; samples];
        for pair in contacts.windows(2) {
            let (start, stance) = (pair[0], self.stance[foot] * (pair[1] - pair[0]));
            let first = (start * self.sampling_hz).ceil() as usize;
            for (i, slot) in force.iter_mut().enumerate().skip(first) {
                let s = (i as f64 / self.sampling_hz - start) / stance;
                if s > 1.0 {
                    break;
                }
                *slot = self.body_weight_n * shape(s, self.peak[foot]);
            }
        }
        force
    }

    pub fn recording(&self) -> Recording {
        let end = self.contacts(1).last().copied().unwrap_or(0.0) + 1.0;
        let samples = (end * self.sampling_hz) as usize;
        let foot = |k| FootSignal {
            force: self.force(k, samples),
            sensors: Vec::new(),
            missing: Vec::new(),
            ..FootSignal::default()
        };
        Recording {
            name: "synthetic".into(),
            format: Format::Simulated,
            sampling_hz: self.sampling_hz,
            force_unit: ForceUnit::Newton,
            layout_id: None,
            left: foot(0),
            right: foot(1),
            step_marks: Vec::new(),
            issues: Vec::new(),
        }
    }
}

/// Steep at both ends, a dent in the middle.
fn shape(s: f64, peak: f64) -> f64 {
    let rise = (s / 0.12).min((1.0 - s) / 0.12).clamp(0.0, 1.0);
    rise * (peak - 0.25 * (PI * s).sin().powi(2)) * if s < 0.5 { 1.0 } else { 0.95 }
}

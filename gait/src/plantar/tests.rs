//! Properties of one stance that need a layout of their own.
#![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use approx::assert_abs_diff_eq;
use proptest::prelude::*;

use super::{Anatomy, Plantar, Scale, StanceReader};
use crate::events::Stance;
use crate::layout::{self, Layout};
use crate::signal::SensorState;

const SCALE: Scale = Scale {
    body_weight_n: 800.0,
    creep: 1.0,
};

/// A stance of 60 samples: each sensor swells and fades about the moment the load passes it.
fn columns(layout: &Layout, seed: f64) -> Vec<Vec<f32>> {
    let span = layout.sensors.iter().map(|s| s.x.abs()).fold(0.0, f64::max);
    let column = |x: f64, y: f64| -> Vec<f32> {
        let swell = |k: u32| {
            let phase = f64::from(k) / 60.0 - 0.5;
            let height = 8.0 + 5.0 * (seed + 3.0 * x / span + y / span).sin();
            (height * (-(phase - 0.45 * x / span).powi(2) / 0.05).exp()) as f32
        };
        (0..=60).map(swell).collect()
    };
    layout.sensors.iter().map(|s| column(s.x, s.y)).collect()
}

fn read(layout: &Layout, columns: &[Vec<f32>], scale: Scale) -> Plantar {
    let anatomy = Anatomy::of(layout);
    let state = SensorState::sound(columns.len());
    let mut reader = StanceReader::new(&anatomy, columns, &[], &state, 100.0).unwrap();
    let stance = Stance {
        contact: 0.0,
        toe_off: 60.0,
        peak: 1.0,
    };
    reader.read(&stance, &[1.0; 61], scale).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// The order in which a maker numbers the sensors means nothing.
    #[test]
    fn sensors_in_any_order_tell_the_same(
        order in Just((0..16usize).collect::<Vec<_>>()).prop_shuffle(),
        seed in 0.0..6.0f64,
        eight in any::<bool>(),
    ) {
        let known = layout::by_id(if eight { "gaitpdb-8" } else { "moticon-16" }).unwrap();
        let order: Vec<usize> = order.into_iter().filter(|k| *k < known.sensors.len()).collect();
        let mut relabelled = known.clone();
        relabelled.sensors = order.iter().map(|k| known.sensors[*k].clone()).collect();
        let straight = columns(known, seed);
        let shuffled: Vec<Vec<f32>> = order.iter().map(|k| straight[*k].clone()).collect();
        let (a, b) = (read(known, &straight, SCALE), read(&relabelled, &shuffled, SCALE));
        for (x, y) in [(a.cpei_pct, b.cpei_pct), (a.malr, b.malr), (a.mlr, b.mlr), (a.fmlr, b.fmlr), (a.mid_load, b.mid_load)] {
            assert_abs_diff_eq!(x.unwrap(), y.unwrap(), epsilon = 1e-3);
        }
        let names = Anatomy::of(&relabelled).regions;
        for (name, load) in Anatomy::of(known).regions.iter().zip(&a.regions) {
            let other = b.regions[names.iter().position(|n| n == name).unwrap()];
            assert_abs_diff_eq!(load.impulse_share, other.impulse_share, epsilon = 1e-5);
            prop_assert_eq!(load.peak_pressure_kpa, other.peak_pressure_kpa);
        }
    }

    /// Areas are what turn pressure into force: sensors twice as large under half the pressure bear the same.
    #[test]
    fn area_times_pressure_is_what_counts(seed in 0.0..6.0f64) {
        let known = layout::by_id("moticon-16").unwrap();
        let mut wide = known.clone();
        wide.sensors.iter_mut().for_each(|s| s.area_cm2 = s.area_cm2.map(|a| 2.0 * a));
        let strong = columns(known, seed);
        let faint: Vec<Vec<f32>> = strong.iter().map(|c| c.iter().map(|v| 0.5 * v).collect()).collect();
        let (a, b) = (read(known, &strong, SCALE), read(&wide, &faint, SCALE));
        prop_assert_eq!(a.path, b.path);
        prop_assert_eq!(a.phases, b.phases);
        for (x, y) in a.regions.iter().zip(&b.regions) {
            assert_abs_diff_eq!(x.impulse_share, y.impulse_share, epsilon = 1e-9);
            assert_abs_diff_eq!(x.peak_pressure_kpa.unwrap(), 2.0 * y.peak_pressure_kpa.unwrap(), epsilon = 1e-3);
        }
    }
}

#[test]
fn creep_is_taken_off_pressures_and_not_off_shares() {
    let known = layout::by_id("moticon-16").unwrap();
    let plain = columns(known, 1.0);
    let crept = Scale {
        creep: 1.25,
        ..SCALE
    };
    let (a, b) = (read(known, &plain, SCALE), read(known, &plain, crept));
    for (x, y) in a.regions.iter().zip(&b.regions) {
        assert_abs_diff_eq!(x.impulse_share, y.impulse_share);
        assert_abs_diff_eq!(
            x.pressure_time_kpa_s.unwrap(),
            1.25 * y.pressure_time_kpa_s.unwrap(),
            epsilon = 1e-9
        );
    }
}

#[test]
fn columns_that_are_not_the_layouts_are_not_read() {
    let known = layout::by_id("gaitpdb-8").unwrap();
    let anatomy = Anatomy::of(known);
    let seven = vec![vec![0.0; 61]; 7];
    let state = SensorState::sound(7);
    assert!(StanceReader::new(&anatomy, &seven, &[], &state, 100.0).is_none());
    let empty = vec![vec![0.0; 61]; 8];
    let state = SensorState::sound(8);
    let mut reader = StanceReader::new(&anatomy, &empty, &[], &state, 100.0).unwrap();
    let stance = Stance {
        contact: 0.0,
        toe_off: 60.0,
        peak: 1.0,
    };
    assert_eq!(reader.read(&stance, &[1.0; 61], SCALE), None, "unloaded");
    assert_eq!(reader.read(&stance, &[1.0; 20], SCALE), None, "outside");
}

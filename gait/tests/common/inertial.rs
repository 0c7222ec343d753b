//! Inertial columns of a Moticon export, read apart from the engine's reader.
#![allow(dead_code, unreachable_pub, reason = "shared by several test programs")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test support: a failure here is a test failure"
)]

use std::path::Path;

use gait::{InsoleMotion, Recording, Side};

/// The export's acceleration and angular velocity of one foot; 0 where the packet is missing.
pub fn moticon_motion(text: &str, side: Side, samples: usize) -> InsoleMotion {
    let header = text.lines().find(|l| l.starts_with("# time\t")).unwrap();
    let names: Vec<&str> = header.trim_start_matches("# ").split('\t').collect();
    let at = |start: String| names.iter().position(|n| n.starts_with(&start)).unwrap();
    let rows = text
        .lines()
        .filter(|l| !l.starts_with('#') && !l.is_empty())
        .map(|l| l.split('\t').collect::<Vec<_>>());
    let rows: Vec<Vec<&str>> = rows.collect();
    let column = |name: String| -> Vec<f32> {
        let (index, mut values) = (at(name), vec![0.0; samples]);
        for cells in &rows {
            let time_s: f64 = cells[0].parse().unwrap();
            values[(100.0 * time_s).round() as usize] = cells[index].parse().unwrap_or(0.0);
        }
        values
    };
    let axes = |what: &str| ["X", "Y", "Z"].map(|axis| column(format!("{side} {what} {axis}")));
    InsoleMotion {
        acceleration_g: axes("acceleration"),
        angular_velocity_dps: axes("angular"),
    }
}

/// The recording with its inertial data, whether or not the reader gave them.
pub fn with_motion(mut recording: Recording, path: &Path) -> Recording {
    let text = std::fs::read_to_string(path).unwrap();
    for (side, foot) in [
        (Side::Left, &mut recording.left),
        (Side::Right, &mut recording.right),
    ] {
        foot.motion = Some(moticon_motion(&text, side, foot.force.len()));
    }
    recording
}

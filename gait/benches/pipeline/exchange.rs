//! The same input for a peer in another language, and the engine's answer to compare with its.
//!
//! A file holds little-endian f32, column after column: 16 pressures (N/cm²) of the left foot, then of the right. Beside it
//! `<file>.json` names frames, rate and each sensor's place, area and region.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use gait::{FootSignal, ForceUnit, Format, Options, Recording, Side, analyze, layout};
use serde_json::{Value, json};

use crate::measure::cpu_s;

const LAYOUT: &str = "moticon-16";

fn header_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

pub(crate) fn write(recording: &Recording, path: &Path) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("can be written"));
    for side in Side::BOTH {
        for value in recording.foot(side).sensors.iter().flatten() {
            file.write_all(&value.to_le_bytes())
                .expect("can be written");
        }
    }
    file.flush().expect("can be written");
    let header = json!({
        "frames": recording.samples(),
        "sampling_hz": recording.sampling_hz,
        "sensors": layout::by_id(LAYOUT).expect("embedded").sensors,
    });
    std::fs::write(header_path(path), header.to_string()).expect("can be written");
}

pub(crate) fn read(path: &Path) -> Recording {
    let header = std::fs::read(header_path(path)).expect("can be read");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    let frames = header["frames"].as_u64().expect("frames") as usize;
    let bytes = std::fs::read(path).expect("can be read");
    let (values, _) = bytes.as_chunks::<4>();
    let values: Vec<f32> = values.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let columns: Vec<Vec<f32>> = values.chunks_exact(frames).map(<[f32]>::to_vec).collect();
    let (left, right) = columns.split_at(columns.len() / 2);
    Recording {
        name: "bench".to_owned(),
        format: Format::Simulated,
        sampling_hz: header["sampling_hz"].as_f64().expect("sampling_hz"),
        force_unit: ForceUnit::Newton,
        layout_id: Some(LAYOUT.to_owned()),
        left: foot(left),
        right: foot(right),
        step_marks: Vec::new(),
        issues: Vec::new(),
    }
}

/// A foot with its total force, as a reader delivers it.
fn foot(columns: &[Vec<f32>]) -> FootSignal {
    let sensors = &layout::by_id(LAYOUT).expect("embedded").sensors;
    let mut force = vec![0.0; columns.first().map_or(0, Vec::len)];
    for (column, sensor) in columns.iter().zip(sensors) {
        let area = sensor.area_cm2.expect("pressure sensors");
        for (total, value) in force.iter_mut().zip(column) {
            *total += area * f64::from(*value);
        }
    }
    FootSignal {
        force,
        sensors: columns.to_vec(),
        ..FootSignal::default()
    }
}

/// Processor seconds and results of one analysis.
pub(crate) fn answer(recording: &Recording) -> Value {
    let (analysis, seconds) = cpu_s(|| analyze(recording, &Options::default()));
    let strides = || analysis.strides.iter().filter(|s| s.is_valid());
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let plantar = || strides().filter_map(|s| s.plantar.as_ref());
    let shares = plantar().next().map_or_else(Vec::new, |first| {
        let share = |k: usize| mean(plantar().map(|p| p.regions[k].impulse_share).collect());
        (0..first.regions.len()).map(share).collect()
    });
    let path_x = plantar()
        .filter_map(|p| p.path.as_ref())
        .map(|p| mean(p.x.to_vec()));
    json!({
        "cpu_s": seconds,
        "frames": recording.samples(),
        "steps": [analysis.steps.left, analysis.steps.right],
        "strides": strides().count(),
        "stride_time_s": mean(strides().map(gait::strides::Stride::stride_time_s).collect()),
        "stance_pct": mean(strides().map(gait::strides::Stride::stance_pct).collect()),
        "body_weight_n": analysis.body_weight_force,
        "impulse_shares": shares,
        "cop_x": mean(path_x.collect()),
    })
}

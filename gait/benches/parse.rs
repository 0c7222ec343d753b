//! Reading speed of every format, one core: `cargo bench -p footing-gait --features parquet --bench parse [minutes]`.
//! Prints megabytes of input and frames (instants of both feet) per second, and the share of a scan for line ends.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    unused_crate_dependencies,
    reason = "a measuring program"
)]

use std::fmt::Write as _;
use std::time::Instant;

use gait::format::{SourceFile, read_from, write};
use gait::{Arrival, FootSignal, ForceUnit, Format, InsoleMotion, Recording, Side};

const ROUNDS: usize = 5;

fn main() {
    let minutes = std::env::args()
        .skip(1)
        .find_map(|a| a.parse().ok())
        .unwrap_or(10);
    let walk = walk(minutes * 6000);
    let frames = walk.samples();
    println!("{frames} frames, median of {ROUNDS}");
    println!(
        "{:<12} {:>9} {:>10} {:>9} {:>9}",
        "format", "MB/s", "Mframes/s", "B/frame", "of scan"
    );
    for file in files(&walk) {
        let bytes = file.bytes.as_slice();
        let scan_s = median(|| {
            let lines = bytes.iter().filter(|b| **b == b'\n').count();
            assert!(std::hint::black_box(lines) < bytes.len());
        });
        let read_s = median(|| {
            let recording = read_from(&file.name, bytes, |_| Ok(None), None).unwrap();
            assert_eq!(std::hint::black_box(recording).samples(), frames);
        });
        println!(
            "{:<12} {:>9.0} {:>10.2} {:>9.0} {:>9.3}",
            file.name,
            bytes.len() as f64 / read_s / 1e6,
            frames as f64 / read_s / 1e6,
            bytes.len() as f64 / frames as f64,
            scan_s / read_s
        );
    }
}

/// Seconds of one call: median of the rounds, each as many calls as take a quarter of a second.
fn median(mut act: impl FnMut()) -> f64 {
    let mut timed = |calls: usize| {
        let (start, cpu) = (Instant::now(), cpu_s());
        (0..calls).for_each(|_| act());
        match (cpu, cpu_s()) {
            (Some(from), Some(to)) if to > from => to - from,
            _ => start.elapsed().as_secs_f64(),
        }
    };
    let calls = (0.25 / timed(1)).ceil() as usize;
    let mut times: Vec<f64> = (0..ROUNDS).map(|_| timed(calls) / calls as f64).collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

/// Time this thread was on a processor, s, where the system tells (Linux): other work on the machine does not count.
fn cpu_s() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ')
        .next()?
        .parse::<f64>()
        .ok()
        .map(|ns| ns / 1e9)
}

/// A stepping pattern on the grids of a real insole: pressures of 0.25 N/cm², accelerations of 1/2048 g, 0.07 dps.
fn walk(samples: usize) -> Recording {
    let wave = |i: usize, k: usize, shift: f64| {
        ((i as f64 * 0.057 + shift + k as f64 * 0.3).sin()).max(0.0)
    };
    let foot = |shift: f64| {
        let column = |k: usize, step: f64, most: f64| -> Vec<f32> {
            (0..samples)
                .map(|i| ((wave(i, k, shift) * most / step).round() * step) as f32)
                .collect()
        };
        FootSignal {
            force: (0..samples)
                .map(|i| (wave(i, 0, shift) * 900.0).round())
                .collect(),
            sensors: (0..16).map(|k| column(k, 0.25, 20.0)).collect(),
            motion: Some(InsoleMotion {
                acceleration_g: [0, 1, 2].map(|k| column(k, 1.0 / 2048.0, 3.0)),
                angular_velocity_dps: [3, 4, 5].map(|k| column(k, 0.07, 400.0)),
            }),
            arrivals: (0..samples)
                .map(|sample| Arrival {
                    sample,
                    host_s: sample as f64 / 100.0,
                })
                .collect(),
            ..FootSignal::default()
        }
    };
    Recording {
        name: "walk".into(),
        format: Format::Simulated,
        sampling_hz: 100.0,
        force_unit: ForceUnit::Newton,
        layout_id: Some("moticon-16".into()),
        left: foot(0.0),
        right: foot(std::f64::consts::PI),
        step_marks: Vec::new(),
        issues: Vec::new(),
    }
}

fn files(walk: &Recording) -> Vec<SourceFile> {
    let file = |name: &str, bytes: Vec<u8>| SourceFile {
        name: name.to_owned(),
        bytes,
    };
    let stream = |name: &str, format| {
        let mut bytes = Vec::new();
        write(walk, format, &mut bytes).unwrap();
        file(name, bytes)
    };
    let mut files = vec![
        stream("ndjson", Format::StreamNdjson),
        stream("csv", Format::StreamCsv),
    ];
    if cfg!(feature = "parquet") {
        files.push(stream("parquet", Format::StreamParquet));
    }
    files.push(file("moticon", moticon(walk).into_bytes()));
    files.push(file("gaitpdb", gaitpdb(walk).into_bytes()));
    files.push(file("forceplates", plates(walk).into_bytes()));
    files.push(file("pedar", pedar(walk).into_bytes()));
    files
}

fn moticon(walk: &Recording) -> String {
    let mut text = "# time".to_owned();
    for side in Side::BOTH {
        for i in 1..=16 {
            write!(text, "\t{side} pressure {i}[N/cm²]").unwrap();
        }
        for what in ["acceleration", "angular"] {
            for axis in ["X", "Y", "Z"] {
                write!(text, "\t{side} {what} {axis}[]").unwrap();
            }
        }
        write!(text, "\t{side} total force[N]").unwrap();
    }
    text.push('\n');
    for i in 0..walk.samples() {
        write!(text, "{:.2}", i as f64 / 100.0).unwrap();
        for side in Side::BOTH {
            let foot = walk.foot(side);
            for sensor in &foot.sensors {
                write!(text, "\t{:.2}", sensor[i]).unwrap();
            }
            let motion = foot.motion.as_ref().unwrap();
            for axis in motion
                .acceleration_g
                .iter()
                .chain(&motion.angular_velocity_dps)
            {
                write!(text, "\t{:.6}", axis[i]).unwrap();
            }
            write!(text, "\t{:.2}", foot.force[i]).unwrap();
        }
        text.push('\n');
    }
    text
}

fn gaitpdb(walk: &Recording) -> String {
    let mut text = String::new();
    for i in 0..walk.samples() {
        write!(text, "{:.4}", i as f64 / 100.0).unwrap();
        for side in Side::BOTH {
            for sensor in walk.foot(side).sensors.iter().take(8) {
                write!(text, "\t{:.2}", sensor[i]).unwrap();
            }
        }
        writeln!(
            text,
            "\t{:.2}\t{:.2}",
            walk.left.force[i], walk.right.force[i]
        )
        .unwrap();
    }
    text
}

fn plates(walk: &Recording) -> String {
    let mut text = "time (s)\tdominant Fap (N)\tdominant Fvert (N)\tdominant CPap (m)\tnon-dominant Fap (N)\tnon-dominant Fvert (N)\tnon-dominant CPap (m)\n".to_owned();
    for i in 0..walk.samples() {
        let [left, right] = [walk.left.force[i], walk.right.force[i]];
        writeln!(
            text,
            "{:.6}\t1.234567\t{left:.6}\t0.234567\t1.234567\t{right:.6}\t0.234567",
            i as f64 / 100.0
        )
        .unwrap();
    }
    text
}

fn pedar(walk: &Recording) -> String {
    let all: Vec<String> = (1..=99).map(|i| i.to_string()).collect();
    let all = all.join(",");
    let names = all.replace(',', "\t");
    let mut text = format!(
        "file name: x\nsensor type: x\npressure values in kPa\n\nleft insole: {all}\nright insole: {all}\n\ntime[secs]\t{names}\t{names}\t\n"
    );
    for i in 0..walk.samples() {
        write!(text, "{:.5}\t", i as f64 / 100.0).unwrap();
        for side in Side::BOTH {
            for k in 0..99 {
                write!(text, "{:>7.3}\t", walk.foot(side).sensors[k % 16][i] * 10.0).unwrap();
            }
        }
        text.push('\n');
    }
    text
}

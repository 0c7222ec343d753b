//! The whole pipeline from decoded frames to an uploadable summary, beside the sum of all columns of the same arrays.
//!
//! `cargo bench -p footing-gait --bench pipeline -- [--hours 1,8] [--repeats 5] [--json]`. Both are measured in turn in one process,
//! as processor time of the thread; a ratio is of one pair, and its median and range are given. A stage is what its input
//! adds: the same walk is analysed with force alone, with sensors, and with motion.
//! `--write FILE` and `--peer FILE` serve `bench/peer_numpy.py`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot go on should stop"
)]

mod arguments;
mod bound;
mod exchange;
mod measure;
mod walk;

use gait::summary::{Device, SessionSource, Tag};
use gait::{Options, Recording, SessionSummary, SummaryHeader, analyze};
use serde_json::json;

use arguments::Arguments;
use measure::{Spread, cpu_s, load_average, peak_bytes};

/// Least processor time of one measurement of the bound, s: it is repeated until then.
const LEAST_S: f64 = 0.2;

fn main() {
    let arguments = Arguments::parse(std::env::args().skip(1));
    if let Some(path) = &arguments.write {
        exchange::write(&walk::recording(arguments.hours[0]), path);
    } else if let Some(path) = &arguments.peer {
        println!("{}", exchange::answer(&exchange::read(path)));
    } else {
        let load = load_average().map_or_else(String::new, |l| format!(", load average {l:.1}"));
        if !arguments.json {
            println!(
                "pipeline: {} repeats in turn, processor time of one thread{load}",
                arguments.repeats
            );
        }
        for hours in &arguments.hours {
            bench(*hours, &arguments);
        }
    }
}

/// From decoded frames to what a phone uploads.
fn pipeline(recording: &Recording) -> SessionSummary {
    analyze(recording, &Options::default()).summary(SummaryHeader {
        session_id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
        device: Device {
            model: "bench".to_owned(),
            layout_id: "moticon-16".to_owned(),
            size: None,
            firmware: None,
            serial_left: None,
            serial_right: None,
        },
        start_utc: "2026-03-01T08:30:00Z".to_owned(),
        tz: "Europe/Berlin".to_owned(),
        tag: Tag::Usual,
        source: SessionSource::Simulated,
        simulation: None,
        shoe_id: None,
        orthotic_id: None,
    })
}

/// Seconds of one pass of the bound.
fn bound_s(recording: &Recording) -> f64 {
    let (mut passes, mut total) = (0, 0.0);
    while total < LEAST_S {
        total += cpu_s(|| bound::sum_of_all_columns(std::hint::black_box(recording))).1;
        passes += 1;
    }
    total / f64::from(passes)
}

fn bench(hours: f64, arguments: &Arguments) {
    let mut recording = walk::recording(hours);
    let frames = recording.samples() as f64;
    let (summary, peak) = peak_bytes(|| pipeline(&recording));
    let mut pairs = Vec::new();
    for _ in 0..arguments.repeats {
        let bound = bound_s(&recording);
        pairs.push((bound, cpu_s(|| pipeline(&recording)).1));
    }
    let stages = stages(&mut recording, arguments.repeats);
    let ns = |s: f64| 1e9 * s / frames;
    let bound = Spread::of(pairs.iter().map(|(b, _)| ns(*b)));
    let whole = Spread::of(pairs.iter().map(|(_, w)| ns(*w)));
    let ratio = Spread::of(pairs.iter().map(|(b, w)| b / w));
    let used = summary.strides.left.used + summary.strides.right.used;
    let hours_a_second = |ns: f64| 1e9 / ns / (3600.0 * recording.sampling_hz);
    let peak = peak.map(|bytes| bytes as f64 / frames);
    if arguments.json {
        let stages: serde_json::Map<_, _> = stages
            .iter()
            .map(|(name, s)| ((*name).to_owned(), json!(ns(*s))))
            .collect();
        println!(
            "{}",
            json!({
                "hours": hours, "frames": frames, "strides_used": used,
                "bound_ns": bound.median, "pipeline_ns": whole.median, "of_bound": ratio.median,
                "of_bound_least": ratio.least, "of_bound_most": ratio.most,
                "hours_per_core_second": hours_a_second(whole.median),
                "peak_bytes_per_frame": peak, "stages_ns": stages,
            })
        );
        return;
    }
    println!(
        "\n{hours} h of 2 x (16 sensors + motion) at 100 Hz: {frames} frames, {used} strides used"
    );
    println!("                         ns/frame [least..most]   Mframes/s   hours per core-second");
    for (name, spread) in [("sum of all columns", bound), ("pipeline", whole)] {
        println!(
            "  {name:<20} {:>10.1} [{:.1}..{:.1}] {:>14.2} {:>18.1}",
            spread.median,
            spread.least,
            spread.most,
            1e3 / spread.median,
            hours_a_second(spread.median)
        );
    }
    println!(
        "  of the bound, paired {:>10.3} [{:.3}..{:.3}]",
        ratio.median, ratio.least, ratio.most
    );
    if let Some(peak) = peak {
        println!("  peak memory above the input {peak:.0} bytes/frame");
    }
    for (name, seconds) in stages {
        println!("  {name:<32} {:>8.1} ns/frame", ns(seconds));
    }
}

/// Median seconds that each kind of input adds.
fn stages(recording: &mut Recording, repeats: usize) -> [(&'static str, f64); 3] {
    let time = |recording: &Recording| {
        Spread::of((0..repeats).map(|_| cpu_s(|| pipeline(recording)).1)).median
    };
    let all = time(recording);
    let motion = [recording.left.motion.take(), recording.right.motion.take()];
    let sensors_and_force = time(recording);
    let layout_id = recording.layout_id.take();
    let sensors = [
        std::mem::take(&mut recording.left.sensors),
        std::mem::take(&mut recording.right.sensors),
    ];
    let force = time(recording);
    [recording.left.motion, recording.right.motion] = motion;
    [recording.left.sensors, recording.right.sensors] = sensors;
    recording.layout_id = layout_id;
    [
        ("force: events, strides, metrics", force),
        ("sensors add", sensors_and_force - force),
        ("motion adds", all - sensors_and_force),
    ]
}

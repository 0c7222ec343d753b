use gait::*;
use std::time::Instant;
fn main() {
    let hz = 100.0;
    let n = 3600 * 100 * 2;
    for unit in [ForceUnit::Newton, ForceUnit::Uncalibrated] {
        let force = |phase: f64| -> Vec<f64> {
            let mut t0 = phase;
            let mut v = vec![0.0; n];
            let mut k = 0u64;
            loop {
                k += 1;
                let st = 1.1 + 0.02 * ((k as f64 * 0.618).fract() - 0.5);
                let a = (t0 * hz) as usize;
                for i in a..((t0 + 0.65 * st) * hz) as usize {
                    if i >= n {
                        break;
                    }
                    let s = (i as f64 / hz - t0) / (0.65 * st);
                    if s >= 0.0 && s <= 1.0 {
                        v[i] = 800.0
                            * (s / 0.1).min((1.0 - s) / 0.1).clamp(0.0, 1.0)
                            * (1.1 - 0.25 * (3.14 * s).sin())
                            + (i % 7) as f64 * 0.3;
                    }
                }
                t0 += st;
                if t0 * hz >= n as f64 {
                    break;
                }
            }
            v
        };
        let foot = |p| FootSignal {
            force: force(p),
            ..FootSignal::default()
        };
        let r = Recording {
            name: "x".into(),
            format: Format::Simulated,
            sampling_hz: hz,
            force_unit: unit,
            layout_id: None,
            left: foot(0.3),
            right: foot(0.85),
            step_marks: vec![],
            issues: vec![],
        };
        for _ in 0..4 {
            let t = Instant::now();
            let a = analyze(&r, &Options::default());
            println!(
                "{unit:?} analyze {:.1} ns/frame, strides {}",
                t.elapsed().as_nanos() as f64 / n as f64,
                a.strides.len()
            );
        }
    }
}

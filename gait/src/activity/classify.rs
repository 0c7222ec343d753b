//! From seconds to epochs: each second judged, then stretches too short for their class given to their neighbours.

use super::features::Window;
use super::{ActivityClass, Epoch};

/// Load of a foot below which it is unloaded, body weights (gait specification 3.8; standing A, as all below).
const UNLOADED_BW: f64 = 0.05;
/// Load of both feet together of a sitting person, body weights.
const SITTING_BW: std::ops::Range<f64> = 0.03..0.40;
/// Load of both feet together of a standing person, body weights.
const STANDING_BW: std::ops::Range<f64> = 0.70..1.30;
/// Rotation below which an unworn foot lies still, degrees per second.
const OFF_DPS: f32 = 10.0;
/// Rotation below which a worn foot rests, degrees per second.
const REST_DPS: f32 = 20.0;

/// Shortest epoch of a class, s: standing up, a shift of weight or a kick changes nothing.
const fn shortest_s(class: ActivityClass) -> f64 {
    match class {
        ActivityClass::Off | ActivityClass::Sitting => 5.0,
        ActivityClass::Standing | ActivityClass::Other | ActivityClass::Unknown => 2.0,
        // Bouts have their own rule: at least four strides.
        ActivityClass::Walking | ActivityClass::Running | ActivityClass::Stairs => 0.0,
    }
}

const fn is_gait(class: ActivityClass) -> bool {
    matches!(
        class,
        ActivityClass::Walking | ActivityClass::Running | ActivityClass::Stairs
    )
}

/// Epochs without holes over the whole recording from windows of `window_s`; `gait` in order of precedence.
pub(super) fn epochs(
    windows: &[Window],
    window_s: f64,
    gait: &[Epoch],
    duration_s: f64,
) -> Vec<Epoch> {
    let mut classes: Vec<ActivityClass> = windows.iter().map(at_rest).collect();
    for stretch in gait.iter().rev() {
        // A window belongs to the stretch that covers its middle.
        let index = |s: f64| ((s / window_s - 0.5).ceil().max(0.0) as usize).min(classes.len());
        let range = index(stretch.start_s)..index(stretch.end_s);
        if let Some(part) = classes.get_mut(range) {
            part.fill(stretch.class);
        }
    }
    let mut runs = runs(&classes);
    absorb(&mut runs, window_s);
    runs.iter()
        .map(|run| Epoch {
            class: run.class,
            start_s: run.from as f64 * window_s,
            end_s: (run.to as f64 * window_s).min(duration_s),
        })
        .collect()
}

/// The class of a second outside gait.
fn at_rest(window: &Window) -> ActivityClass {
    let Some([left, right]) = window.load_bw else {
        return ActivityClass::Unknown;
    };
    let total = left + right;
    let below = |limit: f32| window.turning_dps.is_none_or(|dps| dps < limit);
    if left < UNLOADED_BW && right < UNLOADED_BW && below(OFF_DPS) {
        ActivityClass::Off
    } else if SITTING_BW.contains(&total) && below(REST_DPS) {
        ActivityClass::Sitting
    } else if STANDING_BW.contains(&total) && below(REST_DPS) {
        ActivityClass::Standing
    } else {
        ActivityClass::Other
    }
}

/// Consecutive windows of one class.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Run {
    class: ActivityClass,
    from: usize,
    to: usize,
}

impl Run {
    /// Half a window is no matter.
    fn is_short(&self, window_s: f64) -> bool {
        (self.to - self.from) as f64 * window_s < shortest_s(self.class) - 0.5 * window_s
    }
}

fn runs(classes: &[ActivityClass]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (k, &class) in classes.iter().enumerate() {
        match runs.last_mut() {
            Some(last) if last.class == class => last.to = k + 1,
            _ => runs.push(Run {
                class,
                from: k,
                to: k + 1,
            }),
        }
    }
    runs
}

/// Gives each short run to a neighbour that is no gait: to the one before if it is long enough itself, else to the one
/// after. Between two stretches of gait it stays, as something else.
fn absorb(runs: &mut Vec<Run>, window_s: f64) {
    let mut kept: Vec<Run> = Vec::with_capacity(runs.len());
    for k in 0..runs.len() {
        let Some(&run) = runs.get(k) else { break };
        let takes = |r: &&Run| !is_gait(r.class) && !r.is_short(window_s);
        let class = if !run.is_short(window_s) {
            run.class
        } else if let Some(before) = kept.last().filter(takes) {
            before.class
        } else if let Some(after) = runs.get(k + 1).filter(takes) {
            after.class
        } else if run.class == ActivityClass::Unknown {
            run.class
        } else {
            ActivityClass::Other
        };
        match kept.last_mut() {
            Some(last) if last.class == class => last.to = run.to,
            _ => kept.push(Run { class, ..run }),
        }
    }
    *runs = kept;
}

#[cfg(test)]
mod tests {
    use super::*;
    use ActivityClass::{Off, Other, Sitting, Standing, Unknown, Walking};

    fn window(left: f64, right: f64, dps: f32) -> Window {
        Window {
            load_bw: Some([left, right]),
            turning_dps: Some(dps),
        }
    }

    fn listed(windows: &[Window], gait: &[Epoch]) -> Vec<(ActivityClass, f64, f64)> {
        let epochs = epochs(windows, 1.0, gait, windows.len() as f64);
        epochs
            .iter()
            .map(|e| (e.class, e.start_s, e.end_s))
            .collect()
    }

    #[test]
    fn each_second_by_load_and_rest() {
        assert_eq!(at_rest(&window(0.01, 0.02, 3.0)), Off);
        assert_eq!(
            at_rest(&window(0.01, 0.02, 60.0)),
            Other,
            "a foot that swings"
        );
        assert_eq!(at_rest(&window(0.02, 0.02, 15.0)), Sitting);
        assert_eq!(at_rest(&window(0.12, 0.10, 2.0)), Sitting);
        assert_eq!(at_rest(&window(0.3, 0.25, 2.0)), Other);
        assert_eq!(at_rest(&window(0.9, 0.05, 2.0)), Standing, "on one leg");
        assert_eq!(at_rest(&window(0.5, 0.5, 40.0)), Other);
        let lost = Window {
            load_bw: None,
            turning_dps: Some(1.0),
        };
        assert_eq!(at_rest(&lost), Unknown);
    }

    #[test]
    fn short_interruptions_do_not_end_an_epoch() {
        let mut windows = vec![window(0.5, 0.5, 2.0); 20];
        windows[8] = window(0.5, 0.1, 30.0);
        windows[9] = window(0.1, 0.1, 2.0);
        assert_eq!(listed(&windows, &[]), [(Standing, 0.0, 20.0)]);
        windows[8..14].fill(window(0.1, 0.1, 2.0));
        let expected = [
            (Standing, 0.0, 8.0),
            (Sitting, 8.0, 14.0),
            (Standing, 14.0, 20.0),
        ];
        assert_eq!(listed(&windows, &[]), expected);
    }

    #[test]
    fn gait_is_not_made_longer_by_what_lies_between() {
        let windows = vec![window(0.5, 0.5, 200.0); 12];
        let walk = |start_s, end_s| Epoch {
            class: Walking,
            start_s,
            end_s,
        };
        let found = listed(&windows, &[walk(0.0, 5.4), walk(6.5, 12.0)]);
        assert_eq!(
            found,
            [(Walking, 0.0, 5.0), (Other, 5.0, 6.0), (Walking, 6.0, 12.0)]
        );
    }
}

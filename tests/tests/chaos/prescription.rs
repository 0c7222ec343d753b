//! The plan every patient gets, and what it asks for, counted out by hand: no code of the planner.

use serde_json::{Value, json};

use crate::evidence::Wanted;

/// Lines due in the minute of the kills.
const FIRST_WAVE: usize = 36;
/// Lines due one minute later, when the server is stopped.
const SECOND_WAVE: usize = 2;
/// Lines for later in the day: to be answered early, and never prompted meanwhile.
const LATER: usize = 2;
/// Their windows.
const LATER_WINDOWS: i64 = 12;

const MINUTE_MS: i64 = 60_000;

/// A zone in which it is between 11 and 12 o'clock, so that no day ends during the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Noon {
    /// Its name.
    pub(crate) zone: String,
    east_h: i64,
}

impl Noon {
    pub(crate) fn at(now_ms: i64) -> Self {
        let utc_h = now_ms.div_euclid(3_600_000).rem_euclid(24);
        let east_h = 11 - utc_h;
        // In these names east is minus.
        let zone = if east_h > 0 {
            format!("Etc/GMT-{east_h}")
        } else {
            format!("Etc/GMT+{}", -east_h)
        };
        Self { zone, east_h }
    }

    /// `HH:MM` there.
    fn clock(&self, at_ms: i64) -> String {
        let minute = (at_ms.div_euclid(MINUTE_MS) + 60 * self.east_h).rem_euclid(24 * 60);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }

    /// The date there, `YYYY-MM-DD`.
    pub(crate) fn date(&self, at_ms: i64) -> String {
        let there = jiff::Timestamp::from_millisecond(at_ms + self.east_h * 3_600_000).unwrap();
        there.to_string()[..10].to_owned()
    }
}

/// The windows of each line, ms since the Unix epoch.
fn windows(due_ms: i64) -> Vec<Vec<i64>> {
    let later = (0..LATER_WINDOWS)
        .map(|n| due_ms + (120 + 5 * n) * MINUTE_MS)
        .collect();
    [
        vec![vec![due_ms]; FIRST_WAVE],
        vec![vec![due_ms + MINUTE_MS]; SECOND_WAVE],
        vec![later; LATER],
    ]
    .concat()
}

/// The first version of a plan whose first wave is due at `due_ms`, a full minute.
pub(crate) fn plan(noon: &Noon, due_ms: i64) -> Value {
    let line = |windows: Vec<i64>| {
        let window = |at: i64| json!({ "at": noon.clock(at), "opens_before_min": 600, "closes_after_min": 240 });
        json!({
            "exercise": "calf-wall-stretch",
            "dose": { "sets": 3, "hold_s": 30, "each_side": true },
            "recurrence": { "kind": "daily" },
            "windows": windows.into_iter().map(window).collect::<Vec<_>>(),
            "starts_on": noon.date(due_ms),
            "ends_on": noon.date(due_ms),
        })
    };
    json!({ "base_version": 0, "items": windows(due_ms).into_iter().map(line).collect::<Vec<_>>() })
}

/// What the plan asks of a patient, given the ids its lines were published under.
pub(crate) fn wanted(noon: &Noon, due_ms: i64, patient: usize, items: &[String]) -> Vec<Wanted> {
    let windows = windows(due_ms);
    assert_eq!(items.len(), windows.len(), "every line was published");
    let mut wanted = Vec::new();
    for (item, windows) in items.iter().zip(windows) {
        wanted.extend(windows.into_iter().map(|at| Wanted {
            patient,
            item: item.clone(),
            time: noon.clock(at),
            due_ms: at,
        }));
    }
    wanted
}

#[test]
fn a_plan_counted_out_by_hand() {
    // 2026-11-22T23:58:10Z: east of 11 - 23 = -12 hours it is 11:58 on the same date.
    let now_ms = 1_795_391_890_000;
    let noon = Noon::at(now_ms);
    assert_eq!(noon.zone, "Etc/GMT+12");
    let due_ms = 1_795_391_940_000;
    assert_eq!(noon.date(due_ms), "2026-11-22");
    let items: Vec<String> = (0..40).map(|n| format!("item-{n}")).collect();
    let wanted = wanted(&noon, due_ms, 3, &items);
    assert_eq!(wanted.len(), 36 + 2 + 2 * 12);
    let show = |n: usize| {
        (
            wanted[n].item.as_str(),
            wanted[n].time.as_str(),
            wanted[n].due_ms - due_ms,
        )
    };
    assert_eq!(show(0), ("item-0", "11:59", 0));
    assert_eq!(show(36), ("item-36", "12:00", 60_000));
    assert_eq!(show(61), ("item-39", "14:54", 175 * 60_000));
}

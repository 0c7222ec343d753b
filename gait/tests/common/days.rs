//! Days of a person made by hand.
#![allow(dead_code, unreachable_pub, reason = "shared by several test programs")]

use std::collections::BTreeMap;

use gait::change::baseline::sem_of;
use gait::change::day::CADENCE;
use gait::change::{Day, DayNotes, DayValue};
use gait::norms::norms;

pub const LAYOUT: &str = "gaitpdb-8";

pub fn value(value: f64, metric: &str) -> DayValue {
    DayValue {
        value,
        se: norms().mdc95(metric, LAYOUT).map_or(0.5, sem_of) / 2.0,
        n: 300,
        flagged: false,
    }
}

pub fn day(date: i64, values: &[(&str, f64)]) -> Day {
    let mut map: BTreeMap<String, DayValue> = values
        .iter()
        .map(|(id, v)| ((*id).to_owned(), value(*v, id)))
        .collect();
    map.entry(CADENCE.to_owned())
        .or_insert_with(|| value(110.0, CADENCE));
    Day {
        date,
        setting: "same".to_owned(),
        layout_id: LAYOUT.to_owned(),
        bouts_over_10s: 5,
        valid_strides: 800,
        values: map,
        sync_ok: true,
        notes: DayNotes {
            same_shoes: Some(true),
            ..DayNotes::default()
        },
        ..Day::default()
    }
}

/// Values alternate around a level, so that nothing but what the test adds changes.
pub fn steady(d: i64) -> f64 {
    if d % 2 == 0 { 1.0 } else { -1.0 }
}

//! The gait report (`gr_<name>.xlsx`) that the vendor's software wrote of a walk.

use std::collections::BTreeMap;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};
use gait::strides::Stride;
use gait::{Analysis, Side, StepMarkKind};

use crate::report::Unreadable;

/// A quantity both know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measure {
    /// Name for a reader, with the unit.
    pub(crate) name: &'static str,
    /// Its row in the vendor's report.
    label: &'static str,
    /// The engine's value.
    engine: fn(&Analysis) -> Option<f64>,
}

const MEASURES: &[Measure] = &[
    Measure {
        name: "stride time, s",
        label: "Mean gait cycle time (s)",
        engine: |a| mean_of_feet(a, |s| Some(s.stride_time_s())),
    },
    Measure {
        name: "cadence, steps/min",
        label: "Mean gait cadence (strides per minute)",
        engine: |a| Some(120.0 / mean_of_feet(a, |s| Some(s.stride_time_s()))?),
    },
    Measure {
        name: "stance left, %",
        label: "Mean fraction of stance phase (left) (%)",
        engine: |a| mean(a, Side::Left, |s| Some(s.stance_pct())),
    },
    Measure {
        name: "stance right, %",
        label: "Mean fraction of stance phase (right) (%)",
        engine: |a| mean(a, Side::Right, |s| Some(s.stance_pct())),
    },
    Measure {
        name: "double support, %",
        label: "Mean fraction of double support (%)",
        engine: |a| mean_of_feet(a, Stride::double_support_pct),
    },
    Measure {
        name: "stride length, m",
        label: "Mean stride length (m)",
        engine: |a| mean_of_feet(a, |s| s.motion.map(|m| m.stride_length_m)),
    },
];

/// Strides a minute of the vendor against steps a minute of the engine.
const STEPS_PER_STRIDE: f64 = 2.0;

/// Mean over every stride of a foot that the vendor could see: its report leaves out neither the first nor the last, but
/// a stride that a closing contact ends lifts off no more and has no mark.
fn mean(analysis: &Analysis, side: Side, measure: fn(&Stride) -> Option<f64>) -> Option<f64> {
    let last = analysis.events.iter().rev().find(|e| e.side == side)?;
    let lifted = |stride: &&Stride| last.kind == StepMarkKind::ToeOff || stride.end_s < last.time_s;
    let strides = analysis.strides.iter().filter(|s| s.foot == side);
    let seen = strides.filter(|s| s.is_valid()).filter(lifted);
    let values: Vec<f64> = seen.filter_map(measure).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn mean_of_feet(analysis: &Analysis, measure: fn(&Stride) -> Option<f64>) -> Option<f64> {
    let feet = Side::BOTH.map(|side| mean(analysis, side, measure));
    let [left, right] = feet;
    Some(f64::midpoint(left?, right?))
}

/// First number of each labelled row of the first sheet.
pub(super) struct VendorReport(BTreeMap<String, f64>);

impl VendorReport {
    /// The report beside an export; `None` when there is none.
    pub(super) fn beside(export: &Path) -> Result<Option<Self>, Unreadable> {
        let stem = export.file_stem().unwrap_or_default().to_string_lossy();
        let record = format!("gr_{stem}.xlsx");
        let path = export.with_file_name(&record);
        if !path.exists() {
            return Ok(None);
        }
        let rows = open_workbook(&path).and_then(|mut book: Xlsx<_>| {
            let sheet = book.worksheet_range_at(0);
            sheet.unwrap_or_else(|| Ok(calamine::Range::empty()))
        });
        let rows = rows.map_err(|error| Unreadable {
            record,
            why: error.to_string(),
        })?;
        let labelled = rows.rows().filter_map(|row| match row {
            [Data::String(label), Data::Float(value), ..] => {
                Some((label.trim().to_owned(), *value))
            }
            _ => None,
        });
        Ok(Some(Self(labelled.collect())))
    }

    /// What vendor and engine say of each quantity the report has.
    pub(super) fn against(&self, analysis: &Analysis) -> Vec<(Measure, f64, Option<f64>)> {
        let both = |measure: &Measure| {
            let stored = self.0.get(measure.label)?;
            let factor = if measure.label.contains("strides per minute") {
                STEPS_PER_STRIDE
            } else {
                1.0
            };
            Some((*measure, factor * stored, (measure.engine)(analysis)))
        };
        MEASURES.iter().filter_map(both).collect()
    }
}

//! The comparison as floors, tables and plots.

use serde_json::{Value, json};

use super::marks::Marks;
use super::rebuilt::Rebuilt;
use super::{VENDOR_TOE_OFF_BW, Walk};
use crate::report::{Floor, Goal, Mark, Plot, Report, Series, Table};

pub(super) fn report(walks: &[Walk]) -> Report {
    Report {
        name: "moticon",
        protocol: protocol(),
        floors: floors(walks),
        tables: vec![
            marks_table(walks),
            report_table(walks),
            rebuilt_table(walks),
        ],
        plots: vec![error_plot(walks), difference_plot(walks)],
        unreadable: Vec::new(),
        json: json!({ "walks": walks.iter().map(walk_json).collect::<Vec<_>>() }),
        ..Report::default()
    }
}

fn protocol() -> Vec<String> {
    let preset = 100.0 * VENDOR_TOE_OFF_BW;
    vec![
        "The engine's initial contacts and toe-offs against the step marks the export carries (left 11 and 15, right 21 \
         and 25), one to one within 100 ms. The marks are never an input of the engine."
            .to_owned(),
        "The vendor marks a contact once the foot has left the ground again. The contact of each foot that ends the file \
         in standing therefore has no mark; the engine reports it. It is set aside, and counted apart, where it lies \
         after the foot's last marked toe-off and the foot bears more than 100 N from 0.1 s after it to the end of the \
         file; any other event without a mark is extra."
            .to_owned(),
        format!(
            "The engine's toe-off is the last falling crossing of 5 % of body weight, the vendor's lies near {preset:.0} %: the \
             default is later by definition. Toe-off, and what the vendor's own report says of the walk, are therefore \
             also compared at the {preset:.0} % preset. Like the vendor's report, that comparison takes every stride between two \
             contacts that lift off again, the first and last of a bout included."
        ),
        "Total force and centre of pressure are rebuilt from the single pressures with the sensor geometry and compared \
         with the file's own columns, the centre where the foot carries 200 N or more."
            .to_owned(),
    ]
}

fn all_marks(walks: &[Walk], of: fn(&Walk) -> &Marks) -> Marks {
    let mut all = Marks::default();
    walks.iter().for_each(|walk| all.merge(of(walk)));
    all
}

fn floors(walks: &[Walk]) -> Vec<Floor> {
    let (marks, preset) = (
        all_marks(walks, |w| &w.marks),
        all_marks(walks, |w| &w.preset),
    );
    let feet = || walks.iter().flat_map(|walk| &walk.rebuilt);
    let samples = feet().map(|foot| foot.samples).sum();
    let worst = |value: fn(&Rebuilt) -> f64| feet().map(value).fold(f64::NAN, f64::max);
    let relative = |name: &str| {
        let rows = walks.iter().flat_map(|walk| &walk.report);
        let errors = rows.filter(|(measure, ..)| measure.name.starts_with(name));
        let errors = errors.filter_map(|(_, vendor, engine)| Some((*vendor, (*engine)?)));
        errors.collect::<Vec<(f64, f64)>>()
    };
    let (cadence, stance) = (relative("cadence"), relative("stance"));
    let most = |values: &[(f64, f64)], size: fn(&(f64, f64)) -> f64| {
        values.iter().map(size).fold(f64::NAN, f64::max)
    };
    vec![
        Floor::new(
            "step marks without an event",
            Goal::Exactly(0.0),
            (marks.wanted - marks.matched) as f64,
            marks.wanted,
        ),
        Floor::new(
            "events without a step mark",
            Goal::Exactly(0.0),
            marks.extra as f64,
            marks.wanted,
        ),
        Floor::new(
            "initial contact, mean absolute error, ms",
            Goal::AtMost(8.0),
            marks.contact_ms.mean_size(),
            marks.contact_ms.n(),
        ),
        Floor::new(
            "toe-off at the 13 % preset, mean absolute error, ms",
            Goal::AtMost(12.0),
            preset.toe_off_ms.mean_size(),
            preset.toe_off_ms.n(),
        ),
        Floor::new(
            "cadence against the vendor's report, worst, %",
            Goal::AtMost(1.0),
            most(&cadence, |(v, e)| 100.0 * (e / v - 1.0).abs()),
            cadence.len(),
        ),
        Floor::new(
            "stance at the 13 % preset against the vendor's report, worst, points",
            Goal::AtMost(3.5),
            most(&stance, |(v, e)| (e - v).abs()),
            stance.len(),
        ),
        Floor::new(
            "force rebuilt, worst foot, % rms",
            Goal::AtMost(1.0),
            worst(Rebuilt::force_rms_pct),
            samples,
        ),
        Floor::new(
            "centre of pressure rebuilt, worst, insole lengths and widths",
            Goal::AtMost(0.001),
            worst(|foot| foot.centre.worst()),
            feet().map(|foot| foot.centre.n()).sum(),
        ),
    ]
}

fn strings<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).into()
}

/// A number, or `-` where there is none.
fn cell(value: f64, decimals: usize) -> String {
    if value.is_finite() {
        format!("{value:.decimals$}")
    } else {
        "-".to_owned()
    }
}

fn signed(value: f64) -> String {
    if value.is_finite() {
        format!("{value:+.1}")
    } else {
        "-".to_owned()
    }
}

fn marks_table(walks: &[Walk]) -> Table {
    let row = |walk: &Walk| {
        let (marks, preset) = (&walk.marks, &walk.preset);
        vec![
            walk.name.clone(),
            marks.wanted.to_string(),
            marks.matched.to_string(),
            marks.extra.to_string(),
            marks.closing.to_string(),
            signed(marks.contact_ms.mean()),
            cell(marks.contact_ms.mean_size(), 1),
            cell(marks.contact_ms.size_at(0.95), 1),
            signed(marks.toe_off_ms.mean()),
            signed(preset.toe_off_ms.mean()),
        ]
    };
    Table {
        title: "Step marks of the export".to_owned(),
        columns: strings([
            "walk",
            "marks",
            "found",
            "extra",
            "closing",
            "contact bias ms",
            "contact MAE ms",
            "contact P95 ms",
            "toe-off bias ms",
            "toe-off bias ms at 13 %",
        ]),
        rows: walks.iter().map(row).collect(),
        note: Some(
            "Errors are engine minus vendor; MAE: mean absolute error. The export's grid is 10 ms. closing: contacts \
             that end the file in standing, set aside."
                .to_owned(),
        ),
    }
}

fn report_table(walks: &[Walk]) -> Table {
    let rows = walks.iter().flat_map(|walk| {
        walk.report.iter().map(|(measure, vendor, engine)| {
            vec![
                walk.name.clone(),
                measure.name.to_owned(),
                cell(*vendor, 3),
                engine.map_or_else(|| "-".to_owned(), |value| cell(value, 3)),
                engine.map_or_else(|| "-".to_owned(), |value| format!("{:+.3}", value - vendor)),
            ]
        })
    });
    let rows: Vec<_> = rows.collect();
    let note = if rows.is_empty() {
        "No report (gr_<walk>.xlsx) lies beside the exports."
    } else {
        "Toe-off at 13 % of body weight. -: the engine gives no value (too few strides, or not measured)."
    };
    Table {
        title: "The vendor's gait report of the same walk".to_owned(),
        columns: strings(["walk", "quantity", "vendor", "engine", "difference"]),
        rows,
        note: Some(note.to_owned()),
    }
}

fn rebuilt_table(walks: &[Walk]) -> Table {
    let rows = walks.iter().flat_map(|walk| {
        ["left", "right"]
            .iter()
            .zip(&walk.rebuilt)
            .map(|(side, foot)| {
                vec![
                    walk.name.clone(),
                    (*side).to_owned(),
                    foot.samples.to_string(),
                    cell(foot.force_rms_pct(), 3),
                    cell(foot.force_n.worst(), 1),
                    cell(foot.centre.worst(), 5),
                ]
            })
    });
    Table {
        title: "Force and centre of pressure rebuilt from the pressures".to_owned(),
        columns: strings([
            "walk",
            "foot",
            "samples",
            "force rms %",
            "force worst N",
            "centre worst",
        ]),
        rows: rows.collect(),
        note: Some(
            "The file gives force in whole newtons. Centre: insole lengths along, insole widths across.".to_owned(),
        ),
    }
}

fn error_plot(walks: &[Walk]) -> Plot {
    let series = |walk: &Walk| Series {
        name: walk.name.clone(),
        mark: Mark::Dots,
        points: walk.marks.contacts.clone(),
    };
    Plot {
        title: "Initial contact, engine minus vendor".to_owned(),
        x_label: "time in the walk, s".to_owned(),
        y_label: "error, ms".to_owned(),
        series: walks.iter().map(series).collect(),
    }
}

fn difference_plot(walks: &[Walk]) -> Plot {
    let series = |name: &str, of: fn(&Walk) -> &Marks| Series {
        name: name.to_owned(),
        mark: Mark::Bars,
        points: histogram(all_marks(walks, of).toe_off_ms.values(), 5.0),
    };
    Plot {
        title: "Toe-off, engine minus vendor".to_owned(),
        x_label: "error, ms (bins of 5 ms)".to_owned(),
        y_label: "toe-offs".to_owned(),
        series: vec![
            series("at 5 % of body weight", |w| &w.marks),
            series("at 13 %", |w| &w.preset),
        ],
    }
}

/// Counts in bins of equal width, at the middle of each bin.
fn histogram(values: &[f64], width: f64) -> Vec<(f64, f64)> {
    let mut bins = std::collections::BTreeMap::new();
    for value in values {
        *bins.entry((value / width).floor() as i64).or_insert(0.0) += 1.0;
    }
    bins.into_iter()
        .map(|(bin, count)| ((bin as f64 + 0.5) * width, count))
        .collect()
}

fn walk_json(walk: &Walk) -> Value {
    let marks = &walk.marks;
    let feet = ["left", "right"]
        .iter()
        .zip(&walk.rebuilt)
        .map(|(side, foot)| {
            json!({
                "foot": side, "samples": foot.samples, "force_rms_pct": foot.force_rms_pct(),
                "centre_of_pressure_worst": foot.centre.worst(),
            })
        });
    let report = walk.report.iter().map(|(measure, vendor, engine)| {
        json!({ "quantity": measure.name, "vendor": vendor, "engine": engine })
    });
    json!({
        "walk": walk.name,
        "duration_s": walk.duration_s,
        "marks": marks.wanted,
        "found": marks.matched,
        "extra": marks.extra,
        "closing": marks.closing,
        "contact_bias_ms": marks.contact_ms.mean(),
        "contact_mae_ms": marks.contact_ms.mean_size(),
        "toe_off_bias_ms": marks.toe_off_ms.mean(),
        "toe_off_bias_at_13_pct_ms": walk.preset.toe_off_ms.mean(),
        "vendor_report": report.collect::<Vec<_>>(),
        "rebuilt": feet.collect::<Vec<_>>(),
    })
}

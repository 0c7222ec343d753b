//! The shipped reference values against the same values recomputed from a folder of control recordings.

mod compare;
mod measure;
mod rules;

use std::collections::BTreeMap;
use std::path::Path;

use gait::norms::{Of, norms};
use gait::{Analysis, Options, analyze};
use serde_json::{Value, json};

use crate::files::{self, FileError};
use crate::report::{Report, Table};
use compare::{Row, Shipped, Spread};

/// Recomputes every shipped reference value from the control recordings (`*Co*`) of a folder, one walk per person (the
/// first; walks with a second task, `_10`, are not used), with the engine's default options.
///
/// # Errors
/// When the folder cannot be listed. A recording that cannot be read is named in the report and left out.
pub fn run(folder: &Path) -> Result<Report, FileError> {
    let (mut analyses, mut unread) = (Vec::new(), Vec::new());
    for path in first_walks(files::recordings(folder)?) {
        match files::read(&path, None) {
            Ok(recording) => analyses.push(analyze(&recording, &Options::default())),
            Err(error) => unread.push(error.to_string()),
        }
    }
    Ok(report(&analyses, unread))
}

/// The first usual walk of each control person.
fn first_walks(mut paths: Vec<std::path::PathBuf>) -> Vec<std::path::PathBuf> {
    let stem = |p: &std::path::PathBuf| {
        p.file_stem()
            .map_or_else(String::new, |s| s.to_string_lossy().into_owned())
    };
    paths.retain(|p| stem(p).contains("Co") && !stem(p).ends_with("_10"));
    paths.sort();
    paths.dedup_by_key(|p| person(&stem(p)).to_owned());
    paths
}

/// `GaCo01` of `GaCo01_02`.
fn person(stem: &str) -> &str {
    stem.split_once('_').map_or(stem, |(person, _)| person)
}

/// Whether every recording carries a name of the data set the references come from: then the people here are some of
/// those behind the references.
fn of_the_cohort(analyses: &[Analysis]) -> bool {
    !analyses.is_empty()
        && analyses.iter().all(|a| {
            ["GaCo", "JuCo", "SiCo"]
                .iter()
                .any(|study| a.recording.starts_with(study))
        })
}

fn report(analyses: &[Analysis], unread: Vec<String>) -> Report {
    let subset = of_the_cohort(analyses);
    let metrics = metric_rows(analyses, subset);
    let components = component_rows(analyses, subset);
    let distance = distance_row(analyses);
    let tables = [
        Some(compare::table(
            "Reference values, mean of both feet (symmetry: magnitude)",
            &metrics,
        )),
        Some(rules::table(analyses)),
        Some(compare::percentiles(&metrics)),
        Some(compare::table(
            "Components of the score, transformed",
            &components,
        )),
        distance
            .as_ref()
            .map(|row| compare::table("Scale of the score: ln D", std::slice::from_ref(row))),
        unread_table(&unread),
    ];
    let json = json!({
        "norms_version": norms().version,
        "recordings": analyses.len(),
        "of_the_reference_cohort": subset,
        "unread": unread,
        "metrics": object(&metrics),
        "grsi_components": object(&components),
        "grsi_ln_distance": distance.as_ref().map(Row::json),
    });
    Report {
        name: "norms",
        protocol: protocol(analyses.len(), subset),
        tables: tables.into_iter().flatten().collect(),
        plots: Vec::new(),
        json,
        ..Report::default()
    }
}

fn object(rows: &[Row]) -> Value {
    rows.iter()
        .map(|row| (row.id.clone(), row.json()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn protocol(n: usize, subset: bool) -> Vec<String> {
    let error = if subset {
        "The people here are some of those behind the references, so the standard error of d is sqrt(1/n - 1/N), with N people behind the reference."
    } else {
        "The people here are taken for others than those behind the references, so the standard error of d is sqrt(1/n + 1/N)."
    };
    vec![
        format!(
            "{n} control recordings, the first usual walk of each person, whole walks (nothing trimmed), the engine's default options."
        ),
        format!(
            "d is the difference of the means in standard deviations of the reference group. {error} Up to two standard errors are what another draw of people would give as well, and of many rows one in twenty lies beyond by chance alone."
        ),
        "References computed by an earlier implementation of the same definitions: what differs by more than sampling is named with the rule that differs.".to_owned(),
    ]
}

fn unread_table(unread: &[String]) -> Option<Table> {
    (!unread.is_empty()).then(|| Table {
        title: "Not read".to_owned(),
        columns: vec!["recording and reason".to_owned()],
        rows: unread.iter().map(|u| vec![u.clone()]).collect(),
        note: None,
    })
}

fn metric_rows(analyses: &[Analysis], subset: bool) -> Vec<Row> {
    let people = |cohort: &str| norms().cohorts.get(cohort).map_or(0, |c| c.n);
    let plain = norms().reference.iter().map(|r| {
        let values = analyses.iter().filter_map(|a| measure::value(a, &r.metric));
        let magnitude = r.of == Of::Magnitude;
        let values = values
            .map(|v| if magnitude { v.abs() } else { v })
            .collect();
        let shipped = Shipped {
            mean: r.mean,
            sd: r.sd,
            p5: r.p5,
            p95: r.p95,
            n: people(&r.cohort),
        };
        Row::new(&r.metric, shipped, values, subset)
    });
    let layout = "gaitpdb-8";
    let plantar = norms()
        .plantar
        .iter()
        .filter(|r| r.layout == layout)
        .map(|r| {
            let values = analyses
                .iter()
                .filter_map(|a| measure::value(a, &r.metric))
                .collect();
            let shipped = Shipped {
                mean: r.mean,
                sd: r.sd,
                p5: r.p5,
                p95: r.p95,
                n: people(&r.cohort),
            };
            Row::new(&r.metric, shipped, values, subset)
        });
    let shares = norms()
        .impulse_share
        .iter()
        .filter(|s| s.layout == layout)
        .flat_map(|s| {
            let of = s.mean.iter().zip(&s.sd).enumerate();
            of.map(|(k, (mean, sd))| {
                let values = analyses
                    .iter()
                    .filter_map(|a| measure::impulse_share(a, k))
                    .collect();
                let shipped = Shipped {
                    mean: *mean,
                    sd: *sd,
                    p5: None,
                    p95: None,
                    n: people(&s.cohort),
                };
                Row::new(
                    &format!("impulse_share_sensor_{}", k + 1),
                    shipped,
                    values,
                    subset,
                )
            })
        });
    plain.chain(plantar).chain(shares).collect()
}

fn component_rows(analyses: &[Analysis], subset: bool) -> Vec<Row> {
    let grsi = &norms().grsi;
    let n = norms().cohorts.get(&grsi.cohort).map_or(0, |c| c.n);
    grsi.component
        .iter()
        .map(|c| {
            let values = analyses
                .iter()
                .filter_map(|a| a.score.components.iter().find(|x| x.id == c.id))
                .map(|x| c.mean + x.z * c.sd)
                .collect();
            let shipped = Shipped {
                mean: c.mean,
                sd: c.sd,
                p5: None,
                p95: None,
                n,
            };
            Row::new(&c.id, shipped, values, subset)
        })
        .collect()
}

/// ln D, the logarithm of the root mean square z, of the walks with every component.
fn distance_row(analyses: &[Analysis]) -> Option<Row> {
    let scale = &norms().grsi.ln_distance;
    let values: Vec<f64> = analyses
        .iter()
        .filter(|a| a.score.value.is_some())
        .map(|a| {
            let z: Vec<f64> = a.score.components.iter().map(|c| c.z * c.z).collect();
            0.5 * (z.iter().sum::<f64>() / z.len() as f64).ln()
        })
        .collect();
    let shipped = Shipped {
        mean: scale.mean,
        sd: scale.sd,
        p5: None,
        p95: None,
        n: scale.n,
    };
    // Sixteen walks made the scale: other walks are other people.
    let subset = values.len() as u64 <= scale.n && of_the_cohort(analyses);
    (!values.is_empty()).then(|| Row::new("ln_distance", shipped, values, subset))
}

/// Mean and SD by metric id, of a group of analyses; the numbers a new reference table would carry.
#[must_use]
pub fn recompute(analyses: &[Analysis]) -> BTreeMap<String, (f64, f64, usize)> {
    metric_rows(analyses, false)
        .into_iter()
        .filter_map(|row| {
            let Spread { mean, sd, n, .. } = row.here?;
            Some((row.id, (mean, sd, n)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn one_usual_walk_per_control() {
        let names = [
            "GaPt03_01",
            "GaCo02_10",
            "GaCo02_02",
            "GaCo02_01",
            "SiCo07_01",
            "format",
        ];
        let paths = names.map(|n| PathBuf::from(format!("{n}.txt"))).to_vec();
        let kept: Vec<String> = first_walks(paths)
            .iter()
            .map(|p| p.display().to_string())
            .collect();
        assert_eq!(kept, ["GaCo02_01.txt", "SiCo07_01.txt"]);
    }

    #[test]
    fn nothing_to_compare_is_said_and_not_computed() {
        let empty = report(&[], vec!["a.txt: no recording".to_owned()]);
        assert_eq!(empty.json["recordings"], 0);
        assert!(empty.json["metrics"]["stance_pct"]["here"].is_null());
        assert!(empty.tables.iter().any(|t| t.title == "Not read"));
        assert!(
            empty
                .tables
                .iter()
                .all(|t| t.rows.iter().all(|r| r.len() == t.columns.len()))
        );
    }
}

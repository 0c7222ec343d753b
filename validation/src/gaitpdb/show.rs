//! From walks to the report.

use std::collections::BTreeMap;

use super::json::to_json;
use super::walk::{CONTROLS, PATIENTS, PROTOCOL_METRICS, STUDIES, Walk};
use crate::report::{Floor, Goal, Mark, Plot, Report, Series, Table, Unreadable};
use crate::stats::{auc, mean, sd};

/// Frenkel-Toledo 2005 (JNER 2:23), table 2: mean and SD of controls and patients, and how near the same protocol must
/// come. No goal for swing-time CV: this recipe reads about 0.7 higher, only its direction counts.
pub(super) struct Published {
    pub(super) metric: &'static str,
    pub(super) controls: (f64, f64),
    pub(super) patients: (f64, f64),
    pub(super) goal: Option<f64>,
}

pub(super) const PUBLISHED: [Published; 4] = [
    Published {
        metric: "stride_time_s",
        controls: (1.08, 0.09),
        patients: (1.12, 0.07),
        goal: Some(0.01),
    },
    Published {
        metric: "swing_pct",
        controls: (35.27, 1.97),
        patients: (34.45, 2.60),
        goal: Some(0.6),
    },
    Published {
        metric: "stride_time_cv_pct",
        controls: (1.94, 0.36),
        patients: (2.24, 0.74),
        goal: Some(0.12),
    },
    Published {
        metric: "swing_time_cv_pct",
        controls: (2.80, 1.99),
        patients: (3.27, 1.25),
        goal: None,
    },
];
/// Usual walks of study Si in the whole database: with all of them the goals hold as they are.
const WHOLE_CONTROLS: usize = 29;
const WHOLE_PATIENTS: usize = 35;
/// The study the table is of.
const PUBLISHED_STUDY: &str = "Si";

const PROTOCOL: [&str; 4] = [
    "Usual walks only (names ending in _01). Groups are told from the names: study Si, Ga or Ju, controls Co or patients Pt.",
    "The published protocol (Frenkel-Toledo 2005) is run by the engine itself with other options: contact is total foot force above \
     20 N, without taking off a zero level; phases under 0.1 s are merged; strides of the first 20 s and the last 5 s are not used; strides \
     whose stride or swing time lies more than 3 SD from the median are left out, again and again until none does; then the mean \
     of both feet. CV is SD / mean of a foot's strides.",
    "The paper's groups are all of study Si (29 controls and 35 patients in the database). A folder with a part of them differs \
     from the paper by chance: its goals are widened by two standard errors of drawing that part, and the table gives the plain difference with the \
     standard error of the group mean.",
    "The area under the curve (AUC) is the chance that a patient's value lies above a control's: 0.5 tells nothing, above 0.5 patients are \
     higher, below 0.5 lower. It is given for the published protocol and for the engine's own defaults (5 % of body weight, insole \
     zero removed, neighbourhood outlier rule, nothing trimmed), symmetry indices by magnitude. It describes these recordings; it is no test for a disease.",
];

pub(super) fn report(walks: &[Walk], unreadable: Vec<Unreadable>) -> Report {
    let groups = groups(walks);
    Report {
        name: "gaitpdb",
        protocol: PROTOCOL.map(str::to_owned).to_vec(),
        floors: floors(&groups),
        tables: vec![
            paper_table(&groups),
            group_table(&groups),
            auc_table(walks),
            walks_table(walks),
        ],
        plots: vec![
            scatter(
                walks,
                "stride_time_s",
                "swing_pct",
                "stride time, s",
                "swing, % of the stride",
            ),
            scatter(
                walks,
                "stride_time_cv_pct",
                "swing_time_cv_pct",
                "stride-time CV, %",
                "swing-time CV, %",
            ),
        ],
        unreadable,
        json: to_json(walks, &groups),
        ..Report::default()
    }
}

/// A published value with its group's name.
fn published<'a>(
    groups: &'a [(String, Vec<&'a Walk>)],
) -> impl Iterator<Item = (&'a str, &'a [&'a Walk], &'static Published, (f64, f64))> {
    let of_study = groups
        .iter()
        .filter(|(name, _)| name.starts_with(PUBLISHED_STUDY));
    of_study.flat_map(|(name, members)| {
        PUBLISHED.iter().map(move |p| {
            let theirs = if name.ends_with(CONTROLS) {
                p.controls
            } else {
                p.patients
            };
            (name.as_str(), members.as_slice(), p, theirs)
        })
    })
}

/// The goals hold for the whole groups of the paper; of a part of them, the chance of the draw is allowed for as well.
fn floors(groups: &[(String, Vec<&Walk>)]) -> Vec<Floor> {
    published(groups)
        .filter_map(|(name, members, p, (theirs, _))| {
            let found = values(members, p.metric);
            let whole = if name.ends_with(CONTROLS) {
                WHOLE_CONTROLS
            } else {
                WHOLE_PATIENTS
            };
            let chance = if found.len() < whole {
                standard_error(&found, whole)
            } else {
                0.0
            };
            let reached = mean(&found).map_or(f64::NAN, |m| (m - theirs).abs());
            let what = format!("{name} {}, distance from the paper", p.metric);
            Some(Floor::new(
                what,
                Goal::AtMost(rounded(p.goal? + 2.0 * chance)),
                reached,
                found.len(),
            ))
        })
        .collect()
}

/// To three decimals, so that a goal reads like one.
fn rounded(value: f64) -> f64 {
    (1e3 * value).round() / 1e3
}

/// Standard error of the mean of a part of a finite group of `whole`; 0 when it cannot be told.
fn standard_error(part: &[f64], whole: usize) -> f64 {
    let left_out = 1.0 - part.len() as f64 / whole.max(part.len()).max(1) as f64;
    sd(part).map_or(0.0, |s| s * (left_out / part.len() as f64).sqrt())
}

/// Walks by group, in the order of the studies, controls first.
fn groups(walks: &[Walk]) -> Vec<(String, Vec<&Walk>)> {
    let names = STUDIES
        .iter()
        .flat_map(|s| [CONTROLS, PATIENTS].map(|k| format!("{s}{k}")));
    names
        .map(|name| {
            let members = walks.iter().filter(|w| w.group == name).collect::<Vec<_>>();
            (name, members)
        })
        .filter(|(_, members)| !members.is_empty())
        .collect()
}

pub(super) fn values(walks: &[&Walk], metric: &str) -> Vec<f64> {
    walks
        .iter()
        .filter_map(|w| w.protocol.get(metric).copied())
        .collect()
}

fn digits(metric: &str) -> usize {
    if metric.ends_with("_s") { 3 } else { 2 }
}

fn spread(values: &[f64], digits: usize) -> String {
    match (mean(values), sd(values)) {
        (Some(mean), Some(sd)) => format!("{mean:.digits$} +/- {sd:.digits$}"),
        (Some(mean), None) => format!("{mean:.digits$}"),
        _ => "-".to_owned(),
    }
}

fn paper_table(groups: &[(String, Vec<&Walk>)]) -> Table {
    let row = |(name, members, p, (theirs, their_sd)): (&str, &[&Walk], &Published, (f64, f64))| {
        let found = values(members, p.metric);
        let d = digits(p.metric);
        let error = sd(&found).map(|s| s / (found.len() as f64).sqrt());
        vec![
            name.to_owned(),
            p.metric.to_owned(),
            found.len().to_string(),
            spread(&found, d),
            format!("{theirs:.2} +/- {their_sd:.2}"),
            mean(&found).map_or("-".to_owned(), |m| format!("{:+.d$}", m - theirs)),
            error.map_or("-".to_owned(), |e| format!("{e:.d$}")),
        ]
    };
    let columns = ["group", "metric", "n", "here", "paper", "difference", "SE"];
    Table {
        title: "Study Si by the published protocol, mean +/- SD".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: published(groups).map(row).collect(),
        note: Some(
            "SE: standard error of the group mean here. Swing-time CV: direction only, this recipe reads about 0.7 higher"
                .to_owned(),
        ),
    }
}

fn group_table(groups: &[(String, Vec<&Walk>)]) -> Table {
    let rows = groups.iter().map(|(name, members)| {
        let cells = PROTOCOL_METRICS.map(|metric| spread(&values(members, metric), digits(metric)));
        let mut row = vec![name.clone(), members.len().to_string()];
        row.extend(cells);
        row
    });
    let mut columns = vec!["group".to_owned(), "n".to_owned()];
    columns.extend(PROTOCOL_METRICS.map(str::to_owned));
    Table {
        title: "Every group by the published protocol, mean +/- SD".to_owned(),
        columns,
        rows: rows.collect(),
        note: None,
    }
}

/// Which numbers of a walk are compared.
pub(super) type Source = fn(&Walk) -> &BTreeMap<&'static str, f64>;

pub(super) const BY_PROTOCOL: Source = |w| &w.protocol;
pub(super) const BY_ENGINE: Source = |w| &w.engine;

/// AUC of every metric, over the walks of one study or of all.
pub(super) fn aucs(
    walks: &[Walk],
    source: Source,
    study: Option<&str>,
) -> BTreeMap<&'static str, f64> {
    let chosen: Vec<&Walk> = walks
        .iter()
        .filter(|w| study.is_none_or(|s| w.study() == s))
        .collect();
    let metrics = chosen.iter().flat_map(|w| source(w).keys().copied());
    let side = |metric: &str, control: bool| -> Vec<f64> {
        let side = chosen.iter().filter(|w| w.is_control() == control);
        side.filter_map(|w| source(w).get(metric).copied())
            .collect()
    };
    metrics
        .filter_map(|metric| Some((metric, auc(&side(metric, true), &side(metric, false))?)))
        .collect()
}

fn auc_table(walks: &[Walk]) -> Table {
    let (published, own) = (aucs(walks, BY_PROTOCOL, None), aucs(walks, BY_ENGINE, None));
    let by_study = STUDIES.map(|study| aucs(walks, BY_ENGINE, Some(study)));
    let show = |found: &BTreeMap<&str, f64>, metric: &str| {
        found
            .get(metric)
            .map_or("-".to_owned(), |v| format!("{v:.2}"))
    };
    let rows = own.keys().map(|metric| {
        let mut row = vec![
            (*metric).to_owned(),
            show(&published, metric),
            show(&own, metric),
        ];
        row.extend(by_study.iter().map(|study| show(study, metric)));
        row
    });
    let mut columns = ["metric", "protocol", "engine"].map(str::to_owned).to_vec();
    columns.extend(STUDIES.map(|study| format!("engine, {study}")));
    Table {
        title: "Patients above controls, AUC".to_owned(),
        columns,
        rows: rows.collect(),
        note: Some(
            "grsi: higher is nearer to the reference group, so patients lie below 0.5".to_owned(),
        ),
    }
}

fn walks_table(walks: &[Walk]) -> Table {
    let rows = walks.iter().map(|w| {
        let cells = PROTOCOL_METRICS.map(|metric| {
            let d = digits(metric);
            w.protocol
                .get(metric)
                .map_or("-".to_owned(), |v| format!("{v:.d$}"))
        });
        let mut row = vec![w.record.clone(), w.strides.to_string()];
        row.extend(cells);
        row
    });
    let mut columns = vec!["record".to_owned(), "strides".to_owned()];
    columns.extend(PROTOCOL_METRICS.map(str::to_owned));
    Table {
        title: "Every walk by the published protocol".to_owned(),
        columns,
        rows: rows.collect(),
        note: Some("strides: used ones of the foot with fewer".to_owned()),
    }
}

fn scatter(walks: &[Walk], x: &str, y: &str, x_label: &str, y_label: &str) -> Plot {
    let series = |name: &str, control: bool| Series {
        name: name.to_owned(),
        mark: Mark::Dots,
        points: walks
            .iter()
            .filter(|w| w.is_control() == control)
            .filter_map(|w| Some((*w.protocol.get(x)?, *w.protocol.get(y)?)))
            .collect(),
    };
    Plot {
        title: format!("{y_label} against {x_label}"),
        x_label: x_label.to_owned(),
        y_label: y_label.to_owned(),
        series: vec![series("controls", true), series("patients", false)],
    }
}

//! From walks to the report.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Unreadable;
use super::walk::{CONTROLS, PATIENTS, PROTOCOL_METRICS, STUDIES, Walk};
use crate::report::{Mark, Plot, Report, Series, Table};
use crate::stats::{auc, mean, sd};

/// Frenkel-Toledo 2005 (JNER 2:23), table 2: mean and SD of controls and patients, and how near the same protocol must
/// come. No goal for swing-time CV: this recipe reads about 0.7 higher, only its direction counts.
struct Published {
    metric: &'static str,
    controls: (f64, f64),
    patients: (f64, f64),
    goal: Option<f64>,
}

const PUBLISHED: [Published; 4] = [
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
/// The study the table is of.
const PUBLISHED_STUDY: &str = "Si";

const PROTOCOL: [&str; 4] = [
    "Usual walks only (names ending in _01). Groups are told from the names: study Si, Ga or Ju, controls Co or patients Pt.",
    "The published protocol (Frenkel-Toledo 2005) is run by the engine itself with other options: contact is total foot force above \
     20 N, without taking off a zero level; phases under 0.1 s are merged; strides of the first 20 s and the last 5 s are not used; strides \
     whose stride or swing time lies more than 3 SD from the median are left out, again and again until none does; then the mean \
     of both feet. CV is SD / mean of a foot's strides.",
    "The paper's groups are all of study Si (29 patients, 26 to 29 controls). A folder with a part of them differs from the paper by chance: the \
     table gives the standard error of the group mean beside the difference.",
    "The area under the curve (AUC) is the chance that a patient's value lies above a control's: 0.5 tells nothing, above 0.5 patients are \
     higher, below 0.5 lower. It is given for the published protocol and for the engine's own defaults (5 % of body weight, insole \
     zero removed, neighbourhood outlier rule, nothing trimmed), symmetry indices by magnitude. It describes these recordings; it is no test for a disease.",
];

pub(super) fn report(walks: &[Walk], unreadable: &[Unreadable]) -> Report {
    let groups = groups(walks);
    let mut tables = vec![
        paper_table(&groups),
        group_table(&groups),
        auc_table(walks),
        walks_table(walks),
    ];
    if !unreadable.is_empty() {
        tables.push(Table {
            title: "Not used".to_owned(),
            columns: ["record", "why"].map(str::to_owned).to_vec(),
            rows: unreadable
                .iter()
                .map(|u| vec![u.record.clone(), u.reason.clone()])
                .collect(),
            note: None,
        });
    }
    Report {
        name: "gaitpdb",
        protocol: PROTOCOL.map(str::to_owned).to_vec(),
        tables,
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
        json: to_json(walks, &groups, unreadable),
        ..Report::default()
    }
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

fn values(walks: &[&Walk], metric: &str) -> Vec<f64> {
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
    let mut rows = Vec::new();
    for (name, members) in groups
        .iter()
        .filter(|(name, _)| name.starts_with(PUBLISHED_STUDY))
    {
        for published in &PUBLISHED {
            let found = values(members, published.metric);
            let d = digits(published.metric);
            let (theirs, their_sd) = if name.ends_with(CONTROLS) {
                published.controls
            } else {
                published.patients
            };
            let difference =
                mean(&found).map_or("-".to_owned(), |m| format!("{:+.d$}", m - theirs));
            let error = sd(&found).map_or("-".to_owned(), |s| {
                format!("{:.d$}", s / (found.len() as f64).sqrt())
            });
            rows.push(vec![
                name.clone(),
                published.metric.to_owned(),
                found.len().to_string(),
                spread(&found, d),
                format!("{theirs:.2} +/- {their_sd:.2}"),
                difference,
                error,
                published
                    .goal
                    .map_or("direction".to_owned(), |g| format!("{g}")),
            ]);
        }
    }
    let columns = [
        "group",
        "metric",
        "n",
        "here",
        "paper",
        "difference",
        "SE",
        "goal",
    ];
    Table {
        title: "Study Si by the published protocol, mean +/- SD".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows,
        note: Some("SE: standard error of the group mean here".to_owned()),
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
type Source = fn(&Walk) -> &BTreeMap<&'static str, f64>;

const BY_PROTOCOL: Source = |w| &w.protocol;
const BY_ENGINE: Source = |w| &w.engine;

/// AUC of every metric, over the walks of one study or of all.
fn aucs(walks: &[Walk], source: Source, study: Option<&str>) -> BTreeMap<&'static str, f64> {
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

fn to_json(walks: &[Walk], groups: &[(String, Vec<&Walk>)], unreadable: &[Unreadable]) -> Value {
    let described: Map<String, Value> = groups
        .iter()
        .map(|(name, members)| {
            let mut group = Map::from_iter([("n".to_owned(), json!(members.len()))]);
            for metric in PROTOCOL_METRICS {
                let found = values(members, metric);
                group.insert(
                    metric.to_owned(),
                    json!({"mean": mean(&found), "sd": sd(&found), "n": found.len()}),
                );
            }
            (name.clone(), Value::Object(group))
        })
        .collect();
    let paper: Map<String, Value> = PUBLISHED
        .iter()
        .map(|p| {
            let side = |(mean, sd)| json!({"mean": mean, "sd": sd});
            (
                p.metric.to_owned(),
                json!({"SiCo": side(p.controls), "SiPt": side(p.patients), "goal": p.goal}),
            )
        })
        .collect();
    let by_study: Map<String, Value> = STUDIES
        .iter()
        .map(|s| ((*s).to_owned(), json!(aucs(walks, BY_ENGINE, Some(s)))))
        .collect();
    let records: Vec<Value> = walks
        .iter()
        .map(|w| {
            json!({"record": w.record, "group": w.group, "strides": w.strides, "protocol": w.protocol, "engine": w.engine})
        })
        .collect();
    let unreadable: Vec<Value> = unreadable
        .iter()
        .map(|u| json!({"record": u.record, "reason": u.reason}))
        .collect();
    json!({
        "groups": described,
        "paper": paper,
        "auc": aucs(walks, BY_ENGINE, None),
        "auc_protocol": aucs(walks, BY_PROTOCOL, None),
        "auc_by_study": by_study,
        "records": records,
        "unreadable": unreadable,
    })
}

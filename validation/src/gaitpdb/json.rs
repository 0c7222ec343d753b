//! The results for machines.

use serde_json::{Map, Value, json};

use super::show::{BY_ENGINE, BY_PROTOCOL, PUBLISHED, aucs, values};
use super::walk::{PROTOCOL_METRICS, STUDIES, Walk};
use crate::stats::{mean, sd};

pub(super) fn to_json(walks: &[Walk], groups: &[(String, Vec<&Walk>)]) -> Value {
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
    json!({
        "groups": described,
        "paper": paper,
        "auc": aucs(walks, BY_ENGINE, None),
        "auc_protocol": aucs(walks, BY_PROTOCOL, None),
        "auc_by_study": by_study,
        "records": records,
    })
}

//! A stored assessment, read tolerantly: another version of the engine may have written it.

use serde::Deserialize;

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Assessment {
    pub(super) score: Score,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Score {
    pub(super) value: Option<Value>,
    pub(super) coverage: u64,
    pub(super) components_total: u64,
    pub(super) components: Vec<Component>,
    pub(super) reference: Reference,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Value {
    pub(super) points: f64,
    pub(super) display: f64,
    pub(super) se: f64,
    pub(super) smallest_change: f64,
    pub(super) n: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Component {
    pub(super) id: String,
    pub(super) value: f64,
    pub(super) z: f64,
    pub(super) z_se: f64,
    pub(super) share_pct: f64,
    pub(super) largest: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Reference {
    pub(super) title: String,
    pub(super) source: String,
    pub(super) standing: String,
    pub(super) n: u64,
    pub(super) age_low_y: f64,
    pub(super) age_high_y: f64,
}

pub(super) fn read(text: &str) -> Assessment {
    serde_json::from_str(text).unwrap_or_default()
}

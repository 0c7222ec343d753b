//! Load balance: how the load spreads over the regions of each foot beside a reference group. A view, never a score.

use serde::Serialize;

use crate::layout::{self, Layout};
use crate::norms::{ImpulseShares, norms};
use crate::recording::Side;
use crate::summary::{FootPressure, Pressure};

/// Share of the load under one region of one foot.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegionShare {
    /// Foot.
    pub side: Side,
    /// Region of the layout.
    pub region: String,
    /// Share of the impulse of the foot's stances, percent.
    pub share_pct: f64,
    /// Strides behind it.
    pub n: u64,
    /// Mean of the reference group, percent; absent where nobody was measured with this sensor layout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_mean_pct: Option<f64>,
    /// Standard deviation between its people, points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_sd_pct: Option<f64>,
}

/// Both feet, left first, regions as the layout first names them; empty without single sensors of a known layout.
pub(crate) fn of(pressure: Option<&Pressure>, layout_id: &str) -> Vec<RegionShare> {
    let (Some(pressure), Some(layout)) = (pressure, layout::by_id(layout_id)) else {
        return Vec::new();
    };
    let feet = [(Side::Left, &pressure.left), (Side::Right, &pressure.right)];
    feet.into_iter()
        .filter_map(|(side, foot)| Some((side, foot.as_ref()?)))
        .flat_map(|(side, foot)| of_foot(side, foot, layout))
        .collect()
}

fn of_foot(side: Side, foot: &FootPressure, layout: &Layout) -> Vec<RegionShare> {
    let names = names(layout);
    let reference = reference(layout, names.len());
    let found = foot.regions().unwrap_or_default();
    let rows = names.into_iter().zip(found).enumerate();
    rows.map(|(k, (region, mean))| {
        let of = |values: fn(&ImpulseShares) -> &Vec<f64>| {
            let value = reference.and_then(|r| values(r).get(k).copied());
            value.map(|v| 100.0 * v)
        };
        RegionShare {
            side,
            region: region.to_owned(),
            share_pct: f64::from(mean.share_permille) / 10.0,
            n: foot.n,
            reference_mean_pct: of(|r| &r.mean),
            reference_sd_pct: of(|r| &r.sd),
        }
    })
    .collect()
}

/// Regions in the order in which the layout first names them.
fn names(layout: &Layout) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for sensor in &layout.sensors {
        if !names.contains(&sensor.region.as_str()) {
            names.push(&sensor.region);
        }
    }
    names
}

/// The reference is per sensor: of use where each sensor is a region of its own.
fn reference(layout: &Layout, regions: usize) -> Option<&'static ImpulseShares> {
    let mut shares = norms().impulse_share.iter();
    shares.find(|s| s.layout == layout.id && s.mean.len() == regions)
}

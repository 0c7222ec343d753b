//! The judgement of a session's moments: score and observations from one place, for recordings and uploads alike.

use serde::Serialize;

use crate::metrics::derive::Measured;
use crate::norms::norms;
use crate::observation::{self, Observation};
use crate::pipeline::ENGINE_VERSION;
use crate::recording::ForceUnit;
use crate::score::{self, Score};
use crate::summary::Thresholds;

/// Score and observations, with the versions that made them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assessment {
    /// Engine that judged.
    pub engine_version: String,
    /// Reference values it used.
    pub norms_version: String,
    /// The score or why there is none.
    pub score: Score,
    /// Observations, strongest first.
    pub observations: Vec<Observation>,
}

/// Which reference values may be used: those of stance, swing and force hold only for calibrated force and the
/// thresholds they were computed with; those of contact times hold for any.
pub(crate) struct Comparable {
    /// Stance, swing, double support and force.
    pub(crate) phases: bool,
}

pub(crate) fn assess_measured(
    measured: Measured<'_>,
    force_unit: ForceUnit,
    thresholds: &Thresholds,
) -> Assessment {
    let comparable = Comparable {
        phases: force_unit == ForceUnit::Newton && *thresholds == norms().thresholds,
    };
    Assessment {
        engine_version: ENGINE_VERSION.to_owned(),
        norms_version: norms().version.clone(),
        score: score::score(measured, &comparable),
        observations: observation::observe(measured, &comparable),
    }
}

//! The judgement of a session's moments: score and observations from one place, for recordings and uploads alike.

use serde::Serialize;

use crate::drift::{self, Drift};
use crate::load_balance::{self, RegionShare};
use crate::metrics::derive::Measured;
use crate::norms::norms;
use crate::observation::loading::Worn;
use crate::observation::{self, Observation, exposure};
use crate::pipeline::ENGINE_VERSION;
use crate::recording::ForceUnit;
use crate::score::{self, Score};
use crate::summary::{Pressure, Thresholds};

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
    /// How the load spreads over the regions of each foot: a view beside the score, never part of it.
    pub load_balance: Vec<RegionShare>,
}

/// Which reference values may be used: those of stance, swing and force hold only for calibrated force and the
/// thresholds they were computed with; those of contact times hold for any.
pub(crate) struct Comparable {
    /// Stance, swing, double support and force.
    pub(crate) phases: bool,
}

/// What is judged.
pub(crate) struct Session<'a> {
    pub(crate) measured: Measured<'a>,
    pub(crate) force_unit: ForceUnit,
    pub(crate) thresholds: &'a Thresholds,
    /// Sensor layout, `none` without single sensors.
    pub(crate) layout_id: &'a str,
    pub(crate) pressure: Option<&'a Pressure>,
    pub(crate) drifts: &'a [Drift],
    /// Longest standing without a break, s; absent when activities were not told apart.
    pub(crate) longest_standing_s: Option<f64>,
}

pub(crate) fn assess_session(session: &Session<'_>) -> Assessment {
    let comparable = Comparable {
        phases: session.force_unit == ForceUnit::Newton
            && *session.thresholds == norms().thresholds,
    };
    let load_balance = load_balance::of(session.pressure, session.layout_id);
    let worn = Worn {
        layout_id: session.layout_id,
        shares: &load_balance,
    };
    let mut observations = observation::observe(session.measured, &comparable, &worn);
    observations.extend(drift::observe(session.drifts));
    observations.extend(session.longest_standing_s.and_then(exposure::observe));
    Assessment {
        engine_version: ENGINE_VERSION.to_owned(),
        norms_version: norms().version.clone(),
        score: score::score(session.measured, &comparable),
        observations,
        load_balance,
    }
}

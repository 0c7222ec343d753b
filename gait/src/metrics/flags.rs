//! What a reader must know about a value beside its standard error.

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use super::{MetricDef, Source};
use crate::recording::ForceUnit;

/// Residual of the clock fit up to which the feet count as in step, ms: 5 ms are 0.9 points of PCI, half of what two
/// walks of one person differ by (A).
const SYNC_LIMIT_MS: f64 = 5.0;
/// Strides per foot below which a spread or a symmetry index is a first hint (docs/GAIT.md, "How many strides").
const FEW_STRIDES: u64 = 50;

/// Under which conditions a session was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// Meaning of the force.
    pub force_unit: ForceUnit,
    /// Residual of the clock fit between the insoles, ms; `None` when unknown.
    pub sync_ms: Option<f64>,
    /// A sensor did not work and was filled in from its neighbours.
    pub imputed: bool,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            force_unit: ForceUnit::Newton,
            sync_ms: None,
            imputed: false,
        }
    }
}

/// One caution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// Fewer than 50 strides on a foot.
    FewStrides,
    /// Needs the feet on one clock, and how far apart their clocks are is unknown or too much.
    SyncUnknown,
    /// A sensor was filled in from its neighbours.
    ImputedSensor,
}

impl Flag {
    /// Every flag.
    pub const ALL: [Self; 3] = [Self::FewStrides, Self::SyncUnknown, Self::ImputedSensor];

    /// The stable string.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FewStrides => "few_strides",
            Self::SyncUnknown => "sync_unknown",
            Self::ImputedSensor => "imputed_sensor",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of cautions; in JSON a list of strings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// What holds for a metric of `n` strides per foot.
    #[must_use]
    pub fn of(def: &MetricDef, n: u64, conditions: &Conditions) -> Self {
        let out_of_step = conditions.sync_ms.is_none_or(|ms| ms > SYNC_LIMIT_MS);
        let raised = [
            (Flag::FewStrides, n < FEW_STRIDES),
            (Flag::SyncUnknown, def.needs_sync && out_of_step),
            (
                Flag::ImputedSensor,
                def.source == Source::Pressure && conditions.imputed,
            ),
        ];
        Self(
            raised
                .iter()
                .filter(|(_, holds)| *holds)
                .fold(0, |bits, (flag, _)| bits | flag.bit()),
        )
    }

    /// Whether a caution is among them.
    #[must_use]
    pub const fn contains(self, flag: Flag) -> bool {
        self.0 & flag.bit() != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// The cautions.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |f| self.contains(*f))
    }
}

impl Serialize for Flags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for flag in self.iter() {
            seq.serialize_element(flag.as_str())?;
        }
        seq.end()
    }
}

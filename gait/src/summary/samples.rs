//! Moments as arrays of ordinary numbers.

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::tally::Tally;

/// Mean and sum of squared deviations of one metric on the wire: `[mean, m2]`, or `[mean, m2, n]` where the count is
/// not that of the strides used. The decimals are just as many as it takes to read the exact sums back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Arithmetic mean, in the unit of the metric.
    pub mean: f64,
    /// Sum of squared deviations from the mean, unit squared.
    pub m2: f64,
    /// Number of values, where it is not the number of strides used.
    pub n: Option<u64>,
}

impl Sample {
    /// The exact sums; `None` for numbers that are no credible ones.
    pub(super) fn tally(&self, step: f64, usual_n: u64) -> Option<Tally> {
        Tally::read(self.n.unwrap_or(usual_n), self.mean, self.m2, step)
    }
}

impl Serialize for Sample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(2 + usize::from(self.n.is_some())))?;
        seq.serialize_element(&Plain(self.mean))?;
        seq.serialize_element(&Plain(self.m2))?;
        if let Some(n) = self.n {
            seq.serialize_element(&n)?;
        }
        seq.end()
    }
}

/// A number without the decimal point a whole one does not need.
struct Plain(f64);

impl Serialize for Plain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        super::plain::serialize(&self.0, serializer)
    }
}

/// Moments of one metric on both feet, on the wire `[mean, m2, mean, m2]` with the left foot first, followed by
/// both counts where one is not that of the strides used; null for a foot without any.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FootSamples(
    /// Left foot.
    pub Option<Sample>,
    /// Right foot.
    pub Option<Sample>,
);

impl Serialize for FootSamples {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let feet = [self.0, self.1];
        let mut seq = serializer.serialize_seq(None)?;
        for foot in feet {
            seq.serialize_element(&foot.map(|s| Plain(s.mean)))?;
            seq.serialize_element(&foot.map(|s| Plain(s.m2)))?;
        }
        let counts = feet.map(|foot| foot.and_then(|s| s.n));
        if counts.iter().any(Option::is_some) {
            seq.serialize_element(&counts[0])?;
            seq.serialize_element(&counts[1])?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for FootSamples {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FeetVisitor)
    }
}

struct FeetVisitor;

const FEET: &str = "[mean, m2, mean, m2] of the left and right foot, or these and two counts";

impl<'de> Visitor<'de> for FeetVisitor {
    type Value = FootSamples;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FEET)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<FootSamples, A::Error> {
        let mut number = |at| -> Result<Option<f64>, A::Error> {
            seq.next_element()?
                .ok_or_else(|| de::Error::invalid_length(at, &FEET))
        };
        let means = [(number(0)?, number(1)?), (number(2)?, number(3)?)];
        let mut counts = [None, None];
        if let Some(left) = seq.next_element::<Option<u64>>()? {
            let right = seq.next_element::<Option<u64>>()?;
            let right = right.ok_or_else(|| de::Error::invalid_length(5, &FEET))?;
            counts = [left, right];
            if seq.next_element::<de::IgnoredAny>()?.is_some() {
                return Err(de::Error::invalid_length(7, &FEET));
            }
        }
        let foot = |(mean, m2): (Option<f64>, Option<f64>), n| match (mean, m2) {
            (Some(mean), Some(m2)) => Ok(Some(Sample { mean, m2, n })),
            (None, None) => Ok(None),
            _ => Err(de::Error::custom(
                "mean and m2 of a foot are both given or both null",
            )),
        };
        let ([left, right], [nl, nr]) = (means, counts);
        Ok(FootSamples(foot(left, nl)?, foot(right, nr)?))
    }
}

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(SampleVisitor)
    }
}

struct SampleVisitor;

impl<'de> Visitor<'de> for SampleVisitor {
    type Value = Sample;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[mean, m2] or [mean, m2, n]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Sample, A::Error> {
        let few = |found| de::Error::invalid_length(found, &"[mean, m2] or [mean, m2, n]");
        let mean = seq.next_element()?.ok_or_else(|| few(0))?;
        let m2 = seq.next_element()?.ok_or_else(|| few(1))?;
        let n = seq.next_element()?;
        if n.is_some() && seq.next_element::<de::IgnoredAny>()?.is_some() {
            return Err(few(4));
        }
        Ok(Sample { mean, m2, n })
    }
}

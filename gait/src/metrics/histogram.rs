//! Histograms with fixed bins: quantiles that merge exactly.

use std::fmt::Write as _;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bins of every histogram.
pub const BINS: usize = 64;

/// The bins of one quantity. The first and the last bin also hold what lies beyond.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Binning {
    /// Metric id, or `bout_duration_s`.
    pub id: &'static str,
    /// Lower edge of the first bin.
    pub low: f64,
    /// Upper edge of the last bin.
    pub high: f64,
    /// Edges in equal ratios instead of equal distances.
    pub logarithmic: bool,
    /// Both feet in one, because they walk the same strides.
    pub pooled: bool,
}

/// Durations of bouts: their median and 90th percentile are what free-living studies publish (Mobilise-D).
pub const BOUT_DURATION: Binning = Binning {
    id: "bout_duration_s",
    low: 2.0,
    high: 3600.0,
    logarithmic: true,
    pooled: true,
};

/// The metrics whose quantiles are kept, and why: the stride time, because a spread from quantiles is not moved by a
/// few odd strides; the centre of pressure excursion index, because its session value is defined as a median.
pub const BINNINGS: &[Binning] = &[
    Binning {
        id: "stride_time_s",
        low: 0.7,
        high: 1.75,
        logarithmic: true,
        pooled: true,
    },
    Binning {
        id: "cpei_pct",
        low: -60.0,
        high: 68.0,
        logarithmic: false,
        pooled: false,
    },
];

/// The bins of a metric, where its quantiles are kept.
#[must_use]
pub fn binning(id: &str) -> Option<&'static Binning> {
    BINNINGS.iter().find(|b| b.id == id)
}

impl Binning {
    fn scaled(&self, value: f64) -> f64 {
        if self.logarithmic { value.ln() } else { value }
    }

    /// Where a value lies, in bins from the first; not a number for a value that has no place.
    fn place(&self, value: f64) -> f64 {
        let (low, high) = (self.scaled(self.low), self.scaled(self.high));
        (self.scaled(value) - low) / (high - low) * BINS as f64
    }

    /// The value at a place.
    fn value(&self, place: f64) -> f64 {
        let (low, high) = (self.scaled(self.low), self.scaled(self.high));
        let scaled = low + (high - low) * place / BINS as f64;
        if self.logarithmic {
            scaled.exp()
        } else {
            scaled
        }
    }
}

/// Counts per bin. As text: the first bin that is not empty, a colon, then the counts to the last one that is not
/// empty, an empty entry meaning zero (`17:1,4,,22`); the empty text is the empty histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Histogram {
    counts: [u64; BINS],
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: [0; BINS] }
    }
}

impl Histogram {
    /// Counts a value; one that is not a number has no place.
    pub fn add(&mut self, binning: &Binning, value: f64) {
        let place = binning.place(value);
        if place.is_nan() {
            return;
        }
        let bin = place.clamp(0.0, (BINS - 1) as f64) as usize;
        if let Some(count) = self.counts.get_mut(bin) {
            *count = count.saturating_add(1);
        }
    }

    /// Both together.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let mut sum = *self;
        for (count, more) in sum.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
        sum
    }

    /// Number of values.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The value below which the share `p` (0 to 1) of the values lies, evenly spread within each bin: off by less than
    /// a bin. `None` without values.
    #[must_use]
    pub fn quantile(&self, binning: &Binning, p: f64) -> Option<f64> {
        let wanted = p.clamp(0.0, 1.0) * self.total() as f64;
        let mut below = 0.0;
        let mut last = None;
        for (bin, count) in self.counts.iter().enumerate().filter(|(_, c)| **c > 0) {
            let count = *count as f64;
            if below + count >= wanted {
                return Some(binning.value(bin as f64 + (wanted - below) / count));
            }
            below += count;
            last = Some(binning.value((bin + 1) as f64));
        }
        last
    }

    /// Share of the values below a value.
    fn share_below(&self, binning: &Binning, value: f64) -> f64 {
        let place = binning.place(value);
        let below =
            |(bin, count): (usize, &u64)| (place - bin as f64).clamp(0.0, 1.0) * *count as f64;
        let sum: f64 = self.counts.iter().enumerate().map(below).sum();
        sum / self.total().max(1) as f64
    }

    /// Median and median absolute deviation from it. `None` without values.
    #[must_use]
    pub fn median_and_mad(&self, binning: &Binning) -> Option<(f64, f64)> {
        let median = self.quantile(binning, 0.5)?;
        let (mut low, mut high) = (0.0, binning.high - binning.low);
        for _ in 0..HALVINGS {
            let reach = f64::midpoint(low, high);
            let inside = self.share_below(binning, median + reach)
                - self.share_below(binning, (median - reach).max(binning.low));
            if inside < 0.5 {
                low = reach;
            } else {
                high = reach;
            }
        }
        Some((median, high))
    }

    fn text(&self) -> String {
        let full = |c: &u64| *c > 0;
        let (Some(first), Some(last)) = (
            self.counts.iter().position(full),
            self.counts.iter().rposition(full),
        ) else {
            return String::new();
        };
        let mut text = format!("{first}:");
        for (bin, count) in self.counts.iter().enumerate().skip(first) {
            if bin > last {
                break;
            }
            if bin > first {
                text.push(',');
            }
            if *count > 0 {
                let _ = write!(text, "{count}");
            }
        }
        text
    }

    /// Reads the text form; `None` when it is not one.
    fn parse(text: &str) -> Option<Self> {
        let mut histogram = Self::default();
        if text.is_empty() {
            return Some(histogram);
        }
        let (first, counts) = text.split_once(':')?;
        let mut bins = histogram.counts.iter_mut().skip(first.parse().ok()?);
        for count in counts.split(',') {
            let bin = bins.next()?;
            if !count.is_empty() {
                *bin = count.parse().ok()?;
            }
        }
        (histogram.text() == text).then_some(histogram)
    }
}

/// Bisections that find a median absolute deviation: far below the width of a bin.
const HALVINGS: usize = 40;

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom("is not a histogram: first bin, colon, counts of up to 64 bins")
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    const PLAIN: Binning = Binning {
        id: "plain",
        low: 0.0,
        high: 64.0,
        logarithmic: false,
        pooled: true,
    };

    fn of(values: &[f64]) -> Histogram {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.add(&PLAIN, *value);
        }
        histogram
    }

    #[test]
    fn text_skips_what_is_empty() {
        assert_eq!(of(&[]).text(), "");
        assert_eq!(of(&[17.5, 18.1, 18.2, 20.9]).text(), "17:1,2,,1");
        assert_eq!(of(&[-5.0, 99.0]).text().matches(',').count(), 63);
        for bad in [
            "x",
            "1",
            "0:",
            "64:1",
            "5:,1",
            "1:-2",
            "0:1,",
            "00:1",
            "0:1,2,3,x",
        ] {
            assert_eq!(Histogram::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn quantiles_lie_within_their_bin() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i) * 0.04).collect();
        let histogram = of(&values);
        assert_abs_diff_eq!(
            histogram.quantile(&PLAIN, 0.5).unwrap(),
            20.0,
            epsilon = 0.05
        );
        assert_abs_diff_eq!(
            histogram.quantile(&PLAIN, 0.9).unwrap(),
            36.0,
            epsilon = 0.05
        );
        let (median, mad) = histogram.median_and_mad(&PLAIN).unwrap();
        assert_abs_diff_eq!(median, 20.0, epsilon = 0.05);
        assert_abs_diff_eq!(mad, 10.0, epsilon = 0.05);
        assert_eq!(of(&[]).quantile(&PLAIN, 0.5), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_add_up_and_survive_the_wire(values in prop::collection::vec(-10.0..80.0f64, 0..200), cut in 0.0..1.0f64) {
            let at = (values.len() as f64 * cut) as usize;
            let whole = of(&values);
            prop_assert_eq!(of(&values[..at]).merge(&of(&values[at..])), whole);
            prop_assert_eq!(whole.total(), values.len() as u64);
            let text = serde_json::to_string(&whole).unwrap();
            prop_assert_eq!(serde_json::from_str::<Histogram>(&text).unwrap(), whole);
        }
    }
}

//! From stride to stride: variability, coordination, long memory, and what speed adds.

use super::{Absent, Measured, Number, enough, least, mean_error, spread_error};
use crate::metrics::histogram::binning;

/// Walk ratio is constant above this speed, m/s, and this cadence, steps per minute (Murakami & Otaka 2017,
/// PMC5430280); below, it says nothing of the person.
const WALK_RATIO_FROM_M_PER_S: f64 = 1.03;
const WALK_RATIO_FROM_STEPS_PER_MIN: f64 = 98.0;
/// SD of a normal distribution in median absolute deviations.
const SD_PER_MAD: f64 = 1.4826;
/// Relative standard error of a MAD against that of an SD: its efficiency is 37 %.
const MAD_ERROR: f64 = 1.65;

impl Measured<'_> {
    /// 100 SD / mean per foot, then the mean of both feet. SE by normal theory, CV / sqrt(2 (n - 1)): not below what
    /// was measured on real walks (12 % at 30 strides, 7 % at 50).
    pub(super) fn cv(self, id: &str, source: &str) -> Result<Number, Absent> {
        let (l, r) = self.feet(source, least(id))?;
        let (Some(left), Some(right)) = (l.cv_pct(), r.cv_pct()) else {
            return Err(Absent::TooFewStrides);
        };
        let value = f64::midpoint(left, right);
        let n = l.n.min(r.n);
        Ok(Number {
            value,
            se: value * spread_error(n),
            n,
        })
    }

    /// 100 x 1.4826 median absolute deviation / median of the strides of both feet, from the histogram.
    pub(super) fn mad_cv(self, id: &str) -> Result<Number, Absent> {
        const STRIDE: &str = "stride_time_s";
        let (histogram, bins) = self
            .series
            .histograms
            .get(STRIDE)
            .and_then(|feet| feet.first())
            .zip(binning(STRIDE))
            .ok_or_else(|| self.absence(STRIDE))?;
        let n = histogram.total() / 2;
        enough(n, least(id))?;
        let (median, mad) = histogram.median_and_mad(bins).ok_or(Absent::MissingFoot)?;
        let value = 100.0 * SD_PER_MAD * mad / median;
        Ok(Number {
            value,
            se: value * MAD_ERROR * spread_error(n),
            n,
        })
    }

    /// 100 SD of step times after removal of each foot's mean, over the mean step time.
    pub(super) fn step_residual(self) -> Result<Number, Absent> {
        let (l, r) = self.feet("step_time_s", least("step_time_residual_cv_pct"))?;
        let variance = (l.m2 + r.m2).max(0.0) / (l.n + r.n).saturating_sub(2).max(1) as f64;
        let value = 100.0 * variance.sqrt() / f64::midpoint(l.mean, r.mean);
        let n = l.n.min(r.n);
        Ok(Number {
            value,
            se: value * spread_error(n),
            n,
        })
    }

    /// 100 SD(phi) / mean(phi) + 100 mean |phi - 180| / 180 with the foot of longer mean swing as reference
    /// (Plotnik 2007).
    pub(super) fn pci(self) -> Result<Number, Absent> {
        let least = least("pci_pct");
        let (l, r) = self.feet("swing_time_s", least)?;
        let reference = if l.mean >= r.mean { "left" } else { "right" };
        let phase = self.pair(&format!("phase_{reference}_deg"), least)?;
        let deviation = self.pair(&format!("phase_{reference}_dev_deg"), least)?;
        let spread = phase.cv_pct().ok_or(Absent::TooFewStrides)?;
        let accuracy = 100.0 / 180.0;
        Ok(Number {
            value: spread + accuracy * deviation.mean,
            se: (spread * spread_error(phase.n)).hypot(accuracy * mean_error(deviation)),
            n: phase.n,
        })
    }

    /// PCI over mean speed: more repeatable than PCI alone (Richmond 2025).
    pub(super) fn pci_per_speed(self) -> Result<Number, Absent> {
        let (pci, speed) = (self.pci()?, self.walk("speed_m_per_s")?);
        let value = pci.value / speed.value;
        Ok(Number {
            value,
            se: value * (pci.se / pci.value).hypot(speed.se / speed.value),
            n: pci.n.min(speed.n),
        })
    }

    /// Step length over cadence, above the speed and cadence from which it is constant.
    pub(super) fn walk_ratio(self) -> Result<Number, Absent> {
        let length = self.walk("stride_length_m")?;
        let (cadence, speed) = (self.cadence()?, self.walk("speed_m_per_s")?);
        if speed.value < WALK_RATIO_FROM_M_PER_S || cadence.value < WALK_RATIO_FROM_STEPS_PER_MIN {
            return Err(Absent::TooSlow);
        }
        let value = 500.0 * length.value / cadence.value;
        Ok(Number {
            value,
            se: value * (length.se / length.value).hypot(cadence.se / cadence.value),
            n: length.n.min(cadence.n),
        })
    }

    /// Mean over all bouts of a quantity that both feet cover alike, with the strides a mean needs.
    fn walk(self, id: &str) -> Result<Number, Absent> {
        let classes = self
            .series
            .by_bout
            .get(id)
            .ok_or_else(|| self.absence(id))?;
        let all = classes.iter().flatten().copied();
        let m = all
            .reduce(|a, b| a.merge(&b))
            .ok_or_else(|| self.absence(id))?;
        let n = m.n / 2;
        enough(n, crate::metrics::MIN_STRIDES_MEAN)?;
        Ok(Number {
            value: m.mean,
            se: mean_error(&m),
            n,
        })
    }

    /// Scaling exponent of the stride times.
    pub(super) fn dfa(self) -> Result<Number, Absent> {
        let scaling = self.series.scaling.ok_or(Absent::TooFewStrides)?;
        enough(scaling.n, least("dfa_alpha"))?;
        Ok(Number {
            value: scaling.alpha,
            se: scaling.se(),
            n: scaling.n,
        })
    }

    /// Share of stances whose contacts came in another order than heel, flat, push-off. SE binomial, with the
    /// effective number of strides of a series with long memory.
    pub(super) fn atypical(self, id: &str) -> Result<Number, Absent> {
        let [l, r] = self.series.cycles;
        let n = l.known().min(r.known());
        if n == 0 {
            return Err(self.absence(id));
        }
        enough(n, least(id))?;
        let share = |c: crate::metrics::series::CycleCounts| c.atypical as f64 / c.known() as f64;
        let p = f64::midpoint(share(l), share(r));
        Ok(Number {
            value: 100.0 * p,
            se: 100.0 * (p * (1.0 - p) / (n as f64).sqrt()).sqrt(),
            n,
        })
    }
}

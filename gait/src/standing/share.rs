//! The share of the load that one foot carries.

use serde::Serialize;

/// Mean and spread of a share over samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ShareStats {
    /// Samples.
    pub n: u64,
    /// Mean, percent.
    pub mean_pct: f64,
    /// Standard deviation over the samples, percentage points: how far the weight wanders, not an error of the mean.
    pub sd_pct: f64,
}

/// Share of the first of two forces, 100 a / (a + b), over all samples at which the feet together are loaded. `None`
/// when they never are. This is the whole rule for a recording of quiet standing, whether or not anybody walks in it.
#[must_use]
pub fn share(first: &[f64], second: &[f64]) -> Option<ShareStats> {
    let mut stats = Running::default();
    for (a, b) in first.iter().zip(second) {
        if let Some(share) = share_pct(*a, *b) {
            stats.add(share);
        }
    }
    stats.finish()
}

/// Share of one sample, percent; a foot that pulls (an offset below zero) carries nothing.
pub(super) fn share_pct(a: f64, b: f64) -> Option<f64> {
    let (a, b) = (a.max(0.0), b.max(0.0));
    let share = 100.0 * a / (a + b);
    share.is_finite().then_some(share)
}

/// Mean and spread as they come, about even load so that no digits are lost.
#[derive(Default)]
pub(super) struct Running {
    n: u64,
    sum: f64,
    squares: f64,
}

const EVEN_PCT: f64 = 50.0;

impl Running {
    pub(super) fn add(&mut self, share_pct: f64) {
        let from_even = share_pct - EVEN_PCT;
        self.n += 1;
        self.sum += from_even;
        self.squares += from_even * from_even;
    }

    pub(super) fn finish(&self) -> Option<ShareStats> {
        let n = self.n as f64;
        let mean = self.sum / n;
        let variance = (self.squares - n * mean * mean) / (n - 1.0).max(1.0);
        (self.n > 0).then(|| ShareStats {
            n: self.n,
            mean_pct: EVEN_PCT + mean,
            sd_pct: variance.max(0.0).sqrt(),
        })
    }
}

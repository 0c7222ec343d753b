//! Side to side: symmetry indices and gait asymmetry.

use super::{Absent, Measured, Number, least, mean_error};
use crate::moments::Moments;

impl Measured<'_> {
    /// 100 |ln(right swing / left swing)| (Yogev 2007).
    pub(super) fn ga(self) -> Result<Number, Absent> {
        let least = least("ga");
        let (l, r) = self.feet("swing_time_s", least)?;
        let difference = self.pair("swing_time_diff_s", least)?;
        Ok(Number {
            value: 100.0 * (r.mean / l.mean).ln().abs(),
            se: 100.0 * mean_error(difference) / f64::midpoint(l.mean, r.mean),
            n: l.n.min(r.n),
        })
    }

    /// 200 (right - left) / (right + left) (Robinson 1987), signed: positive when right is larger. With the paired
    /// differences of a stride the SE leaves out what both feet share; without them it is that of two feet that know
    /// nothing of each other, which is larger.
    pub(super) fn si(
        self,
        id: &str,
        source: &str,
        difference: Option<&str>,
    ) -> Result<Number, Absent> {
        let least = least(id);
        let (l, r) = self.feet(source, least)?;
        let error = match difference {
            Some(pair) => mean_error(self.pair(pair, least)?),
            None => independent(l, r),
        };
        let mean = f64::midpoint(l.mean, r.mean);
        Ok(Number {
            value: 100.0 * (r.mean - l.mean) / mean,
            se: 100.0 * error / mean.abs(),
            n: l.n.min(r.n),
        })
    }
}

fn independent(l: &Moments, r: &Moments) -> f64 {
    mean_error(l).hypot(mean_error(r))
}

//! From an analysis to the upload document.

use std::collections::BTreeMap;

use super::convert;
use super::plain::to_decimals;
use super::{
    BoutTotals, Bouts, FootPressure, FootSamples, Pressure, Quality, SCHEMA_VERSION, Sample,
    SessionSummary, StrideCounts, Strides, SummaryHeader,
};
use crate::analysis::Analysis;
use crate::bouts::{Bout, BoutClass};
use crate::metrics::collect::Collected;
use crate::metrics::dfa::Scaling;
use crate::metrics::histogram::{BOUT_DURATION, Histogram};
use crate::recording::Side;
use crate::strides::Stride;

/// Every stride used has this metric: its counts are those of the strides.
const STRIDES_OF: &str = "stride_time_s";

impl Analysis {
    /// The upload document. The caller adds what only it knows.
    #[must_use]
    pub fn summary(&self, header: SummaryHeader) -> SessionSummary {
        let strides = Strides {
            left: self.counts(Side::Left),
            right: self.counts(Side::Right),
            excluded: self.excluded(),
        };
        let sums = &self.sums;
        let (bouts, cycles) = (bouts(&self.bouts, sums), self.series.cycles);
        SessionSummary {
            schema_version: SCHEMA_VERSION,
            engine_version: self.engine_version.clone(),
            norms_version: self.norms_version.clone(),
            session_id: header.session_id,
            device: header.device,
            shoe_id: header.shoe_id,
            orthotic_id: header.orthotic_id,
            start_utc: header.start_utc,
            tz: header.tz,
            duration_s: to_decimals(self.duration_s, 3),
            sampling_hz: self.sampling_hz,
            thresholds: self.thresholds,
            tag: header.tag,
            source: header.source,
            simulation: header.simulation,
            recording: (!self.recording.is_empty()).then(|| self.recording.clone()),
            quality: self.quality(),
            steps: self.steps,
            exposure: convert::exposure(&self.activity, self.duration_s),
            metrics: metrics(sums, &strides),
            pairs: pairs(sums, &strides),
            by_bout: by_bout(sums, &bouts),
            bouts,
            histograms: self.series.histograms.clone(),
            cycles: cycles.iter().any(|c| c.known() > 0).then_some(cycles),
            scaling: self.series.scaling.map(|s| Scaling {
                alpha: to_decimals(s.alpha, 3),
                n: s.n,
            }),
            pressure: self.drawn.clone(),
            drift: convert::drift(&self.drift),
            standing: self.standing.as_ref().ok().map(convert::standing),
            strides,
        }
    }

    fn quality(&self) -> Quality {
        let mut flags: Vec<String> = self
            .issues
            .iter()
            .map(|issue| issue.code.as_str().to_owned())
            .collect();
        flags.sort();
        flags.dedup();
        Quality {
            missing_pct: self.missing_pct.map(|pct| to_decimals(pct, 3)),
            longest_gap_s: to_decimals(self.longest_gap_s, 3),
            sync_ms: self.series.conditions.sync_ms.map(|ms| to_decimals(ms, 2)),
            body_weight_force: self.body_weight_force.map(|force| to_decimals(force, 2)),
            force_unit: self.force_unit,
            creep_pct: self.creep_pct.map(|pct| to_decimals(pct, 2)),
            saturated_pct: None,
            dead_sensors: convert::dead_sensors(&self.sensor_faults),
            flags,
        }
    }

    fn counts(&self, side: Side) -> StrideCounts {
        let mut counts = StrideCounts::from([0; 3]);
        for stride in self.strides.iter().filter(|s| s.foot == side) {
            counts.total += 1;
            counts.valid += u64::from(stride.is_valid());
            counts.used += u64::from(stride.is_used());
        }
        counts
    }

    /// Strides left out by reason, both feet.
    pub(crate) fn excluded(&self) -> BTreeMap<String, u64> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for reason in self.strides.iter().filter_map(|s| s.reason) {
            *counts.entry(reason.as_str()).or_default() += 1;
        }
        let counts = counts.into_iter();
        counts.map(|(reason, n)| (reason.to_owned(), n)).collect()
    }
}

/// Pressure under both feet over the strides used.
pub(crate) fn pressure(strides: &[Stride]) -> Option<Pressure> {
    let [left, right] = Side::BOTH.map(|side| {
        let used = strides.iter().filter(|s| s.foot == side && s.is_used());
        FootPressure::of(used.filter_map(|s| s.plantar.as_ref()))
    });
    (left.is_some() || right.is_some()).then_some(Pressure { left, right })
}

fn metrics(sums: &Collected, strides: &Strides) -> BTreeMap<String, FootSamples> {
    let rows = sums.slots.iter().filter(|slot| slot.def.uploaded);
    let rows = rows.map(|slot| {
        let ([left, right], step) = (slot.feet, slot.def.step);
        let feet = FootSamples(
            left.tally.sample(step, strides.left.used),
            right.tally.sample(step, strides.right.used),
        );
        (slot.def.id.to_owned(), feet)
    });
    rows.filter(|(_, feet)| *feet != FootSamples(None, None))
        .collect()
}

fn pairs(sums: &Collected, strides: &Strides) -> BTreeMap<String, Sample> {
    let rows = sums.pairs.iter();
    rows.filter_map(|(def, sum)| {
        let sample = sum.tally.sample(def.step, strides.usual_pair_n(def.id))?;
        Some((def.id.to_owned(), sample))
    })
    .collect()
}

fn by_bout(sums: &Collected, bouts: &Bouts) -> BTreeMap<String, [Option<Sample>; 4]> {
    let slots = sums.slots.iter().filter(|slot| slot.def.by_bout);
    let rows = slots.map(|slot| {
        let mut classes = [None; 4];
        let parts = slot.by_bout.iter().zip(bouts.classes());
        for (sample, (sum, class)) in classes.iter_mut().zip(parts) {
            *sample = sum.tally.sample(slot.def.step, class.strides());
        }
        (slot.def.id.to_owned(), classes)
    });
    rows.filter(|(_, classes)| classes.iter().any(Option::is_some))
        .collect()
}

/// Totals by class. Durations are rounded one by one, so that the totals are sums of what is sent.
fn bouts(found: &[Bout], sums: &Collected) -> Bouts {
    let mut classes = [BoutTotals::default(); 4];
    let (mut durations, mut longest_s) = (Histogram::default(), 0.0_f64);
    for bout in found {
        let duration_s = to_decimals(bout.duration_s(), 2);
        if let Some(BoutTotals(count, total_s, _)) =
            classes.get_mut(BoutClass::of(duration_s).index())
        {
            *count += 1;
            *total_s = to_decimals(*total_s + duration_s, 2);
        }
        durations.add(&BOUT_DURATION, duration_s);
        longest_s = longest_s.max(duration_s);
    }
    let strides = sums.slots.iter().find(|slot| slot.def.id == STRIDES_OF);
    for (class, sum) in classes
        .iter_mut()
        .zip(strides.iter().flat_map(|s| s.by_bout))
    {
        class.2 = sum.tally.n;
    }
    let [up_to_10, from_10_to_30, from_30_to_60, over_60] = classes;
    Bouts {
        up_to_10,
        from_10_to_30,
        from_30_to_60,
        over_60,
        longest_s,
        durations,
    }
}

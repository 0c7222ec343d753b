//! The columns of both feet while standing, without the samples that were not received.

use std::ops::Range;

use super::share::share_pct;
use crate::layout::{Layout, LayoutUnits};
use crate::recording::{Recording, Side};

/// Load of both feet and where either is missing.
pub(super) struct Both<'a> {
    load: [&'a [f64]; 2],
    missing: &'a [Vec<Range<usize>>; 2],
}

impl<'a> Both<'a> {
    pub(super) const fn new(load: [&'a [f64]; 2], missing: &'a [Vec<Range<usize>>; 2]) -> Self {
        Self { load, missing }
    }

    /// Parts of a range in which both feet were received.
    pub(super) fn present(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut parts = vec![range];
        for missing in self.missing {
            parts = parts
                .into_iter()
                .flat_map(|p| without(p, missing))
                .collect();
        }
        parts
    }

    /// Calls with the left share of every sample of a range, percent.
    pub(super) fn shares(&self, range: Range<usize>, mut each: impl FnMut(f64)) {
        for part in self.present(range) {
            self.part(part).for_each(&mut each);
        }
    }

    /// Mean left share of a range, percent.
    pub(super) fn mean_share(&self, range: Range<usize>) -> Option<f64> {
        let (mut sum, mut n) = (0.0, 0_u32);
        self.shares(range, |share| {
            sum += share;
            n += 1;
        });
        (n > 0).then(|| sum / f64::from(n))
    }

    fn part(&self, part: Range<usize>) -> impl Iterator<Item = f64> {
        let [left, right] = self
            .load
            .each_ref()
            .map(|l| l.get(part.clone()).unwrap_or_default());
        left.iter()
            .zip(right)
            .filter_map(|(l, r)| share_pct(*l, *r))
    }
}

/// A range without the holes in it (ascending and disjoint).
fn without(range: Range<usize>, holes: &[Range<usize>]) -> Vec<Range<usize>> {
    let first = holes.partition_point(|hole| hole.end <= range.start);
    let mut parts = Vec::new();
    let mut from = range.start;
    for hole in holes.iter().skip(first).take_while(|h| h.start < range.end) {
        if from < hole.start {
            parts.push(from..hole.start);
        }
        from = hole.end;
    }
    if from < range.end {
        parts.push(from..range.end);
    }
    parts
}

/// Single sensors of both feet with their place along the foot.
pub(super) struct Sensors<'a> {
    feet: [&'a [Vec<f32>]; 2],
    places: Vec<Place>,
}

/// What a sensor stands for.
struct Place {
    /// Along the insole, -0.5 at the heel to 0.5 at the toes.
    x: f64,
    /// Force per unit of the sensor: its area, where it reads pressure.
    weight: f64,
    /// Under the heel.
    heel: bool,
}

/// Sums of one foot over a stretch, in force units of the sensors times samples.
#[derive(Clone, Copy, Default)]
pub(super) struct Load {
    pub(super) force: f64,
    pub(super) moment: f64,
    heel: f64,
}

impl<'a> Sensors<'a> {
    /// `None` when a sensor is missing or nobody knows where it lies.
    pub(super) fn new(recording: &'a Recording, layout: Option<&Layout>) -> Option<Self> {
        let layout = layout?;
        let feet = Side::BOTH.map(|side| recording.foot(side).sensors.as_slice());
        let samples = recording.samples();
        let complete = |f: &&[Vec<f32>]| {
            f.len() == layout.sensors.len() && f.iter().all(|s| s.len() >= samples)
        };
        let places = layout.sensors.iter().map(|s| Place {
            x: along(layout, s.x),
            weight: s.area_cm2.unwrap_or(1.0),
            heel: s.region.starts_with("heel"),
        });
        (feet.iter().all(complete) && samples > 0).then(|| Self {
            feet,
            places: places.collect(),
        })
    }

    /// Sums over one stretch, left and right.
    pub(super) fn load(&self, range: &Range<usize>) -> [Load; 2] {
        self.feet.map(|sensors| {
            let mut load = Load::default();
            for (sensor, place) in sensors.iter().zip(&self.places) {
                let part = sensor.get(range.clone()).unwrap_or_default();
                let force = place.weight * total(part);
                load.force += force;
                load.moment += force * place.x;
                load.heel += if place.heel { force } else { 0.0 };
            }
            load
        })
    }

    /// Load of the heels, percent of each foot's; `None` without load under either.
    pub(super) fn heel_share_pct(
        &self,
        both: &Both<'_>,
        spans_s: impl Iterator<Item = (f64, f64)>,
        sampling_hz: f64,
    ) -> Option<[f64; 2]> {
        let mut sums = [Load::default(); 2];
        for (from, to) in spans_s {
            let range = (from * sampling_hz).round() as usize..(to * sampling_hz).round() as usize;
            for part in both.present(range) {
                for (sum, load) in sums.iter_mut().zip(self.load(&part)) {
                    sum.force += load.force;
                    sum.heel += load.heel;
                }
            }
        }
        let [left, right] = sums.map(|s| 100.0 * s.heel / s.force);
        (left.is_finite() && right.is_finite()).then_some([left, right])
    }
}

/// Samples added up in single precision, eight sums at once, before double precision takes over.
const STRETCH: usize = 1024;

/// Sum of a stretch of one column. A few samples are faster added one by one.
fn total(values: &[f32]) -> f64 {
    if values.len() < 32 {
        return f64::from(values.iter().sum::<f32>());
    }
    let stretch = |part: &[f32]| {
        let (eights, rest) = part.as_chunks::<8>();
        let mut sums = [0.0_f32; 8];
        for eight in eights {
            sums.iter_mut().zip(eight).for_each(|(sum, v)| *sum += v);
        }
        f64::from(sums.iter().sum::<f32>() + rest.iter().sum::<f32>())
    };
    values.chunks(STRETCH).map(stretch).sum()
}

/// Place along the insole in insole lengths. Layouts in arbitrary units are drawn from heel sensor to toe sensor, which
/// lie about a tenth of the insole from its ends (as on the insole whose measures are known).
fn along(layout: &Layout, x: f64) -> f64 {
    if layout.units == LayoutUnits::Insole {
        return x;
    }
    let all = || layout.sensors.iter().map(|s| s.x);
    let (low, high) = (
        all().fold(f64::INFINITY, f64::min),
        all().fold(f64::NEG_INFINITY, f64::max),
    );
    if high > low {
        0.8 * ((x - low) / (high - low) - 0.5)
    } else {
        0.0
    }
}

//! A session's walking cut into equal stretches of walking time, and the value of each.

use crate::bouts::Bout;
use crate::moments::Moments;
use crate::recording::Side;
use crate::strides::Stride;

/// Shortest block, s of walking (A).
const BLOCK_S: f64 = 120.0;
/// Strides per foot a block needs (A).
const MIN_STRIDES: u64 = 20;
/// Longer sessions get longer blocks instead of more (A): bounds the work, and neighbours resemble each other less.
pub(super) const MAX_BLOCKS: usize = 40;

/// What a candidate measures of the strides of one foot.
#[derive(Clone, Copy)]
pub(super) enum Measure {
    /// Mean of a per-stride value.
    Mean(fn(&Stride) -> Option<f64>),
    /// Coefficient of variation of a per-stride value, percent.
    Variation(fn(&Stride) -> Option<f64>),
}

/// One stretch of steady walking.
pub(super) struct Block<'a> {
    /// Its middle, minutes of walking since the session began.
    pub(super) minute: f64,
    /// Steps per minute.
    pub(super) cadence: f64,
    feet: [Vec<&'a Stride>; 2],
}

impl Block<'_> {
    /// Mean of both feet; `None` when a foot has too few values.
    pub(super) fn value(&self, measure: Measure) -> Option<f64> {
        let [left, right] = self.feet.each_ref().map(|strides| {
            let (of, variation) = match measure {
                Measure::Mean(of) => (of, false),
                Measure::Variation(of) => (of, true),
            };
            let m = Moments::of(strides.iter().filter_map(|s| of(s)))?;
            let value = if variation { m.cv_pct()? } else { m.mean };
            (m.n >= MIN_STRIDES && value.is_finite()).then_some(value)
        });
        Some(f64::midpoint(left?, right?))
    }
}

/// Blocks with enough used strides of both feet, by time. `strides` and `bouts` are ordered by start.
pub(super) fn cut<'a>(strides: &'a [Stride], bouts: &[Bout]) -> Vec<Block<'a>> {
    let walking_s: f64 = bouts.iter().map(Bout::duration_s).sum();
    let length_s = BLOCK_S * (walking_s / BLOCK_S / MAX_BLOCKS as f64).ceil().max(1.0);
    if !length_s.is_finite() {
        return Vec::new();
    }
    let mut feet: Vec<[Vec<&Stride>; 2]> = Vec::new();
    let (mut bout, mut before_s) = (bouts.iter().peekable(), 0.0);
    for stride in strides.iter().filter(|s| s.is_used()) {
        while let Some(past) = bout.next_if(|b| b.end_s <= stride.start_s) {
            before_s += past.duration_s();
        }
        let Some(now) = bout.peek().filter(|b| b.start_s <= stride.start_s) else {
            continue;
        };
        let index = ((before_s + stride.start_s - now.start_s) / length_s) as usize;
        if index >= feet.len() {
            feet.resize_with(index.min(2 * MAX_BLOCKS) + 1, Default::default);
        }
        if let Some(block) = feet.get_mut(index) {
            block[usize::from(stride.foot == Side::Right)].push(stride);
        }
    }
    let blocks = feet.into_iter().enumerate();
    blocks
        .filter_map(|(k, feet)| block(k, length_s, feet))
        .collect()
}

fn block(index: usize, length_s: f64, feet: [Vec<&Stride>; 2]) -> Option<Block<'_>> {
    let mut block = Block {
        minute: (index as f64 + 0.5) * length_s / 60.0,
        cadence: 0.0,
        feet,
    };
    let stride_s = block.value(Measure::Mean(|s| Some(s.stride_time_s())))?;
    block.cadence = 120.0 / stride_s;
    block.cadence.is_finite().then_some(block)
}

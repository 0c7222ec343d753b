//! Packets that never arrive: a two-state channel per foot, and a rough start.

use std::ops::Range;

use gait::recording::FootSignal;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::random::{Purpose, StreamKey};

/// Lost packets: a two-state (Gilbert-Elliott) channel and a rough start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PacketLoss {
    /// Long-run share of lost packets, 0 to 0.5.
    pub rate: f64,
    /// Mean number of packets lost in a row, at least 1.
    pub mean_burst: f64,
    /// Packets lost before the first one of each foot.
    pub start_gap: usize,
    /// One foot begins .6 to .75 s late.
    pub late_start: bool,
}

impl PacketLoss {
    /// As seen in public exports: .5 % lost, bursts of 1.3, 6 packets at the start.
    #[must_use]
    pub const fn usual() -> Self {
        Self {
            rate: 0.005,
            mean_burst: 1.3,
            start_gap: 6,
            late_start: true,
        }
    }
}

/// How the packets of the two feet travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// Each foot has its own.
    PerFoot,
    /// Both feet share one row, which is lost for both.
    Shared,
}

/// The sample ranges each foot loses; `[0]` for the foot that swings first.
#[must_use]
pub fn lost_packets(
    link: Link,
    loss: &PacketLoss,
    samples: usize,
    sampling_hz: f64,
    key: StreamKey,
) -> [Vec<Range<usize>>; 2] {
    match link {
        Link::PerFoot => {
            let mut rng = key.rng(Purpose::Packets, 2);
            let late_foot = usize::from(rng.random::<bool>());
            let late = (rng.random_range(0.6..0.75) * sampling_hz) as usize;
            std::array::from_fn(|foot| {
                let start = if loss.late_start && foot == late_foot {
                    late.max(loss.start_gap)
                } else {
                    loss.start_gap
                };
                bursts(
                    loss,
                    start,
                    samples,
                    &mut key.rng(Purpose::Packets, foot as u64),
                )
            })
        }
        // Rows carry both feet; the first and the last row bound the file, so they exist.
        Link::Shared => {
            let inner = bursts(
                loss,
                0,
                samples.saturating_sub(2),
                &mut key.rng(Purpose::Packets, 0),
            );
            let rows: Vec<Range<usize>> = inner
                .into_iter()
                .map(|range| range.start + 1..range.end + 1)
                .collect();
            [rows.clone(), rows]
        }
    }
}

fn bursts(
    loss: &PacketLoss,
    start: usize,
    samples: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<Range<usize>> {
    let recover = 1.0 / loss.mean_burst;
    let fail = recover * loss.rate / (1.0 - loss.rate);
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let start = start.min(samples);
    if start > 0 {
        ranges.push(0..start);
    }
    let mut bad = false;
    for sample in start..samples {
        let change: f64 = rng.random();
        bad = if bad {
            change >= recover
        } else {
            change < fail
        };
        match ranges.last_mut().filter(|range| range.end == sample) {
            Some(range) if bad => range.end += 1,
            _ if bad => ranges.push(sample..sample + 1),
            _ => {}
        }
    }
    ranges
}

/// Empties the lost samples of a foot and notes them; `silent` is what an empty battery no longer sends.
pub fn lose(signal: &mut FootSignal, mut lost: Vec<Range<usize>>, silent: Option<Range<usize>>) {
    if let Some(silent) = silent.filter(|silent| !silent.is_empty()) {
        let meets = |range: &Range<usize>| range.end >= silent.start;
        let first = lost.iter().position(meets).unwrap_or(lost.len());
        let start = lost.get(first).map_or(silent.start, |range| range.start);
        lost.truncate(first);
        lost.push(start.min(silent.start)..silent.end);
    }
    for range in &lost {
        signal.force[range.clone()].fill(0.0);
        for sensor in &mut signal.sensors {
            sensor[range.clone()].fill(0.0);
        }
        if let Some(motion) = &mut signal.motion {
            let columns = motion.acceleration_g.iter_mut();
            for column in columns.chain(&mut motion.angular_velocity_dps) {
                column[range.clone()].fill(0.0);
            }
        }
    }
    signal.missing = lost;
}

/// Sample by sample, whether it was received.
#[must_use]
pub fn received(signal: &FootSignal) -> Vec<bool> {
    let mut kept = vec![true; signal.force.len()];
    for range in &signal.missing {
        kept[range.clone()].fill(false);
    }
    kept
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn packets_are_lost_at_the_asked_rate_in_bursts_of_the_asked_length() {
        let loss = PacketLoss {
            rate: 0.02,
            mean_burst: 3.0,
            start_gap: 6,
            late_start: false,
        };
        let lost = bursts(
            &loss,
            6,
            500_000,
            &mut StreamKey::from_seed(2).rng(Purpose::Packets, 0),
        );
        assert_eq!(lost[0].start, 0);
        let later = &lost[1..];
        let samples: usize = later.iter().map(ExactSizeIterator::len).sum();
        assert_abs_diff_eq!(samples as f64 / 500_000.0, 0.02, epsilon = 0.002);
        assert_abs_diff_eq!(samples as f64 / later.len() as f64, 3.0, epsilon = 0.15);
        assert!(lost.windows(2).all(|pair| pair[0].end < pair[1].start));
    }
}

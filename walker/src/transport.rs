//! How samples reach the host: clocks that run apart, a latency that varies, samples that come twice or out of turn.

use gait::recording::Arrival;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::random::{Purpose, StreamKey, waiting};

/// Samples that travel together; the host notes the arrival of the last [A].
const SAMPLES_PER_PACKET: usize = 10;
/// Shortest time from insole to host, s, and the mean of what is added at random [A].
const LATENCY_MIN_S: f64 = 0.015;
const LATENCY_JITTER_S: f64 = 0.005;
/// A sample out of turn comes this many places late [A].
const LATE_PLACES: usize = 2;

/// How far the clocks of the insoles may be from the host's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clocks {
    /// Each rate is drawn evenly within plus or minus this, parts per million.
    pub skew_ppm: f64,
    /// Each beginning is drawn evenly within plus or minus this, s.
    pub offset_s: f64,
}

impl Clocks {
    /// 50 ppm (crystal tolerance) and 20 ms.
    #[must_use]
    pub const fn usual() -> Self {
        Self {
            skew_ppm: 50.0,
            offset_s: 0.020,
        }
    }
}

/// The clock of one insole: sample `i` is taken at `offset + i / sampling rate * (1 + skew / 1e6)` on the truth's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// When sample 0 is taken, s.
    pub offset_s: f64,
    /// How much longer each sampling interval is than it should be, parts per million.
    pub skew_ppm: f64,
}

impl Clock {
    /// Draws the clock of foot `index` (0 swings first).
    #[must_use]
    pub fn draw(clocks: Option<&Clocks>, key: StreamKey, index: u64) -> Self {
        let mut rng = key.rng(Purpose::Clocks, index);
        let mut even = |limit: f64| limit * (2.0 * rng.random::<f64>() - 1.0);
        clocks.map_or_else(Self::default, |clocks| Self {
            offset_s: even(clocks.offset_s),
            skew_ppm: even(clocks.skew_ppm),
        })
    }

    /// When a sample is taken, s on the truth's clock.
    #[must_use]
    pub fn time_s(&self, sample: usize, sampling_hz: f64) -> f64 {
        self.offset_s + sample as f64 / sampling_hz * (1.0 + self.skew_ppm * 1e-6)
    }

    /// The first sample taken at or after a time.
    #[must_use]
    pub fn sample_from(&self, time_s: f64, sampling_hz: f64) -> usize {
        let interval_s = (1.0 + self.skew_ppm * 1e-6) / sampling_hz;
        ((time_s - self.offset_s) / interval_s).ceil().max(0.0) as usize
    }
}

/// When the host hears of received samples, s on the truth's clock, never before an earlier packet.
#[must_use]
pub fn arrivals(
    clock: &Clock,
    sampling_hz: f64,
    received: &[bool],
    key: StreamKey,
    index: u64,
) -> Vec<Arrival> {
    let mut rng = key.rng(Purpose::Arrivals, index);
    let mut latest_s = f64::NEG_INFINITY;
    let mut list = Vec::with_capacity(received.len() / SAMPLES_PER_PACKET + 1);
    for (packet, samples) in received.chunks(SAMPLES_PER_PACKET).enumerate() {
        let jitter_s = waiting(&mut rng, LATENCY_JITTER_S);
        if let Some(last) = samples.iter().rposition(|&received| received) {
            let sample = packet * SAMPLES_PER_PACKET + last;
            let sent_s = clock.time_s(sample, sampling_hz);
            latest_s = latest_s.max(sent_s + LATENCY_MIN_S + jitter_s);
            list.push(Arrival {
                sample,
                host_s: latest_s,
            });
        }
    }
    list
}

/// Received samples in the order of their delivery: some twice, some after later ones.
#[must_use]
pub fn delivered(
    received: &[bool],
    duplicated: f64,
    reordered: f64,
    key: StreamKey,
    index: u64,
) -> Vec<usize> {
    let mut rng = key.rng(Purpose::Arrivals, index + 2);
    let mut order: Vec<usize> = Vec::with_capacity(received.len());
    for (sample, _) in received
        .iter()
        .enumerate()
        .filter(|(_, received)| **received)
    {
        let (twice, late): (f64, f64) = (rng.random(), rng.random());
        order.push(sample);
        if twice < duplicated {
            order.push(sample);
        }
        if late < reordered && order.len() > LATE_PLACES {
            // An earlier sample changes places with this one and so comes late.
            let last = order.len() - 1;
            order.swap(last - LATE_PLACES, last);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_finds_its_own_samples() {
        let clock = Clock {
            offset_s: -0.013,
            skew_ppm: 42.0,
        };
        for sample in [0, 1, 77, 360_000] {
            let time_s = clock.time_s(sample, 100.0);
            assert_eq!(clock.sample_from(time_s - 1e-6, 100.0), sample);
            assert_eq!(clock.sample_from(time_s + 1e-6, 100.0), sample + 1);
        }
    }

    #[test]
    fn deliveries_hold_every_received_sample_and_the_asked_disorder() {
        let received: Vec<bool> = (0..20_000).map(|k| k % 7 != 0).collect();
        let order = delivered(&received, 0.02, 0.01, StreamKey::from_seed(5), 0);
        let mut unique = order.clone();
        unique.sort_unstable();
        unique.dedup();
        let wanted: Vec<usize> = (0..20_000).filter(|k| k % 7 != 0).collect();
        assert_eq!(unique, wanted);
        let share = |count: usize| count as f64 / wanted.len() as f64;
        assert!((0.015..0.025).contains(&share(order.len() - wanted.len())));
        let turns = order.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert!((0.005..0.04).contains(&share(turns)), "{}", share(turns));
        let tidy = delivered(&received, 0.0, 0.0, StreamKey::from_seed(5), 0);
        assert_eq!(tidy, wanted);
    }
}

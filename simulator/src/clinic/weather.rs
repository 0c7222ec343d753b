//! What a seed makes of a scenario's faults: rates, and the instants at which something breaks.

use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::chance::{Use, stream};
use super::nodes::NodesWeather;
use super::scenario::{Faults, Scenario};
use super::watch::When;

/// A day, seconds.
const DAY_S: i64 = 86_400;

/// Rates of one seed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Weather {
    /// Shares of requests.
    pub(crate) network: NetworkWeather,
    /// Shares of messages.
    pub(crate) gateway: GatewayWeather,
    /// Share of turns in which others go first.
    pub(crate) yields: f64,
    /// Shares of devices.
    pub(crate) device: DeviceWeather,
    /// The servers.
    #[serde(default)]
    pub(crate) nodes: NodesWeather,
    /// What breaks when.
    pub(crate) strikes: Vec<Strike>,
    /// From then on nothing goes wrong any more.
    pub(crate) calm_from: Option<Timestamp>,
}

/// Shares of requests.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct NetworkWeather {
    pub(crate) request_lost: f64,
    pub(crate) response_lost: f64,
    pub(crate) duplicated: f64,
    pub(crate) delayed: f64,
    pub(crate) truncated: f64,
}

/// Shares of messages.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct GatewayWeather {
    pub(crate) unavailable: f64,
    pub(crate) busy: f64,
    pub(crate) lost_after_accept: f64,
    pub(crate) lost_before_accept: f64,
    pub(crate) slow: f64,
    /// When it is down.
    pub(crate) down: Vec<(Timestamp, Timestamp)>,
}

impl GatewayWeather {
    /// Whether it is down then.
    pub(crate) fn is_down(&self, at: Timestamp) -> bool {
        self.down
            .iter()
            .any(|(from, until)| *from <= at && at < *until)
    }
}

/// Shares of devices.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct DeviceWeather {
    pub(crate) wrong_clock: f64,
    pub(crate) wrong_by_s: f64,
    pub(crate) off_line: f64,
    pub(crate) tokens_die: f64,
    pub(crate) swapped_feet: f64,
    pub(crate) shared_ids: f64,
}

/// Something that breaks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Strike {
    /// When.
    pub(crate) at: Timestamp,
    /// What.
    pub(crate) blow: Blow,
    /// Of which server.
    #[serde(default)]
    pub(crate) node: usize,
}

/// What breaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Blow {
    /// The process ends at a piece of its work from then on, and is away for so long.
    Crash { when: When, down_s: i64 },
    /// The process ends between two pieces of work, with nothing under way, and is away for so long.
    Kill { down_s: i64 },
    /// The power goes after so many operations of the disk; what was not written through survives by `survival` % 3.
    PowerCut {
        after: u64,
        down_s: i64,
        survival: u64,
    },
    /// The process stands still at a piece of its work from then on, and goes on after so long.
    Stand { when: When, for_s: i64 },
    /// The process is told to stop.
    Stop { down_s: i64 },
    /// One operation of the disk fails, after so many.
    DiskError { after: u64 },
    /// The disk is full, for so long.
    DiskFull { for_s: i64 },
    /// The server's clock goes wrong by so much, and is set right after so long.
    ClockStep { by_s: i64, for_s: i64 },
}

impl Weather {
    /// The weather of a seed over the days of a scenario that begins at `begin`.
    pub(crate) fn of(scenario: &Scenario, seed: u64, begin: Timestamp, end: Timestamp) -> Self {
        let faults = &scenario.faults;
        let mut rng = stream(seed, Use::Weather, 0, 0);
        let rng = &mut rng;
        let calm = SignedDuration::from_hours(24 * i64::from(faults.calm_days));
        let until = end.checked_sub(calm).unwrap_or(begin).max(begin);
        let network = NetworkWeather {
            request_lost: faults.network.request_lost.draw(rng),
            response_lost: faults.network.response_lost.draw(rng),
            duplicated: faults.network.duplicated.draw(rng),
            delayed: faults.network.delayed.draw(rng),
            truncated: faults.network.truncated.draw(rng),
        };
        let mut gateway = GatewayWeather {
            unavailable: faults.gateway.unavailable.draw(rng),
            busy: faults.gateway.busy.draw(rng),
            lost_after_accept: faults.gateway.lost_after_accept.draw(rng),
            lost_before_accept: faults.gateway.lost_before_accept.draw(rng),
            slow: faults.gateway.slow.draw(rng),
            down: Vec::new(),
        };
        let down_h = faults.gateway.down_h_each_day.draw(rng);
        let yields = faults.process.yields.draw(rng);
        let device = DeviceWeather {
            wrong_clock: faults.device.wrong_clock.draw(rng),
            wrong_by_s: faults.device.wrong_by_s.unwrap_or(600.0),
            off_line: faults.device.off_line.draw(rng),
            tokens_die: faults.device.tokens_die.draw(rng),
            swapped_feet: faults.device.swapped_feet.draw(rng),
            shared_ids: faults.device.shared_ids.draw(rng),
        };
        let mut strikes = strikes(faults, rng, begin, until);
        let nodes = NodesWeather::of(faults, seed, [begin, until], &mut strikes);
        strikes.sort_by_key(|strike| strike.at);
        #[expect(clippy::cast_possible_truncation, reason = "hours of a day")]
        let down_s = (3600.0 * down_h) as i64;
        let mut day = begin;
        while down_s > 0 && day < until {
            let from = day + SignedDuration::from_secs(rng.random_range(0..DAY_S));
            gateway
                .down
                .push((from, (from + SignedDuration::from_secs(down_s)).min(until)));
            day += SignedDuration::from_secs(DAY_S);
        }
        Self {
            network,
            gateway,
            yields,
            device,
            nodes,
            strikes,
            calm_from: Some(until),
        }
    }

    /// How late a prompt may be for what the gateway does to messages, seconds: back-offs and an open circuit.
    pub(crate) fn late_s(&self) -> i64 {
        let gateway = &self.gateway;
        let fails = gateway.unavailable
            + gateway.busy
            + gateway.lost_before_accept
            + gateway.lost_after_accept;
        if fails > 0.0 || !gateway.down.is_empty() {
            3600
        } else {
            0
        }
    }

    /// Whether nothing goes wrong any more.
    pub(crate) fn is_calm(&self, at: Timestamp) -> bool {
        self.calm_from.is_none_or(|from| at >= from)
    }
}

fn strikes(
    faults: &Faults,
    rng: &mut ChaCha8Rng,
    begin: Timestamp,
    until: Timestamp,
) -> Vec<Strike> {
    let days = until.duration_since(begin).as_secs_f64() / 86_400.0;
    #[expect(clippy::cast_possible_truncation, reason = "minutes")]
    let longest_s = (60.0 * faults.process.down_min.unwrap_or(10.0)) as i64;
    #[expect(clippy::cast_possible_truncation, reason = "seconds")]
    let step_s = faults.clock.step_s.unwrap_or(120.0) as i64;
    let each_day = [
        faults.process.crashes_each_day,
        faults.process.stops_each_day,
        faults.disk.power_cuts_each_day,
        faults.disk.errors_each_day,
        faults.disk.full_each_day,
        faults.clock.steps_each_day,
    ]
    .map(|range| range.draw(rng));
    let mut strikes = Vec::new();
    for (kind, rate) in each_day.into_iter().enumerate() {
        for _ in 0..whole(rate * days, rng) {
            let span = until.duration_since(begin).as_secs().max(1);
            let at = begin + SignedDuration::from_secs(rng.random_range(0..span));
            let down_s = rng.random_range(5..longest_s.max(6));
            let after = rng.random_range(0..120);
            let blow = match kind {
                0 => Blow::Crash {
                    when: When::After(after),
                    down_s,
                },
                1 => Blow::Stop { down_s },
                2 => Blow::PowerCut {
                    after,
                    down_s,
                    survival: rng.random(),
                },
                3 => Blow::DiskError { after },
                4 => Blow::DiskFull { for_s: 600 },
                _ => Blow::ClockStep {
                    by_s: rng.random_range(-step_s..=step_s),
                    for_s: rng.random_range(600..7200),
                },
            };
            strikes.push(Strike { at, blow, node: 0 });
        }
    }
    strikes
}

/// A whole number whose mean is `expected`.
pub(super) fn whole(expected: f64, rng: &mut ChaCha8Rng) -> u32 {
    let more = rng.random_bool(expected.fract().clamp(0.0, 1.0));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be small and not negative"
    )]
    let whole = expected.floor() as u32;
    whole + u32::from(more)
}

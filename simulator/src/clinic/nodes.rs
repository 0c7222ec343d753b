//! Whether two servers share the database in a seed, how far their clocks are off, and when one of them stands still.

use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::chance::{Use, stream};
use super::scenario::Faults;
use super::watch::{Point, When};
use super::weather::{Blow, Strike, whole};

/// The servers of a seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NodesWeather {
    /// By how much the clock of each is ahead of the database's, seconds. With one server there is one clock.
    pub(crate) skews_s: Vec<i64>,
}

impl Default for NodesWeather {
    fn default() -> Self {
        Self { skews_s: vec![0] }
    }
}

impl NodesWeather {
    /// The servers of a seed, and what strikes them between two instants: what one server would meet is dealt among two, and one
    /// of them may stand still. What a seed draws for one server stays what it is.
    pub(crate) fn of(
        faults: &Faults,
        seed: u64,
        [begin, until]: [Timestamp; 2],
        strikes: &mut Vec<Strike>,
    ) -> Self {
        let mut rng = stream(seed, Use::Nodes, 0, 0);
        let nodes = &faults.nodes;
        // Drawn whatever comes of them: a changed range moves no other.
        let drawn: f64 = rng.random();
        let most_s = nodes.skew_s.draw(&mut rng);
        let shares: [f64; 2] = rng.random();
        let each_day = nodes.stands_each_day.draw(&mut rng);
        if drawn >= nodes.two {
            return Self::default();
        }
        for strike in &mut *strikes {
            strike.node = usize::from(rng.random::<bool>());
            let point = point(&mut rng);
            if let (Blow::Crash { when, .. }, Some(point)) = (&mut strike.blow, point) {
                *when = When::At(point);
            }
        }
        let span = until.duration_since(begin);
        let days = span.as_secs_f64() / 86_400.0;
        let longest_s = seconds(60.0 * nodes.stands_min.unwrap_or(10.0)).max(6);
        for _ in 0..whole(each_day * days, &mut rng) {
            let after_s = rng.random_range(0..span.as_secs().max(1));
            let after = When::After(rng.random_range(0..40));
            let blow = Blow::Stand {
                when: point(&mut rng).map_or(after, When::At),
                for_s: rng.random_range(5..longest_s),
            };
            strikes.push(Strike {
                at: begin + SignedDuration::from_secs(after_s),
                blow,
                node: usize::from(rng.random::<bool>()),
            });
        }
        Self {
            skews_s: shares
                .map(|share| seconds(most_s * (2.0 * share - 1.0)))
                .to_vec(),
        }
    }

    /// How many servers there are.
    pub(crate) fn count(&self) -> usize {
        self.skews_s.len()
    }
}

/// A point at which something strikes, or none: most of what strikes two servers strikes where they are exposed.
fn point(rng: &mut ChaCha8Rng) -> Option<Point> {
    match rng.random_range(0..4) {
        0 | 1 => Some(Point::Claimed),
        2 => Some(Point::Sent),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seconds of hours")]
fn seconds(drawn: f64) -> i64 {
    drawn as i64
}

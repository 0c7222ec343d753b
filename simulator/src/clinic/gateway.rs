//! The push gateway of the simulated world: accepts, refuses, loses, is slow or down, as the seed has it, and writes down what
//! came. It takes the place of a channel, below Footing's own circuit breaker.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use footing_server::push::{DeviceToken, Outcome, PushChannel, PushMessage, PushTarget};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::chance::{Use, stream};
use super::ledger::Offer;
use super::time::SimClock;
use super::weather::GatewayWeather;

/// How long the server waits for an answer that never comes.
const NO_ANSWER: SignedDuration = SignedDuration::from_secs(10);
/// The longest a slow message takes.
const SLOWEST_MS: i64 = 20_000;

/// The gateway; it outlives every process of the server.
pub(crate) struct Gateway {
    seed: u64,
    clock: SimClock,
    weather: GatewayWeather,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Messages so far.
    count: u64,
    offers: Vec<Offer>,
    dead: BTreeSet<String>,
}

/// What becomes of a message.
enum Fate {
    Accepted,
    LostAfterAccept,
    LostBeforeAccept,
    Unavailable,
    Busy,
    Gone,
}

impl Gateway {
    /// A gateway that dates by the true time.
    pub(crate) fn new(seed: u64, clock: SimClock, weather: GatewayWeather) -> Arc<Self> {
        Arc::new(Self {
            seed,
            clock,
            weather,
            state: Mutex::default(),
        })
    }

    /// What came so far.
    pub(crate) fn offers(&self) -> Vec<Offer> {
        self.state().offers.clone()
    }

    /// It does not know this token any more.
    pub(crate) fn forget(&self, token: &str) {
        if let Some(fingerprint) = fingerprint(token) {
            self.state().dead.insert(fingerprint);
        }
    }

    /// The way to it of one process of the server.
    pub(crate) fn line(self: &Arc<Self>, life: usize) -> Line {
        Line {
            gateway: self.clone(),
            life,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_rng(&self) -> ChaCha8Rng {
        let mut state = self.state();
        state.count += 1;
        stream(self.seed, Use::Gateway, state.count, 0)
    }

    fn fate(&self, rng: &mut ChaCha8Rng, token: &str, at: Timestamp) -> Fate {
        let draw: f64 = rng.random();
        if self.state().dead.contains(token) {
            return Fate::Gone;
        }
        if self.weather.is_down(at) {
            return Fate::Unavailable;
        }
        let mut below = 0.0;
        let mut within = |share: f64| {
            below += share;
            draw < below
        };
        if within(self.weather.unavailable) {
            Fate::Unavailable
        } else if within(self.weather.busy) {
            Fate::Busy
        } else if within(self.weather.lost_before_accept) {
            Fate::LostBeforeAccept
        } else if within(self.weather.lost_after_accept) {
            Fate::LostAfterAccept
        } else {
            Fate::Accepted
        }
    }

    /// Writes down a message and gives its place.
    fn note(&self, at: Timestamp, token: String, message: &PushMessage, life: usize) -> usize {
        let mut state = self.state();
        state.offers.push(Offer {
            at,
            token,
            kind: message.payload.kind().name().to_owned(),
            id: message.payload.message_id().to_string().replace('-', ""),
            collapse: message.collapse_key.to_string(),
            accepted: false,
            told: false,
            life,
        });
        state.offers.len() - 1
    }

    fn of(&self, place: usize, change: impl FnOnce(&mut Offer)) {
        if let Some(offer) = self.state().offers.get_mut(place) {
            change(offer);
        }
    }

    async fn pass(&self, ms: i64) {
        if ms > 0 {
            let at = self.clock.truth() + SignedDuration::from_millis(ms);
            self.clock.until(at).await;
        }
    }
}

fn fingerprint(token: &str) -> Option<String> {
    Some(DeviceToken::new(token).ok()?.fingerprint())
}

/// How the ledger names a token.
pub(crate) fn name_of(token: &str) -> String {
    fingerprint(token).unwrap_or_default()
}

/// The way of one process of the server to the gateway.
pub(crate) struct Line {
    gateway: Arc<Gateway>,
    life: usize,
}

impl PushChannel for Line {
    fn name(&self) -> &'static str {
        "simulated"
    }

    fn send<'a>(
        &'a self,
        target: &'a PushTarget,
        message: &'a PushMessage,
    ) -> BoxFuture<'a, Outcome> {
        let Self { gateway, life } = self;
        Box::pin(async move {
            let mut rng = gateway.next_rng();
            let slow = rng.random_bool(gateway.weather.slow);
            let ms = if slow {
                rng.random_range(0..SLOWEST_MS)
            } else {
                0
            };
            gateway.pass(ms / 2).await;
            let at = gateway.clock.truth();
            let token = target.token.fingerprint();
            let fate = gateway.fate(&mut rng, &token, at);
            let place = gateway.note(at, token, message, *life);
            let accepted = matches!(fate, Fate::Accepted | Fate::LostAfterAccept);
            gateway.of(place, |offer| offer.accepted = accepted);
            if matches!(fate, Fate::LostAfterAccept | Fate::LostBeforeAccept) {
                gateway.clock.until(at + NO_ANSWER).await;
                return retry("TIMEOUT", None);
            }
            // A process may end here: the message is taken, and nobody knows.
            tokio::task::yield_now().await;
            gateway.pass(ms - ms / 2).await;
            gateway.of(place, |offer| offer.told = true);
            match fate {
                Fate::Gone => Outcome::TokenGone,
                Fate::Unavailable => retry("UNAVAILABLE", None),
                Fate::Busy => retry(
                    "QUOTA_EXCEEDED",
                    Some(Duration::from_secs(rng.random_range(5..90))),
                ),
                Fate::Accepted | Fate::LostAfterAccept | Fate::LostBeforeAccept => {
                    Outcome::Accepted {
                        provider_message_id: format!("simulated-{place}"),
                    }
                }
            }
        })
    }
}

fn retry(code: &str, delay: Option<Duration>) -> Outcome {
    Outcome::RetryAfter {
        delay,
        code: code.to_owned(),
    }
}

//! A channel that leaves a gateway alone while it refuses or fails, and calls the operator once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use uuid::Uuid;

use super::circuit::{Circuit, CircuitRules, Opening, Pass, Verdict};
use super::{
    ChannelHealth, OpenCircuit, Outcome, PushChannel, PushMessage, PushTarget, Upstream,
    WebPushTerms,
};
use crate::rt::clock::Clock;

/// Gateways remembered at most. Browsers name their push service themselves; there are a handful of real
/// ones.
const MAX_UPSTREAMS: usize = 256;

/// The code of an attempt that was not made.
pub(super) const CIRCUIT_OPEN: &str = "CIRCUIT_OPEN";

/// A channel with a circuit for each of its gateways.
///
/// While a circuit is open a send ends at once, as [`Outcome::RetryAfter`] with the time left and the
/// code `CIRCUIT_OPEN`, without touching the network.
pub struct Guarded<C> {
    channel: C,
    rules: CircuitRules,
    clock: Arc<dyn Clock>,
    circuits: Mutex<BTreeMap<Upstream, Circuit>>,
    openings: AtomicU64,
}

impl<C: PushChannel> Guarded<C> {
    /// Guards a channel.
    pub fn new(channel: C, rules: CircuitRules, clock: Arc<dyn Clock>) -> Self {
        Self {
            channel,
            rules,
            clock,
            circuits: Mutex::default(),
            openings: AtomicU64::new(0),
        }
    }

    fn circuits(&self) -> MutexGuard<'_, BTreeMap<Upstream, Circuit>> {
        self.circuits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn allow(&self, upstream: &Upstream, now: Timestamp) -> Verdict {
        let mut circuits = self.circuits();
        if circuits.len() >= MAX_UPSTREAMS && !circuits.contains_key(upstream) {
            // Those that stand as new ones would are not worth a place; then the one open longest goes.
            circuits.retain(|_, circuit| !circuit.is_untouched());
            if circuits.len() >= MAX_UPSTREAMS {
                forget_oldest(&mut circuits);
            }
        }
        circuits
            .entry(upstream.clone())
            .or_insert_with(|| Circuit::new(self.rules))
            .allow(now)
    }

    fn record(&self, upstream: &Upstream, pass: Pass, outcome: &Outcome) {
        let opened = self
            .circuits()
            .get_mut(upstream)
            .and_then(|circuit| circuit.record(pass, outcome, self.clock.now()));
        if let Some(opening) = opened {
            self.call_operator(upstream, &opening);
        }
    }

    /// The line an alert is to be made of: one for each opening.
    fn call_operator(&self, upstream: &Upstream, opening: &Opening) {
        let openings = self.openings.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::error!(
            event = "push_circuit_opened",
            channel = self.channel.name(),
            upstream = upstream.as_str(),
            code = opening.code,
            openings,
            "the push gateway refuses or fails; it is left alone and tried again by itself"
        );
    }
}

fn forget_oldest(circuits: &mut BTreeMap<Upstream, Circuit>) {
    let oldest = circuits
        .iter()
        .min_by_key(|(_, circuit)| circuit.opening().map(|opening| opening.since))
        .map(|(upstream, _)| upstream.clone());
    if let Some(oldest) = oldest {
        circuits.remove(&oldest);
    }
}

impl<C: PushChannel> PushChannel for Guarded<C> {
    fn name(&self) -> &'static str {
        self.channel.name()
    }

    /// Ends when the guarded channel does, or at once.
    fn send<'a>(
        &'a self,
        target: &'a PushTarget,
        message: &'a PushMessage,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let upstream = self.channel.upstream(target);
            let now = self.clock.now();
            let pass = match self.allow(&upstream, now) {
                Verdict::Allow(pass) => pass,
                Verdict::OpenUntil(until) => {
                    return Outcome::RetryAfter {
                        delay: Some(
                            Duration::try_from(until.duration_since(now)).unwrap_or_default(),
                        ),
                        code: CIRCUIT_OPEN.to_owned(),
                    };
                }
            };
            let outcome = self.channel.send(target, message).await;
            self.record(&upstream, pass, &outcome);
            outcome
        })
    }

    fn name_for(&self, target: &PushTarget) -> &'static str {
        self.channel.name_for(target)
    }

    fn health(&self) -> ChannelHealth {
        let open = self
            .circuits()
            .iter()
            .filter_map(|(upstream, circuit)| {
                let opening = circuit.opening()?;
                Some(OpenCircuit {
                    channel: self.channel.name(),
                    upstream: upstream.clone(),
                    since: opening.since,
                    code: opening.code.clone(),
                })
            })
            .collect();
        let own = ChannelHealth {
            open,
            openings: self.openings.load(Ordering::Relaxed),
        };
        own.and(self.channel.health())
    }

    fn upstream(&self, target: &PushTarget) -> Upstream {
        self.channel.upstream(target)
    }

    fn web_push(&self) -> Option<&WebPushTerms> {
        self.channel.web_push()
    }

    fn fallback_for(&self, patient: Uuid) -> Option<PushTarget> {
        self.channel.fallback_for(patient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::{
        CollapseKey, DeviceToken, Locale, MessageId, Platform, PushKind, PushPayload,
    };
    use crate::rt::clock::VirtualClock;

    /// Answers by the first word of the token, which also names its gateway.
    #[derive(Default)]
    struct Scripted {
        sent: AtomicU64,
    }

    impl PushChannel for Scripted {
        fn name(&self) -> &'static str {
            "scripted"
        }

        fn send<'a>(
            &'a self,
            target: &'a PushTarget,
            _: &'a PushMessage,
        ) -> BoxFuture<'a, Outcome> {
            self.sent.fetch_add(1, Ordering::SeqCst);
            let outcome = if target.token.expose().starts_with("refuse") {
                Outcome::Unauthorized { code: "NO".into() }
            } else {
                Outcome::Accepted {
                    provider_message_id: "m".into(),
                }
            };
            Box::pin(std::future::ready(outcome))
        }

        fn upstream(&self, target: &PushTarget) -> Upstream {
            Upstream::new(target.token.expose())
        }
    }

    fn target(token: &str) -> PushTarget {
        PushTarget {
            token: DeviceToken::new(token).unwrap(),
            platform: Platform::Web,
        }
    }

    fn message() -> PushMessage {
        PushMessage {
            payload: PushPayload::of(PushKind::Digest, MessageId::from(Uuid::nil())),
            collapse_key: CollapseKey::from(Uuid::nil()),
            ttl: Duration::from_secs(60),
            locale: Locale::En,
        }
    }

    fn guarded() -> (VirtualClock, Guarded<Scripted>) {
        let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
        let guarded = Guarded::new(
            Scripted::default(),
            CircuitRules::default(),
            Arc::new(clock.clone()),
        );
        (clock, guarded)
    }

    #[tokio::test]
    async fn an_open_circuit_touches_no_network_and_tells_since_when_and_why() {
        let (clock, guarded) = guarded();
        let refusing = target("refuse-01");
        assert!(guarded.health().is_healthy());
        let first = guarded.send(&refusing, &message()).await;
        assert!(matches!(first, Outcome::Unauthorized { .. }));
        clock.advance_to(Timestamp::UNIX_EPOCH + Duration::from_secs(10));
        for _ in 0..5 {
            let outcome = guarded.send(&refusing, &message()).await;
            let delay = Some(Duration::from_secs(20));
            assert_eq!(
                outcome,
                Outcome::RetryAfter {
                    delay,
                    code: CIRCUIT_OPEN.into()
                }
            );
        }
        assert_eq!(guarded.channel.sent.load(Ordering::SeqCst), 1);
        let health = guarded.health();
        assert_eq!(health.openings, 1);
        let [open] = health.open.try_into().unwrap();
        assert_eq!(
            (open.channel, open.upstream.as_str()),
            ("scripted", "refuse-01")
        );
        assert_eq!(
            (open.since, open.code.as_str()),
            (Timestamp::UNIX_EPOCH, "NO")
        );
        // The probe is refused too: the same opening, no second call.
        clock.advance_to(Timestamp::UNIX_EPOCH + Duration::from_secs(30));
        guarded.send(&refusing, &message()).await;
        assert_eq!(guarded.channel.sent.load(Ordering::SeqCst), 2);
        assert_eq!(guarded.health().openings, 1);
    }

    #[tokio::test]
    async fn one_gateway_says_nothing_of_another() {
        let (_, guarded) = guarded();
        guarded.send(&target("refuse-01"), &message()).await;
        let outcome = guarded.send(&target("other-01"), &message()).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }));
    }

    #[tokio::test]
    async fn gateways_somebody_invents_do_not_fill_the_memory() {
        let (clock, guarded) = guarded();
        for number in 0..2000 {
            let kind = if number % 2 == 0 { "refuse" } else { "good" };
            guarded
                .send(&target(&format!("{kind}-{number:04}")), &message())
                .await;
            clock.advance_to(Timestamp::UNIX_EPOCH + Duration::from_millis(number));
        }
        assert!(guarded.circuits().len() <= MAX_UPSTREAMS);
        let open = guarded.health().open;
        assert!(
            open.iter()
                .any(|open| open.upstream.as_str() == "refuse-1998"),
            "the newest are kept"
        );
    }
}

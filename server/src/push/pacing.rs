//! Keeps within a gateway's quota: no window of a minute has more sends than allowed.
//!
//! FCM allows 600,000 messages in a minute for each project, over windows of its own choosing, and answers
//! 429 beyond (<https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas>). The rule is the
//! generic cell rate algorithm of the crate `governor`: `burst` at once, then one each `interval`. A
//! window of 60 s, wherever it lies, then has at most `burst + 60 s / interval`, and both are chosen so
//! that this is the quota. The quota is for each process: with several, divide it.

use std::num::NonZeroU32;
use std::time::Duration;

use futures_util::future::BoxFuture;
use governor::RateLimiter;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use uuid::Uuid;

use super::{ChannelHealth, Outcome, PushChannel, PushMessage, PushTarget, Upstream, WebPushTerms};

/// The window of the quota.
const WINDOW: Duration = Duration::from_secs(60);

/// This part of the quota may go at once.
const BURST_PART: u32 = 10;

/// The code of an attempt that was not made.
const PACED: &str = "PACED";

/// Sends allowed in any minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota(NonZeroU32);

impl Quota {
    /// FCM's default for a project.
    pub const FCM: Self = Self(NonZeroU32::new(600_000).unwrap());

    /// So many in any minute.
    pub const fn per_minute(sends: NonZeroU32) -> Self {
        Self(sends)
    }

    /// How many at once, and then one each how long.
    fn parts(self) -> (NonZeroU32, Duration) {
        let burst = self.0.get().div_ceil(BURST_PART);
        let steady = u128::from(self.0.get() - burst);
        let window_ns = WINDOW.as_nanos();
        // Rounded up, so that the window has no more than its part; with none left, longer than a window.
        let interval_ns = match steady {
            0 => window_ns + 1,
            _ => window_ns.div_ceil(steady),
        };
        let interval = Duration::from_nanos(u64::try_from(interval_ns).unwrap_or(u64::MAX));
        (NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN), interval)
    }

    fn limiter<K: Clock + Clone>(self, clock: K) -> Limiter<K> {
        let (burst, interval) = self.parts();
        let quota = governor::Quota::with_period(interval)
            .unwrap_or(governor::Quota::per_minute(NonZeroU32::MIN))
            .allow_burst(burst);
        RateLimiter::direct_with_clock(quota, clock)
    }
}

type Limiter<K> = RateLimiter<NotKeyed, InMemoryState, K, NoOpMiddleware<<K as Clock>::Instant>>;

/// A channel that sends no more than its quota. Beyond it a send ends at once, as
/// [`Outcome::RetryAfter`] with the code `PACED`.
///
/// The time is the machine's monotonic one, also where the server runs on a virtual clock: the gateway
/// counts by its own.
pub struct Paced<C, K: Clock + Clone = DefaultClock> {
    channel: C,
    limiter: Limiter<K>,
    clock: K,
}

impl<C: PushChannel> Paced<C> {
    /// Paces a channel.
    pub fn new(channel: C, quota: Quota) -> Self {
        Self::with_clock(channel, quota, DefaultClock::default())
    }
}

impl<C: PushChannel, K: Clock + Clone> Paced<C, K> {
    /// Paces a channel by another clock.
    pub fn with_clock(channel: C, quota: Quota, clock: K) -> Self {
        Self {
            channel,
            limiter: quota.limiter(clock.clone()),
            clock,
        }
    }

    /// How long to wait, `None` when it may be sent now. Whole seconds, so that a herd does not come back
    /// for each place that comes free.
    fn wait(&self) -> Option<Duration> {
        let not_until = self.limiter.check().err()?;
        let wait = not_until.wait_time_from(self.clock.now());
        Some(Duration::from_secs(wait.as_secs() + 1))
    }
}

impl<C: PushChannel, K: Clock + Clone + Send + Sync> PushChannel for Paced<C, K>
where
    K::Instant: Send + Sync,
{
    fn name(&self) -> &'static str {
        self.channel.name()
    }

    /// Ends when the paced channel does, or at once.
    fn send<'a>(
        &'a self,
        target: &'a PushTarget,
        message: &'a PushMessage,
    ) -> BoxFuture<'a, Outcome> {
        match self.wait() {
            None => self.channel.send(target, message),
            delay => Box::pin(std::future::ready(Outcome::RetryAfter {
                delay,
                code: PACED.to_owned(),
            })),
        }
    }

    fn name_for(&self, target: &PushTarget) -> &'static str {
        self.channel.name_for(target)
    }

    fn health(&self) -> ChannelHealth {
        self.channel.health()
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
        CollapseKey, DeviceToken, Locale, LogChannel, MessageId, Platform, PushKind, PushPayload,
    };
    use crate::rt::clock::{Clock as _, VirtualClock};
    use governor::nanos::Nanos;
    use jiff::Timestamp;
    use proptest::prelude::*;

    /// The virtual clock as governor reads one.
    #[derive(Clone)]
    struct Virtual(VirtualClock);

    impl Clock for Virtual {
        type Instant = Nanos;

        fn now(&self) -> Nanos {
            let since = self.0.now().duration_since(Timestamp::UNIX_EPOCH);
            Nanos::from(Duration::try_from(since).unwrap())
        }
    }

    fn quota(per_minute: u32) -> Quota {
        Quota::per_minute(NonZeroU32::new(per_minute).unwrap())
    }

    /// The most in any closed window of a minute.
    fn fullest_window(sent_ns: &[u64]) -> usize {
        let window = u64::try_from(WINDOW.as_nanos()).unwrap();
        let mut first = 0;
        let mut most = 0;
        for (last, at) in sent_ns.iter().enumerate() {
            while at - sent_ns[first] > window {
                first += 1;
            }
            most = most.max(last + 1 - first);
        }
        most
    }

    fn sent_at(per_minute: u32, steps_ns: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
        let limiter = quota(per_minute).limiter(Virtual(clock.clone()));
        let mut now_ns = 0;
        let mut sent = Vec::new();
        for step in steps_ns {
            now_ns += step;
            clock.advance_to(Timestamp::UNIX_EPOCH + Duration::from_nanos(now_ns));
            if limiter.check().is_ok() {
                sent.push(now_ns);
            }
        }
        sent
    }

    proptest! {
        #[test]
        fn no_window_of_a_minute_exceeds_the_quota(
            per_minute in 1_u32..500,
            steps in proptest::collection::vec(prop_oneof![Just(0_u64), 0_u64..1_000_000_000, 0_u64..90_000_000_000], 0..3000),
        ) {
            let sent = sent_at(per_minute, steps);
            prop_assert!(fullest_window(&sent) <= per_minute as usize);
        }

        #[test]
        fn burst_and_pace_together_are_the_quota(per_minute in 1_u32..=u32::MAX) {
            let (burst, interval) = quota(per_minute).parts();
            let paced = WINDOW.as_nanos() / interval.as_nanos();
            prop_assert!(u128::from(burst.get()) + paced <= u128::from(per_minute));
        }
    }

    /// Whoever always wants more gets nearly all of it, minute by minute.
    #[test]
    fn a_herd_gets_the_whole_quota_and_no_more() {
        let herd = std::iter::repeat_n(1_000_000, 180_000);
        let sent = sent_at(6000, herd);
        assert!(fullest_window(&sent) <= 6000);
        assert!(sent.len() >= 3 * 5400, "{} in three minutes", sent.len());
    }

    #[tokio::test]
    async fn beyond_the_quota_a_send_is_put_off_and_comes_through_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("push.log");
        let log = LogChannel::open(&path, Box::new(|| 0)).unwrap();
        let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
        let paced = Paced::with_clock(log, quota(20), Virtual(clock.clone()));
        let target = PushTarget {
            token: DeviceToken::new("token-01").unwrap(),
            platform: Platform::Android,
        };
        let message = PushMessage {
            payload: PushPayload::of(PushKind::Digest, MessageId::from(Uuid::nil())),
            collapse_key: CollapseKey::from(Uuid::nil()),
            ttl: Duration::from_secs(60),
            locale: Locale::En,
        };
        for _ in 0..2 {
            assert_eq!(paced.send(&target, &message).await.name(), "accepted");
        }
        let put_off = paced.send(&target, &message).await;
        let Outcome::RetryAfter {
            delay: Some(delay),
            code,
        } = put_off
        else {
            panic!("{put_off:?}");
        };
        assert_eq!(code, PACED);
        assert!(delay <= Duration::from_secs(5), "{delay:?}");
        clock.advance_to(Timestamp::UNIX_EPOCH + delay);
        assert_eq!(paced.send(&target, &message).await.name(), "accepted");
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3);
    }
}

//! Slows down guessing: by account for passwords, by clinic for one-time codes.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as Meter;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::sync::Semaphore;

use crate::error::{Code, Error, Result};
use crate::rt::clock::Clock;
use crate::store::types::{Digest, TenantId};

/// Passwords tried on one account at once, and then one each this long.
const PASSWORDS: NonZeroU32 = NonZeroU32::new(10).unwrap();
const PASSWORD_EACH: Duration = Duration::from_secs(15);
/// One-time codes used in one clinic at once, and then so many a second: 128 random bits are not
/// guessed, the limit only bounds the work they cause.
const CODES: NonZeroU32 = NonZeroU32::new(200).unwrap();
const CODES_PER_S: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// Passwords hashed at the same time: each takes 19 MiB and a core.
const HASHING: usize = 2;

/// Measures by how long the process has run, which nobody sets.
#[derive(Clone)]
struct Running(Arc<dyn Clock>);

impl Meter for Running {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.running_for()
    }
}

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, Running, NoOpMiddleware<Duration>>;

/// The limits of one server process.
pub struct Throttle {
    passwords: Limiter<Digest>,
    codes: Limiter<TenantId>,
    /// Permits for hashing.
    pub hashing: Semaphore,
}

impl Throttle {
    /// Nothing tried yet.
    pub fn new(clock: &Arc<dyn Clock>) -> Self {
        let passwords = Quota::with_period(PASSWORD_EACH).unwrap_or(Quota::per_minute(PASSWORDS));
        let codes = Quota::per_second(CODES_PER_S).allow_burst(CODES);
        let running = || Running(clock.clone());
        Self {
            passwords: RateLimiter::dashmap_with_clock(passwords.allow_burst(PASSWORDS), running()),
            codes: RateLimiter::dashmap_with_clock(codes, running()),
            hashing: Semaphore::new(HASHING),
        }
    }

    /// Counts a password tried on an account, known or not.
    ///
    /// # Errors
    /// Too many requests once the account's share is used up.
    pub fn password(&self, clinic: &str, email: &str) -> Result<()> {
        self.passwords.retain_recent();
        let account = Digest::of(format!("{clinic}\n{email}").as_bytes());
        self.passwords
            .check_key(&account)
            .map_err(|_| Error::new(Code::TooManyRequests))
    }

    /// Counts a one-time code used in a clinic, known or not.
    ///
    /// # Errors
    /// Too many requests once the clinic's share is used up.
    pub fn code(&self, clinic: TenantId) -> Result<()> {
        self.codes.retain_recent();
        self.codes
            .check_key(&clinic)
            .map_err(|_| Error::new(Code::TooManyRequests))
    }
}

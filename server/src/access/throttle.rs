//! Slows down guessing: by account for passwords, by clinic for one-time codes.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::Semaphore;

use crate::error::{Code, Error, Result};
use crate::store::types::Digest;

/// Attempts at once, and then one each `REFILL`.
const BURST: NonZeroU32 = NonZeroU32::new(10).unwrap();
const REFILL: Duration = Duration::from_secs(15);
/// Passwords hashed at the same time: each takes 19 MiB and a core.
const HASHING: usize = 2;

/// The limits of one server process.
pub struct Throttle {
    attempts: DefaultKeyedRateLimiter<Digest>,
    /// Permits for hashing.
    pub hashing: Semaphore,
}

impl Default for Throttle {
    fn default() -> Self {
        let quota = Quota::with_period(REFILL).map(|quota| quota.allow_burst(BURST));
        let quota = quota.unwrap_or_else(|| Quota::per_minute(BURST));
        Self { attempts: RateLimiter::keyed(quota), hashing: Semaphore::new(HASHING) }
    }
}

impl Throttle {
    /// Counts an attempt on `key`.
    ///
    /// # Errors
    /// Too many requests once the burst is used up.
    pub fn attempt(&self, key: &str) -> Result<()> {
        self.attempts.retain_recent();
        self.attempts.check_key(&Digest::of(key.as_bytes())).map_err(|_| Error::new(Code::TooManyRequests))
    }
}

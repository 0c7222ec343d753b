//! The rules of delivery: what to do with a claimed prompt, and what its attempts mean. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::state::State;
use crate::push::Outcome;
use crate::store::devices::{Device, PushState};
use crate::store::prompts::{Claimed, Prompt, PromptState, Settled};

/// The first retry without a word from the gateway comes after this long, each further one after twice as long,
const FIRST_RETRY: Duration = Duration::from_secs(5);
/// up to this.
const LONGEST_RETRY: Duration = Duration::from_secs(300);
/// A gateway that refuses the whole deployment is asked again after this long.
const AFTER_REFUSAL: Duration = Duration::from_secs(60);

/// What a claimed prompt needs.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Nothing is sent; it ends in this state.
    End(PromptState),
    /// It goes to these devices.
    Send(Vec<Device>),
}

/// Looks again, at the moment of sending, whether the prompt is still wanted and can reach anyone.
pub fn decide(claimed: &Claimed, devices: &[Device], now: Timestamp) -> Decision {
    if claimed.occurrence_state != State::Planned {
        return Decision::End(PromptState::Withdrawn);
    }
    if now >= claimed.prompt.expires_at.timestamp() {
        return Decision::End(PromptState::Expired);
    }
    let live: Vec<Device> = devices
        .iter()
        .filter(|d| d.push_state == PushState::Live && d.push_token.is_some())
        .cloned()
        .collect();
    if live.is_empty() {
        Decision::End(PromptState::Undeliverable)
    } else {
        Decision::Send(live)
    }
}

/// What the attempts of one claim, one for each device, make of the prompt. `jitter` is 0 to 1.
pub fn settle(prompt: &Prompt, outcomes: &[Outcome], now: Timestamp, jitter: f64) -> Settled {
    if outcomes
        .iter()
        .any(|outcome| matches!(outcome, Outcome::Accepted { .. }))
    {
        return Settled::Final(PromptState::Sent);
    }
    let waits = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::RetryAfter { delay, .. } => Some(retry_wait(*delay, prompt.attempts, jitter)),
        Outcome::Unauthorized { .. } => Some(AFTER_REFUSAL.mul_f64(1.0 + jitter)),
        Outcome::Accepted { .. } | Outcome::TokenGone | Outcome::Rejected { .. } => None,
    });
    if let Some(wait) = waits.min() {
        return retry_at(prompt, now, wait);
    }
    if outcomes
        .iter()
        .any(|outcome| matches!(outcome, Outcome::Rejected { .. }))
    {
        return Settled::Final(PromptState::Rejected);
    }
    Settled::Final(PromptState::Undeliverable)
}

fn retry_at(prompt: &Prompt, now: Timestamp, wait: Duration) -> Settled {
    let at = SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| now.checked_add(wait).ok());
    match at.filter(|at| *at < prompt.expires_at.timestamp()) {
        Some(at) => Settled::RetryAt(at),
        None => Settled::Final(PromptState::Expired),
    }
}

/// The gateway's own wait, or twice as long each time; never all at the same instant.
fn retry_wait(asked: Option<Duration>, attempts: i64, jitter: f64) -> Duration {
    let doublings = u32::try_from((attempts - 1).clamp(0, 16)).unwrap_or(0);
    let wait = asked.unwrap_or_else(|| (FIRST_RETRY * 2_u32.pow(doublings)).min(LONGEST_RETRY));
    wait + wait
        .min(LONGEST_RETRY)
        .mul_f64(0.2 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::types::{OccurrenceId, PatientId, TenantId};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn prompt(attempts: i64) -> Prompt {
        Prompt {
            tenant_id: TenantId(1),
            occurrence_id: OccurrenceId::from([1; 16]),
            step: 0,
            patient_id: PatientId::from([2; 16]),
            state: PromptState::Leased,
            due_at: at(0).into(),
            expires_at: at(3600).into(),
            next_attempt_at: at(0).into(),
            attempts,
            lease: None,
            sent_at: None,
        }
    }

    fn retry(delay: Option<u64>) -> Outcome {
        Outcome::RetryAfter {
            delay: delay.map(Duration::from_secs),
            code: "UNAVAILABLE".into(),
        }
    }

    #[test]
    fn one_device_that_takes_it_is_enough() {
        let outcomes = [
            Outcome::TokenGone,
            Outcome::Accepted {
                provider_message_id: "m".into(),
            },
            retry(None),
        ];
        assert_eq!(
            settle(&prompt(1), &outcomes, at(0), 0.0),
            Settled::Final(PromptState::Sent)
        );
    }

    #[test]
    fn the_gateways_wait_is_kept_and_without_one_it_doubles() {
        assert_eq!(
            settle(&prompt(1), &[retry(Some(37))], at(0), 0.0),
            Settled::RetryAt(at(37))
        );
        assert_eq!(
            settle(&prompt(1), &[retry(None)], at(0), 0.0),
            Settled::RetryAt(at(5))
        );
        assert_eq!(
            settle(&prompt(3), &[retry(None)], at(0), 0.0),
            Settled::RetryAt(at(20))
        );
        assert_eq!(
            settle(&prompt(60), &[retry(None)], at(0), 1.0),
            Settled::RetryAt(at(360))
        );
    }

    #[test]
    fn a_retry_after_the_window_is_none() {
        assert_eq!(
            settle(&prompt(1), &[retry(Some(37))], at(3570), 0.0),
            Settled::Final(PromptState::Expired)
        );
    }

    #[test]
    fn dead_tokens_are_undeliverable_and_a_refused_message_is_rejected() {
        assert_eq!(
            settle(&prompt(1), &[Outcome::TokenGone], at(0), 0.0),
            Settled::Final(PromptState::Undeliverable)
        );
        let rejected = Outcome::Rejected {
            code: "INVALID_ARGUMENT".into(),
        };
        assert_eq!(
            settle(&prompt(1), &[rejected], at(0), 0.0),
            Settled::Final(PromptState::Rejected)
        );
        let refused = Outcome::Unauthorized {
            code: "THIRD_PARTY_AUTH_ERROR".into(),
        };
        assert_eq!(
            settle(&prompt(1), &[refused], at(0), 0.0),
            Settled::RetryAt(at(60))
        );
    }

    #[test]
    fn what_was_answered_or_has_no_device_is_not_sent() {
        let claimed = |state| Claimed {
            prompt: prompt(1),
            exercise_key: "walk".into(),
            occurrence_state: state,
        };
        assert!(matches!(
            decide(&claimed(State::Done), &[], at(1)),
            Decision::End(PromptState::Withdrawn)
        ));
        assert!(matches!(
            decide(&claimed(State::Planned), &[], at(1)),
            Decision::End(PromptState::Undeliverable)
        ));
        assert!(matches!(
            decide(&claimed(State::Planned), &[], at(3600)),
            Decision::End(PromptState::Expired)
        ));
    }
}

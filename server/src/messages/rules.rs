//! When the clinic's messages are announced to a patient: pure.

use jiff::{SignedDuration, Timestamp};

use crate::store::deliveries::{Delivery, DeliveryState};
use crate::store::types::DeliveryId;

/// Longest message, characters.
pub const LONGEST: usize = 2_000;
/// Messages a patient can send in 24 hours: nobody types more, a broken app does.
pub const MOST_A_DAY: i64 = 100;

/// How long a message waits for a second sentence, or for being read on an open page, before it is announced.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(2);
/// After an announcement the next one comes this much later at the earliest.
pub const APART: SignedDuration = SignedDuration::from_mins(15);

/// How a message of the clinic is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announcement {
    /// By a push that has not gone out yet.
    With(DeliveryId),
    /// By a new one, at this instant; quiet hours come on top.
    At(Timestamp),
}

/// How a new message is announced, by the push of the one before it.
pub fn announcement(last: Option<&Delivery>, now: Timestamp) -> Announcement {
    let soon = now.saturating_add(PATIENCE);
    let soon = soon.unwrap_or(now);
    let Some(last) = last else {
        return Announcement::At(soon);
    };
    match last.state {
        DeliveryState::Pending => Announcement::With(last.id),
        // On its way this moment: whether it says this message too nobody knows.
        DeliveryState::Leased => Announcement::At(apart(now)),
        DeliveryState::Sent => {
            let sent_at = last.sent_at.unwrap_or(last.due_at).timestamp();
            Announcement::At(soon.max(apart(sent_at)))
        }
        DeliveryState::Expired
        | DeliveryState::Undeliverable
        | DeliveryState::Rejected
        | DeliveryState::Withdrawn
        | DeliveryState::Suppressed
        | DeliveryState::Folded => Announcement::At(soon),
    }
}

fn apart(from: Timestamp) -> Timestamp {
    from.saturating_add(APART).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use proptest::prelude::*;

    use super::*;
    use crate::reminders::sweep::blank;
    use crate::store::types::{PatientId, TenantId};

    fn pushed(state: DeliveryState, sent_at: Option<Timestamp>) -> Delivery {
        Delivery {
            id: DeliveryId::from([7; 16]),
            state,
            sent_at: sent_at.map(Into::into),
            ..blank(TenantId(1), PatientId::from([1; 16]))
        }
    }

    fn now() -> Timestamp {
        "2026-03-02T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn what_still_waits_speaks_for_the_next_message_too() {
        let waiting = pushed(DeliveryState::Pending, None);
        assert_eq!(
            announcement(Some(&waiting), now()),
            Announcement::With(waiting.id)
        );
    }

    #[test]
    fn a_first_message_and_one_after_a_push_nobody_got_come_soon() {
        let soon = Announcement::At(now() + 2.minutes());
        assert_eq!(announcement(None, now()), soon);
        for state in [
            DeliveryState::Withdrawn,
            DeliveryState::Undeliverable,
            DeliveryState::Suppressed,
        ] {
            assert_eq!(announcement(Some(&pushed(state, None)), now()), soon);
        }
    }

    proptest! {
        #[test]
        fn two_pushes_are_apart(minutes in 0_i64..120) {
            let sent_at = now() - minutes.minutes();
            let last = pushed(DeliveryState::Sent, Some(sent_at));
            let Announcement::At(at) = announcement(Some(&last), now()) else { panic!("a new one") };
            prop_assert!(at.duration_since(sent_at) >= APART);
            prop_assert!(at.duration_since(now()) >= PATIENCE);
            prop_assert!(at <= now() + 15.minutes());
        }
    }
}

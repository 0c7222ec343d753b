//! Pure rules of consent.

use jiff::Timestamp;

/// From when until when consent was given; open ends are absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Episode {
    /// When it was given; absent where it was given before consent was recorded.
    pub given_at: Option<Timestamp>,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
}

/// Whether there is consent to keep what was recorded at `recorded_at` and arrives now. There is none while consent is
/// withdrawn, whenever it was recorded; afterwards none for what was recorded between a withdrawal and the next time it
/// was given. A patient without any episode has not been asked, and is not held back here.
///
/// `episodes` are in order.
pub fn may_keep(episodes: &[Episode], recorded_at: Timestamp) -> bool {
    let Some(last) = episodes.last() else {
        return true;
    };
    if last.withdrawn_at.is_some() {
        return false;
    }
    let resumed = episodes.iter().skip(1).map(|next| next.given_at);
    let mut gaps = episodes
        .iter()
        .map(|episode| episode.withdrawn_at)
        .zip(resumed);
    !gaps.any(|(from, until)| {
        from.is_some_and(|from| from <= recorded_at)
            && until.is_none_or(|until| recorded_at < until)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn episode(given: i64, withdrawn: Option<i64>) -> Episode {
        Episode {
            given_at: Some(at(given)),
            withdrawn_at: withdrawn.map(at),
        }
    }

    #[test]
    fn nobody_is_held_back_who_was_not_asked() {
        assert!(may_keep(&[], at(0)));
        assert!(
            may_keep(&[episode(100, None)], at(0)),
            "recorded before the clinic was told"
        );
    }

    #[test]
    fn while_withdrawn_nothing_is_kept_whenever_it_was_recorded() {
        for recorded in [0, 150, 250] {
            assert!(!may_keep(&[episode(100, Some(200))], at(recorded)));
        }
    }

    #[test]
    fn after_a_new_consent_the_gap_stays_closed() {
        let episodes = [episode(100, Some(200)), episode(300, None)];
        for (recorded, kept) in [(199, true), (200, false), (299, false), (300, true)] {
            assert_eq!(may_keep(&episodes, at(recorded)), kept, "{recorded}");
        }
    }

    proptest! {
        /// Against the definition, second by second: kept is what was recorded outside of every gap.
        #[test]
        fn what_was_recorded_in_no_gap_is_kept(
            steps in prop::collection::vec(1i64..50, 1..12),
            recorded in 0i64..700,
        ) {
            // Instants at which consent changes: given, withdrawn, given, ...
            let mut instants = Vec::new();
            let mut now = 0;
            for step in steps {
                now += step;
                instants.push(now);
            }
            let episodes: Vec<Episode> = instants
                .chunks(2)
                .map(|pair| episode(pair[0], pair.get(1).copied()))
                .collect();
            let open = instants.len() % 2 == 1;
            let changes = instants.iter().filter(|change| **change <= recorded).count();
            let in_gap = changes > 0 && changes % 2 == 0;
            prop_assert_eq!(may_keep(&episodes, at(recorded)), open && !in_gap);
        }
    }
}

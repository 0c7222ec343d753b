//! Writes down what a laid-out bout contains: its events and strides, by beginning of force and by threshold.

use gait::recording::StepMarkKind;

use crate::bout::Bout;
use crate::contact::Contact;
use crate::course::StepNote;
use crate::motion::bout_swings;
use crate::sides::PerSide;
use crate::swing::Swing;
use crate::track::{close_threshold_s, unload_threshold_s};
use crate::truth::{
    BoutTruth, EventPhase, EventTruth, MotionTruth, PlantarTruth, StrideTimes, StrideTruth,
};

/// Threshold of threshold-defined events, body weights: 5 %, the engine's definition.
pub(crate) const EVENT_THRESHOLD_BW: f64 = 0.05;

/// Summary of a bout.
pub(crate) fn bout_truth(bout: &Bout) -> BoutTruth {
    let pattern = &bout.pattern;
    BoutTruth {
        gait: pattern.gait,
        start_s: bout.start_s,
        end_s: bout.end_s,
        speed_mps: pattern.speed_mps,
        cadence_spm: pattern.cadence_spm,
        step_length_m: pattern.step_length_m(),
        steps: bout.contacts.len(),
        stance_pct: PerSide::from_fn(|side| 100.0 * pattern.stance_fraction.get(side)),
    }
}

/// All events in order of time.
pub(crate) fn events(bouts: &[Bout]) -> Vec<EventTruth> {
    let mut events: Vec<EventTruth> = bouts.iter().flat_map(bout_events).collect();
    events.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
    events
}

fn bout_events(bout: &Bout) -> Vec<EventTruth> {
    let event = |side, kind, time_s, threshold_time_s, phase| EventTruth {
        side,
        kind,
        time_s,
        threshold_time_s,
        phase,
    };
    let (landing, leaving) = (StepMarkKind::InitialContact, StepMarkKind::ToeOff);
    let lift_threshold_s = unload_threshold_s(bout, EVENT_THRESHOLD_BW);
    let close_threshold_s = close_threshold_s(bout, EVENT_THRESHOLD_BW);
    let mut events = vec![
        event(
            bout.first_side(),
            leaving,
            bout.lift_s,
            lift_threshold_s,
            EventPhase::Initiation,
        ),
        event(
            bout.closing_side(),
            landing,
            bout.closing_s,
            close_threshold_s,
            EventPhase::Termination,
        ),
    ];
    let last = bout.contacts.len() - 1;
    for (k, contact) in bout.contacts.iter().enumerate() {
        let (rise_s, fall_s) = contact.threshold_times(EVENT_THRESHOLD_BW);
        if k > 0 {
            events.push(event(
                contact.side,
                landing,
                contact.ic_s,
                rise_s,
                EventPhase::Walking,
            ));
        }
        if k < last {
            events.push(event(
                contact.side,
                leaving,
                contact.fc_s,
                fall_s,
                EventPhase::Walking,
            ));
        }
    }
    events
}

/// All strides in order of time. `plantar` tells the pressures of a contact.
pub(crate) fn strides(
    bouts: &[Bout],
    plantar: impl Fn(&Contact) -> PlantarTruth,
) -> Vec<StrideTruth> {
    bouts
        .iter()
        .enumerate()
        .flat_map(|(index, bout)| bout_strides(index, bout, &plantar))
        .collect()
}

/// When a foot meets the ground, by beginning of force and by threshold, and when it leaves by threshold.
struct Landing {
    ic_s: f64,
    rise_s: f64,
    fall_s: f64,
}

fn bout_strides(
    index: usize,
    bout: &Bout,
    plantar: &impl Fn(&Contact) -> PlantarTruth,
) -> Vec<StrideTruth> {
    let mut landings: Vec<Landing> = bout.contacts.iter().map(landing).collect();
    landings.push(Landing {
        ic_s: bout.closing_s,
        rise_s: close_threshold_s(bout, EVENT_THRESHOLD_BW),
        fall_s: f64::INFINITY,
    });
    let ways = PerSide::from_fn(|side| bout_swings(bout, side));
    // Four landings in a row: the contact before, this one, the other foot's, and this foot's next.
    let around = landings.windows(4).enumerate();
    around
        .map(|(k, around)| {
            let contact = &bout.contacts[k + 1];
            let own = ways.get(contact.side);
            let at = own.partition_point(|swing| swing.off_s < contact.fc_s);
            let seen = Seen {
                bout: index,
                at: k + 1,
                around,
                motion: motion(&own[at.min(own.len() - 1)]),
            };
            stride(bout, contact, &seen, plantar(contact))
        })
        .collect()
}

fn motion(swing: &Swing) -> MotionTruth {
    MotionTruth {
        length_m: swing.length_m(),
        yaw_deg: swing.yaw_deg(),
        rise_m: swing.to.z_m - swing.from.z_m,
        clearance_m: swing.clearance_m(),
        contact_pitch_deg: swing.contact_pitch_deg(),
    }
}

/// A stride among its neighbours.
struct Seen<'a> {
    /// Number of the bout.
    bout: usize,
    /// Number of the contact that begins it.
    at: usize,
    /// The contact before, this one, the other foot's, this foot's next.
    around: &'a [Landing],
    motion: MotionTruth,
}

/// Whether any step from `from` to `to` (both included) is of a kind.
fn any_step(bout: &Bout, from: usize, to: usize, is: impl Fn(&StepNote) -> bool) -> bool {
    let last = bout.notes.len().saturating_sub(1);
    bout.notes[from.min(last)..=to.min(last)].iter().any(is)
}

fn landing(contact: &Contact) -> Landing {
    let (rise_s, fall_s) = contact.threshold_times(EVENT_THRESHOLD_BW);
    Landing {
        ic_s: contact.ic_s,
        rise_s,
        fall_s,
    }
}

fn stride(bout: &Bout, contact: &Contact, seen: &Seen<'_>, plantar: PlantarTruth) -> StrideTruth {
    let (around, at) = (seen.around, seen.at);
    let turns = |note: &StepNote| note.turn.is_some();
    let festinating = any_step(bout, at, at + 1, |note| note.festination.is_some());
    let near_turn = any_step(bout, at.saturating_sub(2), at + 3, turns);
    let (from, to) = contact.curve.loading_phases();
    let (before, this, other, next) = (&around[0], &around[1], &around[2], &around[3]);
    let peak = |phase: f64| contact.scale * contact.curve.force_bw(phase);
    let [first, valley, second] = contact.curve.peak_phases();
    StrideTruth {
        side: contact.side,
        bout: seen.bout,
        gait: bout.pattern.gait,
        steady: at + 2 < bout.contacts.len() && !festinating && !near_turn,
        turning: any_step(bout, at, at + 1, turns),
        festinating,
        contact: StrideTimes {
            start_s: contact.ic_s,
            toe_off_s: contact.fc_s,
            end_s: next.ic_s,
        },
        threshold: StrideTimes {
            start_s: this.rise_s,
            toe_off_s: this.fall_s,
            end_s: next.rise_s,
        },
        double_support_s: (before.fall_s - this.rise_s).max(0.0)
            + (this.fall_s - other.rise_s).max(0.0),
        step_time_s: next.rise_s - other.rise_s,
        first_peak_bw: peak(first),
        valley_bw: peak(valley),
        second_peak_bw: peak(second),
        peak_phases: [first, valley, second],
        loading_rate_bw_per_s: 0.6 * peak(first) / ((to - from) * (contact.fc_s - contact.ic_s)),
        impulse_bw_s: contact.impulse_bw_s(contact.ic_s, contact.fc_s),
        plantar,
        motion: seen.motion,
    }
}

#[cfg(test)]
mod tests {
    use gait::recording::Side;

    use super::*;
    use crate::condition::Conditions;
    use crate::pattern::GaitPattern;
    use crate::person::Person;
    use crate::random::StreamKey;
    use crate::tired::Fatigue;

    fn alternates(events: &[EventTruth], side: Side) -> bool {
        let kinds: Vec<StepMarkKind> = events
            .iter()
            .filter(|event| event.side == side)
            .map(|event| event.kind)
            .collect();
        kinds.windows(2).all(|pair| pair[0] != pair[1])
    }

    #[test]
    fn each_foot_lands_and_leaves_in_turn_and_strides_chain() {
        let pattern = GaitPattern::new(
            &Person::reference(),
            &Conditions::default().effects("moticon-16", 16),
            1.2,
        );
        let request = crate::bout::BoutRequest {
            pattern: &pattern,
            first: Side::Right,
            start_s: 2.0,
            duration_s: 30.0,
            key: StreamKey::from_seed(4),
            index: 0,
            turns: &[],
            festination: 0.0,
            fatigue: Fatigue::draw(StreamKey::from_seed(4), 0.0),
            walked_s: 0.0,
        };
        let bout = Bout::lay_out(&request, 0.45, |_| 0.55);
        let events = events(std::slice::from_ref(&bout));
        assert!(alternates(&events, Side::Left) && alternates(&events, Side::Right));
        let strides = strides(std::slice::from_ref(&bout), |_| PlantarTruth {
            sensor_share: Vec::new(),
            mid_load: 0.0,
            malr: 0.0,
            mlr: 0.0,
            fmlr: 0.0,
            forefoot_share: 0.0,
            cpei_pct: None,
        });
        assert_eq!(strides.len(), bout.contacts.len() - 2);
        assert_eq!(strides.iter().filter(|stride| !stride.steady).count(), 1);
        for side in Side::BOTH {
            let own: Vec<_> = strides
                .iter()
                .filter(|stride| stride.side == side)
                .collect();
            assert!(
                own.windows(2)
                    .all(|pair| pair[0].contact.end_s == pair[1].contact.start_s)
            );
            assert!(
                own.iter()
                    .all(|s| s.threshold.swing_s() > 0.2 && s.double_support_s > 0.0)
            );
        }
    }
}

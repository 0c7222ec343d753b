//! What a person did when, written down from a session: activities, turns, festination, standing.

use gait::recording::Side;

use crate::activity::{Gait, Posture};
use crate::bout::Bout;
use crate::maths::square;
use crate::posture::{Episode, left_share};
use crate::session::Session;
use crate::standing::Shift;
use crate::track::RestTrack;
use crate::truth::{
    Activity, ActivityTruth, FestinationTruth, ShiftTruth, StandingTruth, TurnTruth,
};

/// Shorter than this is no stretch of time, s.
const NO_TIME_S: f64 = 1e-9;

/// Activities in order of time.
pub(crate) fn activities(session: &Session) -> Vec<ActivityTruth> {
    let mut list: Vec<ActivityTruth> = session.episodes.iter().flat_map(episode).collect();
    list.extend(session.bouts.iter().map(|bout| ActivityTruth {
        activity: of_gait(bout.pattern.gait),
        start_s: bout.start_s,
        end_s: bout.end_s,
    }));
    list.retain(|stretch| stretch.end_s - stretch.start_s > NO_TIME_S);
    list.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    list
}

fn episode(episode: &Episode) -> [ActivityTruth; 2] {
    let activity = match episode.posture {
        Posture::Standing => Activity::Standing,
        Posture::Sitting => Activity::Sitting,
        Posture::Unworn => Activity::Unworn,
        Posture::Freezing => Activity::Freezing,
    };
    [
        (Activity::Transition, episode.start_s, episode.reached_s),
        (activity, episode.reached_s, episode.end_s),
    ]
    .map(|(activity, start_s, end_s)| ActivityTruth {
        activity,
        start_s,
        end_s,
    })
}

const fn of_gait(gait: Gait) -> Activity {
    match gait {
        Gait::Walking => Activity::Walking,
        Gait::Running => Activity::Running,
        Gait::StairsUp => Activity::StairsUp,
        Gait::StairsDown => Activity::StairsDown,
        Gait::Shuffling => Activity::Shuffling,
    }
}

/// Turns in order of time.
pub(crate) fn turns(bouts: &[Bout]) -> Vec<TurnTruth> {
    let mut list = Vec::new();
    for (index, bout) in bouts.iter().enumerate() {
        let numbers = bout.notes.iter().filter_map(|note| note.turn).max();
        for number in 0..numbers.map_or(0, |last| last + 1) {
            let steps = || (0..bout.notes.len()).filter(|k| bout.notes[*k].turn == Some(number));
            if let (Some(first), Some(last)) = (steps().next(), steps().last()) {
                list.push(TurnTruth {
                    bout: index,
                    start_s: landing_s(bout, first),
                    end_s: landing_s(bout, last + 2),
                    angle_deg: steps().map(|k| bout.notes[k].turn_deg).sum(),
                });
            }
        }
    }
    list
}

/// Runs of festination in order of time.
pub(crate) fn festinations(bouts: &[Bout]) -> Vec<FestinationTruth> {
    let mut list = Vec::new();
    for (index, bout) in bouts.iter().enumerate() {
        let numbers = bout.notes.iter().filter_map(|note| note.festination).max();
        for number in 0..numbers.map_or(0, |last| last + 1) {
            let steps =
                || (0..bout.notes.len()).filter(|k| bout.notes[*k].festination == Some(number));
            if let (Some(first), Some(last)) = (steps().next(), steps().last()) {
                list.push(FestinationTruth {
                    bout: index,
                    start_s: landing_s(bout, first),
                    end_s: landing_s(bout, last + 1),
                    steps: steps().count(),
                });
            }
        }
    }
    list
}

/// When the foot of contact `k` meets the ground; the closing foot after the last contact.
fn landing_s(bout: &Bout, k: usize) -> f64 {
    let contact = bout.contacts.get(k);
    contact.map_or(bout.closing_s, |contact| contact.ic_s)
}

/// Standing, episode by episode.
pub(crate) fn standing(session: &Session, first: Side) -> Vec<StandingTruth> {
    let episodes = session.episodes.iter().zip(&session.rests);
    episodes
        .filter(|(episode, _)| episode.posture == Posture::Standing)
        .filter_map(|(episode, rest)| standing_share(episode, rest, first))
        .collect()
}

fn standing_share(episode: &Episode, rest: &RestTrack, first: Side) -> Option<StandingTruth> {
    // Weights before the posture is reached belong to the transition.
    let moving = rest
        .weights
        .iter()
        .take_while(|weight| weight.total_bw != 1.0);
    let upright = rest.weights.get(moving.count()..).unwrap_or_default();
    let shares = || upright.iter().map(|weight| left_share(weight.share, first));
    let n = upright.len() as f64;
    let mean = shares().sum::<f64>() / n;
    let variance = shares().map(|share| square(share - mean)).sum::<f64>() / n;
    (!upright.is_empty()).then_some(StandingTruth {
        start_s: episode.reached_s,
        end_s: episode.end_s,
        left_share: mean,
        left_share_sd: variance.sqrt(),
    })
}

/// Shifts of weight while standing.
pub(crate) fn shifts(session: &Session, first: Side) -> Vec<ShiftTruth> {
    let upright = |shift: &&Shift| {
        session.episodes.iter().any(|episode| {
            episode.posture == Posture::Standing
                && (episode.reached_s..episode.end_s).contains(&shift.time_s)
        })
    };
    let shifts = session.resting.standing.shifts.iter().filter(upright);
    shifts
        .map(|shift| ShiftTruth {
            time_s: shift.time_s,
            from_left_share: left_share(shift.from, first),
            to_left_share: left_share(shift.to, first),
            back_s: shift.back_s,
        })
        .collect()
}

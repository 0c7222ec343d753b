//! The true load of both feet on the sample grid: force in body weights and the stance phase that shapes its pressures.

use gait::recording::Side;

use crate::bout::Bout;
use crate::contact::{Contact, bisect};
use crate::laws::laws;
use crate::sides::PerSide;
use crate::standing::StandingShare;

/// One sample of one foot: force (body weights) and stance phase.
pub type Load = (f64, f64);

/// Both feet, sample by sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracks {
    sampling_hz: f64,
    feet: PerSide<Vec<Load>>,
}

impl Tracks {
    /// Empty tracks.
    #[must_use]
    pub fn new(sampling_hz: f64) -> Self {
        Self {
            sampling_hz,
            feet: PerSide::default(),
        }
    }

    /// Samples so far.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.feet.left.len()
    }

    /// One foot's samples.
    #[must_use]
    pub fn foot(&self, side: Side) -> &[Load] {
        self.feet.get(side)
    }

    /// Stands until `until_s`; `standing` is the share of the foot `first`.
    pub fn stand(&mut self, until_s: f64, first: Side, standing: &mut StandingShare) {
        let phase = laws().constants.flat_foot_phase.value;
        while (self.samples() as f64) < until_s * self.sampling_hz {
            self.feet.get_mut(first).push((standing.share(), phase));
            self.feet
                .get_mut(first.other())
                .push((1.0 - standing.share(), phase));
            standing.advance(1.0 / self.sampling_hz);
        }
    }

    /// Adds a bout that begins where the tracks end.
    pub fn walk(&mut self, bout: &Bout) {
        let start = self.samples();
        let end = (bout.end_s * self.sampling_hz).ceil() as usize;
        for side in Side::BOTH {
            self.feet.get_mut(side).resize(end.max(start), (0.0, 0.0));
        }
        let swing = |time_s: f64| unload(bout, time_s);
        self.fill(bout.first_side(), bout.start_s, bout.lift_s, start, swing);
        let support = bout.support();
        self.fill(support.side, bout.start_s, support.fc_s, start, |time_s| {
            carry(bout, time_s)
        });
        for contact in &bout.contacts[1..bout.contacts.len() - 1] {
            self.fill(contact.side, contact.ic_s, contact.fc_s, start, |time_s| {
                step(contact, time_s)
            });
        }
        let last = bout.last();
        self.fill(last.side, last.ic_s, bout.end_s, start, |time_s| {
            settle(bout, time_s)
        });
        self.fill(
            bout.closing_side(),
            bout.closing_s,
            bout.end_s,
            start,
            |time_s| close(bout, time_s),
        );
    }

    fn fill(
        &mut self,
        side: Side,
        from_s: f64,
        to_s: f64,
        start: usize,
        load: impl Fn(f64) -> Load,
    ) {
        let hz = self.sampling_hz;
        let from = ((from_s * hz).ceil() as usize).max(start);
        let samples = self.feet.get_mut(side);
        for (i, sample) in samples.iter_mut().enumerate().skip(from) {
            let time_s = i as f64 / hz;
            if time_s > to_s {
                break;
            }
            *sample = load(time_s);
        }
    }
}

/// 0 to 1 with level ends.
fn smooth(part: f64) -> f64 {
    let part = part.clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

fn part(time_s: f64, from_s: f64, to_s: f64) -> f64 {
    ((time_s - from_s) / (to_s - from_s)).clamp(0.0, 1.0)
}

fn flat_phase() -> f64 {
    laws().constants.flat_foot_phase.value
}

fn time_of_phase(contact: &Contact, phase: f64) -> f64 {
    contact.ic_s + phase * (contact.fc_s - contact.ic_s)
}

fn step(contact: &Contact, time_s: f64) -> Load {
    (contact.force_bw(time_s), contact.phase(time_s))
}

/// The first swing foot gives its weight away, heel first.
fn unload(bout: &Bout, time_s: f64) -> Load {
    let part = part(time_s, bout.start_s, bout.lift_s);
    (
        bout.share_before * (1.0 - smooth(part)),
        flat_phase() + part * (1.0 - flat_phase()),
    )
}

/// The other foot takes all weight and, from the force valley on, follows its stance.
fn carry(bout: &Bout, time_s: f64) -> Load {
    let support = bout.support();
    let join_s = time_of_phase(support, flat_phase()).max(bout.lift_s);
    if time_s < bout.lift_s {
        (1.0 - unload(bout, time_s).0, flat_phase())
    } else if time_s < join_s {
        let valley = support.force_bw(join_s);
        (
            1.0 + (valley - 1.0) * smooth(part(time_s, bout.lift_s, join_s)),
            flat_phase(),
        )
    } else {
        step(support, time_s)
    }
}

/// The last contact follows its stance up to the force valley, then carries all weight until the closing foot shares it.
fn settle(bout: &Bout, time_s: f64) -> Load {
    let last = bout.last();
    let hold_s = time_of_phase(last, flat_phase()).min(bout.closing_s);
    if time_s < hold_s {
        step(last, time_s)
    } else if time_s < bout.closing_s {
        let valley = last.force_bw(hold_s);
        (
            valley + (1.0 - valley) * smooth(part(time_s, hold_s, bout.closing_s)),
            flat_phase(),
        )
    } else {
        (1.0 - close(bout, time_s).0, flat_phase())
    }
}

/// The closing foot takes its share.
fn close(bout: &Bout, time_s: f64) -> Load {
    let part = part(time_s, bout.closing_s, bout.end_s);
    (bout.share_after * smooth(part), part * flat_phase())
}

/// When the first swing foot's force falls below a threshold (body weights).
#[must_use]
pub fn unload_threshold_s(bout: &Bout, threshold_bw: f64) -> f64 {
    bisect(bout.lift_s, bout.start_s, |time_s| {
        unload(bout, time_s).0 > threshold_bw
    })
}

/// When the closing foot's force exceeds a threshold (body weights).
#[must_use]
pub fn close_threshold_s(bout: &Bout, threshold_bw: f64) -> f64 {
    bisect(bout.closing_s, bout.end_s, |time_s| {
        close(bout, time_s).0 > threshold_bw
    })
}

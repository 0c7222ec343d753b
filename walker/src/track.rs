//! The true load of one foot on the sample grid of its insole: force in body weights and the stance phase that shapes
//! its pressures.

use gait::recording::Side;

use crate::bout::Bout;
use crate::contact::{Contact, bisect};
use crate::maths::{part, smooth};
use crate::posture::{Weight, flat_phase};
use crate::transport::Clock;

/// One sample of one foot: force (body weights) and stance phase.
pub type Load = (f64, f64);

/// A rest, sampled on the nominal grid.
#[derive(Clone, Debug, PartialEq)]
pub struct RestTrack {
    /// Beginning, s.
    pub start_s: f64,
    /// End, s.
    pub end_s: f64,
    /// Number of the first sample on the nominal grid.
    pub from: usize,
    /// Weight, sample by sample.
    pub weights: Vec<Weight>,
}

/// One foot, sample by sample.
#[derive(Clone, Debug, PartialEq)]
pub struct FootTrack {
    side: Side,
    clock: Clock,
    sampling_hz: f64,
    samples: Vec<Load>,
}

impl FootTrack {
    /// An unloaded foot.
    #[must_use]
    pub fn new(side: Side, clock: Clock, sampling_hz: f64, samples: usize) -> Self {
        Self {
            side,
            clock,
            sampling_hz,
            samples: vec![(0.0, flat_phase()); samples],
        }
    }

    /// When a sample is taken, s.
    #[must_use]
    pub fn time_s(&self, sample: usize) -> f64 {
        self.clock.time_s(sample, self.sampling_hz)
    }

    /// The samples.
    #[must_use]
    pub fn samples(&self) -> &[Load] {
        &self.samples
    }

    /// Rests; `first` is the foot whose share the weights tell.
    pub fn rest(&mut self, rest: &RestTrack, first: Side) {
        let (hz, last) = (self.sampling_hz, rest.weights.len().saturating_sub(1));
        let own = self.side == first;
        self.fill(rest.start_s, rest.end_s, |time_s| {
            let at = ((time_s * hz).round() as usize).saturating_sub(rest.from);
            let weight = rest.weights.get(at.min(last));
            let force = weight.map_or(0.0, |weight| {
                let share = if own {
                    weight.share
                } else {
                    1.0 - weight.share
                };
                weight.total_bw * share
            });
            (force, flat_phase())
        });
    }

    /// Walks a bout.
    pub fn walk(&mut self, bout: &Bout) {
        let dragging = (bout.drag_bw, 0.0);
        if self.side == bout.first_side() {
            self.fill(bout.start_s, bout.lift_s, |time_s| unload(bout, time_s));
        }
        for k in 0..bout.contacts.len().saturating_sub(2) {
            if bout.drag_bw > 0.0 && bout.contacts[k].side == self.side {
                let (from_s, to_s) = (bout.contacts[k].fc_s, bout.contacts[k + 2].ic_s);
                self.fill(from_s, to_s, |_| dragging);
            }
        }
        let support = bout.support();
        if support.side == self.side {
            self.fill(bout.start_s, support.fc_s, |time_s| carry(bout, time_s));
        }
        for contact in &bout.contacts[1..bout.contacts.len() - 1] {
            if contact.side == self.side {
                self.fill(contact.ic_s, contact.fc_s, |time_s| step(contact, time_s));
            }
        }
        if bout.last().side == self.side {
            self.fill(bout.last().ic_s, bout.end_s, |time_s| settle(bout, time_s));
        } else {
            self.fill(bout.closing_s, bout.end_s, |time_s| close(bout, time_s));
        }
    }

    /// Holds the first and last load where the clock reaches beyond the session.
    pub fn hold_ends(&mut self, end_s: f64) {
        let first = self.clock.sample_from(0.0, self.sampling_hz);
        let after = self.clock.sample_from(end_s, self.sampling_hz);
        let samples = &mut self.samples;
        if let Some(&load) = samples.get(first) {
            samples[..first].fill(load);
        }
        let after = after.min(samples.len());
        if let Some(&load) = after.checked_sub(1).and_then(|last| samples.get(last)) {
            samples[after..].fill(load);
        }
    }

    fn fill(&mut self, from_s: f64, to_s: f64, load: impl Fn(f64) -> Load) {
        let (clock, hz) = (self.clock, self.sampling_hz);
        let from = clock.sample_from(from_s, hz);
        for (i, sample) in self.samples.iter_mut().enumerate().skip(from) {
            let time_s = clock.time_s(i, hz);
            if time_s > to_s {
                break;
            }
            *sample = load(time_s);
        }
    }
}

fn time_of_phase(contact: &Contact, phase: f64) -> f64 {
    contact.ic_s + phase * (contact.fc_s - contact.ic_s)
}

fn step(contact: &Contact, time_s: f64) -> Load {
    (contact.force_bw(time_s), contact.roll_phase(time_s))
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

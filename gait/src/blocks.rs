//! Long sessions in bounded memory: samples arrive in pieces, and whenever enough of them are there, what lies before a
//! rest is analysed and forgotten. Cutting where both feet rest loses nothing: no stride and no bout spans such a rest.

use crate::analysis::Analysis;
use crate::pipeline::{Options, analyze};
use crate::recording::{FootSignal, Recording, Side};

/// Samples are gathered for this long before a rest is sought, s: enough walking for its own body weight.
const SOUGHT_AFTER_S: f64 = 600.0;
/// After this long without a rest the block ends where it is, s; the strides across the cut are lost (one or two a foot).
const LONGEST_S: f64 = 1800.0;
/// Time between two looks for a rest, s.
const LOOK_AGAIN_S: f64 = 60.0;
/// A rest lasts at least this long, s: longer than any break inside a bout.
const REST_S: f64 = 5.0;
/// Rests are sought in steps of this length, s.
const STEP_S: f64 = 0.5;
/// While a foot rests its force varies by less than this share of its range in the block.
const RESTING_SHARE: f64 = 0.15;

/// One analysed stretch of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Where it begins, s from the first sample of the session.
    pub start_s: f64,
    /// What was found; times count from the start of the block.
    pub analysis: Analysis,
}

/// Takes a session in pieces and gives it back in analysed blocks. Memory is bounded by the longest block (half an hour),
/// whatever the length of the session.
#[derive(Clone, Debug)]
pub struct Blocks {
    options: Options,
    waiting: Option<Recording>,
    /// Do not look for a rest before this many samples wait.
    look_at: usize,
    done_s: f64,
}

impl Blocks {
    /// An empty session.
    #[must_use]
    pub const fn new(options: Options) -> Self {
        Self {
            options,
            waiting: None,
            look_at: 0,
            done_s: 0.0,
        }
    }

    /// Adds the next samples; all pieces are of one device at one rate. Gives a block when one is complete.
    pub fn push(&mut self, piece: Recording) -> Option<Block> {
        let waiting = match self.waiting.take() {
            Some(mut waiting) => {
                waiting.append(piece);
                waiting
            }
            None => piece,
        };
        let samples = |seconds: f64| (seconds * waiting.sampling_hz) as usize;
        let (sought, longest) = (samples(SOUGHT_AFTER_S), samples(LONGEST_S));
        if waiting.samples() < sought.max(self.look_at).max(1) {
            self.waiting = Some(waiting);
            return None;
        }
        match last_rest(&waiting) {
            Some(cut) => Some(self.cut(waiting, cut)),
            None if waiting.samples() >= longest => {
                let cut = waiting.samples();
                Some(self.cut(waiting, cut))
            }
            None => {
                // A scan reads the whole block: not at every sample.
                self.look_at = waiting.samples() + samples(LOOK_AGAIN_S);
                self.waiting = Some(waiting);
                None
            }
        }
    }

    /// The rest of the session.
    pub fn finish(&mut self) -> Option<Block> {
        let waiting = self.waiting.take()?;
        let cut = waiting.samples();
        Some(self.cut(waiting, cut))
    }

    fn cut(&mut self, mut block: Recording, at: usize) -> Block {
        let later = block.split_off(at);
        self.waiting = (later.samples() > 0).then_some(later);
        self.look_at = 0;
        let start_s = self.done_s;
        self.done_s += block.duration_s();
        let analysis = analyze(&block, &self.options);
        // What the feet weigh is known from here on, also where nobody walks.
        self.options.body_weight_force = analysis
            .body_weight_force
            .or(self.options.body_weight_force);
        Block { start_s, analysis }
    }
}

/// The middle of the last rest of both feet, in samples; `None` when they never rest long enough.
fn last_rest(recording: &Recording) -> Option<usize> {
    let step = ((STEP_S * recording.sampling_hz) as usize).max(1);
    let least = (REST_S / STEP_S).ceil() as usize;
    let resting = Side::BOTH.map(|side| resting_steps(recording.foot(side), step));
    let [left, right] = &resting;
    let mut run = 0;
    for (k, (l, r)) in left.iter().zip(right).enumerate().rev() {
        run = if *l && *r { run + 1 } else { 0 };
        if run == least {
            return Some((k + least / 2) * step);
        }
    }
    None
}

/// For each step of the signal whether the foot's force hardly varies in it and to its neighbour.
fn resting_steps(foot: &FootSignal, step: usize) -> Vec<bool> {
    let ranges: Vec<(f64, f64)> = foot.force.chunks(step).map(range).collect();
    let (low, high) = ranges
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), r| {
            (low.min(r.0), high.max(r.1))
        });
    let allowed = RESTING_SHARE * (high - low);
    let pairs = ranges
        .iter()
        .zip(ranges.iter().skip(1).chain(ranges.last()));
    pairs
        .map(|(a, b)| a.1.max(b.1) - a.0.min(b.0) <= allowed)
        .collect()
}

fn range(values: &[f64]) -> (f64, f64) {
    values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(*v), high.max(*v))
        })
}

//! A plan walked through in time: rests and bouts one after the other, and the load of both feet.

use gait::layout::{self, Layout};
use gait::recording::Side;

use crate::activity::{BoutPlan, Posture, RestPlan};
use crate::bout::{Bout, BoutRequest};
use crate::device::{Device, device};
use crate::effects::Effects;
use crate::pattern::GaitPattern;
use crate::person::side_sign;
use crate::placement::Placement;
use crate::plan::{PlanError, WalkPlan};
use crate::posture::{Episode, Resting};
use crate::sensors::{ShareModel, ShareTable, share_model};
use crate::sides::PerSide;
use crate::tired::{BLOCK_S, Fatigue};
use crate::track::{FootTrack, RestTrack};
use crate::transport::Clock;

/// Getting up before a bout takes this long, standing included, s.
const GET_UP_S: f64 = 3.0;

/// The plan resolved: geometry, device and the effects of the conditions on them.
pub(crate) struct Wearer {
    pub(crate) layout: &'static Layout,
    pub(crate) shares: &'static ShareModel,
    pub(crate) device: &'static Device,
    pub(crate) effects: Effects,
    pub(crate) fatigue: Fatigue,
    /// How the insoles lie under the feet.
    pub(crate) placement: PerSide<Placement>,
    pub(crate) clocks: PerSide<Clock>,
}

impl Wearer {
    pub(crate) fn of(plan: &WalkPlan) -> Result<Self, PlanError> {
        let id = plan.layout_id.as_str();
        let known = layout::by_id(id).zip(share_model(id)).zip(device(id));
        let ((layout, shares), device) = known.ok_or(PlanError::UnknownLayout)?;
        let index = |side: Side| u64::from(side != plan.first_side);
        Ok(Self {
            layout,
            shares,
            device,
            effects: plan.conditions.effects(id, layout.sensors.len()),
            fatigue: Fatigue::draw(plan.key, plan.conditions.fatigue),
            placement: PerSide::from_fn(|side| {
                if plan.faults.placement {
                    Placement::draw(device, layout, plan.key, index(side))
                } else {
                    Placement::default()
                }
            }),
            clocks: PerSide::from_fn(|side| {
                Clock::draw(plan.faults.clocks.as_ref(), plan.key, index(side))
            }),
        })
    }

    /// Share tables after walking for a time: under the foot, and as the insole sees them.
    fn block(&self, until_s: f64, speed_mps: f64, walked_s: f64) -> Block {
        let effects = self.fatigue.on(&self.effects, self.layout, walked_s);
        let table = |side: Side, placement: &Placement| {
            let foot = effects.feet.get(side);
            ShareTable::placed(self.shares, self.layout, foot, speed_mps, placement)
        };
        let feet = PerSide::from_fn(|side| table(side, &Placement::default()));
        let exact = self.placement == PerSide::default();
        let seen = (!exact).then(|| PerSide::from_fn(|side| table(side, self.placement.get(side))));
        Block {
            until_s,
            speed_mps,
            feet,
            seen,
        }
    }
}

/// How pressure spreads under the feet until a moment.
pub(crate) struct Block {
    pub(crate) until_s: f64,
    pub(crate) speed_mps: f64,
    pub(crate) feet: PerSide<ShareTable>,
    seen: Option<PerSide<ShareTable>>,
}

impl Block {
    /// The table as the insole sees it.
    pub(crate) fn seen(&self, side: Side) -> &ShareTable {
        self.seen.as_ref().unwrap_or(&self.feet).get(side)
    }
}

/// Rests and bouts in continuous time, and the loads they put on the feet.
pub(crate) struct Session {
    pub(crate) bouts: Vec<Bout>,
    pub(crate) episodes: Vec<Episode>,
    pub(crate) rests: Vec<RestTrack>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) pattern: GaitPattern,
    pub(crate) resting: Resting,
    pub(crate) end_s: f64,
    walked_s: f64,
    sampling_hz: f64,
}

impl Session {
    pub(crate) fn walk(plan: &WalkPlan, wearer: &Wearer) -> Self {
        let bias = Side::BOTH.map(|side| {
            side_sign(side)
                * side_sign(plan.first_side)
                * wearer.effects.feet.get(side).standing_share
        });
        let mut session = Self {
            bouts: Vec::new(),
            episodes: Vec::new(),
            rests: Vec::new(),
            blocks: Vec::new(),
            pattern: GaitPattern::new(&plan.person, &wearer.effects, plan.speed_mps),
            resting: Resting::new(plan.key, bias.iter().sum()),
            end_s: 0.0,
            walked_s: 0.0,
            sampling_hz: plan.sampling_hz,
        };
        for bout in &plan.bouts {
            session.rests(&bout.rests_before, bout.pause_before_s);
            session.bout(plan, wearer, bout);
        }
        session.rest(RestPlan::new(Posture::Standing, plan.closing_pause_s));
        plan.closing_rests
            .iter()
            .for_each(|rest| session.rest(*rest));
        session.finish(wearer);
        session
    }

    /// Rests, then stands; who sat gets up before walking.
    fn rests(&mut self, rests: &[RestPlan], pause_s: f64) {
        rests.iter().for_each(|rest| self.rest(*rest));
        let needed_s = if self.resting.is_upright() {
            0.0
        } else {
            GET_UP_S
        };
        self.rest(RestPlan::new(Posture::Standing, pause_s.max(needed_s)));
    }

    fn rest(&mut self, plan: RestPlan) {
        if plan.duration_s <= 0.0 {
            return;
        }
        let (hz, start_s) = (self.sampling_hz, self.end_s);
        self.end_s += plan.duration_s;
        let from = (start_s * hz).ceil() as usize;
        let to = (self.end_s * hz).ceil() as usize;
        let mut weights = Vec::with_capacity(to - from);
        let times_s = (from..to).map(|sample| sample as f64 / hz);
        let weigh = |weight| weights.push(weight);
        let episode = self.resting.rest(&plan, start_s, times_s, 1.0 / hz, weigh);
        self.episodes.push(episode);
        self.rests.push(RestTrack {
            start_s,
            end_s: self.end_s,
            from,
            weights,
        });
    }

    fn bout(&mut self, plan: &WalkPlan, wearer: &Wearer, asked: &BoutPlan) {
        let speed_mps = plan.speed_mps * asked.speed_factor;
        let pattern = GaitPattern::of(asked.gait, &plan.person, &wearer.effects, speed_mps);
        let request = BoutRequest {
            pattern: &pattern,
            first: plan.first_side,
            start_s: self.end_s,
            duration_s: asked.duration_s,
            key: plan.key,
            index: self.bouts.len() as u64,
            turns: &asked.turns,
            festination: plan.conditions.parkinsonian.map_or(0.0, |p| p.severity),
            fatigue: wearer.fatigue,
            walked_s: self.walked_s,
        };
        let standing = &mut self.resting.standing;
        let before = standing.share();
        standing.advance(self.end_s, asked.duration_s);
        let share = standing.share();
        let after = |closing: Side| {
            if closing == plan.first_side {
                share
            } else {
                1.0 - share
            }
        };
        let bout = Bout::lay_out(&request, before, after);
        self.spread(wearer, &bout);
        self.walked_s += bout.end_s - bout.start_s;
        self.end_s = bout.end_s;
        self.bouts.push(bout);
    }

    /// Share tables for a bout: one, or one for each stretch in which the walker tires.
    fn spread(&mut self, wearer: &Wearer, bout: &Bout) {
        let length_s = bout.end_s - bout.start_s;
        let blocks = if wearer.fatigue.tires() {
            (length_s / BLOCK_S).ceil().max(1.0)
        } else {
            1.0
        };
        let block_s = length_s / blocks;
        for k in 0..blocks as usize {
            let from_s = k as f64 * block_s;
            self.blocks.push(wearer.block(
                bout.start_s + from_s + block_s,
                bout.pattern.speed_mps,
                self.walked_s + from_s + 0.5 * block_s,
            ));
        }
    }

    /// Lets the last table (or that of standing alone) serve to the end.
    fn finish(&mut self, wearer: &Wearer) {
        match self.blocks.last_mut() {
            Some(last) => last.until_s = f64::INFINITY,
            None => {
                let speed_mps = self.pattern.speed_mps;
                self.blocks
                    .push(wearer.block(f64::INFINITY, speed_mps, 0.0));
            }
        }
    }

    /// Samples of the recording.
    pub(crate) fn samples(&self) -> usize {
        (self.end_s * self.sampling_hz).ceil() as usize
    }

    /// The load of one foot, sampled by its own clock.
    pub(crate) fn track(&self, side: Side, first: Side, clock: Clock) -> FootTrack {
        let mut track = FootTrack::new(side, clock, self.sampling_hz, self.samples());
        self.rests.iter().for_each(|rest| track.rest(rest, first));
        self.bouts.iter().for_each(|bout| track.walk(bout));
        track.hold_ends(self.end_s);
        track
    }

    /// The block a time lies in.
    pub(crate) fn block_at(&self, time_s: f64) -> &Block {
        let at = self.blocks.partition_point(|block| block.until_s <= time_s);
        &self.blocks[at.min(self.blocks.len() - 1)]
    }
}

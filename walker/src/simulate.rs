//! A whole session: a plan in, the recording an insole would make and the truth about it out.

use gait::recording::{FootSignal, ForceUnit, Format, InsoleMotion, Recording, Side};

use crate::bout::Bout;
use crate::expected::expected;
use crate::insole::{Insole, Worn};
use crate::link::{lose, lost_packets, received};
use crate::load::{loading, plantar};
use crate::motion::{MotionSensor, bout_swings, handling};
use crate::plan::{PlanError, WalkPlan};
use crate::session::{Session, Wearer};
use crate::sides::PerSide;
use crate::timeline;
use crate::track::FootTrack;
use crate::transport::{arrivals, delivered};
use crate::truth::{InsoleTruth, LoadingBlock, StrideTruth, Truth};
use crate::witness::{EVENT_THRESHOLD_BW, bout_truth, events, strides};

/// A simulated session.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// What the insoles recorded.
    pub recording: Recording,
    /// What happened.
    pub truth: Truth,
    /// Samples of each foot in the order in which they were delivered, some twice, some out of turn; empty when each
    /// received sample came once and in turn.
    pub deliveries: PerSide<Vec<usize>>,
}

/// Simulates a session. The same plan gives the same walk.
///
/// # Errors
/// [`PlanError`] when the layout is unknown or a number lies outside its range.
pub fn simulate(plan: &WalkPlan) -> Result<Walk, PlanError> {
    plan.check()?;
    let wearer = Wearer::of(plan)?;
    let session = Session::walk(plan, &wearer);
    let mut recorder = Recorder {
        plan,
        wearer: &wearer,
        session: &session,
    };
    let feet = recorder.feet();
    Ok(Walk {
        truth: recorder.truth(&feet),
        deliveries: PerSide::from_fn(|side| recorder.deliveries(feet.get(side))),
        recording: Recording {
            name: plan.name.clone(),
            format: Format::Simulated,
            sampling_hz: plan.sampling_hz,
            force_unit: ForceUnit::Newton,
            layout_id: Some(plan.layout_id.clone()),
            left: feet.left.signal,
            right: feet.right.signal,
            step_marks: Vec::new(),
            issues: Vec::new(),
        },
    })
}

/// One foot as recorded, and what its insole was made like.
struct Foot {
    index: u64,
    signal: FootSignal,
    insole: InsoleTruth,
}

/// Reads a session through the device of a wearer.
struct Recorder<'a> {
    plan: &'a WalkPlan,
    wearer: &'a Wearer,
    session: &'a Session,
}

impl Recorder<'_> {
    fn feet(&mut self) -> PerSide<Foot> {
        let plan = self.plan;
        let samples = self.session.samples();
        let link = self.wearer.device.link;
        let lost = plan
            .faults
            .loss
            .as_ref()
            .map(|loss| lost_packets(link, loss, samples, plan.sampling_hz, plan.key));
        let [first, other] = lost.unwrap_or_default();
        let mut lost = match plan.first_side {
            Side::Left => PerSide {
                left: first,
                right: other,
            },
            Side::Right => PerSide {
                left: other,
                right: first,
            },
        };
        PerSide::from_fn(|side| {
            let mut foot = self.measure(side);
            let ended = plan.faults.battery_end.filter(|end| end.side == side);
            let silent = ended.map(|end| {
                let from = self.wearer.clocks.get(side);
                from.sample_from(end.at_s, plan.sampling_hz).min(samples)..samples
            });
            lose(&mut foot.signal, std::mem::take(lost.get_mut(side)), silent);
            if plan.faults.clocks.is_some() {
                let clock = self.wearer.clocks.get(side);
                let kept = received(&foot.signal);
                foot.signal.arrivals =
                    arrivals(clock, plan.sampling_hz, &kept, plan.key, foot.index);
            }
            foot
        })
        .from_first_arrival()
    }

    fn measure(&self, side: Side) -> Foot {
        let (plan, wearer, session) = (self.plan, self.wearer, self.session);
        let index = u64::from(side != plan.first_side);
        let track = session.track(side, plan.first_side, *wearer.clocks.get(side));
        let worn = Worn {
            side,
            index,
            sampling_hz: plan.sampling_hz,
        };
        let insole = Insole::draw(wearer.device, wearer.layout, &plan.faults, plan.key, worn);
        let (gains, preloads) = insole.drawn();
        let mut truth = InsoleTruth {
            gains: gains.to_vec(),
            preloads: preloads.to_vec(),
            placement: *wearer.placement.get(side),
            gyro_bias_dps: None,
        };
        let (force, sensors) = self.press(side, &track, insole);
        let motion = self.motion(side, index, &track, &mut truth);
        Foot {
            index,
            signal: FootSignal {
                force,
                sensors,
                motion,
                ..FootSignal::default()
            },
            insole: truth,
        }
    }

    fn press(
        &self,
        side: Side,
        track: &FootTrack,
        mut insole: Insole<'_>,
    ) -> (Vec<f64>, Vec<Vec<f32>>) {
        let weight_n = self.plan.person.body_weight_n();
        let count = self.wearer.layout.sensors.len();
        let samples = track.samples();
        let mut force = Vec::with_capacity(samples.len());
        let mut sensors = vec![Vec::with_capacity(samples.len()); count];
        let mut values = vec![0.0; count];
        for (sample, &(force_bw, phase)) in samples.iter().enumerate() {
            let time_s = track.time_s(sample);
            let table = self.session.block_at(time_s).seen(side);
            table.shares(phase, &mut values);
            force.push(insole.measure(time_s.max(0.0), force_bw * weight_n, &mut values));
            for (sensor, value) in sensors.iter_mut().zip(&values) {
                sensor.push(*value as f32);
            }
        }
        (force, sensors)
    }

    fn motion(
        &self,
        side: Side,
        index: u64,
        track: &FootTrack,
        truth: &mut InsoleTruth,
    ) -> Option<InsoleMotion> {
        let device = self.wearer.device.motion.as_ref()?;
        let plan = self.plan;
        let mut sensor = MotionSensor::draw(device, &plan.faults, plan.key, side, index);
        truth.gyro_bias_dps = Some(sensor.gyro_bias_dps);
        let bouts = self.session.bouts.iter();
        let mut swings: Vec<_> = bouts.flat_map(|bout| bout_swings(bout, side)).collect();
        swings.extend(handling(&self.session.episodes));
        swings.sort_by(|a, b| a.off_s.total_cmp(&b.off_s));
        let times_s = (0..track.samples().len()).map(|sample| track.time_s(sample));
        Some(sensor.read(&swings, times_s))
    }

    fn deliveries(&self, foot: &Foot) -> Vec<usize> {
        let faults = &self.plan.faults;
        if faults.duplicated == 0.0 && faults.reordered == 0.0 {
            return Vec::new();
        }
        let kept = received(&foot.signal);
        delivered(
            &kept,
            faults.duplicated,
            faults.reordered,
            self.plan.key,
            foot.index,
        )
    }

    fn truth(&self, feet: &PerSide<Foot>) -> Truth {
        let (plan, wearer, session) = (self.plan, self.wearer, self.session);
        let strides = self.strides();
        let loadings = self.loadings();
        Truth {
            schema_version: 2,
            key: plan.key,
            person: plan.person.clone(),
            conditions: plan.conditions.clone(),
            faults: plan.faults.clone(),
            layout_id: plan.layout_id.clone(),
            sampling_hz: plan.sampling_hz,
            body_weight_n: plan.person.body_weight_n(),
            event_threshold_bw: EVENT_THRESHOLD_BW,
            clocks: wearer.clocks,
            insoles: PerSide::from_fn(|side| feet.get(side).insole.clone()),
            fatigue_direction: wearer.fatigue.direction(),
            activities: timeline::activities(session),
            turns: timeline::turns(&session.bouts),
            festinations: timeline::festinations(&session.bouts),
            standing: timeline::standing(session, plan.first_side),
            shifts: timeline::shifts(session, plan.first_side),
            bouts: session.bouts.iter().map(bout_truth).collect(),
            events: events(&session.bouts),
            expected: expected(&strides),
            strides,
            loading: loadings[0].feet.clone(),
            loadings,
        }
    }

    fn strides(&self) -> Vec<StrideTruth> {
        strides(&self.session.bouts, |contact| {
            let block = self.session.block_at(contact.ic_s);
            plantar(self.wearer.layout, block.feet.get(contact.side), contact)
        })
    }

    /// Load over a mean stance, block by block.
    fn loadings(&self) -> Vec<LoadingBlock> {
        let session = self.session;
        let blocks = session.blocks.iter().map(|block| {
            // The bout whose stretch this is: the last that began before the block ends.
            let bout = session
                .bouts
                .iter()
                .rfind(|bout: &&Bout| bout.start_s < block.until_s);
            let pattern = bout.map_or(&session.pattern, |bout| &bout.pattern);
            LoadingBlock {
                until_s: block.until_s.min(session.end_s),
                speed_mps: block.speed_mps,
                feet: PerSide::from_fn(|side| {
                    let curve = pattern.mean_curve(side);
                    loading(self.wearer.layout, block.feet.get(side), &curve)
                }),
            }
        });
        blocks.collect()
    }
}

impl PerSide<Foot> {
    /// The host's clock begins with the first arrival of either foot.
    fn from_first_arrival(mut self) -> Self {
        let first_s = Side::BOTH
            .iter()
            .filter_map(|side| self.get(*side).signal.arrivals.first())
            .map(|arrival| arrival.host_s)
            .fold(f64::INFINITY, f64::min);
        for side in Side::BOTH {
            for arrival in &mut self.get_mut(side).signal.arrivals {
                arrival.host_s -= first_s;
            }
        }
        self
    }
}

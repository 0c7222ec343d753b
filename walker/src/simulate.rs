//! A whole session: a plan in, the recording an insole would make and the truth about it out.

use gait::layout::{self, Layout};
use gait::recording::{FootSignal, ForceUnit, Format, Recording, Side};

use crate::bout::{Bout, BoutRequest};
use crate::device::{Device, Insole, device};
use crate::effects::Effects;
use crate::expected::{expected, loading};
use crate::grf::StanceCurve;
use crate::link::{lose, lost_packets};
use crate::pattern::GaitPattern;
use crate::person::side_sign;
use crate::plan::{PlanError, WalkPlan};
use crate::random::Purpose;
use crate::sensors::{ShareModel, ShareTable, share_model};
use crate::sides::PerSide;
use crate::standing::StandingShare;
use crate::track::Tracks;
use crate::truth::Truth;
use crate::witness::{EVENT_THRESHOLD_BW, bout_truth, events, strides};

/// A simulated session.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// What the insoles recorded.
    pub recording: Recording,
    /// What happened.
    pub truth: Truth,
}

/// Simulates a session. The same plan gives the same walk.
///
/// # Errors
/// [`PlanError`] when the layout is unknown or a number lies outside its range.
pub fn simulate(plan: &WalkPlan) -> Result<Walk, PlanError> {
    plan.check()?;
    let wearer = Wearer::of(plan)?;
    let session = Session::walk(plan, &wearer);
    let truth = session.truth(plan, &wearer);
    Ok(Walk {
        recording: session.record(plan, &wearer),
        truth,
    })
}

/// The plan resolved: geometry, device and the effects of the conditions on them.
struct Wearer {
    layout: &'static Layout,
    shares: &'static ShareModel,
    device: &'static Device,
    effects: Effects,
}

impl Wearer {
    fn of(plan: &WalkPlan) -> Result<Self, PlanError> {
        let id = plan.layout_id.as_str();
        let known = layout::by_id(id).zip(share_model(id)).zip(device(id));
        let ((layout, shares), device) = known.ok_or(PlanError::UnknownLayout)?;
        Ok(Self {
            layout,
            shares,
            device,
            effects: plan.conditions.effects(id, layout.sensors.len()),
        })
    }

    fn tables(&self, speed_mps: f64) -> PerSide<ShareTable> {
        PerSide::from_fn(|side| {
            ShareTable::new(
                self.shares,
                self.layout,
                self.effects.feet.get(side),
                speed_mps,
            )
        })
    }
}

/// The true load of both feet, sample by sample, and the bouts behind it.
struct Session {
    tracks: Tracks,
    bouts: Vec<Bout>,
    /// Share tables in use until (not including) a sample.
    tables: Vec<(usize, PerSide<ShareTable>)>,
    pattern: GaitPattern,
}

impl Session {
    fn walk(plan: &WalkPlan, wearer: &Wearer) -> Self {
        let effects = &wearer.effects;
        let pattern = GaitPattern::new(&plan.person, effects, plan.speed_mps);
        let bias = Side::BOTH
            .map(|side| {
                side_sign(side) * side_sign(plan.first_side) * effects.feet.get(side).standing_share
            })
            .iter()
            .sum();
        let mut standing = StandingShare::new(plan.key.rng(Purpose::Standing, 0), bias);
        let mut session = Self {
            tracks: Tracks::new(plan.sampling_hz),
            bouts: Vec::new(),
            tables: Vec::new(),
            pattern,
        };
        let mut time_s = 0.0;
        for (index, bout) in plan.bouts.iter().enumerate() {
            time_s += bout.pause_before_s;
            session.tracks.stand(time_s, plan.first_side, &mut standing);
            let pattern =
                GaitPattern::new(&plan.person, effects, plan.speed_mps * bout.speed_factor);
            let request = BoutRequest {
                pattern: &pattern,
                first: plan.first_side,
                start_s: time_s,
                duration_s: bout.duration_s,
                key: plan.key,
                index: index as u64,
            };
            let before = standing.share();
            standing.advance(bout.duration_s);
            let after = |closing: Side| {
                if closing == plan.first_side {
                    standing.share()
                } else {
                    1.0 - standing.share()
                }
            };
            let bout = Bout::lay_out(&request, before, after);
            time_s = bout.end_s;
            session.tracks.walk(&bout);
            session
                .tables
                .push((session.tracks.samples(), wearer.tables(pattern.speed_mps)));
            session.bouts.push(bout);
        }
        session.tracks.stand(
            time_s + plan.closing_pause_s,
            plan.first_side,
            &mut standing,
        );
        session.finish(wearer)
    }

    /// Lets the last table (or that of standing alone) serve to the end.
    fn finish(mut self, wearer: &Wearer) -> Self {
        let samples = self.tracks.samples();
        match self.tables.last_mut() {
            Some(last) => last.0 = samples,
            None => self
                .tables
                .push((samples, wearer.tables(self.pattern.speed_mps))),
        }
        self
    }

    fn record(&self, plan: &WalkPlan, wearer: &Wearer) -> Recording {
        let lost = plan
            .faults
            .loss
            .as_ref()
            .map_or_else(Default::default, |loss| {
                lost_packets(
                    wearer.device.link,
                    loss,
                    self.tracks.samples(),
                    plan.sampling_hz,
                    plan.key,
                )
            });
        let [first, other] = lost;
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
        let mut foot = |side: Side| {
            let mut signal = self.measure(plan, wearer, side);
            lose(&mut signal, std::mem::take(lost.get_mut(side)));
            signal
        };
        Recording {
            name: plan.name.clone(),
            format: Format::Simulated,
            sampling_hz: plan.sampling_hz,
            force_unit: ForceUnit::Newton,
            layout_id: Some(plan.layout_id.clone()),
            left: foot(Side::Left),
            right: foot(Side::Right),
            step_marks: Vec::new(),
            issues: Vec::new(),
        }
    }

    fn measure(&self, plan: &WalkPlan, wearer: &Wearer, side: Side) -> FootSignal {
        let (layout, track) = (wearer.layout, self.tracks.foot(side));
        let index = u64::from(side != plan.first_side);
        let mut insole = Insole::draw(wearer.device, layout, &plan.faults, plan.key, index);
        let weight_n = plan.person.body_weight_n();
        let samples = self.tracks.samples();
        let mut force = Vec::with_capacity(samples);
        let mut sensors = vec![Vec::with_capacity(samples); layout.sensors.len()];
        let mut values = vec![0.0; layout.sensors.len()];
        let mut start = 0;
        for (end, tables) in &self.tables {
            for &(force_bw, phase) in &track[start..*end] {
                tables.get(side).shares(phase, &mut values);
                force.push(insole.measure(force_bw * weight_n, &mut values));
                for (sensor, value) in sensors.iter_mut().zip(&values) {
                    sensor.push(*value as f32);
                }
            }
            start = *end;
        }
        FootSignal {
            force,
            sensors,
            missing: Vec::new(),
            ..FootSignal::default()
        }
    }

    fn truth(&self, plan: &WalkPlan, wearer: &Wearer) -> Truth {
        let strides = strides(&self.bouts);
        let pattern = self
            .bouts
            .first()
            .map_or(&self.pattern, |bout| &bout.pattern);
        let tables = &self.tables[0].1;
        Truth {
            schema_version: 1,
            key: plan.key,
            person: plan.person.clone(),
            conditions: plan.conditions.clone(),
            faults: plan.faults.clone(),
            layout_id: plan.layout_id.clone(),
            sampling_hz: plan.sampling_hz,
            body_weight_n: plan.person.body_weight_n(),
            event_threshold_bw: EVENT_THRESHOLD_BW,
            bouts: self.bouts.iter().map(bout_truth).collect(),
            events: events(&self.bouts),
            expected: expected(&strides),
            strides,
            loading: PerSide::from_fn(|side| {
                loading(
                    wearer.layout,
                    tables.get(side),
                    &StanceCurve::new(*pattern.peaks.get(side)),
                )
            }),
        }
    }
}

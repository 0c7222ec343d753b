//! The range of every number of a plan.

use gait::layout;

use crate::activity::{BoutPlan, Gait, RestPlan};
use crate::faults::{Faults, SensorFault};
use crate::plan::{PlanError, WalkPlan};

/// Longest session, s.
const MAX_SESSION_S: f64 = 7200.0;
/// Shortest rest: room for the transition into it, s.
const MIN_REST_S: f64 = 3.0;

type Checked = Result<(), PlanError>;

impl WalkPlan {
    /// Checks every number against its range.
    ///
    /// # Errors
    /// [`PlanError::OutOfRange`] for the first number that lies outside.
    pub fn check(&self) -> Checked {
        within("sampling_hz", self.sampling_hz, 20.0, 500.0)?;
        within("speed_mps", self.speed_mps, 0.3, 2.2)?;
        self.check_person()?;
        if let Some((field, value)) = self.conditions.out_of_range() {
            let high = if field == "leg_length" { 60.0 } else { 1.0 };
            within(field, value, 0.0, high)?;
        }
        self.check_durations()?;
        self.check_faults()
    }

    fn check_person(&self) -> Checked {
        let (person, traits) = (&self.person, &self.person.traits);
        let speed_mps = person.preferred_speed_mps;
        within("person.mass_kg", person.mass_kg, 10.0, 300.0)?;
        within("person.age_y", person.age_y, 5.0, 110.0)?;
        within("person.preferred_speed_mps", speed_mps, 0.3, 2.2)?;
        for (field, value, limit) in [
            ("person.traits.cadence_spm", traits.cadence_spm, 30.0),
            ("person.traits.step_asymmetry", traits.step_asymmetry, 0.3),
            ("person.traits.first_peak_bw", traits.first_peak_bw, 0.4),
            ("person.traits.valley_bw", traits.valley_bw, 0.4),
            ("person.traits.second_peak_bw", traits.second_peak_bw, 0.4),
            ("person.traits.stance_pp", traits.stance_pp, 10.0),
            (
                "person.traits.stance_asymmetry_pp",
                traits.stance_asymmetry_pp,
                10.0,
            ),
        ] {
            within(field, value, -limit, limit)?;
        }
        Ok(())
    }

    fn check_durations(&self) -> Checked {
        within("closing_pause_s", self.closing_pause_s, 0.0, MAX_SESSION_S)?;
        let mut total = self.closing_pause_s + check_rests(&self.closing_rests)?;
        for bout in &self.bouts {
            total += check_bout(bout)?;
        }
        within("session length (s)", total, 0.1, MAX_SESSION_S)
    }

    fn check_faults(&self) -> Checked {
        let faults = &self.faults;
        if let Some(loss) = faults.loss {
            within("faults.loss.rate", loss.rate, 0.0, 0.5)?;
            within("faults.loss.mean_burst", loss.mean_burst, 1.0, 1000.0)?;
        }
        if let Some(creep) = faults.creep {
            within("faults.creep", creep, 0.0, 1.0)?;
        }
        if let Some(full_scale) = faults.full_scale {
            within("faults.full_scale", full_scale, 0.1, 10_000.0)?;
        }
        self.check_transport(faults)?;
        let known = layout::by_id(&self.layout_id).map_or(0, |layout| layout.sensors.len());
        let broken = faults.dead.iter().chain(&faults.stuck);
        broken
            .copied()
            .try_for_each(|fault| check_sensor(fault, known))
    }

    fn check_transport(&self, faults: &Faults) -> Checked {
        if let Some(clocks) = faults.clocks {
            within("faults.clocks.skew_ppm", clocks.skew_ppm, 0.0, 1000.0)?;
            within("faults.clocks.offset_s", clocks.offset_s, 0.0, 1.0)?;
        }
        within("faults.duplicated", faults.duplicated, 0.0, 0.5)?;
        within("faults.reordered", faults.reordered, 0.0, 0.5)?;
        faults.battery_end.map_or(Ok(()), |end| {
            within("faults.battery_end.at_s", end.at_s, 0.0, MAX_SESSION_S)
        })
    }
}

fn check_bout(bout: &BoutPlan) -> Result<f64, PlanError> {
    let fastest = if bout.gait == Gait::Running { 3.5 } else { 1.5 };
    within(
        "bouts.pause_before_s",
        bout.pause_before_s,
        0.0,
        MAX_SESSION_S,
    )?;
    within("bouts.duration_s", bout.duration_s, 2.0, MAX_SESSION_S)?;
    within("bouts.speed_factor", bout.speed_factor, 0.3, fastest)?;
    for turn in &bout.turns {
        within("bouts.turns.at_s", turn.at_s, 0.0, bout.duration_s)?;
        within("bouts.turns.angle_deg", turn.angle_deg, -360.0, 360.0)?;
    }
    Ok(bout.pause_before_s + bout.duration_s + check_rests(&bout.rests_before)?)
}

fn check_rests(rests: &[RestPlan]) -> Result<f64, PlanError> {
    for rest in rests {
        within(
            "rests.duration_s",
            rest.duration_s,
            MIN_REST_S,
            MAX_SESSION_S,
        )?;
    }
    Ok(rests.iter().map(|rest| rest.duration_s).sum())
}

fn check_sensor(fault: SensorFault, known: usize) -> Checked {
    within(
        "faults.sensor",
        fault.sensor as f64,
        1.0,
        (known as f64).max(1.0),
    )?;
    within("faults.from_s", fault.from_s, 0.0, MAX_SESSION_S)
}

fn within(field: &'static str, value: f64, low: f64, high: f64) -> Checked {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(PlanError::OutOfRange {
            field,
            value,
            low,
            high,
        })
    }
}

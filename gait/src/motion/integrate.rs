//! Zero-velocity integration: the way of the foot between two moments at which it stands still.

use std::array::from_fn;

use super::lanes::{LANES, Lanes, Number};
use super::midstance::StillMoment;
use super::rotation::{Rotation, Vector};
use super::segment::{Inertial, Segment};

/// Standard gravity, m/s².
const GRAVITY: f64 = 9.80665;

/// The way of one foot from one stance to the next, before it is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Path {
    /// Distance over ground, m.
    pub(super) length_m: f64,
    /// Change of heading, degrees, positive to the left.
    pub(super) yaw_deg: f64,
    /// Rise from start to end, m.
    pub(super) height_gain_m: f64,
    /// Largest height above the straight line from start to end, m.
    pub(super) clearance_m: f64,
    /// Pitch at the contact against the stance that follows, degrees, toes up positive.
    pub(super) contact_pitch_deg: f64,
}

/// A way to be integrated.
pub(super) struct Way<'a> {
    segment: Segment<'a>,
    start: Rotation,
    end_up: Vector,
    /// Sample of the initial contact, from the start of the way.
    contact: usize,
}

impl<'a> Way<'a> {
    /// From one moment of rest to another; `contact` is the sample of the initial contact between them. `None` where
    /// samples are missing or nothing tells up from down.
    pub(super) fn new(
        inertial: &Inertial<'a>,
        from: &StillMoment,
        to: &StillMoment,
        contact: usize,
    ) -> Option<Self> {
        let segment = inertial.segment(from.at..to.at + 1)?;
        Some(Self {
            start: Rotation::upright(from.up)?,
            end_up: to.up,
            contact: contact.saturating_sub(from.at).min(segment.len() - 1),
            segment,
        })
    }
}

/// The paths of up to [`LANES`] ways; `None` where the numbers lead nowhere.
pub(super) fn paths(
    ways: &[Way<'_>],
    bias_dps: Vector,
    sampling_hz: f64,
) -> impl Iterator<Item = Option<Path>> {
    let walked = Walked::along(ways, bias_dps, 1.0 / sampling_hz);
    let each = ways.iter().take(LANES).enumerate();
    each.map(move |(lane, way)| walked.path(lane, way, 1.0 / sampling_hz))
}

/// One sample of all ways.
#[derive(Clone, Copy, Default)]
struct Row {
    acceleration_g: Vector<Lanes>,
    angular_velocity_dps: Vector<Lanes>,
    /// 1 while the way lasts, 0 after its end, where nothing may change any more.
    lasts: Lanes,
}

/// The samples of all ways side by side, as long as the longest.
fn rows(ways: &[Way<'_>]) -> Vec<Row> {
    let longest = ways.iter().map(|w| w.segment.len()).max().unwrap_or(0);
    let mut rows = vec![Row::default(); longest];
    for (lane, way) in ways.iter().take(LANES).enumerate() {
        let Segment {
            acceleration_g: [ax, ay, az],
            angular_velocity_dps: [wx, wy, wz],
        } = &way.segment;
        let accelerations = ax.iter().zip(ay.iter()).zip(az.iter());
        let rotations = wx.iter().zip(wy.iter()).zip(wz.iter());
        for (row, (((ax, ay), az), ((wx, wy), wz))) in
            rows.iter_mut().zip(accelerations.zip(rotations))
        {
            let [x, y, z] = &mut row.acceleration_g;
            (x.0[lane], y.0[lane], z.0[lane]) = (*ax, *ay, *az);
            let [x, y, z] = &mut row.angular_velocity_dps;
            (x.0[lane], y.0[lane], z.0[lane]) = (*wx, *wy, *wz);
            row.lasts.0[lane] = 1.0;
        }
    }
    rows
}

/// The state at the end of each way, with velocity drift still in it.
struct Walked {
    end: Rotation<Lanes>,
    contact: [Rotation; LANES],
    velocity: Vector<Lanes>,
    position: Vector<Lanes>,
    heights_m: Vec<Lanes>,
}

impl Walked {
    fn along(ways: &[Way<'_>], bias_dps: Vector, step_s: f64) -> Self {
        let rows = rows(ways);
        let starts: Vec<Rotation> = ways.iter().map(|w| w.start).collect();
        let mut q = Rotation::side_by_side(&starts);
        let mut contact = from_fn(|lane| q.lane(lane));
        let contacts: [usize; LANES] = from_fn(|lane| ways.get(lane).map_or(0, |w| w.contact));
        let (mut v, mut p) = ([Lanes::default(); 3], [Lanes::default(); 3]);
        let mut heights_m = Vec::with_capacity(rows.len());
        let mut last: Option<(Vector<Lanes>, Vector<Lanes>)> = None;
        let bias = bias_dps.map(Lanes::of);
        // Half the step for the mean of two samples, half the angle for the rotation.
        let (quarter_angle, half_s) = (
            Lanes::of(0.25 * step_s.to_radians()),
            Lanes::of(0.5 * step_s),
        );
        let (gravity, g) = (Lanes::of(GRAVITY), [0.0, 0.0, GRAVITY].map(Lanes::of));
        for (k, row) in rows.iter().enumerate() {
            let w = minus(row.angular_velocity_dps, bias);
            let (turn, half_s) = (quarter_angle * row.lasts, half_s * row.lasts);
            if let Some((before, _)) = last {
                q = q.turned(sum(before, w).map(|dps| dps * turn));
            }
            let felt = q.apply(row.acceleration_g).map(|a| a * gravity);
            let a = minus(felt, g);
            if let Some((_, before)) = last {
                let faster = sum(v, sum(before, a).map(|a| a * half_s));
                p = sum(p, sum(v, faster).map(|v| v * half_s));
                v = faster;
            }
            heights_m.push(p[2]);
            for (lane, slot) in contact.iter_mut().enumerate() {
                if contacts[lane] == k {
                    *slot = q.lane(lane);
                }
            }
            last = Some((w, a));
        }
        Self {
            end: q,
            contact,
            velocity: v,
            position: p,
            heights_m,
        }
    }

    /// The foot stands still at both ends: the velocity left at the end is error that grew evenly, and its integral is
    /// taken out of the position. Gravity must be upright at the end too: a tilt error e that grew evenly over T let
    /// g e t / T leak into the horizontal acceleration, which after the first correction leaves -g e T² / 12.
    fn path(&self, lane: usize, way: &Way<'_>, step_s: f64) -> Option<Path> {
        let steps = way.segment.len().checked_sub(1).filter(|n| *n > 0)?;
        let (time_s, end) = (steps as f64 * step_s, self.end.lane(lane));
        let velocity = self.velocity.map(|v| v.lane(lane));
        let position = self.position.map(|p| p.lane(lane));
        let [x, y, z] = from_fn(|i| position[i] - 0.5 * time_s * velocity[i]);
        let [tilt_x, tilt_y, _] = end.apply(way.end_up);
        let leak = GRAVITY * time_s * time_s / 12.0;
        let path = Path {
            length_m: (x + leak * tilt_x).hypot(y + leak * tilt_y),
            yaw_deg: wrapped((end.heading() - way.start.heading()).to_degrees()),
            height_gain_m: z,
            clearance_m: self.clearance_m(lane, steps, z, velocity[2] * step_s),
            contact_pitch_deg: (self.contact[lane].toes_up() - end.toes_up()).to_degrees(),
        };
        path.is_finite().then_some(path)
    }

    /// Largest height above the line from start to end, without the height that the drift of the velocity (metres per
    /// step at the end) makes.
    fn clearance_m(&self, lane: usize, steps: usize, rise_m: f64, drift_m: f64) -> f64 {
        let n = steps as f64;
        let heights = self.heights_m.iter().take(steps + 1).enumerate();
        let over_chord = heights.map(|(k, height)| {
            let k = k as f64;
            height.lane(lane) - (drift_m * k / 2.0 + rise_m) * k / n
        });
        over_chord.fold(0.0, f64::max)
    }
}

impl Path {
    fn is_finite(&self) -> bool {
        let all = [
            self.length_m,
            self.yaw_deg,
            self.height_gain_m,
            self.clearance_m,
            self.contact_pitch_deg,
        ];
        all.iter().all(|v| v.is_finite())
    }
}

#[inline]
fn sum(a: Vector<Lanes>, b: Vector<Lanes>) -> Vector<Lanes> {
    from_fn(|i| a[i] + b[i])
}

#[inline]
fn minus(a: Vector<Lanes>, b: Vector<Lanes>) -> Vector<Lanes> {
    from_fn(|i| a[i] - b[i])
}

/// The same direction within a half turn to either side.
fn wrapped(degrees: f64) -> f64 {
    let turned = degrees.rem_euclid(360.0);
    if turned > 180.0 {
        turned - 360.0
    } else {
        turned
    }
}

//! What no analysis can beat: adding up every value once.

use gait::{FootSignal, Recording, Side};

const LANES: usize = 16;

/// The sum of all columns of a recording, as fast as the compiler vectorises it.
pub(crate) fn sum_of_all_columns(recording: &Recording) -> f64 {
    Side::BOTH
        .map(|side| foot(recording.foot(side)))
        .iter()
        .sum()
}

fn foot(foot: &FootSignal) -> f64 {
    let motion = foot.motion.iter();
    let motion = motion.flat_map(|m| m.acceleration_g.iter().chain(&m.angular_velocity_dps));
    let columns = foot.sensors.iter().chain(motion);
    sum_f64(&foot.force)
        + columns
            .map(|column| f64::from(sum_f32(column)))
            .sum::<f64>()
}

fn sum_f32(column: &[f32]) -> f32 {
    let (blocks, rest) = column.as_chunks::<LANES>();
    let mut lanes = [0.0_f32; LANES];
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane += value;
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

fn sum_f64(column: &[f64]) -> f64 {
    let (blocks, rest) = column.as_chunks::<LANES>();
    let mut lanes = [0.0_f64; LANES];
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane += value;
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

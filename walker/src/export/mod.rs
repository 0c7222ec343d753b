//! Writes a walk in public formats, so that the ordinary readers take it for a recording.

mod gaitndd;

use std::collections::BTreeMap;
use std::io::{self, Write};

use gait::layout::{self, Layout};
use gait::recording::{FootSignal, Recording, Side, StepMarkKind};
use thiserror::Error;

use crate::Walk;
use crate::truth::EventPhase;
pub use gaitndd::{GaitNddFiles, gaitndd_files};

/// Below this force the maker's export gives the centre of pressure as (0, 0), N (seen in public exports: 49 N and less).
const COP_FORCE_MIN_N: f64 = 50.0;
const AXES: [&str; 3] = ["X", "Y", "Z"];

/// Why a walk cannot be written in a format.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The format holds another sensor layout.
    #[error("the format holds the layout {needs}; the walk was recorded with another")]
    Layout {
        /// Layout of the format.
        needs: &'static str,
    },
    /// Samples are missing, which the format cannot say.
    #[error("samples were lost on the way, and the format cannot say so")]
    Lost,
    /// Writing failed.
    #[error("could not write the recording: {0}")]
    Write(#[from] io::Error),
}

/// Writes a Moticon OpenGo text export.
///
/// Step marks are the true events of walking, each in the first row at or after its threshold time.
///
/// # Errors
/// [`ExportError::Layout`] for another layout than `moticon-16`; [`ExportError::Write`] when the writer fails.
pub fn write_moticon(walk: &Walk, mut out: impl Write) -> Result<(), ExportError> {
    let layout = layout_of(&walk.recording, "moticon-16")?;
    let recording = &walk.recording;
    let decimals = decimals(walk);
    let marks = marks(walk);
    moticon_header(recording, &date(walk.truth.key.day), &mut out)?;
    for sample in 0..recording.samples() {
        write!(out, "{}", time(sample, recording.sampling_hz))?;
        for side in Side::BOTH {
            moticon_foot(recording.foot(side), sample, layout, decimals, &mut out)?;
        }
        for side in [Side::Right, Side::Left] {
            match marks.get(&(sample, side)) {
                Some(code) => write!(out, "\t{code}")?,
                None => out.write_all(b"\t")?,
            }
        }
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

/// The maker's code of each event, by sample and foot.
fn marks(walk: &Walk) -> BTreeMap<(usize, Side), u32> {
    let hz = walk.recording.sampling_hz;
    let walking = walk.truth.events.iter();
    walking
        .filter(|event| event.phase == EventPhase::Walking)
        .map(|event| {
            let clock = walk.truth.clocks.get(event.side);
            let code = match (event.side, event.kind) {
                (Side::Left, StepMarkKind::InitialContact) => 11,
                (Side::Left, StepMarkKind::ToeOff) => 15,
                (Side::Right, StepMarkKind::InitialContact) => 21,
                (Side::Right, StepMarkKind::ToeOff) => 25,
            };
            let sample = clock.sample_from(event.threshold_time_s, hz);
            ((sample, event.side), code)
        })
        .collect()
}

/// Writes 19 columns as in PhysioNet's "Gait in Parkinson's Disease".
///
/// Lost rows are left out, as in a recorder that writes what it received.
///
/// # Errors
/// [`ExportError::Layout`] for another layout than `gaitpdb-8`; [`ExportError::Write`] when the writer fails.
pub fn write_gaitpdb(walk: &Walk, mut out: impl Write) -> Result<(), ExportError> {
    let recording = &walk.recording;
    layout_of(recording, "gaitpdb-8")?;
    let decimals = decimals(walk);
    for sample in (0..recording.samples()).filter(|&sample| received(&recording.left, sample)) {
        write!(out, "{:.4}", sample as f64 / recording.sampling_hz)?;
        for side in Side::BOTH {
            for sensor in &recording.foot(side).sensors {
                out.write_all(b"\t")?;
                decimals.write(f64::from(sensor[sample]), Width::Single, &mut out)?;
            }
        }
        for side in Side::BOTH {
            out.write_all(b"\t")?;
            decimals.write(recording.foot(side).force[sample], Width::Double, &mut out)?;
        }
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

fn layout_of(recording: &Recording, needs: &'static str) -> Result<&'static Layout, ExportError> {
    let worn = recording.layout_id.as_deref().filter(|id| *id == needs);
    worn.and_then(layout::by_id)
        .ok_or(ExportError::Layout { needs })
}

/// How numbers are printed: two decimals as the devices do, or all digits of a continuous walk.
#[derive(Clone, Copy)]
enum Decimals {
    Two,
    All,
}

#[derive(Clone, Copy)]
enum Width {
    Single,
    Double,
}

fn decimals(walk: &Walk) -> Decimals {
    if walk.truth.faults.quantise {
        Decimals::Two
    } else {
        Decimals::All
    }
}

impl Decimals {
    fn write(self, value: f64, width: Width, out: &mut impl Write) -> io::Result<()> {
        match (self, width) {
            (Self::Two, _) => write!(out, "{value:.2}"),
            (Self::All, Width::Single) => write!(out, "{}", value as f32),
            (Self::All, Width::Double) => write!(out, "{value}"),
        }
    }
}

/// Seconds on the grid; two decimals when they suffice.
fn time(sample: usize, sampling_hz: f64) -> String {
    let time_s = sample as f64 / sampling_hz;
    let exact_in_hundredths = (100.0 / sampling_hz).fract() == 0.0;
    if exact_in_hundredths {
        format!("{time_s:.2}")
    } else {
        format!("{time_s:.6}")
    }
}

fn received(foot: &FootSignal, sample: usize) -> bool {
    let after = foot.missing.partition_point(|range| range.end <= sample);
    foot.missing
        .get(after)
        .is_none_or(|range| !range.contains(&sample))
}

/// The day of a session, as the maker writes it: day 0 is 1 January 2000, so that sessions keep their distance.
fn date(day: u32) -> String {
    // Counted in years that begin on 1 March, in which a leap day is the last (59 days lie before the first of them).
    let since_march_1600 = u64::from(day) + 146_097 - 60;
    let of_era = since_march_1600 % 146_097;
    let era = since_march_1600 / 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = 1600 + 400 * era + year + u64::from(month <= 2);
    format!("{of_month:02}.{month:02}.{year}")
}

fn moticon_header(recording: &Recording, date: &str, out: &mut impl Write) -> io::Result<()> {
    let duration_s = recording.samples().saturating_sub(1) as f64 / recording.sampling_hz;
    let (minutes, seconds) = ((duration_s / 60.0).floor(), duration_s % 60.0);
    writeln!(out, "# Start time: {date} 00:00:00.000")?;
    writeln!(out, "# Duration: {minutes:02}:{seconds:06.3}")?;
    writeln!(out, "# Sensor insoles: Left SIMULATED, Right SIMULATED")?;
    writeln!(out, "# Size: 7")?;
    writeln!(out, "# Recording type: simulated")?;
    writeln!(out, "# Name: {}", one_line(&recording.name))?;
    writeln!(
        out,
        "# Notes: synthetic walk; step marks are the true events"
    )?;
    writeln!(out, "# Tag: simulated")?;
    write!(out, "# time")?;
    for side in Side::BOTH {
        (1..=16).try_for_each(|sensor| write!(out, "\t{side} pressure {sensor}[N/cm²]"))?;
        AXES.iter()
            .try_for_each(|axis| write!(out, "\t{side} acceleration {axis}[g]"))?;
        AXES.iter()
            .try_for_each(|axis| write!(out, "\t{side} angular {axis}[dps]"))?;
        write!(out, "\t{side} total force[N]")?;
        AXES[..2]
            .iter()
            .try_for_each(|axis| write!(out, "\t{side} center of pressure {axis}[-0.5...+0.5]"))?;
    }
    writeln!(out, "\tright steps[]\tleft steps[]")
}

fn one_line(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// The 25 cells of one foot: 16 pressures, 6 of motion, force, centre of pressure.
fn moticon_foot(
    foot: &FootSignal,
    sample: usize,
    layout: &Layout,
    decimals: Decimals,
    out: &mut impl Write,
) -> io::Result<()> {
    if !received(foot, sample) {
        return out.write_all(&[b'\t'; 25]);
    }
    let mut pressures = [0.0; 16];
    for (pressure, sensor) in pressures.iter_mut().zip(&foot.sensors) {
        *pressure = f64::from(sensor[sample]);
        out.write_all(b"\t")?;
        decimals.write(*pressure, Width::Single, out)?;
    }
    moticon_motion(foot, sample, out)?;
    out.write_all(b"\t")?;
    let force_n = foot.force[sample];
    decimals.write(force_n, Width::Double, out)?;
    let centre = layout
        .centre_of_pressure(&pressures)
        .filter(|_| force_n >= COP_FORCE_MIN_N);
    let (x, y) = centre.unwrap_or_default();
    write!(out, "\t{x:.6}\t{y:.6}")
}

/// Acceleration and angular velocity; empty without inertial sensors.
fn moticon_motion(foot: &FootSignal, sample: usize, out: &mut impl Write) -> io::Result<()> {
    let Some(motion) = &foot.motion else {
        return out.write_all(b"\t\t\t\t\t\t");
    };
    let columns = motion.acceleration_g.iter();
    columns
        .chain(&motion.angular_velocity_dps)
        .try_for_each(|column| write!(out, "\t{}", column[sample]))
}

#[cfg(test)]
mod tests {
    use super::date;

    /// Across a leap day, an ordinary year's end and a century.
    #[test]
    fn days_are_dates() {
        for (day, shown) in [
            (0, "01.01.2000"),
            (59, "29.02.2000"),
            (60, "01.03.2000"),
            (366, "01.01.2001"),
            (424, "28.02.2001"),
            (425, "01.03.2001"),
            (999, "26.09.2002"),
            (36_525, "01.01.2100"),
            (36_583, "28.02.2100"),
            (36_584, "01.03.2100"),
        ] {
            assert_eq!(date(day), shown, "day {day}");
        }
    }
}

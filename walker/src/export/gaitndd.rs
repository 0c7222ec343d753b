//! Writes the total force of both feet as in PhysioNet's "Gait in Neurodegenerative Disease": a WFDB header and one
//! format-212 signal file per foot (header(5) and signal(5) of the WFDB manual).

use gait::recording::{FootSignal, Side};

use super::ExportError;
use crate::Walk;

/// Converter steps for each newton: twelve bits then reach 4094 N, above what running gives.
const STEPS_PER_N: f64 = 0.5;
/// Highest sample of format 212.
const RAIL: f64 = 2047.0;

/// The three files of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GaitNddFiles {
    /// The header, which names the other two.
    pub header: String,
    /// Signal of the left foot, packed.
    pub left: Vec<u8>,
    /// Signal of the right foot, packed.
    pub right: Vec<u8>,
}

/// Writes a record of this name: `NAME.hea`, `NAME.let`, `NAME.rit`. Force is given in whole steps of 2 N, without the
/// single sensors and without motion, which the format does not hold.
///
/// # Errors
/// [`ExportError::Lost`] when samples were lost: the format has no word for that.
pub fn gaitndd_files(walk: &Walk, name: &str) -> Result<GaitNddFiles, ExportError> {
    let recording = &walk.recording;
    let mut header = format!(
        "{name} 2 {} {}\n",
        recording.sampling_hz,
        recording.samples()
    );
    let mut signal = |side: Side, ending: &str| -> Result<Vec<u8>, ExportError> {
        let steps = steps(recording.foot(side))?;
        let sum = steps
            .iter()
            .fold(0_i16, |sum, step| sum.wrapping_add(*step));
        let first = steps.first().copied().unwrap_or(0);
        header.push_str(&format!(
            "{name}.{ending} 212 {STEPS_PER_N}/N 12 0 {first} {sum} 0 {side}-foot\n"
        ));
        Ok(packed(&steps))
    };
    let (left, right) = (signal(Side::Left, "let")?, signal(Side::Right, "rit")?);
    header.push_str("# Synthetic walk, not a recording of a person\n");
    Ok(GaitNddFiles {
        header,
        left,
        right,
    })
}

fn steps(foot: &FootSignal) -> Result<Vec<i16>, ExportError> {
    if !foot.missing.is_empty() {
        return Err(ExportError::Lost);
    }
    let forces = foot.force.iter();
    Ok(forces
        .map(|force_n| (force_n * STEPS_PER_N).round().clamp(-RAIL, RAIL) as i16)
        .collect())
}

/// Two twelve-bit samples in three bytes; of an odd count the last takes two.
fn packed(steps: &[i16]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(steps.len() * 3 / 2 + 1);
    for pair in steps.chunks(2) {
        let raw = |at: usize| pair.get(at).map_or(0, |step| *step as u16 & 0x0fff);
        let (first, second) = (raw(0), raw(1));
        // Low byte of the first, high quarters of both, low byte of the second.
        let three = [
            first as u8,
            (first >> 8 | second >> 8 << 4) as u8,
            second as u8,
        ];
        bytes.extend(three.into_iter().take(pair.len() + 1));
    }
    bytes
}

impl GaitNddFiles {
    /// The files by ending, in the order to write them: the header last, so that it never names what is not there.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, &[u8]); 3] {
        [
            ("let", &self.left),
            ("rit", &self.right),
            ("hea", self.header.as_bytes()),
        ]
    }
}

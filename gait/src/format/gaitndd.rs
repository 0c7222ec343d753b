//! PhysioNet "Gait in Neurodegenerative Disease": a WFDB header and one format-212 signal file per foot.
//! Header and format 212 follow the WFDB manual (header(5), signal(5)): two 12-bit two's-complement samples in three
//! bytes; the 16-bit checksum is the sum of all samples.

use std::io::{BufRead, Read};

use super::lines::{Text, lines, words};
use super::{Place, ReadError, SourceFile, base_name, stem};
use crate::issue::{Issue, IssueCode};
use crate::recording::{FootSignal, ForceUnit, Format, Recording, Side};

/// Lowest and highest sample of format 212.
const RAILS: [i16; 2] = [-2048, 2047];
/// Share of samples at the rails that is reported, percent.
const SATURATED_PCT: f64 = 0.1;
/// Longest record accepted: 24 hours at 1000 Hz.
const MAX_SAMPLES: usize = 86_400_000;
/// Bytes unpacked at a time: whole pairs of samples.
const CHUNK: u64 = 3 << 12;

struct Header {
    sampling_hz: f64,
    /// Samples per signal; `None` when the header leaves it open.
    samples: Option<usize>,
    signals: Vec<Signal>,
}

struct Signal {
    line: usize,
    file: String,
    side: Side,
    checksum: Option<i16>,
}

/// The first content line reads `record signals rate samples`, the second names a format-212 file.
pub(super) fn looks_like(head: &[u8]) -> bool {
    let mut content = content(head);
    let (Some(record), Some(signal)) = (content.next(), content.next()) else {
        return false;
    };
    let is_count = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_digit);
    words(record).nth(1).is_some_and(is_count)
        && words(record).nth(2).is_some()
        && words(signal)
            .nth(1)
            .is_some_and(|format| format.starts_with(b"212"))
}

pub(super) fn companions(file: &SourceFile) -> Vec<String> {
    header(&mut Text::new(&file.name, file.bytes.as_slice()))
        .map(|h| h.signals.into_iter().map(|s| s.file).collect())
        .unwrap_or_default()
}

/// Reads both feet; `open` finds the signal files the header names.
pub(super) fn read<R: BufRead>(
    mut text: Text<R>,
    open: &mut dyn FnMut(&str) -> Result<R, ReadError>,
) -> Result<Recording, ReadError> {
    let header = header(&mut text)?;
    let mut issues = vec![Issue::new(
        IssueCode::UncalibratedForce,
        "the force channels are raw converter steps; timing is measured, force is not",
    )];
    let mut left = foot(&text, open, &header, Side::Left, &mut issues)?;
    let mut right = foot(&text, open, &header, Side::Right, &mut issues)?;
    let (l, r) = (left.len(), right.len());
    if l != r {
        let detail = format!("{l} left and {r} right samples; both are cut to the shorter");
        issues.push(Issue::new(IssueCode::UnequalLength, detail));
        left.truncate(r);
        right.truncate(l);
    }
    let [left, right] = [left, right].map(|force| FootSignal {
        force,
        ..FootSignal::default()
    });
    Ok(Recording {
        name: stem(&text.file),
        format: Format::GaitNdd,
        sampling_hz: header.sampling_hz,
        force_unit: ForceUnit::Uncalibrated,
        layout_id: None,
        left,
        right,
        step_marks: Vec::new(),
        issues,
    })
}

fn content(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    lines(bytes)
        .filter(|l| !l.is_blank() && !l.text.starts_with(b"#"))
        .map(|l| l.text)
}

/// The next line that is neither blank nor a comment: its number and text.
fn next_content<R: BufRead>(text: &mut Text<R>) -> Result<Option<(usize, Vec<u8>)>, ReadError> {
    while let Some(line) = text.next()? {
        if !line.is_blank() && !line.text.starts_with(b"#") {
            return Ok(Some((line.number, line.text.to_vec())));
        }
    }
    Ok(None)
}

fn header<R: BufRead>(text: &mut Text<R>) -> Result<Header, ReadError> {
    let Some((line, record)) = next_content(text)? else {
        return Err(text.broken(1, "has a record line"));
    };
    let (sampling_hz, samples) = record_line(&record).map_err(|rule| text.broken(line, rule))?;
    let mut signals = Vec::new();
    while signals.len() < 2 {
        let Some((line, fields)) = next_content(text)? else {
            break;
        };
        signals.push(signal(line, &fields).map_err(|rule| text.broken(line, rule))?);
    }
    Ok(Header {
        sampling_hz,
        samples,
        signals,
    })
}

/// Rate and number of samples of the record line.
fn record_line(record: &[u8]) -> Result<(f64, Option<usize>), &'static str> {
    let fields: Vec<&str> = words(record)
        .map_while(|w| std::str::from_utf8(w).ok())
        .collect();
    let [_, count, rate, rest @ ..] = fields.as_slice() else {
        return Err("names record, number of signals and sampling rate");
    };
    if *count != "2" {
        return Err("has two signals, one per foot");
    }
    // The rate may carry a counter frequency after a slash.
    let sampling_hz = rate
        .split('/')
        .next()
        .and_then(|r| r.parse::<f64>().ok())
        .filter(|hz| (10.0..=1000.0).contains(hz))
        .ok_or("the sampling rate is 10 to 1000 Hz")?;
    match rest.first().map(|n| n.parse::<usize>()) {
        None | Some(Ok(0)) => Ok((sampling_hz, None)),
        Some(Ok(n)) if n <= MAX_SAMPLES => Ok((sampling_hz, Some(n))),
        Some(_) => Err("the number of samples is a count of at most 86400000"),
    }
}

fn signal(line: usize, text: &[u8]) -> Result<Signal, &'static str> {
    let fields: Vec<&str> = words(text)
        .map_while(|w| std::str::from_utf8(w).ok())
        .collect();
    let [name, format, rest @ ..] = fields.as_slice() else {
        return Err("names a signal file and its format");
    };
    if *format != "212" {
        return Err("the signal format is 212, one sample per frame");
    }
    if base_name(name) != *name || name.starts_with('.') {
        return Err("the signal file lies beside its header");
    }
    // gain, ADC resolution, ADC zero, initial value, checksum, block size, description
    let checksum = match rest.get(4).map(|sum| sum.parse::<i32>()) {
        None => None,
        Some(Ok(sum)) if (-65_536..=65_535).contains(&sum) => Some(sum as i16),
        Some(_) => return Err("the checksum is a 16-bit integer"),
    };
    let description = rest.get(6..).unwrap_or_default().join(" ").to_lowercase();
    let side = side_of(&description, name).ok_or("tells left from right foot")?;
    Ok(Signal {
        line,
        file: (*name).to_owned(),
        side,
        checksum,
    })
}

fn side_of(description: &str, file: &str) -> Option<Side> {
    match (description.contains("left"), description.contains("right")) {
        (true, false) => Some(Side::Left),
        (false, true) => Some(Side::Right),
        _ if file.ends_with(".let") => Some(Side::Left),
        _ if file.ends_with(".rit") => Some(Side::Right),
        _ => None,
    }
}

fn foot<R: BufRead>(
    text: &Text<R>,
    open: &mut dyn FnMut(&str) -> Result<R, ReadError>,
    header: &Header,
    side: Side,
    issues: &mut Vec<Issue>,
) -> Result<Vec<f64>, ReadError> {
    let mut of_side = header.signals.iter().filter(|s| s.side == side);
    let (Some(signal), None) = (of_side.next(), of_side.next()) else {
        let rule = format!("has exactly one signal of the {side} foot");
        return Err(text.broken_file(rule));
    };
    let samples = samples(&signal.file, open(&signal.file)?, header.samples)?;
    if signal
        .checksum
        .is_some_and(|expected| expected != samples.sum)
    {
        let file = super::shown(&signal.file);
        let rule = format!("the samples of {file} sum to the checksum of the header");
        return Err(text.broken(signal.line, rule));
    }
    issues.extend(saturation(samples.railed, samples.force.len()).map(|issue| issue.on(side)));
    Ok(samples.force)
}

/// The converter's rails. WFDB reads -2048 as "invalid"; in this database it comes in runs that end a steep fall, so it
/// is the lower rail: the level is known to be at or below it, and contact timing remains.
fn saturation(railed: usize, samples: usize) -> Option<Issue> {
    let share_pct = 100.0 * railed as f64 / samples.max(1) as f64;
    (share_pct > SATURATED_PCT).then(|| {
        Issue::new(
            IssueCode::Saturated,
            format!("{share_pct:.1} % of the samples lie at a rail of the converter"),
        )
    })
}

/// The samples of one signal file.
#[derive(Default)]
struct Samples {
    force: Vec<f64>,
    sum: i16,
    railed: usize,
}

impl Samples {
    fn push(&mut self, sample: i16) {
        self.sum = self.sum.wrapping_add(sample);
        self.railed += usize::from(RAILS.contains(&sample));
        self.force.push(f64::from(sample));
    }
}

/// Unpacks format 212. The file must hold exactly the samples its header promises, up to the one that fills a pair.
fn samples<R: BufRead>(
    name: &str,
    reader: R,
    promised: Option<usize>,
) -> Result<Samples, ReadError> {
    let mut reader = reader.take(MAX_SAMPLES as u64 * 3 / 2);
    let wanted = promised.unwrap_or(usize::MAX);
    let (mut samples, mut bytes) = (Samples::default(), 0_usize);
    let mut chunk = Vec::new();
    loop {
        chunk.clear();
        let read = Read::take(&mut reader, CHUNK).read_to_end(&mut chunk);
        bytes += match read.map_err(|source| ReadError::source(name, &source))? {
            0 => break,
            n => n,
        };
        for sample in chunk.chunks(3).flat_map(unpack).flatten() {
            if samples.force.len() < wanted {
                samples.push(sample);
            }
        }
    }
    let available = bytes / 3 * 2 + usize::from(bytes % 3 == 2);
    let count = promised.unwrap_or(available);
    let spare = available.checked_sub(count);
    if count == 0 || spare.is_none_or(|spare| spare > 1) {
        let rule = format!("holds the {count} samples its header promises (has {available})");
        return Err(ReadError::broken(name, Place::Byte(bytes), rule));
    }
    Ok(samples)
}

/// Two samples of three bytes; the last pair of a file may be short.
fn unpack(bytes: &[u8]) -> [Option<i16>; 2] {
    let [low, both, rest @ ..] = bytes else {
        return [None; 2];
    };
    let first = twelve_bits(u16::from(*low) | u16::from(both & 0x0f) << 8);
    let second = rest
        .first()
        .map(|high| twelve_bits(u16::from(*high) | u16::from(both & 0xf0) << 4));
    [Some(first), second]
}

const fn twelve_bits(raw: u16) -> i16 {
    // Shift the sign bit into place, then back with sign extension.
    ((raw << 4) as i16) >> 4
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn format_212_unpacks_both_signs() {
        // 1 and -2: 0x001, 0xffe -> 01 f0 fe
        let data = [0x01, 0xf0, 0xfe, 0xff, 0x07].as_slice();
        let read = samples("x.let", data, Some(3)).unwrap();
        assert_eq!(
            (read.force, read.sum, read.railed),
            (vec![1.0, -2.0, 2047.0], 2046, 1)
        );
        assert!(samples("x.let", data, Some(5)).is_err());
        assert!(samples("x.let", data, Some(1)).is_err());
    }

    #[test]
    fn only_a_share_at_the_rails_is_saturation() {
        assert!(saturation(1, 1000).is_none());
        assert!(saturation(10, 1000).is_some());
    }
}

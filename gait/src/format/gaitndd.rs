//! PhysioNet "Gait in Neurodegenerative Disease": a WFDB header and one format-212 signal file per foot.
//! Header and format 212 follow the WFDB manual (header(5), signal(5)): two 12-bit two's-complement samples in three
//! bytes; the 16-bit checksum is the sum of all samples.

use super::lines::{lines, words};
use super::{Place, ReadError, SourceFile, base_name, stem};
use crate::issue::{Issue, IssueCode};
use crate::recording::{FootSignal, ForceUnit, Format, Recording, Side};

/// Lowest and highest sample of format 212.
const RAILS: [i16; 2] = [-2048, 2047];
/// Share of samples at the rails that is reported, percent.
const SATURATED_PCT: f64 = 0.1;
/// Longest record accepted: 24 hours at 1000 Hz.
const MAX_SAMPLES: usize = 86_400_000;

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
    let (Some((_, record)), Some((_, signal))) = (content.next(), content.next()) else {
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
    header(file)
        .map(|h| h.signals.into_iter().map(|s| s.file).collect())
        .unwrap_or_default()
}

pub(super) fn read(file: &SourceFile, files: &[SourceFile]) -> Result<Recording, ReadError> {
    let header = header(file)?;
    let mut issues = vec![Issue::new(
        IssueCode::UncalibratedForce,
        "the force channels are raw converter steps; timing is measured, force is not",
    )];
    let mut left = foot(file, files, &header, Side::Left, &mut issues)?;
    let mut right = foot(file, files, &header, Side::Right, &mut issues)?;
    let (l, r) = (left.force.len(), right.force.len());
    if l != r {
        let detail = format!("{l} left and {r} right samples; both are cut to the shorter");
        issues.push(Issue::new(IssueCode::UnequalLength, detail));
        left.force.truncate(r);
        right.force.truncate(l);
    }
    Ok(Recording {
        name: stem(&file.name),
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

fn content(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    lines(bytes)
        .filter(|l| !l.text.trim_ascii().is_empty() && !l.text.starts_with(b"#"))
        .map(|l| (l.number, l.text))
}

fn header(file: &SourceFile) -> Result<Header, ReadError> {
    let broken = |line, rule: &str| ReadError::broken(&file.name, Place::Line(line), rule);
    let mut content = content(&file.bytes);
    let (line, record) = content
        .next()
        .ok_or_else(|| broken(1, "has a record line"))?;
    let fields: Vec<&str> = words(record)
        .map_while(|w| std::str::from_utf8(w).ok())
        .collect();
    let [_, count, rate, rest @ ..] = fields.as_slice() else {
        return Err(broken(
            line,
            "names record, number of signals and sampling rate",
        ));
    };
    if *count != "2" {
        return Err(broken(line, "has two signals, one per foot"));
    }
    // The rate may carry a counter frequency after a slash.
    let sampling_hz = rate
        .split('/')
        .next()
        .and_then(|r| r.parse::<f64>().ok())
        .filter(|hz| (10.0..=1000.0).contains(hz));
    let sampling_hz =
        sampling_hz.ok_or_else(|| broken(line, "the sampling rate is 10 to 1000 Hz"))?;
    let samples = match rest.first().map(|n| n.parse::<usize>()) {
        None | Some(Ok(0)) => None,
        Some(Ok(n)) if n <= MAX_SAMPLES => Some(n),
        Some(_) => {
            return Err(broken(
                line,
                "the number of samples is a count of at most 86400000",
            ));
        }
    };
    let signals = content
        .take(2)
        .map(|(line, text)| signal(file, line, text))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Header {
        sampling_hz,
        samples,
        signals,
    })
}

fn signal(file: &SourceFile, line: usize, text: &[u8]) -> Result<Signal, ReadError> {
    let broken = |rule: &str| ReadError::broken(&file.name, Place::Line(line), rule);
    let fields: Vec<&str> = words(text)
        .map_while(|w| std::str::from_utf8(w).ok())
        .collect();
    let [name, format, rest @ ..] = fields.as_slice() else {
        return Err(broken("names a signal file and its format"));
    };
    if *format != "212" {
        return Err(broken("the signal format is 212, one sample per frame"));
    }
    if base_name(name) != *name || name.starts_with('.') {
        return Err(broken("the signal file lies beside its header"));
    }
    // gain, ADC resolution, ADC zero, initial value, checksum, block size, description
    let checksum = match rest.get(4).map(|sum| sum.parse::<i32>()) {
        None => None,
        Some(Ok(sum)) if (-65_536..=65_535).contains(&sum) => Some(sum as i16),
        Some(_) => return Err(broken("the checksum is a 16-bit integer")),
    };
    let description = rest.get(6..).unwrap_or_default().join(" ").to_lowercase();
    let side = side_of(&description, name).ok_or_else(|| broken("tells left from right foot"))?;
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

fn foot(
    file: &SourceFile,
    files: &[SourceFile],
    header: &Header,
    side: Side,
    issues: &mut Vec<Issue>,
) -> Result<FootSignal, ReadError> {
    let mut of_side = header.signals.iter().filter(|s| s.side == side);
    let (Some(signal), None) = (of_side.next(), of_side.next()) else {
        return Err(ReadError::broken(
            &file.name,
            Place::File,
            format!("has exactly one signal of the {side} foot"),
        ));
    };
    let data = files
        .iter()
        .find(|f| base_name(&f.name) == signal.file)
        .ok_or_else(|| ReadError::MissingCompanion {
            file: super::shown(&file.name),
            companion: super::shown(&signal.file),
        })?;
    let samples = samples(data, header.samples)?;
    let sum = samples.iter().fold(0i16, |sum, s| sum.wrapping_add(*s));
    if signal.checksum.is_some_and(|expected| expected != sum) {
        let rule = format!(
            "the samples of {} sum to the checksum of the header",
            super::shown(&signal.file)
        );
        return Err(ReadError::broken(
            &file.name,
            Place::Line(signal.line),
            rule,
        ));
    }
    issues.extend(saturation(&samples).map(|issue| issue.on(side)));
    Ok(FootSignal {
        force: samples.iter().copied().map(f64::from).collect(),
        sensors: Vec::new(),
        missing: Vec::new(),
        ..FootSignal::default()
    })
}

/// The converter's rails. WFDB reads -2048 as "invalid"; in this database it comes in runs that end a steep fall, so it
/// is the lower rail: the level is known to be at or below it, and contact timing remains.
fn saturation(samples: &[i16]) -> Option<Issue> {
    let railed = samples.iter().filter(|s| RAILS.contains(s)).count();
    let share_pct = 100.0 * railed as f64 / samples.len().max(1) as f64;
    (share_pct > SATURATED_PCT).then(|| {
        Issue::new(
            IssueCode::Saturated,
            format!("{share_pct:.1} % of the samples lie at a rail of the converter"),
        )
    })
}

/// Unpacks format 212. The file must hold exactly the samples its header promises.
fn samples(data: &SourceFile, promised: Option<usize>) -> Result<Vec<i16>, ReadError> {
    let available = data.bytes.len() / 3 * 2 + usize::from(data.bytes.len() % 3 == 2);
    let count = promised.unwrap_or(available);
    let spare = available.checked_sub(count);
    if count == 0 || spare.is_none_or(|spare| spare > 1) {
        let rule = format!("holds the {count} samples its header promises (has {available})");
        return Err(ReadError::broken(
            &data.name,
            Place::Byte(data.bytes.len()),
            rule,
        ));
    }
    let mut samples = Vec::with_capacity(count + 1);
    for chunk in data.bytes.chunks(3) {
        if let [low, both, rest @ ..] = chunk {
            samples.push(twelve_bits(u16::from(*low) | u16::from(both & 0x0f) << 8));
            if let [high] = rest {
                samples.push(twelve_bits(u16::from(*high) | u16::from(both & 0xf0) << 4));
            }
        }
    }
    samples.truncate(count);
    Ok(samples)
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
        let data = SourceFile {
            name: "x.let".into(),
            bytes: vec![0x01, 0xf0, 0xfe, 0xff, 0x07],
        };
        assert_eq!(samples(&data, Some(3)).unwrap(), [1, -2, 2047]);
        assert!(samples(&data, Some(5)).is_err());
        assert!(samples(&data, Some(1)).is_err());
    }

    #[test]
    fn only_a_share_at_the_rails_is_saturation() {
        let mut samples = vec![0i16; 1000];
        samples[0] = -2048;
        assert!(saturation(&samples).is_none());
        samples[1..10].fill(2047);
        assert!(saturation(&samples).is_some());
    }
}

//! The head of an F-Scan export: `KEY value` lines up to `ASCII_DATA @@`.

use std::io::BufRead;

use super::super::ReadError;
use super::super::lines::{Text, lines, words};
use super::super::number::number;
use crate::recording::Side;

/// Lines before the frames.
const MAX_LINES: usize = 256;
/// Most rows and columns of a sensor.
const MAX_EDGE: usize = 128;
/// Highest frame number.
const MAX_FRAME: usize = 100_000_000;

/// What the frames need.
pub(super) struct Head {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Area of one cell, cm².
    pub(super) area_cm2: f64,
    /// N/cm² in one unit of the cells.
    pub(super) n_per_cm2: f64,
    pub(super) sampling_hz: f64,
    pub(super) first_frame: usize,
    pub(super) last_frame: usize,
    /// Pressure at which a cell saturates, in the unit of the cells.
    pub(super) saturation: Option<f64>,
    /// The foot, as the name of the original recording ends.
    pub(super) side: Option<Side>,
}

/// The head names a Tekscan movie.
pub(in super::super) fn looks_like(head: &[u8]) -> bool {
    let starts = |start: &[u8]| {
        lines(head)
            .take(MAX_LINES)
            .any(|l| l.text.starts_with(start))
    };
    starts(b"DATA_TYPE MOVIE") && starts(b"VERSION Tekscan") && starts(b"SECONDS_PER_FRAME ")
}

/// Reads up to the line `ASCII_DATA @@`.
pub(super) fn read<R: BufRead>(text: &mut Text<R>) -> Result<Head, ReadError> {
    let mut entries = Vec::new();
    for _ in 0..MAX_LINES {
        let Some(line) = text.next()? else { break };
        if line.text.starts_with(b"ASCII_DATA") {
            return Entries(entries).head(text);
        }
        if let Ok(entry) = std::str::from_utf8(line.text)
            && let Some((key, value)) = entry.split_once(' ')
        {
            entries.push((line.number, key.to_owned(), value.trim().to_owned()));
        }
    }
    Err(text.broken_file("has a line ASCII_DATA before its frames"))
}

struct Entries(Vec<(usize, String, String)>);

impl Entries {
    fn head<R: BufRead>(&self, text: &Text<R>) -> Result<Head, ReadError> {
        let (first, last) = (
            self.count(text, "START_FRAME", MAX_FRAME)?,
            self.count(text, "END_FRAME", MAX_FRAME)?,
        );
        let (line, step_s) = self.amount(text, "SECONDS_PER_FRAME")?;
        let sampling_hz = 1.0 / step_s;
        if !(10.0..=1000.0).contains(&sampling_hz) {
            return Err(text.broken(line, "SECONDS_PER_FRAME gives a rate of 10 to 1000 Hz"));
        }
        Ok(Head {
            rows: self.count(text, "ROWS", MAX_EDGE)?,
            columns: self.count(text, "COLS", MAX_EDGE)?,
            area_cm2: self.area_cm2(text)?,
            n_per_cm2: self.unit(text)?,
            sampling_hz,
            first_frame: first,
            last_frame: last.max(first),
            saturation: self
                .find("SATURATION_PRESSURE")
                .and_then(|(_, v)| leading(v)),
            side: self.find("FILENAME").and_then(|(_, name)| side_of(name)),
        })
    }

    fn find(&self, key: &str) -> Option<(usize, &str)> {
        let entry = self.0.iter().find(|(_, k, _)| k == key);
        entry.map(|(line, _, value)| (*line, value.as_str()))
    }

    fn need<R: BufRead>(&self, text: &Text<R>, key: &str) -> Result<(usize, &str), ReadError> {
        self.find(key)
            .ok_or_else(|| text.broken_file(format!("has a line {key}")))
    }

    fn count<R: BufRead>(
        &self,
        text: &Text<R>,
        key: &str,
        most: usize,
    ) -> Result<usize, ReadError> {
        let (line, value) = self.need(text, key)?;
        let count = value.parse().ok().filter(|n| (1..=most).contains(n));
        count.ok_or_else(|| text.broken(line, format!("{key} is a count from 1")))
    }

    fn amount<R: BufRead>(&self, text: &Text<R>, key: &str) -> Result<(usize, f64), ReadError> {
        let (line, value) = self.need(text, key)?;
        let amount = leading(value).filter(|v| *v > 0.0);
        let amount =
            amount.ok_or_else(|| text.broken(line, format!("{key} is a positive number")))?;
        Ok((line, amount))
    }

    fn area_cm2<R: BufRead>(&self, text: &Text<R>) -> Result<f64, ReadError> {
        let (line, area) = self.amount(text, "SENSEL_AREA")?;
        let (_, value) = self.need(text, "SENSEL_AREA")?;
        let per_unit = match value.split_whitespace().nth(1) {
            Some("mm2") => 0.01,
            Some("cm2") => 1.0,
            _ => return Err(text.broken(line, "SENSEL_AREA is in mm2 or cm2")),
        };
        let area = area * per_unit;
        if area > 100.0 {
            return Err(text.broken(line, "SENSEL_AREA is at most 100 cm2"));
        }
        Ok(area)
    }

    /// An export without calibration has raw values instead of pressures: they cannot be added up to a force.
    fn unit<R: BufRead>(&self, text: &Text<R>) -> Result<f64, ReadError> {
        let (line, unit) = self.need(text, "UNITS")?;
        match unit.to_ascii_lowercase().as_str() {
            "kpa" => Ok(0.1),
            "mpa" => Ok(100.0),
            _ => Err(text.broken(line, "UNITS is KPa or MPa")),
        }
    }
}

fn leading(value: &str) -> Option<f64> {
    words(value.as_bytes()).next().and_then(number)
}

/// The foot that a file name tells by its last letter before the ending, `L` or `R`.
pub(super) fn side_of(name: &str) -> Option<Side> {
    let base = super::super::base_name(name);
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    match stem.chars().next_back() {
        Some('L' | 'l') => Some(Side::Left),
        Some('R' | 'r') => Some(Side::Right),
        _ => None,
    }
}

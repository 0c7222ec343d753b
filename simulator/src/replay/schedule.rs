//! In which order recordings go, and at which distance.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use validation::files;

/// Distance of recordings whose times are not known.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// Longest distance that can be asked for, days.
const MOST_DAYS: f64 = 366.0;

/// A distance in days (`1d`) or hours (`12h`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Every(SignedDuration);

impl FromStr for Every {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "days or hours above 0, at most 366 days: 1d or 12h";
        let (number, days_each) = match (text.strip_suffix('d'), text.strip_suffix('h')) {
            (Some(number), _) => (number, 1.0),
            (_, Some(number)) => (number, 1.0 / 24.0),
            _ => return Err(SHAPE),
        };
        let days = number.parse::<f64>().map_err(|_| SHAPE)? * days_each;
        if !(days > 0.0 && days <= MOST_DAYS) {
            return Err(SHAPE);
        }
        let every = SignedDuration::try_from_secs_f64(days * 86_400.0);
        every.map(Self).map_err(|_| SHAPE)
    }
}

/// How much faster than recorded time passes between uploads; none waits at all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Speed(Option<f64>);

impl FromStr for Speed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "a number from 0 to 1000000, or max";
        if text == "max" {
            return Ok(Self(None));
        }
        match text.parse::<f64>() {
            Ok(0.0) => Ok(Self(None)),
            Ok(factor) if (1e-6..=1e6).contains(&factor) => Ok(Self(Some(factor))),
            _ => Err(SHAPE),
        }
    }
}

impl Speed {
    /// Real time for a distance of the recordings.
    pub(super) fn real(self, distance: SignedDuration) -> Duration {
        let seconds = self.0.map_or(0.0, |factor| distance.as_secs_f64() / factor);
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}

/// A recording and how long after the first it began.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) offset: SignedDuration,
}

/// What goes when.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// In order.
    pub(super) entries: Vec<Entry>,
    /// What is no recording, and why.
    pub(super) unreadable: Vec<(PathBuf, String)>,
}

impl Schedule {
    /// The recordings of files and folders in order.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn of(paths: &[PathBuf], every: Option<Every>) -> anyhow::Result<Self> {
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        for path in paths {
            match files::recordings(path) {
                Ok(list) if list.is_empty() => {
                    unreadable.push((path.clone(), "holds no recording".to_owned()));
                }
                Ok(list) => found.extend(list.into_iter().map(|path| (began(&path), path))),
                Err(error) => unreadable.push((path.clone(), error.to_string())),
            }
        }
        Ok(Self {
            entries: spaced(found, every)?,
            unreadable,
        })
    }
}

fn spaced(
    mut found: Vec<(Option<DateTime>, PathBuf)>,
    every: Option<Every>,
) -> anyhow::Result<Vec<Entry>> {
    let timed = found.iter().all(|(began, _)| began.is_some());
    found
        .sort_by_cached_key(|(began, path)| (began.filter(|_| timed), by_name(path), path.clone()));
    let first = found.first().and_then(|(began, _)| *began);
    let mut entries = Vec::with_capacity(found.len());
    for (place, (began, path)) in (0_i32..).zip(found) {
        let offset = match (every, first, began) {
            (None, Some(first), Some(began)) if timed => began.duration_since(first),
            _ => {
                let step = every.map_or(A_DAY, |every| every.0);
                step.checked_mul(place)
                    .ok_or_else(|| anyhow::anyhow!("the recordings span more than time has"))?
            }
        };
        entries.push(Entry { path, offset });
    }
    Ok(entries)
}

/// A file name as its texts and the numbers between them, so that day 10 follows day 9.
fn by_name(path: &Path) -> Vec<(String, u64)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut parts = Vec::new();
    let mut rest = name.as_ref();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_digit());
        let (text, tail) = rest.split_at(digits.unwrap_or(rest.len()));
        let end = tail.find(|c: char| !c.is_ascii_digit());
        let (number, tail) = tail.split_at(end.unwrap_or(tail.len()));
        parts.push((text.to_owned(), number.parse().unwrap_or(0)));
        rest = tail;
    }
    parts
}

/// When a recording began by its file, on the clock of wherever that was; few formats say so.
fn began(path: &Path) -> Option<DateTime> {
    let head = files::head_of(path).ok()?;
    let text = String::from_utf8_lossy(&head.bytes);
    match gait::format::detect(&head.bytes, &head.name)? {
        gait::Format::MoticonText => {
            let said = text
                .lines()
                .find_map(|line| line.strip_prefix("# Start time:"))?;
            DateTime::strptime("%d.%m.%Y %H:%M:%S%.f", said.trim()).ok()
        }
        // The record line: name, signals, rate, samples, time, date (WFDB manual, header(5)).
        gait::Format::GaitNdd => {
            let content = |line: &&str| !line.starts_with('#') && !line.trim().is_empty();
            let record = text.lines().find(content)?;
            let words: Vec<&str> = record.split_whitespace().skip(4).take(2).collect();
            DateTime::strptime("%H:%M:%S%.f %d/%m/%Y", words.join(" ")).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn at(text: Option<&str>, path: &str) -> (Option<DateTime>, PathBuf) {
        (text.map(|text| text.parse().unwrap()), PathBuf::from(path))
    }

    fn shown(entries: &[Entry]) -> Vec<(String, i64)> {
        let shown = entries.iter();
        shown
            .map(|entry| (entry.path.display().to_string(), entry.offset.as_secs()))
            .collect()
    }

    #[test]
    fn known_times_give_order_and_distance() {
        let found = vec![
            at(Some("2026-03-02T09:00:00"), "a"),
            at(Some("2026-03-01T08:00:00"), "b"),
        ];
        let entries = spaced(found.clone(), None).unwrap();
        assert_eq!(
            shown(&entries),
            [("b".to_owned(), 0), ("a".to_owned(), 90_000)]
        );
        let entries = spaced(found, Some("12h".parse().unwrap())).unwrap();
        assert_eq!(
            shown(&entries),
            [("b".to_owned(), 0), ("a".to_owned(), 43_200)]
        );
    }

    #[test]
    fn one_unknown_time_makes_names_count_and_numbers_in_them_by_value() {
        let found = vec![
            at(Some("2026-03-01T08:00:00"), "walk-10.csv"),
            at(None, "walk-9.csv"),
        ];
        let entries = spaced(found, None).unwrap();
        let expected = [
            ("walk-9.csv".to_owned(), 0),
            ("walk-10.csv".to_owned(), 86_400),
        ];
        assert_eq!(shown(&entries), expected);
    }

    #[test]
    fn distances_and_speeds_have_limits() {
        assert_eq!("1d".parse::<Every>(), "24h".parse::<Every>());
        for wrong in ["0d", "-1d", "1", "1w", "367d", "nand", "infh", "d"] {
            assert!(wrong.parse::<Every>().is_err(), "{wrong}");
        }
        for wrong in ["-1", "nan", "inf", "fast", ""] {
            assert!(wrong.parse::<Speed>().is_err(), "{wrong}");
        }
        let hour = SignedDuration::from_hours(1);
        let real = |speed: &str| speed.parse::<Speed>().unwrap().real(hour).as_secs();
        assert_eq!(
            (real("max"), real("0"), real("1"), real("60")),
            (0, 0, 3600, 60)
        );
    }
}

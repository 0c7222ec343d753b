//! Pressure under the feet as the summary carries it: a picture, not a measurement. Rounded to what an eye can see.

use serde::{Deserialize, Serialize};

use crate::plantar::{PATH_POINTS, Plantar};

/// Digits of packed numbers, lowest first.
const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
/// Steps between the first and the last digit.
const STEPS: f64 = 63.0;
/// Largest number of two digits.
const LARGEST_NUMBER: u16 = 64 * 64 - 1;
/// Largest distance from the middle of the foot that is drawn, insole lengths or widths.
const REACH: f64 = 0.63;
/// Largest standard deviation that is drawn, insole lengths or widths.
const LARGEST_SD: f64 = 0.315;

/// Pressure under one foot over a session, mean over the strides. Display values, as digits of
/// `0-9A-Za-z-_` (0 to 63), so that merged sessions are off by at most half a step each time they are merged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FootPressure {
    /// Strides behind it.
    pub n: u64,
    /// Centre of pressure at 21 evenly spaced moments of the stance, four times 21 digits: along the foot (digit d is
    /// 0.02 d - 0.63 insole lengths from the middle, growing to the toes), across it (the same in insole widths, growing
    /// to the big toe), and the standard deviations of both from stride to stride (0.005 d). Absent when it cannot be
    /// followed.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub path: String,
    /// Per region, in the order in which the layout first names them, three numbers of two digits (64 a + b): share of
    /// the impulse in thousandths, peak pressure in kPa, pressure-time integral in kPa s per stride (times n it is the
    /// cumulative load). Two dots stand for a number that is not known.
    pub regions: String,
}

/// Load of one region as the summary carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionMean {
    /// Share of the impulse, thousandths.
    pub share_permille: u16,
    /// Peak pressure, kPa; absent for layouts that give force.
    pub peak_kpa: Option<u16>,
    /// Pressure-time integral per stride, kPa s; absent for layouts that give force.
    pub integral_kpa_s: Option<u16>,
}

/// A path as numbers: means and standard deviations along and across the foot.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// x, y, SD of x, SD of y, each at [`PATH_POINTS`] moments.
    pub series: [Vec<f64>; 4],
}

impl FootPressure {
    /// Mean over the stances; `None` without any.
    #[must_use]
    pub fn of<'a>(stances: impl Iterator<Item = &'a Plantar>) -> Option<Self> {
        let mut sums = Sums::default();
        stances.for_each(|stance| sums.add(stance));
        (sums.n > 0).then(|| Self {
            n: sums.n,
            path: sums.path().map(|path| path.packed()).unwrap_or_default(),
            regions: packed(&sums.regions()),
        })
    }

    /// The path as numbers; `None` when there is none or it is damaged.
    #[must_use]
    pub fn path(&self) -> Option<Path> {
        let texts = [0, 1, 2, 3].map(|k| self.path.get(k * PATH_POINTS..(k + 1) * PATH_POINTS));
        let [x, y, x_sd, y_sd] = texts;
        if self.path.len() != 4 * PATH_POINTS {
            return None;
        }
        Some(Path {
            series: [
                unpack(x?, -REACH, REACH)?,
                unpack(y?, -REACH, REACH)?,
                unpack(x_sd?, 0.0, LARGEST_SD)?,
                unpack(y_sd?, 0.0, LARGEST_SD)?,
            ],
        })
    }

    /// Load per region; `None` when it is damaged.
    #[must_use]
    pub fn regions(&self) -> Option<Vec<RegionMean>> {
        let numbers = self.regions.as_bytes().chunks(2).map(two_digits);
        let numbers: Vec<Option<u16>> = numbers.collect::<Option<_>>()?;
        let region = |three: &[Option<u16>]| match three {
            &[share, peak_kpa, integral_kpa_s] => Some(RegionMean {
                share_permille: share?,
                peak_kpa,
                integral_kpa_s,
            }),
            _ => None,
        };
        numbers.chunks(3).map(region).collect()
    }

    /// Both together, weighted by strides. What one does not have or cannot be read is taken from the other.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let n = self.n.saturating_add(other.n);
        let weight = if n > 0 { self.n as f64 / n as f64 } else { 0.5 };
        let path = match (self.path(), other.path()) {
            (Some(a), Some(b)) => a.mixed(&b, weight).packed(),
            (Some(one), None) | (None, Some(one)) => one.packed(),
            (None, None) => String::new(),
        };
        let regions = match (self.regions(), other.regions()) {
            (Some(a), Some(b)) => {
                let mixed = a.iter().zip(&b).map(|(a, b)| a.mixed(*b, weight));
                packed(&mixed.collect::<Vec<_>>())
            }
            (Some(one), None) | (None, Some(one)) => packed(&one),
            (None, None) => String::new(),
        };
        Self { n, path, regions }
    }
}

impl RegionMean {
    fn mixed(self, other: Self, weight: f64) -> Self {
        let mix =
            |a: u16, b: u16| (weight * f64::from(a) + (1.0 - weight) * f64::from(b)).round() as u16;
        let both = |a: Option<u16>, b: Option<u16>| a.zip(b).map(|(a, b)| mix(a, b)).or(a).or(b);
        Self {
            share_permille: mix(self.share_permille, other.share_permille),
            peak_kpa: both(self.peak_kpa, other.peak_kpa),
            integral_kpa_s: both(self.integral_kpa_s, other.integral_kpa_s),
        }
    }
}

fn packed(regions: &[RegionMean]) -> String {
    let numbers = regions
        .iter()
        .flat_map(|r| [Some(r.share_permille), r.peak_kpa, r.integral_kpa_s]);
    let digit = |d: u16| DIGITS.get(usize::from(d)).copied().map_or('_', char::from);
    numbers
        .flat_map(|number| match number.map(|n| n.min(LARGEST_NUMBER)) {
            Some(n) => [digit(n / 64), digit(n % 64)],
            None => ['.', '.'],
        })
        .collect()
}

/// A number of two digits, or that it is not known; `None` when it is neither.
fn two_digits(text: &[u8]) -> Option<Option<u16>> {
    let digit = |byte: u8| DIGITS.iter().position(|d| *d == byte);
    match text {
        b".." => Some(None),
        &[high, low] => Some(Some((64 * digit(high)? + digit(low)?) as u16)),
        _ => None,
    }
}

impl Path {
    fn packed(&self) -> String {
        let [x, y, x_sd, y_sd] = &self.series;
        let means = pack(x, -REACH, REACH) + &pack(y, -REACH, REACH);
        means + &pack(x_sd, 0.0, LARGEST_SD) + &pack(y_sd, 0.0, LARGEST_SD)
    }

    /// Means weighted; variances likewise, with what the means differ by.
    fn mixed(&self, other: &Self, weight: f64) -> Self {
        let (v, w) = (weight, 1.0 - weight);
        let mean = |a: &[f64], b: &[f64]| -> Vec<f64> {
            a.iter().zip(b).map(|(a, b)| v * a + w * b).collect()
        };
        let ([ax, ay, asx, asy], [bx, by, bsx, bsy]) = (&self.series, &other.series);
        let sd = |sa: &[f64], sb: &[f64], a: &[f64], b: &[f64]| -> Vec<f64> {
            let spreads = sa.iter().zip(sb).zip(a.iter().zip(b));
            spreads
                .map(|((sa, sb), (a, b))| {
                    (v * sa * sa + w * sb * sb + v * w * (a - b) * (a - b)).sqrt()
                })
                .collect()
        };
        Self {
            series: [
                mean(ax, bx),
                mean(ay, by),
                sd(asx, bsx, ax, bx),
                sd(asy, bsy, ay, by),
            ],
        }
    }
}

/// Sums over stances.
#[derive(Default)]
struct Sums {
    n: u64,
    with_path: f64,
    /// Sums of x and y, then of their squares.
    points: [Vec<f64>; 4],
    shares: Vec<(f64, f64)>,
    peaks: Vec<(f64, f64)>,
    integrals: Vec<(f64, f64)>,
}

impl Sums {
    fn add(&mut self, stance: &Plantar) {
        self.n += 1;
        for (k, region) in stance.regions.iter().enumerate() {
            add_at(&mut self.shares, k, Some(region.impulse_share));
            add_at(&mut self.peaks, k, region.peak_pressure_kpa);
            add_at(&mut self.integrals, k, region.pressure_time_kpa_s);
        }
        let Some(path) = &stance.path else { return };
        self.with_path += 1.0;
        let squares = |values: [f64; PATH_POINTS]| values.map(|v| v * v);
        let values = [path.x, path.y, squares(path.x), squares(path.y)];
        for (sums, values) in self.points.iter_mut().zip(values) {
            sums.resize(PATH_POINTS, 0.0);
            sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
        }
    }

    fn regions(&self) -> Vec<RegionMean> {
        let at = |sums: &[(f64, f64)], k: usize, scale: f64| {
            let (sum, n) = sums.get(k).filter(|(_, n)| *n > 0.0)?;
            Some((scale * sum / n).round() as u16)
        };
        let region = |k| RegionMean {
            share_permille: at(&self.shares, k, 1000.0).unwrap_or(0),
            peak_kpa: at(&self.peaks, k, 1.0),
            integral_kpa_s: at(&self.integrals, k, 1.0),
        };
        (0..self.shares.len()).map(region).collect()
    }

    fn path(&self) -> Option<Path> {
        let n = self.with_path;
        let [x, y, xx, yy] = &self.points;
        let mean = |sums: &[f64]| -> Vec<f64> { sums.iter().map(|s| s / n).collect() };
        let sd = |sums: &[f64], squares: &[f64]| -> Vec<f64> {
            let moments = sums.iter().zip(squares);
            moments
                .map(|(s, ss)| (ss / n - (s / n) * (s / n)).max(0.0).sqrt())
                .collect()
        };
        (n > 0.0).then(|| Path {
            series: [mean(x), mean(y), sd(x, xx), sd(y, yy)],
        })
    }
}

fn add_at(sums: &mut Vec<(f64, f64)>, k: usize, value: Option<f64>) {
    let Some(value) = value else { return };
    if sums.len() <= k {
        sums.resize(k + 1, (0.0, 0.0));
    }
    if let Some((sum, n)) = sums.get_mut(k) {
        (*sum, *n) = (*sum + value, *n + 1.0);
    }
}

fn pack(values: &[f64], low: f64, high: f64) -> String {
    let digit = |v: &f64| {
        let place = ((v - low) / (high - low) * STEPS).round().clamp(0.0, STEPS);
        DIGITS.get(place as usize).copied().map_or('0', char::from)
    };
    values.iter().map(digit).collect()
}

fn unpack(text: &str, low: f64, high: f64) -> Option<Vec<f64>> {
    let value = |byte: u8| {
        let place = DIGITS.iter().position(|d| *d == byte)?;
        Some(low + (high - low) * place as f64 / STEPS)
    };
    let values: Option<Vec<f64>> = text.bytes().map(value).collect();
    values.filter(|v| v.len() == PATH_POINTS)
}

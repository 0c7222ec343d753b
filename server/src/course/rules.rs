//! What is computed for the picture beside what is read: the band of usual pain, and where the picture begins.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

/// Days with a value from which there is a band: two have no middle.
pub const FEWEST_VALUES: usize = 3;

/// The middle of the worst pains of some days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PainBand {
    /// A quarter of the values lie at or below.
    pub low: f64,
    /// Half of them do.
    pub median: f64,
    /// Three quarters do.
    pub high: f64,
    /// Days with a value.
    pub n: usize,
}

/// The band of the `days` days that end with `date`; nothing with fewer than three values in them.
pub fn pain_band(worst: &BTreeMap<Date, u8>, date: Date, days: i32) -> Option<PainBand> {
    let from = date.checked_sub((days - 1).days()).ok()?;
    let mut values: Vec<f64> = worst
        .range(from..=date)
        .map(|(_, value)| f64::from(*value))
        .collect();
    values.sort_by(f64::total_cmp);
    (values.len() >= FEWEST_VALUES).then_some(())?;
    Some(PainBand {
        low: quantile(&values, 0.25)?,
        median: quantile(&values, 0.5)?,
        high: quantile(&values, 0.75)?,
        n: values.len(),
    })
}

/// A quantile of sorted values, straight between neighbours (Hyndman and Fan 1996, type 7).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * (sorted.len().checked_sub(1)? as f64);
    let below = sorted.get(place.floor() as usize)?;
    let above = sorted.get(place.ceil() as usize)?;
    Some(below + (above - below) * place.fract())
}

/// Where the picture begins: as far back as asked, but not before anything was known of the patient, so that twelve weeks of
/// somebody who came last month are not mostly nothing. Never less than four weeks.
pub fn first_day(today: Date, days: i32, known_since: Date) -> Date {
    let back = |days: i32| today.saturating_sub((days - 1).days());
    let shortest = back(28);
    known_since.max(back(days)).min(shortest)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn worst(values: &[(i8, u8)]) -> BTreeMap<Date, u8> {
        let of = |(day, value): &(i8, u8)| (date(2026, 3, *day), *value);
        values.iter().map(of).collect()
    }

    #[test]
    fn the_band_is_the_middle_half_of_the_days_that_end_with_the_date() {
        let days = worst(&[(1, 9), (2, 2), (4, 4), (6, 6), (8, 8)]);
        // Day 1 is the eighth day back.
        let band = pain_band(&days, date(2026, 3, 8), 7).unwrap();
        assert_eq!(
            (band.low, band.median, band.high, band.n),
            (3.5, 5.0, 6.5, 4)
        );
        // What comes later is not known yet.
        let earlier = pain_band(&days, date(2026, 3, 4), 7).unwrap();
        assert_eq!((earlier.median, earlier.n), (4.0, 3));
    }

    #[test]
    fn two_values_have_no_band() {
        let days = worst(&[(2, 2), (4, 4)]);
        assert_eq!(pain_band(&days, date(2026, 3, 8), 7), None);
        assert_eq!(pain_band(&BTreeMap::new(), date(2026, 3, 8), 7), None);
    }

    #[test]
    fn the_picture_begins_with_what_is_known_but_four_weeks_back_at_least() {
        let today = date(2026, 11, 28);
        let first = |days, known: Date| first_day(today, days, known);
        assert_eq!(first(84, date(2020, 1, 1)), date(2026, 9, 6));
        assert_eq!(first(84, date(2026, 10, 10)), date(2026, 10, 10));
        assert_eq!(first(84, date(2026, 11, 20)), date(2026, 11, 1));
        assert_eq!(first(28, date(2020, 1, 1)), date(2026, 11, 1));
    }

    proptest! {
        #[test]
        fn a_band_is_in_order_and_within_its_values(values in proptest::collection::btree_map(1_i8..=28, 0_u8..=10, 0..28), day in 1_i8..=28) {
            let values: Vec<(i8, u8)> = values.into_iter().collect();
            let days = worst(&values);
            if let Some(band) = pain_band(&days, date(2026, 3, day), 7) {
                prop_assert!(0.0 <= band.low && band.low <= band.median);
                prop_assert!(band.median <= band.high && band.high <= 10.0);
                prop_assert!((FEWEST_VALUES..=7).contains(&band.n));
            }
        }
    }
}

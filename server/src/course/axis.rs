//! The scales of the pictures: one of dates for all of them, one of values for each.

use jiff::ToSpan;
use jiff::civil::Date;

/// Width of every picture, in its own units.
pub const WIDTH: f64 = 960.0;
/// Left edge of the days.
pub const LEFT: f64 = 46.0;
/// Right edge of the days.
pub const RIGHT: f64 = WIDTH - 40.0;

/// Dates from left to right, each as wide as the other, whatever its hours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dates {
    from: Date,
    days: i32,
}

impl Dates {
    /// The dates from `from` through `through`.
    pub fn new(from: Date, through: Date) -> Self {
        Self {
            from,
            days: (through - from).get_days().max(0) + 1,
        }
    }

    /// How many there are.
    pub fn count(self) -> i32 {
        self.days
    }

    /// The last one.
    pub fn last(self) -> Date {
        self.from.saturating_add((self.days - 1).days())
    }

    /// How wide one is.
    pub fn width(self) -> f64 {
        (RIGHT - LEFT) / f64::from(self.days)
    }

    /// Left edge of a date; that of the first or behind the last one for dates beyond them.
    pub fn left(self, date: Date) -> f64 {
        let place = (date - self.from).get_days().clamp(0, self.days);
        LEFT + self.width() * f64::from(place)
    }

    /// Middle of a date.
    pub fn middle(self, date: Date) -> f64 {
        self.left(date) + self.width() / 2.0
    }

    /// Where the `place`-th of so many things of a date stands.
    pub fn within(self, date: Date, place: usize, of: usize) -> f64 {
        let share = (place as f64 + 1.0) / (of as f64 + 1.0);
        self.left(date) + self.width() * share
    }
}

/// Values from bottom to top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Values {
    /// Lowest value.
    pub low: f64,
    /// Highest value.
    pub high: f64,
    /// Where the highest stands.
    pub top: f64,
    /// Where the lowest stands.
    pub bottom: f64,
}

impl Values {
    /// Where a value stands; what lies beyond stands at the edge.
    pub fn y(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        self.bottom - share.clamp(0.0, 1.0) * (self.bottom - self.top)
    }
}

/// Lowest and highest value of an axis of whole steps that holds `values` and `always`.
pub fn round_range(values: impl Iterator<Item = f64>, always: (f64, f64), step: f64) -> (f64, f64) {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold(always, |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let low = (low / step).floor() * step;
    (low, ((high / step).ceil() * step).max(low + step))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_date_of_23_hours_is_as_wide_as_another() {
        let dates = Dates::new(date(2026, 3, 28), date(2026, 3, 31));
        let lefts = [28, 29, 30, 31].map(|day| dates.left(date(2026, 3, day)));
        for pair in lefts.windows(2) {
            assert!((pair[1] - pair[0] - dates.width()).abs() < 1e-9);
        }
        assert!((dates.left(date(2026, 3, 28)) - LEFT).abs() < 1e-9);
        assert!((dates.left(date(2026, 4, 9)) - RIGHT).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn every_thing_of_a_date_stands_within_it_and_in_order(day in 0_i64..84, of in 1_usize..9) {
            let from = date(2026, 9, 6);
            let dates = Dates::new(from, from + 83.days());
            let date = from + day.days();
            let xs: Vec<f64> = (0..of).map(|place| dates.within(date, place, of)).collect();
            prop_assert!(xs.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(xs.iter().all(|x| dates.left(date) < *x && *x < dates.left(date) + dates.width()));
            prop_assert!(dates.left(date) >= LEFT && dates.left(date) + dates.width() <= RIGHT + 1e-9);
        }

        #[test]
        fn higher_values_stand_higher_and_none_outside(a in -500.0..500.0_f64, b in -500.0..500.0_f64) {
            let (low, high) = round_range([a].into_iter(), (80.0, 120.0), 10.0);
            let values = Values { low, high, top: 20.0, bottom: 120.0 };
            prop_assert!(low <= a && a <= high);
            prop_assert!((20.0..=120.0).contains(&values.y(b)));
            prop_assert!(a <= b || values.y(a) <= values.y(b));
        }
    }
}

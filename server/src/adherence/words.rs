//! Adherence as people read it: never a percentage without its denominator.

use super::figures::Figures;
use super::rules::{Adherence, Band};
use crate::http::format::number;

/// An adherence in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdherenceWords {
    /// `12 of 14`, or that nothing was due.
    pub share: String,
    /// `86 %`, or why there is no judgement yet.
    pub percent: Option<String>,
    /// Where it lies.
    pub band: Option<BandWords>,
    /// What does not show in the share: open, excused, late, partial, missed, declined.
    pub rest: Vec<String>,
}

/// A band by symbol, word and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BandWords {
    /// Names the symbol and the colour.
    pub key: &'static str,
    /// The word.
    pub word: &'static str,
    /// What the band spans.
    pub range: &'static str,
}

fn band(band: Band) -> BandWords {
    match band {
        Band::Good => BandWords {
            key: "good",
            word: "Good",
            range: "80 % or more",
        },
        Band::Watch => BandWords {
            key: "watch",
            word: "Watch",
            range: "50 % to below 80 %",
        },
        Band::Low => BandWords {
            key: "low",
            word: "Low",
            range: "below 50 %",
        },
    }
}

/// Whole percent; one digit more where rounding would say that a band was reached which was not.
fn below(percent: f64) -> String {
    let reaches = |line: f64| percent < line && percent.round() >= line;
    if reaches(80.0) || reaches(50.0) {
        return format!("{:.1} %", (percent * 10.0).floor() / 10.0);
    }
    format!("{percent:.0} %")
}

impl From<&Adherence> for AdherenceWords {
    fn from(value: &Adherence) -> Self {
        let share = match value.denominator {
            0 => "nothing due".to_owned(),
            due => format!("{} of {due}", number(value.numerator, 1)),
        };
        let percent = match (value.interval_pct, value.value_pct) {
            (Some([low, high]), _) => Some(format!("too early: {low:.0}–{high:.0} %")),
            (None, Some(percent)) => Some(below(percent)),
            (None, None) => None,
        };
        Self {
            share,
            percent,
            band: value.band.map(band),
            rest: rest(value),
        }
    }
}

impl From<&Figures> for AdherenceWords {
    /// Session adherence, with what else is worth a word.
    fn from(figures: &Figures) -> Self {
        let mut words = Self::from(&figures.session);
        let on_time = &figures.on_time;
        if on_time.denominator > 0.0 {
            words.rest.push(format!(
                "{} of {} done on time",
                on_time.numerator, on_time.denominator
            ));
        }
        if figures.undeliverable > 0 {
            words.rest.push(format!(
                "{} of the missed could not be reminded of",
                figures.undeliverable
            ));
        }
        match figures.streak.as_ref().map_or(0, |streak| streak.days) {
            0 => {}
            1 => words.rest.push("all done on the last day".to_owned()),
            days => words.rest.push(format!("all done {days} days in a row")),
        }
        words
    }
}

fn rest(value: &Adherence) -> Vec<String> {
    let counts = [
        (value.late, "late, counted as done"),
        (value.partial, "done in part"),
        (value.missed, "missed"),
        (value.declined, "skipped"),
        (value.open, "still open, not counted"),
        (value.excused, "excused, not counted"),
    ];
    counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::adherence::Tally;
    use crate::reminders::state::State;

    fn words(rows: &[(State, u64, f64)]) -> AdherenceWords {
        let mut tally = Tally::default();
        for (state, count, sum) in rows {
            tally.add(*state, *count, *sum);
        }
        AdherenceWords::from(&tally.adherence(date(2026, 3, 1), date(2026, 3, 7)))
    }

    #[test]
    fn rounding_never_says_that_a_band_was_reached() {
        assert_eq!(below(79.98), "79.9 %");
        assert_eq!(below(80.0), "80 %");
        assert_eq!(below(49.6), "49.6 %");
        assert_eq!(below(66.7), "67 %");
    }

    #[test]
    fn a_percentage_comes_with_its_denominator_and_a_band() {
        let words = words(&[
            (State::Done, 12, 12.0),
            (State::Missed, 2, 0.0),
            (State::Excused, 1, 0.0),
        ]);
        assert_eq!(
            (words.share.as_str(), words.percent.as_deref()),
            ("12 of 14", Some("86 %"))
        );
        assert_eq!(words.band.map(|band| band.key), Some("good"));
        assert_eq!(words.rest, ["2 missed", "1 excused, not counted"]);
    }

    #[test]
    fn few_are_too_early_and_none_is_nothing_due() {
        let few = words(&[(State::Done, 4, 4.0), (State::Missed, 1, 0.0)]);
        assert_eq!(
            (few.share.as_str(), few.percent.as_deref()),
            ("4 of 5", Some("too early: 38–96 %"))
        );
        assert_eq!(few.band, None);
        let none = words(&[(State::Planned, 3, 0.0)]);
        assert_eq!((none.share.as_str(), none.percent), ("nothing due", None));
    }
}

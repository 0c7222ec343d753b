//! How many days a page looks back on: four weeks or twelve.

use crate::error::{Error, Result};

/// Days a page looks back on, today included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Four weeks.
    Days28,
    /// Twelve weeks.
    Days84,
}

impl Span {
    /// Each of them, as the switch offers them.
    pub const ALL: [Self; 2] = [Self::Days28, Self::Days84];

    /// The span a query names; `usual` when it names none.
    ///
    /// # Errors
    /// Invalid when it is neither of them.
    pub fn of(days: Option<&str>, usual: Self) -> Result<Self> {
        match days {
            None => Ok(usual),
            Some("28") => Ok(Self::Days28),
            Some("84") => Ok(Self::Days84),
            Some(_) => Err(Error::field("?days", "must be 28 or 84")),
        }
    }

    /// The number of days.
    pub fn days(self) -> i32 {
        match self {
            Self::Days28 => 28,
            Self::Days84 => 84,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_28_or_84_days_and_nothing_else() {
        assert_eq!(Span::of(None, Span::Days84).unwrap(), Span::Days84);
        for span in Span::ALL {
            let days = span.days().to_string();
            assert_eq!(Span::of(Some(&days), Span::Days28).unwrap(), span);
        }
        for wrong in ["", "7", "028", "84 ", "-28", "1e9"] {
            let error = Span::of(Some(wrong), Span::Days28).unwrap_err();
            assert_eq!(error.errors[0].pointer, "?days", "{wrong}");
        }
    }
}

//! Which footwear was handed over when: what sessions are to be worn in, and where baselines begin anew.

use gait::SessionSummary;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::store::care_events::{CareEvent, CareEventKind};
use crate::store::wear::TagKind;

/// What is kept with an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventDetail {
    /// The orthotic, as sessions name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orthotic_id: Option<String>,
    /// The pair of shoes, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shoe_id: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl EventDetail {
    /// Reads a stored detail; what is not one says nothing.
    pub fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// Footwear handed over on a date.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Issue {
    date: Date,
    kind: TagKind,
    tag: Option<String>,
}

/// What a patient was given, by the events that stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footwear {
    issues: Vec<Issue>,
    resets: Vec<Date>,
}

impl Footwear {
    /// Reads events in the order of their dates.
    ///
    /// # Errors
    /// When a stored date is none.
    pub fn of<'a>(standing: impl IntoIterator<Item = &'a CareEvent>) -> Result<Self> {
        let mut found = Self::default();
        for event in standing {
            let date = event.event_date.date().map_err(Error::internal)?;
            let detail = EventDetail::parse(&event.detail);
            let issued = match event.kind {
                CareEventKind::OrthoticIssued => Some((TagKind::Orthotic, detail.orthotic_id)),
                CareEventKind::ShoeIssued => Some((TagKind::Shoe, detail.shoe_id)),
                CareEventKind::Surgery | CareEventKind::Fall | CareEventKind::Visit => None,
            };
            if issued.is_some() || event.kind == CareEventKind::Surgery {
                found.resets.push(date);
            }
            if let Some((kind, tag)) = issued {
                found.issues.push(Issue { date, kind, tag });
            }
        }
        found.issues.sort_by_key(|issue| issue.date);
        found.resets.sort_unstable();
        Ok(found)
    }

    /// The footwear of a kind to be worn on a date: the last handed over until then. `None` when none was, or the
    /// record does not say how sessions name it.
    pub fn tag_on(&self, kind: TagKind, date: Date) -> Option<&str> {
        let of_kind = |issue: &&Issue| issue.kind == kind && issue.date <= date;
        self.issues.iter().rfind(of_kind)?.tag.as_deref()
    }

    /// Whether a session of a date was walked in other footwear than was handed over. One that names nothing is not
    /// known to be in it. On the day it is handed over, both are worn.
    pub fn differs(&self, date: Date, orthotic: Option<&str>, shoe: Option<&str>) -> bool {
        let other = |kind: TagKind, worn: Option<&str>| {
            let today = |issue: &Issue| issue.kind == kind && issue.date == date;
            !self.issues.iter().any(today)
                && self
                    .tag_on(kind, date)
                    .is_some_and(|wanted| worn != Some(wanted))
        };
        other(TagKind::Orthotic, orthotic) || other(TagKind::Shoe, shoe)
    }

    /// The same of a summary.
    pub fn differs_from(&self, date: Date, summary: &SessionSummary) -> bool {
        let (orthotic, shoe) = (summary.orthotic_id.as_deref(), summary.shoe_id.as_deref());
        self.differs(date, orthotic, shoe)
    }

    /// Where the patient's own baselines last began anew, by `date`: new orthotics, new shoes or an operation.
    pub fn last_reset(&self, date: Date) -> Option<Date> {
        self.resets.iter().rfind(|reset| **reset <= date).copied()
    }

    /// The dates on which baselines begin anew, in order.
    pub fn resets(&self) -> &[Date] {
        &self.resets
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn issued(day: i8, kind: TagKind, tag: Option<&str>) -> Issue {
        Issue {
            date: date(2026, 9, day),
            kind,
            tag: tag.map(str::to_owned),
        }
    }

    fn footwear(issues: &[Issue]) -> Footwear {
        Footwear {
            issues: issues.to_vec(),
            resets: issues.iter().map(|issue| issue.date).collect(),
        }
    }

    #[test]
    fn the_last_handed_over_is_to_be_worn_from_the_next_day_on() {
        let given = footwear(&[
            issued(1, TagKind::Orthotic, Some("first")),
            issued(9, TagKind::Orthotic, Some("second")),
        ]);
        let differs = |day: i8, worn: Option<&str>| given.differs(date(2026, 9, day), worn, None);
        assert!(!differs(1, None), "the day itself");
        assert!(differs(2, None) && differs(2, Some("second")) && !differs(2, Some("first")));
        assert!(!differs(9, Some("first")) && differs(10, Some("first")));
        assert_eq!(
            given.tag_on(TagKind::Orthotic, date(2026, 9, 9)),
            Some("second")
        );
        assert_eq!(given.tag_on(TagKind::Shoe, date(2026, 9, 9)), None);
        assert_eq!(given.last_reset(date(2026, 9, 8)), Some(date(2026, 9, 1)));
        assert_eq!(given.last_reset(date(2026, 8, 31)), None);
    }

    #[test]
    fn footwear_without_a_name_says_nothing_about_sessions() {
        let given = footwear(&[issued(1, TagKind::Shoe, None)]);
        assert!(!given.differs(date(2026, 9, 5), None, Some("any")));
        assert_eq!(given.last_reset(date(2026, 9, 5)), Some(date(2026, 9, 1)));
    }
}

//! Which section of the worklist a patient is in: pure, the first that holds (care.md 6.2).

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::adherence::{Adherence, Band};
use crate::error::FieldError;
use crate::store::alerts::Severity;
use crate::store::types::text_enum;

/// Version of these rules, given with every row.
pub const VERSION: &str = "worklist-2";

text_enum! {
    /// A section of the worklist, in order.
    Section {
        /// Somebody may come to harm.
        Safety = "safety",
        /// Pain, function or walking went the wrong way.
        Worse = "worse",
        /// Somebody wrote and waits for an answer.
        Messages = "messages",
        /// Whole days missed in a row.
        Stopped = "stopped",
        /// Nothing is heard, or nothing arrives.
        Silent = "silent",
        /// Less than half of what was due.
        Low = "low",
        /// The plan wants a decision.
        Housekeeping = "housekeeping",
        /// Something to be glad of.
        Good = "good",
        /// None of these.
        OnTrack = "on_track",
        /// Nothing is asked at the moment: paused, or not in care.
        Rest = "rest",
    }
}

/// Thresholds of the worklist; each clinic's own, all with a default, all shown with the list.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorklistRules {
    /// Days without an insole session, for a patient who walked with them in the 28 days before, 1 to 28.
    #[schema(minimum = 1, maximum = 28, default = 3)]
    pub insole_quiet_days: u8,
    /// Days before a plan's last day on which its end is shown, 1 to 60.
    #[schema(minimum = 1, maximum = 60, default = 7)]
    pub plan_ends_days: u8,
    /// Days over which good adherence is good news, 7 to 28.
    #[schema(minimum = 7, maximum = 28, default = 14)]
    pub good_days: u8,
    /// New alerts a clinician can see to in a day; above it the list says so, 1 to 200.
    #[schema(minimum = 1, maximum = 200, default = 20)]
    pub alerts_a_day: u8,
}

impl Default for WorklistRules {
    fn default() -> Self {
        Self {
            insole_quiet_days: 3,
            plan_ends_days: 7,
            good_days: 14,
            alerts_a_day: 20,
        }
    }
}

impl WorklistRules {
    /// What breaks a rule.
    pub fn violations(&self, at: &str) -> Vec<FieldError> {
        let all = [
            ("insole_quiet_days", self.insole_quiet_days, 1, 28),
            ("plan_ends_days", self.plan_ends_days, 1, 60),
            ("good_days", self.good_days, 7, 28),
            ("alerts_a_day", self.alerts_a_day, 1, 200),
        ];
        all.into_iter()
            .filter(|(_, value, low, high)| !(*low..=*high).contains(value))
            .map(|(name, _, low, high)| {
                FieldError::new(format!("{at}/{name}"), format!("must be {low} to {high}"))
            })
            .collect()
    }
}

/// The section of an alert. One of a rule this list does not know is shown where its severity puts it: nothing is lost.
pub fn section_of(rule: &str, severity: Severity) -> Section {
    if severity == Severity::Critical {
        return Section::Safety;
    }
    match rule.split(':').next().unwrap_or_default() {
        "red_flag" | "fall" => Section::Safety,
        "pain_spike" | "pain" | "pain_persists" | "pain_worse" | "function_fall"
        | "gait_change" => Section::Worse,
        "score_better" => Section::Good,
        "missed_days" => Section::Stopped,
        "silent" | "unreachable" => Section::Silent,
        "resume_question" | "progression" | "suggestion" => Section::Housekeeping,
        _ if severity == Severity::High => Section::Worse,
        _ => Section::Housekeeping,
    }
}

/// What is known of a patient besides alerts.
#[derive(Debug, Clone)]
pub struct Known {
    /// The patient's date.
    pub today: Date,
    /// The last seven days.
    pub week: Adherence,
    /// The last [`WorklistRules::good_days`].
    pub longer: Adherence,
    /// When the newest insole session began.
    pub last_session_at: Option<Timestamp>,
    /// Whether there is a plan with lines.
    pub has_plan: bool,
    /// The last day on which any line of the plan asks for something; none when one has no end.
    pub plan_ends_on: Option<Date>,
}

/// A section with what puts the patient there.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// The insoles were worn until then.
    InsoleQuiet(Timestamp),
    /// Little of what was due.
    Low,
    /// No plan yet.
    NoPlan,
    /// Nothing more is planned after that day.
    PlanEnds(Date),
    /// Most of what was due, for long.
    Good,
    /// None of it.
    OnTrack,
}

impl Found {
    /// Where it belongs.
    pub fn section(&self) -> Section {
        match self {
            Self::InsoleQuiet(_) => Section::Silent,
            Self::Low => Section::Low,
            Self::NoPlan | Self::PlanEnds(_) => Section::Housekeeping,
            Self::Good => Section::Good,
            Self::OnTrack => Section::OnTrack,
        }
    }

    /// What was seen, for telling whether it is the same still: a review holds until this changes.
    pub fn evidence(&self, known: &Known) -> String {
        match self {
            Self::InsoleQuiet(at) => format!("insole {at}"),
            // Ten points further down is news.
            Self::Low => format!("low {}", tens(known.week.value_pct)),
            Self::NoPlan => "no plan".to_owned(),
            Self::PlanEnds(on) => format!("ends {on}"),
            Self::Good => "good".to_owned(),
            Self::OnTrack => "on track".to_owned(),
        }
    }

    /// How long a review holds at most: until what it was about has wholly been replaced.
    pub fn lasts(&self, rules: &WorklistRules) -> SignedDuration {
        let days = match self {
            Self::Good => i64::from(rules.good_days),
            Self::InsoleQuiet(_) | Self::Low | Self::NoPlan | Self::PlanEnds(_) | Self::OnTrack => {
                7
            }
        };
        SignedDuration::from_hours(24 * days)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a percentage")]
fn tens(percent: Option<f64>) -> i64 {
    percent.map_or(0, |percent| (percent / 10.0).floor() as i64)
}

/// How long before today a session counts as a habit that stopped.
const WORE_BEFORE: SignedDuration = SignedDuration::from_hours(24 * 28);

/// What holds of a patient without an alert, the most pressing first.
pub fn found(known: &Known, rules: &WorklistRules, now: Timestamp) -> Vec<Found> {
    let mut all = Vec::new();
    let quiet = SignedDuration::from_hours(24 * i64::from(rules.insole_quiet_days));
    if let Some(at) = known.last_session_at {
        let since = now.duration_since(at);
        if since >= quiet && since < WORE_BEFORE {
            all.push(Found::InsoleQuiet(at));
        }
    }
    if known.week.band == Some(Band::Low) {
        all.push(Found::Low);
    }
    if !known.has_plan {
        all.push(Found::NoPlan);
    }
    let soon = known
        .today
        .saturating_add(jiff::Span::new().days(i64::from(rules.plan_ends_days)));
    if let Some(end) = known.plan_ends_on.filter(|end| *end <= soon) {
        all.push(Found::PlanEnds(end));
    }
    if known.longer.band == Some(Band::Good) {
        all.push(Found::Good);
    }
    all.push(Found::OnTrack);
    all
}

#[cfg(test)]
mod tests;

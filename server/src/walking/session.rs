//! One session: why its score is what it is, and the same by the engine of now beside it.

use super::view::{Seen, SessionView};
use crate::error::Result;
use crate::http::format::{fixed, number, plus_minus};
use crate::insoles::explain::rules::{
    Band, CurrentScore, ExplainedPart, ExplainedScore, Explanation, Sign, explain,
};
use crate::store::insoles::InsoleSession;

/// One part of a score, by what was kept and by the engine of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartRow {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) band: Option<String>,
    pub(super) side: &'static str,
    pub(super) distance: String,
    pub(super) share: String,
    pub(super) largest: bool,
}

impl PartRow {
    fn of(part: &ExplainedPart) -> Self {
        Self {
            name: part.name.clone(),
            value: format!("{} {}", number(part.value, 2), part.unit),
            band: part.band.map(band),
            side: match part.sign {
                Sign::Above => "above",
                Sign::Below => "below",
                Sign::At => "on",
            },
            distance: plus_minus(part.z.abs(), part.z_se),
            share: format!("{} %", fixed(part.share_pct, 0)),
            largest: part.largest,
        }
    }
}

fn band(band: Band) -> String {
    format!(
        "{} to {}, mean {}",
        number(band.low, 2),
        number(band.high, 2),
        number(band.mean, 2)
    )
}

/// A score by one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) versions: String,
    pub(super) score: Option<String>,
    pub(super) smallest_change: Option<String>,
    pub(super) strides: Option<u64>,
    pub(super) parts: Vec<PartRow>,
}

impl Column {
    fn of(
        title: &'static str,
        (engine, norms): (&str, &str),
        score: Option<ExplainedScore>,
        parts: &[ExplainedPart],
    ) -> Self {
        Self {
            title,
            versions: format!("{engine} / {norms}"),
            score: score.map(|score| plus_minus(score.points, score.se)),
            smallest_change: score.map(|score| number(score.smallest_change, 0)),
            strides: score.map(|score| score.strides),
            parts: parts.iter().map(PartRow::of).collect(),
        }
    }

    fn current(current: &CurrentScore) -> Self {
        let version = (&*current.version.engine, &*current.version.norms);
        Self::of(
            "By the engine of now",
            version,
            current.score,
            &current.contributions,
        )
    }
}

/// What the kept score is to the engine of now, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Names symbol and colour.
    pub(super) key: &'static str,
    pub(super) words: String,
}

/// Everything the page of a session shows.
#[derive(Debug, Clone)]
pub(super) struct Why {
    pub(super) session: SessionView,
    pub(super) explained: Explanation,
    pub(super) columns: Vec<Column>,
    pub(super) verdict: Verdict,
    pub(super) quality: Vec<(&'static str, String)>,
    pub(super) walked: String,
}

impl Why {
    /// Reads a stored session; nothing is changed by looking.
    pub(super) fn of(row: &InsoleSession, seen: Seen<'_>) -> Result<Self> {
        let explained = explain(row)?;
        let version = (&*explained.version.engine, &*explained.version.norms);
        let kept = Column::of(
            "As it is kept",
            version,
            explained.score,
            &explained.contributions,
        );
        let now = explained.current.as_ref().map(Column::current);
        Ok(Self {
            session: SessionView::of(row, seen),
            columns: [Some(kept), now].into_iter().flatten().collect(),
            verdict: verdict(&explained),
            quality: quality(&explained),
            walked: walked(&explained),
            explained,
        })
    }
}

/// Two scores of one session differ by what the versions do, so the error of measurement is no yardstick: the difference is told.
fn verdict(explained: &Explanation) -> Verdict {
    let say = |key, words: String| Verdict { key, words };
    let Some(current) = &explained.current else {
        return match explained.reproduced {
            Some(true) if explained.score.is_none() => say(
                "good",
                "The engine of now comes to the same from the stored steps: no score.".to_owned(),
            ),
            Some(true) => say(
                "good",
                "The engine of now gives the same number from the stored steps, to the last digit."
                    .to_owned(),
            ),
            _ => say(
                "watch",
                "The stored steps do not give the stored number. Tell whoever runs this server."
                    .to_owned(),
            ),
        };
    };
    match (explained.score, current.score) {
        (Some(kept), Some(now)) => say(
            "unknown",
            format!(
                "Another version made the score. The engine of now makes {} points of the same steps, a difference of {}. The kept one stays; only scores of one version compare.",
                fixed(now.points, 1),
                fixed(now.points - kept.points, 1)
            ),
        ),
        (Some(_), None) => say(
            "unknown",
            "Another version made the score. The engine of now makes none of the same steps. The kept one stays.".to_owned(),
        ),
        (None, Some(now)) => say(
            "unknown",
            format!(
                "Another version made no score. The engine of now makes {} points of the same steps. Nothing is rewritten.",
                fixed(now.points, 1)
            ),
        ),
        (None, None) => say(
            "unknown",
            "Another version judged this session, and neither it nor the engine of now makes a score of it.".to_owned(),
        ),
    }
}

fn walked(explained: &Explanation) -> String {
    let inputs = &explained.inputs;
    format!(
        "{} min recorded, {} min of them walking; {} steps left, {} right; {} and {} strides used",
        number(inputs.duration_s / 60.0, 1),
        number(inputs.walking_s / 60.0, 1),
        inputs.steps.left,
        inputs.steps.right,
        inputs.strides_used.left,
        inputs.strides_used.right
    )
}

fn quality(explained: &Explanation) -> Vec<(&'static str, String)> {
    let quality = &explained.quality;
    let none_or = |all: &[String], none: &str| {
        if all.is_empty() {
            none.to_owned()
        } else {
            all.join(", ").replace('_', " ")
        }
    };
    let [left, right] = quality.missing_pct;
    vec![
        (
            "Missing samples",
            format!("left {} %, right {} %", number(left, 1), number(right, 1)),
        ),
        (
            "Clocks of the insoles",
            quality.sync_ms.map_or_else(
                || "agreement not known".to_owned(),
                |ms| format!("agree within {} ms", number(ms, 1)),
            ),
        ),
        (
            "Sensors that did not work",
            none_or(&quality.dead_sensors, "none noticed"),
        ),
        ("Noticed", none_or(&quality.flags, "nothing")),
        (
            "Parts of the score",
            format!(
                "{} of {}{}",
                quality.parts_present,
                quality.parts_total,
                if quality.parts_missing.is_empty() {
                    String::new()
                } else {
                    format!("; not measured: {}", quality.parts_missing.join(", "))
                }
            ),
        ),
    ]
}

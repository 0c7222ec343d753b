//! Side to side over days: the pattern a leg-length difference would also make, and uneven standing over a week.

use crate::norms::norms;
use crate::observation::{Confidence, Evidence, Observation};
use crate::recording::Side;

use super::baseline::mean_variance;
use super::day::Day;
use super::{comparable, evidence, owned};

/// Observation id of the lasting pattern.
pub const LEG_LENGTH_PATTERN: &str = "side_to_side_pattern_consistent_with_leg_length";
/// Observation id of uneven standing.
pub const STANDING_UNEVEN: &str = "standing_load_uneven";

/// Dates looked back for the pattern (A).
const PATTERN_DATES: i64 = 28;
/// Days on which the whole pattern must be seen (A).
const PATTERN_DAYS: usize = 5;
/// Share of the days that can show it on which it must be seen (A).
const PATTERN_SHARE: f64 = 0.70;
/// Days and share from which it is more than a hint (A).
const FIRM: (usize, f64) = (10, 0.85);
/// Standing share towards the short side, median over days, percent (A).
const SHORT_SIDE_PCT: f64 = 53.0;
/// Pain on one leg above this makes the same pattern, 0 to 10 (A).
const MAX_PAIN: u8 = 3;
/// Standing time below which the share says nothing, s: relaxed standing is uneven from moment to moment (Prado-Rico &
/// Duarte 2019, S; the time is A).
const STANDING_S: f64 = 600.0;
/// Dates of the standing rule, days it needs, and points from 50 % that are notable (A).
const WEEK_DATES: i64 = 7;
const WEEK_DAYS: usize = 3;
const STANDING_POINTS: f64 = 5.0;
/// A limit is passed by this many standard errors (one-sided 95 %).
const SURE: f64 = 1.645;

/// The words that always go with the pattern.
pub const LEG_LENGTH_TEXT: &str = "A side-to-side pattern that can also be caused by pain, strength, footwear or insole placement. Leg length can only be established by examination or imaging.";

/// The long-leg candidate of a day: longer stance on one side while the other carries more.
struct Signs {
    si_stance: f64,
    long: Option<Side>,
}

/// The pattern that a difference in leg length would also make, if every condition of docs/GAIT.md holds.
#[must_use]
pub fn pattern(days: &[Day]) -> Option<Observation> {
    let days = comparable(days);
    let last = days.last()?.date;
    let days: Vec<&Day> = days
        .into_iter()
        .filter(|d| d.date > last - PATTERN_DATES)
        .collect();
    if days
        .iter()
        .any(|d| d.notes.one_leg_pain.is_some_and(|p| p > MAX_PAIN))
    {
        return None;
    }
    let able: Vec<(&Day, Signs)> = days.iter().filter_map(|d| Some((*d, signs(d)?))).collect();
    Side::BOTH.into_iter().find_map(|long| {
        let shown: Vec<&(&Day, Signs)> =
            able.iter().filter(|(_, s)| s.long == Some(long)).collect();
        let share = shown.len() as f64 / able.len().max(1) as f64;
        let standing = towards(&able, long.other())?;
        let holds =
            shown.len() >= PATTERN_DAYS && share >= PATTERN_SHARE && standing > SHORT_SIDE_PCT;
        holds.then(|| observe(long, &shown, able.len(), standing))
    })
}

/// What a day shows; `None` when it cannot show the pattern: values missing, clocks or shoes unknown.
fn signs(day: &Day) -> Option<Signs> {
    let limit = |id: &str, of: fn(&crate::norms::Reference) -> Option<f64>| {
        norms().of(id).and_then(|(r, _)| of(r))
    };
    let stance_limit = limit("si_stance_pct", |r| r.p95)?;
    let si_stance = day.sound("si_stance_pct")?.value;
    let loads: Vec<(f64, f64)> = ["si_f1_pct", "si_impulse_pct"]
        .into_iter()
        .filter_map(|id| Some((day.sound(id)?.value, limit(id, |r| r.p80)?)))
        .collect();
    if loads.is_empty() || !day.sync_ok || day.notes.same_shoes != Some(true) {
        return None;
    }
    let side = if si_stance >= 0.0 {
        Side::Right
    } else {
        Side::Left
    };
    // Positive indices mean right: the other side carries more when the load index points the other way.
    let opposed = loads
        .iter()
        .any(|(si, p80)| si.abs() > *p80 && si.signum() != si_stance.signum());
    Some(Signs {
        si_stance,
        long: (si_stance.abs() > stance_limit && opposed).then_some(side),
    })
}

/// Median over days of the standing share under one foot; `None` with too little standing.
fn towards(days: &[(&Day, Signs)], side: Side) -> Option<f64> {
    let standing: Vec<_> = days.iter().filter_map(|(d, _)| d.notes.standing).collect();
    let seconds: f64 = standing.iter().map(|s| s.seconds).sum();
    let mut shares: Vec<f64> = standing
        .iter()
        .map(|s| match side {
            Side::Left => s.left_pct,
            Side::Right => 100.0 - s.left_pct,
        })
        .collect();
    super::ranks::median(&mut shares).filter(|share| seconds >= STANDING_S && share.is_finite())
}

fn observe(long: Side, shown: &[&(&Day, Signs)], able: usize, standing: f64) -> Observation {
    let short = long.other();
    let (mean, se) = mean_se(shown.iter().map(|(_, s)| s.si_stance));
    let firm = shown.len() >= FIRM.0 && shown.len() as f64 >= FIRM.1 * able as f64;
    let limit = norms().of("si_stance_pct").and_then(|(r, _)| r.p95);
    let reference = format!(
        "95 of 100 people of the reference group stay below this; seen on {} of {able} days; standing load under the {} foot {standing:.1} % (median, limit {SHORT_SIDE_PCT} %); n counts days",
        shown.len(),
        short.as_str(),
    );
    Observation {
        id: LEG_LENGTH_PATTERN.to_owned(),
        sentence: format!(
            "On {} of {able} days stance lasted longer on the {} foot while the {} foot carried more. {LEG_LENGTH_TEXT}",
            shown.len(),
            long.as_str(),
            short.as_str(),
        ),
        evidence: vec![evidence(
            "si_stance_pct",
            mean,
            se,
            shown.len(),
            limit,
            reference,
        )],
        could_also_be: owned(&[
            "pain or caution on one leg that was not reported",
            "a difference in strength or mobility between the legs",
            "shoes worn down unequally, or insoles that lie differently",
            "a difference in gain between the two insoles",
            "a habit without any complaint",
        ]),
        would_raise_confidence: owned(&[
            "an examination by the clinician",
            "the same days with the insoles exchanged between the shoes",
            "a recorded trial with a heel lift",
        ]),
        confidence: if firm {
            Confidence::Medium
        } else {
            Confidence::Low
        },
    }
}

/// Uneven standing over the last seven dates.
#[must_use]
pub fn standing(days: &[Day]) -> Option<Observation> {
    let last = days.iter().map(|d| d.date).max()?;
    let shares: Vec<(f64, f64)> = days
        .iter()
        .filter(|d| d.date > last - WEEK_DATES)
        .filter_map(|d| d.notes.standing)
        .map(|s| (s.left_pct, s.seconds))
        .filter(|(share, seconds)| (0.0..=100.0).contains(share) && *seconds > 0.0)
        .collect();
    let seconds: f64 = shares.iter().map(|s| s.1).sum();
    if shares.len() < WEEK_DAYS || seconds < STANDING_S || !seconds.is_finite() {
        return None;
    }
    let mean = shares.iter().map(|(share, s)| share * s).sum::<f64>() / seconds;
    let (_, se) = mean_se(shares.iter().map(|s| s.0));
    let apart = (mean - 50.0).abs();
    (apart - SURE * se > STANDING_POINTS).then(|| uneven(mean, se, shares.len(), seconds))
}

fn uneven(mean: f64, se: f64, days: usize, seconds: f64) -> Observation {
    let (side, share) = if mean >= 50.0 {
        (Side::Left, mean)
    } else {
        (Side::Right, 100.0 - mean)
    };
    Observation {
        id: STANDING_UNEVEN.to_owned(),
        sentence: format!(
            "While standing, {share:.0} % of the load was under the {} foot over {:.0} minutes of {days} days.",
            side.as_str(),
            seconds / 60.0,
        ),
        evidence: vec![Evidence {
            metric: "standing_share_left_pct".to_owned(),
            value: mean,
            unit: "% of the load".to_owned(),
            se,
            n: days as u64,
            limit: Some(if mean >= 50.0 { 50.0 + STANDING_POINTS } else { 50.0 - STANDING_POINTS }),
            reference: "5 points from even, over a week; people misjudge even loading by about 3 points; n counts days".to_owned(),
            source: "choice; variability of relaxed standing: Prado-Rico & Duarte 2019".to_owned(),
            standing: "A".to_owned(),
        }],
        could_also_be: owned(&[
            "a habit: relaxed standing has a preferred leg",
            "a workplace that asks for it",
            "pain or caution on one leg",
            "a difference in gain between the two insoles",
        ]),
        would_raise_confidence: owned(&[
            "quiet standing on both feet for a minute, looking ahead",
            "the same week with the insoles exchanged between the shoes",
        ]),
        confidence: if days >= WEEK_DATES as usize { Confidence::Medium } else { Confidence::Low },
    }
}

/// Mean over days and its standard error, neighbouring days resembling each other.
fn mean_se(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let ss: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let sd = (ss / (n - 1.0).max(1.0)).sqrt();
    (mean, sd * mean_variance(values.len()).sqrt())
}

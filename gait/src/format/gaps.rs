//! What to say about missing samples: each long gap by itself, the short ones together, so that a day with thousands of
//! lost packets does not become thousands of issues.

use std::ops::Range;

use crate::issue::{Issue, IssueCode};
use crate::recording::Side;

/// Gaps up to this length are told together, s.
const SHORT_S: f64 = 0.1;
/// Most long gaps told one by one.
const MOST: usize = 20;

/// Issues of the gaps of one foot, or of both feet (`side` is `None`).
pub(super) fn issues(
    code: IssueCode,
    side: Option<Side>,
    gaps: &[Range<usize>],
    sampling_hz: f64,
) -> Vec<Issue> {
    let is_long = |gap: &&Range<usize>| gap.len() as f64 / sampling_hz > SHORT_S;
    let mut told: Vec<Issue> = gaps
        .iter()
        .filter(is_long)
        .take(MOST)
        .map(|gap| one(code, gap, sampling_hz))
        .collect();
    let rest: Vec<&Range<usize>> = gaps
        .iter()
        .filter(|g| !is_long(g))
        .chain(gaps.iter().filter(is_long).skip(MOST))
        .collect();
    match rest.as_slice() {
        [] => {}
        [gap] => told.push(one(code, gap, sampling_hz)),
        many => {
            let samples: usize = many.iter().map(|gap| gap.len()).sum();
            let longest = many.iter().map(|gap| gap.len()).max().unwrap_or(0) as f64 / sampling_hz;
            let detail = format!(
                "{} gaps of {samples} samples together are missing, the longest {longest:.2} s",
                many.len()
            );
            told.push(Issue::new(code, detail));
        }
    }
    for issue in &mut told {
        issue.side = side;
    }
    told
}

/// Issues of the missing samples of one foot: a late start, and gaps inside.
pub(super) fn one_sided(side: Side, missing: &[Range<usize>], sampling_hz: f64) -> Vec<Issue> {
    let at_start = usize::from(missing.first().is_some_and(|gap| gap.start == 0));
    let (start, inside) = missing.split_at(at_start);
    let mut told = issues(IssueCode::OneSidedStart, Some(side), start, sampling_hz);
    told.extend(issues(IssueCode::Gap, Some(side), inside, sampling_hz));
    told
}

fn one(code: IssueCode, gap: &Range<usize>, sampling_hz: f64) -> Issue {
    let (start_s, end_s) = (gap.start as f64 / sampling_hz, gap.end as f64 / sampling_hz);
    let many = if gap.len() == 1 {
        "1 sample is missing".to_owned()
    } else {
        format!("{} samples are missing", gap.len())
    };
    Issue::new(code, many).between(start_s, end_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_gaps_are_told_together_and_long_ones_by_place() {
        let told = issues(
            IssueCode::Gap,
            Some(Side::Left),
            &[1..3, 10..12, 50..150],
            100.0,
        );
        assert_eq!(told.len(), 2);
        assert_eq!(told.first().and_then(|i| i.start_s), Some(0.5));
        assert!(told.iter().all(|i| i.side == Some(Side::Left)));
        let thousand: Vec<_> = (0..1000).map(|k| k * 100..k * 100 + 50).collect();
        assert_eq!(
            issues(IssueCode::MissingRows, None, &thousand, 100.0).len(),
            MOST + 1
        );
    }
}

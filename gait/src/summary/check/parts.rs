//! Rules of the parts beside the moments.

use super::{Findings, MAX_DURATION_S, MAX_TEXT, member};
use crate::bouts::BoutClass;
use crate::layout;
use crate::metrics;
use crate::summary::{Exposure, FootPressure, SessionSummary};
use crate::text;

/// Most quality flags and dead sensors.
const MAX_CODES: usize = 32;
/// Most metrics with drift.
const MAX_DRIFT: usize = 16;
/// Rounding allowance of sums of seconds.
const SLACK_S: f64 = 1.0;
/// The shares of all regions sum to one within this, thousandths.
const SHARE_TOLERANCE_PERMILLE: u64 = 10;
/// Seconds of an hour.
const HOUR_S: f64 = 3600.0;
/// Sessions longer than this have hours, s.
const HOURLY_FROM_S: f64 = 2.0 * HOUR_S;

impl SessionSummary {
    pub(super) fn check_quality(&self, found: &mut Findings) {
        let q = &self.quality;
        for (index, pct) in q.missing_pct.iter().enumerate() {
            found.range(&format!("/quality/missing_pct/{index}"), *pct, 0.0, 100.0);
        }
        let longest = self.duration_s + SLACK_S;
        found.range("/quality/longest_gap_s", q.longest_gap_s, 0.0, longest);
        found.option("/quality/sync_ms", q.sync_ms, 0.0, 10_000.0);
        found.option(
            "/quality/body_weight_force",
            q.body_weight_force,
            50.0,
            5_000.0,
        );
        found.option("/quality/creep_pct", q.creep_pct, -90.0, 1_000.0);
        found.option("/quality/saturated_pct", q.saturated_pct, 0.0, 100.0);
        for (pointer, codes) in [
            ("/quality/dead_sensors", &q.dead_sensors),
            ("/quality/flags", &q.flags),
        ] {
            found.unless(codes.len() <= MAX_CODES, pointer, "has at most 32 entries");
            for (i, code) in codes.iter().enumerate().take(MAX_CODES) {
                found.unless(
                    text::is_code(code, MAX_TEXT),
                    &format!("{pointer}/{i}"),
                    "is a snake_case code of at most 64 characters",
                );
            }
        }
    }

    pub(super) fn check_exposure(&self, found: &mut Findings) {
        let Some(exposure) = &self.exposure else {
            return;
        };
        let within = self.duration_s + SLACK_S;
        found.range("/exposure/seconds", exposure.total_s() as f64, 0.0, within);
        found.unless(
            exposure.longest_standing_s <= exposure.seconds_of("standing"),
            "/exposure/longest_standing_s",
            "is not above the seconds of standing",
        );
        self.check_hours(exposure, found);
    }

    fn check_hours(&self, exposure: &Exposure, found: &mut Findings) {
        let Some(hourly) = &exposure.hourly else {
            return;
        };
        found.unless(
            self.duration_s > HOURLY_FROM_S,
            "/exposure/hourly",
            "is given only above two hours",
        );
        let hours = (self.duration_s.clamp(0.0, MAX_DURATION_S) / HOUR_S).ceil() as usize;
        for (name, length) in [
            ("walking_min", hourly.walking_min.len()),
            ("standing_min", hourly.standing_min.len()),
            ("steps", hourly.steps.len()),
        ] {
            found.unless(
                length <= hours,
                &format!("/exposure/hourly/{name}"),
                "has no more entries than the session has hours",
            );
        }
        let minutes = hourly.walking_min.iter().zip(&hourly.standing_min);
        for (hour, (walking, standing)) in minutes.enumerate().take(hours) {
            // Each is rounded to a minute.
            found.unless(
                u16::from(*walking) + u16::from(*standing) <= 61,
                &format!("/exposure/hourly/walking_min/{hour}"),
                "fits into the hour together with standing_min",
            );
        }
        for (name, minutes, seconds) in [
            (
                "walking_min",
                &hourly.walking_min,
                exposure.seconds_of("walking"),
            ),
            (
                "standing_min",
                &hourly.standing_min,
                exposure.seconds_of("standing"),
            ),
        ] {
            let sum: f64 = minutes.iter().map(|m| 60.0 * f64::from(*m)).sum();
            found.unless(
                (sum - f64::from(seconds)).abs() <= 30.0 * hours as f64 + 30.0,
                &format!("/exposure/hourly/{name}"),
                "sums to the seconds of the whole session",
            );
        }
        let steps: u64 = hourly.steps.iter().map(|n| u64::from(*n)).sum();
        found.unless(
            steps <= self.steps.left.saturating_add(self.steps.right),
            "/exposure/hourly/steps",
            "sums to no more than the steps of both feet",
        );
    }

    pub(super) fn check_bouts(&self, found: &mut Findings) {
        const CLASSES: [&str; 4] = ["up_to_10", "10_30", "30_60", "over_60"];
        const LIMITS_S: [f64; 5] = [0.0, 10.0, 30.0, 60.0, MAX_DURATION_S];
        let bouts = &self.bouts;
        let limits = LIMITS_S.windows(2);
        for ((name, class), limits) in CLASSES.iter().zip(bouts.classes()).zip(limits) {
            let &[low, high] = limits else { continue };
            let count = class.count() as f64;
            let pointer = format!("/bouts/{name}/1");
            found.range(&pointer, class.total_s(), count * low, count * high);
        }
        let strides = bouts
            .classes()
            .iter()
            .fold(0u64, |sum, c| sum.saturating_add(c.strides()));
        found.unless(
            strides
                == self
                    .strides
                    .left
                    .used
                    .saturating_add(self.strides.right.used),
            "/bouts",
            "holds all strides used",
        );
        found.range("/bouts", bouts.total_s(), 0.0, self.duration_s + SLACK_S);
        found.range(
            "/bouts/longest_s",
            bouts.longest_s,
            0.0,
            bouts.total_s() + SLACK_S,
        );
        let longest = bouts.classes().iter().rposition(|class| class.count() > 0);
        found.unless(
            longest.unwrap_or(0) == BoutClass::of(bouts.longest_s).index(),
            "/bouts/longest_s",
            "is of the longest class with a bout",
        );
        found.unless(
            bouts.durations.total() == bouts.count(),
            "/bouts/durations",
            "counts as many bouts as the classes",
        );
    }

    pub(super) fn check_pressure(&self, found: &mut Findings) {
        let used = self.strides.left.used.max(self.strides.right.used);
        if let Some([left, right]) = &self.cycles {
            found.unless(
                left.known() <= used && right.known() <= used,
                "/cycles",
                "counts no more stances than strides used",
            );
        }
        found.option("/scaling/0", self.scaling.map(|s| s.alpha), 0.0, 2.0);
        if let Some(scaling) = self.scaling {
            found.unless(
                scaling.n >= metrics::MIN_STRIDES_FRACTAL && scaling.n <= used,
                "/scaling/1",
                "is at least 600 and not above the strides used",
            );
        }
        let Some(pressure) = &self.pressure else {
            return;
        };
        let regions = layout::by_id(&self.device.layout_id).map(regions);
        for (side, foot) in [("left", &pressure.left), ("right", &pressure.right)] {
            if let Some(foot) = foot {
                check_foot(foot, used, regions, &format!("/pressure/{side}"), found);
            }
        }
    }

    pub(super) fn check_drift(&self, found: &mut Findings) {
        found.unless(
            self.drift.len() <= MAX_DRIFT,
            "/drift",
            "has at most 16 entries",
        );
        for (id, drift) in self.drift.iter().take(MAX_DRIFT) {
            let pointer = member("/drift", id);
            found.unless(metrics::def(id).is_some(), &pointer, "is a metric id");
            found.range(&format!("{pointer}/4"), drift.minutes, 0.0, 1_440.0);
            let ordered = drift.ci_low <= drift.slope_per_min
                && drift.slope_per_min <= drift.ci_high
                && drift.ci_low.is_finite()
                && drift.ci_high.is_finite();
            found.unless(
                ordered,
                &format!("{pointer}/0"),
                "lies between the ends of its interval",
            );
        }
    }

    pub(super) fn check_standing(&self, found: &mut Findings) {
        let Some(standing) = &self.standing else {
            return;
        };
        let within = self.duration_s + SLACK_S;
        found.range("/standing/duration_s", standing.duration_s, 0.0, within);
        found.range(
            "/standing/share_left_pct",
            standing.share_left_pct,
            0.0,
            100.0,
        );
        found.range("/standing/sd_pct", standing.sd_pct, 0.0, 100.0);
        let most = within.clamp(0.0, MAX_DURATION_S + SLACK_S) as u64;
        for (pointer, count) in [
            ("/standing/shifts", standing.shifts),
            ("/standing/fidgets", standing.fidgets),
        ] {
            found.unless(count <= most, pointer, "is at most one per second");
        }
        found.option(
            "/standing/quiet_s",
            standing.quiet_s,
            0.0,
            standing.duration_s + SLACK_S,
        );
        found.option("/standing/sway_rms", standing.sway_rms, 0.0, 1.0);
        found.option("/standing/sway_per_s", standing.sway_per_s, 0.0, 10.0);
    }
}

/// Number of different regions of a layout.
fn regions(layout: &layout::Layout) -> usize {
    let mut names: Vec<&str> = layout.sensors.iter().map(|s| s.region.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

fn check_foot(
    foot: &FootPressure,
    used: u64,
    regions: Option<usize>,
    pointer: &str,
    found: &mut Findings,
) {
    found.unless(
        foot.n >= 1 && foot.n <= used,
        &format!("{pointer}/n"),
        "is at least 1 and not above the strides used",
    );
    found.unless(
        foot.path.is_empty() || foot.path().is_some(),
        &format!("{pointer}/path"),
        "is four times 21 digits",
    );
    let pointer = format!("{pointer}/regions");
    let Some(loads) = foot.regions() else {
        found.unless(false, &pointer, "is three numbers of two digits per region");
        return;
    };
    found.unless(
        regions.is_none_or(|regions| regions == loads.len()),
        &pointer,
        "has one entry for each region of the layout",
    );
    let sum: u64 = loads.iter().map(|r| u64::from(r.share_permille)).sum();
    found.unless(
        sum.abs_diff(1000) <= SHARE_TOLERANCE_PERMILLE,
        &pointer,
        "has shares that sum to 1000 within 10",
    );
}

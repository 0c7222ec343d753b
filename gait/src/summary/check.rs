//! Semantic checks of an uploaded summary: everything serde lets through is judged here, nothing panics.

use std::collections::BTreeMap;

use super::{FootMoments, SCHEMA_VERSION, SessionSummary};
use crate::metrics::{self, Scope};
use crate::moments::Moments;
use crate::recording::Side;
use crate::strides::Exclusion;
use crate::text;

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Violation {
    /// JSON pointer (RFC 6901) of the value.
    pub pointer: String,
    /// The rule it breaks.
    pub rule: String,
}

/// Longest session accepted, s.
const MAX_DURATION_S: f64 = 86_400.0;
/// Longest text field, characters.
const MAX_TEXT: usize = 64;
/// Most quality flags.
const MAX_FLAGS: usize = 32;
/// No foot makes more initial contacts per second than this.
const MAX_STEPS_PER_S: f64 = 5.0;
/// Rounding allowance of identities, percentage points.
const IDENTITY_TOLERANCE_PP: f64 = 0.05;
/// Allowed distance of mean double support from stance left + stance right - 100, percentage points.
const DOUBLE_SUPPORT_TOLERANCE_PP: f64 = 3.0;

impl SessionSummary {
    /// Every broken rule, in document order; empty for a sound summary.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        let mut found = Findings::default();
        self.check_header(&mut found);
        self.check_scalars(&mut found);
        self.check_quality(&mut found);
        self.check_counts(&mut found);
        self.check_metrics(&mut found);
        self.check_identities(&mut found);
        found.0
    }

    fn check_header(&self, found: &mut Findings) {
        found.unless(
            self.schema_version == SCHEMA_VERSION,
            "/schema_version",
            "is 1",
        );
        for (pointer, value) in [
            ("/engine_version", Some(&self.engine_version)),
            ("/norms_version", Some(&self.norms_version)),
            ("/device/model", Some(&self.device.model)),
            ("/device/layout_id", Some(&self.device.layout_id)),
            ("/device/serial_left", self.device.serial_left.as_ref()),
            ("/device/serial_right", self.device.serial_right.as_ref()),
            ("/recording", self.recording.as_ref()),
        ] {
            if let Some(value) = value {
                found.unless(
                    text::is_plain(value, MAX_TEXT),
                    pointer,
                    "is 1 to 64 characters without control characters",
                );
            }
        }
        found.unless(
            text::is_uuid_v7(&self.session_id),
            "/session_id",
            "is a lower-case UUID version 7",
        );
        found.unless(
            text::is_utc_instant(&self.start_utc),
            "/start_utc",
            "is an RFC 3339 instant ending in Z",
        );
        found.unless(
            text::is_zone_name(&self.tz),
            "/tz",
            "has the shape of an IANA zone name",
        );
    }

    fn check_scalars(&self, found: &mut Findings) {
        found.range("/duration_s", self.duration_s, 0.0, MAX_DURATION_S);
        found.range("/sampling_hz", self.sampling_hz, 10.0, 10_000.0);
        found.range("/walking_s", self.walking_s, 0.0, self.duration_s + 1.0);
        let t = &self.thresholds;
        for (pointer, value) in [
            ("/thresholds/on_bw", t.on_bw),
            ("/thresholds/off_bw", t.off_bw),
            ("/thresholds/fc_bw", t.fc_bw),
        ] {
            found.range(pointer, value, 0.0, 1.0);
        }
        found.unless(
            t.off_bw <= t.on_bw,
            "/thresholds/off_bw",
            "is not above on_bw",
        );
        found.range(
            "/bouts/longest_s",
            self.bouts.longest_s,
            0.0,
            self.bouts.total_s + 1e-6,
        );
        found.range(
            "/bouts/total_s",
            self.bouts.total_s,
            0.0,
            self.duration_s + 1.0,
        );
        let empty = self.bouts.count == 0;
        found.unless(
            empty == (self.bouts.total_s == 0.0),
            "/bouts/count",
            "is zero exactly when total_s is zero",
        );
    }

    fn check_quality(&self, found: &mut Findings) {
        let q = &self.quality;
        found.range("/quality/missing_pct_left", q.missing_pct_left, 0.0, 100.0);
        found.range(
            "/quality/missing_pct_right",
            q.missing_pct_right,
            0.0,
            100.0,
        );
        found.range(
            "/quality/longest_gap_s",
            q.longest_gap_s,
            0.0,
            self.duration_s + 1.0,
        );
        if let Some(sync_ms) = q.sync_ms {
            found.range("/quality/sync_ms", sync_ms, 0.0, 10_000.0);
        }
        if let Some(force) = q.body_weight_force {
            found.range("/quality/body_weight_force", force, 50.0, 5_000.0);
        }
        found.unless(
            q.flags.len() <= MAX_FLAGS,
            "/quality/flags",
            "has at most 32 entries",
        );
        for (i, flag) in q.flags.iter().enumerate().take(MAX_FLAGS) {
            found.unless(
                text::is_code(flag, MAX_TEXT),
                &format!("/quality/flags/{i}"),
                "is a snake_case code of at most 64 characters",
            );
        }
    }

    fn check_counts(&self, found: &mut Findings) {
        let most = (self.duration_s.clamp(0.0, MAX_DURATION_S) * MAX_STEPS_PER_S) as u64 + 2;
        let (l, r) = (&self.strides.left, &self.strides.right);
        for (side, counts, steps) in [
            (Side::Left, l, self.steps.left),
            (Side::Right, r, self.steps.right),
        ] {
            found.unless(
                steps <= most,
                &format!("/steps/{side}"),
                "is at most 5 per second of the session",
            );
            found.unless(
                counts.total <= steps,
                &format!("/strides/{side}/total"),
                "is not above the steps of that foot",
            );
            found.unless(
                counts.valid <= counts.total,
                &format!("/strides/{side}/valid"),
                "is not above total",
            );
            found.unless(
                counts.used <= counts.valid,
                &format!("/strides/{side}/used"),
                "is not above valid",
            );
        }
        found.unless(
            self.strides.excluded.len() <= Exclusion::ALL.len(),
            "/strides/excluded",
            "has known reasons only",
        );
        for reason in self.strides.excluded.keys() {
            found.unless(
                Exclusion::parse(reason).is_some(),
                &member("/strides/excluded", reason),
                "is a known reason",
            );
        }
        let excluded = self
            .strides
            .excluded
            .values()
            .fold(0u64, |sum, n| sum.saturating_add(*n));
        let left_out = l
            .total
            .saturating_sub(l.used)
            .saturating_add(r.total.saturating_sub(r.used));
        found.unless(
            excluded == left_out,
            "/strides/excluded",
            "sums to total - used of both feet",
        );
    }

    fn check_metrics(&self, found: &mut Findings) {
        known_ids(&self.metrics, "/metrics", Scope::Foot, found);
        known_ids(&self.pairs, "/pairs", Scope::Pair, found);
        for (id, feet) in self.metrics.iter().filter(|(id, _)| known(id, Scope::Foot)) {
            found.unless(
                feet.left.is_some() || feet.right.is_some(),
                &member("/metrics", id),
                "has at least one foot",
            );
            for (side, used) in [
                (Side::Left, self.strides.left.used),
                (Side::Right, self.strides.right.used),
            ] {
                if let Some(m) = feet.foot(side) {
                    moments(id, m, used, &format!("/metrics/{id}/{side}"), found);
                }
            }
        }
        let used = self.strides.left.used.max(self.strides.right.used);
        for (id, m) in self.pairs.iter().filter(|(id, _)| known(id, Scope::Pair)) {
            moments(id, m, used, &format!("/pairs/{id}"), found);
        }
    }

    fn check_identities(&self, found: &mut Findings) {
        let foot = |id: &str, side| {
            self.metrics
                .get(id)
                .and_then(|f: &FootMoments| f.foot(side).copied())
        };
        for side in Side::BOTH {
            if let (Some(stance), Some(swing)) = (foot("stance_pct", side), foot("swing_pct", side))
            {
                let off = (stance.mean + swing.mean - 100.0).abs();
                let rule = "stance_pct and swing_pct are of the same strides and sum to 100";
                let same = stance.n == swing.n && off <= IDENTITY_TOLERANCE_PP;
                found.unless(same, &format!("/metrics/swing_pct/{side}/mean"), rule);
            }
            let ds = foot("double_support_pct", side);
            if let (Some(ds), Some(l), Some(r)) = (
                ds,
                foot("stance_pct", Side::Left),
                foot("stance_pct", Side::Right),
            ) {
                let off = (ds.mean - (l.mean + r.mean - 100.0)).abs();
                let rule = "lies within 3 points of stance left + stance right - 100";
                // Running has flight instead of double support: the identity then holds with the overlap clamped at zero.
                let flight = l.mean + r.mean < 100.0 && ds.mean <= DOUBLE_SUPPORT_TOLERANCE_PP;
                let close = off <= DOUBLE_SUPPORT_TOLERANCE_PP || flight;
                found.unless(
                    close,
                    &format!("/metrics/double_support_pct/{side}/mean"),
                    rule,
                );
            }
        }
    }
}

fn known(id: &str, scope: Scope) -> bool {
    metrics::def(id).is_some_and(|def| def.scope == scope)
}

fn known_ids<T>(map: &BTreeMap<String, T>, base: &str, scope: Scope, found: &mut Findings) {
    for id in map.keys().filter(|id| !known(id, scope)) {
        found.unless(false, &member(base, id), "is a metric id of this place");
    }
}

fn moments(id: &str, m: &Moments, most: u64, pointer: &str, found: &mut Findings) {
    found.unless(
        m.n >= 1 && m.n <= most,
        &format!("{pointer}/n"),
        "is at least 1 and not above the strides used",
    );
    let Some(def) = metrics::def(id) else { return };
    found.range(&format!("{pointer}/min"), m.min, def.low, def.high);
    found.range(&format!("{pointer}/max"), m.max, def.low, def.high);
    let ordered = m.min <= m.mean && m.mean <= m.max;
    found.unless(
        m.mean.is_finite() && ordered,
        &format!("{pointer}/mean"),
        "lies between min and max",
    );
    // Popoviciu: the variance of values in [min, max] is at most a quarter of the squared range. The slack covers the
    // rounding of min and max on the wire.
    let slack = 1e-6 * def.high.abs().max(1.0);
    let largest = m.n as f64 * (m.max - m.min).powi(2) / 4.0;
    let bounded = m.m2 >= 0.0 && m.m2 <= largest.mul_add(1.0 + 1e-9, slack);
    found.unless(
        bounded,
        &format!("{pointer}/m2"),
        "is not negative and fits between min and max",
    );
}

/// JSON pointer of a map member; hostile keys are escaped, shortened and freed of control characters.
fn member(base: &str, key: &str) -> String {
    let short: String = key
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_TEXT)
        .collect();
    format!("{base}/{}", short.replace('~', "~0").replace('/', "~1"))
}

#[derive(Default)]
struct Findings(Vec<Violation>);

impl Findings {
    /// More findings than this help nobody.
    const MOST: usize = 64;

    fn unless(&mut self, holds: bool, pointer: &str, rule: &str) {
        if !holds && self.0.len() < Self::MOST {
            self.0.push(Violation {
                pointer: pointer.to_owned(),
                rule: rule.to_owned(),
            });
        }
    }

    fn range(&mut self, pointer: &str, value: f64, low: f64, high: f64) {
        // False for NaN and for a high bound that is itself NaN.
        let inside = value.is_finite() && value >= low && value <= high;
        self.unless(inside, pointer, &format!("lies between {low} and {high}"));
    }
}

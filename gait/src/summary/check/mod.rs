//! Semantic checks of an uploaded summary: everything serde lets through is judged here, nothing panics.

mod moments;
mod parts;

use super::{SCHEMA_VERSION, SessionSummary};
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
/// No foot makes more initial contacts per second than this.
const MAX_STEPS_PER_S: f64 = 5.0;

impl SessionSummary {
    /// Every broken rule, in document order; empty for a sound summary.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        let mut found = Findings::default();
        self.check_header(&mut found);
        self.check_times(&mut found);
        self.check_quality(&mut found);
        self.check_counts(&mut found);
        self.check_exposure(&mut found);
        self.check_bouts(&mut found);
        self.check_metrics(&mut found);
        self.check_by_bout(&mut found);
        self.check_histograms(&mut found);
        self.check_identities(&mut found);
        self.check_pressure(&mut found);
        self.check_drift(&mut found);
        self.check_standing(&mut found);
        found.0
    }

    fn check_header(&self, found: &mut Findings) {
        found.unless(
            self.schema_version == SCHEMA_VERSION,
            "/schema_version",
            "is 2",
        );
        let simulation = self.simulation.as_ref();
        for (pointer, value) in [
            ("/engine_version", Some(&self.engine_version)),
            ("/norms_version", Some(&self.norms_version)),
            ("/device/model", Some(&self.device.model)),
            ("/device/layout_id", Some(&self.device.layout_id)),
            ("/device/size", self.device.size.as_ref()),
            ("/device/serial_left", self.device.serial_left.as_ref()),
            ("/device/serial_right", self.device.serial_right.as_ref()),
            ("/device/firmware", self.device.firmware.as_ref()),
            ("/shoe_id", self.shoe_id.as_ref()),
            ("/orthotic_id", self.orthotic_id.as_ref()),
            ("/simulation/scenario", simulation.map(|s| &s.scenario)),
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
        let simulated = self.source == super::SessionSource::Simulated;
        found.unless(
            simulation.is_none() || simulated,
            "/simulation",
            "is given only for simulated sessions",
        );
    }

    fn check_times(&self, found: &mut Findings) {
        found.range("/duration_s", self.duration_s, 0.0, MAX_DURATION_S);
        found.range("/sampling_hz", self.sampling_hz, 10.0, 10_000.0);
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
    }

    fn check_counts(&self, found: &mut Findings) {
        let most = self.most_steps();
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
                &format!("/strides/{side}/0"),
                "is not above the steps of that foot",
            );
            found.unless(
                counts.valid <= counts.total,
                &format!("/strides/{side}/1"),
                "is not above total",
            );
            found.unless(
                counts.used <= counts.valid,
                &format!("/strides/{side}/2"),
                "is not above valid",
            );
        }
        self.check_excluded(found);
    }

    fn check_excluded(&self, found: &mut Findings) {
        let excluded = &self.strides.excluded;
        found.unless(
            excluded.len() <= Exclusion::ALL.len(),
            "/strides/excluded",
            "has known reasons only",
        );
        for reason in excluded.keys() {
            found.unless(
                Exclusion::parse(reason).is_some(),
                &member("/strides/excluded", reason),
                "is a known reason",
            );
        }
        let sum = excluded
            .values()
            .fold(0u64, |sum, n| sum.saturating_add(*n));
        let left_out = Side::BOTH.map(|side| {
            let foot = self.strides.foot(side);
            foot.total.saturating_sub(foot.used)
        });
        let [l, r] = left_out;
        found.unless(
            sum == l.saturating_add(r),
            "/strides/excluded",
            "sums to total - used of both feet",
        );
    }

    /// Most initial contacts of one foot in a session of this length.
    fn most_steps(&self) -> u64 {
        (self.duration_s.clamp(0.0, MAX_DURATION_S) * MAX_STEPS_PER_S) as u64 + 2
    }
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

    fn option(&mut self, pointer: &str, value: Option<f64>, low: f64, high: f64) {
        if let Some(value) = value {
            self.range(pointer, value, low, high);
        }
    }
}

//! Valid examples: lines of a plan, answers, and the summary of a simulated walk.

use std::sync::LazyLock;

use gait::summary::{Device, SessionSource, SummaryHeader, Tag};
use gait::{Options, SessionSummary};
use serde_json::{Value, json};
use walker::person::{AgeGroup, Person};
use walker::plan::WalkPlan;
use walker::random::StreamKey;
use walker::simulate;

/// A daily line of a plan from 2 March 2026 on, due at these local times: on time from two hours
/// before until four hours after.
pub fn plan_item(exercise: &str, times: &[&str]) -> Value {
    let windows: Vec<Value> = times.iter().map(|at| json!({ "at": at })).collect();
    json!({
        "exercise": exercise,
        "dose": { "sets": 3, "hold_s": 30, "each_side": true },
        "recurrence": { "kind": "daily" },
        "windows": windows,
        "starts_on": "2026-03-02",
    })
}

/// The `number`-th id of a kind, such as `ans`.
pub fn id(prefix: &str, number: u64) -> String {
    format!("{prefix}_{number:032x}")
}

/// An answer that the exercise was done.
pub fn done(answer: u64, occurrence: &str, answered_at: &str) -> Value {
    json!({
        "id": id("ans", answer),
        "occurrence_id": occurrence,
        "kind": "done",
        "answered_at": answered_at,
    })
}

/// The `number`-th session: two minutes of simulated walking that began at `start_utc`.
pub fn summary(number: u64, start_utc: &str) -> SessionSummary {
    SessionSummary {
        session_id: format!("0195a000-0000-7000-8000-{number:012x}"),
        start_utc: start_utc.to_owned(),
        ..WALK.clone()
    }
}

static WALK: LazyLock<SessionSummary> = LazyLock::new(|| {
    let key = StreamKey::from_seed(1);
    let plan = WalkPlan::usual(key, Person::draw(key, AgeGroup::Adult));
    let walk = simulate(&plan).expect("the usual plan");
    let header = SummaryHeader {
        session_id: "0195a000-0000-7000-8000-000000000000".to_owned(),
        device: Device {
            model: "simulated".to_owned(),
            layout_id: plan.layout_id.clone(),
            ..Device::default()
        },
        shoe_id: None,
        orthotic_id: None,
        start_utc: "2026-03-02T05:00:00Z".to_owned(),
        tz: "Europe/Berlin".to_owned(),
        tag: Tag::Usual,
        source: SessionSource::Simulated,
        simulation: None,
    };
    let summary = gait::analyze(&walk.recording, &Options::default()).summary(header);
    let violations = summary.violations();
    assert!(
        violations.is_empty(),
        "the example must be valid: {violations:?}"
    );
    summary
});

/// Where the example's push service takes messages.
pub const SUBSCRIPTION_ENDPOINT: &str = "https://push.example.net/push/browser-01";

/// A browser's subscription with the keys of RFC 8291, appendix A.
pub fn subscription(endpoint: &str) -> Value {
    json!({
        "endpoint": endpoint,
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    })
}

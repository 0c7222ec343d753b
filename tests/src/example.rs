//! Valid examples: lines of a plan, answers, and the summary of a simulated walk.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use gait::summary::{Device, SessionSource, SummaryHeader, Tag};
use gait::{Options, Recording, SessionSummary, Side};
use serde_json::{Value, json};
use walker::condition::Antalgic;
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

/// How somebody walks, and with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Walk {
    /// Two minutes at the usual pace.
    Usual,
    /// Two minutes sparing the right foot.
    SparingRight,
    /// Two minutes of which the left insole saw nothing.
    LeftInsoleDead,
    /// The first ten seconds only.
    Short,
    /// Standing, without a step.
    Standing,
}

/// The `number`-th session: the same person on one of four days, walking so, from `start_utc` on.
///
/// # Panics
/// When the walk cannot be simulated.
pub fn walk(number: u64, start_utc: &str, how: Walk, day: u32) -> SessionSummary {
    let mut walked = WALKED.lock().expect("no walk panicked");
    let walk = walked
        .entry((how, day % 4))
        .or_insert_with(|| simulated(how, day % 4));
    SessionSummary {
        session_id: format!("0195a000-0000-7000-8000-{number:012x}"),
        start_utc: start_utc.to_owned(),
        ..walk.clone()
    }
}

/// The same session gone on sitting until it is so many minutes long.
pub fn lasting(mut session: SessionSummary, minutes: u32) -> SessionSummary {
    let seconds = minutes * 60;
    session.duration_s = f64::from(seconds);
    let exposure = session.exposure.get_or_insert_default();
    exposure.seconds[1] += seconds - exposure.seconds.iter().sum::<u32>();
    session
}

/// The same session with an orthotic, as the patient's own list names it.
pub fn with_orthotic(mut session: SessionSummary, orthotic: &str) -> SessionSummary {
    session.orthotic_id = Some(orthotic.to_owned());
    session
}

type Walked = BTreeMap<(Walk, u32), SessionSummary>;

static WALKED: LazyLock<Mutex<Walked>> = LazyLock::new(Mutex::default);

fn simulated(how: Walk, day: u32) -> SessionSummary {
    let person = Person::draw(StreamKey::from_seed(1), AgeGroup::Adult);
    let mut key = StreamKey::from_seed(1);
    key.day = day;
    let mut plan = WalkPlan::usual(key, person);
    if how == Walk::SparingRight {
        plan.conditions.antalgic = Some(Antalgic {
            side: Side::Right,
            severity: 1.0,
        });
    }
    let mut recording = simulate(&plan).expect("a usual plan").recording;
    match how {
        Walk::Usual | Walk::SparingRight => {}
        Walk::LeftInsoleDead => {
            recording.left.force.fill(0.0);
            let sensors = recording.left.sensors.iter_mut();
            sensors.for_each(|sensor| sensor.fill(0.0));
        }
        Walk::Short => cut(&mut recording, 1000),
        Walk::Standing => cut(&mut recording, 250),
    }
    summarised(&recording, &plan.layout_id)
}

/// The first so many samples.
fn cut(recording: &mut Recording, samples: usize) {
    for foot in [&mut recording.left, &mut recording.right] {
        foot.force.truncate(samples);
        let channels = foot.sensors.iter_mut();
        channels.for_each(|channel| channel.truncate(samples));
        if let Some(motion) = &mut foot.motion {
            let accelerations = motion.acceleration_g.iter_mut();
            let axes = accelerations.chain(&mut motion.angular_velocity_dps);
            axes.for_each(|axis| axis.truncate(samples));
        }
        foot.cop_ap_m.truncate(samples);
        foot.arrivals.retain(|arrival| arrival.sample < samples);
        foot.missing.clear();
    }
    recording.step_marks.clear();
}

static WALK: LazyLock<SessionSummary> = LazyLock::new(|| {
    let key = StreamKey::from_seed(1);
    let plan = WalkPlan::usual(key, Person::draw(key, AgeGroup::Adult));
    let walk = simulate(&plan).expect("the usual plan");
    summarised(&walk.recording, &plan.layout_id)
});

fn summarised(recording: &Recording, layout_id: &str) -> SessionSummary {
    let header = SummaryHeader {
        session_id: "0195a000-0000-7000-8000-000000000000".to_owned(),
        device: Device {
            model: "simulated".to_owned(),
            layout_id: layout_id.to_owned(),
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
    let summary = gait::analyze(recording, &Options::default()).summary(header);
    let violations = summary.violations();
    assert!(
        violations.is_empty(),
        "the example must be valid: {violations:?}"
    );
    summary
}

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

/// The words of `footing clinic create`.
pub fn clinic_create<'a>(slug: &'a str, email: &'a str) -> [&'a str; 12] {
    [
        "clinic",
        "create",
        "--slug",
        slug,
        "--name",
        "Test Clinic",
        "--time-zone",
        "Europe/Berlin",
        "--clinician",
        "Test Clinician 01",
        "--email",
        email,
    ]
}

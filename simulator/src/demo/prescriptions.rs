//! What the demonstration clinic prescribes, as the API takes it.

use serde_json::{Value, json};

/// What is prescribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Calves, feet and shoes.
    Feet,
    /// Low back, hips and trunk.
    Back,
    /// New orthotics to get used to.
    Orthotics,
    /// Two things at the same time in the evening, and a late one.
    Evening,
    /// So often in a week, when it suits.
    Flexible,
    /// One stretch a day.
    Light,
}

fn line(exercise: &str, dose: &Value, times: &[&str], starts_on: &str) -> Value {
    let windows: Vec<Value> = times.iter().map(|at| json!({ "at": at })).collect();
    json!({
        "exercise": exercise, "dose": dose, "recurrence": { "kind": "daily" }, "windows": windows,
        "starts_on": starts_on,
    })
}

/// The same with one more field.
fn with(mut line: Value, field: &str, value: Value) -> Value {
    line[field] = value;
    line
}

fn thrice() -> Value {
    json!({ "kind": "weekdays", "weekdays": ["mon", "wed", "fri"] })
}

fn stretch() -> Value {
    json!({ "sets": 3, "hold_s": 30, "each_side": true })
}

impl Plan {
    /// The plan's lines from a first day on, as the API takes them.
    pub fn items(self, starts_on: &str) -> Vec<Value> {
        match self {
            Self::Feet => feet(starts_on),
            Self::Back => back(starts_on),
            Self::Orthotics => orthotics(starts_on),
            Self::Evening => vec![
                line("calf-wall-stretch", &stretch(), &["19:00"], starts_on),
                line(
                    "short-foot",
                    &json!({ "sets": 3, "reps": 10, "each_side": true }),
                    &["19:00"],
                    starts_on,
                ),
                line(
                    "plantar-fascia-stretch",
                    &stretch(),
                    &["07:15", "22:30"],
                    starts_on,
                ),
            ],
            Self::Flexible => vec![
                with(
                    line(
                        "walk",
                        &json!({ "sets": 1, "minutes": 30 }),
                        &["17:30"],
                        starts_on,
                    ),
                    "recurrence",
                    json!({ "kind": "times_per_week", "times": 3 }),
                ),
                with(
                    line("hip-flexor-stretch", &stretch(), &["08:00"], starts_on),
                    "ladder",
                    json!([{ "when": "at" }, { "when": "after", "minutes": 90 }]),
                ),
            ],
            Self::Light => vec![line(
                "soleus-wall-stretch",
                &stretch(),
                &["10:00"],
                starts_on,
            )],
        }
    }
}

fn feet(starts_on: &str) -> Vec<Value> {
    vec![
        line(
            "calf-wall-stretch",
            &stretch(),
            &["07:30", "19:00"],
            starts_on,
        ),
        line(
            "short-foot",
            &json!({ "sets": 3, "reps": 10, "each_side": true }),
            &["12:30"],
            starts_on,
        ),
        with(
            line(
                "heel-raise",
                &json!({ "sets": 3, "reps": 10 }),
                &["18:00"],
                starts_on,
            ),
            "recurrence",
            thrice(),
        ),
        line(
            "supportive-shoes",
            &json!({ "sets": 1 }),
            &["08:00"],
            starts_on,
        ),
    ]
}

fn back(starts_on: &str) -> Vec<Value> {
    let graded = json!({
        "levels": [
            { "sets": 2, "reps": 10, "each_side": true },
            { "sets": 3, "reps": 10, "each_side": true },
        ],
        "advance": { "min_adherence_pct": 70, "min_days": 7, "max_pain": 3 },
    });
    vec![
        line(
            "cat-camel",
            &json!({ "sets": 1, "reps": 10 }),
            &["07:00"],
            starts_on,
        ),
        line("hamstring-strap-stretch", &stretch(), &["18:30"], starts_on),
        with(
            with(
                line(
                    "bird-dog",
                    &json!({ "sets": 2, "reps": 8, "each_side": true }),
                    &["18:45"],
                    starts_on,
                ),
                "recurrence",
                thrice(),
            ),
            "progression",
            graded,
        ),
        line(
            "stand-tall",
            &json!({ "sets": 1, "hold_s": 30 }),
            &["11:00", "15:00"],
            starts_on,
        ),
    ]
}

/// How the orthotics are named by insole sessions.
pub const ORTHOTIC: &str = "demo-orthotic-1";

fn orthotics(starts_on: &str) -> Vec<Value> {
    let wear = with(
        line(
            "wear-orthotics",
            &json!({ "sets": 1, "minutes": 480 }),
            &["09:00"],
            starts_on,
        ),
        "recurrence",
        json!({ "kind": "after_event", "event": "orthotic_issued", "offset_days": 0, "for_days": 60 }),
    );
    let wear = with(
        wear,
        "ramp",
        json!({ "start": 60, "add": 60, "every_due_days": 2 }),
    );
    vec![
        with(
            wear,
            "sensor",
            json!({ "tracks": "orthotic", "tag_id": ORTHOTIC, "remind_if_not_worn_by": "10:00" }),
        ),
        line("calf-wall-stretch", &stretch(), &["20:00"], starts_on),
        with(
            line(
                "walk",
                &json!({ "sets": 1, "minutes": 20 }),
                &["17:00"],
                starts_on,
            ),
            "recurrence",
            json!({ "kind": "every_n_days", "n_days": 2 }),
        ),
    ]
}

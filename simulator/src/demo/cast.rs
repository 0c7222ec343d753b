//! Who lives in the demonstration clinic.

use serde_json::{Value, json};

/// A patient of the clinic and how they live.
#[derive(Debug, Clone, Copy)]
pub struct Role {
    /// Obviously synthetic.
    pub name: &'static str,
    /// Where they live.
    pub time_zone: &'static str,
    /// Language of their prompts.
    pub locale: &'static str,
    /// How they walk: a scenario of the catalogue.
    pub scenario: &'static str,
    /// How they walk from the day in the second place on.
    pub later: Option<(&'static str, u32)>,
    /// Share of prompts they follow at the start and at the end.
    pub follows: (f64, f64),
    /// What they are prescribed.
    pub plan: Plan,
    /// Share of days with an insole session.
    pub walks: f64,
    /// What else happens to them.
    pub fate: Fate,
}

/// What is prescribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Calves, feet and shoes.
    Feet,
    /// Low back, hips and trunk.
    Back,
    /// New orthotics to get used to.
    Orthotics,
    /// One stretch a day.
    Light,
}

/// What happens to a patient besides walking and exercising.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Ordinary,
    /// The clinician pauses them from this day on.
    Paused(u32),
    /// Their phone's push token is dead from the start.
    Unreachable,
    /// They stop answering on this day.
    Stops(u32),
    /// They never enrol a device.
    NotEnrolled,
}

const fn role(
    name: &'static str,
    time_zone: &'static str,
    scenario: &'static str,
    plan: Plan,
) -> Role {
    Role {
        name,
        time_zone,
        locale: "en",
        scenario,
        later: None,
        follows: (0.85, 0.85),
        plan,
        walks: 0.8,
        fate: Fate::Ordinary,
    }
}

/// The cast.
pub const CAST: [Role; 12] = [
    Role {
        locale: "de",
        ..role("Test Patient 01", "Europe/Berlin", "neutral", Plan::Feet)
    },
    Role {
        locale: "de",
        follows: (0.5, 0.95),
        ..role(
            "Test Patient 02",
            "Europe/Berlin",
            "flat_bilat",
            Plan::Orthotics,
        )
    },
    Role {
        follows: (0.9, 0.4),
        ..role(
            "Test Patient 03",
            "America/New_York",
            "overpron",
            Plan::Feet,
        )
    },
    Role {
        later: Some(("neutral", 16)),
        ..role(
            "Test Patient 04",
            "America/New_York",
            "antalgic_R",
            Plan::Back,
        )
    },
    Role {
        fate: Fate::Paused(15),
        ..role("Test Patient 05", "America/Chicago", "lld20", Plan::Back)
    },
    Role {
        fate: Fate::Unreachable,
        ..role("Test Patient 06", "Europe/London", "cavus", Plan::Feet)
    },
    Role {
        fate: Fate::Stops(19),
        ..role(
            "Test Patient 07",
            "Australia/Lord_Howe",
            "older75",
            Plan::Light,
        )
    },
    Role {
        locale: "es",
        ..role("Test Patient 08", "Europe/Madrid", "supin", Plan::Feet)
    },
    Role {
        later: Some(("unsteady", 14)),
        ..role("Test Patient 09", "Asia/Kathmandu", "older75", Plan::Light)
    },
    Role {
        walks: 0.3,
        follows: (0.7, 0.7),
        ..role("Test Patient 10", "Pacific/Auckland", "young", Plan::Back)
    },
    Role {
        follows: (0.75, 0.75),
        ..role(
            "Test Patient 11",
            "America/Los_Angeles",
            "noisy_link",
            Plan::Feet,
        )
    },
    Role {
        walks: 0.0,
        fate: Fate::NotEnrolled,
        ..role("Test Patient 12", "Europe/Berlin", "no_gait", Plan::Light)
    },
];

impl Plan {
    /// The plan's lines from a first day on, as the API takes them.
    pub fn items(self, starts_on: &str) -> Vec<Value> {
        let daily = json!({"kind": "daily"});
        let thrice = json!({"kind": "weekdays", "weekdays": ["mon", "wed", "fri"]});
        let item = |exercise: &str, dose: Value, recurrence: &Value, times: &[&str]| {
            let windows: Vec<Value> = times.iter().map(|at| json!({"at": at})).collect();
            json!({"exercise": exercise, "dose": dose, "recurrence": recurrence, "windows": windows, "starts_on": starts_on})
        };
        let stretch = json!({"sets": 3, "hold_s": 30, "each_side": true});
        match self {
            Self::Feet => vec![
                item(
                    "calf-wall-stretch",
                    stretch.clone(),
                    &daily,
                    &["07:30", "19:00"],
                ),
                item(
                    "short-foot",
                    json!({"sets": 3, "reps": 10, "each_side": true}),
                    &daily,
                    &["12:30"],
                ),
                item(
                    "heel-raise",
                    json!({"sets": 3, "reps": 10}),
                    &thrice,
                    &["18:00"],
                ),
                item("supportive-shoes", json!({"sets": 1}), &daily, &["08:00"]),
            ],
            Self::Back => vec![
                item(
                    "cat-camel",
                    json!({"sets": 1, "reps": 10}),
                    &daily,
                    &["07:00"],
                ),
                item(
                    "hamstring-strap-stretch",
                    stretch.clone(),
                    &daily,
                    &["18:30"],
                ),
                item(
                    "bird-dog",
                    json!({"sets": 2, "reps": 8, "each_side": true}),
                    &thrice,
                    &["18:45"],
                ),
                item(
                    "stand-tall",
                    json!({"sets": 1, "hold_s": 30}),
                    &daily,
                    &["11:00", "15:00"],
                ),
            ],
            Self::Orthotics => vec![
                item(
                    "orthotic-wear-in",
                    json!({"sets": 1, "minutes": 60}),
                    &daily,
                    &["09:00"],
                ),
                item("calf-wall-stretch", stretch, &daily, &["20:00"]),
                item(
                    "walk",
                    json!({"sets": 1, "minutes": 20}),
                    &json!({"kind": "every_n_days", "n_days": 2}),
                    &["17:00"],
                ),
            ],
            Self::Light => vec![item("soleus-wall-stretch", stretch, &daily, &["10:00"])],
        }
    }
}

impl Role {
    /// The scenario of a day of the month.
    pub fn scenario_on(&self, day: u32) -> &'static str {
        match self.later {
            Some((later, from)) if day >= from => later,
            _ => self.scenario,
        }
    }

    /// How likely a prompt is followed on a day.
    pub fn follows_on(&self, day: u32, days: u32) -> f64 {
        if matches!(self.fate, Fate::Stops(from) if day >= from) {
            return 0.0;
        }
        let along = f64::from(day) / f64::from(days.max(1));
        self.follows.0 + (self.follows.1 - self.follows.0) * along
    }
}

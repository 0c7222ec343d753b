//! Who lives in the demonstration clinic.

use super::prescriptions::Plan;

/// A patient of the clinic and how they live.
#[derive(Debug, Clone, Copy)]
pub struct Role {
    /// Obviously synthetic.
    pub name: &'static str,
    /// Where they live at first.
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
    /// What of Footing they show, in a few words.
    pub shows: &'static str,
}

/// What happens to a patient besides walking and exercising. Days count back from the last one, so that a short life
/// shows the same as a long one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Puts off, takes back, thinks better of an answer.
    Fiddles,
    /// Gets orthotics, and insoles tell how long they are worn.
    Orthotics,
    /// Chose quiet hours and one message for what is due at once.
    Quiet,
    /// The clinician pauses them after an operation; nobody has said yet that they go on.
    Paused,
    /// Their phone's push token is dead from the start.
    Unreachable,
    /// They stop answering.
    Stops,
    /// Their phone is off line for days, and its clock is wrong.
    Offline,
    /// A check-in raises a red flag.
    RedFlag,
    /// They travel.
    Travels(&'static str),
    /// Pain jumps after an exercise.
    PainSpike,
    /// They never enrol a device.
    NotEnrolled,
    /// They take their consent back.
    Withdraws,
    /// They do two thirds of whatever is asked: neither good news nor a worry.
    Partly,
    /// A graded exercise goes well: a step is put before the clinician.
    Graded,
    /// They check in each evening and fill in a questionnaire.
    ChecksIn,
    /// Their clinician leaves, and another takes over.
    HandedOver,
}

const fn role(
    name: &'static str,
    time_zone: &'static str,
    scenario: &'static str,
    plan: Plan,
    fate: Fate,
    shows: &'static str,
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
        fate,
        shows,
    }
}

/// The cast.
pub const CAST: [Role; 16] = [
    Role {
        locale: "de",
        follows: (0.97, 0.97),
        ..role(
            "Test Patient 01",
            "Europe/Berlin",
            "neutral",
            Plan::Feet,
            Fate::Fiddles,
            "answers put off, in part, skipped, taken back",
        )
    },
    Role {
        locale: "de",
        follows: (1.0, 1.0),
        walks: 0.9,
        ..role(
            "Test Patient 02",
            "Europe/Berlin",
            "flat_bilat",
            Plan::Orthotics,
            Fate::Orthotics,
            "new orthotics: a ramp, worn minutes from insoles, asked at 10:00",
        )
    },
    Role {
        follows: (0.9, 0.3),
        ..role(
            "Test Patient 03",
            "America/New_York",
            "overpron",
            Plan::Evening,
            Fate::Quiet,
            "own quiet hours, one message for two; does less and less",
        )
    },
    Role {
        follows: (1.0, 1.0),
        later: Some(("neutral", 16)),
        ..role(
            "Test Patient 04",
            "America/New_York",
            "antalgic_R",
            Plan::Back,
            Fate::Graded,
            "walks more evenly since day 16; an exercise ready for its next level",
        )
    },
    role(
        "Test Patient 05",
        "America/Chicago",
        "lld20",
        Plan::Back,
        Fate::Paused,
        "paused after surgery, waits for a clinician's word; has a deputy",
    ),
    role(
        "Test Patient 06",
        "Europe/London",
        "cavus",
        Plan::Feet,
        Fate::Unreachable,
        "no reminder reaches the phone",
    ),
    role(
        "Test Patient 07",
        "Australia/Lord_Howe",
        "older75",
        Plan::Light,
        Fate::Stops,
        "silent: nudged twice, then shown to the clinic",
    ),
    Role {
        locale: "es",
        ..role(
            "Test Patient 08",
            "Europe/Madrid",
            "supin",
            Plan::Feet,
            Fate::Offline,
            "off line for days, the phone's clock two hours ahead",
        )
    },
    Role {
        later: Some(("unsteady", 14)),
        ..role(
            "Test Patient 09",
            "Asia/Kathmandu",
            "older75",
            Plan::Light,
            Fate::RedFlag,
            "a red flag: the plan is on hold",
        )
    },
    Role {
        walks: 0.3,
        follows: (0.7, 0.7),
        ..role(
            "Test Patient 10",
            "Pacific/Auckland",
            "young",
            Plan::Back,
            Fate::Travels("America/Los_Angeles"),
            "flew over the date line: a date lived longer; since then pain on the rise",
        )
    },
    Role {
        follows: (0.75, 0.75),
        ..role(
            "Test Patient 11",
            "America/Los_Angeles",
            "noisy_link",
            Plan::Feet,
            Fate::PainSpike,
            "pain after an exercise: that one is suspended",
        )
    },
    Role {
        walks: 0.0,
        ..role(
            "Test Patient 12",
            "Europe/Berlin",
            "no_gait",
            Plan::Light,
            Fate::NotEnrolled,
            "no device yet",
        )
    },
    role(
        "Test Patient 13",
        "Europe/Lisbon",
        "neutral",
        Plan::Light,
        Fate::Withdraws,
        "consent taken back: what still comes is thrown away",
    ),
    Role {
        follows: (1.0, 1.0),
        walks: 0.0,
        ..role(
            "Test Patient 14",
            "Europe/Paris",
            "neutral",
            Plan::Flexible,
            Fate::Partly,
            "three times a week, on any day, two thirds of it; reminded twice",
        )
    },
    Role {
        walks: 0.4,
        ..role(
            "Test Patient 15",
            "Asia/Tokyo",
            "overpron",
            Plan::Light,
            Fate::ChecksIn,
            "check-ins, five signs, a questionnaire each week",
        )
    },
    Role {
        walks: 0.4,
        ..role(
            "Test Patient 16",
            "America/Toronto",
            "lld20",
            Plan::Back,
            Fate::HandedOver,
            "handed over by a clinician who left; examined twice",
        )
    },
];

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
        if self.fate == Fate::Stops && days.saturating_sub(day) < SILENT_DAYS {
            return 0.0;
        }
        let along = f64::from(day) / f64::from(days.max(1));
        self.follows.0 + (self.follows.1 - self.follows.0) * along
    }
}

/// So long nothing is heard of who stops.
const SILENT_DAYS: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_walking_is_in_the_catalogue() {
        for role in CAST {
            let later = role.later.map(|(later, _)| later);
            for name in [Some(role.scenario), later].into_iter().flatten() {
                assert!(
                    walker::scenario::by_name(name).is_some(),
                    "{}: {name}",
                    role.name
                );
            }
        }
    }
}

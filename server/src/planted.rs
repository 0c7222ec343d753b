//! Bugs planted on purpose, one at a time, in builds with the feature `planted`: what the simulation must find before anybody
//! believes it. In every other build [`is`] is false as it is compiled, and nothing of them is left.

macro_rules! bugs {
    ($($(#[doc = $what:literal])+ $bug:ident = $name:literal,)+) => {
        /// A bug that can be planted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug {
            $($(#[doc = $what])+ $bug,)+
        }

        impl Bug {
            /// Every bug.
            pub const ALL: &'static [Self] = &[$(Self::$bug,)+];

            /// Short stable name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$bug => $name,)+
                }
            }

            /// What is wrong with it.
            pub fn what(self) -> &'static str {
                match self {
                    $(Self::$bug => concat!($($what),+),)+
                }
            }
        }
    };
}

bugs! {
    /// Commits without waiting for the disk.
    NoSync = "no_sync",
    /// Writes a prompt down as sent before it is sent.
    RecordsBeforeSending = "records_before_sending",
    /// Sends twenty minutes early.
    SendsEarly = "sends_early",
    /// Takes a pause and excuses nothing.
    ForgetsPause = "forgets_pause",
    /// Sends what waited without looking whether it is still wanted.
    SendsWhatIsAnswered = "sends_what_is_answered",
    /// Acknowledges a withdrawal of consent and does nothing.
    ForgetsWithdrawal = "forgets_withdrawal",
    /// Knows no quiet hours of a patient.
    ForgetsQuietHours = "forgets_quiet_hours",
    /// Never takes again what a dead process had claimed.
    ForgetsClaimsOfTheDead = "forgets_claims_of_the_dead",
    /// Takes one failed try for the end.
    GivesUpAfterOneTry = "gives_up_after_one_try",
    /// Sends a repeat under a key of its own.
    RepeatsUnderAnotherKey = "repeats_under_another_key",
    /// Sends to whoever comes first.
    SendsToSomebodyElse = "sends_to_somebody_else",
    /// Acknowledges a session before it is kept.
    AcknowledgesBeforeKeeping = "acknowledges_before_keeping",
    /// Takes another session under a known id for the same.
    TakesImpostors = "takes_impostors",
    /// Rounds the length of a session.
    RoundsSessions = "rounds_sessions",
    /// Scores another length than the session has.
    ScoresOtherwise = "scores_otherwise",
    /// Keeps the first answer of a batch only.
    LosesSecondAnswer = "loses_second_answer",
    /// Takes no answer back.
    ForgetsUndo = "forgets_undo",
    /// Takes what was done late for done in time.
    TakesLateForOnTime = "takes_late_for_on_time",
    /// Counts what is excused.
    CountsExcused = "counts_excused",
    /// Sets a wrong clock wrong twice.
    CorrectsTheWrongWay = "corrects_the_wrong_way",
    /// Shows a patient to every clinic.
    SeesEveryClinic = "sees_every_clinic",
    /// Publishes plans without a trace.
    LeavesNoTrail = "leaves_no_trail",
    /// Is a day of the week off.
    WeekdayOff = "weekday_off",
    /// Leaves the old plan in force beside the new one.
    KeepsOldPlan = "keeps_old_plan",
    /// Counts every day as if it were in UTC.
    UtcForZone = "utc_for_zone",
    /// Leaves out what falls into a gap of the clock.
    SkipsGaps = "skips_gaps",
    /// Never believes a phone that it is somewhere else.
    ForgetsTravel = "forgets_travel",
    /// Takes a body that is cut off for its own fault.
    BlamesItself = "blames_itself",
    /// Ends a job for good after one failure.
    JobsDie = "jobs_die",
    /// Acknowledges a message and keeps nothing.
    LosesMessages = "loses_messages",
    /// Acknowledges a check-in and keeps nothing.
    LosesCheckIns = "loses_check_ins",
    /// Acknowledges a new push token and keeps the old one.
    KeepsDeadToken = "keeps_dead_token",
    /// Takes an order to erase and leaves everything.
    ErasesNothing = "erases_nothing",
    /// Deletes the rows of who is erased and leaves their bytes.
    LeavesTraces = "leaves_traces",
    /// Counts every alert once more whenever a process begins.
    CountsAtStart = "counts_at_start",
    /// Sends what it claimed however long ago that was.
    SendsAfterItsLease = "sends_after_its_lease",
    /// Takes over what another server is at.
    TakesFromTheLiving = "takes_from_the_living",
    /// Takes its own clock for the one all servers share.
    GoesByItsOwnClock = "goes_by_its_own_clock",
}

#[cfg(feature = "planted")]
mod switch {
    use std::cell::Cell;

    use super::Bug;

    thread_local! {
        static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// From now on this bug is in whatever runs on this thread; none takes it out again.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.set(bug);
    }

    /// Whether a bug is planted.
    pub fn is(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }
}

#[cfg(not(feature = "planted"))]
mod switch {
    use super::Bug;

    /// Whether a bug is planted: never.
    #[inline(always)]
    pub const fn is(_: Bug) -> bool {
        false
    }
}

pub use switch::*;

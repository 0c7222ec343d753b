//! The sandbox clock of the server, moved by an admin of its clinic.

use std::time::Duration;

use anyhow::Context;
use footing_server::rt::clock::real_sleep;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Value, json};

use super::http::Http;
use crate::clinic::opening::text;
use crate::clinic::site::{Call, Reply};
use crate::clinic::staff::Staff;

const CLOCK: &str = "/v1/sandbox/clock";
/// An advance whose answer was lost has had its effect or will have: it is asked for again, after so long ...
const AGAIN: Duration = Duration::from_millis(500);
/// ... so often.
const TRIES: u32 = 60;

/// Who may move the clock, once it has begun.
#[derive(Default)]
pub(super) struct SandboxClock(Option<Admin>);

struct Admin {
    staff: Staff,
    token: String,
}

impl SandboxClock {
    /// Whether it has begun and somebody here may move it.
    pub(super) fn is_known(&self) -> bool {
        self.0.is_some()
    }

    /// From now on they move it.
    pub(super) fn hold(&mut self, staff: Staff, token: String) {
        self.0 = Some(Admin { staff, token });
    }

    /// Has it begin at an instant.
    ///
    /// # Errors
    /// When the server is no sandbox, or its clock has begun elsewhere.
    pub(super) async fn begin(
        &self,
        http: &Http,
        staff: &Staff,
        at: Timestamp,
    ) -> anyhow::Result<()> {
        let (token, _) = staff.session.as_ref().context("nobody is signed in")?;
        let state = match http.send(&Call::get(token, CLOCK)).await? {
            Reply::Answer { status: 200, body } => body,
            Reply::Answer { status: 404, .. } => anyhow::bail!(
                "{} is no sandbox: its clinic is not marked as one, and only a sandbox's time may be moved. Nothing was done \
                 but setting the clinician's password",
                http.base()
            ),
            Reply::Answer { status: 409, .. } => anyhow::bail!(
                "{} lives in real time: start it with sandbox_clock = true. Nothing was done but setting the clinician's password",
                http.base()
            ),
            other => anyhow::bail!("the clock of {} cannot be read: {other:?}", http.base()),
        };
        if state["state"] == "frozen" && now_of(&state)? == at {
            return Ok(());
        }
        let made = http
            .send(&Call::post(token, CLOCK, json!({ "at": at })))
            .await?;
        match made {
            Reply::Answer { status: 201, .. } => Ok(()),
            Reply::Answer { body, .. } => anyhow::bail!(
                "the scenario begins at {at}, and the sandbox's clock is {} at {}: take a fresh sandbox ({})",
                text(&state["state"]),
                text(&state["now"]),
                text(&body["detail"]),
            ),
            other => anyhow::bail!("the clock cannot be created: {other:?}"),
        }
    }

    /// What time it is, once every job is asleep.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) async fn look(&mut self, http: &Http) -> anyhow::Result<Timestamp> {
        let state = self.ask(http, |token| Call::get(token, CLOCK)).await?;
        now_of(&state)
    }

    /// Lets time pass to an instant, or to the first instant before it that any job wants. Gives where it stands.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub(super) async fn advance(
        &mut self,
        http: &Http,
        to: Timestamp,
        stop_at_next_tick: bool,
    ) -> anyhow::Result<Timestamp> {
        let body = json!({ "to": to, "stop_at_next_tick": stop_at_next_tick });
        let path = format!("{CLOCK}/advance");
        let state = self
            .ask(http, |token| Call::post(token, &path, body.clone()))
            .await?;
        now_of(&state)
    }

    /// Asks until it is answered: sessions end after twelve hours of the clock, and networks break.
    async fn ask(&mut self, http: &Http, make: impl Fn(&str) -> Call) -> anyhow::Result<Value> {
        let admin = self
            .0
            .as_mut()
            .context("nobody here may move the clock yet")?;
        let mut tries = 0;
        loop {
            let reply = http.send(&make(&admin.token)).await?;
            match reply {
                Reply::Answer { status: 200, body } => return Ok(body),
                Reply::Answer { status: 401, .. } => {
                    admin.token = http.sign_in(&admin.staff).await?;
                }
                // 409: the advance whose answer was lost is under way.
                Reply::Lost | Reply::Unreachable => real_sleep(AGAIN).await,
                Reply::Answer {
                    status: 409 | 429 | 503,
                    ..
                } if tries > 0 => real_sleep(AGAIN).await,
                Reply::Answer { .. } => {
                    anyhow::bail!("the sandbox's clock cannot be moved: {reply:?}")
                }
            }
            tries += 1;
            anyhow::ensure!(tries < TRIES, "the sandbox's clock does not answer");
        }
    }
}

/// An instant as the clock can show it: it goes by microseconds.
pub(super) fn shown(at: Timestamp) -> Timestamp {
    let down = TimestampRound::new()
        .smallest(Unit::Microsecond)
        .mode(RoundMode::Floor);
    at.round(down).unwrap_or(at)
}

fn now_of(state: &Value) -> anyhow::Result<Timestamp> {
    let now = text(&state["now"]);
    now.parse()
        .with_context(|| format!("the sandbox's clock shows {now:?}"))
}

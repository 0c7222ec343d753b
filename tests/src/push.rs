//! A push channel that records what it is asked to send and answers as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use footing_server::push::{
    DeviceToken, Outcome, PushChannel, PushKind, PushMessage, PushTarget, Reach, WebPushTerms,
};
use footing_server::rt::clock::{Clock, VirtualClock, real_timeout};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::watch;

/// One message as it would have left the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub target: PushTarget,
    /// What.
    pub message: PushMessage,
    /// How the gateway answered.
    pub outcome: Outcome,
}

impl Sent {
    /// The id by which a repeated message is recognised.
    pub fn message_id(&self) -> String {
        self.message.payload.message_id().to_string()
    }

    /// Whether it asks for something.
    pub fn is_prompt(&self) -> bool {
        self.kind() == PushKind::Prompt
    }

    /// What it is for.
    pub fn kind(&self) -> PushKind {
        self.message.payload.kind()
    }

    /// Whether the gateway took it.
    pub fn accepted(&self) -> bool {
        matches!(self.outcome, Outcome::Accepted { .. })
    }
}

/// The key browsers subscribe with: the sender's of RFC 8291, appendix A.
pub const WEB_PUSH_KEY: &str =
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";

/// The double. Accepts everything unless told otherwise.
pub struct PushDouble {
    clock: VirtualClock,
    web_push: WebPushTerms,
    state: Mutex<State>,
    gate: watch::Sender<Gate>,
}

/// Where messages wait while the gateway does not answer.
#[derive(Default)]
struct Gate {
    held: bool,
    came: usize,
}

#[derive(Default)]
struct State {
    sent: Vec<Sent>,
    script: VecDeque<Outcome>,
    by_token: BTreeMap<String, Outcome>,
}

impl PushDouble {
    /// A double that dates its records by `clock`.
    pub fn new(clock: VirtualClock) -> Arc<Self> {
        Arc::new(Self {
            clock,
            web_push: WebPushTerms {
                public_key: WEB_PUSH_KEY.to_owned(),
                reach: Reach::PublicOnly,
            },
            state: Mutex::default(),
            gate: watch::Sender::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next message not answered yet gets this outcome.
    pub fn next(&self, outcome: Outcome) {
        self.state().script.push_back(outcome);
    }

    /// From now on every message to this token gets this outcome.
    pub fn always(&self, token: &str, outcome: Outcome) {
        self.state().by_token.insert(fingerprint(token), outcome);
    }

    /// From now on the gateway answers nobody: who comes waits.
    pub fn hold(&self) {
        self.gate.send_replace(Gate {
            held: true,
            came: 0,
        });
    }

    /// It answers again, also those who wait.
    pub fn release(&self) {
        self.gate.send_modify(|gate| gate.held = false);
    }

    /// Resolves once so many messages came to a gateway that is held.
    pub async fn until_came(&self, count: usize) {
        let mut gate = self.gate.subscribe();
        let came = gate.wait_for(|gate| gate.came >= count);
        let in_time = real_timeout(Duration::from_secs(20), came).await;
        in_time
            .expect("the messages come")
            .expect("the gate stands");
    }

    /// Waits where the gateway is held.
    async fn pass_gate(&self) {
        let held = self.gate.send_if_modified(|gate| {
            gate.came += usize::from(gate.held);
            gate.held
        });
        if held {
            let mut gate = self.gate.subscribe();
            let _ = gate.wait_for(|gate| !gate.held).await;
        }
    }

    /// Takes a message down, and says how it is answered.
    fn answer(&self, target: &PushTarget, message: &PushMessage) -> Outcome {
        let mut state = self.state();
        let of_token = state.by_token.get(&target.token.fingerprint()).cloned();
        let number = state.sent.len();
        let outcome = state
            .script
            .pop_front()
            .or(of_token)
            .unwrap_or_else(|| Outcome::Accepted {
                provider_message_id: format!("double-{number}"),
            });
        state.sent.push(Sent {
            at: self.clock.now(),
            target: target.clone(),
            message: message.clone(),
            outcome: outcome.clone(),
        });
        outcome
    }

    /// Everything so far, in order.
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// Everything so far to one token.
    pub fn sent_to(&self, token: &str) -> Vec<Sent> {
        let mut sent = self.all_to(token);
        sent.retain(Sent::is_prompt);
        sent
    }

    /// Everything to a token, also what is silent.
    pub fn all_to(&self, token: &str) -> Vec<Sent> {
        let wanted = fingerprint(token);
        let mut sent = self.sent();
        sent.retain(|one| one.target.token.fingerprint() == wanted);
        sent
    }
}

fn fingerprint(token: &str) -> String {
    DeviceToken::new(token)
        .expect("a token of the test")
        .fingerprint()
}

/// The gateway is busy and says for how long.
pub fn busy(seconds: u64) -> Outcome {
    Outcome::RetryAfter {
        delay: Some(Duration::from_secs(seconds)),
        code: "QUOTA_EXCEEDED".to_owned(),
    }
}

impl PushChannel for PushDouble {
    fn name(&self) -> &'static str {
        "double"
    }

    fn web_push(&self) -> Option<&WebPushTerms> {
        Some(&self.web_push)
    }

    fn send<'a>(
        &'a self,
        target: &'a PushTarget,
        message: &'a PushMessage,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            self.pass_gate().await;
            let outcome = self.answer(target, message);
            // Gives others a turn, as a real gateway's answer would.
            tokio::task::yield_now().await;
            outcome
        })
    }
}

//! The channel that needs no account: one JSON line for each push.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::future::{self, BoxFuture};
use serde::Serialize;

use super::{Outcome, PushChannel, PushMessage, PushTarget, UnixClock};

/// Appends each push to a file instead of sending it, so that Footing works on the first day, without
/// Firebase, with everything but the last hop real.
///
/// A line holds no token (only its fingerprint) and no care kind:
/// `{"at_unix_s":…,"provider_message_id":"log-…","token_sha256":"…","platform":"android","kind":"prompt",
/// "message_id":"…","collapse_key":"…","ttl_s":1800,"locale":"en"}`. A silent message is a line like any
/// other; its kind says so.
pub struct LogChannel {
    file: Mutex<File>,
    clock: UnixClock,
    sent: AtomicU64,
}

#[derive(Serialize)]
struct Line<'a> {
    at_unix_s: i64,
    provider_message_id: &'a str,
    token_sha256: String,
    platform: &'static str,
    kind: &'static str,
    message_id: String,
    collapse_key: String,
    ttl_s: u64,
    locale: &'static str,
}

impl LogChannel {
    /// Opens the file for appending, creating it and the folder it lies in.
    ///
    /// # Errors
    /// When the folder or the file cannot be made or opened.
    pub fn open(path: &Path, clock: UnixClock) -> io::Result<Self> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self {
            file: Mutex::new(file),
            clock,
            sent: AtomicU64::new(0),
        })
    }

    /// One write of the whole line to an unbuffered file: complete for every reader when it returns.
    fn append(&self, target: &PushTarget, message: &PushMessage) -> io::Result<String> {
        let at_unix_s = (self.clock)();
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let provider_message_id = format!("log-{at_unix_s}-{number}");
        let mut line = serde_json::to_vec(&Line {
            at_unix_s,
            provider_message_id: &provider_message_id,
            token_sha256: target.token.fingerprint(),
            platform: target.platform.name(),
            kind: message.payload.kind().name(),
            message_id: message.payload.message_id().to_string(),
            collapse_key: message.collapse_key.to_string(),
            ttl_s: message.ttl.as_secs(),
            locale: message.locale.tag(),
        })?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line)?;
        Ok(provider_message_id)
    }
}

impl PushChannel for LogChannel {
    fn name(&self) -> &'static str {
        "log"
    }

    /// Ends at once. A line that cannot be written is retried like a gateway that is away.
    fn send<'a>(
        &'a self,
        target: &'a PushTarget,
        message: &'a PushMessage,
    ) -> BoxFuture<'a, Outcome> {
        // 300 bytes to the page cache: shorter than handing the work to another thread.
        let outcome = match self.append(target, message) {
            Ok(provider_message_id) => Outcome::Accepted {
                provider_message_id,
            },
            Err(error) => {
                tracing::warn!(%error, "the push log cannot be written");
                Outcome::RetryAfter {
                    delay: None,
                    code: "LOG_WRITE".to_owned(),
                }
            }
        };
        Box::pin(future::ready(outcome))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::push::{CollapseKey, DeviceToken, Locale, MessageId, Platform};
    use crate::push::{PromptKind, PushPayload};
    use std::time::Duration;
    use uuid::Uuid;

    fn target() -> PushTarget {
        PushTarget {
            token: DeviceToken::new("fake-token-01").unwrap(),
            platform: Platform::Android,
        }
    }

    fn message() -> PushMessage {
        PushMessage {
            payload: PushPayload::new(
                PromptKind::Strengthening,
                MessageId::from(Uuid::from_u128(1)),
            ),
            collapse_key: CollapseKey::from(Uuid::from_u128(2)),
            ttl: Duration::from_secs(1800),
            locale: Locale::De,
        }
    }

    #[tokio::test]
    async fn each_push_is_one_complete_line_without_token_or_care_kind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/on/demand/push.jsonl");
        let channel = LogChannel::open(&path, Box::new(|| 1_800_000_000)).unwrap();
        for number in 0..2 {
            let outcome = channel.send(&target(), &message()).await;
            let provider_message_id = format!("log-1800000000-{number}");
            assert_eq!(
                outcome,
                Outcome::Accepted {
                    provider_message_id
                }
            );
        }
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("fake-token") && !text.to_lowercase().contains("strength"));
        assert!(text.ends_with('\n'));
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(
            lines[0],
            serde_json::json!({
                "at_unix_s": 1_800_000_000,
                "provider_message_id": "log-1800000000-0",
                "token_sha256": target().token.fingerprint(),
                "platform": "android",
                "kind": "prompt",
                "message_id": "00000000-0000-0000-0000-000000000001",
                "collapse_key": "00000000000000000000000000000002",
                "ttl_s": 1800,
                "locale": "de",
            })
        );
    }

    #[tokio::test]
    async fn opening_again_appends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("push.jsonl");
        for _ in 0..2 {
            let channel = LogChannel::open(&path, Box::new(|| 7)).unwrap();
            channel.send(&target(), &message()).await;
        }
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
    }
}

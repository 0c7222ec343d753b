//! Signatures of Standard Webhooks 1.0
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac::{HMAC_SHA256, Key, sign};

/// Bytes of a secret (the specification's "between 24 bytes and 64 bytes").
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Secrets at once; two are enough to change one.
const MAX_SECRETS: usize = 4;

/// How secrets are written.
const PREFIX: &str = "whsec_";

/// The secrets messages are signed with: each signs, so that a receiver may know either while one is
/// being replaced by another.
pub struct Secrets(Vec<Key>);

/// Why a text holds no secrets. Never shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {MAX_SECRETS} lines of whsec_ and 24 to 64 bytes in base64")]
pub struct SecretsError;

impl Secrets {
    /// Reads secrets, one a line.
    ///
    /// # Errors
    /// When a line is none, or there are none or too many.
    pub fn from_text(text: &str) -> Result<Self, SecretsError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys: Vec<Key> = lines.map(key).collect::<Result<_, _>>()?;
        if (1..=MAX_SECRETS).contains(&keys.len()) {
            Ok(Self(keys))
        } else {
            Err(SecretsError)
        }
    }

    /// The `webhook-signature` header: one signature for each secret, with spaces between.
    pub(super) fn signature(&self, id: &str, unix_s: i64, body: &[u8]) -> String {
        let mut signed = format!("{id}.{unix_s}.").into_bytes();
        signed.extend_from_slice(body);
        let each = self
            .0
            .iter()
            .map(|key| format!("v1,{}", STANDARD.encode(sign(key, &signed))));
        each.collect::<Vec<_>>().join(" ")
    }
}

fn key(line: &str) -> Result<Key, SecretsError> {
    let text = line.strip_prefix(PREFIX).ok_or(SecretsError)?;
    let bytes = STANDARD.decode(text).map_err(|_| SecretsError)?;
    if SECRET_BYTES.contains(&bytes.len()) {
        Ok(Key::new(HMAC_SHA256, &bytes))
    } else {
        Err(SecretsError)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example the reference libraries test with (`javascript/src/index.test.ts` of the repository named
    /// above).
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OTHER: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn sign(secrets: &str) -> String {
        Secrets::from_text(secrets).unwrap().signature(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        )
    }

    #[test]
    fn the_example_of_the_reference_comes_out() {
        assert_eq!(sign(SECRET), SIGNATURE);
    }

    #[test]
    fn while_a_secret_is_replaced_both_sign() {
        let both = sign(&format!("{OTHER}\n\n  {SECRET}\n"));
        let (first, second) = both.split_once(' ').unwrap();
        assert_eq!(first, sign(OTHER));
        assert_eq!(second, SIGNATURE);
    }

    #[test]
    fn what_is_no_secret_is_refused_and_never_shown() {
        let short = format!("whsec_{}", STANDARD.encode([7; 23]));
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        let many = [SECRET; MAX_SECRETS + 1].join("\n");
        for wrong in [
            "",
            "\n",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_!",
            &short,
            &long,
            &many,
        ] {
            assert_eq!(Secrets::from_text(wrong).unwrap_err(), SecretsError);
        }
        let shown = format!("{:?}", Secrets::from_text(SECRET).unwrap());
        assert_eq!(shown, "Secrets(1)");
    }
}

//! The gateway's service account, and the access tokens it issues for it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// Protects nothing: it signs in to a gateway that exists only in tests and demonstrations.
const TEST_KEY_PEM: &str = include_str!("test-only-service-account.pem");
const KEY_ID: &str = "test-only-key-1";
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";

/// Clock difference forgiven in an assertion's `iat`.
const LEEWAY_S: i64 = 10;

pub(super) struct Credentials {
    project_id: String,
    client_email: String,
    token_uri: String,
    lifetime_s: i64,
    issued: Mutex<Issued>,
}

#[derive(Default)]
struct Issued {
    number: u64,
    /// Token to the instant it expires.
    expires_at_s: HashMap<String, i64>,
}

/// What a bearer token is worth.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Bearer {
    Good,
    Expired,
    Unknown,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    scope: String,
    aud: String,
    iat: i64,
    exp: i64,
}

impl Credentials {
    pub(super) fn new(project_id: &str, token_uri: &str, lifetime_s: i64) -> Self {
        Self {
            project_id: project_id.to_owned(),
            client_email: format!("footing-push@{project_id}.iam.gserviceaccount.com"),
            token_uri: token_uri.to_owned(),
            lifetime_s,
            issued: Mutex::default(),
        }
    }

    pub(super) fn lifetime_s(&self) -> i64 {
        self.lifetime_s
    }

    pub(super) fn service_account_json(&self) -> String {
        json!({
            "type": "service_account",
            "project_id": self.project_id,
            "private_key_id": KEY_ID,
            "private_key": TEST_KEY_PEM,
            "client_email": self.client_email,
            "client_id": "100000000000000000001",
            "token_uri": self.token_uri,
        })
        .to_string()
    }

    /// Checks an assertion (RFC 7523, section 3); the error is the rule it breaks.
    pub(super) fn check_assertion(&self, assertion: &str, now_s: i64) -> Result<(), &'static str> {
        let (signed, signature) = assertion.rsplit_once('.').ok_or("is no JWT")?;
        let (header, claims) = signed.split_once('.').ok_or("is no JWT")?;
        let header: Header = segment(header).ok_or("has no readable header")?;
        if header.alg != "RS256" || header.typ != "JWT" {
            return Err("must be a JWT signed with RS256");
        }
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| "has no readable signature")?;
        let public_key = public_key().ok_or("cannot be checked: the test key is broken")?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key)
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| "is not signed by the account's key")?;
        self.check_claims(&segment(claims).ok_or("has no readable claims")?, now_s)
    }

    fn check_claims(&self, claims: &Claims, now_s: i64) -> Result<(), &'static str> {
        let rules = [
            (
                claims.iss == self.client_email,
                "iss must be the account's client_email",
            ),
            (
                claims.scope.split(' ').any(|scope| scope == SCOPE),
                "scope must have firebase.messaging",
            ),
            (claims.aud == self.token_uri, "aud must be the token_uri"),
            (
                claims.iat <= now_s + LEEWAY_S,
                "iat must not be in the future",
            ),
            (claims.exp > now_s, "exp must be in the future"),
            (
                claims.exp.saturating_sub(claims.iat) <= 3600,
                "exp must be within an hour of iat",
            ),
        ];
        match rules.into_iter().find(|(kept, _)| !kept) {
            Some((_, rule)) => Err(rule),
            None => Ok(()),
        }
    }

    /// A new access token.
    pub(super) fn issue(&self, now_s: i64) -> String {
        let mut issued = self.issued();
        issued.number += 1;
        let token = format!("fake-access-token-{}", issued.number);
        issued
            .expires_at_s
            .insert(token.clone(), now_s + self.lifetime_s);
        token
    }

    pub(super) fn check_bearer(&self, token: &str, now_s: i64) -> Bearer {
        match self.issued().expires_at_s.get(token) {
            None => Bearer::Unknown,
            Some(expires_at_s) if now_s < *expires_at_s => Bearer::Good,
            Some(_) => Bearer::Expired,
        }
    }

    pub(super) fn expire_all(&self) {
        self.issued()
            .expires_at_s
            .values_mut()
            .for_each(|at| *at = i64::MIN);
    }

    fn issued(&self) -> MutexGuard<'_, Issued> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn segment<T: DeserializeOwned>(text: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&json).ok()
}

fn public_key() -> Option<Vec<u8>> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(TEST_KEY_PEM.as_bytes()).ok()?;
    let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok()?;
    Some(pair.public_key().as_ref().to_vec())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::RSA_PKCS1_SHA256;

    const NOW: i64 = 1_800_000_000;

    fn credentials() -> Credentials {
        Credentials::new("p", "https://127.0.0.1/token", 60)
    }

    fn good() -> serde_json::Value {
        json!({
            "iss": "footing-push@p.iam.gserviceaccount.com", "scope": SCOPE,
            "aud": "https://127.0.0.1/token", "iat": NOW, "exp": NOW + 3600,
        })
    }

    fn signed(header: &serde_json::Value, claims: &serde_json::Value) -> String {
        let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let text = format!("{}.{}", encode(header), encode(claims));
        let der = PrivatePkcs8KeyDer::from_pem_slice(TEST_KEY_PEM.as_bytes()).unwrap();
        let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            text.as_bytes(),
            &mut signature,
        )
        .unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn a_good_assertion_is_taken_and_each_broken_claim_refused() {
        let header = json!({"alg": "RS256", "typ": "JWT"});
        assert_eq!(
            credentials().check_assertion(&signed(&header, &good()), NOW),
            Ok(())
        );
        for (claim, value) in [
            ("iss", json!("another@p.iam.gserviceaccount.com")),
            ("scope", json!("https://www.googleapis.com/auth/drive")),
            ("aud", json!("https://127.0.0.1/other")),
            ("iat", json!(NOW + 60)),
            ("exp", json!(NOW)),
            ("exp", json!(NOW + 3601)),
        ] {
            let mut claims = good();
            claims[claim] = value;
            let refused = credentials().check_assertion(&signed(&header, &claims), NOW);
            assert!(
                refused.is_err_and(|rule| rule.contains(claim)),
                "{claim}: {refused:?}"
            );
        }
    }

    #[test]
    fn an_unsigned_or_altered_assertion_is_refused() {
        let none = signed(&json!({"alg": "none", "typ": "JWT"}), &good());
        assert!(credentials().check_assertion(&none, NOW).is_err());
        let good = signed(&json!({"alg": "RS256", "typ": "JWT"}), &good());
        let altered = good.replacen("ey", "ez", 2);
        for wrong in [altered.as_str(), "", ".", "..", &good[..good.len() - 2]] {
            assert!(
                credentials().check_assertion(wrong, NOW).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_bearer_is_good_for_its_lifetime_unless_expired_by_hand() {
        let credentials = credentials();
        let token = credentials.issue(NOW);
        assert_eq!(credentials.check_bearer(&token, NOW + 59), Bearer::Good);
        assert_eq!(credentials.check_bearer(&token, NOW + 60), Bearer::Expired);
        assert_eq!(credentials.check_bearer("made-up", NOW), Bearer::Unknown);
        credentials.expire_all();
        assert_eq!(credentials.check_bearer(&token, NOW), Bearer::Expired);
        assert_eq!(
            credentials.check_bearer(&credentials.issue(NOW), NOW),
            Bearer::Good
        );
    }
}

//! The key file Google issues for a service account.

use std::fmt;
use std::path::Path;

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};

use crate::push::jwt;

/// What may be done with the tokens asked for
/// (<https://firebase.google.com/docs/cloud-messaging/auth-server>).
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";

/// How long an assertion is good for; Google takes at most one hour
/// (<https://developers.google.com/identity/protocols/oauth2/service-account>).
const ASSERTION_LIFETIME_S: i64 = 3600;

/// Longest key file read.
const MAX_FILE_BYTES: usize = 64 * 1024;

/// A service account: who sends, for which Firebase project, and the key that proves it.
pub struct ServiceAccount {
    project_id: String,
    client_email: String,
    private_key_id: Option<String>,
    token_uri: String,
    key: RsaKeyPair,
}

/// Why a key file is unusable. Never shows its content.
#[derive(Debug, thiserror::Error)]
pub enum ServiceAccountError {
    /// The file cannot be read.
    #[error("the service account file {path} cannot be read")]
    Read {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not the JSON of a key.
    #[error("the service account file is no JSON key: line {line}, column {column}")]
    Json {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// A field breaks a rule.
    #[error("the service account's {field} {rule}")]
    Field {
        /// Which field.
        field: &'static str,
        /// The rule.
        rule: &'static str,
    },
}

#[derive(Deserialize)]
struct KeyFile {
    #[serde(rename = "type")]
    kind: String,
    project_id: String,
    private_key_id: Option<String>,
    private_key: String,
    client_email: String,
    token_uri: String,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'static str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

impl ServiceAccount {
    /// Reads a key file.
    ///
    /// # Errors
    /// When the file cannot be read or is no usable key.
    pub fn from_file(path: &Path) -> Result<Self, ServiceAccountError> {
        let json = std::fs::read(path).map_err(|source| ServiceAccountError::Read {
            path: path.display().to_string(),
            source,
        })?;
        Self::from_json(&json)
    }

    /// Reads the content of a key file.
    ///
    /// # Errors
    /// When it is no usable key.
    pub fn from_json(json: &[u8]) -> Result<Self, ServiceAccountError> {
        if json.len() > MAX_FILE_BYTES {
            return Err(field("file", "is longer than any key file"));
        }
        let file: KeyFile =
            serde_json::from_slice(json).map_err(|error| ServiceAccountError::Json {
                line: error.line(),
                column: error.column(),
            })?;
        if file.kind != "service_account" {
            return Err(field("type", "must be \"service_account\""));
        }
        if !is_project_id(&file.project_id) {
            return Err(field(
                "project_id",
                "must be 1 to 128 letters, digits and . : -",
            ));
        }
        Ok(Self {
            key: key_pair(&file.private_key)?,
            project_id: file.project_id,
            client_email: file.client_email,
            private_key_id: file.private_key_id,
            token_uri: file.token_uri,
        })
    }

    /// The Firebase project.
    pub fn project_id(&self) -> &str {
        &self.project_id
    }

    /// Where access tokens are asked for.
    pub(super) fn token_uri(&self) -> &str {
        &self.token_uri
    }

    /// A signed JWT that asks for an access token (RFC 7523, section 2.1), `None` when signing fails.
    pub(super) fn assertion(&self, now_unix_s: i64) -> Option<String> {
        let header = Header {
            alg: "RS256",
            typ: "JWT",
            kid: self.private_key_id.as_deref(),
        };
        let claims = Claims {
            iss: &self.client_email,
            scope: SCOPE,
            aud: &self.token_uri,
            iat: now_unix_s,
            exp: now_unix_s + ASSERTION_LIFETIME_S,
        };
        let signed = jwt::unsigned(&header, &claims)?;
        let mut signature = vec![0; self.key.public().modulus_len()];
        // PKCS #1 v1.5 signatures are deterministic; ring blinds with its own randomness.
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .ok()?;
        Some(jwt::with_signature(signed, &signature))
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("project_id", &self.project_id)
            .finish_non_exhaustive()
    }
}

/// It becomes part of a path, so nothing that could leave its segment.
fn is_project_id(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".:-".contains(&byte))
        && id.bytes().any(|byte| byte != b'.')
}

fn key_pair(pem: &str) -> Result<RsaKeyPair, ServiceAccountError> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| field("private_key", "is no PEM block \"PRIVATE KEY\""))?;
    RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| {
        field(
            "private_key",
            "is no RSA key of 2048 to 4096 bits in PKCS #8",
        )
    })
}

fn field(field: &'static str, rule: &'static str) -> ServiceAccountError {
    ServiceAccountError::Field { field, rule }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn project_ids_cannot_leave_their_path_segment() {
        assert!(is_project_id("footing-test") && is_project_id("example.com:clinic"));
        for wrong in ["", "a/b", "..", "a?b", "a b", "a%2f", &"p".repeat(129)] {
            assert!(!is_project_id(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_by_field_and_never_echoed() {
        let key = |kind: &str, project: &str, pem: &str| {
            serde_json::json!({
                "type": kind, "project_id": project, "private_key": pem,
                "client_email": "canary@example.org", "token_uri": "https://example.org/token",
            })
            .to_string()
        };
        let cases = [
            ("{\n \"type\": canary".to_owned(), "line 2"),
            (key("authorized_user", "p", "canary"), "type"),
            (key("service_account", "p/canary", "canary"), "project_id"),
            (key("service_account", "p", "canary"), "private_key"),
            (" ".repeat(MAX_FILE_BYTES + 1), "file"),
        ];
        for (json, named) in cases {
            let error = ServiceAccount::from_json(json.as_bytes()).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(named), "{shown}");
            assert!(!shown.contains("canary"), "{shown}");
        }
        let missing = ServiceAccount::from_file(Path::new("no-such-key.json")).unwrap_err();
        assert!(missing.to_string().contains("no-such-key.json"));
    }
}

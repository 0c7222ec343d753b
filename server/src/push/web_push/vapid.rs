//! Who sends, towards push services: VAPID (RFC 8292), ES256 by ring.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Url;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Serialize;

use crate::push::jwt;

/// How long a token is good for; at most 24 hours (RFC 8292, section 2), and half of it leaves room for
/// clocks that differ.
const LIFETIME_S: i64 = 12 * 3600;

/// Longest key file read.
const MAX_FILE_BYTES: u64 = 4096;

/// The key that names this server to push services. Browsers subscribe to it: with another key every
/// subscription is lost.
pub struct VapidKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

/// Why there is no key. Never shows its content.
#[derive(Debug, thiserror::Error)]
pub enum VapidKeyError {
    /// The file cannot be read.
    #[error("the web push key file {path} cannot be read")]
    Read {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no key.
    #[error("the web push key is no PEM block \"PRIVATE KEY\" with a P-256 key in PKCS #8")]
    NoKey,
    /// The file cannot be written.
    #[error("the web push key file {path} cannot be written: {source}")]
    Write {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// No key could be made.
    #[error("no key could be made")]
    Generate,
}

#[derive(Serialize)]
struct Header {
    typ: &'static str,
    alg: &'static str,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    sub: &'a str,
}

impl VapidKey {
    /// Makes a new key and writes it to a file of its own that only its owner can read.
    ///
    /// # Errors
    /// When the file is there already or cannot be written: a key is never overwritten.
    pub fn create(path: &Path) -> Result<Self, VapidKeyError> {
        let key =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| VapidKeyError::Generate)?;
        let pem = pem(key.as_ref());
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| {
                file.write_all(pem.as_bytes())?;
                file.sync_all()
            })
            .map_err(|source| VapidKeyError::Write {
                path: path.display().to_string(),
                source,
            })?;
        Self::from_pem(&pem)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// When it cannot be read or holds no key.
    pub fn from_file(path: &Path) -> Result<Self, VapidKeyError> {
        let read = |source| VapidKeyError::Read {
            path: path.display().to_string(),
            source,
        };
        if std::fs::metadata(path).map_err(read)?.len() > MAX_FILE_BYTES {
            return Err(VapidKeyError::NoKey);
        }
        Self::from_pem(&std::fs::read_to_string(path).map_err(read)?)
    }

    /// Reads a key.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_pem(pem: &str) -> Result<Self, VapidKeyError> {
        let der =
            PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| VapidKeyError::NoKey)?;
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            der.secret_pkcs8_der(),
            &random,
        )
        .map_err(|_| VapidKeyError::NoKey)?;
        Ok(Self { pair, random })
    }

    /// The public half in base64url: what a browser is given to subscribe to (`applicationServerKey`).
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key())
    }

    /// The value of an `Authorization` header for a push service (RFC 8292, section 3), `None` when signing fails.
    pub(super) fn authorization(
        &self,
        endpoint: &Url,
        subject: &str,
        now_unix_s: i64,
    ) -> Option<String> {
        let claims = Claims {
            aud: &endpoint.origin().ascii_serialization(),
            exp: now_unix_s + LIFETIME_S,
            sub: subject,
        };
        let header = Header {
            typ: "JWT",
            alg: "ES256",
        };
        let unsigned = jwt::unsigned(&header, &claims)?;
        let signature = self.pair.sign(&self.random, unsigned.as_bytes()).ok()?;
        let token = jwt::with_signature(unsigned, signature.as_ref());
        Some(format!("vapid t={token}, k={}", self.public_key()))
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VapidKey")
            .field("public_key", &self.public_key())
            .finish_non_exhaustive()
    }
}

/// RFC 7468: 64 characters a line.
fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    for (place, character) in text.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push_str("\n-----END PRIVATE KEY-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use std::os::unix::fs::PermissionsExt;

    fn key() -> (tempfile::TempDir, VapidKey) {
        let folder = tempfile::tempdir().unwrap();
        let key = VapidKey::create(&folder.path().join("push.pem")).unwrap();
        (folder, key)
    }

    #[test]
    fn a_key_is_written_once_for_its_owner_only_and_reads_back() {
        let (folder, key) = key();
        let path = folder.path().join("push.pem");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            VapidKey::from_file(&path).unwrap().public_key(),
            key.public_key()
        );
        let kept = std::fs::read(&path).unwrap();
        assert!(VapidKey::create(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), kept);
    }

    #[test]
    fn the_public_key_is_an_uncompressed_point() {
        let bytes = URL_SAFE_NO_PAD.decode(key().1.public_key()).unwrap();
        assert_eq!((bytes.len(), bytes[0]), (65, 4));
    }

    #[test]
    fn the_token_names_the_service_the_end_and_the_sender_and_verifies() {
        let (_folder, key) = key();
        let endpoint = Url::parse("https://push.example.net:8443/p/secret-part").unwrap();
        let value = key
            .authorization(&endpoint, "mailto:push@example.org", 1_800_000_000)
            .unwrap();
        let (token, public) = value
            .strip_prefix("vapid t=")
            .unwrap()
            .split_once(", k=")
            .unwrap();
        assert_eq!(public, key.public_key());
        let (unsigned, signature) = token.rsplit_once('.').unwrap();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(public));
        public
            .verify(unsigned.as_bytes(), &decode(signature))
            .unwrap();
        let (header, claims) = unsigned.split_once('.').unwrap();
        let json = |text: &str| serde_json::from_slice::<serde_json::Value>(&decode(text)).unwrap();
        assert_eq!(
            json(header),
            serde_json::json!({"typ": "JWT", "alg": "ES256"})
        );
        assert_eq!(
            json(claims),
            serde_json::json!({
                "aud": "https://push.example.net:8443", "exp": 1_800_043_200_i64, "sub": "mailto:push@example.org",
            })
        );
    }

    #[test]
    fn what_is_no_key_is_refused_and_never_echoed() {
        for pem in [
            "",
            "canary",
            "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----",
        ] {
            let error = VapidKey::from_pem(pem).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }
}

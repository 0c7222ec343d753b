//! Secrets that open doors. They name their clinic, so that every look-up starts with the tenant, and
//! are stored as digests only.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::rt::entropy::Entropy;
use crate::store::types::{Digest, TenantId};

/// An access token: `ft.<tenant>.<43 characters>`, 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    tenant: TenantId,
    text: String,
}

/// A one-time code: `<tenant>-<32 hexadecimal digits>`, 128 random bits; people may have to type it.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode {
    tenant: TenantId,
    text: String,
}

/// A text that is no token or no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not of the expected form")]
pub struct Malformed;

macro_rules! secret {
    ($name:ident) => {
        impl $name {
            /// The clinic it names.
            pub fn tenant(&self) -> TenantId {
                self.tenant
            }

            /// What is stored of it.
            pub fn digest(&self) -> Digest {
                Digest::of(self.text.as_bytes())
            }

            /// The secret itself: to hand over once.
            pub fn reveal(&self) -> &str {
                &self.text
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.tenant.0)
            }
        }
    };
}
secret!(Token);
secret!(OneTimeCode);

impl Token {
    /// A new token of a clinic.
    pub fn new(tenant: TenantId, entropy: &dyn Entropy) -> Self {
        let mut secret = [0; 32];
        entropy.fill(&mut secret);
        Self {
            tenant,
            text: format!("ft.{}.{}", tenant.0, URL_SAFE_NO_PAD.encode(secret)),
        }
    }
}

impl FromStr for Token {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let rest = text.strip_prefix("ft.").ok_or(Malformed)?;
        let (tenant, secret) = rest.split_once('.').ok_or(Malformed)?;
        let well_formed = secret.len() == 43
            && secret
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !well_formed {
            return Err(Malformed);
        }
        Ok(Self {
            tenant: parse_tenant(tenant)?,
            text: text.to_owned(),
        })
    }
}

impl OneTimeCode {
    /// A new code of a clinic.
    pub fn new(tenant: TenantId, entropy: &dyn Entropy) -> Self {
        let mut secret = [0; 16];
        entropy.fill(&mut secret);
        Self {
            tenant,
            text: format!("{}-{}", tenant.0, uuid::Uuid::from_bytes(secret).simple()),
        }
    }
}

impl FromStr for OneTimeCode {
    type Err = Malformed;

    /// Forgives what happens in typing: space around, upper case, groups.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text.len() > 100 {
            return Err(Malformed);
        }
        let (tenant, digits) = text.trim().split_once('-').ok_or(Malformed)?;
        let digits: String = digits
            .chars()
            .filter(|c| !matches!(c, ' ' | '-'))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Malformed);
        }
        let tenant = parse_tenant(tenant)?;
        Ok(Self {
            tenant,
            text: format!("{}-{digits}", tenant.0),
        })
    }
}

fn parse_tenant(text: &str) -> Result<TenantId, Malformed> {
    let plain =
        !text.is_empty() && text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = if plain {
        text.parse().map_err(|_| Malformed)?
    } else {
        return Err(Malformed);
    };
    Ok(TenantId(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt::entropy::SeededEntropy;

    #[test]
    fn a_secret_reads_back_and_is_never_shown_by_accident() {
        let entropy = SeededEntropy::new(1);
        let token = Token::new(TenantId(42), &entropy);
        assert_eq!(token.reveal().parse(), Ok(token.clone()));
        assert_eq!(format!("{token:?}"), "Token(42)");
        let code = OneTimeCode::new(TenantId(42), &entropy);
        let typed = format!(" {} ", code.reveal().to_uppercase());
        assert_eq!(typed.parse(), Ok(code));
    }

    #[test]
    fn other_texts_are_no_tokens() {
        for text in [
            "",
            "ft.1.",
            "ft.x.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "ft.-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert_eq!(text.parse::<Token>(), Err(Malformed), "{text}");
        }
    }
}

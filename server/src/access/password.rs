//! Passwords: argon2id with the parameters OWASP ASVS 5.0 (appendix C) lists.

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

use crate::error::{Error, FieldError, Result};
use crate::rt::entropy::Entropy;

/// Memory in KiB, passes, lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// Compared against when there is no such account, so that it takes as long as when there is one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn argon2() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None)
        .map_err(|error| Error::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Whether a new password may be used: long enough, not absurdly long, not one character over and over.
///
/// # Errors
/// The broken rule.
pub fn check(password: &str) -> Result<(), FieldError> {
    let rule = |rule: &str| Err(FieldError::new("/password", rule));
    let length = password.chars().count();
    if !(12..=128).contains(&length) {
        return rule("must have 12 to 128 characters");
    }
    let mut distinct: Vec<char> = password.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 5 {
        return rule("must have at least 5 different characters");
    }
    Ok(())
}

/// Hashes a password; takes tens of milliseconds and 19 MiB, so call it off the request threads.
pub fn hash(password: &str, entropy: &dyn Entropy) -> Result<String> {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let hash = argon2()?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| Error::internal(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whether the password is the one that was hashed; equally slow when there is no hash.
pub fn verify(password: &str, phc: Option<&str>) -> Result<bool> {
    let matches = argon2()?
        .verify_password(password.as_bytes(), phc.unwrap_or(NOBODY))
        .is_ok();
    Ok(matches && phc.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt::entropy::SeededEntropy;

    #[test]
    fn only_the_same_password_verifies_and_nobody_never_does() {
        let phc = hash("correct horse battery", &SeededEntropy::new(1)).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(verify("correct horse battery", Some(&phc)).unwrap());
        assert!(!verify("correct horse batterx", Some(&phc)).unwrap());
        assert!(!verify("", None).unwrap());
    }

    #[test]
    fn weak_passwords_are_refused_with_the_rule() {
        assert!(check("short").is_err());
        assert!(check("aaaaaaaaaaaaaaaa").is_err());
        assert!(check("a decent pass phrase").is_ok());
    }
}

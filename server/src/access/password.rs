//! Passwords: argon2id, at the cost a server is started with.

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

use crate::error::{Error, FieldError, Result};
use crate::rt::entropy::Entropy;
use crate::rt::password_cost::PasswordCost;

const LANES: u32 = 1;

/// Compared against when there is no such account, so that it takes as long as when there is one.
fn nobody(cost: PasswordCost) -> String {
    let PasswordCost { memory_kib, passes } = cost;
    let (salt, hash) = ("A".repeat(22), "A".repeat(43));
    format!("$argon2id$v=19$m={memory_kib},t={passes},p={LANES}${salt}${hash}")
}

fn argon2(cost: PasswordCost) -> Result<Argon2<'static>> {
    let params = Params::new(cost.memory_kib, cost.passes, LANES, None)
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

/// Hashes a password; at a server's cost it takes tens of milliseconds and 19 MiB, so call it off the request threads.
pub fn hash(password: &str, cost: PasswordCost, entropy: &dyn Entropy) -> Result<String> {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let hash = argon2(cost)?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| Error::internal(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whether the password is the one that was hashed; equally slow when there is no hash.
pub fn verify(password: &str, cost: PasswordCost, phc: Option<&str>) -> Result<bool> {
    let compared = phc.map_or_else(|| nobody(cost), str::to_owned);
    let matches = argon2(cost)?
        .verify_password(password.as_bytes(), compared.as_str())
        .is_ok();
    Ok(matches && phc.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt::entropy::SeededEntropy;

    #[test]
    fn only_the_same_password_verifies_and_nobody_never_does() {
        let cost = PasswordCost::OWASP;
        let phc = hash("correct horse battery", cost, &SeededEntropy::new(1)).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(verify("correct horse battery", cost, Some(&phc)).unwrap());
        assert!(!verify("correct horse batterx", cost, Some(&phc)).unwrap());
        assert!(!verify("", cost, None).unwrap());
    }

    #[test]
    fn a_hash_is_compared_at_the_cost_it_was_made_with() {
        let phc = hash(
            "correct horse battery",
            PasswordCost::LEAST,
            &SeededEntropy::new(1),
        )
        .unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{phc}");
        assert!(verify("correct horse battery", PasswordCost::OWASP, Some(&phc)).unwrap());
        assert!(!verify("correct horse batterx", PasswordCost::OWASP, Some(&phc)).unwrap());
    }

    #[test]
    fn a_server_that_serves_hashes_at_full_cost_whether_there_is_an_account_or_not() {
        let log = crate::push::LogChannel::open("/dev/null".as_ref(), Box::new(|| 0)).unwrap();
        let doors = crate::rt::Doors::real(std::sync::Arc::new(log));
        assert_eq!(doors.password_cost, PasswordCost::OWASP);
        assert!(nobody(doors.password_cost).starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[test]
    fn weak_passwords_are_refused_with_the_rule() {
        assert!(check("short").is_err());
        assert!(check("aaaaaaaaaaaaaaaa").is_err());
        assert!(check("a decent pass phrase").is_ok());
    }
}

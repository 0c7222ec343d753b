//! The compact form of a signed JSON web token (RFC 7515, section 7.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

/// What is to be signed: header and claims. `None` when they are no JSON.
pub(super) fn unsigned(header: &impl Serialize, claims: &impl Serialize) -> Option<String> {
    Some(format!("{}.{}", segment(header)?, segment(claims)?))
}

/// The token.
pub(super) fn with_signature(unsigned: String, signature: &[u8]) -> String {
    format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn segment(part: &impl Serialize) -> Option<String> {
    serde_json::to_vec(part)
        .ok()
        .map(|json| URL_SAFE_NO_PAD.encode(json))
}

//! Encryption for the browser alone (RFC 8291: `aes128gcm` of RFC 8188 with keys from ECDH on P-256).
//! The push service in between learns when and to whom, and the length, which is always the same.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{self, ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::{SecureRandom, SystemRandom};

use crate::push::address::{AUTH_SECRET_LEN, PUBLIC_KEY_LEN};

/// Content and padding together; the longest content of ours has about 250 bytes. One length for every
/// message, so that the length tells neither kind nor language.
const PADDED_LEN: usize = 512;

/// The record size written into the header: one record holds all.
const RECORD_SIZE: u32 = 4096;

const SALT_LEN: usize = 16;
const CEK_LEN: usize = 16;
const NONCE_LEN: usize = 12;

/// Ends the content of the last record (RFC 8188, section 2).
const LAST_RECORD: u8 = 2;

/// The body of a push message, `None` when the receiver's key is no point of the curve or the content is
/// longer than any of ours.
///
/// The one-time key and the salt are ring's own randomness: they are no behaviour of ours that could be
/// played again, and ring takes no other source.
pub(in crate::push) fn encrypt(
    receiver: &[u8; PUBLIC_KEY_LEN],
    auth_secret: &[u8; AUTH_SECRET_LEN],
    content: &[u8],
) -> Option<Vec<u8>> {
    let random = SystemRandom::new();
    let mut salt = [0; SALT_LEN];
    random.fill(&mut salt).ok()?;
    let key = EphemeralPrivateKey::generate(&ECDH_P256, &random).ok()?;
    let sender: [u8; PUBLIC_KEY_LEN] = key.compute_public_key().ok()?.as_ref().try_into().ok()?;
    let receiver_key = UnparsedPublicKey::new(&ECDH_P256, receiver);
    let padded = padded(content)?;
    agreement::agree_ephemeral(key, &receiver_key, |shared| {
        seal(shared, receiver, &sender, auth_secret, &salt, padded)
    })
    .ok()?
}

/// Whether bytes are a point of the curve, so that messages can be encrypted for them.
pub(in crate::push) fn is_public_key(key: &[u8; PUBLIC_KEY_LEN]) -> bool {
    encrypt(key, &[0; AUTH_SECRET_LEN], b"").is_some()
}

fn padded(content: &[u8]) -> Option<Vec<u8>> {
    if content.len() >= PADDED_LEN {
        return None;
    }
    let mut padded = content.to_vec();
    padded.push(LAST_RECORD);
    padded.resize(PADDED_LEN, 0);
    Some(padded)
}

/// Everything after the key agreement, which is where the example of RFC 8291 can be followed.
fn seal(
    shared: &[u8],
    receiver: &[u8; PUBLIC_KEY_LEN],
    sender: &[u8; PUBLIC_KEY_LEN],
    auth_secret: &[u8],
    salt: &[u8; SALT_LEN],
    mut record: Vec<u8>,
) -> Option<Vec<u8>> {
    let (cek, nonce) = derive(shared, receiver, sender, auth_secret, salt)?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &cek).ok()?);
    // The key is used once, so the nonce of the first record is the only one.
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::empty(),
        &mut record,
    )
    .ok()?;
    let mut body = Vec::with_capacity(SALT_LEN + 5 + PUBLIC_KEY_LEN + record.len());
    body.extend_from_slice(salt);
    body.extend_from_slice(&RECORD_SIZE.to_be_bytes());
    body.push(u8::try_from(PUBLIC_KEY_LEN).ok()?);
    body.extend_from_slice(sender);
    body.extend_from_slice(&record);
    Some(body)
}

/// The content encryption key and the nonce (RFC 8291, section 3.4).
fn derive(
    shared: &[u8],
    receiver: &[u8; PUBLIC_KEY_LEN],
    sender: &[u8; PUBLIC_KEY_LEN],
    auth_secret: &[u8],
    salt: &[u8; SALT_LEN],
) -> Option<([u8; CEK_LEN], [u8; NONCE_LEN])> {
    let by_auth = Salt::new(HKDF_SHA256, auth_secret).extract(shared);
    let input: [u8; 32] = expand(&by_auth, &[b"WebPush: info\0", receiver, sender])?;
    let by_salt = Salt::new(HKDF_SHA256, salt).extract(&input);
    Some((
        expand(&by_salt, &[b"Content-Encoding: aes128gcm\0"])?,
        expand(&by_salt, &[b"Content-Encoding: nonce\0"])?,
    ))
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(key: &Prk, info: &[&[u8]]) -> Option<[u8; N]> {
    let mut out = [0; N];
    key.expand(info, Length(N)).ok()?.fill(&mut out).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use web_push_native::p256::SecretKey;
    use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap()
    }

    // RFC 8291, section 5 and appendix A.
    const RECEIVER: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const SENDER: &str =
        "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
    const SALT: &str = "DGv6ra1nlYgDCS1FRnbzlw";
    const SHARED: &str = "kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs";
    const CEK: &str = "oIhVW04MRdy2XN9CiKLxTg";
    const NONCE: &str = "4h_95klXJ5E_qnoN";
    const BODY: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

    #[test]
    fn the_example_of_the_rfc_comes_out_byte_for_byte() {
        let (receiver, sender) = (bytes(RECEIVER), bytes(SENDER));
        let (auth, salt) = (bytes::<16>(AUTH), bytes(SALT));
        let shared = bytes::<32>(SHARED);
        let derived = derive(&shared, &receiver, &sender, &auth, &salt);
        assert_eq!(derived, Some((bytes(CEK), bytes(NONCE))));
        let record = b"When I grow up, I want to be a watermelon\x02".to_vec();
        let body = seal(&shared, &receiver, &sender, &auth, &salt, record).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(body), BODY);
    }

    #[test]
    fn what_is_no_point_of_the_curve_is_told() {
        assert!(is_public_key(&bytes(RECEIVER)));
        let mut off = bytes(RECEIVER);
        off[64] ^= 1;
        assert!(!is_public_key(&off));
        assert!(!is_public_key(&[4; PUBLIC_KEY_LEN]));
    }

    #[test]
    fn content_that_would_show_its_length_is_refused() {
        let receiver = bytes(RECEIVER);
        assert!(encrypt(&receiver, &[0; 16], &[b'x'; PADDED_LEN - 1]).is_some());
        assert!(encrypt(&receiver, &[0; 16], &[b'x'; PADDED_LEN]).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        /// An independent implementation reads what we write, and every body is as long as any other.
        #[test]
        fn the_receiver_reads_what_was_written(
            content in proptest::collection::vec(1..=255_u8, 0..PADDED_LEN - 1),
            scalar in proptest::array::uniform32(1..=200_u8),
            auth in any::<[u8; 16]>(),
        ) {
            let key = SecretKey::from_slice(&scalar).unwrap();
            let public: [u8; PUBLIC_KEY_LEN] =
                key.public_key().to_encoded_point(false).as_bytes().try_into().unwrap();
            let body = encrypt(&public, &auth, &content).unwrap();
            prop_assert_eq!(body.len(), SALT_LEN + 5 + PUBLIC_KEY_LEN + PADDED_LEN + 16);
            let read = web_push_native::decrypt(body, &key, &auth.into()).unwrap();
            prop_assert_eq!(read, content);
        }
    }
}

//! Decimal numbers straight from bytes. Plain decimals (digits and a point) take an exact short way; everything else
//! goes through the standard library, so that both ways give the same number.

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
/// Integers up to here are exact in a double; an exact integer over an exact power of ten rounds once, as it should
/// (Clinger 1990, "How to read floating point numbers accurately").
const EXACT: u64 = 1 << 53;
/// Digits that cannot overflow 64 bits.
const MOST_DIGITS: usize = 19;

/// A plain decimal at the start of `text`: its value and length in bytes; `None` when the short way does not apply.
#[inline]
pub(super) fn plain(text: &[u8]) -> Option<(f64, usize)> {
    let negative = text.first() == Some(&b'-');
    let start = usize::from(negative);
    let (mut mantissa, mut at, mut point) = (0_u64, start, None);
    while let Some(&byte) = text.get(at) {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        } else if byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            break;
        }
        at += 1;
    }
    let digits = at - start - usize::from(point.is_some());
    let decimals = point.map_or(0, |point| at - point - 1);
    if digits == 0 || digits > MOST_DIGITS || mantissa > EXACT {
        return None;
    }
    let value = match decimals {
        0 => mantissa as f64,
        _ => mantissa as f64 / POWERS.get(decimals)?,
    };
    Some((if negative { -value } else { value }, at))
}

/// A finite number that fills the whole field, white space around it aside; or nothing.
pub(super) fn number(field: &[u8]) -> Option<f64> {
    let field = field.trim_ascii();
    match plain(field) {
        Some((value, length)) if length == field.len() => Some(value),
        _ => slow(field),
    }
}

/// The single-precision number nearest to the text, given the double nearest to it (no text: to the double). Rounding twice differs from
/// rounding once only when the double lies half-way between two singles.
#[inline]
pub(super) fn single(value: f64, text: &[u8]) -> Option<f32> {
    const LOW: u64 = (1 << 29) - 1;
    let half_way = value.to_bits() & LOW == 1 << 28;
    let tiny = value != 0.0 && value.abs() < f64::from(f32::MIN_POSITIVE);
    let single = if (half_way || tiny) && !text.is_empty() {
        std::str::from_utf8(text.trim_ascii()).ok()?.parse().ok()?
    } else {
        value as f32
    };
    single.is_finite().then_some(single)
}

fn slow(field: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(field).ok()?;
    // `parse` also reads "inf" and "nan".
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use proptest::prelude::*;

    fn agrees(text: &str) {
        let theirs = text.parse::<f64>().ok().filter(|v| v.is_finite());
        let ours = number(text.as_bytes());
        assert_eq!(ours.map(f64::to_bits), theirs.map(f64::to_bits), "{text:?}");
        let theirs = text.parse::<f32>().ok().filter(|v| v.is_finite());
        let ours = ours.and_then(|value| single(value, text.as_bytes()));
        assert_eq!(ours.map(f32::to_bits), theirs.map(f32::to_bits), "{text:?}");
    }

    #[test]
    fn odd_spellings_agree_with_the_standard_library() {
        for text in [
            "",
            "-",
            ".",
            "-.",
            "1.",
            ".5",
            "-.5",
            "+1",
            "-0",
            "0.0",
            "1e3",
            "1E-3",
            "1e",
            "1.2.3",
            "--1",
            "0x1",
            "nan",
            "inf",
            "-inf",
            "9007199254740992",
            "9007199254740993",
            "00000000000000000001.5",
            "0.00000000000000000000001",
            "1e400",
            "16777217",
            "1.00000005960464477539",
            "1.000000059604644775390625",
            "1e-46",
            "1e39",
            "١",
        ] {
            agrees(text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn plain_decimals_agree_with_the_standard_library(text in "-?[0-9]{0,21}(\\.[0-9]{0,24})?") {
            agrees(&text);
        }

        #[test]
        fn every_single_survives_its_shortest_text(bits in any::<u32>()) {
            let value = f32::from_bits(bits);
            let text = value.to_string();
            prop_assert_eq!(
                number(text.as_bytes()).and_then(|v| single(v, text.as_bytes())).map(f32::to_bits),
                value.is_finite().then_some(bits)
            );
        }
    }
}

//! Shapes of the text fields of the wire contract. No tables of zones, no clock: only what a shape can tell.

/// 1 to `most` characters, none of them a control character, not only white space.
pub(crate) fn is_plain(text: &str, most: usize) -> bool {
    let count = text.chars().count();
    (1..=most).contains(&count) && !text.chars().any(char::is_control) && !text.trim().is_empty()
}

/// A snake_case code.
pub(crate) fn is_code(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// A UUID version 7 in its canonical lower-case text form (RFC 9562).
pub(crate) fn is_uuid_v7(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            14 => b == b'7',
            19 => matches!(b, b'8' | b'9' | b'a' | b'b'),
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// The shape of an IANA zone name: parts of letters, digits, `_`, `+`, `-`, joined by `/`, the first starting with a letter.
pub(crate) fn is_zone_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.split('/').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-'))
        })
}

/// `YYYY-MM-DDThh:mm:ss[.fraction]Z` with a real calendar day.
pub(crate) fn is_utc_instant(text: &str) -> bool {
    let Some(body) = text
        .strip_suffix('Z')
        .filter(|body| body.is_ascii() && body.len() >= 19)
    else {
        return false;
    };
    let (main, fraction) = body.split_at(19);
    is_fraction(fraction) && is_date_time(main.as_bytes())
}

fn is_fraction(text: &str) -> bool {
    text.is_empty()
        || text
            .strip_prefix('.')
            .is_some_and(|d| (1..=9).contains(&d.len()) && d.bytes().all(|b| b.is_ascii_digit()))
}

fn is_date_time(main: &[u8]) -> bool {
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !separators.iter().all(|&(i, b)| main.get(i) == Some(&b)) {
        return false;
    }
    let number = |from: usize, to: usize| {
        main.get(from..to)?.iter().try_fold(0u32, |sum, b| {
            b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0'))
        })
    };
    let fields = [
        number(0, 4),
        number(5, 7),
        number(8, 10),
        number(11, 13),
        number(14, 16),
        number(17, 19),
    ];
    let [
        Some(year),
        Some(month),
        Some(day),
        Some(hour),
        Some(minute),
        Some(second),
    ] = fields
    else {
        return false;
    };
    (1..=days_in(year, month)).contains(&day) && hour < 24 && minute < 60 && second < 60
}

const fn days_in(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        for good in ["2026-03-01T08:30:00Z", "2024-02-29T23:59:59.123456789Z"] {
            assert!(is_utc_instant(good), "{good}");
        }
        for bad in [
            "",
            "Z",
            "2026-02-29T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T08:30:00+01:00",
            "2026-03-01 08:30:00Z",
            "2026-3-01T08:30:00Z",
            "2026-03-01T08:30:00.Z",
            "é026-03-01T08:30:00Z",
            "2026-13-01T00:00:00Z",
        ] {
            assert!(!is_utc_instant(bad), "{bad}");
        }
    }

    #[test]
    fn identifiers_zones_and_texts() {
        assert!(is_uuid_v7("0195c1a0-7b1e-7d3a-9c55-0123456789ab"));
        assert!(!is_uuid_v7("0195c1a0-7b1e-4d3a-9c55-0123456789ab"));
        assert!(!is_uuid_v7("0195C1A0-7b1e-7d3a-9c55-0123456789ab"));
        for good in [
            "UTC",
            "Europe/Berlin",
            "America/Argentina/Buenos_Aires",
            "Etc/GMT+5",
        ] {
            assert!(is_zone_name(good), "{good}");
        }
        for bad in [
            "",
            "/",
            "Europe/",
            "+01:00",
            "Europe/Ber lin",
            "Europe//Berlin",
        ] {
            assert!(!is_zone_name(bad), "{bad}");
        }
        assert!(
            is_plain("SN5968", 64)
                && !is_plain(" ", 64)
                && !is_plain("a\u{0}", 64)
                && !is_plain(&"x".repeat(65), 64)
        );
        assert!(is_code("too_few_strides", 64) && !is_code("Too Few", 64));
    }
}

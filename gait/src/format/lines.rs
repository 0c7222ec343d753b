//! Lines and numbers straight from bytes: no line is copied, no number is accepted that is not finite.

/// One line of a text file.
pub(super) struct Line<'a> {
    /// One-based number.
    pub(super) number: usize,
    /// Content without line end.
    pub(super) text: &'a [u8],
    /// Whether a line end follows; only the last line of a cut-off file has none.
    pub(super) ended: bool,
}

/// The lines of a file, without a leading byte order mark, `\n` or `\r\n` ended.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes
        .split_inclusive(|&b| b == b'\n')
        .enumerate()
        .map(|(i, raw)| {
            let body = raw.strip_suffix(b"\n");
            let text = body.unwrap_or(raw);
            Line {
                number: i + 1,
                text: text.strip_suffix(b"\r").unwrap_or(text),
                ended: body.is_some(),
            }
        })
}

/// A finite number, or nothing.
pub(super) fn number(field: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(field.trim_ascii()).ok()?;
    // `parse` also reads "inf" and "nan".
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// White-space separated fields.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
}

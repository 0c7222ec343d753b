//! Lines and cells straight from bytes: one line is held at a time, however long the file.

use std::io::{BufRead, Read};

use super::number::{number, plain};
use super::{Place, ReadError};

/// No line of a known format is longer, bytes: 2 x 99 sensors of 20 characters, with room.
const MAX_LINE: u64 = 1 << 16;

/// One line of a text file.
pub(super) struct Line<'a> {
    /// One-based number.
    pub(super) number: usize,
    /// Content without line end.
    pub(super) text: &'a [u8],
    /// Whether a line end follows; only the last line of a cut-off file has none.
    pub(super) ended: bool,
}

impl<'a> Line<'a> {
    fn new(number: usize, raw: &'a [u8]) -> Self {
        let raw = if number == 1 {
            raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw)
        } else {
            raw
        };
        let body = raw.strip_suffix(b"\n");
        let text = body.unwrap_or(raw);
        Self {
            number,
            text: text.strip_suffix(b"\r").unwrap_or(text),
            ended: body.is_some(),
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim_ascii().is_empty()
    }
}

/// The lines of bytes in memory, without a leading byte order mark, `\n` or `\r\n` ended.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    bytes
        .split_inclusive(|&b| b == b'\n')
        .enumerate()
        .map(|(i, raw)| Line::new(i + 1, raw))
}

/// A text file line by line.
pub(super) struct Text<R> {
    /// Name for messages.
    pub(super) file: String,
    reader: R,
    buffer: Vec<u8>,
    number: usize,
}

impl<R: BufRead> Text<R> {
    pub(super) fn new(file: &str, reader: R) -> Self {
        Self {
            file: file.to_owned(),
            reader,
            buffer: Vec::new(),
            number: 0,
        }
    }

    /// The next line; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        self.buffer.clear();
        self.number += 1;
        let read = Read::take(&mut self.reader, MAX_LINE).read_until(b'\n', &mut self.buffer);
        match read.map_err(|source| ReadError::source(&self.file, &source))? {
            0 => Ok(None),
            n if n as u64 == MAX_LINE && !self.buffer.ends_with(b"\n") => Err(self.broken(
                self.number,
                format!("lines are shorter than {MAX_LINE} bytes"),
            )),
            _ => Ok(Some(Line::new(self.number, &self.buffer))),
        }
    }

    #[cfg(feature = "parquet")]
    /// What was not read yet.
    pub(super) fn into_reader(self) -> R {
        self.reader
    }

    pub(super) fn broken(&self, line: usize, rule: impl Into<String>) -> ReadError {
        ReadError::broken(&self.file, Place::Line(line), rule)
    }

    pub(super) fn broken_file(&self, rule: impl Into<String>) -> ReadError {
        ReadError::broken(&self.file, Place::File, rule)
    }
}

/// White-space separated fields.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
}

/// The white-space separated numbers of a line; `None` for a word that is no finite number.
pub(super) fn numbers(line: &[u8]) -> impl Iterator<Item = Option<f64>> {
    let mut rest = line;
    std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return None;
        }
        if let Some((value, length)) = plain(rest)
            && let (_, after) = rest.split_at(length)
            && after.first().is_none_or(u8::is_ascii_whitespace)
        {
            rest = after;
            return Some(Some(value));
        }
        let length = rest.iter().position(u8::is_ascii_whitespace);
        let (word, after) = rest.split_at(length.unwrap_or(rest.len()));
        rest = after;
        Some(number(word))
    })
}

/// One cell of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// Nothing but white space, or `null`.
    Empty,
    /// A finite number and its text.
    Number(f64, &'a [u8]),
    /// Anything else.
    Text(&'a [u8]),
}

/// The cells of a line between separators, empty ones included.
pub(super) struct Cells<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> Cells<'a> {
    pub(super) const fn new(line: &'a [u8], separator: u8) -> Self {
        Self {
            rest: Some(line),
            separator,
        }
    }

    /// Steps over one cell and takes the separator behind it.
    #[inline]
    fn cut(&mut self, rest: &'a [u8], length: usize) -> &'a [u8] {
        let (cell, after) = rest.split_at(length);
        self.rest = after.split_first().map(|(_, after)| after);
        cell
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = Cell<'a>;

    #[inline]
    fn next(&mut self) -> Option<Cell<'a>> {
        let rest = self.rest?;
        let ends = |at: usize| rest.get(at).is_none_or(|&b| b == self.separator);
        if ends(0) {
            self.cut(rest, 0);
            return Some(Cell::Empty);
        }
        if let Some((value, length)) = plain(rest)
            && ends(length)
        {
            return Some(Cell::Number(value, self.cut(rest, length)));
        }
        let length = rest.iter().position(|&b| b == self.separator);
        let cell = self.cut(rest, length.unwrap_or(rest.len())).trim_ascii();
        Some(match number(cell) {
            _ if cell.is_empty() || cell == b"null" => Cell::Empty,
            Some(value) => Cell::Number(value, cell),
            None => Cell::Text(cell),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn cells_keep_their_places() {
        let cells: Vec<_> = Cells::new(b"1.5,, 2e1 ,x,null,-0,", b',').collect();
        assert_eq!(
            cells,
            [
                Cell::Number(1.5, b"1.5"),
                Cell::Empty,
                Cell::Number(20.0, b"2e1"),
                Cell::Text(b"x"),
                Cell::Empty,
                Cell::Number(-0.0, b"-0"),
                Cell::Empty
            ]
        );
        assert_eq!(Cells::new(b"", b',').count(), 1);
    }

    #[test]
    fn numbers_of_a_line_are_all_judged() {
        let all: Vec<_> = numbers(b" 1\t-2.5  3e2 4x nan 5 ").collect();
        let expected = [Some(1.0), Some(-2.5), Some(300.0), None, None, Some(5.0)];
        assert_eq!(all, expected);
    }

    #[test]
    fn lines_are_bounded_and_know_their_end() {
        let mut text = Text::new("x", &b"\xef\xbb\xbfa\r\nb"[..]);
        let first = text.next().unwrap().unwrap();
        assert_eq!(
            (first.text, first.ended, first.number),
            (&b"a"[..], true, 1)
        );
        let last = text.next().unwrap().unwrap();
        assert_eq!((last.text, last.ended, last.number), (&b"b"[..], false, 2));
        assert!(text.next().unwrap().is_none());
        let long = vec![b'1'; 1 << 17];
        assert!(Text::new("x", long.as_slice()).next().is_err());
    }
}

//! CSV as RFC 4180 has it, safe to open in a spreadsheet.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula. A text that begins with one of
//! them gets an apostrophe in front, and so does one that begins with an apostrophe: without its first apostrophe each is the
//! text it was. Numbers are numbers: they have no apostrophe, also below zero.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::Stream;

use crate::error::{Error, Result};

/// Beginnings of a text that get an apostrophe.
const GUARDED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number.
    Real(f64),
    /// Nothing.
    Empty,
}

impl Cell {
    /// A text.
    pub fn text(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    /// A text, or nothing.
    pub fn maybe<T: ToString>(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Self::text)
    }

    /// A count, or nothing.
    pub fn count(value: Option<usize>) -> Self {
        value
            .and_then(|count| i64::try_from(count).ok())
            .map_or(Self::Empty, Self::Whole)
    }

    /// A number, or nothing.
    pub fn real(value: Option<f64>) -> Self {
        value.map_or(Self::Empty, Self::Real)
    }

    fn written(&self) -> String {
        match self {
            Self::Text(text) if text.starts_with(GUARDED) => format!("'{text}"),
            Self::Text(text) => text.clone(),
            Self::Whole(number) => number.to_string(),
            // What is no number is no value.
            Self::Real(number) if number.is_finite() => number.to_string(),
            Self::Real(_) | Self::Empty => String::new(),
        }
    }
}

/// Lines that are being written.
pub struct Sheet(::csv::Writer<Vec<u8>>);

impl Sheet {
    /// No lines yet.
    pub fn empty() -> Self {
        Self(
            ::csv::WriterBuilder::new()
                .terminator(::csv::Terminator::CRLF)
                .from_writer(Vec::new()),
        )
    }

    /// With the names of the columns.
    ///
    /// # Errors
    /// Internal when it cannot be written.
    pub fn headed(names: &[&str]) -> Result<Self> {
        let mut sheet = Self::empty();
        sheet.0.write_record(names).map_err(Error::internal)?;
        Ok(sheet)
    }

    /// Adds a line.
    ///
    /// # Errors
    /// Internal when it has other columns than the lines before.
    pub fn line(&mut self, cells: &[Cell]) -> Result<()> {
        let cells = cells.iter().map(Cell::written);
        self.0.write_record(cells).map_err(Error::internal)
    }

    /// The lines so far.
    ///
    /// # Errors
    /// Internal when they cannot be written.
    pub fn bytes(self) -> Result<Bytes> {
        let bytes = self
            .0
            .into_inner()
            .map_err(|error| Error::internal(error.to_string()))?;
        Ok(Bytes::from(bytes))
    }
}

/// The answer that saves as a file of this name, written as it comes. An error on the way breaks the answer off, so that nobody takes
/// it for whole.
pub fn attachment(name: &str, lines: impl Stream<Item = Result<Bytes>> + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((
            header::CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present",
        ))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .streaming(lines)
}

/// The same of lines that are there.
pub fn whole(name: &str, sheet: Sheet) -> Result<HttpResponse> {
    let bytes = sheet.bytes()?;
    Ok(attachment(
        name,
        futures_util::stream::once(std::future::ready(Ok(bytes))),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        ::csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(bytes)
            .records()
            .map(|record| record.unwrap().iter().map(ToOwned::to_owned).collect())
            .collect()
    }

    fn sheet(cells: &[Cell]) -> Bytes {
        let mut sheet = Sheet::headed(&["a", "b"]).unwrap();
        sheet.line(cells).unwrap();
        sheet.bytes().unwrap()
    }

    #[test]
    fn lines_end_as_rfc_4180_has_it_and_quotes_are_doubled() {
        let bytes = sheet(&[Cell::text("say \"a, b\""), Cell::Whole(-3)]);
        assert_eq!(bytes, "a,b\r\n\"say \"\"a, b\"\"\",-3\r\n");
    }

    #[test]
    fn a_formula_is_a_text_and_a_number_below_zero_a_number() {
        let formula = "=HYPERLINK(\"http://example.org\")";
        let rows = read(&sheet(&[Cell::text(formula), Cell::Real(-0.25)]));
        assert_eq!(rows[1], [format!("'{formula}"), "-0.25".to_owned()]);
    }

    /// Names as somebody types them who means harm.
    fn hostile() -> impl Strategy<Value = String> {
        let start = proptest::sample::select(vec![
            "=", "+", "-", "@", "\t", "\r", "'", "''=", "\"", ",", "\n", "\r\n", "", " ",
        ]);
        (start, "\\PC{0,12}").prop_map(|(start, rest)| format!("{start}{rest}"))
    }

    proptest! {
        #[test]
        fn no_text_begins_as_a_formula_and_each_can_be_had_back(one in hostile(), other in any::<String>()) {
            let rows = read(&sheet(&[Cell::text(&one), Cell::text(&other)]));
            prop_assert_eq!(rows.len(), 2, "a line is one line");
            for (cell, text) in rows[1].iter().zip([&one, &other]) {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
                prop_assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), text);
            }
        }

        #[test]
        fn numbers_are_read_back_as_the_same_numbers(whole in any::<i64>(), real in -1e12_f64..1e12) {
            let rows = read(&sheet(&[Cell::Whole(whole), Cell::Real(real)]));
            prop_assert_eq!(rows[1][0].parse::<i64>().ok(), Some(whole));
            prop_assert_eq!(rows[1][1].parse::<f64>().ok(), Some(real));
        }
    }
}

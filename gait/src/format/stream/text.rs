//! The two text spellings: rows of cells between a head and an end mark.

use std::io::BufRead;

use serde::Deserialize;

use super::super::lines::{Cells, Line, Text};
use super::super::rows::Rule;
use super::super::{Place, ReadError};
use super::CSV_MARK;
use super::assemble::Assembler;
use super::schema::Schema;
use crate::issue::{Issue, IssueCode};
use crate::recording::{Format, Recording};

/// First line of the NDJSON spelling.
#[derive(Deserialize)]
struct Head {
    footing_stream: u32,
    sampling_hz: f64,
    layout: Option<String>,
    columns: Vec<String>,
}

/// Last line of the NDJSON spelling.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    rows: usize,
}

pub(super) fn read_ndjson<R: BufRead>(mut text: Text<R>) -> Result<Recording, ReadError> {
    let schema = match text.next()? {
        Some(line) => ndjson_head(line.text),
        None => Err("has a head".into()),
    };
    let schema = schema.map_err(|rule| text.broken(1, rule))?;
    rows(text, schema, Format::StreamNdjson, |line| {
        let body = line.text.trim_ascii();
        if let Some(cells) = body.strip_prefix(b"[").and_then(|b| b.strip_suffix(b"]")) {
            return Ok(Content::Row(cells));
        }
        match serde_json::from_slice::<End>(body) {
            Ok(end) => Ok(Content::End(end.rows)),
            Err(_) => Err("is an array of cells or the end mark {\"rows\":n}".into()),
        }
    })
}

fn ndjson_head(line: &[u8]) -> Result<Schema, Rule> {
    let head: Head = serde_json::from_slice(line)
        .map_err(|_| "the head gives footing_stream, sampling_hz, layout and columns")?;
    let names = head.columns.iter().map(String::as_str);
    Schema::new(head.footing_stream, head.sampling_hz, head.layout, names)
}

pub(super) fn read_csv<R: BufRead>(mut text: Text<R>) -> Result<Recording, ReadError> {
    let head = text
        .next()?
        .map(|line| line.text.to_vec())
        .unwrap_or_default();
    let schema = match text.next()? {
        Some(line) => csv_head(&head, line.text),
        None => Err("has a line with the column names".into()),
    };
    let schema = schema.map_err(|rule| text.broken(2, rule))?;
    rows(text, schema, Format::StreamCsv, |line| {
        let Some(mark) = line.text.strip_prefix(b"#") else {
            return Ok(Content::Row(line.text));
        };
        let rows = std::str::from_utf8(mark.trim_ascii())
            .ok()
            .and_then(|mark| mark.strip_prefix("end rows="))
            .and_then(|rows| rows.parse().ok());
        rows.map(Content::End)
            .ok_or_else(|| "the end mark reads # end rows=n".into())
    })
}

/// `# footing-stream 1; sampling_hz=100; layout=moticon-16`, then the names.
fn csv_head(head: &[u8], names: &[u8]) -> Result<Schema, Rule> {
    const RULE: &str = "the first line reads # footing-stream 1; sampling_hz=...; layout=...";
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let head = std::str::from_utf8(head).map_err(|_| RULE)?;
    let mut parts = head
        .strip_prefix(CSV_MARK)
        .ok_or(RULE)?
        .split(';')
        .map(str::trim);
    let version = parts.next().and_then(|v| v.parse().ok()).ok_or(RULE)?;
    let (mut sampling_hz, mut layout) = (None, None);
    for (key, value) in parts.filter_map(|part| part.split_once('=')) {
        match key {
            "sampling_hz" => sampling_hz = value.parse().ok(),
            "layout" => layout = Some(value.to_owned()),
            _ => {}
        }
    }
    let names = std::str::from_utf8(names).map_err(|_| "column names are text")?;
    Schema::new(
        version,
        sampling_hz.ok_or(RULE)?,
        layout,
        names.split(',').map(str::trim),
    )
}

/// What a line after the head is.
enum Content<'a> {
    Row(&'a [u8]),
    End(usize),
}

fn rows<R: BufRead>(
    mut text: Text<R>,
    schema: Schema,
    format: Format,
    content: for<'a> fn(&'a Line<'a>) -> Result<Content<'a>, Rule>,
) -> Result<Recording, ReadError> {
    let mut assembler = Assembler::new(schema);
    let (mut end, mut issues) = (None, Vec::new());
    let file = text.file.clone();
    while let Some(line) = text.next()? {
        if line.is_blank() {
            continue;
        }
        let done = match content(&line) {
            _ if !line.ended => Err("is cut off".into()),
            _ if end.is_some() => Err("nothing follows the end mark".into()),
            Ok(Content::End(rows)) => {
                end = Some(rows);
                Ok(())
            }
            Ok(Content::Row(cells)) => assembler.take(Cells::new(cells, b',')),
            Err(rule) => Err(rule),
        };
        match done {
            Err(_) if !line.ended => {
                let detail = format!("line {} is cut off and was dropped", line.number);
                issues.push(Issue::new(IssueCode::TruncatedRow, detail));
            }
            done => {
                done.map_err(|rule| ReadError::broken(&file, Place::Line(line.number), rule))?
            }
        }
    }
    assembler
        .finish(&file, format, end, issues)
        .map_err(|rule| ReadError::broken(&file, Place::File, rule))
}

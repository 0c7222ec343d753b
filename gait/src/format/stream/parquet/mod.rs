//! The Parquet spelling: the same columns, optional, uncompressed; `footing_stream`, `sampling_hz`, `layout` and `rows`
//! in the key-value metadata. Numbers are FLOAT or DOUBLE, or INT32 counts of a step that the metadata gives as
//! `scale.<column>`.

#[cfg(test)]
mod tests;
mod write;

use std::io::{BufRead, Read};

use bytes::Bytes;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{DataType, DoubleType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, RowGroupMetaData};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::super::lines::{Cell, Text};
use super::super::rows::Rule;
use super::super::{Place, ReadError};
use super::KEY;
use super::assemble::Assembler;
use super::schema::Schema;
use crate::recording::{Format, Recording};
pub(super) use write::write;

/// Rows decoded at a time.
const BATCH: usize = 4096;
/// Rows per byte of the file: run lengths could spell billions of equal rows in a few bytes, measured ones never are (A).
const MAX_ROWS_PER_BYTE: usize = 8;
/// Largest file taken in, bytes: a day at 100 Hz of 50 columns of four bytes.
const MAX_BYTES: u64 = 2 << 30;

pub(super) fn read<R: BufRead>(text: Text<R>) -> Result<Recording, ReadError> {
    let (file, mut bytes) = (text.file.clone(), Vec::new());
    let read = Read::take(text.into_reader(), MAX_BYTES + 1).read_to_end(&mut bytes);
    let broken = |rule: Rule| ReadError::broken(&file, Place::File, rule);
    match read.map_err(|error| ReadError::source(&file, &error))? {
        n if n as u64 > MAX_BYTES => Err(broken(format!("has at most {MAX_BYTES} bytes").into())),
        _ => contained(bytes.into(), &file).map_err(broken),
    }
}

const DAMAGED: &str = "is undamaged Parquet";

fn damaged(_: ParquetError) -> Rule {
    DAMAGED.into()
}

/// The decoder is foreign code that panics on some damaged files (found by fuzzing): a panic there is damage, not ours to
/// pass on. Nothing of the attempt outlives it.
fn contained(bytes: Bytes, file: &str) -> Result<Recording, Rule> {
    let attempt = std::panic::AssertUnwindSafe(|| read_bytes(bytes, file));
    std::panic::catch_unwind(attempt).unwrap_or_else(|_| Err(DAMAGED.into()))
}

fn read_bytes(bytes: Bytes, file: &str) -> Result<Recording, Rule> {
    let length = bytes.len();
    let reader = SerializedFileReader::new(bytes).map_err(damaged)?;
    if !reader
        .metadata()
        .row_groups()
        .iter()
        .all(|group| lies_inside(group, length))
    {
        return Err(DAMAGED.into());
    }
    let metadata = reader.metadata().file_metadata();
    let entries = metadata.key_value_metadata().map_or(&[][..], Vec::as_slice);
    let columns = metadata.schema_descr().columns();
    if columns
        .iter()
        .any(|c| c.max_rep_level() > 0 || c.max_def_level() > 1)
    {
        return Err("has plain columns at its top level".into());
    }
    let names: Vec<String> = columns.iter().map(|c| c.name().to_owned()).collect();
    let schema = head(entries, &names)?;
    let scales: Vec<f64> = names
        .iter()
        .map(|name| number(entries, &format!("scale.{name}")).unwrap_or(1.0))
        .collect();
    let mut assembler = Assembler::new(schema);
    for i in 0..reader.num_row_groups() {
        let group = reader.get_row_group(i).map_err(damaged)?;
        let columns: Result<Vec<Source>, Rule> = scales
            .iter()
            .enumerate()
            .map(|(i, scale)| Source::new(group.get_column_reader(i).map_err(damaged)?, *scale))
            .collect();
        read_group(&mut assembler, columns?, MAX_ROWS_PER_BYTE * length)?;
    }
    let declared = number(entries, "rows").map(|rows| rows as usize);
    assembler.finish(file, Format::StreamParquet, declared, Vec::new())
}

/// Whether the columns of a row group lie inside the file.
fn lies_inside(group: &RowGroupMetaData, length: usize) -> bool {
    let inside = |at: i64| usize::try_from(at).is_ok_and(|at| at <= length);
    group.columns().iter().all(|column| {
        let start = column
            .dictionary_page_offset()
            .unwrap_or(column.data_page_offset());
        let end = start.checked_add(column.compressed_size());
        inside(start) && column.compressed_size() >= 0 && end.is_some_and(inside)
    })
}

fn entry<'a>(entries: &'a [KeyValue], key: &str) -> Option<&'a str> {
    entries.iter().find(|e| e.key == key)?.value.as_deref()
}

fn number(entries: &[KeyValue], key: &str) -> Option<f64> {
    super::super::number::number(entry(entries, key)?.as_bytes())
}

fn head(entries: &[KeyValue], names: &[String]) -> Result<Schema, Rule> {
    let version = entry(entries, KEY).and_then(|v| v.parse().ok());
    let version = version.ok_or("has footing_stream in its metadata")?;
    let sampling_hz = number(entries, "sampling_hz").ok_or("has sampling_hz in its metadata")?;
    let layout = entry(entries, "layout").map(str::to_owned);
    Schema::new(
        version,
        sampling_hz,
        layout,
        names.iter().map(String::as_str),
    )
}

fn read_group(
    assembler: &mut Assembler,
    mut columns: Vec<Source>,
    most: usize,
) -> Result<(), Rule> {
    loop {
        let mut rows = None;
        for column in &mut columns {
            let read = column.read()?;
            if *rows.get_or_insert(read) != read {
                return Err("has columns of equal length".into());
            }
        }
        let Some(rows) = rows.filter(|rows| *rows > 0) else {
            return Ok(());
        };
        for row in 0..rows {
            if assembler.rows() >= most {
                return Err("has rows of measured numbers".into());
            }
            let cells = columns.iter_mut().map(|column| column.take(row));
            let rule = assembler.take(cells);
            rule.map_err(|rule| Rule::from(format!("row {}: {rule}", assembler.rows() + 1)))?;
        }
    }
}

/// A column of a row group.
struct Source {
    reader: Typed,
    scale: f64,
    values: Vec<f64>,
    levels: Vec<i16>,
    next: usize,
    optional: bool,
}

enum Typed {
    Single(ColumnReaderImpl<FloatType>, Vec<f32>),
    Double(ColumnReaderImpl<DoubleType>),
    Count(ColumnReaderImpl<Int32Type>, Vec<i32>),
}

impl Source {
    fn new(reader: ColumnReader, scale: f64) -> Result<Self, Rule> {
        let reader = match reader {
            ColumnReader::FloatColumnReader(reader) => Typed::Single(reader, Vec::new()),
            ColumnReader::DoubleColumnReader(reader) => Typed::Double(reader),
            ColumnReader::Int32ColumnReader(reader) => Typed::Count(reader, Vec::new()),
            _ => return Err("columns are FLOAT, DOUBLE or INT32".into()),
        };
        Ok(Self {
            reader,
            scale,
            values: Vec::new(),
            levels: Vec::new(),
            next: 0,
            optional: false,
        })
    }

    /// Decodes the next rows: how many.
    fn read(&mut self) -> Result<usize, Rule> {
        self.values.clear();
        self.levels.clear();
        self.next = 0;
        let levels = &mut self.levels;
        let rows = match &mut self.reader {
            Typed::Double(reader) => read_batch(reader, levels, &mut self.values)?,
            Typed::Single(reader, raw) => {
                raw.clear();
                let rows = read_batch(reader, levels, raw)?;
                self.values.extend(raw.iter().copied().map(f64::from));
                rows
            }
            Typed::Count(reader, raw) => {
                raw.clear();
                let rows = read_batch(reader, levels, raw)?;
                let scale = self.scale;
                self.values
                    .extend(raw.iter().map(|count| f64::from(*count) * scale));
                rows
            }
        };
        self.optional = !self.levels.is_empty();
        if self.values.iter().any(|value| !value.is_finite()) {
            return Err("numbers are finite".into());
        }
        Ok(rows)
    }

    /// The value of a row of the batch; rows are asked in order.
    fn take(&mut self, row: usize) -> Cell<'static> {
        if self.optional && self.levels.get(row) == Some(&0) {
            return Cell::Empty;
        }
        let value = self.values.get(self.next).copied();
        self.next += 1;
        value.map_or(Cell::Empty, |value| Cell::Number(value, b""))
    }
}

fn read_batch<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    levels: &mut Vec<i16>,
    values: &mut Vec<T::T>,
) -> Result<usize, Rule> {
    let mut rows = 0;
    while rows < BATCH {
        let read = reader.read_records(BATCH - rows, Some(levels), None, values);
        match read.map_err(damaged)?.0 {
            0 => break,
            n => rows += n,
        }
    }
    Ok(rows)
}

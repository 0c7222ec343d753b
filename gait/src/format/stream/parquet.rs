//! The Parquet spelling: the same columns, optional, uncompressed; `footing_stream`, `sampling_hz`, `layout` and `rows`
//! in the key-value metadata. Numbers are FLOAT or DOUBLE, or INT32 counts of a step that the metadata gives as
//! `scale.<column>`.

use std::io::{BufRead, Read, Write};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Repetition, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{DataType, DoubleType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::super::lines::{Cell, Text};
use super::super::rows::Rule;
use super::super::{Place, ReadError};
use super::assemble::Assembler;
use super::schema::{Column, Quantity, Schema};
use super::write::{Table, Value};
use super::{KEY, VERSION, WriteError};
use crate::recording::{Format, Recording};

/// Rows decoded at a time.
const BATCH: usize = 4096;
/// Rows of a row group that is written: five minutes at 100 Hz.
const GROUP: usize = 30_000;
/// Largest file taken in, bytes: a day at 100 Hz of 50 columns of four bytes.
const MAX_BYTES: u64 = 2 << 30;

pub(super) fn read<R: BufRead>(text: Text<R>) -> Result<Recording, ReadError> {
    let (file, mut bytes) = (text.file.clone(), Vec::new());
    let read = Read::take(text.into_reader(), MAX_BYTES + 1).read_to_end(&mut bytes);
    let broken = |rule: Rule| ReadError::broken(&file, Place::File, rule);
    match read.map_err(|error| ReadError::source(&file, &error))? {
        n if n as u64 > MAX_BYTES => Err(broken(format!("has at most {MAX_BYTES} bytes").into())),
        _ => read_bytes(bytes.into(), &file).map_err(broken),
    }
}

fn damaged(_: ParquetError) -> Rule {
    "is undamaged Parquet".into()
}

fn read_bytes(bytes: Bytes, file: &str) -> Result<Recording, Rule> {
    let reader = SerializedFileReader::new(bytes).map_err(damaged)?;
    let metadata = reader.metadata().file_metadata();
    let entries = metadata.key_value_metadata().map_or(&[][..], Vec::as_slice);
    let names: Vec<String> = (0..metadata.schema_descr().num_columns())
        .map(|i| metadata.schema_descr().column(i).name().to_owned())
        .collect();
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
        read_group(&mut assembler, columns?)?;
    }
    let declared = number(entries, "rows").map(|rows| rows as usize);
    assembler.finish(file, Format::StreamParquet, declared, Vec::new())
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

fn read_group(assembler: &mut Assembler, mut columns: Vec<Source>) -> Result<(), Rule> {
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

fn failed(error: ParquetError) -> WriteError {
    WriteError::Io(std::io::Error::other(error.to_string()))
}

pub(super) fn write(
    recording: &Recording,
    out: &mut (impl Write + Send),
) -> Result<(), WriteError> {
    let mut table = Table::new(recording)?;
    let columns: Vec<Column> = table.schema.columns.iter().copied().flatten().collect();
    let mut writer =
        SerializedFileWriter::new(out, tree(&columns)?, Arc::default()).map_err(failed)?;
    let mut rows = 0;
    loop {
        let mut cells: Vec<Vec<Option<Value>>> = vec![Vec::new(); columns.len()];
        let mut held = 0;
        while held < GROUP && table.advance() {
            for (cells, column) in cells.iter_mut().zip(&columns) {
                cells.push(table.value(*column));
            }
            held += 1;
        }
        if held == 0 {
            break;
        }
        rows += held;
        let mut group = writer.next_row_group().map_err(failed)?;
        for (cells, column) in cells.iter().zip(&columns) {
            write_column(&mut group, *column, cells).map_err(failed)?;
        }
        group.close().map_err(failed)?;
    }
    let mut entries = vec![
        (KEY, VERSION.to_string()),
        ("sampling_hz", table.schema.sampling_hz.to_string()),
        ("rows", rows.to_string()),
    ];
    entries.extend(table.schema.layout_id.clone().map(|id| ("layout", id)));
    for (key, value) in entries {
        writer.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
    }
    writer.close().map_err(failed)?;
    Ok(())
}

const fn physical(quantity: Quantity) -> Physical {
    match quantity {
        Quantity::Counter => Physical::INT32,
        Quantity::Host | Quantity::Force(_) => Physical::DOUBLE,
        _ => Physical::FLOAT,
    }
}

fn tree(columns: &[Column]) -> Result<Arc<Type>, WriteError> {
    let fields: Result<Vec<_>, ParquetError> = columns
        .iter()
        .map(|column| {
            let name = column.name();
            let field = Type::primitive_type_builder(&name, physical(column.quantity));
            field
                .with_repetition(Repetition::OPTIONAL)
                .build()
                .map(Arc::new)
        })
        .collect();
    let root = Type::group_type_builder("footing_stream").with_fields(fields.map_err(failed)?);
    Ok(Arc::new(root.build().map_err(failed)?))
}

fn write_column<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    column: Column,
    cells: &[Option<Value>],
) -> Result<(), ParquetError> {
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let present = cells.iter().flatten();
    let Some(mut writer) = group.next_column()? else {
        return Err(ParquetError::General("a column too many".to_owned()));
    };
    match physical(column.quantity) {
        Physical::INT32 => {
            let values: Vec<i32> = present.map(|v| as_double(*v) as i32).collect();
            writer
                .typed::<Int32Type>()
                .write_batch(&values, Some(&levels), None)?;
        }
        Physical::DOUBLE => {
            let values: Vec<f64> = present.map(|v| as_double(*v)).collect();
            writer
                .typed::<DoubleType>()
                .write_batch(&values, Some(&levels), None)?;
        }
        _ => {
            let values: Vec<f32> = present.map(|v| as_double(*v) as f32).collect();
            writer
                .typed::<FloatType>()
                .write_batch(&values, Some(&levels), None)?;
        }
    }
    writer.close()
}

const fn as_double(value: Value) -> f64 {
    match value {
        Value::Counter(value) => value as f64,
        Value::Double(value) => value,
        Value::Single(value) => value as f64,
    }
}

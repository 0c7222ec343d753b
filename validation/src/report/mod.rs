//! What a validation says: the protocol in words, tables, plots, floors, and the numbers for machines. One shape for
//! every protocol, so that text, JSON and the page with plots cannot disagree.

mod axis;
mod floor;
mod page;
mod plot;
mod text;

use serde::Serialize;
use serde_json::{Map, Value, json};

pub use floor::{Floor, Goal};

/// The outcome of one validation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Name on the command line, such as `gaitndd`.
    pub name: &'static str,
    /// Title of the page, where it is no validation.
    pub title: Option<&'static str>,
    /// What was compared with what, and how: one paragraph each.
    pub protocol: Vec<String>,
    /// What the results must reach, most important first.
    pub floors: Vec<Floor>,
    /// Results, most important first.
    pub tables: Vec<Table>,
    /// Pictures for the page.
    pub plots: Vec<Plot>,
    /// Records that could not be read; the results are of the others.
    pub unreadable: Vec<Unreadable>,
    /// The same results for machines: an object.
    pub json: Value,
}

impl Report {
    /// Whether every floor was reached and every record read.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.unreadable.is_empty() && self.floors.iter().all(Floor::is_met)
    }

    /// The results for machines together with `name`, `protocol`, `floors`, `unreadable` and `met`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut document = Map::new();
        document.insert("name".to_owned(), json!(self.name));
        document.insert("met".to_owned(), json!(self.is_met()));
        document.insert("protocol".to_owned(), json!(self.protocol));
        document.insert("floors".to_owned(), json!(self.floors));
        document.insert("unreadable".to_owned(), json!(self.unreadable));
        match &self.json {
            Value::Object(results) => document.extend(results.clone()),
            Value::Null => {}
            other => {
                document.insert("results".to_owned(), other.clone());
            }
        }
        Value::Object(document)
    }

    /// The report a person reads in a terminal of 100 columns.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::render(self)
    }

    /// One self-contained HTML page with the plots: no script, nothing loaded from elsewhere.
    #[must_use]
    pub fn to_page(&self) -> String {
        page::render(self)
    }

    /// The tables as shown: floors and unreadable records first.
    fn all_tables(&self) -> Vec<Table> {
        let floors = (!self.floors.is_empty()).then(|| floor::table(&self.floors));
        let unreadable = (!self.unreadable.is_empty()).then(|| Table {
            title: "Records that could not be read".to_owned(),
            columns: vec!["record".to_owned(), "why".to_owned()],
            rows: self
                .unreadable
                .iter()
                .map(|u| vec![u.record.clone(), u.why.clone()])
                .collect(),
            note: Some("Everything else is of the remaining records.".to_owned()),
        });
        let ahead = floors.into_iter().chain(unreadable);
        ahead.chain(self.tables.iter().cloned()).collect()
    }
}

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// File name.
    pub record: String,
    /// What the reader said.
    pub why: String,
}

/// A table of text cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Head of each column; the first column names the row.
    pub columns: Vec<String>,
    /// Rows of as many cells as there are columns.
    pub rows: Vec<Vec<String>>,
    /// What the reader must know to read it.
    pub note: Option<String>,
}

impl Table {
    /// Columns whose cells are all numbers (with signs, ranges and units), to be set flush right.
    fn numeric_columns(&self) -> Vec<bool> {
        (0..self.columns.len())
            .map(|column| {
                let mut cells = self
                    .rows
                    .iter()
                    .filter_map(|row| row.get(column))
                    .filter(|cell| !cell.is_empty())
                    .peekable();
                column > 0 && cells.peek().is_some() && cells.all(|cell| is_numeric(cell))
            })
            .collect()
    }
}

/// A number, alone or with what usually stands beside one; `-` stands for an absent one.
fn is_numeric(cell: &str) -> bool {
    cell == "-"
        || (cell.contains(|c: char| c.is_ascii_digit())
            && cell
                .chars()
                .next()
                .is_some_and(|c| c.is_ascii_digit() || "+-−.<>≤≥".contains(c))
            && cell.chars().filter(|c| c.is_alphabetic()).count() <= 3)
}

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// Quantity and unit along.
    pub x_label: String,
    /// Quantity and unit up.
    pub y_label: String,
    /// What is drawn.
    pub series: Vec<Series>,
}

/// One named set of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// How it is drawn.
    pub mark: Mark,
    /// Points, x then y.
    pub points: Vec<(f64, f64)>,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Separate dots.
    Dots,
    /// A line from point to point.
    Line,
    /// Bars from zero, such as a histogram.
    Bars,
}

//! What a validation says: the protocol in words, tables, plots, and the numbers for machines. One shape for every
//! protocol, so that text, JSON and the page with plots cannot disagree.

use serde_json::Value;

/// The outcome of one validation.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Name on the command line, such as `gaitndd`.
    pub name: &'static str,
    /// What was compared with what, and how: one paragraph each.
    pub protocol: Vec<String>,
    /// Results, most important first.
    pub tables: Vec<Table>,
    /// Pictures for the page.
    pub plots: Vec<Plot>,
    /// The same results for machines.
    pub json: Value,
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

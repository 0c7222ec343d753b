//! Reports in a terminal: aligned tables, nothing wider than a hundred columns.

use super::{Report, Table};

/// Widest line, characters.
const WIDTH: usize = 100;
/// Space between columns, characters.
const BETWEEN: usize = 2;
/// A column is not wrapped narrower than this, characters.
const NARROWEST: usize = 6;

pub(super) fn render(report: &Report) -> String {
    let mut lines = vec![report.name.to_owned(), "=".repeat(report.name.len())];
    for paragraph in &report.protocol {
        lines.extend(wrapped(paragraph, WIDTH));
    }
    for table in report.all_tables() {
        lines.push(String::new());
        lines.push(table.title.clone());
        lines.extend(table_lines(&table));
        if let Some(note) = &table.note {
            lines.extend(wrapped(note, WIDTH));
        }
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

fn table_lines(table: &Table) -> Vec<String> {
    let widths = widths(table);
    let numeric = table.numeric_columns();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut lines = row_lines(&table.columns, &widths, &numeric);
    lines.push(rule.join(&" ".repeat(BETWEEN)));
    for row in &table.rows {
        lines.extend(row_lines(row, &widths, &numeric));
    }
    lines
}

/// Width of each column: as wide as its widest cell; until the table fits, first heads give way, then cells between
/// words, then words.
fn widths(table: &Table) -> Vec<usize> {
    let columns = || 0..table.columns.len();
    let cells = |column: usize| {
        let rows = table.rows.iter().filter_map(move |row| row.get(column));
        rows.map(String::as_str)
    };
    let head = |column: usize| table.columns.get(column).map_or("", String::as_str);
    let words = |column: usize| {
        let texts = std::iter::once(head(column)).chain(cells(column));
        widest(texts.flat_map(str::split_whitespace))
    };
    let unbroken: Vec<usize> = columns().map(|c| words(c).max(widest(cells(c)))).collect();
    let mut widths: Vec<usize> = columns()
        .map(|c| widest(std::iter::once(head(c))))
        .zip(&unbroken)
        .map(|(head, cells)| head.max(*cells))
        .collect();
    shrink(&mut widths, &unbroken);
    shrink(&mut widths, &columns().map(words).collect::<Vec<_>>());
    shrink(&mut widths, &vec![NARROWEST; unbroken.len()]);
    widths
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

/// Takes from the widest column above its least width until all fit or none is left.
fn shrink(widths: &mut [usize], least: &[usize]) {
    let room = WIDTH.saturating_sub(BETWEEN * widths.len().saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        let above = widths.iter_mut().zip(least).filter(|(w, l)| **w > **l);
        let Some((widest, _)) = above.max_by_key(|(width, _)| **width) else {
            break;
        };
        *widest -= 1;
    }
}

fn row_lines(row: &[String], widths: &[usize], numeric: &[bool]) -> Vec<String> {
    let cells: Vec<Vec<String>> = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| wrapped(cell, *width))
        .collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    (0..height)
        .map(|k| {
            let parts: Vec<String> = cells
                .iter()
                .zip(widths)
                .zip(numeric)
                .map(|((cell, width), right)| {
                    let text = cell.get(k).map_or("", String::as_str);
                    let blank = " ".repeat(width.saturating_sub(text.chars().count()));
                    if *right {
                        format!("{blank}{text}")
                    } else {
                        format!("{text}{blank}")
                    }
                })
                .collect();
            parts.join(&" ".repeat(BETWEEN)).trim_end().to_owned()
        })
        .collect()
}

/// Lines of at most `width` characters, broken at spaces where possible, never between a number and its `%`.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let text = text.replace(" %", "\u{a0}%");
    let words = text.split(' ').filter(|word| !word.is_empty());
    for word in words.flat_map(|word| pieces(word, width)) {
        let needed = line.chars().count() + usize::from(!line.is_empty()) + word.chars().count();
        if needed > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    lines.push(line);
    lines
        .iter()
        .map(|line| line.replace('\u{a0}', " "))
        .collect()
}

fn pieces(word: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    letters
        .chunks(width.max(1))
        .map(|piece| piece.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Floor, Goal, Unreadable};

    fn table(rows: Vec<Vec<&str>>) -> Table {
        let owned = |row: Vec<&str>| row.into_iter().map(str::to_owned).collect();
        Table {
            title: "T".to_owned(),
            columns: owned(vec!["record", "error ms", "why"]),
            rows: rows.into_iter().map(owned).collect(),
            note: None,
        }
    }

    #[test]
    fn numbers_stand_flush_right_and_text_flush_left() {
        let lines = table_lines(&table(vec![
            vec!["a", "1.5", "short"],
            vec!["bcd", "-12.25", "-"],
        ]));
        let expected = [
            "record  error ms  why",
            "------  --------  -----",
            "a            1.5  short",
            "bcd       -12.25  -",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_long_reason_wraps_within_a_hundred_columns_and_loses_no_word() {
        let reason = "the right channel is dead for a third of the walk, so both feet are never seen together there, "
            .repeat(3);
        let lines = table_lines(&table(vec![vec!["als5", "3.25", &reason]]));
        assert!(lines.len() > 4);
        assert!(
            lines.iter().all(|line| line.chars().count() <= WIDTH),
            "{lines:#?}"
        );
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let shown = words(&lines.join(" "));
        let after = shown
            .iter()
            .position(|word| word == "3.25")
            .map_or(0, |k| k + 1);
        assert_eq!(shown.get(after..), Some(words(&reason).as_slice()));
    }

    #[test]
    fn sentences_break_before_names_do() {
        let reason = "edge of sampling: chance puts one row in twenty beyond two standard errors, and so it is here";
        let name = "step_time_residual_cv_pct_of_both_feet";
        let lines = table_lines(&table(vec![vec![name, "1.25 +/- 0.45 (16)", reason]]));
        assert!(
            lines.iter().any(|line| line.starts_with(name)),
            "{lines:#?}"
        );
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn missed_goals_and_unreadable_records_are_said_before_the_results() {
        let report = Report {
            name: "moticon",
            floors: vec![Floor::new("contact error, ms", Goal::AtMost(8.0), 9.0, 12)],
            unreadable: vec![Unreadable {
                record: "broken.txt".to_owned(),
                why: "line 3: has 44 columns".to_owned(),
            }],
            tables: vec![table(vec![vec!["a", "1", "x"]])],
            ..Report::default()
        };
        let text = report.to_text();
        let at = |needle: &str| text.find(needle).unwrap_or(usize::MAX);
        assert!(
            at("NO") < at("broken.txt") && at("broken.txt") < at("error ms"),
            "{text}"
        );
        assert!(!report.is_met());
    }
}

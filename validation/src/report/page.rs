//! Reports as one HTML page: self-contained, without script, light or dark as the reader's device, readable on a phone.

use super::{Report, Table, plot};

const STYLE: &str = include_str!("page.css");

pub(super) fn render(report: &Report) -> String {
    let title = report.title.map_or_else(
        || format!("Validation: {}", report.name),
        |title| format!("{title}: {}", report.name),
    );
    let mut body = format!("<h1>{}</h1>", escaped(&title));
    body.push_str(&verdict(report));
    for paragraph in &report.protocol {
        body.push_str(&format!("<p>{}</p>", escaped(paragraph)));
    }
    let mut tables = report.all_tables().into_iter();
    if !report.floors.is_empty() {
        tables
            .next()
            .iter()
            .for_each(|goals| body.push_str(&section(goals)));
    }
    let figures: Vec<String> = report.plots.iter().filter_map(plot::figure).collect();
    if !figures.is_empty() {
        body.push_str(&format!("<div class=\"plots\">{}</div>", figures.concat()));
    }
    tables.for_each(|table| body.push_str(&section(&table)));
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>\n",
        escaped(&title)
    )
}

fn verdict(report: &Report) -> String {
    let met = report.floors.iter().filter(|floor| floor.is_met()).count();
    let all = report.floors.len();
    if all == 0 {
        return String::new();
    }
    let class = if report.is_met() {
        "verdict"
    } else {
        "verdict missed"
    };
    format!("<p class=\"{class}\">{met} of {all} goals reached</p>")
}

fn section(table: &Table) -> String {
    let numeric = table.numeric_columns();
    let cells = |tag: &str, row: &[String]| -> String {
        let cells = row.iter().zip(&numeric).map(|(cell, number)| {
            let class = match (cell.as_str(), number) {
                ("NO", _) => " class=\"missed\"",
                (_, true) => " class=\"number\"",
                _ => "",
            };
            format!("<{tag}{class}>{}</{tag}>", escaped(cell))
        });
        format!("<tr>{}</tr>", cells.collect::<String>())
    };
    let rows: String = table.rows.iter().map(|row| cells("td", row)).collect();
    let note = table.note.as_ref();
    format!(
        "<section><h2>{}</h2><div class=\"wide\"><table><thead>{}</thead><tbody>{rows}</tbody></table></div>{}</section>",
        escaped(&table.title),
        cells("th", &table.columns),
        note.map(|text| format!("<p class=\"note\">{}</p>", escaped(text)))
            .unwrap_or_default()
    )
}

/// Text that cannot become markup.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Floor, Goal, Mark, Plot, Series, Unreadable};

    #[test]
    fn the_page_loads_nothing_and_runs_nothing_whatever_a_record_is_called() {
        let hostile = "<script>alert(1)</script><img src=\"http://example.org/x\">";
        let report = Report {
            name: "moticon",
            protocol: vec![hostile.to_owned()],
            floors: vec![Floor::new(hostile, Goal::Exactly(0.0), 1.0, 1)],
            unreadable: vec![Unreadable {
                record: hostile.to_owned(),
                why: hostile.to_owned(),
            }],
            plots: vec![Plot {
                title: hostile.to_owned(),
                x_label: hostile.to_owned(),
                y_label: hostile.to_owned(),
                series: vec![Series {
                    name: hostile.to_owned(),
                    mark: Mark::Dots,
                    points: vec![(0.0, 1.0)],
                }],
            }],
            ..Report::default()
        };
        let page = report.to_page();
        for forbidden in ["<script", "<img", "<link", "url(", "@import", "href="] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(page.contains("&lt;script&gt;") && page.contains("0 of 1 goals reached"));
        assert!(page.contains("class=\"missed\">NO"));
    }
}

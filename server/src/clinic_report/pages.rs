//! HTML: the clinic as a whole, and its sheets.

use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::SignedDuration;

use super::load::{self, ClinicReport, bin_words};
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::html;
use crate::http::router::{Access, Endpoint, at};
use crate::worklist::rules::Section;
use crate::worklist::words::section;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![at("/clinic").get(Access::Clinician, show)]
}

struct SectionRow {
    mark: &'static str,
    title: &'static str,
    now: usize,
    weeks: Vec<String>,
}

struct Bar {
    words: String,
    count: usize,
    /// Where it stands and how high it is, in the drawing's units.
    x: usize,
    y: usize,
    height: usize,
}

struct FunnelRow {
    words: &'static str,
    count: i64,
    share: String,
}

struct QualityRow {
    model: String,
    firmware: String,
    scored: String,
    reasons: String,
}

#[derive(Template)]
#[template(path = "clinic_report.html")]
struct ClinicPage {
    identity: Identity,
    at: String,
    report: ClinicReport,
    heads: Vec<String>,
    sections: Vec<SectionRow>,
    first_action: String,
    bars: Vec<Bar>,
    funnel: Vec<FunnelRow>,
    not_sent: Vec<(String, i64)>,
    quality: Vec<QualityRow>,
    curve: Vec<(String, usize, usize, String)>,
}

/// Height of the drawing's field.
const FIELD: usize = 120;
/// Width of a bar with its gap.
const STEP: usize = 44;

fn bars(report: &ClinicReport) -> Vec<Bar> {
    let bins = &report.distribution.bins;
    let most = bins.iter().copied().max().unwrap_or(0).max(1);
    bins.iter()
        .enumerate()
        .map(|(bin, count)| {
            let height = count * FIELD / most;
            Bar {
                words: bin_words(bin),
                count: *count,
                x: 6 + bin * STEP,
                y: 16 + FIELD - height,
                height,
            }
        })
        .collect()
}

fn sections(
    report: &ClinicReport,
    places: &std::collections::BTreeMap<Section, usize>,
) -> Vec<SectionRow> {
    Section::ALL
        .iter()
        .map(|one| {
            let words = section(*one);
            let has_alerts = matches!(
                one,
                Section::Safety
                    | Section::Worse
                    | Section::Stopped
                    | Section::Silent
                    | Section::Housekeeping
            );
            let past = report.weeks.iter().map(|(_, counts)| {
                if has_alerts {
                    counts.get(one).copied().unwrap_or(0).to_string()
                } else {
                    "not kept".to_owned()
                }
            });
            SectionRow {
                mark: words.key,
                title: words.title,
                now: places.get(one).copied().unwrap_or(0),
                weeks: past.collect(),
            }
        })
        .collect()
}

fn first_action(report: &ClinicReport) -> String {
    let found = &report.first_action;
    let of = format!("{} of {} acted on", found.acted, found.alerts);
    match found.median_s {
        Some(seconds) => format!(
            "{}, {of}",
            format::lasting(SignedDuration::from_secs(seconds))
        ),
        None => format!("n/a, {of}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn share(count: i64, of: i64) -> String {
    if of == 0 {
        return "n/a".to_owned();
    }
    format!("{:.0} %", 100.0 * count as f64 / of as f64)
}

fn funnel(report: &ClinicReport) -> Vec<FunnelRow> {
    let funnel = &report.funnel;
    [
        ("sent", funnel.sent),
        ("said to have arrived", funnel.delivered),
        ("displayed", funnel.displayed),
        ("opened", funnel.opened),
        ("done, at least in part", funnel.done),
    ]
    .into_iter()
    .map(|(words, count)| FunnelRow {
        words,
        count,
        share: share(count, funnel.sent),
    })
    .collect()
}

fn not_sent(report: &ClinicReport) -> Vec<(String, i64)> {
    let rows = report.funnel.not_sent.iter();
    rows.map(|(state, reason, count)| {
        let reason = reason.replace('_', " ");
        let words = if reason.is_empty() {
            state.to_string()
        } else {
            format!("{state}: {reason}")
        };
        (words, *count)
    })
    .collect()
}

fn quality(report: &ClinicReport) -> Vec<QualityRow> {
    report
        .quality
        .iter()
        .map(|((model, firmware), row)| {
            let reasons = row.reasons.iter();
            let reasons: Vec<String> = reasons
                .map(|(code, count)| format!("{} {count}", code.replace('_', " ")))
                .collect();
            QualityRow {
                model: model.clone(),
                firmware: firmware.clone(),
                scored: format!("{} of {}", row.scored, row.sessions),
                reasons: if reasons.is_empty() {
                    "none".to_owned()
                } else {
                    reasons.join(", ")
                },
            }
        })
        .collect()
}

async fn show(app: web::Data<App>, clinician: Clinician) -> Result<HttpResponse> {
    let identity = identity(&app, &clinician).await?;
    let report = load::report(&app, clinician.scope).await?;
    let places = load::places(&app, clinician.scope, clinician.id).await?;
    let zone = jiff::tz::TimeZone::get(&identity.time_zone).map_err(Error::internal)?;
    html(&ClinicPage {
        at: format!(
            "{}, {}",
            format::date_time(report.now, &zone),
            format::zone(&identity.time_zone, report.now, &zone)
        ),
        heads: report
            .weeks
            .iter()
            .map(|(at, _)| format::short_date(at.to_zoned(zone.clone()).date()))
            .collect(),
        sections: sections(&report, &places),
        first_action: first_action(&report),
        bars: bars(&report),
        funnel: funnel(&report),
        not_sent: not_sent(&report),
        quality: quality(&report),
        curve: report
            .curve
            .iter()
            .map(|week| {
                let staying = format!("{:.0} %", week.staying_pct);
                (week.week.to_string(), week.at_risk, week.dropped, staying)
            })
            .collect(),
        identity,
        report,
    })
}

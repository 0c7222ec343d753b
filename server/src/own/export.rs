//! Everything the server holds about a patient, as one JSON file they download: table after table and part by part, so that
//! years of sessions are never in memory together.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::stream;
use serde_json::json;

use crate::app::App;
use crate::error::{Error, Result};
use crate::http::guard::Patient;
use crate::http::router::{Access, Endpoint, at};
use crate::store::audit;
use crate::store::export::{EXPORTED, Part, parts, rows, tidied};

/// Changes with every change of the file's shape.
const FORMAT: &str = "footing-export-1";

/// The routes of this file.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![at("/me/export").get(Access::Patient, export)]
}

async fn export(app: web::Data<App>, me: Patient) -> Result<HttpResponse> {
    let entry = app.audit("patient.export", "patient", Some(*me.id.bytes()));
    app.store
        .write("note_export", me.scope, move |tx| {
            audit::append(tx, &[entry])
        })
        .await?;
    let now = app.now();
    let head = json!({ "format": FORMAT, "exported_at": now.to_string(), "patient_id": me.id });
    let head = head.to_string();
    let head = head.strip_suffix('}').unwrap_or(&head);
    let name = format!(
        "attachment; filename=\"footing-{}.json\"",
        now.strftime("%Y-%m-%d")
    );
    let first = Bytes::from(format!("{head},\"tables\":{{"));
    let place = Place {
        app,
        me,
        head: Some(first),
        next_table: 0,
        parts: None,
        begun: false,
    };
    let parts = stream::try_unfold(place, next);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .streaming(parts))
}

/// Where the download stands: whose, what goes before the tables, which table is next, what of this one was not read yet, and
/// whether a row of it was.
struct Place {
    app: web::Data<App>,
    me: Patient,
    head: Option<Bytes>,
    next_table: usize,
    parts: Option<std::vec::IntoIter<Part>>,
    begun: bool,
}

async fn next(mut place: Place) -> Result<Option<(Bytes, Place)>> {
    if let Some(head) = place.head.take() {
        return Ok(Some((head, place)));
    }
    while let Some(parts) = &mut place.parts {
        let Some(part) = parts.next() else {
            place.parts = None;
            return Ok(Some((Bytes::from_static(b"]"), place)));
        };
        let piece = piece(&place, part).await?;
        if !piece.is_empty() {
            place.begun = true;
            return Ok(Some((piece, place)));
        }
    }
    let begin = match EXPORTED.get(place.next_table) {
        Some((table, _)) => {
            place.parts = Some(all_parts(&place).await?.into_iter());
            place.begun = false;
            let comma = if place.next_table == 0 { "" } else { "," };
            Bytes::from(format!("{comma}\"{table}\":["))
        }
        None if place.next_table == EXPORTED.len() => Bytes::from_static(b"}}\n"),
        None => return Ok(None),
    };
    place.next_table += 1;
    Ok(Some((begin, place)))
}

async fn all_parts(place: &Place) -> Result<Vec<Part>> {
    let Some((table, whose)) = EXPORTED.get(place.next_table) else {
        return Ok(Vec::new());
    };
    let patient = place.me.id;
    let read = place.app.store.read("export", place.me.scope, move |tx| {
        parts(tx, table, *whose, patient)
    });
    read.await.inspect_err(|error| broke_off(table, error))
}

/// The rows of a part, with what stands between rows.
async fn piece(place: &Place, part: Part) -> Result<Bytes> {
    let Some((table, whose)) = place
        .next_table
        .checked_sub(1)
        .and_then(|at| EXPORTED.get(at))
    else {
        return Ok(Bytes::new());
    };
    let patient = place.me.id;
    let read = place.app.store.read("export", place.me.scope, move |tx| {
        rows(tx, table, *whose, patient, &part)
    });
    let rows = read.await.inspect_err(|error| broke_off(table, error))?;
    let mut piece = String::new();
    for row in &rows {
        if place.begun || !piece.is_empty() {
            piece.push(',');
        }
        piece += &tidied(row)?.to_string();
    }
    Ok(piece.into())
}

/// The head is on its way by then: the download breaks off, and is not taken for a whole one.
fn broke_off(table: &str, error: &Error) {
    tracing::error!(%error, table, "an export broke off");
}

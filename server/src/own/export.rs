//! Everything the server holds about a patient, as one JSON file they download: table after table and piece by piece, so that
//! no more than the rows of one table are in memory, as short as the database gives them.

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
use crate::store::export::{EXPORTED, Whose, rows, tidied};

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
        table: 0,
        rows: None,
    };
    let parts = stream::try_unfold(place, next);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .streaming(parts))
}

/// A piece of the download is about so long.
const PIECE: usize = 64 * 1024;

/// Where the download stands: whose, what goes before the tables, which table is next, and what is left of this one.
struct Place {
    app: web::Data<App>,
    me: Patient,
    head: Option<Bytes>,
    table: usize,
    rows: Option<std::vec::IntoIter<String>>,
}

async fn next(mut place: Place) -> Result<Option<(Bytes, Place)>> {
    if let Some(head) = place.head.take() {
        return Ok(Some((head, place)));
    }
    if let Some(rows) = &mut place.rows {
        let (piece, ended) = piece(rows)?;
        if ended {
            place.rows = None;
        }
        return Ok(Some((piece, place)));
    }
    let part = match EXPORTED.get(place.table) {
        Some((table, whose)) => {
            let rows = read(&place.app, &place.me, table, *whose).await?;
            place.rows = Some(rows.into_iter());
            let comma = if place.table == 0 { "" } else { "," };
            Bytes::from(format!("{comma}\"{table}\":["))
        }
        None if place.table == EXPORTED.len() => Bytes::from_static(b"}}\n"),
        None => return Ok(None),
    };
    place.table += 1;
    Ok(Some((part, place)))
}

/// The next rows of a table, and whether they were the last.
fn piece(rows: &mut std::vec::IntoIter<String>) -> Result<(Bytes, bool)> {
    let mut piece = String::new();
    while piece.len() < PIECE {
        let Some(row) = rows.next() else {
            piece.push(']');
            return Ok((piece.into(), true));
        };
        piece += &tidied(&row)?.to_string();
        if rows.len() > 0 {
            piece.push(',');
        }
    }
    Ok((piece.into(), false))
}

async fn read(app: &App, me: &Patient, table: &'static str, whose: Whose) -> Result<Vec<String>> {
    let patient = me.id;
    let read = app.store.read("export", me.scope, move |tx| {
        rows(tx, table, whose, patient)
    });
    // The head is on its way by then: the download breaks off, and is not taken for a whole one.
    read.await.inspect_err(|error: &Error| {
        tracing::error!(%error, table, "an export broke off");
    })
}

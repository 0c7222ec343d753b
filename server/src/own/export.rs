//! Everything the server holds about a patient, as one JSON file they download: table after table, so that no more than
//! one is in memory.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::stream;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::http::guard::Patient;
use crate::http::router::{Access, Endpoint, at};
use crate::store::audit;
use crate::store::export::{EXPORTED, Whose, rows};

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
    let parts = stream::try_unfold((app, me, 0, Some(first)), next);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .streaming(parts))
}

/// Where the download stands: whose, which table is next, and what goes before it.
type Place = (web::Data<App>, Patient, usize, Option<Bytes>);

async fn next((app, me, place, before): Place) -> Result<Option<(Bytes, Place)>> {
    if let Some(before) = before {
        return Ok(Some((before, (app, me, place, None))));
    }
    if place > EXPORTED.len() {
        return Ok(None);
    }
    let part = match EXPORTED.get(place) {
        Some((table, whose)) => {
            let comma = if place == 0 { "" } else { "," };
            let rows = Value::Array(read(&app, &me, table, *whose).await?);
            Bytes::from(format!("{comma}\"{table}\":{rows}"))
        }
        None => Bytes::from_static(b"}}\n"),
    };
    Ok(Some((part, (app, me, place + 1, None))))
}

async fn read(app: &App, me: &Patient, table: &'static str, whose: Whose) -> Result<Vec<Value>> {
    let patient = me.id;
    let read = app.store.read("export", me.scope, move |tx| {
        rows(tx, table, whose, patient)
    });
    // The head is on its way by then: the download breaks off, and is not taken for a whole one.
    read.await.inspect_err(|error: &Error| {
        tracing::error!(%error, table, "an export broke off");
    })
}

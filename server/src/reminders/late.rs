//! What arrived late: one card instead of many words about days that are over (care design, S7).

use serde_json::json;

use super::service::Taken;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::guard::Patient;
use crate::notices::{self, NewNotice};
use crate::store::notices as rows;

/// The card's key in the catalogue.
const CARD: &str = "catch_up_card";
/// Batches that follow each other within this are one story.
const SAME_STORY: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// How much of a batch arrived late.
#[derive(Debug, Clone, Copy, Default)]
pub struct LateSum(u64);

impl LateSum {
    /// Counts an answer.
    pub fn add(&mut self, taken: Option<Taken>) {
        self.0 += u64::from(taken.is_some_and(|taken| taken.late));
    }
}

/// Tells the patient once how much of what arrived counted for days that are over.
pub async fn tell(app: &App, caller: &Patient, late: LateSum) -> Result<()> {
    let LateSum(count) = late;
    if count == 0 {
        return Ok(());
    }
    let now = app.now();
    let notice = NewNotice::new(app, CARD, json!({ "n": count }));
    let id = caller.id;
    app.store
        .write("late_card", caller.scope, move |tx| {
            let since = now.checked_sub(SAME_STORY).map_err(Error::internal)?;
            let known = rows::newest(tx, id, 20)?.into_iter().find(|row| {
                row.text_key == CARD && row.seen_at.is_none() && row.created_at.timestamp() >= since
            });
            let Some(known) = known else {
                return notices::tell(tx, id, &notice, now);
            };
            let before: serde_json::Value =
                serde_json::from_str(&known.text_values).map_err(Error::internal)?;
            let sum = before["n"].as_u64().unwrap_or(0) + count;
            rows::set_values(tx, known.id, &json!({ "n": sum }).to_string())
        })
        .await
}

//! What arrived late: one card instead of many words about days that are over (care design, S7).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::service::Taken;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::guard::Patient;
use crate::notices::{self, NewNotice};
use crate::store::notices as rows;

/// The card's key in the catalogue.
const CARD: &str = "catch_up_card";
/// The same of one date.
const CARD_OF_ONE_DAY: &str = "catch_up_card_day";
/// Batches that follow each other within this are one story.
const SAME_STORY: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// What of a batch arrived late: how much, for which dates.
#[derive(Debug, Clone, Copy, Default)]
pub struct LateSum(Option<Card>);

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Card {
    count: u64,
    from: Date,
    through: Date,
}

impl Card {
    fn key(self) -> &'static str {
        if self.from == self.through {
            CARD_OF_ONE_DAY
        } else {
            CARD
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            from: self.from.min(other.from),
            through: self.through.max(other.through),
        }
    }
}

impl LateSum {
    /// Counts an answer.
    pub fn add(&mut self, taken: Option<Taken>) {
        let Some(date) = taken.and_then(|taken| taken.late) else {
            return;
        };
        let one = Card {
            count: 1,
            from: date,
            through: date,
        };
        self.0 = Some(self.0.map_or(one, |card| card.with(one)));
    }
}

/// Tells the patient once how much of what arrived counted for days that are over.
pub async fn tell(app: &App, caller: &Patient, late: LateSum) -> Result<()> {
    let LateSum(Some(card)) = late else {
        return Ok(());
    };
    let now = app.now();
    let notice = NewNotice::new(
        app,
        card.key(),
        serde_json::to_value(card).map_err(Error::internal)?,
    );
    let id = caller.id;
    app.store
        .write("late_card", caller.scope, move |tx| {
            let since = now.checked_sub(SAME_STORY).map_err(Error::internal)?;
            let known = rows::newest(tx, id, 20)?.into_iter().find(|row| {
                [CARD, CARD_OF_ONE_DAY].contains(&row.text_key.as_str())
                    && row.seen_at.is_none()
                    && row.created_at.timestamp() >= since
            });
            let Some(known) = known else {
                return notices::tell(tx, id, &notice, now);
            };
            let before: Card = serde_json::from_str(&known.text_values).map_err(Error::internal)?;
            let sum = before.with(card);
            let values = serde_json::to_string(&sum).map_err(Error::internal)?;
            rows::set_text(tx, known.id, sum.key(), &values)
        })
        .await
}

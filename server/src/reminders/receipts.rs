//! What devices say became of deliveries.

use jiff::Timestamp;

use super::clock_error::Heard;
use crate::app::App;
use crate::consent;
use crate::error::Result;
use crate::http::batch::DISCARDED;
use crate::http::guard::Patient;
use crate::store::Tx;
use crate::store::consents::UploadKind;
use crate::store::deliveries::{self, DeliveryState, prompt_id};
use crate::store::receipts::{self, Receipt, ReceiptKind};
use crate::store::types::{DeliveryId, OccurrenceId};
use crate::store::unwritten;

/// A receipt as it is taken.
#[derive(Debug, Clone, Copy)]
pub struct NewReceipt {
    /// Of which message: the id the device got with it.
    pub message: DeliveryId,
    /// What.
    pub kind: ReceiptKind,
    /// When, by the device.
    pub at: Timestamp,
}

/// Takes a receipt. Gives `created`, `duplicate`, `unknown_delivery` or `quarantined` (a time nobody can believe) or `discarded`.
///
/// # Errors
/// Unavailable when the store is.
pub async fn take(
    app: &App,
    caller: &Patient,
    heard: Heard,
    new: NewReceipt,
) -> Result<&'static str> {
    let Ok((at, _)) = heard.believe(new.at) else {
        return Ok("quarantined");
    };
    let caller = caller.clone();
    app.store
        .write("receipt", caller.scope, move |tx| {
            if consent::guard(tx, caller.id, UploadKind::Receipt, new.at, heard.now)? {
                return Ok(DISCARDED);
            }
            // A phone may be quicker than the gateway's answer.
            unwritten::write(tx, &[OccurrenceId::from(*new.message.bytes())])?;
            let Some(delivery_id) = resolve(tx, &caller, new.message)? else {
                return Ok("unknown_delivery");
            };
            let row = Receipt {
                tenant_id: tx.tenant(),
                delivery_id,
                device_id: caller.device,
                kind: new.kind,
                at: at.into(),
                received_at: heard.now.into(),
            };
            Ok(if receipts::insert_receipt(tx, &row)? {
                "created"
            } else {
                "duplicate"
            })
        })
        .await
}

/// A prompt's message carries the occurrence's id: the rung that was sent last is meant.
fn resolve(tx: &mut Tx<'_>, caller: &Patient, message: DeliveryId) -> Result<Option<DeliveryId>> {
    let occurrence = OccurrenceId::from(*message.bytes());
    let (made, ..) = receipts::history(tx, occurrence)?;
    let last = made
        .iter()
        .filter(|one| one.patient_id == caller.id && one.state == DeliveryState::Sent)
        .max_by_key(|one| one.sent_at);
    if let Some(last) = last {
        return Ok(Some(last.id));
    }
    let plain = deliveries::find(tx, caller.id, message)?;
    Ok(plain.map(|one| one.id).or_else(|| {
        let first = prompt_id(occurrence, 0);
        made.iter()
            .find(|one| one.id == first && one.patient_id == caller.id)
            .map(|one| one.id)
    }))
}

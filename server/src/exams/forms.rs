//! The forms of a finding on an image and of an event: typed values in, broken rules back to their fields.

use jiff::civil::Date;

use super::events::NewEvent;
use super::rules::ImagingFinding;
use super::words::MODALITIES;
use crate::error::FieldError;
use crate::http::extract::Text;
use crate::http::typed::Typed;
use crate::insoles::footwear::EventDetail;
use crate::store::care_events::CareEventKind;

/// The finding a form describes; the form remembers what is wrong with it.
pub(super) fn imaging(form: &mut Typed) -> Option<ImagingFinding> {
    let modality = MODALITIES
        .iter()
        .find(|(_, key, _)| form.is("modality", key))
        .map(|(modality, ..)| *modality);
    if modality.is_none() {
        form.blame("modality", "Choose how the image was made.");
    }
    let region = form.needed("region", "The part of the body");
    let text = form.needed("text", "The finding");
    let reference_id = form.text("reference", "The reference");
    Some(ImagingFinding {
        modality: modality?,
        region: region?,
        text: text?,
        reference_id,
    })
}

/// The form for correcting a finding.
pub(super) fn filled(finding: &ImagingFinding, form: &mut Typed) {
    let own = MODALITIES.iter().find(|(one, ..)| *one == finding.modality);
    form.put("modality", own.map_or("", |(_, key, _)| key));
    form.put("region", &finding.region);
    form.put("text", &finding.text);
    if let Some(id) = &finding.reference_id {
        form.put("reference", id);
    }
}

/// The event a form describes; the form remembers what is wrong with it.
pub(super) fn event(form: &mut Typed) -> Option<NewEvent> {
    let kind = CareEventKind::from_name(form.value("kind"));
    if kind.is_none() {
        form.blame("kind", "Choose what happened.");
    }
    let date: Option<Date> = form.date("date");
    let detail = EventDetail {
        orthotic_id: form
            .text::<64>("orthotic", "The orthotic's name")
            .map(Text::into_string),
        shoe_id: form
            .text::<64>("shoe", "The shoes' name")
            .map(Text::into_string),
        note: form.text::<500>("note", "The note").map(Text::into_string),
    };
    Some(NewEvent {
        kind: kind?,
        date: date?,
        detail,
    })
}

/// Puts a broken rule of a finding or an event beside its field.
pub(super) fn blame(form: &mut Typed, broken: &FieldError) {
    let (name, words) = match broken.pointer.as_str() {
        "/orthotic_id" => (
            "orthotic",
            "Leave this empty: it is for orthotics handed over.".to_owned(),
        ),
        "/shoe_id" => (
            "shoe",
            "Leave this empty: it is for shoes handed over or chosen.".to_owned(),
        ),
        "/exam_date" | "/date" => ("date", format!("The date {}.", broken.rule)),
        "/kind" => ("kind", format!("What happened {}.", broken.rule)),
        _ => ("whole", format!("The record {}.", broken.rule)),
    };
    form.blame(name, words);
}

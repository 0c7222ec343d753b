//! Batches: each item stands for itself, so that one bad item loses nothing of the others.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::extract::parse_json;
use crate::error::{Error, FieldError, Result};

/// Items one batch may have.
pub const MAX_ITEMS: usize = 100;

/// One item before it is looked at.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct RawItem(Box<RawValue>);

impl RawItem {
    /// The item as it came.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// The item as declared, strictly.
    ///
    /// # Errors
    /// As [`parse_json`].
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        parse_json(self.0.get().as_bytes())
    }
}

/// Why an item is thrown away, by its disposition.
const REASONS: [(&str, &str); 1] = [(DISCARDED, "consent")];

/// The disposition of an item that is thrown away because there is no consent to keep it.
pub const DISCARDED: &str = "discarded";

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemResult {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// Its id, where it has a readable one.
    pub id: Option<String>,
    /// What became of it; docs/API.md lists the values.
    pub disposition: &'static str,
    /// The broken rules of an `invalid` item, pointers relative to the item.
    pub errors: Vec<FieldError>,
}

/// What became of one item.
#[derive(Serialize, ToSchema)]
struct SpokenResult<'a> {
    /// Its place in the batch, from 0.
    index: usize,
    /// Its id, where it has a readable one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// What became of it; docs/API.md lists the values.
    disposition: &'a str,
    /// Why, of a `discarded` item: `consent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// The broken rules of an `invalid` item, pointers relative to the item.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
}

impl Serialize for ItemResult {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reason = REASONS
            .iter()
            .find(|(disposition, _)| *disposition == self.disposition);
        let spoken = SpokenResult {
            index: self.index,
            id: self.id.as_deref(),
            disposition: self.disposition,
            reason: reason.map(|(_, reason)| *reason),
            errors: &self.errors,
        };
        spoken.serialize(serializer)
    }
}

impl utoipa::PartialSchema for ItemResult {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        SpokenResult::schema()
    }
}

impl ToSchema for ItemResult {
    fn schemas(
        schemas: &mut Vec<(
            String,
            utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
        )>,
    ) {
        SpokenResult::schemas(schemas);
    }
}

impl ItemResult {
    /// An item that breaks rules.
    pub fn invalid(index: usize, id: Option<String>, error: &Error) -> Self {
        let mut errors = error.errors.clone();
        if errors.is_empty() {
            errors.push(FieldError::new(
                "",
                error
                    .detail
                    .clone()
                    .unwrap_or_else(|| error.code.row().2.to_owned()),
            ));
        }
        Self {
            index,
            id,
            disposition: "invalid",
            errors,
        }
    }
}

/// The results in the order of the items.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResult {
    /// One for each item.
    pub results: Vec<ItemResult>,
}

/// Checks the size of a batch.
///
/// # Errors
/// Invalid at `pointer` when it is empty or too large.
pub fn check_size(pointer: &str, items: &[RawItem]) -> Result<()> {
    if items.is_empty() || items.len() > MAX_ITEMS {
        return Err(Error::field(
            pointer,
            format!("must have 1 to {MAX_ITEMS} items"),
        ));
    }
    Ok(())
}

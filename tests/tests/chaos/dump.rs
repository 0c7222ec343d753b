//! The one look into the database itself: which attempts the server wrote down as accepted.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    name: String,
}

const ACCEPTED: &str =
    "SELECT provider_message_id AS name FROM delivery_attempts WHERE outcome = 'accepted'";

/// The gateway's names of the messages the server knows to be accepted.
pub(crate) fn recorded(address: &str) -> BTreeSet<String> {
    let rows: Vec<Row> = match address.strip_prefix("sqlite:") {
        Some(path) => sql_query(ACCEPTED).load(&mut SqliteConnection::establish(path).unwrap()),
        None => sql_query(ACCEPTED).load(&mut PgConnection::establish(address).unwrap()),
    }
    .unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

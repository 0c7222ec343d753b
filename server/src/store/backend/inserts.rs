//! Adding many rows at once, each engine in the way that costs it least.

use diesel::pg::Pg;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};
use jiff::Timestamp;

use super::AnyConnection;
use super::raw::Statement;
use crate::store::deliveries::{Delivery, DeliveryState};
use crate::store::leases::Settled;
use crate::store::types::{TenantId, UtcMicros};

/// What PostgreSQL calls an array of a column's type.
pub(crate) trait PgArray {
    const NAME: &'static str;
}

impl PgArray for diesel::sql_types::BigInt {
    const NAME: &'static str = "::bigint[]";
}
impl PgArray for diesel::sql_types::Binary {
    const NAME: &'static str = "::bytea[]";
}
impl PgArray for diesel::sql_types::Text {
    const NAME: &'static str = "::text[]";
}
impl PgArray for diesel::sql_types::Double {
    const NAME: &'static str = "::double precision[]";
}
impl<T: PgArray + diesel::sql_types::SqlType<IsNull = diesel::sql_types::is_nullable::NotNull>>
    PgArray for diesel::sql_types::Nullable<T>
{
    const NAME: &'static str = T::NAME;
}

/// How many rows SQLite's statements take: few different ones, so that each is prepared once.
const GROUPS: [usize; 3] = [64, 8, 1];

/// Rows in groups for SQLite.
pub(crate) fn groups<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = GROUPS.into_iter().find(|size| *size <= rows.len())?;
        let (group, rest) = rows.split_at(size);
        rows = rest;
        Some(group)
    })
}

/// The beginning of a statement that adds rows.
pub(crate) fn insert_into(table: &str, columns: &[&str], then: &str) -> String {
    format!("INSERT INTO {table} ({}) {then}", columns.join(", "))
}

/// Adds many rows of one table; rows that exist stay as they are. Gives the ids of the new ones when asked for them.
/// PostgreSQL gets one array a column: a statement with a placeholder for each value costs more to parse than to run.
/// SQLite gets groups of rows.
macro_rules! insert_new {
    (@postgres $table:ident, $rows:expr, $tail:literal, { $($column:ident: $type:ty),+ }) => {{
        use $crate::store::backend::inserts::{PgArray, insert_into};
        let begin = insert_into(stringify!($table), &[$(stringify!($column)),+], "SELECT * FROM UNNEST(");
        let statement = $crate::store::backend::raw::Statement::<diesel::pg::Pg>::new(begin);
        let mut separator = "";
        $(let statement = statement
            .text(std::mem::replace(&mut separator, ", "))
            .bind::<diesel::sql_types::Array<$type>, _>($rows.iter().map(|row| &row.$column).collect::<Vec<_>>())
            .text(<$type as PgArray>::NAME);)+
        let _ = separator;
        statement.text(concat!(")", $tail))
    }};
    (@sqlite $table:ident, $rows:expr, $tail:literal, { $($column:ident: $type:ty),+ }) => {{
        use $crate::store::backend::inserts::insert_into;
        let begin = insert_into(stringify!($table), &[$(stringify!($column)),+], "VALUES ");
        let mut statement = $crate::store::backend::raw::Statement::<diesel::sqlite::Sqlite>::new(begin);
        let mut row_separator = "(";
        for row in $rows {
            let mut separator = std::mem::replace(&mut row_separator, "), (");
            $(statement = statement
                .text(std::mem::replace(&mut separator, ", "))
                .bind::<$type, _>(&row.$column);)+
            let _ = separator;
        }
        statement.text(concat!(")", $tail))
    }};
    (@each $tx:expr, $table:ident, $rows:expr, $tail:literal, { $($column:ident: $type:ty),+ }) => {
        match $tx.connection() {
            $crate::store::backend::AnyConnection::Postgres(pg) => {
                $crate::store::backend::insert_new!(@postgres $table, $rows, $tail, { $($column: $type),+ }).execute(pg)?;
            }
            $crate::store::backend::AnyConnection::Sqlite(sqlite) => {
                for group in $crate::store::backend::inserts::groups($rows) {
                    $crate::store::backend::insert_new!(@sqlite $table, group, $tail, { $($column: $type),+ }).execute(sqlite)?;
                }
            }
        }
    };
    ($tx:expr, $table:ident, $rows:expr, { $($column:ident: $type:ty),+ $(,)? }) => {
        $crate::store::backend::insert_new!(@each $tx, $table, $rows, " ON CONFLICT DO NOTHING", { $($column: $type),+ })
    };
    // Rows whose ids were made a moment ago: PostgreSQL looks each key up once more where it is told what to do if it stands.
    ($tx:expr, $table:ident, $rows:expr, all new, { $($column:ident: $type:ty),+ $(,)? }) => {
        $crate::store::backend::insert_new!(@each $tx, $table, $rows, "", { $($column: $type),+ })
    };
    ($tx:expr, $table:ident, $rows:expr, returning $id:ty, { $($column:ident: $type:ty),+ $(,)? }) => {{
        #[derive(diesel::QueryableByName)]
        struct Added {
            #[diesel(sql_type = diesel::sql_types::Binary)]
            id: $id,
        }
        match $tx.connection() {
            $crate::store::backend::AnyConnection::Postgres(pg) => {
                let added: Vec<Added> =
                    $crate::store::backend::insert_new!(@postgres $table, $rows, " ON CONFLICT DO NOTHING RETURNING id", { $($column: $type),+ }).load(pg)?;
                added.into_iter().map(|one| one.id).collect::<Vec<$id>>()
            }
            // One by one: SQLite says of each whether it is new, and what adds several rows to a table that others
            // refer to is compiled with a walk over those.
            $crate::store::backend::AnyConnection::Sqlite(sqlite) => {
                let mut added = Vec::with_capacity($rows.len());
                for row in $rows {
                    let one = std::slice::from_ref(row);
                    if $crate::store::backend::insert_new!(@sqlite $table, one, " ON CONFLICT DO NOTHING", { $($column: $type),+ }).execute(sqlite)? == 1 {
                        added.push(row.id);
                    }
                }
                added
            }
        }
    }};
}
pub(crate) use insert_new;

/// What prompts that ended alike share, given once, and from where the rest of each comes.
fn ended<DB>(tenant: TenantId, settled: &Settled, now: Timestamp) -> Statement<'_, DB>
where
    DB: diesel::backend::Backend
        + diesel::sql_types::HasSqlType<BigInt>
        + diesel::sql_types::HasSqlType<Nullable<BigInt>>
        + diesel::sql_types::HasSqlType<Text>
        + diesel::sql_types::HasSqlType<Nullable<Text>>,
    TenantId: diesel::serialize::ToSql<BigInt, DB>,
    DeliveryState: diesel::serialize::ToSql<Text, DB>,
    Option<&'static str>: diesel::serialize::ToSql<Nullable<Text>, DB>,
    Option<UtcMicros>: diesel::serialize::ToSql<Nullable<BigInt>, DB>,
{
    let now = UtcMicros::from(now);
    let (state, reason, next) = match *settled {
        Settled::Final(state, reason) => (state, reason, None),
        Settled::RetryAt(at, reason) => (DeliveryState::Pending, reason, Some(at.into())),
    };
    Statement::new(
        "INSERT INTO deliveries (tenant_id, id, patient_id, kind, occurrence_id, step, due_at, expires_at, attempts, \
         state, reason, next_attempt_at, sent_at) SELECT ",
    )
    .bind::<BigInt, _>(tenant)
    .text(", column1, column2, 'prompt', column1, 0, column3, column4, 1, ")
    .bind::<Text, _>(state)
    .text(", ")
    .bind::<Nullable<Text>, _>(reason)
    .text(", ")
    .bind::<Nullable<BigInt>, _>(next)
    .text(", ")
    .bind::<Nullable<BigInt>, _>((state == DeliveryState::Sent).then_some(now))
    .text(" FROM ")
}

/// Adds the first prompts of occurrences, which ended alike; those that exist stay as they are. Gives how many are new.
pub(in crate::store) fn insert_ended(
    connection: &mut AnyConnection,
    rows: &[&Delivery],
    tenant: TenantId,
    settled: &Settled,
    now: Timestamp,
) -> QueryResult<usize> {
    match connection {
        AnyConnection::Postgres(pg) => ended::<Pg>(tenant, settled, now)
            .text("UNNEST(")
            .bind::<Array<Binary>, _>(rows.iter().map(|row| row.id).collect::<Vec<_>>())
            .text("::bytea[], ")
            .bind::<Array<Binary>, _>(rows.iter().map(|row| row.patient_id).collect::<Vec<_>>())
            .text("::bytea[], ")
            .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.due_at).collect::<Vec<_>>())
            .text("::bigint[], ")
            .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.expires_at).collect::<Vec<_>>())
            .text("::bigint[]) AS due (column1, column2, column3, column4) ON CONFLICT DO NOTHING")
            .execute(pg),
        AnyConnection::Sqlite(sqlite) => groups(rows).try_fold(0, |added, group| {
            let begin = ended::<Sqlite>(tenant, settled, now).text("(VALUES ");
            let filled = (["("]
                .into_iter()
                .chain(std::iter::repeat("), ("))
                .zip(group))
            .fold(begin, |statement, (separator, row)| {
                statement
                    .text(separator)
                    .bind::<Binary, _>(row.id)
                    .text(", ")
                    .bind::<Binary, _>(row.patient_id)
                    .text(", ")
                    .bind::<BigInt, _>(row.due_at)
                    .text(", ")
                    .bind::<BigInt, _>(row.expires_at)
            });
            // `WHERE TRUE`: without it SQLite reads ON as part of a join.
            let statement = filled.text(")) WHERE TRUE ON CONFLICT DO NOTHING");
            Ok(added + statement.execute(sqlite)?)
        }),
    }
}

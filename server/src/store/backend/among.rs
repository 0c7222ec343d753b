//! `column IN (values)` that a connection keeps prepared: diesel prepares a list anew for each run on SQLite, for the text
//! differs with its length.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, Bool, HasSqlType, SingleValue};
use diesel::sqlite::Sqlite;
use diesel::{Connection, QueryResult};

use super::AnyConnection;

type Either = <AnyConnection as Connection>::Backend;

/// Asks for rows whose column is one of several values.
pub(crate) trait AmongExt: Expression + Sized {
    /// `self IN (values)`; nothing is among none.
    fn among<T>(self, values: impl IntoIterator<Item = T>) -> Among<Self, T> {
        Among {
            column: self,
            values: values.into_iter().collect(),
        }
    }
}

impl<C: Expression> AmongExt for C {}

/// See [`AmongExt::among`].
#[derive(Debug, Clone)]
pub(crate) struct Among<C, T> {
    column: C,
    values: Vec<T>,
}

impl<C, T> QueryFragment<Pg> for Among<C, T>
where
    C: Expression + QueryFragment<Pg>,
    C::SqlType: SingleValue,
    Pg: HasSqlType<C::SqlType> + HasSqlType<Array<C::SqlType>>,
    Vec<T>: ToSql<Array<C::SqlType>, Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<C::SqlType>, _>(&self.values)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C, T> QueryFragment<Sqlite> for Among<C, T>
where
    C: Expression + QueryFragment<Sqlite>,
    Sqlite: HasSqlType<C::SqlType>,
    T: ToSql<C::SqlType, Sqlite>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let Some(last) = self.values.last() else {
            out.push_sql("FALSE");
            return Ok(());
        };
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (");
        // The last one again, up to a power of two: few texts serve all lengths.
        let again = self.values.len().next_power_of_two() - self.values.len();
        let repeated = std::iter::repeat_n(last, again);
        for (place, value) in self.values.iter().chain(repeated).enumerate() {
            if place > 0 {
                out.push_sql(", ");
            }
            out.push_bind_param::<C::SqlType, _>(value)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<C, T> QueryFragment<Either> for Among<C, T>
where
    Self: QueryFragment<Pg> + QueryFragment<Sqlite>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Either>) -> QueryResult<()> {
        Either::walk_variant_ast(self, out)
    }
}

impl<C: Expression, T> Expression for Among<C, T> {
    type SqlType = Bool;
}

impl<C, T> QueryId for Among<C, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: ValidGrouping<GB>, T, GB> ValidGrouping<GB> for Among<C, T> {
    type IsAggregate = C::IsAggregate;
}

impl<C: SelectableExpression<QS>, T, QS> SelectableExpression<QS> for Among<C, T> {}
impl<C: AppearsOnTable<QS>, T, QS> AppearsOnTable<QS> for Among<C, T> {}

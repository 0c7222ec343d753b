//! SQL text of our own that a connection keeps prepared: diesel prepares `sql_query` and `dsl::sql` anew for each run.

use std::borrow::Cow;
use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, Bool, HasSqlType, Untyped};
use diesel::{QueryResult, RunQueryDsl};

use crate::store::types::{OccurrenceId, UtcMicros};

/// A condition as it stands, so that both engines see that a partial index serves it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verbatim(pub(crate) &'static str);

/// Of the occurrences, those after an instant and an id: as one pair, so that a herd of one instant is not read from its
/// beginning for each batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RemindedAfter(pub(crate) UtcMicros, pub(crate) OccurrenceId);

impl<DB: Backend> QueryFragment<DB> for Verbatim {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}

impl<DB> QueryFragment<DB> for RemindedAfter
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Binary>,
    UtcMicros: ToSql<BigInt, DB>,
    OccurrenceId: ToSql<Binary, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(occurrences.remind_at, occurrences.id) > (");
        out.push_bind_param::<BigInt, _>(&self.0)?;
        out.push_sql(", ");
        out.push_bind_param::<Binary, _>(&self.1)?;
        out.push_sql(")");
        Ok(())
    }
}

/// A condition, told apart from others of its type by its text.
macro_rules! condition {
    ($name:ty) => {
        impl Expression for $name {
            type SqlType = Bool;
        }
        impl QueryId for $name {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
        impl<GB> ValidGrouping<GB> for $name {
            type IsAggregate = diesel::expression::is_aggregate::Never;
        }
        impl<QS> SelectableExpression<QS> for $name {}
        impl<QS> AppearsOnTable<QS> for $name {}
    };
}
condition!(Verbatim);
condition!(RemindedAfter);

/// A statement in pieces: text, and values bound between.
pub(crate) struct Statement<'a, DB: Backend> {
    pieces: Vec<Piece<'a, DB>>,
}

enum Piece<'a, DB: Backend> {
    Text(Cow<'static, str>),
    Value(Box<dyn QueryFragment<DB> + 'a>),
}

impl<'a, DB: Backend> Statement<'a, DB> {
    /// Begins with this text.
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            pieces: vec![Piece::Text(text.into())],
        }
    }

    /// Goes on with this text.
    pub(crate) fn text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.pieces.push(Piece::Text(text.into()));
        self
    }

    /// Binds a value here.
    pub(crate) fn bind<ST, T>(mut self, value: T) -> Self
    where
        ST: 'a,
        T: ToSql<ST, DB> + 'a,
        DB: HasSqlType<ST>,
    {
        let value = Value {
            value,
            sql_type: PhantomData::<ST>,
        };
        self.pieces.push(Piece::Value(Box::new(value)));
        self
    }
}

impl<DB: Backend> QueryFragment<DB> for Statement<'_, DB> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_sql(text),
                Piece::Value(value) => value.walk_ast(out.reborrow())?,
            }
        }
        Ok(())
    }
}

impl<DB: Backend> QueryId for Statement<'_, DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend> Query for Statement<'_, DB> {
    type SqlType = Untyped;
}

impl<DB: Backend, Conn> RunQueryDsl<Conn> for Statement<'_, DB> {}

struct Value<ST, T> {
    value: T,
    sql_type: PhantomData<ST>,
}

impl<DB, ST, T> QueryFragment<DB> for Value<ST, T>
where
    DB: Backend + HasSqlType<ST>,
    T: ToSql<ST, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_bind_param::<ST, _>(&self.value)
    }
}

//! Statements that a connection keeps prepared and whose text is written once: diesel prepares each update anew, and an
//! [`AnyConnection`] has the text of a statement written three times for each run.

use std::cell::OnceCell;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::{Connection, QueryResult, RunQueryDsl};

use super::AnyConnection;

type Either = <AnyConnection as Connection>::Backend;
type Builder = <Either as Backend>::QueryBuilder;

/// Keeps a statement prepared.
pub(crate) trait KeptExt: Sized {
    /// The same statement, kept prepared: its text must be one of few. So it is for whatever has no list in it but
    /// [`among`](super::among::AmongExt::among).
    fn kept(self) -> Kept<Self> {
        Kept {
            query: self,
            text: OnceCell::new(),
        }
    }
}

impl<Q> KeptExt for Q {}

/// See [`KeptExt::kept`].
pub(crate) struct Kept<Q> {
    query: Q,
    text: OnceCell<String>,
}

impl<Q: QueryFragment<Either>> QueryFragment<Either> for Kept<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Either>) -> QueryResult<()> {
        self.query.walk_ast(out)
    }

    fn to_sql(&self, out: &mut Builder, backend: &Either) -> QueryResult<()> {
        if let Some(text) = self.text.get() {
            out.push_sql(text);
            return Ok(());
        }
        let mut fresh = match out {
            Builder::Postgres(_) => Builder::Postgres(Default::default()),
            Builder::Sqlite(_) => Builder::Sqlite(Default::default()),
        };
        self.query.to_sql(&mut fresh, backend)?;
        out.push_sql(self.text.get_or_init(|| fresh.finish()));
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &Either) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Kept<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Kept<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, Conn> RunQueryDsl<Conn> for Kept<Q> {}

//! A connection that goes with its PostgreSQL in the middle of a transaction.

use footing_server::error::{Code, Result};
use footing_server::rt::spawn::Blocking;
use footing_server::store::{Store, StoreOptions, System, Tx, clinics};
use footing_tests::Database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_said_of_a_connection_that_was_ended_the_database_is_away() {
    let name = "store::lost::whatever_is_said_of_a_connection_that_was_ended_the_database_is_away";
    let Some((database, cluster)) = Database::on_own_cluster(name) else {
        return;
    };
    let options = StoreOptions {
        url: database.url(),
        connections: 2,
    };
    let store = Store::open(&options, &Blocking::Threads).unwrap();
    let look = |tx: &mut Tx<'_, System>| -> Result<()> { clinics::only_slug(tx).map(drop) };
    for _ in 0..3 {
        let lost = store.read("lost", System, move |tx| {
            look(tx)?;
            cluster.restart_at_once();
            look(tx)
        });
        let error = lost.await.unwrap_err();
        assert_eq!(error.code, Code::Unavailable, "{error}");
        store.read("next", System, look).await.unwrap();
    }
}

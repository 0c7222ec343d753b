//! A PostgreSQL server that is ended in the middle of what it does and starts again, or is followed by its standby, under a
//! Footing that stays.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use footing_server::rt::spawn::Blocking;
use footing_tests::postgres::Standby;
use footing_tests::{Caller, Database, Raw, Reply};
use futures_util::future::{join, join_all};

use super::{PHONES, Scene, UPLOADS, in_time, kept, kept_at, until, upload};
use crate::installed::Server;

/// Restarts, at least and at most: a connection that is lost between two requests is replaced and nobody hears of it, so it goes
/// on until somebody did.
const RESTARTS: std::ops::RangeInclusive<usize> = 3..=30;

/// What everybody heard.
#[derive(Default)]
struct Heard {
    over: Cell<bool>,
    next: Cell<u64>,
    acknowledged: RefCell<BTreeSet<u64>>,
    /// Good answers and refusals.
    good: Cell<usize>,
    refused: Cell<usize>,
    /// Other answers, of which there must be none.
    wrong: RefCell<Vec<String>>,
}

impl Heard {
    /// Whether it is a good answer; anything else must be a 503 that says to come back.
    fn is_good(&self, answer: &Reply) -> bool {
        if answer.status == 200 {
            self.good.set(self.good.get() + 1);
            return true;
        }
        if answer.status != 503 {
            self.wrong.borrow_mut().push(answer.text());
            return false;
        }
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.problem(), "unavailable");
        assert!(!answer.header("retry-after").is_empty());
        self.refused.set(self.refused.get() + 1);
        false
    }

    async fn upload(&self, phone: &Caller) {
        while !self.over.get() {
            let number = self.next.get();
            self.next.set(number + 1);
            if self.is_good(&upload(phone, number..number + 1).await) {
                self.acknowledged.borrow_mut().insert(number);
            }
        }
    }

    async fn look(&self, caller: &Caller, path: &str) {
        while !self.over.get() {
            self.is_good(&in_time(caller.get(path)).await);
        }
    }
}

/// What happens to a database once so many more good answers were given.
async fn after_more(heard: &Heard, what: impl FnOnce() + Send + 'static) {
    let enough = heard.good.get() + 50;
    until("good answers", async || heard.good.get() > enough).await;
    Blocking::Threads.run("trouble", what).await.unwrap();
}

/// Everybody calls a server while `trouble` goes on, and until they had good answers after it.
async fn under_load(
    scene: &Scene,
    server: &Server,
    heard: &Heard,
    trouble: impl Future<Output = ()>,
) {
    let (phones, clinician) = (scene.phones(server), scene.clinician(server));
    let phones = &phones;
    let uploads = join_all(phones.iter().map(|phone| heard.upload(phone)));
    let looks = ["/v1/me", "/v1/me/occurrences", UPLOADS, "/readyz"].repeat(2);
    let looks = looks.into_iter();
    let looks = looks.map(|path| heard.look(&phones[0], path));
    let pages = heard.look(&clinician, "/v1/patients");
    let load = join(join_all(looks), join(uploads, pages));
    let until_over = async {
        trouble.await;
        after_more(heard, || ()).await;
        heard.over.set(true);
    };
    join(load, until_over).await;
}

/// Everything acknowledged is among what is kept, nobody heard anything but good answers and refusals, and the process is the
/// same.
fn assert_nothing_lost(scene: &Scene, server: &mut Server, heard: &Heard, kept: &BTreeSet<u64>) {
    let (wrong, log) = (heard.wrong.borrow(), scene.shell.log());
    assert!(wrong.is_empty(), "{wrong:?}\n{log}");
    assert!(heard.refused.get() > 0, "it was away for nobody");
    let acknowledged = heard.acknowledged.borrow();
    let lost: Vec<_> = acknowledged.difference(kept).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(acknowledged.len() > PHONES, "something was acknowledged");
    assert!(
        server.child.try_wait().unwrap().is_none(),
        "the same process"
    );
    for alarm in ["panicked", "a request failed"] {
        assert!(!log.contains(alarm), "{alarm}: {log}");
    }
}

#[tokio::test]
async fn a_database_that_restarts_under_load_costs_503_and_nothing_acknowledged() {
    let name = "process::a_database_that_restarts_under_load_costs_503_and_nothing_acknowledged";
    let Some((database, cluster)) = Database::on_own_cluster(name) else {
        return;
    };
    let scene = Scene::new(database).await;
    let mut server = scene.shell.serve(&[]);
    let heard = Heard::default();
    let restarts = async {
        for count in 1..=*RESTARTS.end() {
            after_more(&heard, || cluster.restart_at_once()).await;
            if count >= *RESTARTS.start() && heard.refused.get() > 0 {
                break;
            }
        }
    };
    under_load(&scene, &server, &heard, restarts).await;
    let kept = kept(&scene.shell.database);
    assert_nothing_lost(&scene, &mut server, &heard, &kept);
}

/// The address names both servers; a commit is acknowledged once the standby has it.
#[tokio::test]
async fn when_a_standby_takes_over_nothing_acknowledged_is_lost_and_it_goes_on_there() {
    let name =
        "process::when_a_standby_takes_over_nothing_acknowledged_is_lost_and_it_goes_on_there";
    let Some((database, cluster)) = Database::on_own_cluster(name) else {
        return;
    };
    let scene = Scene::new(database).await;
    let standby: &Standby = Box::leak(Box::new(cluster.standby()));
    let address = standby.either(&scene.shell.database.address());
    let mut command = scene.shell.command(&["serve"]);
    command.env("FOOTING_DATABASE_URL", &address);
    let mut server = scene.shell.serving(command);
    let heard = Heard::default();
    let taken_over = async {
        after_more(&heard, || cluster.end_at_once()).await;
        let refused = heard.refused.get() + 20;
        until("refusals", async || heard.refused.get() > refused).await;
        let promote = || standby.promote();
        Blocking::Threads.run("promote", promote).await.unwrap();
    };
    under_load(&scene, &server, &heard, taken_over).await;
    let kept = kept_at(&mut Raw::at(&address));
    assert_nothing_lost(&scene, &mut server, &heard, &kept);
}

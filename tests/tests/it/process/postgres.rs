//! A PostgreSQL server that is ended in the middle of what it does and starts again, under a Footing that stays.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use footing_server::rt::spawn::Blocking;
use footing_tests::{Caller, Database, Reply};
use futures_util::future::{join, join_all};

use super::{PHONES, Scene, UPLOADS, in_time, kept, until, upload};

/// Restarts.
const RESTARTS: usize = 3;

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

#[tokio::test]
async fn a_database_that_restarts_under_load_costs_503_and_nothing_acknowledged() {
    let name = "process::a_database_that_restarts_under_load_costs_503_and_nothing_acknowledged";
    let Some((database, cluster)) = Database::on_own_cluster(name) else {
        return;
    };
    let scene = Scene::new(database).await;
    let mut server = scene.shell.serve(&[]);
    let (phones, clinician) = (scene.phones(&server), scene.clinician(&server));
    let heard = Heard::default();
    let (heard, phones) = (&heard, &phones);
    let uploads = join_all(phones.iter().map(|phone| heard.upload(phone)));
    let looks = ["/v1/me", "/v1/me/occurrences", UPLOADS, "/readyz"].repeat(2);
    let looks = looks.into_iter();
    let looks = looks.map(|path| heard.look(&phones[0], path));
    let pages = heard.look(&clinician, "/v1/patients");
    let load = join(join_all(looks), join(uploads, pages));
    let restarts = async {
        for _ in 0..RESTARTS {
            let enough = heard.good.get() + 50;
            until("good answers", async || heard.good.get() > enough).await;
            let restart = || cluster.restart_at_once();
            Blocking::Threads.run("restart", restart).await.unwrap();
        }
        let enough = heard.good.get() + 50;
        until("good answers again", async || heard.good.get() > enough).await;
        heard.over.set(true);
    };
    join(load, restarts).await;

    let (wrong, log) = (heard.wrong.borrow(), scene.shell.log());
    assert!(wrong.is_empty(), "{wrong:?}\n{log}");
    assert!(heard.refused.get() > 0, "it was away for nobody");
    let kept = kept(&scene.shell.database);
    let acknowledged = heard.acknowledged.borrow();
    let lost: Vec<_> = acknowledged.difference(&kept).collect();
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

//! No statement of the server walks a whole large table where an index should serve: the statements a busy scene
//! really runs, explained by each engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, Once, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use diesel::sql_types::Text;
use footing_server::http::router::Access;
use footing_tests::{Database, Raw};

use crate::routes::all;
use crate::world::{Who, World};

/// Tables that grow with patients and days.
const LARGE: [&str; 20] = [
    "occurrences",
    "occurrence_events",
    "deliveries",
    "delivery_attempts",
    "delivery_receipts",
    "answers",
    "patient_days",
    "insole_sessions",
    "patients",
    "alerts",
    "notices",
    "messages",
    "live_changes",
    "audit",
    "adherence_days",
    "adherence_due",
    "devices",
    "rtm_entries",
    "care_calls",
    "rtm_evaluations",
];

/// What was run on the databases that are listened to, by address.
static HEARD: Mutex<BTreeMap<String, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Listens to one connection.
#[derive(Default)]
struct Listener {
    address: String,
}

impl Instrumentation for Listener {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                url.clone_into(&mut self.address);
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                let mut heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(statements) = heard.get_mut(&self.address) {
                    let text = query.to_string();
                    let sql = text.split(" -- binds: ").next().unwrap_or_default();
                    statements.insert(sql.trim().to_owned());
                }
            }
            _ => {}
        }
    }
}

fn listen(database: &Database) -> String {
    static SET: Once = Once::new();
    SET.call_once(|| {
        set_default_instrumentation(|| Some(Box::new(Listener::default())))
            .expect("nobody panicked in it");
    });
    let address = database.address().trim_start_matches("sqlite:").to_owned();
    HEARD
        .lock()
        .unwrap()
        .insert(address.clone(), BTreeSet::new());
    address
}

/// The statements about data that were heard.
fn heard(address: &str) -> Vec<String> {
    let all = HEARD.lock().unwrap().remove(address).unwrap_or_default();
    all.into_iter()
        .filter(|sql| {
            ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"]
                .iter()
                .any(|verb| sql.starts_with(verb))
        })
        .filter(|sql| !sql.contains("__diesel_schema_migrations"))
        .collect()
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    plan: String,
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// The steps of a statement that walk a large table.
fn walks(raw: &mut Raw, sql: &str, queues: &[String]) -> Vec<String> {
    match raw {
        Raw::Sqlite(sqlite) => {
            let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"))
                .load(sqlite)
                .expect(sql);
            let steps = steps.into_iter().map(|step| step.detail);
            steps
                .filter(|step| is_sqlite_walk(step, queues) && !is_of_the_clinic(step, sql))
                .collect()
        }
        Raw::Postgres(pg) => {
            let lines: Vec<Line> = explain_on_postgres(pg, sql).expect(sql);
            let lines = lines.into_iter().map(|line| line.plan);
            lines.filter(|line| is_postgres_walk(line)).collect()
        }
    }
}

fn is_sqlite_walk(step: &str, queues: &[String]) -> bool {
    let mut words = step.split_whitespace();
    let how = words.next();
    if !words.next().is_some_and(|name| LARGE.contains(&name)) {
        return false;
    }
    // A search for nothing but the clinic walks all the clinic has.
    let whole_clinic = how == Some("SEARCH") && step.contains("(tenant_id=?)");
    if how != Some("SCAN") && !whole_clinic {
        return false;
    }
    // A partial index holds what waits, not the table: walking it in order finds the next.
    let after = step.split("INDEX ").nth(1).unwrap_or_default();
    let index = after.split_whitespace().next().unwrap_or_default();
    !queues.iter().any(|queue| queue == index)
}

/// How many patients a clinic has is a question about all of them; a page of their list ends by itself.
fn is_of_the_clinic(step: &str, sql: &str) -> bool {
    step.starts_with("SEARCH patients ")
        && (sql.contains("COUNT(*)")
            || step.contains("patients_by_name") && sql.ends_with("LIMIT ?"))
}

fn is_postgres_walk(line: &str) -> bool {
    let Some((_, of)) = line.split_once("Seq Scan on ") else {
        return false;
    };
    of.split_whitespace()
        .next()
        .is_some_and(|name| LARGE.contains(&name))
}

/// With values left open and tables that look large enough for an index, whatever is in them now.
fn explain_on_postgres(pg: &mut PgConnection, sql: &str) -> QueryResult<Vec<Line>> {
    let parameters = (1..=64)
        .take_while(|number| sql.contains(&format!("${number}")))
        .count();
    let nulls = vec!["NULL"; parameters].join(", ");
    let given = if parameters == 0 {
        String::new()
    } else {
        format!("({nulls})")
    };
    diesel::sql_query(format!("PREPARE heard AS {sql}")).execute(pg)?;
    let lines = diesel::sql_query(format!("EXPLAIN EXECUTE heard{given}")).load(pg);
    diesel::sql_query("DEALLOCATE heard").execute(pg)?;
    lines
}

/// The indexes of queues.
fn queues(raw: &mut Raw) -> Vec<String> {
    match raw {
        Raw::Sqlite(_) => {
            let partial = "SELECT name AS value FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'";
            let mut queues = raw.texts(partial);
            // Its whole table is a queue: a day whose figures are computed leaves it.
            queues.push("adherence_due_next".to_owned());
            queues
        }
        Raw::Postgres(_) => Vec::new(),
    }
}

fn explaining(database: &Database) -> Raw {
    let mut raw = Raw::connect(database);
    if let Raw::Postgres(_) = raw {
        raw.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
            .unwrap();
    }
    raw
}

async fn no_statement_walks_a_large_table(database: Database) {
    let address = listen(&database);
    let world = World::set(&database).await;
    for (route, access) in all() {
        if route.ends_session() || route.ends_device() {
            continue;
        }
        let who = match access {
            Access::Patient => Who::Patient,
            _ => Who::Clinician,
        };
        route.call(world.caller(who), &world.ids).await;
    }
    // Two nights: windows close, days are counted, silence is noticed.
    world.server.advance("2026-03-04T22:00:00Z").await;
    let statements = heard(&address);
    assert!(
        statements.len() > 150,
        "a busy scene, not {} statements",
        statements.len()
    );
    for hot in [
        "INSERT INTO",
        "occurrences",
        "deliveries",
        "sweeps",
        "delivery_attempts",
    ] {
        assert!(statements.iter().any(|sql| sql.contains(hot)), "{hot}");
    }
    let mut raw = explaining(&database);
    let queues = queues(&mut raw);
    let mut found = Vec::new();
    for sql in &statements {
        for step in walks(&mut raw, sql, &queues) {
            found.push(format!("{step}\n    {sql}"));
        }
    }
    assert!(
        found.is_empty(),
        "{} walks:\n{}",
        found.len(),
        found.join("\n")
    );
}

/// The control: a statement no index serves is found out, one that an index serves is not.
async fn a_walk_is_seen(database: Database) {
    let mut raw = explaining(&database);
    let queues = queues(&mut raw);
    let walk = "SELECT id FROM occurrences WHERE exercise_key = 'calf-wall-stretch'";
    assert_eq!(walks(&mut raw, walk, &queues).len(), 1);
    let walk = "UPDATE deliveries SET reason = 'x' WHERE reason = 'y'";
    assert_eq!(walks(&mut raw, walk, &queues).len(), 1);
    if let Raw::Sqlite(_) = raw {
        let whole_clinic = "SELECT id FROM answers WHERE tenant_id = 1 AND received_at > 5";
        assert_eq!(walks(&mut raw, whole_clinic, &queues).len(), 1);
    }
    let served =
        "SELECT closes_at FROM occurrences WHERE state = 'planned' ORDER BY closes_at LIMIT 1";
    assert_eq!(walks(&mut raw, served, &queues), Vec::<String>::new());
}

/// SQLite takes a clinic for ten rows unless it is told.
#[test]
fn sqlite_is_told_of_every_index_of_a_large_table() {
    footing_tests::engines::run(async {
        let database = Database::sqlite();
        let mut raw = Raw::connect(&database);
        let large = LARGE.map(|name| format!("'{name}'")).join(", ");
        let untold = raw.texts(&format!(
            "SELECT m.name || '.' || i.name AS value FROM sqlite_schema m, pragma_index_list(m.name) i
             WHERE m.type = 'table' AND m.name IN ({large}) AND NOT EXISTS
             (SELECT 1 FROM sqlite_stat1 s WHERE s.tbl = m.name AND s.idx IN (i.name, iif(i.origin = 'pk', m.name, '')))"
        ));
        assert_eq!(untold, Vec::<String>::new());
    });
}

footing_tests::on_both_engines!(no_statement_walks_a_large_table, a_walk_is_seen);

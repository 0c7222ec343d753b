//! Migrations: there and back, alike on both engines, and what diesel believes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use footing_tests::{Database, Raw, repository};

use super::rows::{Cell, named, seed};

/// The whole schema as the engine describes it, without diesel's own table.
fn schema(raw: &mut Raw) -> Vec<String> {
    let sql = match raw {
        Raw::Postgres(_) => {
            "SELECT value FROM (
                SELECT 'column ' || concat_ws(' ', table_name, column_name, data_type, is_nullable) AS value
                FROM information_schema.columns
                WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'
                UNION ALL SELECT 'index ' || indexdef FROM pg_indexes
                WHERE schemaname = 'public' AND tablename <> '__diesel_schema_migrations'
                UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid)
                FROM pg_constraint WHERE connamespace = 'public'::regnamespace
                AND conrelid::regclass::text <> '__diesel_schema_migrations'
                UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
                UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            ) parts ORDER BY value"
        }
        Raw::Sqlite(_) => {
            "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS value FROM sqlite_schema
             WHERE tbl_name <> '__diesel_schema_migrations' AND name NOT LIKE 'sqlite_%' ORDER BY value"
        }
    };
    raw.texts(sql)
}

async fn down_leaves_nothing_and_up_again_is_the_same(database: Database) {
    let mut raw = Raw::connect(&database);
    let before = schema(&mut raw);
    assert!(before.len() > 20);
    raw.down();
    assert_eq!(schema(&mut raw), Vec::<String>::new());
    raw.up();
    assert_eq!(schema(&mut raw), before);
}

/// What was on its way when the old release died waits for the end of its lease, what waited still does, and what had ended
/// is not looked at again.
async fn deliveries_under_way_outlive_the_new_table_of_claims(database: Database) {
    let mut raw = Raw::connect(&database);
    seed(&mut raw, 1);
    for number in [2, 3] {
        let occurrence = named("occurrences").insert(&raw, 1, number, &[]);
        raw.execute(&occurrence).unwrap();
        let of = [("occurrence_id", Cell::Own(0x0c), 1)];
        let delivery = named("deliveries").insert(&raw, 1, number, &of);
        raw.execute(&delivery).unwrap();
    }
    let [waiting, leased, sent] = [1, 2, 3].map(|number| match raw {
        Raw::Postgres(_) => format!("id = '\\xde01{number:028x}'"),
        Raw::Sqlite(_) => format!("id = x'de01{number:028x}'"),
    });
    let states = "SELECT concat_ws(' ', state, next_attempt_at, attempts, lease IS NULL) AS value
        FROM deliveries ORDER BY id";
    let lease = "(SELECT lease FROM delivery_claims)";
    raw.execute(&format!(
        "UPDATE deliveries SET next_attempt_at = 70 WHERE {waiting};
         UPDATE deliveries SET state = 'leased', next_attempt_at = NULL, attempts = 1, lease = {lease} WHERE {leased};
         UPDATE deliveries SET state = 'sent', next_attempt_at = NULL, attempts = 1 WHERE {sent};
         UPDATE delivery_claims SET until_at = 90, prompt_ids = {}",
        raw.bytes("")
    ))
    .unwrap();
    // Back to before claims had rows.
    for _ in 0..2 {
        raw.down_once();
    }
    let [yes, no] = match raw {
        Raw::Postgres(_) => ["t", "f"],
        Raw::Sqlite(_) => ["1", "0"],
    };
    let before = [
        format!("pending 70 0 {yes}"),
        format!("leased 90 1 {no}"),
        format!("sent 1 1 {yes}"),
    ];
    assert_eq!(raw.texts(states), before);
    raw.up();
    let after = [
        format!("pending 70 0 {yes}"),
        format!("pending 90 1 {yes}"),
        format!("sent 1 {yes}"),
    ];
    assert_eq!(raw.texts(states), after);
}

/// A prompt that is on its way and has no row yet has one for the release before.
async fn prompts_under_way_have_rows_before_they_were_written_once(database: Database) {
    let mut raw = Raw::connect(&database);
    seed(&mut raw, 1);
    let more = named("occurrences").insert(&raw, 1, 2, &[]);
    raw.execute(&more).unwrap();
    let [first, second] = [1, 2].map(|number| raw.bytes(&format!("0c01{number:028x}")));
    let both = match raw {
        Raw::Postgres(_) => format!("{first} || {second}"),
        Raw::Sqlite(_) => format!("CAST({first} || {second} AS BLOB)"),
    };
    raw.execute(&format!(
        "UPDATE occurrences SET remind_at = 40, due_at = 50, closes_at = 60 WHERE id = {second};
         UPDATE delivery_claims SET until_at = 90, prompt_ids = {both}"
    ))
    .unwrap();
    raw.down_once();
    let prompts = format!(
        "SELECT concat_ws(' ', state, due_at, expires_at, attempts) AS value FROM deliveries
         WHERE id = {second} AND occurrence_id = id AND lease = (SELECT lease FROM delivery_claims)"
    );
    assert_eq!(raw.texts(&prompts), ["leased 40 60 1"]);
    assert_eq!(
        raw.number("SELECT CAST(length(delivery_ids) AS BIGINT) AS value FROM delivery_claims"),
        48
    );
    raw.up();
    assert_eq!(raw.claimed(), 3);
    assert_eq!(raw.texts(&prompts), ["leased 40 60 1"]);
}

async fn preparing_twice_changes_nothing(database: Database) {
    let mut raw = Raw::connect(&database);
    let before = schema(&mut raw);
    database.url().prepare().unwrap();
    assert_eq!(schema(&mut raw), before);
}

/// The columns of every table, in order, in diesel's words.
fn columns(raw: &mut Raw) -> BTreeMap<String, Vec<String>> {
    let sql = match raw {
        Raw::Postgres(_) => {
            "SELECT concat_ws(' ', table_name, column_name, data_type,
                CASE is_nullable WHEN 'YES' THEN 'null' ELSE 'not' END) AS value
             FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
        }
        Raw::Sqlite(_) => {
            "SELECT m.name || ' ' || c.name || ' ' || c.type || ' ' || iif(c.\"notnull\", 'not', 'null') AS value
             FROM sqlite_schema m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite#_%' ESCAPE '#' ORDER BY m.name, c.cid"
        }
    };
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in raw.texts(sql) {
        let words: Vec<&str> = row.split(' ').collect();
        let (table, column, null) = (words[0], words[1], *words.last().unwrap());
        if table == "__diesel_schema_migrations" {
            continue;
        }
        let kind = match words[2..words.len() - 1].join(" ").as_str() {
            "INTEGER" | "bigint" => "BigInt",
            "BLOB" | "bytea" => "Binary",
            "TEXT" | "text" => "Text",
            "REAL" | "double precision" => "Double",
            other => panic!("{table}.{column} has a type the engines do not share: {other}"),
        };
        let kind = if null == "null" {
            format!("Nullable<{kind}>")
        } else {
            kind.to_owned()
        };
        tables
            .entry(table.to_owned())
            .or_default()
            .push(format!("{column} -> {kind}"));
    }
    tables
}

/// The tables of `store/schema/`, each with its columns as written there.
fn declared() -> BTreeMap<String, Vec<String>> {
    let folder = repository().join("server/src/store/schema");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let text: String = files.collect();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current = None;
    for line in text.lines().map(str::trim) {
        if let Some((column, kind)) = line.split_once(" -> ") {
            let table: &String = current.as_ref().expect("columns stand in a table");
            let column = format!("{column} -> {}", kind.trim_end_matches(','));
            tables.get_mut(table).unwrap().push(column);
        } else if let Some((name, _)) = line.split_once(" (") {
            tables.insert(name.to_owned(), Vec::new());
            current = Some(name.to_owned());
        }
    }
    tables
}

async fn the_schema_says_what_the_tables_are(database: Database) {
    let found = columns(&mut Raw::connect(&database));
    let declared = declared();
    assert!(declared.len() >= 15, "the schema is read: {declared:?}");
    assert_eq!(found, declared);
}

#[test]
fn both_engines_have_the_same_migrations_with_a_way_back() {
    let names = |engine: &str| -> BTreeSet<String> {
        let folder = repository().join("migrations").join(engine);
        let entries = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries
            .map(|path| {
                for file in ["up.sql", "down.sql"] {
                    let text = fs::read_to_string(path.join(file)).unwrap_or_default();
                    assert!(!text.trim().is_empty(), "{}/{file}", path.display());
                }
                path.file_name().unwrap().to_string_lossy().into_owned()
            })
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

footing_tests::on_both_engines!(
    deliveries_under_way_outlive_the_new_table_of_claims,
    prompts_under_way_have_rows_before_they_were_written_once,
    down_leaves_nothing_and_up_again_is_the_same,
    preparing_twice_changes_nothing,
    the_schema_says_what_the_tables_are,
);

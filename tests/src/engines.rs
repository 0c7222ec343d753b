//! Every test on both engines, under two names.

use std::future::Future;

/// Makes two tests of each `async fn name(database: Database)`: `name::sqlite` and `name::postgres`. The
/// second is skipped, by name, where there is no PostgreSQL.
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::engines::run(super::$name($crate::Database::sqlite()));
            }

            #[test]
            fn postgres() {
                let name = concat!(module_path!(), "::postgres");
                if let Some(database) = $crate::Database::postgres(name) {
                    $crate::engines::run(super::$name(database));
                }
            }
        }
    )+};
}

/// Runs a test to its end.
pub fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(test);
}

//! The command `footing` as a binary of this package, so that its tests can start it.

fn main() {
    std::process::exit(footing_server::cli::main())
}

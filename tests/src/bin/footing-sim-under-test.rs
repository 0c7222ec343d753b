//! `footing-sim` as a binary of this package, so that tests can start it.

fn main() {
    std::process::exit(footing_simulator::cli::main());
}

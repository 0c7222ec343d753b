//! The simulator's binary.

fn main() {
    std::process::exit(footing_simulator::cli::main());
}

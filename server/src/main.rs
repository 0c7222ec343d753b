//! The server's binary.

fn main() {
    std::process::exit(footing_server::cli::main());
}

//! What is asked of the bench.

use std::path::PathBuf;

pub(crate) struct Arguments {
    /// Lengths of the walk, h.
    pub(crate) hours: Vec<f64>,
    pub(crate) repeats: usize,
    /// One JSON object a length.
    pub(crate) json: bool,
    /// Write the walk's columns here and stop.
    pub(crate) write: Option<PathBuf>,
    /// Analyse these columns once and print what a peer can be compared with.
    pub(crate) peer: Option<PathBuf>,
}

impl Arguments {
    /// Unknown arguments, such as cargo's own `--bench`, are passed over.
    pub(crate) fn parse(mut given: impl Iterator<Item = String>) -> Self {
        let mut arguments = Self {
            hours: vec![1.0, 8.0],
            repeats: 5,
            json: false,
            write: None,
            peer: None,
        };
        while let Some(name) = given.next() {
            let mut value = || {
                given
                    .next()
                    .unwrap_or_else(|| panic!("{name} needs a value"))
            };
            match name.as_str() {
                "--hours" => {
                    let hours = |text: &str| text.parse().expect("--hours takes numbers: 1,8");
                    arguments.hours = value().split(',').map(hours).collect();
                }
                "--repeats" => {
                    let repeats: usize = value().parse().expect("--repeats takes a number");
                    arguments.repeats = repeats.max(1);
                }
                "--json" => arguments.json = true,
                "--write" => arguments.write = Some(value().into()),
                "--peer" => arguments.peer = Some(value().into()),
                _ => {}
            }
        }
        arguments
    }
}

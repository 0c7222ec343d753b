//! The scenarios that come with Footing; each is an example of the language.

/// Name and text of each.
pub(crate) const ALL: [(&str, &str); 7] = [
    ("everyday", include_str!("../../../scenarios/everyday.toml")),
    ("storm", include_str!("../../../scenarios/storm.toml")),
    ("stories", include_str!("../../../scenarios/stories.toml")),
    (
        "s20_replay",
        include_str!("../../../scenarios/s20_replay.toml"),
    ),
    (
        "s21_faults",
        include_str!("../../../scenarios/s21_faults.toml"),
    ),
    (
        "two_servers",
        include_str!("../../../scenarios/two_servers.toml"),
    ),
    ("crowd", include_str!("../../../scenarios/crowd.toml")),
];

/// The text of a scenario by name.
pub(crate) fn by_name(name: &str) -> Option<&'static str> {
    ALL.iter()
        .find(|(own, _)| *own == name)
        .map(|(_, text)| *text)
}

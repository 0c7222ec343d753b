//! What the clinic teaches beside an observation: data, with what is taught and what is known told apart.

use std::sync::LazyLock;

use serde::Deserialize;

/// One topic.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Stable key.
    pub key: String,
    /// Its name.
    pub title: String,
    /// What the clinic teaches.
    pub taught: String,
    /// What is known of it.
    pub known: String,
    /// Where that comes from.
    pub source: String,
    /// The observations it goes with.
    pub observations: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topics {
    topic: Vec<Topic>,
}

#[expect(
    clippy::expect_used,
    reason = "embedded data; a unit test reads the file"
)]
static TOPICS: LazyLock<Vec<Topic>> = LazyLock::new(|| {
    toml::from_str::<Topics>(include_str!("../data/topics.toml"))
        .expect("embedded topics")
        .topic
});

/// The topic that goes with an observation.
pub fn of_observation(id: &str) -> Option<&'static Topic> {
    TOPICS
        .iter()
        .find(|topic| topic.observations.iter().any(|known| known == id))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_observation_there_can_be_has_one_topic_and_no_topic_one_there_is_not() {
        let known: BTreeSet<&str> = gait::observation::ids().into_iter().collect();
        let named: Vec<&str> = TOPICS
            .iter()
            .flat_map(|topic| topic.observations.iter().map(String::as_str))
            .collect();
        let distinct: BTreeSet<&str> = named.iter().copied().collect();
        assert_eq!(distinct, known);
        assert_eq!(distinct.len(), named.len(), "each once");
    }

    #[test]
    fn what_is_taught_and_what_is_known_are_both_said_with_a_source() {
        for topic in TOPICS.iter() {
            for text in [&topic.title, &topic.taught, &topic.known, &topic.source] {
                assert!(!text.trim().is_empty(), "{}", topic.key);
            }
        }
    }
}

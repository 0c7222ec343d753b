//! The measured client: each request once, and every ending is told, none repeated.

use std::time::Duration;

use serde_json::Value;

/// A request without an answer by then has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Speaks to one server, over HTTP/1.1 so that a connection is a connection.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: reqwest::Client,
    base: String,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ending {
    /// The status, or what came instead of one.
    pub(super) status: String,
    /// Why it counts as failed.
    pub(super) failure: Option<String>,
    /// Items the server took over.
    pub(super) kept: u64,
}

impl Http {
    /// A client that keeps as many connections as it is given work for.
    ///
    /// # Errors
    /// When no HTTP client can be made on this machine.
    pub(super) fn new(base: String) -> Result<Self, reqwest::Error> {
        // A second installation in one process is refused, and is the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            .tcp_nodelay(true)
            .no_proxy()
            .build()?;
        Ok(Self { client, base })
    }

    /// GET: the body of a 200.
    pub(super) async fn get(&self, path: &str, token: &str) -> Result<Value, Ending> {
        let request = self.client.get(format!("{}{path}", self.base));
        answer(request.bearer_auth(token)).await
    }

    /// POST of JSON: the body of a 200.
    pub(super) async fn post(
        &self,
        path: &str,
        token: &str,
        body: Vec<u8>,
    ) -> Result<Value, Ending> {
        let request = self.client.post(format!("{}{path}", self.base));
        let request = request
            .header("content-type", "application/json")
            .body(body);
        answer(request.bearer_auth(token)).await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Value, Ending> {
    let response = request.send().await.map_err(|error| broken(&error))?;
    let status = response.status();
    let text = response.text().await.map_err(|error| broken(&error))?;
    if status != reqwest::StatusCode::OK {
        return Err(Ending::failed(status.as_u16().to_string(), text));
    }
    serde_json::from_str(&text).map_err(|error| Ending::failed("200, no JSON", error.to_string()))
}

fn broken(error: &reqwest::Error) -> Ending {
    let status = if error.is_timeout() {
        "no answer in 30 s"
    } else if error.is_connect() {
        "no connection"
    } else {
        "connection broke"
    };
    Ending::failed(status, error.to_string())
}

impl Ending {
    /// Answered as it should be.
    pub(super) fn good(kept: u64) -> Self {
        Self {
            status: "200".to_owned(),
            failure: None,
            kept,
        }
    }

    /// Not answered as it should be.
    pub(super) fn failed(status: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            status: status.into(),
            failure: Some(why.into()),
            kept: 0,
        }
    }

    /// Of a batch each of whose items must have been taken: a 200 tells of each what became of it.
    pub(super) fn of_batch(answer: &Value, items: usize, good: &[&str]) -> Self {
        let results = answer["results"].as_array();
        let dispositions = results.into_iter().flatten();
        let dispositions: Vec<&str> = dispositions
            .map(|result| result["disposition"].as_str().unwrap_or("none"))
            .collect();
        match dispositions.iter().find(|one| !good.contains(one)) {
            Some(bad) => Self::failed(format!("200, {bad}"), answer.to_string()),
            None if dispositions.len() == items => Self::good(items as u64),
            None => Self::failed("200, items missing", answer.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_item_that_was_not_taken_fails_the_batch() {
        let answer = |list: &[&str]| {
            let results = list.iter().map(|one| json!({ "disposition": one }));
            json!({ "results": results.collect::<Vec<_>>() })
        };
        let of = |list: &[&str], items| Ending::of_batch(&answer(list), items, &["created"]);
        assert_eq!(of(&["created", "created"], 2), Ending::good(2));
        assert_eq!(of(&["created", "duplicate"], 2).status, "200, duplicate");
        assert_eq!(of(&["created"], 2).status, "200, items missing");
        assert!(of(&[], 1).failure.is_some());
    }
}

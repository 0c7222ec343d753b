//! What is known of a staging server: one-time codes of its clinics, as its operator was given them.

use std::collections::VecDeque;
use std::path::Path;

use anyhow::Context;

use super::http::Http;
use crate::clinic::opening::{good, text};
use crate::clinic::site::Call;
use crate::clinic::staff::Staff;
use crate::out::Usage;
use crate::replay::read_token;

/// One-time codes that set the passwords of clinicians, one for each clinic a scenario opens.
#[derive(Debug, Clone)]
pub(crate) struct Codes(VecDeque<String>);

impl Codes {
    /// Reads a file with a code, or the whole link `footing clinic create` prints, on each line; `-` is standard input.
    ///
    /// # Errors
    /// When it cannot be read or has another number of codes than the scenario has clinics.
    pub(crate) fn read(path: &Path, clinics: usize) -> anyhow::Result<Self> {
        let lines = read_token(path)?;
        let codes: VecDeque<String> = lines
            .lines()
            .map(str::trim)
            // Around the link stands what a person reads.
            .filter_map(|line| match line.rsplit_once('#') {
                Some((_, code)) => Some(code),
                None => Some(line).filter(|line| !line.is_empty() && !line.contains(' ')),
            })
            .map(str::to_owned)
            .collect();
        if codes.len() != clinics {
            return Err(Usage::error(format!(
                "{}: has {} codes, and the scenario's clinics are {clinics}: its own, and one next door where it has a neighbour",
                path.display(),
                codes.len()
            )));
        }
        Ok(Self(codes))
    }

    /// The code of the next clinic.
    ///
    /// # Errors
    /// When there is none left.
    pub(super) fn next(&mut self, slug: &str) -> anyhow::Result<String> {
        self.0
            .pop_front()
            .with_context(|| format!("no code is left for the clinic {slug:?}"))
    }
}

/// The e-mail address of who has just set a password: how their clinic's operator wrote it down.
///
/// # Errors
/// When the server does not say.
pub(super) async fn email_of(http: &Http, staff: &Staff) -> anyhow::Result<String> {
    let (token, _) = staff.session.as_ref().context("nobody is signed in")?;
    let list = good(http.send(&Call::get(token, "/v1/clinicians")).await?)?;
    let all = list["clinicians"].as_array().into_iter().flatten();
    let mut own = all
        .filter(|one| text(&one["id"]) == staff.clinician)
        .map(|one| text(&one["email"]).to_owned());
    own.next().context("the clinic does not list its clinician")
}

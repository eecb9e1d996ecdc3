//! The first user of a fresh network: registered once through the server's own form, kept in the data folder.

use crate::{house, run};
use anyhow::{Context as _, Result};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

/// The server takes no longer names.
const NAME_LETTERS_MAX: usize = 30;

/// A registered user and the key that was shown once.
pub(super) struct FirstUser {
    /// The alias, `name#id`.
    pub(super) name: String,
    /// The API key.
    pub(super) key: String,
}

/// Whether a Throng (or another horde) answers at this address.
pub(super) fn is_throng(base: &str) -> bool {
    agent().get(format!("{base}/api/v2/status/heartbeat")).call().is_ok()
}

/// Returns the user kept from an earlier start if the server still knows the key, else registers one.
pub(super) fn find_or_register(base: &str, data: &Path) -> Result<FirstUser> {
    let file = data.join("first-user.json");
    if let Some(user) = std::fs::read_to_string(&file).ok().and_then(|text| known(base, &text)) {
        return Ok(user);
    }
    run::step("registering the first user");
    let name = user_name(house::variable("USER").and_then(|name| name.into_string().ok()));
    let mut answer = agent()
        .post(format!("{base}/register"))
        .header("Accept", "application/json")
        .send_json(serde_json::json!({ "username": name }))
        .context("the server did not register the first user")?;
    let text = answer.body_mut().read_to_string()?;
    let user = parse(&text).with_context(|| format!("unexpected answer to the registration: {text}"))?;
    let mut options = std::fs::OpenOptions::new();
    let mut out = options.write(true).create(true).truncate(true).mode(0o600).open(&file)?;
    out.write_all(serde_json::json!({ "username": user.name, "api_key": user.key }).to_string().as_bytes())?;
    Ok(user)
}

/// The name of whoever runs this, as far as the network takes it for a name.
fn user_name(login: Option<String>) -> String {
    let plain = |letter: &char| letter.is_alphanumeric() || "-_.".contains(*letter);
    let name: String = login.unwrap_or_default().chars().filter(plain).take(NAME_LETTERS_MAX).collect();
    if name.is_empty() { "operator".to_owned() } else { name }
}

fn known(base: &str, text: &str) -> Option<FirstUser> {
    let user = parse(text)?;
    agent().get(format!("{base}/api/v2/find_user")).header("apikey", &user.key).call().ok()?;
    Some(user)
}

fn parse(text: &str) -> Option<FirstUser> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(FirstUser { name: value["username"].as_str()?.to_owned(), key: value["api_key"].as_str()?.to_owned() })
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_becomes_a_name_that_the_network_takes() {
        let name = |login: &str| user_name(Some(login.to_owned()));
        assert_eq!(
            (name("ada"), name("WORK\\ada#1"), name("&&")),
            ("ada".into(), "WORKada1".into(), "operator".into())
        );
        assert_eq!((user_name(None), name(&"a".repeat(99)).len()), ("operator".to_owned(), NAME_LETTERS_MAX));
    }
}

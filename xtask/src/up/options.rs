//! What `up` is told: its own flags, which win over the variables of the same meaning, and after `--` those of the server.

use crate::house;
use anyhow::{Context as _, Result, bail};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// Where the server listens when nobody says: on this machine only.
const LISTEN: &str = "127.0.0.1:7001";
/// How to call it.
const USAGE: &str =
    "cargo xtask up [--listen ADDRESS:PORT] [--data FOLDER] [--database-url URL] [-- flags of `throng-server serve`]";
/// What `up` gives the server itself; the server takes no flag twice.
const GIVEN: [&str; 4] = ["--listen", "--data", "--database-url", "--page"];

/// What `up` was told, completed.
pub(super) struct Options {
    /// Where the server listens.
    pub(super) listen: SocketAddr,
    /// The data folder: the first user is kept there too.
    pub(super) data: PathBuf,
    /// A database to use instead of a private one.
    pub(super) database_url: Option<String>,
    /// Further flags of the server.
    pub(super) server: Vec<String>,
    /// What the server's links begin with, if it was told.
    public_url: Option<String>,
}

impl Options {
    /// Reads the command line; `variable` looks up what was not said there.
    pub(super) fn read(arguments: &[String], variable: impl Fn(&str) -> Option<String>) -> Result<Options> {
        let (own, rest) = arguments.split_at(arguments.iter().position(|word| word == "--").unwrap_or(arguments.len()));
        let server = rest.get(1..).unwrap_or_default();
        if let Some(flag) = server.iter().map(|word| name_of(word)).find(|name| GIVEN.contains(name)) {
            bail!("{flag} is given to the server by `up` itself, so it cannot stand after `--`\n  {USAGE}");
        }
        let mut told: [(&str, Option<String>); 3] = [("--listen", None), ("--data", None), ("--database-url", None)];
        let mut words = own.iter();
        while let Some(word) = words.next() {
            let name = name_of(word);
            let Some((_, value)) = told.iter_mut().find(|(flag, _)| *flag == name) else {
                bail!("`up` has no flag {name}\n  {USAGE}");
            };
            let joined = word.split_once('=').map(|(_, value)| value.to_owned());
            *value = joined.or_else(|| words.next().cloned()).filter(|value| !value.is_empty());
            if value.is_none() {
                bail!("{name} needs a value\n  {USAGE}");
            }
        }
        let [(_, listen), (_, data), (_, database_url)] = told;
        let listen = listen.or_else(|| variable("THRONG_LISTEN")).unwrap_or_else(|| LISTEN.to_owned());
        let data = data.map_or_else(house::data, |folder| Ok(PathBuf::from(folder)))?;
        Ok(Options {
            listen: listen.parse().with_context(|| format!("cannot listen on `{listen}`: say it like {LISTEN}"))?,
            // The server is started in another folder.
            data: std::path::absolute(data)?,
            database_url: database_url.or_else(|| variable("DATABASE_URL")),
            server: server.to_vec(),
            public_url: value_of("--public-url", server).or_else(|| variable("THRONG_PUBLIC_URL")),
        })
    }

    /// Where programs on this machine reach the server: whoever listens everywhere listens here too.
    pub(super) fn base(&self) -> String {
        let mut reached = self.listen;
        if reached.ip().is_unspecified() {
            reached.set_ip(match reached.ip() {
                IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            });
        }
        format!("http://{reached}")
    }

    /// The server's address for the worker: what the links begin with, for a worker fetches pictures from no private place but its
    /// server, and sends them by those links anyway.
    pub(super) fn for_worker(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| self.base())
    }
}

/// The flag of `--flag` or `--flag=value`.
fn name_of(word: &str) -> &str {
    word.split_once('=').map_or(word, |(name, _)| name)
}

/// The value of a flag among others.
fn value_of(flag: &str, words: &[String]) -> Option<String> {
    let at = words.iter().position(|word| name_of(word) == flag)?;
    let joined = words.get(at)?.split_once('=').map(|(_, value)| value.to_owned());
    joined.or_else(|| words.get(at + 1).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, listen: Option<&str>) -> Result<Options> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::read(&words, |name| listen.filter(|_| name == "THRONG_LISTEN").map(str::to_owned))
    }

    #[test]
    fn flags_win_over_variables_and_variables_over_defaults() {
        let listen = |line, variable| read(line, variable).unwrap().listen.to_string();
        assert_eq!(listen("--data /d", None), LISTEN);
        assert_eq!(listen("--data /d", Some("127.0.0.1:7002")), "127.0.0.1:7002");
        assert_eq!(listen("--data /d --listen 127.0.0.1:7003", Some("127.0.0.1:7002")), "127.0.0.1:7003");
    }

    #[test]
    fn a_value_may_follow_its_flag_or_stand_behind_an_equals_sign() {
        let options = read("--listen=[::1]:80 --data=/d --database-url postgres://h/d?a=b", None).unwrap();
        assert_eq!(options.listen.to_string(), "[::1]:80");
        assert_eq!((options.data, options.database_url.unwrap()), ("/d".into(), "postgres://h/d?a=b".to_owned()));
    }

    #[test]
    fn what_stands_after_two_dashes_is_the_servers() {
        let options = read("--data /d -- --no-filters --public-url http://throng.example", None).unwrap();
        assert_eq!(options.server, ["--no-filters", "--public-url", "http://throng.example"]);
        assert_eq!(
            (options.for_worker(), options.base()),
            ("http://throng.example".into(), format!("http://{LISTEN}"))
        );
        assert!(read("--data /d", None).unwrap().server.is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_with_the_way_to_say_it_right() {
        for (line, words) in [
            ("-- --listen 127.0.0.1:7003", "--listen is given to the server"),
            ("-- --page=dist", "--page is given to the server"),
            ("--no-filters", "no flag --no-filters"),
            ("--data /d --listen", "--listen needs a value"),
        ] {
            let said = format!("{:#}", read(line, None).err().unwrap());
            assert!(said.contains(words) && said.contains(USAGE), "{line}: {said}");
        }
        let said = format!("{:#}", read("--data /d --listen localhost", None).err().unwrap());
        assert!(said.contains("`localhost`") && said.contains(LISTEN), "{said}");
    }

    #[test]
    fn a_server_that_listens_everywhere_is_reached_here() {
        let base = |line| read(line, None).unwrap().base();
        assert_eq!(base("--data /d --listen 0.0.0.0:7001"), "http://127.0.0.1:7001");
        assert_eq!(base("--data /d --listen [::]:7001"), "http://[::1]:7001");
        assert_eq!(base("--data /d --listen 10.0.0.2:7001"), "http://10.0.0.2:7001");
    }
}

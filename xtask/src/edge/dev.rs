//! `cargo xtask edge dev`: the edge on this machine, in front of a server on this machine, as Cloudflare's own runtime runs it. It
//! knows the server by the key of the server's data folder, and starts no server: `cargo xtask up` does.

use super::tools;
use crate::{house, install, page, run};
use anyhow::{Context as _, Result, bail};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;

/// Where `up` starts the server when nobody says otherwise.
const ORIGIN: &str = "http://127.0.0.1:7001";
/// Where the edge listens: on this machine only.
const ADDRESS: &str = "127.0.0.1";
const PORT: &str = "8787";
/// How to call it.
const USAGE: &str = "cargo xtask edge dev [--origin URL] [--port PORT] [--data FOLDER] [--database-url URL] [-- flags of `wrangler dev`]";

/// What `dev` was told, completed.
#[derive(Debug)]
struct Options {
    /// The servers behind, comma separated.
    origin: String,
    port: String,
    /// The server's data folder.
    data: PathBuf,
    database_url: Option<String>,
    wrangler: Vec<String>,
}

/// Builds, hands the key over, tells how to start the server, and stays until it is told to stop.
pub(super) fn dev(arguments: &[String]) -> Result<()> {
    let options = Options::read(arguments, |name| house::variable(name).and_then(|value| value.into_string().ok()))?;
    install::for_edge()?;
    if options.database_url.is_none() {
        install::for_up(Some(&options.data))?;
    }
    page::build()?;
    super::build_if_stale()?;
    run::step("asking the server for the edge's key");
    run::run("cargo", &["build", "--package", "throng-server"])?;
    hand_over(&key(&options)?)?;
    tell(&options);
    let mut wrangler = tools::wrangler()?;
    wrangler.args(["dev", "--local", "--ip", ADDRESS, "--port", &options.port]);
    wrangler.args(["--var", &format!("ORIGINS:{}", options.origin)]).args(&options.wrangler);
    run::finish(wrangler)
}

/// The key that belongs to the secret in the data folder; a server that runs there does not mind.
fn key(options: &Options) -> Result<String> {
    let mut server = run::command(&house::binary("throng-server")?.to_string_lossy())?;
    server.args(["edge-key", "--data"]).arg(&options.data);
    // By the environment, not by a flag: flags are readable by every user of the machine.
    match &options.database_url {
        Some(url) => server.env("DATABASE_URL", url),
        None => server.env_remove("DATABASE_URL"),
    };
    let output = server.stdin(Stdio::null()).stderr(Stdio::inherit()).output().context("cannot start throng-server")?;
    let key = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || key.is_empty() {
        bail!("the server told no key: {}", output.status);
    }
    Ok(key)
}

/// Writes the key where wrangler looks for secrets on a developer's machine, readable by nobody else; git does not see the file.
fn hand_over(key: &str) -> Result<()> {
    let file = tools::folder().join(".dev.vars");
    // Anew, for the rights of a file are those it was made with.
    let _ = std::fs::remove_file(&file);
    let mut options = std::fs::OpenOptions::new();
    let mut out = options.write(true).create_new(true).mode(0o600).open(&file)?;
    writeln!(out, "EDGE_KEY=\"{key}\"").with_context(|| format!("cannot write {}", file.display()))
}

fn tell(options: &Options) {
    let (edge, origin) = (format!("http://{ADDRESS}:{}", options.port), &options.origin);
    run::say(&format!(
        r"
  the edge:            {edge}
  the server behind:   {origin}

  The server tells the edge of changes if it is started with --edge-url; with --public-url its links lead through the edge, too:

    cargo xtask up -- --edge-url {edge} --public-url {edge}

  Ctrl-C stops the edge.
"
    ));
}

impl Options {
    /// Reads the command line; `variable` looks up what was not said there.
    fn read(arguments: &[String], variable: impl Fn(&str) -> Option<String>) -> Result<Options> {
        let (own, rest) = arguments.split_at(arguments.iter().position(|word| word == "--").unwrap_or(arguments.len()));
        let mut told: [(&str, Option<String>); 4] =
            [("--origin", None), ("--port", None), ("--data", None), ("--database-url", None)];
        let mut words = own.iter();
        while let Some(word) = words.next() {
            let (name, joined) =
                word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
            let Some((_, value)) = told.iter_mut().find(|(flag, _)| *flag == name) else {
                bail!("`edge dev` has no flag {name}\n  {USAGE}");
            };
            *value = joined.map(str::to_owned).or_else(|| words.next().cloned()).filter(|value| !value.is_empty());
            if value.is_none() {
                bail!("{name} needs a value\n  {USAGE}");
            }
        }
        let [(_, origin), (_, port), (_, data), (_, database_url)] = told;
        let data = data.map_or_else(house::data, |folder| Ok(PathBuf::from(folder)))?;
        Ok(Options {
            origin: origin.unwrap_or_else(|| ORIGIN.to_owned()),
            port: port.unwrap_or_else(|| PORT.to_owned()),
            // The server is started in another folder.
            data: std::path::absolute(data)?,
            database_url: database_url.or_else(|| variable("DATABASE_URL")),
            wrangler: rest.get(1..).unwrap_or_default().to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, database: Option<&str>) -> Result<Options> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::read(&words, |name| database.filter(|_| name == "DATABASE_URL").map(str::to_owned))
    }

    #[test]
    fn whoever_says_nothing_gets_the_edge_before_the_server_of_up() {
        let options = read("--data /d", None).unwrap();
        assert_eq!((options.origin.as_str(), options.port.as_str()), (ORIGIN, PORT));
        assert_eq!((options.data, options.database_url, options.wrangler.len()), ("/d".into(), None, 0));
    }

    #[test]
    fn what_is_said_counts_and_what_stands_after_two_dashes_is_wranglers() {
        let options =
            read("--origin=http://a,http://b --port 9000 --data /d -- --persist-to x", Some("postgres://h/d"));
        let options = options.unwrap();
        assert_eq!((options.origin.as_str(), options.port.as_str()), ("http://a,http://b", "9000"));
        assert_eq!(options.database_url.as_deref(), Some("postgres://h/d"));
        assert_eq!(options.wrangler, ["--persist-to", "x"]);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_way_to_say_it_right() {
        for (line, words) in [("--listen x", "no flag --listen"), ("--data /d --port", "--port needs a value")] {
            let said = format!("{:#}", read(line, None).err().unwrap());
            assert!(said.contains(words) && said.contains(USAGE), "{line}: {said}");
        }
    }
}

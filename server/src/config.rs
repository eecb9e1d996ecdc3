//! Every setting of the server, with its default and its reason. Flags win over `THRONG_*` variables, those over defaults.
//! Not here: limits that nobody should have to set (they are named constants beside the code they limit).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use throng_domain::Kudos;
use throng_domain::desk::Settings;

use crate::addresses::network::Network;
use crate::addresses::safety::Unknown;

/// Where to listen when nobody says otherwise: this machine only, so that a first try is never open to the world.
pub const LISTEN_DEFAULT: &str = "127.0.0.1:7001";

/// How long shared pictures are kept when nobody says otherwise: long enough to export and fetch them at leisure, and no disc fills up for
/// ever behind its owner's back.
const SHARED_DAYS: u32 = 90;

/// What the server is told from outside.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Address and port to listen on.
    #[arg(long, env = "THRONG_LISTEN", default_value = LISTEN_DEFAULT, global = true)]
    pub listen: SocketAddr,

    /// Address under which others reach this server, used in links to pictures [default: http:// and the listening address].
    #[arg(long, env = "THRONG_PUBLIC_URL", global = true)]
    pub public_url: Option<String>,

    /// Address at which the other servers of this database reach this one, such as http://10.0.0.2:7001
    /// [default: http:// and the listening address].
    #[arg(long, env = "THRONG_PEER_URL", global = true)]
    pub peer_url: Option<String>,

    /// File of the secret under which keys are hashed; all servers of one database have the same [default: secret in the data folder].
    #[arg(long, env = "THRONG_SECRET_FILE", global = true)]
    pub secret_file: Option<PathBuf>,

    /// Folder for the private database, pictures and the secret [default: /var/lib/throng for root, else the user's data folder].
    #[arg(long, env = "THRONG_DATA", global = true)]
    pub data: Option<PathBuf>,

    /// A PostgreSQL to use instead of a private one, as postgres://user:password@host/database.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,

    /// Folder with initdb, pg_ctl and postgres [default: PATH, then the usual folders of the system].
    #[arg(long, env = "THRONG_PG_BIN", global = true)]
    pub pg_bin: Option<PathBuf>,

    /// Leave the private database running when the server stops: quicker restarts while developing.
    #[arg(long, env = "THRONG_KEEP_CLUSTER", global = true)]
    pub keep_cluster: bool,

    /// Connections for everything but the journal. Eight measured best on two cores; two starve, sixteen only wait.
    #[arg(long, env = "THRONG_POOL", default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=64), global = true)]
    pub pool_connections: u32,

    /// Folder of the built page [default: ./dist if it is there, else no page is served].
    #[arg(long, env = "THRONG_PAGE", global = true)]
    pub page: Option<PathBuf>,

    /// Folder of models that browser tabs may load [default: ./models if it is there, else none].
    #[arg(long, env = "THRONG_TAB_MODELS", global = true)]
    pub tab_models: Option<PathBuf>,

    /// Where pictures are kept: a folder, or s3://bucket with the usual AWS_* variables [default: images in the data folder].
    #[arg(long, env = "THRONG_IMAGES", global = true)]
    pub images: Option<String>,

    /// For how many days pictures are kept whose requesters shared them, for the data set of ratings; 0 keeps none beyond their request.
    #[arg(long, env = "THRONG_SHARED_DAYS", default_value_t = SHARED_DAYS, value_parser = clap::value_parser!(u32).range(0..=36_500), global = true)]
    pub shared_days: u32,

    /// Refuse registration of new users from the page.
    #[arg(long, env = "THRONG_INVITE_ONLY", global = true)]
    pub invite_only: bool,

    /// Addresses of proxies whose X-Forwarded-For is believed, comma separated; none by default, so nobody can forge an address. An edge that
    /// has this server's key need not be among them: it signs what it saw.
    #[arg(long, env = "THRONG_TRUSTED_PROXIES", value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<std::net::IpAddr>,

    /// Who administers: names with numbers (ada#1), comma separated. An administrator makes moderators, corrects kudos
    /// and alone may close the network for maintenance.
    #[arg(long, env = "THRONG_ADMINS", value_delimiter = ',', global = true)]
    pub admins: Vec<String>,

    /// Kudos in escrow beyond which an owner of a week's age is trusted; never, if not said.
    #[arg(long, env = "THRONG_TRUST_THRESHOLD", value_parser = clap::value_parser!(i64).range(0..=1_000_000_000), global = true)]
    pub trust_threshold: Option<i64>,

    /// Requests that name the workers they are for are served only by workers of the requester or that prefer it, and cost next to nothing:
    /// for networks among friends.
    #[arg(long, env = "THRONG_MATCHED_TARGETING", global = true)]
    pub matched_targeting: bool,

    /// Requests that name workers need kudos upfront, however small they are.
    #[arg(long, env = "THRONG_UPFRONT_ON_WORKER_LIST", global = true)]
    pub upfront_on_worker_list: bool,

    /// A service that tells how likely an address hides who is behind it, with {ipaddr} where the address goes; it answers with a number
    /// from 0 to 1. None by default: every address is taken for safe.
    #[arg(long, env = "THRONG_IP_CHECKER", hide_env_values = true, global = true)]
    pub ip_checker: Option<String>,

    /// What it means for a worker that its address could not be checked.
    #[arg(long, env = "THRONG_IP_UNKNOWN", value_enum, default_value_t = Unknown::Challenge, global = true)]
    pub ip_unknown: Unknown,

    /// Ranges of addresses that are never checked, as 192.0.2.0/24, comma separated: clouds where honest workers are rented.
    #[arg(long, env = "THRONG_SAFE_RANGES", value_delimiter = ',', global = true)]
    pub safe_ranges: Vec<Network>,

    /// Address of the edge in front of this server, such as https://throng.example: it is told how requests stand as they change, and of which
    /// models there is new work, so that it can answer whoever looks and wake whoever waits. Its key is printed by `edge-key`.
    #[arg(long, env = "THRONG_EDGE_URL", global = true)]
    pub edge_url: Option<String>,

    /// Links to pictures lead to the public address even where pictures are kept in a bucket: for an edge that has the same bucket and takes
    /// and gives them itself. This server answers them too when it is asked.
    #[arg(long, env = "THRONG_EDGE_PICTURES", global = true)]
    pub edge_pictures: bool,

    /// Keep no public answers for the few seconds that they are good for, and refuse nothing before it was looked at closely: for
    /// finding out who is to blame.
    #[arg(long, env = "THRONG_NO_EDGE", global = true)]
    pub no_edge: bool,

    /// Ranges of addresses from which many calls are welcome, as 192.0.2.0/24, comma separated: services with many visitors.
    #[arg(long, env = "THRONG_MANY_CALLS_FROM", value_delimiter = ',', global = true)]
    pub many_calls_from: Vec<Network>,

    /// Count no calls and refuse none for coming too fast: for load tests and for servers behind a doorman that counts.
    #[arg(long, env = "THRONG_NO_RATE_LIMITS", global = true)]
    pub no_rate_limits: bool,

    /// Judge no prompts, whatever filters there are: for networks among friends.
    #[arg(long, env = "THRONG_NO_FILTERS", global = true)]
    pub no_filters: bool,

    /// Announce results at private addresses and without TLS too: for networks that live behind a door of their own, and for tests.
    #[arg(long, env = "THRONG_PRIVATE_WEBHOOKS", global = true)]
    pub private_webhooks: bool,

    /// Write logs as JSON lines, for machines to read.
    #[arg(long, env = "THRONG_LOG_JSON", global = true)]
    pub log_json: bool,
}

impl Default for Config {
    /// The defaults without looking at flags or the environment: for tests.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7001)),
            public_url: None,
            peer_url: None,
            secret_file: None,
            data: None,
            database_url: None,
            pg_bin: None,
            keep_cluster: false,
            pool_connections: 8,
            page: None,
            tab_models: None,
            images: None,
            shared_days: SHARED_DAYS,
            invite_only: false,
            trusted_proxies: Vec::new(),
            admins: Vec::new(),
            trust_threshold: None,
            matched_targeting: false,
            upfront_on_worker_list: false,
            ip_checker: None,
            ip_unknown: Unknown::Challenge,
            safe_ranges: Vec::new(),
            edge_url: None,
            edge_pictures: false,
            no_edge: false,
            many_calls_from: Vec::new(),
            no_rate_limits: false,
            no_filters: false,
            private_webhooks: false,
            log_json: false,
        }
    }
}

impl Config {
    /// Returns the folder that holds everything durable. Root's own home cannot be entered by the unprivileged user that
    /// PostgreSQL must run as, so root gets /var/lib.
    pub fn data_dir(&self) -> PathBuf {
        if let Some(data) = &self.data {
            return data.clone();
        }
        if nix::unistd::geteuid().is_root() {
            return PathBuf::from("/var/lib/throng");
        }
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        set("XDG_DATA_HOME")
            .or_else(|| set("HOME").map(|home| home.join(".local/share")))
            .unwrap_or_else(|| PathBuf::from("."))
            .join("throng")
    }

    /// Returns what of this the rules need to know.
    pub fn rules(&self) -> Settings {
        Settings {
            trust_threshold: self.trust_threshold.map(Kudos::whole),
            matched_targeting: self.matched_targeting,
            upfront_on_worker_list: self.upfront_on_worker_list,
            ..Settings::default()
        }
    }

    /// Returns the address others use, without a slash at its end.
    pub fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => self.here(),
        }
    }

    /// Returns the address other servers of this database use, without a slash at its end.
    pub fn peer_url(&self) -> String {
        if let Some(url) = &self.peer_url {
            return url.trim_end_matches('/').to_owned();
        }
        self.here()
    }

    /// Returns where programs on this machine reach this server.
    fn here(&self) -> String {
        let mut listen = self.listen;
        // Whoever listens everywhere listens here too; on another machine, the operator has to say where.
        if listen.ip().is_unspecified() {
            listen.set_ip(match listen.ip() {
                IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            });
        }
        format!("http://{listen}")
    }

    /// Returns the file of the secret.
    pub fn secret_file(&self) -> PathBuf {
        self.secret_file.clone().unwrap_or_else(|| self.data_dir().join("secret"))
    }

    /// Returns the folder of the built page, if there is one.
    pub fn page_dir(&self) -> Option<PathBuf> {
        let page = self.page.clone().unwrap_or_else(|| PathBuf::from("dist"));
        page.join("index.html").is_file().then_some(page)
    }

    /// Returns the folder of models for tabs, if there is to be one. Whether it can be read is seen where it is: a wrong one is logged there.
    pub fn tab_models_dir(&self) -> Option<PathBuf> {
        self.tab_models.clone().or_else(|| Some(PathBuf::from("models")).filter(|usual| usual.is_dir()))
    }

    /// Returns where pictures are kept: a path or an s3:// address.
    pub fn images_location(&self) -> String {
        match &self.images {
            Some(place) => place.clone(),
            None => self.data_dir().join("images").to_string_lossy().into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_never_have_two_slashes() {
        let config = Config { public_url: Some("https://throng.example/".to_owned()), ..Config::default() };
        assert_eq!(config.public_url(), "https://throng.example");
    }

    #[test]
    fn whoever_listens_everywhere_is_reached_here() {
        let config = Config { listen: SocketAddr::from(([0, 0, 0, 0], 7002)), ..Config::default() };
        assert_eq!((config.peer_url(), config.public_url()), ("http://127.0.0.1:7002".into(), config.peer_url()));
        let config = Config { listen: SocketAddr::from(([0_u16; 8], 7002)), ..Config::default() };
        assert_eq!(config.peer_url(), "http://[::1]:7002");
    }

    #[test]
    fn the_rules_are_told_what_the_operator_said() {
        let config = Config {
            trust_threshold: Some(7),
            matched_targeting: true,
            upfront_on_worker_list: true,
            ..Config::default()
        };
        let rules = config.rules();
        assert_eq!(rules.trust_threshold, Some(Kudos::whole(7)));
        assert!(rules.matched_targeting && rules.upfront_on_worker_list);
    }

    #[test]
    fn a_folder_without_a_page_serves_no_page() {
        let empty = tempfile::tempdir().unwrap();
        let config = Config { page: Some(empty.path().to_owned()), ..Config::default() };
        assert_eq!(config.page_dir(), None);
    }

    #[test]
    fn a_folder_of_models_that_was_named_is_not_forgotten_when_it_is_missing() {
        let named = PathBuf::from("no such folder");
        let config = Config { tab_models: Some(named.clone()), ..Config::default() };
        assert_eq!(config.tab_models_dir(), Some(named));
    }
}

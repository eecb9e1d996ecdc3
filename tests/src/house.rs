//! The one helper of the story tests: a real server in this process on a database of its own, with a clock that stands
//! still until a story moves it, and actors with verbs. Dropping the house audits its books, so every story is an
//! accounting test too.

mod actors;

use crate::wire::Answer;
use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use http_body_util::BodyExt as _;
use hyper::{Method, Request};
use serde_json::{Value, json};
use sqlx::ConnectOptions as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use throng_domain::UserId;
use throng_domain::standing::Roles;
use throng_server::app::{App, House as Household};
use throng_server::clock::{Clock, Ids, ManualClock};
use throng_server::cluster::throwaway::Throwaway;
use throng_server::config::Config;
use tower::ServiceExt as _;

pub use crate::listener::{Event, Listener};
pub use actors::{Requester, Worker};

/// A running house.
pub struct House {
    app: App,
    household: Option<Household>,
    router: Router,
    clock: Arc<ManualClock>,
    options: sqlx::postgres::PgConnectOptions,
    _data: TempDir,
}

impl House {
    /// Opens a house with an empty database; rate limits are off, because its clock stands still. So is what keeps public answers for a few
    /// seconds: a story that is about it turns it on.
    pub async fn new() -> House {
        House::with(|config| config.no_rate_limits = true).await
    }

    /// Opens a house with a configuration changed by the story.
    pub async fn with(change: impl FnOnce(&mut Config)) -> House {
        House::open(change).await.expect("the house opens")
    }

    async fn open(change: impl FnOnce(&mut Config)) -> Result<House> {
        let data = tempfile::tempdir()?;
        let mut config = Config { data: Some(data.path().to_owned()), no_edge: true, ..Config::default() };
        change(&mut config);
        let options = Throwaway::shared().await?.database().await?;
        let clock = Arc::new(ManualClock::default());
        let ids = Arc::new(Ids::seeded(Arc::clone(&clock) as Arc<dyn Clock>, 7));
        let time = Arc::clone(&clock) as Arc<dyn Clock>;
        let rules = config.rules();
        let (app, household) = App::start(config, options.clone(), time, ids, rules).await?;
        anyhow::ensure!(app.desk.ready().await, "the desk does not lead");
        let router = throng_server::routes::router(app.clone());
        Ok(House { app, household: Some(household), router, clock, options, _data: data })
    }

    /// Registers a user over the wire and returns it as an actor.
    pub async fn user(&self, name: &str) -> Requester<'_> {
        let answer = self.call(Method::POST, "/register", "", Some(json!({ "username": name }))).await;
        let key =
            answer.json["api_key"].as_str().unwrap_or_else(|| panic!("{name} was not registered: {}", answer.json));
        Requester::new(self, key)
    }

    /// A registered user who is a trusted moderator.
    pub async fn moderator(&self, name: &str) -> Requester<'_> {
        let user = self.user(name).await;
        self.gives_roles(&user, Roles { moderator: true, trusted: true, ..Roles::default() }).await;
        user
    }

    /// Makes these a user's roles, whatever they were.
    pub async fn gives_roles(&self, user: &Requester<'_>, roles: Roles) {
        let id = UserId(user.account().await["id"].as_i64().expect("an id"));
        assert!(self.app.desk.set_roles(id, roles).await.expect("the desk works"));
    }

    /// The requester without an account.
    pub fn stranger(&self) -> Requester<'_> {
        Requester::new(self, "0000000000")
    }

    /// A dreamer of a user registered for it, serving the built-in model.
    pub async fn dreamer(&self, name: &str) -> Worker<'_> {
        let owner = self.user(&format!("owner of {name}")).await;
        Worker::dreamer(self, owner.key(), name)
    }

    /// A scribe of a user registered for it, serving the built-in model.
    pub async fn scribe(&self, name: &str) -> Worker<'_> {
        let owner = self.user(&format!("owner of {name}")).await;
        Worker::scribe(self, owner.key(), name)
    }

    /// An alchemist of a user registered for it, knowing these forms.
    pub async fn alchemist(&self, name: &str, forms: &[&str]) -> Worker<'_> {
        let owner = self.user(&format!("owner of {name}")).await;
        Worker::alchemist(self, owner.key(), name, forms)
    }

    /// Lets time pass, and lets the house notice.
    pub async fn waits(&self, time: Duration) {
        self.clock.advance(chrono::TimeDelta::from_std(time).expect("a short time"));
        while self.app.desk.tick().await.expect("the desk works").more {}
    }

    /// The running application, for stories that look behind the wire.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Sends one call through the real routes.
    pub async fn call(&self, method: Method, path: &str, key: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("accept", "application/json");
        if !key.is_empty() {
            request = request.header("apikey", key);
        }
        let content = body.map(|body| body.to_string()).unwrap_or_default();
        if !content.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(Body::from(content)).expect("a valid request");
        self.send(request).await
    }

    /// Sends a prepared request through the real routes, as if from this machine.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.sent(request).await;
        let status = response.status();
        let headers = response.headers().clone();
        let body = response.into_body().collect().await.expect("a whole answer").to_bytes();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status, headers, json, body }
    }

    /// Begins to listen to a stream of events, or is told why not.
    pub async fn opens(&self, path: &str, headers: &[(&str, &str)]) -> Result<Listener, Box<Answer>> {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.sent(request.body(Body::empty()).expect("a valid request")).await;
        if response.status() == 200 {
            return Ok(Listener::new(response));
        }
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole answer").to_bytes();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Err(Box::new(Answer { status: parts.status, headers: parts.headers, json, body }))
    }

    async fn sent(&self, mut request: Request<Body>) -> Response {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000))));
        self.router.clone().oneshot(request).await.expect("routes do not fail")
    }

    /// Lets other programs in, and returns the base of their addresses. The door closes with the story's runtime.
    pub async fn listens(&self) -> String {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        format!("http://{address}")
    }

    async fn audit(&self) -> Result<()> {
        self.app
            .desk
            .read(throng_domain::Desk::audit)
            .await?
            .map_err(|faults| anyhow::anyhow!("the desk: {faults:?}"))?;
        let mut connection = self.options.connect().await.context("cannot connect for the audit")?;
        let faults = throng_server::audit::check(&mut connection).await?;
        anyhow::ensure!(faults.is_empty(), "the tables: {faults:?}");
        Ok(())
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let household = self.household.take();
        if std::thread::panicking() {
            return;
        }
        let audit = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let audit = self.audit().await;
                if let Some(household) = household {
                    household.stop().await;
                }
                audit
            })
        });
        audit.expect("the books balance at the end of the story");
    }
}

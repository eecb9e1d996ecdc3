//! A running server without routes, and short ways to act at its desk.

use std::sync::Arc;

use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use throng_domain::alchemy::{AlchemyWork, Form};
use throng_domain::desk::Settings;
use throng_domain::desk::answer::{Ask, Register};
use throng_domain::desk::restore::{KeyHash, Records};
use throng_domain::offer::{Ability, Alchemist, FormProduct, Offer, Product, Scribe, Seen, TextOutcome, TextProduct};
use throng_domain::request::{Request, TextWork, Work};
use throng_domain::standing::Identity;
use throng_domain::{Desk, GenerationId, Kudos, RequestId, UserId};
use throng_server::app::{App, House};
use throng_server::clock::{Clock, Ids, ManualClock};
use throng_server::cluster::throwaway::Throwaway;
use throng_server::config::Config;
use throng_server::store::setup;
use throng_server::{audit, rebuild};

pub(crate) const MODEL: &str = "throng-fables";

pub(crate) struct Fixture {
    pub(crate) app: App,
    pub(crate) house: House,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) options: PgConnectOptions,
    pub(crate) data: TempDir,
}

pub(crate) async fn database() -> PgConnectOptions {
    Throwaway::shared().await.unwrap().database().await.unwrap()
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::on(database().await, tempfile::tempdir().unwrap(), 1).await
    }

    pub(crate) async fn on(options: PgConnectOptions, data: TempDir, seed: u64) -> Self {
        let config = Config { data: Some(data.path().to_owned()), ..Config::default() };
        Self::at(options, config, data, seed).await
    }

    /// Opens a house as it is configured; `data` is kept as long as it is open.
    pub(crate) async fn at(options: PgConnectOptions, config: Config, data: TempDir, seed: u64) -> Self {
        let clock = Arc::new(ManualClock::default());
        let time: Arc<dyn Clock> = clock.clone();
        let ids = Arc::new(Ids::seeded(Arc::clone(&time), seed));
        let (app, house) = App::start(config, options.clone(), time, ids, Settings::default()).await.unwrap();
        assert!(app.desk.ready().await);
        Self { app, house, clock, options, data }
    }

    pub(crate) async fn connection(&self) -> PgConnection {
        setup::connection(&self.options).await.unwrap()
    }

    pub(crate) async fn user(&self, name: &str, kudos: i64) -> UserId {
        let key = KeyHash(self.app.secret.key_hash(name));
        let register = Register { name: name.into(), identity: Identity::Pseudonymous, key };
        let user = self.app.desk.register(register).await.unwrap();
        if kudos > 0 {
            assert!(self.app.desk.grant(user, Kudos::whole(kudos)).await.unwrap());
        }
        user
    }

    pub(crate) async fn ask(&self, user: UserId, n: u16) -> RequestId {
        self.app.desk.ask(ask(user, n)).await.unwrap().request
    }

    /// Asks for something so demanding that kudos are held for it.
    pub(crate) async fn ask_paying_upfront(&self, user: UserId, n: u16) -> RequestId {
        let mut demanding = ask(user, n);
        demanding.request.work = Work::Text(TextWork { max_length: 600, max_context_length: 1024, softprompt: None });
        self.app.desk.ask(demanding).await.unwrap().request
    }

    pub(crate) async fn pop(&self, owner: UserId, name: &str) -> Option<GenerationId> {
        let popped = self.app.desk.pop(offer(owner, name)).await.unwrap();
        popped.assignment.map(|assignment| assignment.generations[0])
    }

    /// What the desk holds in memory.
    pub(crate) async fn live(&self) -> Records {
        self.app.desk.read(Desk::records).await.unwrap()
    }

    /// What the tables hold.
    pub(crate) async fn stored(&self) -> Records {
        rebuild::records(&mut self.connection().await).await.unwrap()
    }

    /// Checks the books in memory and in the tables, and that both are the same.
    pub(crate) async fn audit(&self) {
        self.app.desk.read(Desk::audit).await.unwrap().unwrap();
        assert_eq!(audit::check(&mut self.connection().await).await.unwrap(), []);
        assert_eq!(self.live().await, self.stored().await);
    }

    pub(crate) async fn balance(&self, user: UserId) -> Kudos {
        self.app.desk.user(user).await.unwrap().unwrap().balance
    }
}

pub(crate) fn ask(user: UserId, n: u16) -> Ask {
    let request = Request {
        user,
        prompt: "a fox and a crow; a tail\u{0} of NUL".into(),
        payload: Arc::new(serde_json::json!({ "temperature": 0.7, "text": "\u{0}" })),
        work: Work::Text(TextWork { max_length: 80, max_context_length: 1024, softprompt: None }),
        models: vec![MODEL.into()],
        n,
        nsfw: false,
        trusted_workers: false,
        validated_backends: false,
        slow_workers: true,
        extra_slow_workers: true,
        disable_batching: false,
        targeting: None,
        safe_address: true,
        shared: false,
        client_agent: "test:1:nowhere".into(),
        webhook: None,
        proxied_account: None,
        shared_key: None,
        key_of_style: false,
        style_owner: None,
        address: None,
    };
    Ask { request, allow_downgrade: false, id: None }
}

pub(crate) fn offer(owner: UserId, name: &str) -> Offer {
    Offer {
        owner,
        name: name.into(),
        bridge_agent: "throng-worker:1:nowhere".into(),
        address: "127.0.0.1".into(),
        safe_address: true,
        models: vec![MODEL.into()],
        nsfw: true,
        blacklist: Vec::new(),
        threads: 1,
        amount: 1,
        priority_users: Vec::new(),
        require_upfront_kudos: false,
        extra_slow: false,
        allow_unsafe_address: true,
        ability: Ability::Scribe(Scribe { max_length: 1024, ..Scribe::default() }),
        seen: Seen::default(),
    }
}

pub(crate) fn product(text: &str) -> Product {
    Product::Text(TextProduct {
        text: text.into(),
        seed: 7,
        metadata: Arc::new(serde_json::json!([])),
        outcome: TextOutcome::Ok,
    })
}

/// Asks for forms of a picture.
pub(crate) fn ask_for_forms(user: UserId, forms: &[&str]) -> Ask {
    let payload = Some(Arc::new(serde_json::json!({ "language": "fr" })));
    let named: Vec<Form> = forms.iter().map(|name| Form { name: (*name).into(), payload: payload.clone() }).collect();
    let work = Work::Alchemy(AlchemyWork { source: "src-a.webp".into(), tiles: 2, forms: named });
    let plain = ask(user, u16::try_from(forms.len()).unwrap());
    Ask { request: Request { work, models: Vec::new(), ..plain.request }, ..plain }
}

/// An alchemist that knows captions and one form that makes a picture.
pub(crate) fn alchemist(owner: UserId) -> Offer {
    let models = vec!["caption".into(), "GFPGAN".into()];
    Offer { models, amount: 3, ability: Ability::Alchemist(Alchemist::default()), ..offer(owner, "still") }
}

pub(crate) fn told(what: &str) -> Product {
    Product::Form(FormProduct { result: Some(Arc::new(serde_json::json!({ "caption": what }))) })
}

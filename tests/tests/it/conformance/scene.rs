//! A house with somebody in every role, and things to call operations on, made anew for each call: what one role was allowed to
//! delete is there for the next. Not here: who may do what (`table.rs`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use serde_json::{Value, json};
use throng_domain::standing::Roles;
use throng_domain::{Kudos, UserId};
use throng_tests::house::{House, Requester, Worker};
use throng_tests::wire::Answer;

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Anonymous,
    User,
    SharedKey,
    Owner,
    Moderator,
    Admin,
}

impl Role {
    /// All of them, in the order of the table's columns.
    pub(super) const ALL: [Role; 6] =
        [Role::Anonymous, Role::User, Role::SharedKey, Role::Owner, Role::Moderator, Role::Admin];
}

/// Somebody in every role, and the owner's standing things.
pub(super) struct Scene<'h> {
    house: &'h House,
    admin: Requester<'h>,
    moderator: Requester<'h>,
    owner: Requester<'h>,
    user: Requester<'h>,
    shared_key: String,
    worker: String,
    spare_key: String,
    made: u32,
    /// The style of the example that was made last.
    exemplary: String,
    shared_picture: String,
}

/// Opens a house that knows its first user as administrator.
pub(super) async fn house() -> House {
    House::with(|config| {
        config.no_rate_limits = true;
        config.admins = vec!["admin#1".to_owned()];
    })
    .await
}

impl<'h> Scene<'h> {
    /// Registers everybody; the owner is trusted, owns a worker and shares a key.
    pub(super) async fn new(house: &'h House) -> Scene<'h> {
        let (admin, moderator) = (house.user("admin").await, house.user("moderator").await);
        let (owner, user) = (house.user("owner").await, house.user("user").await);
        let keeper = Roles { moderator: true, trusted: true, ..Roles::default() };
        let trusted = Roles { trusted: true, ..Roles::default() };
        for (number, roles) in [(1, keeper), (2, keeper), (3, trusted), (4, Roles::default())] {
            assert!(house.app().desk.set_roles(UserId(number), roles).await.expect("the desk works"));
            assert!(house.app().desk.grant(UserId(number), Kudos::whole(100_000)).await.expect("the desk works"));
        }
        let (shared_key, worker) = (String::new(), String::new());
        let (spare_key, exemplary, shared_picture) = (String::new(), String::new(), String::new());
        let mut scene = Scene {
            house,
            admin,
            moderator,
            owner,
            user,
            shared_key,
            worker,
            spare_key,
            made: 0,
            exemplary,
            shared_picture,
        };
        for number in [0, 1, 2, 3, 4] {
            let path = format!("/api/v2/users/{number}");
            let much = json!({"concurrency": 500, "worker_invited": 500});
            scene.must(Method::PUT, &path, scene.moderator.key(), much).await;
        }
        scene.shared_key = scene.makes(Method::PUT, "/api/v2/sharedkeys", json!({"kudos": 50_000})).await;
        Worker::dreamer(house, scene.owner.key(), "standing rig").pops().await;
        let worker = scene.look("/api/v2/workers/name/standing%20rig").await;
        worker["id"].as_str().expect("an id").clone_into(&mut scene.worker);
        scene
    }

    /// The key a role sends.
    pub(super) fn key(&self, role: Role) -> &str {
        match role {
            Role::Anonymous => "0000000000",
            Role::User => self.user.key(),
            Role::SharedKey => &self.shared_key,
            Role::Owner => self.owner.key(),
            Role::Moderator => self.moderator.key(),
            Role::Admin => self.admin.key(),
        }
    }

    /// Fills the parameters of a path of the contract with things made for it.
    pub(super) async fn path(&mut self, contract: &str) -> String {
        let mut path = contract.to_owned();
        while let Some((before, rest)) = path.clone().split_once('{') {
            let (parameter, after) = rest.split_once('}').expect("a closed brace");
            let value = self.thing(thing_of(contract, parameter)).await;
            path = format!("{before}{}{after}", escaped(&value));
        }
        path
    }

    /// Fills the `<things>` in a body; `<role>` is the role itself.
    pub(super) async fn body(&mut self, role: Role, body: &str) -> Option<Value> {
        let mut body = body.replace("<role>", &format!("{role:?}"));
        while let Some((before, rest)) = body.clone().split_once('<') {
            let (thing, after) = rest.split_once('>').expect("a closed bracket");
            let value = self.thing(thing).await;
            body = format!("{before}{value}{after}");
        }
        (!body.is_empty()).then(|| serde_json::from_str(&body).unwrap_or_else(|error| panic!("{body}: {error}")))
    }

    /// Makes a thing and returns how it is named in a call.
    pub(super) async fn thing(&mut self, thing: &str) -> String {
        match thing {
            "new" => self.name("thing"),
            "model" => "throng-shapes".to_owned(),
            "picture" => picture(),
            "address" => self.timeout().await,
            "worker" => self.worker.clone(),
            "worker name" => "standing rig".to_owned(),
            "spare worker" => self.spare_worker().await,
            "owner" => "3".to_owned(),
            "spare user" => self.spare_user().await,
            "shared key" => self.spare_key().await,
            "image request" => self.owner.asks_for_an_image().await,
            "text request" => self.owner.asks_for_a_text().await,
            "alchemy request" => self.owner.asks_for_forms(&picture(), &["caption"]).await,
            "image job" | "text job" | "form" => self.job(thing).await,
            "shared request" => self.shared_request().await,
            "shared picture" => self.shared_picture.clone(),
            "team" => self.team().await,
            "filter" => self.filter().await,
            "message" => self.message().await,
            other => self.styled(other).await,
        }
    }

    async fn styled(&mut self, thing: &str) -> String {
        let name = self.name("style");
        let image = json!({"name": name, "prompt": "{p} in oil{np}", "models": ["throng-shapes"]});
        let text = json!({"name": name, "prompt": "{p} quickly", "models": ["throng-fables"]});
        match thing {
            "image style" => self.makes(Method::POST, "/api/v2/styles/image", image).await,
            "text style" => self.makes(Method::POST, "/api/v2/styles/text", text).await,
            "image style name" | "text style name" => {
                let (path, body) = if thing.starts_with("image") { ("image", image) } else { ("text", text) };
                self.makes(Method::POST, &format!("/api/v2/styles/{path}"), body).await;
                name
            }
            "style of example" => {
                self.exemplary = self.makes(Method::POST, "/api/v2/styles/image", image).await;
                self.exemplary.clone()
            }
            "example" => {
                let path = format!("/api/v2/styles/image/{}/example", self.exemplary);
                let url = format!("https://a.example/{name}.webp");
                self.makes(Method::POST, &path, json!({"url": url, "primary": true})).await
            }
            "collection" | "collection name" => {
                let style = self.makes(Method::POST, "/api/v2/styles/image", image).await;
                let name = self.name("collection");
                let id =
                    self.makes(Method::POST, "/api/v2/collections", json!({"name": name, "styles": [style]})).await;
                if thing == "collection" { id } else { name }
            }
            other => panic!("nobody knows how to make {other}"),
        }
    }

    async fn spare_worker(&mut self) -> String {
        let name = self.name("rig");
        Worker::dreamer(self.house, self.owner.key(), &name).saying("max_pixels", json!(4096)).pops().await;
        self.look(&format!("/api/v2/workers/name/{}", escaped(&name))).await["id"].as_str().expect("an id").to_owned()
    }

    async fn spare_user(&mut self) -> String {
        let name = self.name("user");
        let account = self.house.user(&name).await.account().await;
        account["id"].to_string()
    }

    /// A shared key of the owner's in place of the one made before: nobody may have many.
    async fn spare_key(&mut self) -> String {
        let before = format!("/api/v2/sharedkeys/{}", self.spare_key);
        self.house.call(Method::DELETE, &before, self.owner.key(), None).await;
        self.spare_key = self.makes(Method::PUT, "/api/v2/sharedkeys", json!({"kudos": 5})).await;
        self.spare_key.clone()
    }

    async fn job(&mut self, thing: &str) -> String {
        let (house, key) = (self.house, self.owner.key().to_owned());
        let job = match thing {
            "image job" => {
                self.owner.asks_for_an_image().await;
                Worker::dreamer(house, &key, "standing rig").pops().await
            }
            "text job" => {
                self.owner.asks_for_a_text().await;
                Worker::scribe(house, &key, "standing pen").pops().await
            }
            _ => {
                self.owner.asks_for_forms(&picture(), &["caption"]).await;
                Worker::alchemist(house, &key, "standing still", &["caption"]).pops_forms().await.pop()
            }
        };
        job.expect("a job")["id"].as_str().expect("an id").to_owned()
    }

    /// A shared request that is done; its picture can be named after it.
    async fn shared_request(&mut self) -> String {
        let body = json!({"prompt": "stars", "models": ["throng-shapes"], "shared": true});
        let request = self.owner.asks_for(body).await;
        let rig = Worker::dreamer(self.house, self.owner.key(), "standing rig");
        loop {
            let job = rig.pops().await.expect("a job");
            rig.submits(&job).await;
            if self.owner.looks_at(&request).await["done"] == true {
                job["id"].as_str().expect("an id").clone_into(&mut self.shared_picture);
                return request;
            }
        }
    }

    async fn team(&mut self) -> String {
        let body = json!({"name": self.name("team"), "info": "we make light"});
        self.makes(Method::POST, "/api/v2/teams", body).await
    }

    async fn filter(&mut self) -> String {
        let body = json!({"regex": self.name("zyx"), "filter_type": 11});
        self.must(Method::PUT, "/api/v2/filters", self.moderator.key(), body).await["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    async fn message(&mut self) -> String {
        let body = json!({"worker_id": self.worker, "message": "well done"});
        self.makes(Method::POST, "/api/v2/workers/messages", body).await
    }

    async fn timeout(&mut self) -> String {
        self.made += 1;
        let address = format!("203.0.113.{}", self.made % 250);
        let body = json!({"ipaddr": address, "hours": 1});
        self.must(Method::POST, "/api/v2/operations/ipaddr", self.moderator.key(), body).await;
        address
    }

    /// Lets everybody's address in again.
    pub(super) async fn opens_again(&self) {
        let body = json!({"ipaddr": "127.0.0.1"});
        self.house.call(Method::DELETE, "/api/v2/operations/ipaddr", self.moderator.key(), Some(body)).await;
    }

    fn name(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind} {}", self.made)
    }

    /// Makes a thing of the owner's and returns its id.
    async fn makes(&self, method: Method, path: &str, body: Value) -> String {
        self.must(method, path, self.owner.key(), body).await["id"].as_str().expect("an id").to_owned()
    }

    async fn must(&self, method: Method, path: &str, key: &str, body: Value) -> Value {
        let answer = self.house.call(method, path, key, Some(body)).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.json);
        answer.json
    }

    async fn look(&self, path: &str) -> Value {
        self.owner.gets(path).await
    }

    /// Calls an operation in a role.
    pub(super) async fn call(&self, role: Role, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.house.call(method, path, self.key(role), body).await
    }
}

/// Which thing a parameter of a path means.
fn thing_of(path: &str, parameter: &str) -> &'static str {
    match parameter {
        "collection_id" => "collection",
        "collection_name" => "collection name",
        "example_id" => "example",
        "filter_id" => "filter",
        "ipaddr" => "address",
        "message_id" => "message",
        "model_name" => "model",
        "sharedkey_id" => "shared key",
        "style_id" if path.contains("/example/") || path.ends_with("/example") => "style of example",
        "style_id" if path.contains("/image/") => "image style",
        "style_id" => "text style",
        "style_name" if path.contains("image_by_name") => "image style name",
        "style_name" => "text style name",
        "team_id" => "team",
        "user_id" => "spare user",
        "worker_name" => "worker name",
        "worker_id" => "spare worker",
        "id" if path.contains("/text/") => "text request",
        "id" if path.contains("/rate/") => "shared request",
        "id" if path.contains("/interrogate/") => "alchemy request",
        "id" => "image request",
        other => panic!("no thing is known for {other} of {path}"),
    }
}

/// A text as it is written in a path.
pub(super) fn escaped(text: &str) -> String {
    let mut path = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => path.push(char::from(byte)),
            other => path.extend(["%".to_owned(), format!("{other:02X}")]),
        }
    }
    path
}

/// A small picture in base64.
fn picture() -> String {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(8, 8).write_to(&mut bytes, image::ImageFormat::Png).expect("written");
    STANDARD.encode(bytes.into_inner())
}

//! Hostile requests to every operation, in every role: whatever is sent, nothing breaks, and the books balance after it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use hyper::{Method, Request};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::contract::{Contract, Operation};
use super::payload::Payloads;
use super::scene::{Role, Scene, escaped, house};
use super::table::TABLE;

/// Requests in all: what the project promises to withstand.
const REQUESTS: u64 = 20_000;
/// Requests when `THRONG_TEST_QUICK` is set.
const REQUESTS_QUICK: u64 = 2_000;
/// Requests to one house: after more, hostile administrators have deleted everybody.
const REQUESTS_PER_HOUSE: u64 = 1_000;
/// Requests between two moments at which time passes: what waits is forgotten in the end, and counters are folded.
const REQUESTS_PER_MOMENT: u64 = 50;
/// Names and ids kept to be used again.
const KNOWN_MAX: usize = 400;

/// Names that every house knows.
const KNOWN: [&str; 9] = ["throng-shapes", "throng-fables", "caption", "R2", "owner#3", "user#4", "0", "1", "3"];
/// What is made for hostile requests to name.
const THINGS: [&str; 22] = [
    "picture",
    "worker",
    "worker name",
    "shared key",
    "image request",
    "text request",
    "alchemy request",
    "image job",
    "text job",
    "form",
    "team",
    "filter",
    "message",
    "image style",
    "text style",
    "image style name",
    "text style name",
    "style of example",
    "example",
    "collection",
    "collection name",
    "address",
];

/// Panics of the server's own code: those in its tasks are answered to nobody.
static PANICS: AtomicUsize = AtomicUsize::new(0);

#[tokio::test(flavor = "multi_thread")]
async fn no_request_however_hostile_breaks_the_house() {
    count_panics();
    let seed: u64 = std::env::var("THRONG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("THRONG_SEED={seed}");
    let all = if std::env::var_os("THRONG_TEST_QUICK").is_some() { REQUESTS_QUICK } else { REQUESTS };
    let contract = Contract::read();
    let (mut faults, mut accepted) = (Vec::new(), 0);
    for round in 0..all / REQUESTS_PER_HOUSE {
        let house = house().await;
        let mut siege = Siege::lay(&house, &contract, seed.wrapping_add(round)).await;
        for count in 0..REQUESTS_PER_HOUSE {
            faults.extend(siege.strikes().await);
            if count % REQUESTS_PER_MOMENT == 0 {
                house.waits(Duration::from_secs(61)).await;
            }
        }
        accepted += siege.told.range(..300).map(|(_, count)| count).sum::<u32>();
        // Dropping the house audits its books.
    }
    println!("{accepted} of {all} were accepted");
    assert!(u64::from(accepted) > all / 10, "only {accepted} were accepted: the others tell little");
    faults.sort();
    faults.dedup_by_key(|fault| fault.split(" with ").next().map(str::to_owned));
    assert!(faults.is_empty(), "seed {seed}: {} operations broke:\n{}", faults.len(), faults.join("\n"));
    assert_eq!(PANICS.load(Ordering::Relaxed), 0, "seed {seed}: the server panicked");
}

/// Counts panics whose place is in the server or the crates below it.
fn count_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let ours = |file: &str| file.starts_with("server/") || file.starts_with("crates/");
        if panic.location().is_some_and(|place| ours(place.file())) {
            PANICS.fetch_add(1, Ordering::Relaxed);
        }
        before(panic);
    }));
}

/// One house besieged.
struct Siege<'a> {
    house: &'a throng_tests::house::House,
    targets: Vec<Target<'a>>,
    payloads: Payloads<'a>,
    keys: Vec<String>,
    /// Answers by status.
    told: BTreeMap<u16, u32>,
}

/// An operation with a path that leads somewhere and a body that is good, where it has one.
struct Target<'a> {
    operation: Operation<'a>,
    path: String,
    body: Option<Value>,
}

impl<'a> Siege<'a> {
    /// Sees what is there.
    async fn lay(house: &'a throng_tests::house::House, contract: &'a Contract, seed: u64) -> Siege<'a> {
        let mut scene = Scene::new(house).await;
        let mut known: Vec<String> = KNOWN.map(str::to_owned).into();
        for thing in THINGS {
            known.push(scene.thing(thing).await);
        }
        let mut targets = Vec::new();
        for operation in contract.operations() {
            let good = TABLE.iter().find(|line| line.0 == operation.name()).map_or("", |line| line.1);
            let path = scene.path(operation.path).await;
            let body = scene.body(Role::Owner, good).await;
            targets.push(Target { operation, path, body });
        }
        let keys = Role::ALL.into_iter().map(|role| scene.key(role).to_owned()).collect();
        let payloads = Payloads { contract, chance: ChaCha8Rng::seed_from_u64(seed), known };
        Siege { house, targets, payloads, keys, told: BTreeMap::new() }
    }

    /// Sends one request, and returns what broke.
    async fn strikes(&mut self) -> Option<String> {
        let index = rand::Rng::random_range(&mut self.payloads.chance, 0..self.targets.len());
        let operation = &self.targets[index].operation;
        let (method, schema, name) = (operation.method.clone(), operation.body().cloned(), operation.name());
        let path = self.path(index);
        let good = self.targets[index].body.clone();
        let body = schema.map(|schema| self.payloads.body(&schema, good)).unwrap_or_default();
        let request = self.request(method, &path, body.clone())?;
        let headers = format!("{:?}", request.headers());
        let answer = self.house.send(request).await;
        self.learns(&answer.json);
        let status = answer.status.as_u16();
        *self.told.entry(status).or_default() += 1;
        let broken = status >= 500 || (status >= 400 && !answer.json["message"].is_string());
        broken.then(|| {
            let body: String = String::from_utf8_lossy(&body).chars().take(600).collect();
            format!("{name} with {path} {headers} {body}: {status} {}", String::from_utf8_lossy(&answer.body))
        })
    }

    fn path(&mut self, index: usize) -> String {
        let good = self.payloads.happens(60);
        let target = &self.targets[index];
        let mut path = if good { target.path.clone() } else { target.operation.path.to_owned() };
        while let Some((before, rest)) = path.clone().split_once('{') {
            let (_, after) = rest.split_once('}').expect("a closed brace");
            let value = self.segment();
            path = format!("{before}{value}{after}");
        }
        let parameters: Vec<Value> = self.targets[index].operation.query().cloned().collect();
        let mut query = Vec::new();
        for parameter in parameters {
            if self.payloads.happens(40) {
                let value = self.payloads.value(&parameter, 30, 0);
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let text: String = text.chars().take(2000).collect();
                query.push(format!("{}={}", parameter["name"].as_str().unwrap_or_default(), escaped(&text)));
            }
        }
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    /// One part of a path: mostly something that is there.
    fn segment(&mut self) -> String {
        if self.payloads.happens(75) {
            let known = self.payloads.known.clone();
            return escaped(self.payloads.one::<String>(&known));
        }
        if self.payloads.happens(20) {
            return (*self.payloads.one(&["%ff%fe", "%252F", "%2F", "%00", "x%", "%zz", "%E2%82"])).to_owned();
        }
        let text: String = self.payloads.odd_text().chars().take(2000).collect();
        if text.is_empty() { "-".to_owned() } else { escaped(&text) }
    }

    /// The request itself; nothing if no client could send it.
    fn request(&mut self, method: Method, path: &str, body: Vec<u8>) -> Option<Request<Body>> {
        let mut request = Request::builder().method(method).uri(path);
        if self.payloads.happens(95) {
            let keys = self.keys.clone();
            request = request.header("apikey", self.payloads.one::<String>(&keys));
        } else if self.payloads.happens(60) {
            request = request.header("apikey", self.header());
        }
        if !body.is_empty() {
            let kinds = ["application/json", "application/json; charset=utf-8", "text/plain", "\u{7f}"];
            let kind = if self.payloads.happens(97) { kinds[0] } else { *self.payloads.one(&kinds[1..3]) };
            request = request.header("content-type", kind);
        }
        for name in ["x-fields", "client-agent", "idempotency-key", "proxied-for", "accept"] {
            if self.payloads.happens(3) {
                request = request.header(name, self.header());
            }
        }
        request.body(Body::from(body)).ok()
    }

    fn header(&mut self) -> Vec<u8> {
        let masks = ["{", "{a", "{a{b}}", "*", "{*}", "a,b,,", "{{{{", "}", "{id,name{x}}"];
        let text =
            if self.payloads.happens(50) { (*self.payloads.one(&masks)).to_owned() } else { self.payloads.odd_text() };
        text.into_bytes().into_iter().filter(|byte| *byte >= 32 && *byte != 127).take(4000).collect()
    }

    /// Remembers the ids in an answer, to come back to them.
    fn learns(&mut self, answer: &Value) {
        match answer {
            Value::Object(members) => {
                for (name, member) in members {
                    match member.as_str() {
                        Some(id) if name == "id" && self.payloads.known.len() < KNOWN_MAX => {
                            self.payloads.known.push(id.to_owned());
                        }
                        _ => self.learns(member),
                    }
                }
            }
            Value::Array(items) => items.iter().take(5).for_each(|item| self.learns(item)),
            _ => {}
        }
    }
}

//! The object that workers wait at. It sleeps while nothing happens; who waits over a WebSocket waits on, and is found
//! again when it wakes: what they serve is written down, and when they were last woken is attached to their sockets.
//! Streams of events keep it awake.
//!
//! It is spoken to in calls that only this program makes: `/wake` (there is work), `/events`, `/socket`. Not here: whom
//! to wake (`throng_policy::wake`), whether somebody may wait (the server, asked by `waking.rs`).

use std::cell::RefCell;
use std::collections::HashMap;

use futures::channel::mpsc::UnboundedSender;
use serde::{Deserialize, Serialize};
use throng_api::watch::{WAKE_EVENT, Wake};
use throng_policy::push::NewWork;
use throng_policy::wake::{Name, Roster, Want, Wish, wants, with_any};
use throng_policy::{Kind, event};
use wasm_bindgen::JsCast as _;
use worker::js_sys::JsString;
use worker::{
    DurableObject, Env, ListOptions, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage,
    durable_object,
};

use crate::call::Call;
use crate::{answers, sockets, streams};

/// Who waits at once: an object holds 32 768 sockets.
const SLEEPERS_MAX: usize = 30_000;

/// Who waits at once at one address: as at the server, more than any farm of machines behind one.
const SLEEPERS_PER_ADDRESS_MAX: usize = 500;

/// Under which names it is written down what somebody serves.
const SERVES: &str = "serves-";

/// Holds all who wait.
#[durable_object]
pub struct Sleepers {
    state: State,
    house: RefCell<Option<House>>,
}

/// What is known while the object is awake.
struct House {
    roster: Roster<Kind, ()>,
    beds: HashMap<u64, Bed>,
    /// How many wait at each address.
    holders: HashMap<String, usize>,
    /// The number of the newest batch that told of work: what is told twice wakes nobody twice.
    sequence: u64,
    /// Counts wakings, so that it is known who was woken longest ago.
    turn: f64,
    next: u64,
}

struct Bed {
    wants: Vec<Want<Kind>>,
    from: String,
    bell: Bell,
}

enum Bell {
    Socket(WebSocket),
    Stream(UnboundedSender<String>),
}

/// What is attached to a socket. Numbers as scripts have them.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Tag {
    who: f64,
    woken: f64,
}

impl DurableObject for Sleepers {
    fn new(state: State, _env: Env) -> Self {
        sockets::answer_pings(&state);
        Self { state, house: RefCell::default() }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let mut call = Call::new(request);
        self.gather().await?;
        match call.path.as_str() {
            "/wake" => self.wake(&mut call).await,
            "/events" | "/socket" => self.lie_down(&call).await,
            _ => Response::empty(),
        }
    }

    async fn websocket_message(&self, _socket: WebSocket, _message: WebSocketIncomingMessage) -> Result<()> {
        // Whoever waits has nothing to say; pings are answered without waking anybody.
        Ok(())
    }

    async fn websocket_close(&self, socket: WebSocket, _code: usize, _reason: String, _was_clean: bool) -> Result<()> {
        sockets::close(&socket, sockets::DONE);
        self.rise(&socket).await
    }

    async fn websocket_error(&self, socket: WebSocket, _error: worker::Error) -> Result<()> {
        self.rise(&socket).await
    }
}

impl Sleepers {
    /// Finds again who waits, after the object slept.
    async fn gather(&self) -> Result<()> {
        if self.house.borrow().is_some() {
            return Ok(());
        }
        let storage = self.state.storage();
        let written = storage.list_with_options(ListOptions::new().prefix(SERVES)).await?;
        let mut waiting: Vec<(Tag, WebSocket)> = Vec::new();
        for socket in self.state.get_websockets() {
            if let Ok(Some(tag)) = socket.deserialize_attachment::<Tag>() {
                waiting.push((tag, socket));
            }
        }
        waiting.sort_by(|(one, _), (other, _)| one.woken.total_cmp(&other.woken));
        let mut house = House {
            roster: Roster::new(false),
            beds: HashMap::new(),
            holders: HashMap::new(),
            sequence: 0,
            turn: 0.0,
            next: 0,
        };
        for (tag, socket) in waiting {
            let who = tag.who as u64;
            let serves = written.get(&name_of(who).into()).dyn_ref::<JsString>().map(String::from);
            house.turn = house.turn.max(tag.woken);
            house.enter(who, serves.as_deref().unwrap_or_default(), Bell::Socket(socket));
        }
        // What is written of those who went while the object slept.
        let gone: Vec<String> = written.keys().into_iter().filter_map(|key| key.ok()?.as_string()).collect();
        let gone: Vec<String> = gone.into_iter().filter(|key| !house.knows(key)).collect();
        for some in gone.chunks(KEYS_AT_ONCE) {
            storage.delete_multiple(some.to_vec()).await?;
        }
        // Somebody may have been quicker.
        self.house.borrow_mut().get_or_insert(house);
        Ok(())
    }

    async fn lie_down(&self, call: &Call) -> Result<Response> {
        let from = from(&call.query);
        let free = self.house.borrow_mut().as_mut().and_then(|house| house.number(from));
        let Some(who) = free else { return answers::plain(429, streams::TOO_MANY) };
        if call.path == "/socket" {
            let (socket, response) = sockets::open(&self.state, call)?;
            socket.serialize_attachment(Tag { who: who as f64, woken: 0.0 })?;
            self.state.storage().put(&name_of(who), &call.query).await?;
            self.welcome(who, &call.query, Bell::Socket(socket));
            return Ok(response);
        }
        let (sender, response) = streams::open(None)?;
        self.welcome(who, &call.query, Bell::Stream(sender));
        Ok(response)
    }

    /// The first bell rings at once: what came a moment before is found by asking.
    fn welcome(&self, who: u64, serves: &str, bell: Bell) {
        if let Some(house) = self.house.borrow_mut().as_mut() {
            house.enter(who, serves, bell);
            for kind in Kind::ALL {
                if house.serves(who, kind) {
                    house.ring(who, kind);
                }
            }
        }
    }

    async fn wake(&self, call: &mut Call) -> Result<Response> {
        let sequence: u64 = call.parameter("sequence").and_then(|number| number.parse().ok()).unwrap_or(0);
        let work: Vec<NewWork> = serde_json::from_slice(&call.bytes().await?)?;
        let mut gone = Vec::new();
        if let Some(house) = self.house.borrow_mut().as_mut().filter(|house| house.sequence < sequence) {
            house.sequence = sequence;
            house.make_room();
            for new in work {
                let names = new.model.iter().map(|model| Name::from(model.as_str())).collect();
                gone.extend(house.wake(new.kind, &Wish::of(new.kind, names), new.jobs as usize));
            }
        }
        for who in gone {
            self.state.storage().delete(&name_of(who)).await?;
        }
        Response::empty()
    }

    async fn rise(&self, socket: &WebSocket) -> Result<()> {
        let Ok(Some(tag)) = socket.deserialize_attachment::<Tag>() else { return Ok(()) };
        let who = tag.who as u64;
        if let Some(house) = self.house.borrow_mut().as_mut() {
            house.leave(who);
        }
        self.state.storage().delete(&name_of(who)).await?;
        Ok(())
    }
}

impl House {
    /// The number of whoever comes next; none where there is no bed left.
    fn number(&mut self, from: &str) -> Option<u64> {
        if self.is_full(from) {
            self.make_room();
        }
        if self.is_full(from) {
            return None;
        }
        self.next += 1;
        Some(self.next - 1)
    }

    fn is_full(&self, from: &str) -> bool {
        let here = self.holders.get(from).copied().unwrap_or(0);
        self.beds.len() >= SLEEPERS_MAX || here >= SLEEPERS_PER_ADDRESS_MAX
    }

    /// Streams whose other end is gone are found out when somebody would have to be turned away, or woken.
    fn make_room(&mut self) {
        let is_gone = |bed: &Bed| matches!(&bed.bell, Bell::Stream(sender) if sender.is_closed());
        let gone: Vec<u64> = self.beds.iter().filter(|(_, bed)| is_gone(bed)).map(|(who, _)| *who).collect();
        for who in gone {
            self.leave(who);
        }
    }

    fn enter(&mut self, who: u64, serves: &str, bell: Bell) {
        let wants = with_any(wants(serves));
        self.roster.enter(who, &wants);
        let from = from(serves).to_owned();
        *self.holders.entry(from.clone()).or_default() += 1;
        self.beds.insert(who, Bed { wants, from, bell });
        self.next = self.next.max(who + 1);
    }

    fn leave(&mut self, who: u64) {
        let Some(bed) = self.beds.remove(&who) else { return };
        self.roster.leave(who, &bed.wants);
        if let Some(here) = self.holders.get_mut(&bed.from) {
            *here -= 1;
            if *here == 0 {
                self.holders.remove(&bed.from);
            }
        }
    }

    fn knows(&self, key: &str) -> bool {
        let who = key.strip_prefix(SERVES).and_then(|who| who.parse().ok());
        who.is_some_and(|who: u64| self.beds.contains_key(&who))
    }

    fn serves(&self, who: u64, kind: Kind) -> bool {
        self.beds.get(&who).is_some_and(|bed| bed.wants.iter().any(|(served, _)| *served == kind))
    }

    /// Wakes some for so many jobs, and others for those of them who are gone; tells who is gone.
    fn wake(&mut self, kind: Kind, wish: &Wish<Kind>, jobs: usize) -> Vec<u64> {
        let woken = self.roster.wake(wish, jobs);
        let gone: Vec<u64> = woken.into_iter().filter(|who| !self.ring(*who, kind)).collect();
        for who in &gone {
            self.leave(*who);
        }
        if !gone.is_empty() {
            for who in self.roster.wake(wish, gone.len()) {
                self.ring(who, kind);
            }
        }
        gone
    }

    /// Wakes somebody; false if they are gone.
    fn ring(&mut self, who: u64, kind: Kind) -> bool {
        self.turn += 1.0;
        let Some(bed) = self.beds.get(&who) else { return false };
        let Ok(said) = serde_json::to_string(&Wake { kinds: vec![kind.as_str().to_owned()] }) else { return true };
        match &bed.bell {
            Bell::Socket(socket) => {
                // Without it nothing worse happens than that they are woken too soon again.
                _ = socket.serialize_attachment(Tag { who: who as f64, woken: self.turn });
                socket.send_with_str(said).is_ok()
            }
            Bell::Stream(sender) => sender.unbounded_send(event::named(WAKE_EVENT, &said)).is_ok(),
        }
    }
}

/// Keys that can be deleted at once.
const KEYS_AT_ONCE: usize = 128;

/// Where somebody waits, as it stands first in what they serve.
fn from(serves: &str) -> &str {
    serves.split('&').next().and_then(|pair| pair.strip_prefix("from=")).unwrap_or_default()
}

fn name_of(who: u64) -> String {
    format!("{SERVES}{who}")
}

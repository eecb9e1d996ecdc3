//! Lending this tab: carries out what `lending.rs` decides. Starts and ends the worker, listens to it and to the person, keeps what
//! was set. Decides nothing itself.

mod program;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use throng_api::ApiKey;
use throng_api::submit::{PostImageSubmit, PostTextSubmit, Submit};
use throng_api::weights::GetWeights;
use throng_lend::Order;
use throng_lend::messages::{Craft, Processor};

use self::program::{Program, Word};
use crate::browser;
use crate::client::{self, Call, Sent};
use crate::lending::owed::Owed;
use crate::lending::shelf::Shelf;
use crate::lending::terms::{Post, Terms};
use crate::lending::{Account, Act, Lending, Look, Over, Site, names};
use crate::session::{Session, Who};
use crate::trouble::Trouble;
use crate::words;

/// The parts of the page that belong to lending: whoever uses them does not need the machine for something else.
const OF_LENDING: &str = "[data-lend]";
/// What a volunteer without an account is called; the server adds a number.
const VOLUNTEER: &str = "volunteer";
/// Between two looks at person, battery and worker.
const LOOK_MS: u32 = 250;
/// How often clocks on the page move.
const CLOCK_MS: f64 = 1_000.0;
/// Before a server that is still going through its files is asked again.
const SHELF_AGAIN_MS: u32 = 2_000;
/// Tries to tell the server of a fault, after the first: beyond that its lease has nearly run out.
const FAULT_AGAIN_MS: [u32; 3] = [1_000, 4_000, 16_000];
const TERMS_SLOT: &str = "throng.lend.terms";
const TRAVELLED_SLOT: &str = "throng.lend.travelled";
/// What a person does to a page with hands on it.
const TOUCHES: [&str; 4] = ["pointerdown", "keydown", "wheel", "touchmove"];

/// Everything about lending that the page holds.
#[derive(Clone, Copy)]
pub struct Lend {
    /// Where it stands.
    pub lending: RwSignal<Lending>,
    /// What the person has set.
    pub terms: RwSignal<Terms>,
    /// What there is to load, or why nobody knows; none until the server has said.
    pub shelf: RwSignal<Option<Result<Shelf, Trouble>>>,
    /// The time, as often as the page shows it.
    pub now_ms: RwSignal<f64>,
    /// Whether the machine runs on its battery; none where the browser does not say.
    pub on_battery: RwSignal<Option<bool>>,
    /// Who would earn.
    pub session: Session,
    /// What the browser lets this page do.
    pub site: Site,
    hands: StoredValue<Hands, LocalStorage>,
}

/// What only the shell needs.
struct Hands {
    program: Option<Program>,
    /// Whether the server is being asked what there is to load.
    asking: bool,
    /// Whoever earns at the moment: another account may be chosen meanwhile, but a generation belongs to whom it was popped for.
    key: ApiKey,
    name: String,
    touched_ms: Option<f64>,
}

impl Lend {
    /// Begins with what earlier visits set. Nothing is lent before somebody says so.
    pub fn begin(session: Session) -> Self {
        let lend = Self {
            lending: RwSignal::new(Lending::default()),
            terms: RwSignal::new(Terms::read(browser::kept(TERMS_SLOT).as_deref())),
            shelf: RwSignal::new(None),
            now_ms: RwSignal::new(browser::now_ms()),
            on_battery: RwSignal::new(None),
            session,
            site: Site { gpu: browser::has_gpu(), secure: browser::is_secure() },
            hands: StoredValue::new_local(Hands {
                program: None,
                asking: false,
                key: ApiKey::anonymous(),
                name: String::new(),
                touched_ms: None,
            }),
        };
        lend.listen();
        lend
    }

    /// Asks what there is to load, unless that is known already.
    pub fn ask_for_shelf(self) {
        let known = self.shelf.with_untracked(|shelf| matches!(shelf, Some(Ok(_))));
        let asking = self.hands.try_update_value(|hands| std::mem::replace(&mut hands.asking, !known));
        if known || asking.unwrap_or_default() {
            return;
        }
        self.shelf.set(None);
        spawn_local(async move {
            let answer = loop {
                match Call::to(&[]).get_part::<GetWeights, Shelf>().await {
                    // Half a list would promise half a download.
                    Ok(shelf) if !shelf.complete => TimeoutFuture::new(SHELF_AGAIN_MS).await,
                    answer => break answer,
                }
            };
            self.hands.update_value(|hands| hands.asking = false);
            self.shelf.set(Some(answer));
        });
    }

    /// Lends the tab: makes an account where there is none, then starts the worker.
    pub fn start(self) {
        let terms = self.terms.get_untracked();
        let turn = self.lending.try_update(|lending| lending.open(&terms, self.site)).flatten();
        let Some(turn) = turn else { return };
        spawn_local(self.keep_looking(turn));
        spawn_local(async move {
            if self.session.key.with_untracked(ApiKey::is_anonymous)
                && let Err(trouble) = self.session.register(VOLUNTEER).await
            {
                self.apply(|lending, now| lending.not_opened(turn, now, trouble.sentence));
                return;
            }
            self.session.look().await;
            // Stopped, or started once more, meanwhile: whoever works now keeps its account.
            if !self.lending.with_untracked(|lending| lending.is_opening(turn)) {
                return;
            }
            let account = self.account();
            self.apply(|lending, now| lending.opened(turn, now, account));
        });
    }

    /// Lends the tab once more, without its graphics card.
    pub fn start_on_the_processor(self) {
        self.settle(|terms| terms.processor = Processor::Cpu);
        self.start();
    }

    /// Ends it at once.
    pub fn stop(self) {
        self.apply(|lending, now| lending.stop(now, Over::Stopped));
    }

    /// Ends it after the job at hand.
    pub fn drain(self) {
        self.apply(Lending::drain);
    }

    /// Pauses, or goes on.
    pub fn pause(self, paused: bool) {
        self.lending.update(|lending| lending.pause(paused));
        self.look();
    }

    /// Changes what is set, keeps it, and tells the worker of what it can follow.
    pub fn settle(self, change: impl FnOnce(&mut Terms)) {
        self.terms.update(change);
        let terms = self.terms.get_untracked();
        browser::keep(TERMS_SLOT, &terms.written());
        self.apply(|lending, now| lending.change(now, &terms));
    }

    /// One part of the state; whoever follows it sees a change only when that part changes.
    pub fn part<T>(self, read: impl Fn(&Lending) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.lending.with(&read))
    }

    /// Bytes to load at most; none while it is not known. Follows what is set.
    pub fn download(self) -> Option<u64> {
        let crafts = self.terms.with(Terms::crafts);
        self.shelf.with(|shelf| shelf.as_ref()?.as_ref().ok()?.download(&crafts))
    }

    /// Whether the account that earns is the one that the page acts for. Follows both.
    pub fn is_own_account(self) -> bool {
        // The key that earns changes only together with the state of lending.
        self.lending.track();
        self.session.key.with(|key| self.hands.with_value(|hands| hands.key == *key))
    }

    fn apply(self, change: impl FnOnce(&mut Lending, f64) -> Vec<Act>) {
        let now = browser::now_ms();
        let acts = self.lending.try_update(|lending| change(lending, now)).unwrap_or_default();
        self.carry_out(acts);
    }

    fn carry_out(self, acts: Vec<Act>) {
        for act in acts {
            match act {
                Act::Spawn => self.spawn(),
                Act::Begin => self.send(&self.first_order()),
                Act::Send(order) => self.send(&order),
                Act::Terminate => drop(self.hands.try_update_value(|hands| hands.program.take())),
                Act::Fault(owed) => fault(owed, self.hands.with_value(|hands| hands.key.clone())),
                Act::Keep(travelled) => {
                    browser::keep(TRAVELLED_SLOT, &serde_json::to_string(&travelled).unwrap_or_default());
                }
                Act::Refresh => self.session.refresh(),
            }
        }
    }

    fn spawn(self) {
        match Program::start(move |word| self.hear(word)) {
            Some(program) => self.hands.update_value(|hands| hands.program = Some(program)),
            None => self.hear(Word::Crashed("this browser cannot start its program".to_owned())),
        }
    }

    fn hear(self, word: Word) {
        self.apply(|lending, now| match word {
            Word::Report(report) => lending.hear(now, report),
            Word::Garbled => lending.garbled(now),
            Word::Crashed(why) => lending.crashed(now, why),
        });
        // Browsers slow down the clock of a page that nobody sees, but not a worker's words: they keep the looks going.
        self.look();
    }

    fn send(self, order: &Order) {
        self.hands.with_value(|hands| {
            if let Some(program) = &hands.program {
                program.send(order);
            }
        });
    }

    fn first_order(self) -> Order {
        let (server, now) = (browser::origin(), browser::now_ms());
        self.hands.with_value(|hands| {
            let post = Post { server: &server, key: hands.key.reveal(), name: &hands.name };
            Order::Start(Box::new(self.lending.with_untracked(|lending| lending.start(post, now))))
        })
    }

    /// Looks at who earns, and takes up the name of this tab for them.
    fn account(self) -> Account {
        let key = self.session.key.get_untracked();
        let (user, hundredths) = match self.session.who.get_untracked() {
            Who::Known { name, kudos, escrow } => (Some(name), Some(words::hundredths_of(kudos + escrow))),
            Who::Unknown | Who::Refused(_) => (None, None),
        };
        let name = own_name(user.as_deref());
        let another = self.hands.with_value(|hands| hands.key != key);
        self.hands.update_value(|hands| (hands.key, hands.name) = (key, name));
        let travelled = browser::kept(TRAVELLED_SLOT).and_then(|kept| serde_json::from_str(&kept).ok());
        Account { another, hundredths, travelled: travelled.unwrap_or_default() }
    }

    async fn keep_looking(self, turn: u32) {
        while self.lending.with_untracked(|lending| lending.is_active() && lending.turn() == turn) {
            self.look();
            TimeoutFuture::new(LOOK_MS).await;
        }
    }

    fn look(self) {
        let now = browser::now_ms();
        let touched = self.hands.with_value(|hands| hands.touched_ms);
        let look = Look {
            on_battery: self.on_battery.get_untracked(),
            idle_ms: touched.map(|then| (now - then).max(0.0)),
            offline: browser::is_offline(),
        };
        // Most looks change nothing, and then nothing is drawn anew.
        let acts = self.lending.try_maybe_update(|lending| {
            let before = lending.manner;
            let acts = lending.look(now, look);
            (!acts.is_empty() || lending.manner != before, acts)
        });
        self.carry_out(acts.unwrap_or_default());
        if now - self.now_ms.get_untracked() >= CLOCK_MS {
            self.now_ms.set(now);
        }
    }

    fn listen(self) {
        for touch in TOUCHES {
            window_event_listener_untyped(touch, move |event| {
                if !is_of_lending(&event) {
                    self.hands.update_value(|hands| hands.touched_ms = Some(browser::now_ms()));
                }
            });
        }
        for change in ["online", "offline"] {
            window_event_listener_untyped(change, move |_| self.look());
        }
        // Whoever comes back to a page that the browser had only put aside finds it stopped, not half alive.
        window_event_listener_untyped("pagehide", move |_| self.apply(|lending, now| lending.stop(now, Over::Left)));
        browser::battery::watch(move |on_battery| {
            self.on_battery.set(Some(on_battery));
            self.look();
        });
    }
}

/// The name of this tab for a user: the one it always had, or a new one.
fn own_name(user: Option<&str>) -> String {
    let slot = names::slot(user);
    browser::kept(&slot).filter(|name| names::is_ours(name)).unwrap_or_else(|| {
        let name = names::of_chance(browser::chance());
        browser::keep(&slot, &name);
        name
    })
}

/// Tells the server that nothing comes of a generation. The first try is on its way before this returns.
fn fault(owed: Owed, key: ApiKey) {
    let first = send_fault(&owed, &key);
    spawn_local(async move {
        let mut outcome = first.arrived().await;
        for pause in FAULT_AGAIN_MS {
            if !outcome.is_err_and(|trouble| trouble.passing) {
                return;
            }
            TimeoutFuture::new(pause).await;
            outcome = send_fault(&owed, &key).arrived().await;
        }
    });
}

fn send_fault(owed: &Owed, key: &ApiKey) -> Sent {
    let body = Submit::faulted(owed.generation.as_str());
    match owed.craft {
        Craft::Pictures => client::send_lasting::<PostImageSubmit>(&body, key),
        Craft::Stories => client::send_lasting::<PostTextSubmit>(&body, key),
    }
}

fn is_of_lending(event: &web_sys::Event) -> bool {
    let element = event.target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<web_sys::Element>(target).ok());
    element.and_then(|element| element.closest(OF_LENDING).ok().flatten()).is_some()
}

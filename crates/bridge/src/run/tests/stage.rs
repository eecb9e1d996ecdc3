//! A server that follows a script, a clock that stands still, and a logbook: everything the loop touches, in one hand.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::executor::LocalPool;
use futures::task::LocalSpawnExt;
use throng_api::ReturnCode;
use throng_domain::kind::Kind;

use crate::clock::{Chance, Clock};
use crate::control::Control;
use crate::horde::{Account, Horde, HordeError, Pop};
use crate::logbook::{Logbook, Note};
use crate::offer::Offer;
use crate::outcome::{Outcome, Submission};
use crate::parrot::{Act, Parrot, terms};
use crate::run::{Bridge, Ended};
use crate::task::{ImageWork, Lease, Popped, Source, TextWork, Work};

/// A clock that moves only when told, to the next moment anybody waits for.
#[derive(Clone, Default)]
pub(super) struct StillClock {
    now: Rc<Cell<Duration>>,
    sleepers: Rc<RefCell<Vec<(Duration, Waker)>>>,
}

struct Sleep {
    clock: StillClock,
    until: Duration,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.clock.now.get() >= self.until {
            return Poll::Ready(());
        }
        self.clock.sleepers.borrow_mut().push((self.until, context.waker().clone()));
        Poll::Pending
    }
}

impl StillClock {
    /// Moves to the next moment somebody waits for; false when nobody waits.
    fn advance(&self) -> bool {
        let next = self.sleepers.borrow().iter().map(|(until, _)| *until).min();
        let Some(next) = next else { return false };
        self.now.set(next.max(self.now.get()));
        let due = self.sleepers.borrow_mut().extract_if(.., |(until, _)| *until <= next).collect::<Vec<_>>();
        for (_, waker) in due {
            waker.wake();
        }
        true
    }
}

impl Clock for StillClock {
    fn now(&self) -> Duration {
        self.now.get()
    }

    async fn sleep(&self, time: Duration) {
        Sleep { clock: self.clone(), until: self.now.get().saturating_add(time) }.await;
    }
}

/// The shell of the tests: the still clock, half-hearted chance, and every note as text.
#[derive(Clone, Default)]
struct TestShell {
    clock: StillClock,
    notes: Rc<RefCell<Vec<String>>>,
}

impl Clock for TestShell {
    fn now(&self) -> Duration {
        self.clock.now()
    }

    async fn sleep(&self, time: Duration) {
        self.clock.sleep(time).await;
    }
}

impl Chance for TestShell {
    fn fraction(&self) -> f64 {
        0.5
    }
}

impl Logbook for TestShell {
    fn note(&self, note: &Note<'_>) {
        self.notes.borrow_mut().push(format!("{note:?}"));
    }
}

#[derive(Default)]
struct Script {
    pops: RefCell<BTreeMap<Kind, VecDeque<Result<Pop, HordeError>>>>,
    submits: RefCell<VecDeque<Result<f64, HordeError>>>,
    uploads: RefCell<VecDeque<Result<(), HordeError>>>,
    down: Cell<Option<(Duration, Duration)>>,
    pop_time: Cell<Duration>,
    listening: Cell<bool>,
    wakes: RefCell<VecDeque<Duration>>,
    calls: RefCell<Vec<(Duration, String)>>,
    given: RefCell<Vec<String>>,
}

/// A server that follows a script and remembers every call.
#[derive(Clone)]
struct ScriptedHorde {
    script: Rc<Script>,
    clock: StillClock,
}

impl ScriptedHorde {
    fn call(&self, words: String) -> Result<(), HordeError> {
        let now = self.clock.now();
        self.script.calls.borrow_mut().push((now, words));
        match self.script.down.get() {
            Some((from, to)) if now >= from && now < to => Err(HordeError::Network("down".into())),
            _ => Ok(()),
        }
    }
}

impl Horde for ScriptedHorde {
    async fn pop(&self, offer: &Offer) -> Result<Pop, HordeError> {
        self.call(format!("pop {}", offer.kind.as_str()))?;
        self.clock.sleep(self.script.pop_time.get()).await;
        let answer = self.script.pops.borrow_mut().get_mut(&offer.kind).and_then(VecDeque::pop_front);
        let answer = answer.unwrap_or_else(|| Ok(nothing("models", 0)));
        if let Ok(Pop { popped: Some(popped), .. }) = &answer {
            self.script.given.borrow_mut().extend(popped.leases.iter().map(|lease| lease.id.clone()));
        }
        answer
    }

    async fn submit(&self, submission: &Submission) -> Result<f64, HordeError> {
        let word = match submission.outcome {
            Outcome::Uploaded { .. } => "R2",
            Outcome::Inline { .. } => "inline",
            Outcome::Text { .. } => "text",
            Outcome::Faulted(_) => "faulted",
        };
        self.call(format!("submit {} {word}", submission.generation))?;
        self.script.submits.borrow_mut().pop_front().unwrap_or(Ok(10.0))
    }

    async fn upload(&self, address: &str, _: &[u8]) -> Result<(), HordeError> {
        self.call(format!("upload {address}"))?;
        self.script.uploads.borrow_mut().pop_front().unwrap_or(Ok(()))
    }

    async fn fetch(&self, address: &str) -> Result<Vec<u8>, HordeError> {
        self.call(format!("fetch {address}"))?;
        match address {
            "https://pictures/cat" => Ok(b"cat".to_vec()),
            _ => Err(HordeError::Refused { status: 404, code: None, message: "gone".into() }),
        }
    }

    async fn find_user(&self) -> Result<Account, HordeError> {
        self.call("find_user".into())?;
        Ok(Account { username: "ada#1".into(), kudos: 0.0 })
    }

    async fn woken(&self, offers: &[Offer]) {
        assert!(!offers.is_empty(), "nothing to be woken for");
        let next = self.script.wakes.borrow().front().copied();
        match next {
            Some(at) => {
                self.clock.sleep(at.saturating_sub(self.clock.now())).await;
                self.script.wakes.borrow_mut().pop_front();
            }
            None => std::future::pending().await,
        }
    }

    fn is_listening(&self) -> bool {
        self.script.listening.get()
    }
}

/// Everything a test of the loop needs.
pub(super) struct Stage {
    script: Rc<Script>,
    shell: TestShell,
    control: Control,
    parrot: Rc<Parrot<StillClock>>,
    threads: u32,
    pool: RefCell<LocalPool>,
}

impl Stage {
    pub(super) fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let shell = TestShell::default();
        let parrot = Rc::new(Parrot::new(shell.clock.clone(), acts));
        let (script, control, pool) = (Rc::default(), Control::new(), RefCell::default());
        Self { script, shell, control, parrot, threads: 1, pool }
    }

    pub(super) fn with_threads(mut self, threads: u32) -> Self {
        self.threads = threads;
        self
    }

    pub(super) fn only(&self, kind: Kind) {
        self.parrot.keep(|ability| ability.kind == kind);
    }

    pub(super) fn without_models(&self) {
        self.parrot.keep(|_| false);
    }

    pub(super) fn give(&self, kind: Kind, job: Popped) {
        self.answer_pop(kind, Ok(Pop { popped: Some(job), skipped: BTreeMap::new(), messages: Vec::new() }));
    }

    pub(super) fn answer_pop(&self, kind: Kind, answer: Result<Pop, HordeError>) {
        self.script.pops.borrow_mut().entry(kind).or_default().push_back(answer);
    }

    pub(super) fn answer_submits(&self, answers: impl IntoIterator<Item = Result<f64, HordeError>>) {
        self.script.submits.borrow_mut().extend(answers);
    }

    pub(super) fn answer_uploads(&self, answers: impl IntoIterator<Item = Result<(), HordeError>>) {
        self.script.uploads.borrow_mut().extend(answers);
    }

    pub(super) fn network_down(&self, from: Duration, to: Duration) {
        self.script.down.set(Some((from, to)));
    }

    pub(super) fn pops_take(&self, time: Duration) {
        self.script.pop_time.set(time);
    }

    /// Lets the server say at these moments that there may be work.
    pub(super) fn wakes_at(&self, times: impl IntoIterator<Item = Duration>) {
        self.script.listening.set(true);
        self.script.wakes.borrow_mut().extend(times);
    }

    /// Lets the owner do something at a moment.
    pub(super) fn at(&self, time: Duration, act: impl FnOnce(&Control) + 'static) {
        let (clock, control) = (self.shell.clock.clone(), self.control.clone());
        let later = async move {
            clock.sleep(time).await;
            act(&control);
        };
        self.pool.borrow().spawner().spawn_local(later).unwrap();
    }

    pub(super) fn run(&self) -> Ended {
        self.play(None)
    }

    pub(super) fn run_jobs(&self, jobs: u64) -> Ended {
        self.play(Some(jobs))
    }

    fn play(&self, jobs_max: Option<u64>) -> Ended {
        let horde = ScriptedHorde { script: Rc::clone(&self.script), clock: self.shell.clock.clone() };
        let mut terms = terms();
        terms.threads = self.threads;
        let bridge = Bridge::new(horde, Rc::clone(&self.parrot), self.shell.clone(), terms, self.control.clone())
            .with_jobs_max(jobs_max);
        let ended: Rc<RefCell<Option<Ended>>> = Rc::default();
        let result = Rc::clone(&ended);
        let mut pool = self.pool.borrow_mut();
        pool.spawner().spawn_local(async move { *result.borrow_mut() = Some(bridge.run().await) }).unwrap();
        loop {
            pool.run_until_stalled();
            if let Some(ended) = ended.borrow_mut().take() {
                self.every_job_was_answered();
                return ended;
            }
            assert!(self.shell.clock.advance(), "everybody waits for nothing");
        }
    }

    /// No job may be lost in silence: each one that was handed out was at least tried to be answered.
    fn every_job_was_answered(&self) {
        for id in self.script.given.borrow().iter() {
            assert!(self.submits().iter().any(|call| call.contains(id)), "{id} was lost: {:?}", self.calls());
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.shell.clock.now()
    }

    pub(super) fn calls(&self) -> Vec<String> {
        self.script.calls.borrow().iter().map(|(_, call)| call.clone()).collect()
    }

    pub(super) fn last_call(&self) -> String {
        self.calls().pop().unwrap()
    }

    pub(super) fn submits(&self) -> Vec<String> {
        self.calls().into_iter().filter(|call| call.starts_with("submit")).collect()
    }

    pub(super) fn pop_times(&self) -> Vec<Duration> {
        self.script.calls.borrow().iter().filter(|(_, call)| call.starts_with("pop")).map(|(time, _)| *time).collect()
    }

    pub(super) fn notes(&self, name: &str) -> Vec<String> {
        self.shell.notes.borrow().iter().filter(|note| note.starts_with(name)).cloned().collect()
    }

    pub(super) fn parrot_was_cancelled(&self) -> bool {
        self.parrot.last_watch().is_some_and(|watch| watch.is_cancelled())
    }

    pub(super) fn parrot_sources(&self) -> Vec<Option<Source>> {
        let source = |work: &Work| match work {
            Work::Image(image) => image.source.clone(),
            Work::Text(_) => None,
        };
        self.parrot.tasks().iter().map(|task| source(&task.work)).collect()
    }
}

pub(super) fn nothing(reason: &str, count: u64) -> Pop {
    let skipped = if count > 0 { BTreeMap::from([(reason.to_owned(), count)]) } else { BTreeMap::new() };
    Pop { popped: None, skipped, messages: Vec::new() }
}

pub(super) fn refused(status: u16, code: ReturnCode) -> HordeError {
    HordeError::Refused { status, code: Some(code), message: code.message().to_owned() }
}

pub(super) fn text_job(id: &str) -> Popped {
    let work = TextWork { prompt: "Once".into(), length_max: 80, context_length_max: 1024, ..TextWork::default() };
    Popped {
        kind: Kind::Text,
        leases: vec![Lease { id: id.into(), upload: None }],
        model: "parrot-talk".into(),
        lease_time: Some(Duration::from_secs(150)),
        work: Ok(Work::Text(work)),
    }
}

pub(super) fn image_job(id: &str) -> Popped {
    let work = ImageWork {
        prompt: "a red circle".into(),
        negative_prompt: String::new(),
        count: 1,
        width: 64,
        height: 64,
        steps: 20,
        sampler: "k_euler".into(),
        karras: false,
        cfg_scale: 5.0,
        seed: 7,
        clip_skip: None,
        denoising_strength: None,
        source: None,
        mask: None,
    };
    Popped {
        kind: Kind::Image,
        leases: vec![Lease { id: id.into(), upload: Some(format!("https://store/{id}")) }],
        model: "parrot-paint".into(),
        lease_time: Some(Duration::from_secs(150)),
        work: Ok(Work::Image(work)),
    }
}

pub(super) fn from_picture(id: &str, address: &str) -> Popped {
    let mut job = image_job(id);
    if let Ok(Work::Image(image)) = &mut job.work {
        image.source = Some(Source::Address(address.into()));
    }
    job
}

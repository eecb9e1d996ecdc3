//! The walk of a lent tab: from the page's terms to the last job. Each stop is a function, and each can end it with a reason.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::channel::mpsc::UnboundedReceiver;
use throng_api::weights::{GetWeights, Shelf};
use throng_bridge::{Backoff, Bridge, Control, Ended, Engine as _, Kind, Terms};
use throng_engine::device::WebGpu;
use throng_engine::registry::{Family, Model};
use throng_engine::{Device, Place, selftest};
use throng_lend::fit::{self, Limits, Needs};
use throng_lend::messages::{Craft, Ending, PROTOCOL, Preparation, Processor, Start, Verdict};
use throng_lend::{Order, Report};

use crate::cellar::Cellar;
use crate::ear::Ear;
use crate::exchange::Purse;
use crate::fetch::{AGENT, CarefulServer, Server};
use crate::port::tell;
use crate::shell::Tab;
use crate::studio::Studio;
use crate::{browser, cellar, gpu, lock, measure, port, weights};

/// The longest prompt and text together, in tokens: what requests ask for when they say nothing.
const CONTEXT_LENGTH_MAX: u32 = 2048;
/// The wire wants a size from workers that make no pictures, too: the smallest there is.
const PIXELS_NONE: u32 = 64 * 64;
/// ... and a length from those that do not write.
const LENGTH_NONE: u32 = 16;

/// The first wait for a list of models, and the longest.
const LIST_FIRST: Duration = Duration::from_secs(1);
const LIST_LONGEST: Duration = Duration::from_secs(30);

/// A device, and what is known of it.
struct Bench {
    device: Device,
    card: Option<WebGpu>,
    limits: Limits,
}

/// Lends this tab until something ends it.
pub(crate) async fn lend() -> Ending {
    let Some(mut orders) = port::orders() else { return Ending::Outdated };
    let Some(Order::Start(start)) = orders.next().await else { return Ending::Outdated };
    if start.protocol != PROTOCOL {
        return Ending::Outdated;
    }
    match prepare(&start).await {
        Ok((server, studio, terms)) => work(&start, orders, server, studio, terms).await,
        Err(ending) => ending,
    }
}

async fn prepare(start: &Start) -> Result<(Rc<Server>, Rc<Studio>, Terms), Ending> {
    lock::take().await;
    tell(&Report::Preparing(Preparation::Opening));
    let bench = open(start.processor).await?;
    let crafts = test(&bench, &start.crafts).await?;
    let purse = Rc::new(Purse::default());
    purse.fill(start.allowance);
    let server = Rc::new(Server::new(&start.server, &start.key, purse));
    let listed = list(&server).await?;
    let models = fetch(&server, &bench, &crafts, listed).await?;
    let studio = Rc::new(Studio::new(bench.device, bench.card, models, start.duty));
    let terms = offer(start, &studio).await?;
    Ok((server, studio, terms))
}

async fn open(processor: Processor) -> Result<Bench, Ending> {
    let memory_bytes = gpu::memory_bytes();
    if processor == Processor::Cpu {
        let device = Device::cpu();
        let words = "The processor, in WebAssembly".to_owned();
        tell(&Report::Device { words, software: false });
        let limits = Limits { tensor_bytes_max: u64::from(u32::MAX), memory_bytes, in_program: true };
        return Ok(Bench { device, card: None, limits });
    }
    let found = gpu::look().await.map_err(Ending::NoGpu)?;
    let card = WebGpu::open(found.words.clone()).await.map_err(|error| Ending::NoGpu(error.to_string()))?;
    tell(&Report::Device { words: found.words, software: found.software });
    // A card's memory is not told; what does not fit will say so when it is loaded.
    let limits = Limits { tensor_bytes_max: card.tensor_bytes_max, memory_bytes: None, in_program: false };
    Ok(Bench { device: card.device.clone(), card: Some(card), limits })
}

/// Checks the device against known answers; returns what may be made on it.
async fn test(bench: &Bench, wanted: &[Craft]) -> Result<Vec<Craft>, Ending> {
    tell(&Report::Preparing(Preparation::Testing));
    let mut crafts = wanted.to_vec();
    let mut faults = Vec::new();
    let mut told = |finding: selftest::Finding| {
        let used_by: Vec<Craft> = finding.used_by.iter().map(|family| craft(*family)).collect();
        if let Some(fault) = &finding.fault {
            crafts.retain(|craft| !used_by.contains(craft));
            faults.push(format!("{} ({fault})", finding.family));
        }
        tell(&Report::Tested(Verdict { family: finding.family.to_owned(), crafts: used_by, fault: finding.fault }));
    };
    let tested = selftest::check(&bench.device, &mut told).await;
    tested.map_err(|error| Ending::DeviceLost(error.to_string()))?;
    if crafts.is_empty() {
        return Err(Ending::Unfit(format!("this device computes wrongly: {}", faults.join("; "))));
    }
    Ok(crafts)
}

/// Asks which models there are, as often as it takes.
async fn list(server: &Server) -> Result<Shelf, Ending> {
    tell(&Report::Preparing(Preparation::Listing));
    let mut backoff = Backoff::new(LIST_FIRST, LIST_LONGEST);
    loop {
        let (why, retry_after) = match server.get::<GetWeights>().await {
            // A server that has just started may still be going through its files.
            Ok(shelf) if shelf.models.is_empty() && !shelf.complete => ("the server is getting ready".to_owned(), None),
            Ok(shelf) => return Ok(shelf),
            Err(error) if error.is_passing() => (error.to_string(), error.retry_after()),
            Err(error) => return Err(Ending::Unfit(format!("this network has no models for tabs ({error})"))),
        };
        let wait = backoff.next(&Tab::default(), retry_after);
        let again_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        tell(&Report::Trouble { words: format!("asking for models: {why}"), again_ms });
        browser::sleep(wait).await;
    }
}

/// Brings the weights of every model that suits the device, and tells what became of the others.
async fn fetch(server: &Server, bench: &Bench, crafts: &[Craft], listed: Shelf) -> Result<Vec<Model>, Ending> {
    cellar::open().await;
    // Half a list would make us throw away what the other half needs.
    if listed.complete {
        let hashes = listed.models.iter().flat_map(|model| &model.files).flat_map(|file| &file.pieces);
        cellar::tidy(&hashes.map(String::as_str).collect::<Vec<_>>()).await;
    }
    let store = Arc::new(Cellar);
    let mut models = Vec::new();
    let mut reasons = Vec::new();
    for model in listed.models {
        let Some(family) = family(&model.kind) else { continue };
        if !crafts.contains(&craft(family)) {
            continue;
        }
        let needs = Needs { bytes: model.bytes, tensor_bytes: model.tensor_bytes };
        let fate = match fit::suits(needs, bench.limits) {
            Ok(()) => weights::bring(server, &model).await,
            Err(misfit) => Err(misfit.to_string()),
        };
        if server.purse().is_empty() {
            return Err(Ending::Spent);
        }
        if let Err(why) = fate {
            reasons.push(format!("{}: {why}", model.name));
            tell_fate(&model.name, craft(family), model.bytes, Err(why));
            continue;
        }
        let folder = Place::in_store(store.clone(), model.name.clone());
        models.push(Model { name: model.name, family, folder, bytes: model.bytes });
    }
    if models.is_empty() {
        let why =
            if reasons.is_empty() { "this network has no models for tabs".to_owned() } else { reasons.join("; ") };
        return Err(Ending::Unfit(why));
    }
    Ok(models)
}

/// Loads and measures every model; what is too slow or fails is not offered. The terms follow from the slowest that is.
async fn offer(start: &Start, studio: &Studio) -> Result<Terms, Ending> {
    let (mut pixels_max, mut length_max) = (None, None);
    let mut reasons = Vec::new();
    for ability in studio.abilities() {
        let name = ability.model;
        tell(&Report::Preparing(Preparation::Loading(name.clone())));
        let loaded = studio.load(&name).await.map_err(|failure| failure.to_string());
        tell(&Report::Preparing(Preparation::Measuring(name.clone())));
        let measured = match (loaded, ability.kind) {
            (Err(why), _) => Err(why),
            (Ok(()), Kind::Text) => measure::stories(studio, &name, start.duty).await,
            (Ok(()), Kind::Image | Kind::Alchemy) => measure::pictures(studio, &name, start.duty).await,
        };
        if let Some(why) = studio.lost() {
            return Err(Ending::DeviceLost(why));
        }
        let most = match ability.kind {
            Kind::Text => &mut length_max,
            Kind::Image | Kind::Alchemy => &mut pixels_max,
        };
        let fate = match measured {
            Ok(measured) => {
                *most = Some(most.unwrap_or(u32::MAX).min(measured.most));
                Ok(measured.words)
            }
            Err(why) => {
                studio.withdraw(&name);
                reasons.push(format!("{name}: {why}"));
                Err(why)
            }
        };
        tell_fate(&name, crate::shell::craft(ability.kind), studio.bytes(&name), fate);
    }
    if pixels_max.is_none() && length_max.is_none() {
        return Err(Ending::Unfit(reasons.join("; ")));
    }
    Ok(terms(start, pixels_max.unwrap_or(PIXELS_NONE), length_max.unwrap_or(LENGTH_NONE)))
}

fn terms(start: &Start, pixels_max: u32, length_max: u32) -> Terms {
    Terms {
        name: start.name.clone(),
        text_name: start.story_name.clone(),
        agent: AGENT.to_owned(),
        threads: 1,
        nsfw: start.nsfw,
        pixels_max,
        length_max,
        context_length_max: CONTEXT_LENGTH_MAX,
        priority_usernames: Vec::new(),
        blacklist: Vec::new(),
        upfront_kudos_required: false,
        unsafe_addresses: true,
    }
}

fn tell_fate(name: &str, craft: Craft, bytes: u64, fate: Result<String, String>) {
    tell(&Report::Model { name: name.to_owned(), craft, bytes, fate });
}

/// Runs the loop, and does what the page orders meanwhile.
async fn work(
    start: &Start,
    orders: UnboundedReceiver<Order>,
    server: Rc<Server>,
    studio: Rc<Studio>,
    terms: Terms,
) -> Ending {
    let control = Control::new();
    studio.set_duty(start.duty);
    wasm_bindgen_futures::spawn_local(obey(orders, control.clone(), Rc::clone(&server), Rc::clone(&studio)));
    let ear = Ear::default();
    let horde = CarefulServer { server: Rc::clone(&server), studio: Rc::clone(&studio), control: control.clone(), ear };
    tell(&Report::Working);
    let ended = Bridge::new(horde, Rc::clone(&studio), Tab::default(), terms, control).run().await;
    if let Some(why) = studio.lost() {
        return Ending::DeviceLost(why);
    }
    match ended {
        Ended::Drained | Ended::JobsDone | Ended::Aborted if server.purse().is_empty() => Ending::Spent,
        Ended::Drained | Ended::JobsDone | Ended::Aborted => Ending::Drained,
        Ended::NothingToOffer => Ending::Unfit("there is no model to offer".to_owned()),
        Ended::Refused(why) => Ending::Refused(why),
        Ended::Broken(faults, why) => Ending::Broken(format!("{faults} jobs in a row failed here; the last: {why}")),
    }
}

async fn obey(mut orders: UnboundedReceiver<Order>, control: Control, server: Rc<Server>, studio: Rc<Studio>) {
    while let Some(order) = orders.next().await {
        match order {
            // Comes once, and came.
            Order::Start(_) => {}
            Order::Pause => control.pause(),
            Order::Resume => control.resume(),
            Order::Hold(held) => studio.hold(held),
            Order::Duty(duty) => studio.set_duty(duty),
            Order::Allowance(left) => server.purse().fill(left),
            Order::Drain => control.drain(),
        }
    }
}

fn family(kind: &str) -> Option<Family> {
    match kind {
        "image" => Some(Family::Dreamer),
        "text" => Some(Family::Scribe),
        // A server of a later age may list what this program cannot load.
        _ => None,
    }
}

fn craft(family: Family) -> Craft {
    match family {
        Family::Dreamer => Craft::Pictures,
        Family::Scribe => Craft::Stories,
    }
}

//! What tests of the desk share: seeded ids, and plain requests and offers to vary.

use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use throng_domain::alchemy::{AlchemyWork, Form};
use throng_domain::desk::Settings;
use throng_domain::desk::answer::{Ask, Register};
use throng_domain::desk::restore::KeyHash;
use throng_domain::model::{Baseline, ImageModel, ModelReference, TextModel};
use throng_domain::offer::{
    Ability, Alchemist, Dreamer, FormProduct, ImageProduct, Offer, Product, Scribe, Seen, TextOutcome, TextProduct,
};
use throng_domain::request::{ImageWork, Name, Request, TextWork, Work};
use throng_domain::standing::Identity;
use throng_domain::{Desk, Event, Ids, Timestamp, UserId};
use uuid::Uuid;

/// Ids and chance from a seed.
pub(crate) struct SeededIds(ChaCha8Rng);

impl SeededIds {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }
}

impl Ids for SeededIds {
    fn uuid(&mut self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.0 / 1000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.0.random()).into_uuid()
    }

    fn random(&mut self) -> u64 {
        self.0.random()
    }
}

/// Some models beside those of the house.
pub(crate) fn reference() -> ModelReference {
    let mut reference = ModelReference::built_in();
    for (name, baseline) in [
        ("plain", Baseline::StableDiffusion1),
        ("large", Baseline::StableDiffusionXl),
        ("cascade", Baseline::StableCascade),
        ("flux", Baseline::Flux),
    ] {
        reference.images.insert(Name::from(name), ImageModel::of(baseline));
    }
    let quick = ImageModel { min_steps: Some(4), max_steps: Some(9), ..ImageModel::of(Baseline::StableDiffusion1) };
    reference.images.insert(Name::from("quick"), quick);
    let painter = ImageModel { inpainting: true, ..ImageModel::of(Baseline::StableDiffusion1) };
    reference.images.insert(Name::from("painter"), painter);
    let writer = TextModel { parameters: 70_000_000_000, nsfw: false };
    reference.texts.insert(Name::from("writer"), writer);
    reference
}

pub(crate) fn settings() -> Settings {
    Settings { models: Arc::new(reference()), ..Settings::default() }
}

/// When every story begins.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// A desk with the anonymous user.
pub(crate) fn open_desk(out: &mut Vec<Event>) -> Desk {
    let mut desk = Desk::new(settings());
    desk.open(KeyHash([0; 32]), START, out);
    desk
}

/// Registers a user by name.
pub(crate) fn register(desk: &mut Desk, name: &str, now: Timestamp, out: &mut Vec<Event>) -> UserId {
    let mut key = [1; 32];
    for (byte, letter) in key.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    let register = Register { name: name.into(), identity: Identity::Pseudonymous, key: KeyHash(key) };
    desk.register(&register, now, out).unwrap_or_else(|refusal| panic!("{name}: {refusal}"))
}

/// A small picture of `n` that any plain dreamer can make.
pub(crate) fn picture(user: UserId, n: u16) -> Request {
    request(
        user,
        n,
        Work::Image(ImageWork {
            width: 512,
            height: 512,
            steps: 30,
            sampler: "k_euler_a".into(),
            karras: true,
            cfg_scale_hundredths: 500,
            denoising_hundredths: None,
            control_strength_hundredths: None,
            control_type: None,
            image_is_control: false,
            return_control_map: false,
            post_processing: Vec::new(),
            loras: Vec::new(),
            textual_inversions: 0,
            hires_fix: false,
            tiling: false,
            transparent: false,
            clip_skip: 1,
            workflow: None,
            extra_texts: false,
            source: None,
            extra_sources: Vec::new(),
            seed: None,
            seed_variation: None,
            r2: true,
            censor_nsfw: true,
        }),
        "plain",
    )
}

/// A short text of `n` that any scribe can write.
pub(crate) fn text(user: UserId, n: u16) -> Request {
    let work = TextWork { max_length: 80, max_context_length: 1024, softprompt: None };
    request(user, n, Work::Text(work), "writer")
}

fn request(user: UserId, n: u16, work: Work, model: &str) -> Request {
    Request {
        user,
        prompt: "A Lighthouse in a storm".into(),
        payload: Arc::new(json!({})),
        work,
        models: vec![model.into()],
        n,
        nsfw: false,
        trusted_workers: false,
        validated_backends: false,
        slow_workers: true,
        extra_slow_workers: false,
        disable_batching: false,
        targeting: None,
        safe_address: true,
        shared: false,
        client_agent: "test:1:nobody".into(),
        webhook: None,
        proxied_account: None,
        shared_key: None,
        key_of_style: false,
        style_owner: None,
        address: None,
    }
}

/// Forms of a picture of one tile.
pub(crate) fn alchemy(user: UserId, forms: &[&str]) -> Request {
    let n = u16::try_from(forms.len()).unwrap_or_else(|error| panic!("{error}"));
    let forms = forms.iter().map(|name| Form { name: Name::from(*name), payload: None }).collect();
    let work = Work::Alchemy(AlchemyWork { source: "src-a.webp".into(), tiles: 1, forms });
    Request { models: Vec::new(), prompt: "".into(), ..request(user, n, work, "") }
}

pub(crate) fn ask(request: Request) -> Ask {
    Ask { request, allow_downgrade: false, id: None }
}

/// A dreamer that takes plain pictures.
pub(crate) fn dreamer(owner: UserId, name: &str) -> Offer {
    let ability = Ability::Dreamer(Dreamer { max_pixels: 1 << 20, ..Dreamer::default() });
    offer(owner, name, ability, "plain")
}

/// A scribe that takes short texts.
pub(crate) fn scribe(owner: UserId, name: &str) -> Offer {
    offer(owner, name, Ability::Scribe(Scribe::default()), "writer")
}

/// An alchemist that knows these forms and takes one at a time.
pub(crate) fn alchemist(owner: UserId, name: &str, forms: &[&str]) -> Offer {
    let models = forms.iter().map(|form| Name::from(*form)).collect();
    Offer { models, ..offer(owner, name, Ability::Alchemist(Alchemist::default()), "") }
}

fn offer(owner: UserId, name: &str, ability: Ability, model: &str) -> Offer {
    Offer {
        owner,
        name: name.into(),
        bridge_agent: "Throng Worker:1.0.0:nowhere".into(),
        address: "192.0.2.1".into(),
        safe_address: true,
        models: vec![model.into()],
        nsfw: true,
        blacklist: Vec::new(),
        threads: 1,
        amount: 1,
        priority_users: Vec::new(),
        require_upfront_kudos: false,
        extra_slow: false,
        allow_unsafe_address: true,
        ability,
        seen: Seen::default(),
    }
}

/// A picture as handed in.
pub(crate) fn image(seed: i64) -> Product {
    Product::Image(ImageProduct { seed, metadata: Arc::new(json!([])), censored: false })
}

/// A text as handed in.
pub(crate) fn words(text: &str) -> Product {
    Product::Text(TextProduct { text: text.into(), seed: 0, metadata: Arc::new(json!([])), outcome: TextOutcome::Ok })
}

/// A form as handed in.
pub(crate) fn told(form: &str, what: &str) -> Product {
    Product::Form(FormProduct { result: Some(Arc::new(json!({ form: what }))) })
}

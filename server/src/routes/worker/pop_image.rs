//! `POST /generate/pop`: a dreamer asks for work, and gets the payload, its leases, and links to put the images to.

use axum::extract::State;
use axum::response::Response;
use throng_api::image::ExtraSourceImage;
use throng_api::pop::Skipped;
use throng_api::pop::image::{Payload, Pop, Popped};
use throng_domain::desk::answer::Assignment;
use throng_domain::offer::{Ability, Dreamer};
use throng_domain::request::{ImageWork, Request, SourceProcessing};

use super::offer::{Common, NAME_HELP, messages, priority_users, skipped};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::images::links::{Permit, result_name};
use crate::images::source::encode_base64;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Gives work, or says why there is none.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::IMAGE_POP, &body)?;
    call.key()?;
    validation::need(&body, "name", NAME_HELP)?;
    refuse_nul(&body)?;
    let pop: Pop = validation::typed(body)?;
    let first = priority_users(&pop.worker.priority_usernames)?;
    let owner = call.caller(&app)?.user();
    let offer = common(&pop).offer(&app, owner, call.address, first, Ability::Dreamer(ability(&pop))).await?;
    let popped = app.desk.pop(offer).await?;
    let messages = messages(&popped.messages);
    match &popped.assignment {
        Some(assignment) => {
            let work = Work { app: &app, assignment };
            Ok(ok(&Popped { messages, ..work.popped().await? }))
        }
        None => Ok(ok(&Popped::nothing(&skipped(&popped.skipped), messages))),
    }
}

fn common(pop: &Pop) -> Common<'_> {
    Common {
        worker: &pop.worker,
        terms: &pop.terms,
        blacklist: &pop.blacklist,
        allow_unsafe_ipaddr: pop.allow_unsafe_ipaddr,
    }
}

fn ability(pop: &Pop) -> Dreamer {
    Dreamer {
        max_pixels: pop.max_pixels,
        allow_img2img: pop.allow_img2img,
        allow_painting: pop.allow_painting,
        allow_post_processing: pop.allow_post_processing,
        allow_controlnet: pop.allow_controlnet,
        allow_sdxl_controlnet: pop.allow_sdxl_controlnet,
        allow_lora: pop.allow_lora,
        limit_max_steps: pop.limit_max_steps,
    }
}

/// Work on its way out.
struct Work<'a> {
    app: &'a App,
    assignment: &'a Assignment,
}

impl Work<'_> {
    async fn popped(&self) -> Result<Popped, Error> {
        let assignment = self.assignment;
        let work = assignment.request.image().ok_or_else(|| Error::internal("a dreamer was given a text"))?;
        let ids: Vec<String> = assignment.generations.iter().map(ToString::to_string).collect();
        let mut uploads = Vec::with_capacity(ids.len());
        for generation in &assignment.generations {
            uploads.push(self.app.link(Permit::Upload, &result_name(*generation)).await?);
        }
        let source = work.source.as_ref().filter(|_| assignment.takes_sources);
        // Pictures beside the first are there to be remixed, with a first one or without.
        let remixed = assignment.takes_sources && !work.extra_sources.is_empty();
        let processing = source.map(|source| source.processing).or(remixed.then_some(SourceProcessing::Remix));
        Ok(Popped {
            payload: payload(&assignment.request, work, assignment)?,
            id: ids.first().cloned(),
            ids,
            messages: Vec::new(),
            ttl: Some(assignment.lease_seconds),
            skipped: Skipped::new(),
            model: Some(assignment.model.to_string()),
            source_image: self.handed(source.map(|source| &*source.image)).await?,
            source_processing: word(processing).to_owned(),
            source_mask: self.handed(source.and_then(|source| source.mask.as_deref())).await?,
            extra_source_images: self.extra(work).await?,
            r2_upload: uploads.first().cloned(),
            r2_uploads: Some(uploads),
        })
    }

    /// A picture as this worker takes it: a link, or base64.
    async fn handed(&self, name: Option<&str>) -> Result<Option<String>, Error> {
        let Some(name) = name else { return Ok(None) };
        if self.assignment.takes_source_urls {
            return self.app.link(Permit::Download, name).await.map(Some);
        }
        Ok(self.app.images.get(name).await.map_err(Error::internal)?.map(|webp| encode_base64(&webp)))
    }

    async fn extra(&self, work: &ImageWork) -> Result<Option<Vec<ExtraSourceImage>>, Error> {
        if work.extra_sources.is_empty() || !self.assignment.takes_sources {
            return Ok(None);
        }
        let mut extra = Vec::with_capacity(work.extra_sources.len());
        for source in &work.extra_sources {
            if let Some(image) = self.handed(Some(&source.image)).await? {
                extra.push(ExtraSourceImage { image, strength: f64::from(source.strength_hundredths) / 100.0 });
            }
        }
        Ok(Some(extra))
    }
}

/// The stored members with the typed ones put in, in the words workers know.
fn payload(request: &Request, work: &ImageWork, assignment: &Assignment) -> Result<Payload, Error> {
    let stored: Payload = serde_json::from_value((*request.payload).clone()).map_err(Error::internal)?;
    Ok(Payload {
        prompt: Some(request.prompt.to_string()),
        ddim_steps: work.steps,
        n_iter: assignment.generations.len() as u32,
        seed: Some(assignment.seed.to_string()),
        width: work.width,
        height: work.height,
        use_nsfw_censor: work.censor_nsfw,
        ..stored
    })
}

fn word(processing: Option<SourceProcessing>) -> &'static str {
    match processing {
        None | Some(SourceProcessing::Img2img) => "img2img",
        Some(SourceProcessing::Inpainting) => "inpainting",
        Some(SourceProcessing::Outpainting) => "outpainting",
        Some(SourceProcessing::Remix) => "remix",
    }
}

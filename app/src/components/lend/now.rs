//! How it goes at this moment: the state, the job at hand, what is missing or went wrong, and what operators have to say.

use leptos::prelude::*;
use throng_lend::fit;
use throng_lend::manners::Manner;
use throng_lend::messages::{Craft, Preparation};

use crate::lend::Lend;
use crate::lending::{Lending, Phase, Setback, Step, speech};
use crate::words;

/// The moment.
pub fn now(lend: Lend) -> AnyView {
    let shown = lend.part(Lending::shown);
    let manner = lend.part(|lending| match lending.manner {
        Manner::Work => "work",
        Manner::Hold => "hold",
        Manner::Pause(_) => "pause",
    });
    view! {
        <section class="moment">
            <p
                class="headline"
                id="lend-state"
                data-state=move || shown.with(|shown| shown.state)
                data-manner=move || manner.get()
            >
                {move || shown.with(|shown| shown.sentence.clone())}
            </p>
            {download(lend)}
            {job(lend)}
            {idle(lend)}
            {trouble(lend)}
            {told(lend)}
        </section>
    }
    .into_any()
}

fn bar(label: &'static str, done: u64, of: u64) -> AnyView {
    view! { <progress aria-label=label max=of.max(1).to_string() value=done.min(of).to_string()></progress> }.into_any()
}

fn download(lend: Lend) -> AnyView {
    let far = lend.part(|lending| match &lending.phase {
        Phase::Running(Step::Preparing(Preparation::Fetching { done, of, .. })) => Some((*done, *of)),
        _ => None,
    });
    let said = move || {
        far.get().map(|(done, of)| {
            view! {
                <div class="far">
                    {bar("Download", done, of)}
                    <p class="detail">{format!("{} of {}", fit::size(done), fit::size(of))}</p>
                </div>
            }
        })
    };
    said.into_any()
}

fn job(lend: Lend) -> AnyView {
    let job = lend.part(|lending| lending.seen.job.clone());
    let said = move || {
        job.get().map(|job| {
            let steps = (job.of > 0).then(|| format!(", {} of {}", job.step, job.of));
            view! {
                <div class="far">
                    {bar("Job", u64::from(job.step), u64::from(job.of))}
                    <p class="detail">{job.summary} " with " {job.model} {steps}</p>
                </div>
            }
        })
    };
    said.into_any()
}

fn idle(lend: Lend) -> AnyView {
    let nothing = lend.part(|lending| lending.seen.nothing.clone());
    let said = move || {
        let each = |(craft, reasons): (Craft, Vec<String>)| view! { <li>{speech::nothing(craft, &reasons)}</li> };
        nothing.get().into_iter().map(each).collect_view()
    };
    view! { <ul class="detail">{said}</ul> }.into_any()
}

/// What went wrong, and when it is tried again.
fn trouble(lend: Lend) -> AnyView {
    let setback = lend.part(|lending| match &lending.phase {
        Phase::Restarting { at_ms, why } => Some(Setback { words: format!("Because {why}"), again_ms: *at_ms }),
        _ => lending.seen.setback.clone(),
    });
    let said = move || {
        setback.get().map(|setback| {
            let again = setback.again_ms;
            let countdown = move || match ((again - lend.now_ms.get()) / 1_000.0).ceil() as u32 {
                0 => "trying again now".to_owned(),
                seconds => format!("trying again in {}", words::span(seconds)),
            };
            view! { <p class="complaint">{setback.words} " (" {countdown} ")"</p> }
        })
    };
    said.into_any()
}

fn told(lend: Lend) -> AnyView {
    let told = lend.part(|lending| lending.told.clone());
    let said = move || {
        let told = told.get();
        (!told.is_empty()).then(|| {
            let messages = told.into_iter().map(|words| view! { <li>{words}</li> }).collect_view();
            view! {
                <div class="told">
                    <h3>"From those who run the network"</h3>
                    <ul>{messages}</ul>
                </div>
            }
        })
    };
    said.into_any()
}

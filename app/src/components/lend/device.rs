//! On what it runs: the device, what its self-test said, and what became of each model.

use leptos::prelude::*;
use throng_lend::fit;
use throng_lend::messages::Verdict;

use crate::lend::Lend;
use crate::lending::{Lending, Model, speech};

/// Device, self-test, models.
pub fn device(lend: Lend) -> AnyView {
    let device = lend.part(|lending| lending.seen.device.clone());
    let name = move || device.with(|device| device.as_ref().map(|device| device.words.clone()));
    let software = Memo::new(move |_| device.with(|device| device.as_ref().is_some_and(|device| device.software)));
    view! {
        <section class="device" aria-label="This device">
            <p>
                <span class="soft">"Runs on "</span>
                <span id="lend-device">{move || name().unwrap_or_else(|| "nothing yet".to_owned())}</span>
            </p>
            <Show when=move || software.get()>
                <p class="aside">"No graphics card, but a program that poses as one: slow, but right."</p>
            </Show>
            {tests(lend)}
            {models(lend)}
        </section>
    }
    .into_any()
}

fn tests(lend: Lend) -> AnyView {
    let verdicts = lend.part(|lending| lending.seen.verdicts.clone());
    let failed = lend.part(Lending::families_failed);
    let withheld = lend.part(|lending| speech::things(&lending.withheld()));
    let list = move || verdicts.get().into_iter().map(verdict).collect_view();
    let heading = move || (!verdicts.with(Vec::is_empty)).then(|| view! { <h3>"Self-test"</h3> });
    let lost = move || {
        withheld
            .get()
            .map(|things| view! { <p class="complaint">"So this device is not offered for " {things} "."</p> })
    };
    view! {
        {heading}
        <ul class="checks" id="lend-tests" data-failed=move || failed.get().to_string()>{list}</ul>
        {lost}
    }
    .into_any()
}

fn verdict(verdict: Verdict) -> AnyView {
    let failed = verdict.fault.is_some();
    let (mark, outcome) = if failed { ("✗", " failed") } else { ("✓", " passed") };
    let fault = verdict.fault.map(|fault| format!(": {fault}"));
    view! {
        <li class:failed=failed>
            <span class="mark" aria-hidden="true">{mark}</span>
            {verdict.family}
            <span class="quiet">{outcome}</span>
            {fault}
        </li>
    }
    .into_any()
}

fn models(lend: Lend) -> AnyView {
    let models = lend.part(|lending| lending.seen.models.clone());
    let heading = move || (!models.with(Vec::is_empty)).then(|| view! { <h3>"Models"</h3> });
    let list = move || models.get().into_iter().map(model).collect_view();
    view! {
        {heading}
        <ul class="checks" id="lend-models">{list}</ul>
    }
    .into_any()
}

fn model(model: Model) -> AnyView {
    let failed = model.fate.is_err();
    let (mark, fate) = match model.fate {
        Ok(speed) => ("✓", speed),
        Err(why) => ("✗", format!("not offered: {why}")),
    };
    view! {
        <li class:failed=failed>
            <span class="mark" aria-hidden="true">{mark}</span>
            <b>{model.name}</b>
            " ("
            {fit::size(model.bytes)}
            "): "
            {fate}
        </li>
    }
    .into_any()
}

//! The terms: what to make, how hard to work, when to make way. Kept in this browser; a worker hears at once of what it can follow.

use leptos::prelude::*;
use throng_lend::duty::{DUTY_LEAST, DUTY_MOST};
use throng_lend::messages::Processor;

use crate::form::Unreadable;
use crate::lend::Lend;
use crate::lending::Lending;
use crate::lending::terms::{Terms, read_megabytes};

/// What a drawn-out slider moves by.
const DUTY_STEP: u8 = 5;

/// All terms.
pub fn terms(lend: Lend) -> AnyView {
    let has_battery = Memo::new(move |_| lend.on_battery.with(Option::is_some));
    view! {
        <section class="terms" aria-label="On what terms">
            <fieldset>
                <legend>"Make"</legend>
                {tick(lend, "Pictures", |terms| terms.pictures, |terms, on| terms.pictures = on)}
                {tick(lend, "Stories", |terms| terms.stories, |terms, on| terms.stories = on)}
                {tick(lend, "Also what is not safe for work", |terms| terms.nsfw, |terms, on| terms.nsfw = on)}
            </fieldset>
            <fieldset>
                <legend>"With"</legend>
                {processor(lend)}
                {duty(lend)}
                {cap(lend)}
            </fieldset>
            <fieldset>
                <legend>"Make way"</legend>
                {tick(lend, "While I use this page", |terms| terms.make_way, |terms, on| terms.make_way = on)}
                <Show when=move || has_battery.get()>
                    {tick(
                        lend,
                        "While the machine runs on its battery",
                        |terms| terms.spare_battery,
                        |terms, on| terms.spare_battery = on,
                    )}
                </Show>
            </fieldset>
            {pending(lend)}
        </section>
    }
    .into_any()
}

fn tick(lend: Lend, words: &'static str, read: fn(&Terms) -> bool, write: fn(&mut Terms, bool)) -> AnyView {
    view! {
        <label class="tick">
            <input
                type="checkbox"
                prop:checked=move || lend.terms.with(read)
                on:change=move |event| {
                    let on = event_target_checked(&event);
                    lend.settle(|terms| write(terms, on));
                }
            />
            {words}
        </label>
    }
    .into_any()
}

fn processor(lend: Lend) -> AnyView {
    let choose = move |event: leptos::ev::Event| {
        let processor = if event_target_value(&event) == "cpu" { Processor::Cpu } else { Processor::Gpu };
        lend.settle(|terms| terms.processor = processor);
    };
    let chosen = Memo::new(move |_| lend.terms.with(|terms| terms.processor));
    view! {
        <label class="field">
            <span>"Computing on"</span>
            <select id="lend-processor" on:change=choose>
                <option value="gpu" prop:selected=move || chosen.get() == Processor::Gpu>
                    "The graphics card"
                </option>
                <option value="cpu" prop:selected=move || chosen.get() == Processor::Cpu>
                    "The processor (slow)"
                </option>
            </select>
        </label>
    }
    .into_any()
}

fn duty(lend: Lend) -> AnyView {
    let duty = Memo::new(move |_| lend.terms.with(|terms| terms.duty));
    let said = move || match duty.get() {
        DUTY_MOST.. => "all the time".to_owned(),
        duty => format!("{duty} % of the time"),
    };
    let choose = move |event: leptos::ev::Event| {
        if let Ok(duty) = event_target_value(&event).parse::<u8>() {
            lend.settle(|terms| terms.duty = duty.clamp(DUTY_LEAST, DUTY_MOST));
        }
    };
    view! {
        <label class="field">
            <span>"At work " <b>{said}</b></span>
            <input
                type="range"
                id="lend-duty"
                min=DUTY_LEAST.to_string()
                max=DUTY_MOST.to_string()
                step=DUTY_STEP.to_string()
                prop:value=move || duty.get().to_string()
                aria-valuetext=said
                on:input=choose
            />
        </label>
    }
    .into_any()
}

fn cap(lend: Lend) -> AnyView {
    let complaint = RwSignal::new(None::<Unreadable>);
    let kept = Memo::new(move |_| lend.terms.with(|terms| terms.megabytes_a_day));
    let choose = move |event: leptos::ev::Event| match read_megabytes(&event_target_value(&event)) {
        Ok(megabytes) => {
            complaint.set(None);
            lend.settle(|terms| terms.megabytes_a_day = megabytes);
        }
        Err(unreadable) => complaint.set(Some(unreadable)),
    };
    view! {
        <label class="field">
            <span>"Data in a day, in MB"</span>
            <input
                type="text"
                inputmode="numeric"
                autocomplete="off"
                id="lend-data"
                placeholder="no limit"
                aria-invalid=move || complaint.with(Option::is_some).to_string()
                prop:value=move || kept.get().map(|megabytes| megabytes.to_string()).unwrap_or_default()
                on:change=choose
            />
        </label>
        {move || complaint.get().map(|unreadable| view! { <p class="complaint" role="alert">{unreadable.sentence}</p> })}
    }
    .into_any()
}

/// What was changed too late for the worker that runs.
fn pending(lend: Lend) -> AnyView {
    let active = lend.part(Lending::is_active);
    let running = lend.part(|lending| lending.terms.clone());
    let waits = Memo::new(move |_| {
        active.get() && running.with(|running| lend.terms.with(|wanted| running.waits_for_a_start(wanted)))
    });
    view! {
        <Show when=move || waits.get()>
            <p class="aside">"What to make and what to compute on counts from the next start: stop, then lend again."</p>
        </Show>
    }
    .into_any()
}

//! The settings, folded away until wanted. An empty field means what suits the model, and shows it as its placeholder.

use leptos::prelude::*;

use crate::form::Form;
use crate::habits::{self, Craft, SAMPLERS};
use crate::models;
use crate::state::Page;
use crate::words;

/// All settings of the chosen craft. `open` lets others unfold them.
pub fn settings(page: Page, open: RwSignal<bool>) -> AnyView {
    let craft = Memo::new(move |_| page.form.with(|form| form.craft));
    let fields = move || match craft.get() {
        Craft::Picture => picture_fields(page),
        Craft::Story => story_fields(page),
    };
    let folded = move |event: leptos::ev::Event| {
        let element = event_target::<web_sys::Element>(&event);
        open.set(element.has_attribute("open"));
    };
    view! {
        <details class="settings" prop:open=move || open.get() on:toggle=folded>
            <summary>"Settings" <span class="now">{move || now(page)}</span></summary>
            <div class="settings-grid">{model_picker(page, craft)} {fields}</div>
        </details>
    }
    .into_any()
}

/// The most telling settings on one line, seen while they are folded away.
fn now(page: Page) -> String {
    let model = page.model();
    let name = model.as_deref().unwrap_or("any model");
    page.form.with(|form| match form.craft {
        Craft::Picture => {
            let habits = habits::of_picture_model(model.as_deref());
            let size = habits.sizes.get(form.size_index).unwrap_or(&habits.sizes[0]);
            format!("{name}, {} × {}", size.width, size.height)
        }
        Craft::Story => {
            let habits = habits::of_story_model(model.as_deref());
            format!(
                "{name}, {}",
                habits.lengths.get(form.length_index).unwrap_or(&habits.lengths[1]).1.to_ascii_lowercase()
            )
        }
    })
}

fn model_picker(page: Page, craft: Memo<Craft>) -> AnyView {
    let options = move || {
        let chosen = page.form.with(|form| form.model().to_owned());
        page.models(craft.get()).with(|found| {
            let first = view! { <option value="" selected=chosen.is_empty()>{models::best_label(found)}</option> };
            let rest = found.iter().map(|model| {
                let selected = model.name == chosen;
                view! { <option value=model.name.clone() selected=selected>{models::label(model)}</option> }
            });
            (first, rest.collect_view())
        })
    };
    let choose = move |event: leptos::ev::Event| {
        let name = event_target_value(&event);
        page.form.update(|form| match form.craft {
            Craft::Picture => form.picture_model = name,
            Craft::Story => form.story_model = name,
        });
    };
    view! {
        <label class="field whole">
            <span>"Model"</span>
            <select on:change=choose>{options}</select>
        </label>
    }
    .into_any()
}

/// One field of typed text; `usual` is what an empty one stands for.
fn typed(
    page: Page,
    name: &'static str,
    mode: &'static str,
    usual: Signal<String>,
    part: fn(&mut Form) -> &mut String,
) -> AnyView {
    // The part is asked for by a mutable path, so reading goes through a copy: forms are small.
    let value = move || page.form.with(|form| std::mem::take(part(&mut form.clone())));
    let invalid = move || page.complaint.with(|c| c.as_ref().is_some_and(|c| c.field == name)).to_string();
    view! {
        <label class="field">
            <span>{name}</span>
            <input
                type="text"
                autocomplete="off"
                inputmode=mode
                placeholder=usual
                aria-invalid=invalid
                prop:value=value
                on:input=move |event| page.form.update(|form| *part(form) = event_target_value(&event))
            />
        </label>
    }
    .into_any()
}

fn fixed(usual: &'static str) -> Signal<String> {
    Signal::stored(usual.to_owned())
}

fn picture_fields(page: Page) -> AnyView {
    let habits = Memo::new(move |_| habits::of_picture_model(page.model().as_deref()));
    let sizes = move || {
        let chosen = page.form.with(|form| form.size_index);
        let size = |(i, size): (usize, &habits::Size)| {
            let label = format!("{} {} × {}", size.word, size.width, size.height);
            view! { <option value=i.to_string() selected=i == chosen>{label}</option> }
        };
        habits.get().sizes.iter().enumerate().map(size).collect_view()
    };
    let samplers = move || {
        let chosen = page.form.with(|form| form.sampler.clone());
        let chosen = if chosen.is_empty() { habits.get().sampler.to_owned() } else { chosen };
        let sampler = |(name, word): (&'static str, &'static str)| {
            view! { <option value=name selected=name == chosen>{word}</option> }
        };
        SAMPLERS.into_iter().map(sampler).collect_view()
    };
    view! {
        <label class="field double">
            <span>"Size"</span>
            <select on:change=move |event| {
                page.form.update(|form| form.size_index = event_target_value(&event).parse().unwrap_or(0));
            }>{sizes}</select>
        </label>
        {typed(page, "Pictures", "numeric", fixed("1"), |form| &mut form.count)}
        {typed(page, "Seed", "text", fixed("random"), |form| &mut form.seed)}
        {typed(page, "Steps", "numeric", Signal::derive(move || habits.get().steps.to_string()), |form| &mut form.steps)}
        {typed(page, "Guidance", "decimal", Signal::derive(move || words::decimal(habits.get().cfg_scale)), |form| &mut form.cfg_scale)}
        <label class="field double">
            <span>"Sampler"</span>
            <select on:change=move |event| page.form.update(|form| form.sampler = event_target_value(&event))>{samplers}</select>
        </label>
        <div class="whole">{typed(page, "Without", "text", fixed("what must not be seen"), |form| &mut form.negative)}</div>
        <label class="tick whole">
            <input
                type="checkbox"
                prop:checked=move || page.form.with(|form| form.karras)
                on:change=move |event| page.form.update(|form| form.karras = event_target_checked(&event))
            />
            "Karras noise schedule"
        </label>
    }
    .into_any()
}

fn story_fields(page: Page) -> AnyView {
    let habits = Memo::new(move |_| habits::of_story_model(page.model().as_deref()));
    let lengths = move || {
        let chosen = page.form.with(|form| form.length_index);
        let length = |(i, (tokens, word)): (usize, (u32, &'static str))| {
            let label = format!("{word}, up to {tokens} tokens");
            view! { <option value=i.to_string() selected=i == chosen>{label}</option> }
        };
        habits.get().lengths.into_iter().enumerate().map(length).collect_view()
    };
    view! {
        <label class="field whole">
            <span>"Length"</span>
            <select on:change=move |event| {
                page.form.update(|form| form.length_index = event_target_value(&event).parse().unwrap_or(1));
            }>{lengths}</select>
        </label>
        {typed(page, "Freedom", "decimal", Signal::derive(move || words::decimal(habits.get().temperature)), |form| &mut form.temperature)}
        {typed(page, "Repetition penalty", "decimal", fixed("1"), |form| &mut form.repetition)}
    }
    .into_any()
}

//! What to make: the craft, the prompt with examples that really work, and Create.

use leptos::prelude::*;

use crate::browser;
use crate::components::icon::{self, icon};
use crate::habits::{self, Craft};
use crate::run;
use crate::stage::Stage;
use crate::state::Page;

/// The id of the prompt's field, for the skip link and for "use this seed again".
pub const PROMPT_ID: &str = "prompt";

/// Picture or story.
pub fn craft(page: Page) -> AnyView {
    let option = move |craft: Craft, word: &'static str, drawing: &'static str| {
        view! {
            <label>
                <input
                    type="radio"
                    name="craft"
                    prop:checked=move || page.form.with(|form| form.craft == craft)
                    on:change=move |_| {
                        page.complaint.set(None);
                        page.form.update(|form| form.craft = craft);
                    }
                />
                <span>{icon(drawing, 24)} {word}</span>
            </label>
        }
        .into_any()
    };
    view! {
        <fieldset class="craft">
            <legend>"What to make"</legend>
            {option(Craft::Picture, "Picture", icon::PICTURE)}
            {option(Craft::Story, "Story", icon::STORY)}
        </fieldset>
    }
    .into_any()
}

/// The prompt's field. Ctrl and Enter, or Cmd and Enter, is as good as pressing Create.
pub fn prompt(page: Page) -> AnyView {
    let craft = Memo::new(move |_| page.form.with(|form| form.craft));
    let question = move || match craft.get() {
        Craft::Picture => "What should the picture show?",
        Craft::Story => "What should the story tell?",
    };
    let hint = move || {
        let model = page.model();
        habits::examples(craft.get(), model.as_deref()).first().copied().unwrap_or_default()
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            run::create(page);
        }
    };
    view! {
        <label class="field prompt">
            <span class="title">{question}</span>
            <textarea
                id=PROMPT_ID
                rows="3"
                spellcheck="true"
                enterkeyhint="enter"
                placeholder=hint
                aria-invalid=move || page.complaint.with(|c| c.as_ref().is_some_and(|c| c.field == "Prompt")).to_string()
                prop:value=move || page.form.with(|form| form.prompt().to_owned())
                on:input=move |event| page.form.update(|form| form.set_prompt(event_target_value(&event)))
                on:keydown=keys
            ></textarea>
        </label>
    }
    .into_any()
}

/// Prompts to begin with; pressing one puts it into the field.
pub fn examples(page: Page) -> AnyView {
    let list = Memo::new(move |_| {
        let model = page.model();
        habits::examples(page.form.with(|form| form.craft), model.as_deref())
    });
    let chips = move || {
        let chip = |example: &'static str| {
            let take = move |_| {
                page.complaint.set(None);
                page.form.update(|form| form.set_prompt(example.to_owned()));
                browser::focus(PROMPT_ID);
            };
            view! { <li><button type="button" class="chip" on:click=take>{example}</button></li> }
        };
        list.get().iter().copied().map(chip).collect_view()
    };
    view! {
        <div class="examples">
            <p>"For example"</p>
            <ul>{chips}</ul>
        </div>
    }
    .into_any()
}

/// Create, and what is wrong with the form if something is.
pub fn create_button(page: Page) -> AnyView {
    let live = Memo::new(move |_| page.stage.with(Stage::is_live));
    let word = move || match (live.get(), page.form.with(|form| form.craft)) {
        (true, _) => "Working on it",
        (false, Craft::Picture) => "Create picture",
        (false, Craft::Story) => "Create story",
    };
    view! {
        {move || page.complaint.get().map(|complaint| view! { <p class="complaint" role="alert">{complaint.sentence}</p> })}
        <div class="create-row">
            <button type="submit" class="create" id="create" disabled=move || live.get()>
                {word}
                <kbd aria-hidden="true">"Ctrl ↵"</kbd>
            </button>
            <Show when=move || live.get()>
                <button type="button" class="press" on:click=move |_| run::cancel(page)>"Cancel"</button>
            </Show>
        </div>
    }
    .into_any()
}

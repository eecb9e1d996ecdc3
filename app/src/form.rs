//! What the person has typed and chosen, and how that becomes a request on the wire. Fields stay as typed until Create is
//! pressed; what cannot be read is named, not guessed. Limits here only spare a round trip: the server decides.

use std::ops::RangeInclusive;

use throng_api::{image, text};

use crate::habits::{self, Craft};
use crate::piece;
use crate::words;

/// Everything the person can set. An empty text means "whatever suits the model".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Picture or story.
    pub craft: Craft,
    /// The prompt for a picture.
    pub picture_prompt: String,
    /// The prompt for a story.
    pub story_prompt: String,
    /// What must not be seen.
    pub negative: String,
    /// The picture model; empty for the best one at hand.
    pub picture_model: String,
    /// The story model; empty for the best one at hand.
    pub story_model: String,
    /// Which of the model's sizes.
    pub size_index: usize,
    /// Denoising steps.
    pub steps: String,
    /// The sampler's wire name.
    pub sampler: String,
    /// The Karras noise schedule.
    pub karras: bool,
    /// How strictly to follow the prompt.
    pub cfg_scale: String,
    /// Digits or any text.
    pub seed: String,
    /// How many pictures.
    pub count: String,
    /// Which of the model's lengths.
    pub length_index: usize,
    /// How freely to choose words.
    pub temperature: String,
    /// The penalty on repetition.
    pub repetition: String,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            craft: Craft::Picture,
            picture_prompt: String::new(),
            story_prompt: String::new(),
            negative: String::new(),
            picture_model: String::new(),
            story_model: String::new(),
            size_index: 0,
            steps: String::new(),
            sampler: String::new(),
            karras: true,
            cfg_scale: String::new(),
            seed: String::new(),
            count: "1".to_owned(),
            length_index: 1,
            temperature: String::new(),
            repetition: String::new(),
        }
    }
}

/// A field that could not be read, said so that it can be mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The field's name on the page.
    pub field: &'static str,
    /// What is wrong with it.
    pub sentence: String,
}

/// A request, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// For pictures.
    Picture(Box<image::Ask>),
    /// For a story.
    Story(Box<text::Ask>),
}

impl Form {
    /// The prompt of the chosen craft.
    pub fn prompt(&self) -> &str {
        match self.craft {
            Craft::Picture => &self.picture_prompt,
            Craft::Story => &self.story_prompt,
        }
    }

    /// Sets the prompt of the chosen craft.
    pub fn set_prompt(&mut self, prompt: String) {
        match self.craft {
            Craft::Picture => self.picture_prompt = prompt,
            Craft::Story => self.story_prompt = prompt,
        }
    }

    /// The chosen model of the chosen craft; empty when the page may choose.
    pub fn model(&self) -> &str {
        match self.craft {
            Craft::Picture => &self.picture_model,
            Craft::Story => &self.story_model,
        }
    }

    /// Reads the form into a request for `model`: the one chosen, or the best one at hand, or none known.
    pub fn ask(&self, model: Option<&str>) -> Result<Ask, Unreadable> {
        if self.prompt().trim().is_empty() {
            return Err(Unreadable { field: "Prompt", sentence: "Say first what you would like to have.".to_owned() });
        }
        match self.craft {
            Craft::Picture => self.picture(model).map(|ask| Ask::Picture(Box::new(ask))),
            Craft::Story => self.story(&piece::begun(&self.story_prompt), model).map(|ask| Ask::Story(Box::new(ask))),
        }
    }

    fn picture(&self, model: Option<&str>) -> Result<image::Ask, Unreadable> {
        let habits = habits::of_picture_model(model);
        let size = habits.sizes.get(self.size_index).unwrap_or(&habits.sizes[0]);
        let prompt = self.picture_prompt.trim();
        // The wire carries both in one text.
        let prompt = match self.negative.trim() {
            "" => prompt.to_owned(),
            negative => format!("{prompt} ### {negative}"),
        };
        let mut ask = image::Ask::new(prompt);
        ask.nsfw = false;
        ask.models = model.map(str::to_owned).into_iter().collect();
        ask.params.n = whole("Pictures", &self.count, 1..=20, 1)?;
        ask.params.width = size.width;
        ask.params.height = size.height;
        ask.params.steps = Some(whole("Steps", &self.steps, 1..=500, habits.steps)?);
        ask.params.cfg_scale = decimal("Guidance", &self.cfg_scale, 0..=100, habits.cfg_scale)?;
        let sampler = if self.sampler.is_empty() { habits.sampler } else { &self.sampler };
        sampler.clone_into(&mut ask.params.sampler_name);
        ask.params.karras = self.karras;
        ask.params.seed = Some(self.seed.trim().to_owned()).filter(|seed| !seed.is_empty());
        Ok(ask)
    }

    /// Reads the form into a request to go on from `so_far`.
    pub fn story(&self, so_far: &str, model: Option<&str>) -> Result<text::Ask, Unreadable> {
        let habits = habits::of_story_model(model);
        let length = habits.lengths.get(self.length_index).unwrap_or(&habits.lengths[1]);
        let mut ask = text::Ask::new(so_far);
        ask.models = model.map(str::to_owned).into_iter().collect();
        ask.params.n = Some(1);
        ask.params.max_length = Some(length.0);
        ask.params.max_context_length = Some(habits.context_tokens);
        ask.params.temperature = Some(decimal("Freedom", &self.temperature, 0..=5, habits.temperature)?);
        // Left out unless asked for: a grammar's own refrains should not be punished.
        if !self.repetition.trim().is_empty() {
            ask.params.rep_pen = Some(decimal("Repetition penalty", &self.repetition, 1..=3, 1.0)?);
        }
        Ok(ask)
    }
}

fn whole(field: &'static str, typed: &str, range: RangeInclusive<u32>, usual: u32) -> Result<u32, Unreadable> {
    match typed.trim() {
        "" => Ok(usual),
        typed => typed.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| Unreadable {
            field,
            sentence: format!("{field} must be a whole number from {} to {}.", range.start(), range.end()),
        }),
    }
}

fn decimal(field: &'static str, typed: &str, range: RangeInclusive<u32>, usual: f64) -> Result<f64, Unreadable> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(usual);
    }
    let bounds = u64::from(*range.start()) * 100..=u64::from(*range.end()) * 100;
    // The wire takes two decimals, so hundredths say all there is to say.
    let read = words::hundredths(typed).filter(|hundredths| bounds.contains(hundredths));
    read.map(|hundredths| hundredths as f64 / 100.0).ok_or_else(|| Unreadable {
        field,
        sentence: format!("{field} must be a number from {} to {}.", range.start(), range.end()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture_form(prompt: &str) -> Form {
        Form { picture_prompt: prompt.to_owned(), ..Form::default() }
    }

    fn picture(form: &Form, model: Option<&str>) -> image::Ask {
        match form.ask(model) {
            Ok(Ask::Picture(ask)) => *ask,
            other => panic!("not a picture: {other:?}"),
        }
    }

    #[test]
    fn an_untouched_form_asks_for_what_suits_the_model() {
        let ask = picture(&picture_form("a red circle"), Some(habits::SHAPES));
        assert_eq!((ask.params.width, ask.params.height, ask.params.n), (256, 256, 1));
        assert_eq!(ask.models, [habits::SHAPES]);
        assert_eq!(ask.params.seed, None);
        assert!(!ask.nsfw);
    }

    #[test]
    fn without_a_known_model_any_will_do() {
        assert!(picture(&picture_form("x"), None).models.is_empty());
    }

    #[test]
    fn what_must_not_be_seen_travels_behind_three_hashes() {
        let form = Form { negative: " blurry ".to_owned(), ..picture_form(" a cat ") };
        assert_eq!(picture(&form, None).prompt, "a cat ### blurry");
    }

    #[test]
    fn a_field_that_cannot_be_read_is_named() {
        for steps in ["0", "501", "ten", "-3", "2.5"] {
            let form = Form { steps: steps.to_owned(), ..picture_form("x") };
            let unreadable = form.ask(None).unwrap_err();
            assert_eq!(unreadable.sentence, "Steps must be a whole number from 1 to 500.", "{steps}");
        }
        let form = Form { count: "21".to_owned(), ..picture_form("x") };
        assert_eq!(form.ask(None).unwrap_err().field, "Pictures");
    }

    #[test]
    fn decimals_may_be_typed_with_a_comma_and_keep_two_places() {
        let form = Form { cfg_scale: "7,256".to_owned(), ..picture_form("x") };
        assert!((picture(&form, None).params.cfg_scale - 7.26).abs() < 1e-9);
        let form = Form { cfg_scale: "NaN".to_owned(), ..picture_form("x") };
        assert_eq!(form.ask(None).unwrap_err().field, "Guidance");
    }

    #[test]
    fn an_empty_prompt_is_not_sent() {
        assert_eq!(picture_form("  \n ").ask(None).unwrap_err().field, "Prompt");
        let story = Form { craft: Craft::Story, ..picture_form("only for the picture") };
        assert_eq!(story.ask(None).unwrap_err().field, "Prompt");
    }

    #[test]
    fn a_story_asks_for_a_length_that_fits_its_model() {
        let form =
            Form { craft: Craft::Story, story_prompt: "Write a fable".to_owned(), length_index: 2, ..Form::default() };
        let Ok(Ask::Story(ask)) = form.ask(Some(habits::FABLES)) else { panic!("not a story") };
        assert_eq!((ask.params.max_length, ask.params.max_context_length), (Some(500), Some(1024)));
        assert_eq!(ask.params.rep_pen, None);
        assert_eq!(ask.prompt, "Write a fable\n\n");
    }

    #[test]
    fn a_size_that_the_model_does_not_have_becomes_its_first() {
        let form = Form { size_index: 9, ..picture_form("x") };
        assert_eq!(picture(&form, Some(habits::SHAPES)).params.width, 256);
    }
}

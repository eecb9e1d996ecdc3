//! What is on the page now: one bundle of signals that every part reads and few parts write.

use std::sync::Arc;

use leptos::prelude::*;
use throng_api::status::{ActiveModel, Performance};

use crate::form::{Form, Unreadable};
use crate::habits::Craft;
use crate::models;
use crate::piece::Piece;
use crate::session::Session;
use crate::stage::Stage;

/// Everything on the page.
#[derive(Clone, Copy)]
pub struct Page {
    /// What the person has typed and chosen.
    pub form: RwSignal<Form>,
    /// A field that could not be read when Create was pressed.
    pub complaint: RwSignal<Option<Unreadable>>,
    /// Where the request stands.
    pub stage: RwSignal<Stage>,
    /// What is being waited for: the craft of the request under way, or of the last one.
    pub asked_for: RwSignal<Craft>,
    /// Milliseconds since Create was pressed.
    pub elapsed_ms: RwSignal<u32>,
    /// This visit's results, newest first.
    pub pieces: RwSignal<Vec<Arc<Piece>>>,
    /// The number of the result that is shown.
    pub shown: RwSignal<Option<u32>>,
    /// Models that make pictures.
    pub picture_models: RwSignal<Vec<ActiveModel>>,
    /// Models that write.
    pub story_models: RwSignal<Vec<ActiveModel>>,
    /// How the network is; none until it has answered, or when it has stopped answering.
    pub performance: RwSignal<Option<Performance>>,
    /// Who the page acts for.
    pub session: Session,
    /// Counts requests, so that an answer to an abandoned one is recognised and dropped.
    pub run: RwSignal<u32>,
}

impl Page {
    /// An empty page.
    pub fn begin() -> Self {
        Self {
            form: RwSignal::new(Form::default()),
            complaint: RwSignal::new(None),
            stage: RwSignal::new(Stage::Idle),
            asked_for: RwSignal::new(Craft::Picture),
            elapsed_ms: RwSignal::new(0),
            pieces: RwSignal::new(Vec::new()),
            shown: RwSignal::new(None),
            picture_models: RwSignal::new(Vec::new()),
            story_models: RwSignal::new(Vec::new()),
            performance: RwSignal::new(None),
            session: Session::begin(),
            run: RwSignal::new(0),
        }
    }

    /// The models of a craft.
    pub fn models(self, craft: Craft) -> RwSignal<Vec<ActiveModel>> {
        match craft {
            Craft::Picture => self.picture_models,
            Craft::Story => self.story_models,
        }
    }

    /// The model a request made now would go to. Follows the form and the network.
    pub fn model(self) -> Option<String> {
        let (craft, choice) = self.form.with(|form| (form.craft, form.model().to_owned()));
        self.models(craft).with(|models| models::chosen(&choice, models))
    }

    /// The result that is shown. Follows the choice.
    pub fn shown_piece(self) -> Option<Arc<Piece>> {
        let number = self.shown.get()?;
        self.pieces.with(|pieces| pieces.iter().find(|piece| piece.number == number).cloned())
    }

    /// Puts a result on the page, in the place of an older one with the same number.
    pub fn show(self, piece: Piece) {
        let number = piece.number;
        self.pieces.update(|pieces| {
            pieces.retain(|old| old.number != number);
            pieces.insert(0, Arc::new(piece));
        });
        self.shown.set(Some(number));
    }
}

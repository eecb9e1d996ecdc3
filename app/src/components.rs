//! The parts the page is put together from. Each draws one thing from the page's signals; none talks to the server by itself.

pub mod account;
pub mod crowd_view;
pub mod footing;
pub mod history;
pub mod icon;
pub mod lend;
pub mod masthead;
pub mod picture;
pub mod progress;
pub mod prompt;
pub mod settings;
pub mod story;

//! The parts of lending: the offer, the terms, how it goes, what it earned, on what it runs, and the bar that is always there.

pub mod bar;
pub mod device;
pub mod earned;
pub mod now;
pub mod offer;
pub mod terms;

//! Why pictures were not rated.

use thiserror::Error;

/// Why an opinion was not taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum RatingRefusal {
    /// No such request for pictures, or it is forgotten.
    #[error("there is no such request")]
    NotFound,
    /// More pictures may come.
    #[error("the request is not done")]
    NotCompleted,
    /// Its requester keeps the pictures private.
    #[error("the request is not shared")]
    NotShared,
    /// No such picture in this request.
    #[error("there is no such picture in this request")]
    UnknownGeneration,
    /// A picture is rated twice.
    #[error("a picture is rated twice")]
    Duplicate,
    /// Nothing is said.
    #[error("neither ratings nor the best picture are given")]
    Nothing,
    /// The best of one is said, and nothing else.
    #[error("the best of one picture says nothing")]
    Solo,
    /// The best one is said to be less beautiful than another.
    #[error("the best picture has not the highest rating")]
    Confused,
    /// It was rated before.
    #[error("the request was rated before")]
    AlreadyRated,
}

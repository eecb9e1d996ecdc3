//! Refusals of ratings, as return codes.

use throng_api::ReturnCode as Rc;
use throng_domain::refusal::RatingRefusal;

use crate::error::Error;

impl From<RatingRefusal> for Error {
    fn from(refusal: RatingRefusal) -> Self {
        Self::refused(match refusal {
            RatingRefusal::NotFound => Rc::RequestNotFound,
            RatingRefusal::NotCompleted => Rc::AestheticsNotCompleted,
            RatingRefusal::NotShared => Rc::AestheticsNotPublic,
            RatingRefusal::UnknownGeneration => Rc::ProcGenNotFound,
            RatingRefusal::Duplicate => Rc::AestheticsDuplicate,
            RatingRefusal::Nothing => Rc::AestheticsMissing,
            RatingRefusal::Solo => Rc::AestheticsSolo,
            RatingRefusal::Confused => Rc::AestheticsConfused,
            RatingRefusal::AlreadyRated => Rc::AestheticsAlreadyExist,
        })
    }
}

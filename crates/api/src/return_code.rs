//! Return codes: every `rc` of the contract's enum, and those that servers send outside of it, each with its status and a sentence.
//! Not here: when a rule says no (`throng-domain`), and which refusal becomes which code (the server's `refusal.rs`).

use std::fmt;
use std::str::FromStr;

/// Declares the table: `Variant "wire" status inside "message"`, where inside says whether the contract's enum has it.
macro_rules! return_codes {
    ($($name:ident $wire:literal $status:literal $inside:ident $message:literal)*) => {
        /// Why the answer is no.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each code's sentence stands beside it in the table, and is its documentation")]
        pub enum ReturnCode { $($name),* }

        impl ReturnCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The string on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire),* }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }

            /// A sentence for people, where the server has none that says more.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message),* }
            }

            /// Whether the contract's published enum lists it.
            pub const fn is_published(self) -> bool {
                match self { $(Self::$name => return_codes!(@ $inside)),* }
            }
        }

        impl FromStr for ReturnCode {
            type Err = UnknownCode;
            fn from_str(text: &str) -> Result<Self, UnknownCode> {
                match text { $($wire => Ok(Self::$name),)* _ => Err(UnknownCode) }
            }
        }
    };
    (@ published) => { true };
    (@ outside) => { false };
}

/// A string that is no return code we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCode;

impl fmt::Display for UnknownCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not a return code this version knows")
    }
}

impl std::error::Error for UnknownCode {}

impl fmt::Display for ReturnCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

return_codes! {
    // Who is calling
    InvalidAPIKey "InvalidAPIKey" 401 published "No user matching sent API Key. Have you remembered to register?"
    WrongCredentials "WrongCredentials" 403 published "Wrong credentials for this worker."
    NotAdmin "NotAdmin" 403 published "Only administrators may do this."
    NotModerator "NotModerator" 403 published "Only moderators may do this."
    NotOwner "NotOwner" 403 published "Only the owner may do this."
    NotPrivileged "NotPrivileged" 403 published "Your account lacks the rights for this."
    NotTrusted "NotTrusted" 403 published "Only trusted users may do this."
    NotAllowedAwards "NotAllowedAwards" 403 published "Your account may not award kudos."
    AnonForbidden "AnonForbidden" 403 published "Anonymous users may not do this. Please register first."
    AnonForbiddenWorker "AnonForbiddenWorker" 403 published "Anonymous users may not run workers. Please register first."
    AnonForbiddenUserMod "AnonForbiddenUserMod" 403 published "The anonymous account cannot be edited."
    AnonForbiddenUser "AnonForbiddenUser" 403 outside "Anonymous users may not delete users."
    StylesAnonForbidden "StylesAnonForbidden" 403 published "Anonymous users may not make styles. Please register first."
    StylesRequiresCustomizer "StylesRequiresCustomizer" 403 published "Only trusted users and customizers may make styles."
    UntrustedTeamCreation "UntrustedTeamCreation" 403 published "Only trusted users may create teams."
    UntrustedUnsafeIP "UntrustedUnsafeIP" 403 published "Requests from this kind of address are not accepted at the moment."
    DeletedUser "DeletedUser" 403 published "This account has been deleted."
    NotUserOrMod "NotUserOrMod" 403 published "Only the user or a moderator may do this."
    CannotDeleteMod "CannotDeleteMod" 403 published "Moderators cannot be deleted."
    CannotWipeActiveUser "CannotWipeActiveUser" 403 published "A user active within the last 30 days cannot be wiped."
    UserNotDeleted "UserNotDeleted" 400 published "This account is not deleted."
    NonServiceForbidden "NonServiceForbidden" 403 published "Only service accounts may have a proxy passkey."
    OnlyServiceAccountProxy "OnlyServiceAccountProxy" 400 published "Only service accounts may name a proxied account."
    RequiresTrust "RequiresTrust" 400 published "Only trusted users and patrons may disable batching."
    MessagesOnlyOwnWorkers "MessagesOnlyOwnWorkers" 403 published "You may only send messages to your own workers."
    Forbidden "Forbidden" 403 published "Access denied."
    Locked "Locked" 423 published "This is in use and cannot be changed now."
    // Shared keys
    SharedKeyInvalid "SharedKeyInvalid" 403 published "This shared key is not valid."
    SharedKeyEmpty "SharedKeyEmpty" 403 published "This shared key has run out of kudos."
    SharedKeyExpired "SharedKeyExpired" 403 published "This shared key has expired."
    SharedKeyAssignedStyles "SharedKeyAssignedStyles" 403 published "This shared key belongs to styles and cannot be used directly."
    SharedKeyInsufficientKudos "SharedKeyInsufficientKudos" 403 published "This shared key has not enough kudos for this request."
    NoSharedKeyModSelected "NoSharedKeyModSelected" 400 published "Nothing to change was given for this shared key."
    // Admission of requests
    MaintenanceMode "MaintenanceMode" 400 published "The network is in maintenance mode. Please try again later."
    MissingPrompt "MissingPrompt" 400 published "You cannot specify an empty prompt."
    CorruptPrompt "CorruptPrompt" 400 published "This prompt was refused by the prompt filter."
    InvalidPromptSize "InvalidPromptSize" 400 published "Too large prompt. Please shorten it."
    TooManyPrompts "TooManyPrompts" 429 published "You have too many requests waiting. Please wait until some are done."
    TimeoutIP "TimeoutIP" 403 published "Your address has been put into timeout."
    KudosUpfront "KudosUpfront" 403 published "This request needs kudos upfront, and you have not enough. Please make it smaller or earn kudos by running a worker."
    KudosValidationError "KudosValidationError" 400 published "The kudos could not be moved."
    NoValidActions "NoValidActions" 400 published "No valid action was given."
    NoValidWorkers "NoValidWorkers" 400 published "No worker can do this request."
    RequestExpired "RequestExpired" 410 published "This request has expired."
    BannedClientAgent "BannedClientAgent" 403 outside "This client agent is an example. Please put your own in its place."
    BadClientAgent "BadClientAgent" 400 published "The client agent is not well formed."
    NulByteInPayload "NulByteInPayload" 400 published "NUL bytes are not accepted in text."
    BadRequest "BadRequest" 400 published "This request cannot be understood."
    // What an image request may be
    InvalidSize "InvalidSize" 400 published "Invalid size. Width and height must be multiples of 64."
    TooManySteps "TooManySteps" 400 published "Too many steps."
    TooManyLoras "TooManyLoras" 400 published "No more than five LoRAs can be used at once."
    TooManyTIs "TooManyTIs" 400 published "No more than twenty textual inversions can be used at once."
    BadLoraVersion "BadLoraVersion" 400 published "A LoRA given by version must be a number."
    TooManyUpscalers "TooManyUpscalers" 400 published "No more than one upscaler can be used."
    BadCFGDecimals "BadCFGDecimals" 400 published "The cfg scale may have at most two decimals."
    BadCFGNumber "BadCFGNumber" 400 published "The cfg scale must be a number."
    UnexpectedModelName "UnexpectedModelName" 400 published "This model cannot be used this way."
    UnsupportedModel "UnsupportedModel" 400 published "This model is not supported."
    UnsupportedSampler "UnsupportedSampler" 400 published "This sampler is not supported."
    SourceMaskUnnecessary "SourceMaskUnnecessary" 400 published "A source mask needs a source image."
    SourceImageRequiredForModel "SourceImageRequiredForModel" 400 published "This model needs a source image."
    ControlNetUnsupported "ControlNetUnsupported" 400 published "This model does not support this control type."
    ControlNetSourceMissing "ControlNetSourceMissing" 400 published "A control type needs a source image."
    ControlNetMismatch "ControlNetMismatch" 400 published "Control types cannot be used with this model."
    ControlNetMismatchWorkflow "ControlNetMismatch." 400 outside "This workflow cannot be used with this model."
    ControlNetInvalidPayload "ControlNetInvalidPayload" 400 published "These control settings exclude each other."
    ControlNetInpaintingMismatch "ControlNetInpaintingMismatch" 400 outside "Control types cannot be used for inpainting."
    HiResMismatch "HiResMismatch" 400 published "Hires fix cannot be used with this model."
    HiResFixMismatch "HiResFixMismatch" 400 published "Hires fix cannot be used with this model."
    Img2ImgMismatch "Img2ImgMismatch" 400 published "This model cannot start from a source image."
    TilingMismatch "TilingMismatch" 400 published "Tiling cannot be used with this model."
    InvalidTransparencyModel "InvalidTransparencyModel" 400 published "This model cannot make transparent images."
    InvalidTransparencyImg2Img "InvalidTransparencyImg2Img" 400 published "Transparent images cannot start from source images."
    InvalidTransparencyCN "InvalidTransparencyCN" 400 published "Transparent images cannot use control types."
    InvalidRemix "InvalidRemix" 400 outside "Remix needs a Stable Cascade model."
    InvalidRemixModel "InvalidRemixModel" 400 published "Remix needs a Stable Cascade model."
    TooManyExtraSourceImages "TooManyExtraSourceImages" 400 published "No more than five extra source images can be sent."
    TooManyExtraSourceImagesDotted "TooManyExtraSourceImages." 400 outside "No more than five extra source images can be sent."
    MoreThanMinExtraSourceImage "MoreThanMinExtraSourceImage" 400 published "Only trusted users and patrons may send more than one extra source image."
    MoreThanMinExtraSourceImageDotted "MoreThanMinExtraSourceImage." 400 outside "Only trusted users and patrons may send more than one extra source image."
    InvalidExtraSourceImages "InvalidExtraSourceImages" 400 published "Extra source images cannot be used for this kind of request."
    InvalidExtraSourceImagesDotted "InvalidExtraSourceImages." 400 outside "Extra source images cannot be used for this kind of request."
    InvalidExtraTexts "InvalidExtraTexts" 400 published "Extra texts need a workflow that uses them."
    InvalidExtraTextsDotted "InvalidExtraTexts." 400 outside "Extra texts need a workflow that uses them."
    MissingExtraTexts "MissingExtraTexts" 400 published "This workflow needs an extra text."
    MissingExtraTextsDotted "MissingExtraTexts." 400 outside "This workflow needs an extra text."
    BetaAnonForbidden "BetaAnonForbidden" 403 published "Anonymous users cannot use this model."
    BetaComparisonFault "BetaComparisonFault" 400 published "This model makes two images to compare."
    SpecialMissingUsername "SpecialMissingUsername" 400 published "A special model's name must end in its owner's name."
    SpecialMissingPayload "SpecialMissingPayload" 400 published "A special model needs a special payload."
    SpecialForbidden "SpecialForbidden" 403 published "This special model belongs to somebody else."
    SpecialModelNeedsSpecialUser "SpecialModelNeedsSpecialUser" 403 published "Only special users may use special models."
    SpecialFieldNeedsSpecialUser "SpecialFieldNeedsSpecialUser" 400 published "Only special users may send a special payload."
    ImageValidationFailed "ImageValidationFailed" 400 published "Image validation failed. The source image cannot be used."
    SourceImageResolutionExceeded "SourceImageResolutionExceeded" 400 published "Image validation failed. The source image has too many pixels."
    SourceImageSizeExceeded "SourceImageSizeExceeded" 400 published "Image validation failed. The source image is larger than 5 MiB."
    SourceImageUrlInvalid "SourceImageUrlInvalid" 400 published "Image validation failed. The URL does not lead to an image."
    SourceImageUnreadable "SourceImageUnreadable" 400 published "Image validation failed. The image behind the URL cannot be read."
    InpaintingMissingMask "InpaintingMissingMask" 400 published "Image validation failed. Inpainting needs a mask, or a source image with an alpha channel."
    // What a text request may be
    TokenOverflow "TokenOverflow" 400 published "You cannot ask for more tokens than the context holds."
    MissingFullSamplerOrder "MissingFullSamplerOrder" 400 published "The sampler order must name all seven samplers."
    TooManyStopSequences "TooManyStopSequences" 400 published "Too many stop sequences: 128 are enough."
    ExcessiveStopSequence "ExcessiveStopSequence" 400 published "The stop sequences are too long: 2000 characters in all are enough."
    // Styles
    StyleNotFound "StyleNotFound" 404 outside "There is no such style."
    ImageStyleNotFound "Image styleNotFound" 404 outside "There is no such image style."
    TextStyleNotFound "Text styleNotFound" 404 outside "There is no such text style."
    StyleExampleNotFound "Style exampleNotFound" 404 outside "There is no such style example."
    CollectionNotFound "CollectionNotFound" 404 outside "There is no such collection."
    StyleMismatch "StyleMismatch" 400 published "This style is of another kind."
    StyleGetMistmatch "StyleGetMistmatch" 400 published "This style is of another kind."
    StylePromptMissingVars "StylePromptMissingVars" 400 published "A style's prompt must hold its placeholders."
    TooManyStyleExamples "TooManyStyleExamples" 403 published "A style can have no more than four examples."
    ExampleURLAlreadyInUse "ExampleURLAlreadyInUse" 400 published "This example is already there."
    // Workers
    InvalidPriorityUsername "InvalidPriorityUsername" 400 published "Priority usernames must look like name#number."
    WorkerMaintenance "WorkerMaintenance" 403 published "This worker has been put into maintenance mode by its owner."
    WorkerFlaggedMaintenance "WorkerFlaggedMaintenance" 403 published "Your worker has been put into maintenance mode: your account is flagged."
    PolymorphicNameConflict "PolymorphicNameConflict" 400 published "This name is used by a worker of another kind."
    TooManyNewIPs "TooManyNewIPs" 403 published "Your address could not be checked. Please try again later."
    UnsafeIP "UnsafeIP" 403 published "Workers are not accepted from this kind of address."
    ProfaneWorkerName "ProfaneWorkerName" 400 published "This worker name is not acceptable."
    ProfaneBridgeAgent "ProfaneBridgeAgent" 400 published "This bridge agent is not acceptable."
    ProfaneWorkerInfo "ProfaneWorkerInfo" 400 published "This worker info is not acceptable."
    WorkerInviteOnly "WorkerInviteOnly" 403 published "New workers need an invitation at the moment."
    TooManyWorkers "TooManyWorkers" 403 outside "You have too many workers."
    TooManyWorkersTrusted "TooManyWorkersTrusted" 403 outside "You have too many workers."
    TooManySameIPs "TooManySameIPs" 403 published "You have too many workers at this address."
    InvalidJobID "InvalidJobID" 404 published "Processing Job with this ID does not exist."
    DuplicateGen "DuplicateGen" 400 published "Processing Generation was already submitted."
    AbortedGen "AbortedGen" 400 published "This generation took too long and was aborted. Please check your worker speed."
    TooLongWorkerName "TooLongWorkerName" 400 published "This worker name or info is too long."
    WorkerNameAlreadyExists "WorkerNameAlreadyExists" 400 published "There is already a worker of this name."
    NoWorkerModSelected "NoWorkerModSelected" 400 published "Nothing to change was given for this worker."
    WorkermessageNotFound "WorkermessageNotFound" 404 outside "There is no such message."
    // Things that are not there
    RequestNotFound "RequestNotFound" 404 published "There is no request with this id."
    WorkerNotFound "WorkerNotFound" 404 published "There is no such worker."
    UserNotFound "UserNotFound" 404 published "There is no such user."
    TeamNotFound "TeamNotFound" 404 published "There is no such team."
    FilterNotFound "FilterNotFound" 404 published "There is no such filter."
    PathNotFound "PathNotFound" 404 outside "There is nothing at this path."
    // Users, teams, filters, modes
    Profanity "Profanity" 400 published "This text is not acceptable."
    ProfaneUserName "ProfaneUserName" 400 published "This user name is not acceptable."
    ProfaneUserContact "ProfaneUserContact" 400 published "This contact is not acceptable."
    ProfaneAdminComment "ProfaneAdminComment" 400 published "This comment is not acceptable."
    ProfaneTeamName "ProfaneTeamName" 400 published "This team name is not acceptable."
    ProfaneTeamInfo "ProfaneTeamInfo" 400 published "This team info is not acceptable."
    TooLong "TooLong" 400 published "This text is too long."
    TooLongUserName "TooLongUserName" 400 published "User names have at most 30 characters."
    NameAlreadyExists "NameAlreadyExists" 400 published "This name is taken."
    TeamNameAlreadyExists "TeamNameAlreadyExists" 400 published "There is already a team of this name."
    NoUserModSelected "NoUserModSelected" 400 published "Nothing to change was given for this user."
    NoTeamModSelected "NoTeamModSelected" 400 published "Nothing to change was given for this team."
    NoHordeModSelected "NoHordeModSelected" 400 published "No mode to change was given."
    NoFilterModSelected "NoFilterModSelected" 400 published "Nothing to change was given for this filter."
    // Kudos
    KudosTransferFromAnon "KudosTransferFromAnon" 400 published "The anonymous account cannot send kudos."
    InvalidTargetUsername "InvalidTargetUsername" 400 outside "There is no such user to send kudos to."
    KudosTransferToAnon "KudosTransferToAnon" 400 published "Kudos cannot be sent to the anonymous account."
    KudosTransferToSelf "KudosTransferToSelf" 400 published "Kudos cannot be sent to oneself."
    TooFastKudosTransfers "TooFastKudosTransfers" 400 published "Kudos cannot be sent back within a minute."
    FaultWhenKudosSending "FaultWhenKudosSending" 400 published "This account cannot send kudos."
    FaultWhenKudosReceiving "FaultWhenKudosReceiving" 400 published "That account cannot receive kudos."
    SourceAccountFlagged "SourceAccountFlagged" 400 published "Your account is flagged and cannot send kudos."
    TargetAccountFlagged "TargetAccountFlagged" 400 published "That account is flagged and cannot receive kudos."
    EducationCannotSendKudos "EducationCannotSendKudos" 400 published "Education accounts cannot send kudos."
    NegativeKudosTransfer "NegativeKudosTransfer" 400 published "The amount cannot be negative."
    InvalidKudosTransferAmount "InvalidKudosTransferAmount" 400 outside "The amount cannot be zero."
    IdempotencyKeyConflict "IdempotencyKeyConflict" 400 outside "This idempotency key was used for something else."
    KudosTransferNotEnough "KudosTransferNotEnough" 400 published "You have not enough kudos."
    InvalidAwardUsername "InvalidAwardUsername" 400 published "There is no such user to award."
    KudosAwardToAnon "KudosAwardToAnon" 400 published "The anonymous account cannot be awarded."
    // Ratings
    ProcGenNotFound "ProcGenNotFound" 400 published "There is no such generation in this request."
    InvalidAestheticAttempt "InvalidAestheticAttempt" 400 published "This cannot be rated."
    AestheticsNotCompleted "AestheticsNotCompleted" 400 published "Only completed requests can be rated."
    AestheticsNotPublic "AestheticsNotPublic" 400 published "Only shared requests can be rated."
    AestheticsDuplicate "AestheticsDuplicate" 400 published "An image was rated twice."
    AestheticsMissing "AestheticsMissing" 400 published "Neither ratings nor the best image were given."
    AestheticsSolo "AestheticsSolo" 400 published "One image alone cannot be the best."
    AestheticsConfused "AestheticsConfused" 400 published "The best image is not one of those with the highest rating."
    AestheticsAlreadyExist "AestheticsAlreadyExist" 400 published "This was already rated."
    AestheticsServerRejected "AestheticsServerRejected" 400 published "The rating was rejected."
    AestheticsServerError "AestheticsServerError" 400 published "The rating could not be stored."
    AestheticsServerDown "AestheticsServerDown" 400 published "Ratings cannot be taken at the moment."
    AestheticsServerTimeout "AestheticsServerTimeout" 400 published "Ratings cannot be taken at the moment."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_from_its_string() {
        for &code in ReturnCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(code));
        }
    }

    #[test]
    fn every_code_is_a_client_error_with_a_sentence() {
        for &code in ReturnCode::ALL {
            assert!((400..500).contains(&code.status()), "{code}");
            assert!(code.message().len() > 10, "{code}");
        }
    }

    #[test]
    fn the_published_enum_has_its_160_codes() {
        let published = ReturnCode::ALL.iter().filter(|code| code.is_published()).count();
        assert_eq!(published, 160);
    }

    #[test]
    fn phrases_that_workers_look_for_are_there() {
        for (code, phrase) in [
            (ReturnCode::WorkerMaintenance, "maintenance mode"),
            (ReturnCode::WrongCredentials, "Wrong credentials"),
            (ReturnCode::DuplicateGen, "already submitted"),
            (ReturnCode::AbortedGen, "Please check your worker speed"),
            (ReturnCode::SourceImageSizeExceeded, "Image validation failed"),
        ] {
            assert!(code.message().contains(phrase), "{code}");
        }
    }
}

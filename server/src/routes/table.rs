//! Which call goes where, by who makes it. One line, one path.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, patch, post, put};
use throng_api::endpoint::Endpoint;
use throng_api::register::PostRegister;
use throng_api::{
    alchemy as alchemy_wire, collections as collections_wire, documents as documents_wire, filters as filters_wire,
    image as image_wire, kudos as kudos_wire, messages as messages_wire, operations as operations_wire, pop,
    ratings as ratings_wire, shared_keys as shared_keys_wire, stats as stats_wire, status as status_wire,
    styles as styles_wire, submit, teams as teams_wire, text as text_wire, users as users_wire, watch as watch_wire,
    webhooks as webhooks_wire, weights as weights_wire, workers as workers_wire,
};
use throng_policy::bodies::{PICTURE_BYTES_MAX, RESULT_BYTES_MAX, SOURCES_BYTES_MAX};

use super::{
    alchemy, collections, documents, filters, image, kudos, operations, pictures, register, service_info, shared_keys,
    stats, status, styles, teams, text, users, wake, watch, webhooks, weights, worker, workers,
};
use crate::app::App;
use crate::metrics;

/// All of the interface; the page and what describes the interface are not in it.
pub(super) fn table() -> Router<App> {
    makers().merge(people()).merge(order()).merge(styles_table()).merge(looks()).merge(fleet())
}

/// Requesters and workers.
fn makers() -> Router<App> {
    let with_sources = DefaultBodyLimit::max(SOURCES_BYTES_MAX);
    let with_result = DefaultBodyLimit::max(RESULT_BYTES_MAX);
    let pictures = DefaultBodyLimit::max(PICTURE_BYTES_MAX);
    Router::new()
        // Requesters
        .route(image_wire::PostImageAsk::PATH, post(image::ask::post).layer(with_sources))
        .route(image_wire::GetImageCheck::PATH, get(image::check::get))
        .route(image_wire::GetImageStatus::PATH, get(image::status::get).delete(image::cancel::delete))
        .route(ratings_wire::PostRating::PATH, post(image::rate::post))
        .route(text_wire::PostTextAsk::PATH, post(text::ask::post))
        .route(text_wire::GetTextStatus::PATH, get(text::status::get).delete(text::cancel::delete))
        .route(alchemy_wire::PostAlchemyAsk::PATH, post(alchemy::ask::post).layer(with_sources))
        .route(alchemy_wire::GetAlchemyStatus::PATH, get(alchemy::status::get).delete(alchemy::cancel::delete))
        // Workers
        .route(pop::image::PostImagePop::PATH, post(worker::pop_image::post))
        .route(pop::text::PostTextPop::PATH, post(worker::pop_text::post))
        .route(pop::alchemy::PostAlchemyPop::PATH, post(worker::pop_alchemy::post))
        .route(submit::PostImageSubmit::PATH, post(worker::submit_image::post).layer(with_result))
        .route(submit::PostTextSubmit::PATH, post(worker::submit_text::post))
        .route(submit::PostAlchemySubmit::PATH, post(worker::submit_alchemy::post))
        // Whoever holds a signed link
        .route("/images/{name}", get(pictures::get).put(pictures::put).layer(pictures))
        // Whoever watches instead of looking again and again, and workers who wait instead of asking
        .route(watch_wire::GetImageWatch::PATH, get(watch::image))
        .route(watch_wire::GetTextWatch::PATH, get(watch::text))
        .route(watch_wire::GetAlchemyWatch::PATH, get(watch::alchemy))
        .route(watch_wire::GetWake::PATH, get(wake::get))
        // Tabs that lend their machine
        .route(weights_wire::GetWeights::PATH, get(weights::list))
        .route(weights_wire::GetPiece::PATH, get(weights::piece))
}

/// Users, their kudos and the keys they share.
fn people() -> Router<App> {
    Router::new()
        .route(webhooks_wire::GetWebhookSecret::PATH, get(webhooks::get))
        .route(PostRegister::PATH, get(register::get).post(register::post))
        .route(users_wire::GetFindUser::PATH, get(users::find::get))
        .route(users_wire::GetUsers::PATH, get(users::list::get))
        .route(users_wire::GetUser::PATH, get(users::show::get).put(users::edit::put).delete(users::leave::delete))
        .route(kudos_wire::GetStatement::PATH, get(kudos::statement::get))
        .route(kudos_wire::PostTransfer::PATH, post(kudos::transfer::post))
        .route(kudos_wire::PostAward::PATH, post(kudos::award::post))
        .route(shared_keys_wire::PutSharedKey::PATH, put(shared_keys::make::put))
        .route(
            shared_keys_wire::GetSharedKey::PATH,
            get(shared_keys::show::get).patch(shared_keys::change::patch).delete(shared_keys::delete::delete),
        )
}

/// Moderators, who keep order.
fn order() -> Router<App> {
    Router::new()
        .route(filters_wire::GetFilters::PATH, get(filters::list::get).put(filters::add::put).post(filters::test::post))
        .route(filters_wire::GetFilterRegex::PATH, get(filters::regex::get))
        .route(
            filters_wire::GetFilter::PATH,
            get(filters::show::get).patch(filters::change::patch).delete(filters::remove::delete),
        )
}

/// Whoever looks, and whoever watches over the server.
fn looks() -> Router<App> {
    Router::new()
        .route(workers_wire::GetWorkers::PATH, get(workers::list::get))
        .route(workers_wire::GetWorkerByName::PATH, get(workers::show_by_name::get))
        .route(status_wire::GetHeartbeat::PATH, get(status::heartbeat::get))
        .route(status_wire::GetPerformance::PATH, get(status::performance::get))
        .route(status_wire::GetModels::PATH, get(status::models::get))
        .route(status_wire::GetModel::PATH, get(status::model::get))
        .route(status_wire::GetModes::PATH, get(status::modes::get).put(status::modes::put))
        .route(stats_wire::GetImageTotals::PATH, get(stats::image_totals::get))
        .route(stats_wire::GetImageModels::PATH, get(stats::image_models::get))
        .route(stats_wire::GetLoras::PATH, get(stats::loras::get))
        .route(stats_wire::GetTextTotals::PATH, get(stats::text_totals::get))
        .route(stats_wire::GetTextModels::PATH, get(stats::text_models::get))
        .route(documents_wire::GetNews::PATH, get(status::news::get))
        .route(documents_wire::GetTerms::PATH, get(documents::terms))
        .route(documents_wire::GetPrivacy::PATH, get(documents::privacy))
        .route(documents_wire::GetSponsors::PATH, get(documents::sponsors))
        .route("/.well-known/serviceinfo", get(service_info::get))
        .route("/metrics", get(metrics::show))
}

/// What owners and moderators do with workers, teams and addresses.
fn fleet() -> Router<App> {
    Router::new()
        // Whoever owns a worker, and moderators
        .route(
            messages_wire::GetWorkerMessages::PATH,
            get(workers::list_messages::get).post(workers::send_message::post),
        )
        .route(
            messages_wire::GetWorkerMessage::PATH,
            get(workers::show_message::get).delete(workers::delete_message::delete),
        )
        .route(
            workers_wire::GetWorker::PATH,
            get(workers::show::get).put(workers::edit::put).delete(workers::delete::delete),
        )
        .route(teams_wire::GetTeams::PATH, get(teams::list::get).post(teams::found::post))
        .route(
            teams_wire::GetTeam::PATH,
            get(teams::show::get).patch(teams::edit::patch).delete(teams::dissolve::delete),
        )
        // Moderators
        .route(
            operations_wire::GetTimeouts::PATH,
            get(operations::list::get).post(operations::block::post).delete(operations::unblock::delete),
        )
        .route(operations_wire::GetTimeout::PATH, get(operations::show::get))
        .route(
            operations_wire::PutWorkerTimeout::PATH,
            put(operations::block_worker::put).delete(operations::unblock_worker::delete),
        )
}

/// The part of the table that is about styles and their collections.
fn styles_table() -> Router<App> {
    use collections_wire as sets;
    use styles_wire as one;
    Router::new()
        .route(one::GetImageStyles::PATH, get(styles::list::get_image).post(styles::create::post_image))
        .route(
            one::GetImageStyle::PATH,
            get(styles::show::get_image).patch(styles::change::patch_image).delete(styles::remove::delete_image),
        )
        .route(one::GetImageStyleByName::PATH, get(styles::show_by_name::get_image))
        .route(one::PostStyleExample::PATH, post(styles::examples::post))
        .route(one::PatchStyleExample::PATH, patch(styles::examples::patch).delete(styles::examples::delete))
        .route(one::GetTextStyles::PATH, get(styles::list::get_text).post(styles::create::post_text))
        .route(
            one::GetTextStyle::PATH,
            get(styles::show::get_text).patch(styles::change::patch_text).delete(styles::remove::delete_text),
        )
        .route(one::GetTextStyleByName::PATH, get(styles::show_by_name::get_text))
        .route(sets::GetCollections::PATH, get(collections::list::get).post(collections::create::post))
        .route(
            sets::GetCollection::PATH,
            get(collections::show::get).patch(collections::change::patch).delete(collections::remove::delete),
        )
        .route(sets::GetCollectionByName::PATH, get(collections::show_by_name::get))
}

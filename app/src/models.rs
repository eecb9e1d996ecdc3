//! The models on the network, as the page offers them: who serves them, how long they keep one waiting, which is best at hand.

use throng_api::status::ActiveModel;

use crate::words;

/// Sorts models as a person would look for them: served ones first, the most served at the top, then by name.
pub fn sorted(mut models: Vec<ActiveModel>) -> Vec<ActiveModel> {
    models.sort_by(|a, b| {
        b.count.cmp(&a.count).then_with(|| a.name.to_ascii_lowercase().cmp(&b.name.to_ascii_lowercase()))
    });
    models
}

/// The model to use when the person has not chosen: served, and soonest free; none when nobody serves anything.
pub fn best(models: &[ActiveModel]) -> Option<&ActiveModel> {
    models.iter().filter(|model| model.count > 0).min_by_key(|model| (model.eta, -model.count))
}

/// The model a request goes to: the chosen one while it has a name, else the best at hand.
pub fn chosen(choice: &str, models: &[ActiveModel]) -> Option<String> {
    if choice.is_empty() { best(models).map(|model| model.name.clone()) } else { Some(choice.to_owned()) }
}

/// One line of the model list.
pub fn label(model: &ActiveModel) -> String {
    if model.count <= 0 {
        return format!("{}: no worker now", model.name);
    }
    let workers = words::counted(model.count.unsigned_abs(), "worker");
    match u32::try_from(model.eta) {
        Ok(seconds) if seconds > 0 && model.eta < ActiveModel::ETA_NEVER => {
            format!("{}: {workers}, about {} of queue", model.name, words::span(seconds))
        }
        _ => format!("{}: {workers}", model.name),
    }
}

/// The line of the list that leaves the choice to the page.
pub fn best_label(models: &[ActiveModel]) -> String {
    best(models).map_or_else(|| "Any model".to_owned(), |model| format!("Best at hand ({})", model.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, count: i64, eta: i64) -> ActiveModel {
        ActiveModel {
            name: name.to_owned(),
            count,
            performance: 0.0,
            queued: 0.0,
            jobs: 0.0,
            eta,
            kind: "image".to_owned(),
        }
    }

    #[test]
    fn the_best_model_is_served_and_soonest_free() {
        let models = [model("idle", 0, 0), model("busy", 5, 90), model("quick", 1, 3)];
        assert_eq!(best(&models).map(|best| best.name.as_str()), Some("quick"));
        assert_eq!(chosen("busy", &models).as_deref(), Some("busy"));
        assert_eq!(chosen("", &models[..1]), None);
    }

    #[test]
    fn lists_begin_with_what_most_workers_serve() {
        let names: Vec<_> =
            sorted(vec![model("b", 0, 0), model("C", 2, 0), model("a", 2, 0)]).into_iter().map(|m| m.name).collect();
        assert_eq!(names, ["a", "C", "b"]);
    }

    #[test]
    fn a_line_says_who_serves_and_how_long_the_queue_is() {
        assert_eq!(label(&model("x", 1, 8)), "x: 1 worker, about 8 s of queue");
        assert_eq!(label(&model("x", 3, 0)), "x: 3 workers");
        assert_eq!(label(&model("x", 0, ActiveModel::ETA_NEVER)), "x: no worker now");
    }
}

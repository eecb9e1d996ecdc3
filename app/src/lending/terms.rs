//! On what terms the tab is lent: what the person has set, kept from visit to visit in this browser, and what of it the worker hears.

use serde::{Deserialize, Serialize};
use throng_lend::duty::{DUTY_LEAST, DUTY_MOST};
use throng_lend::manners::Wishes;
use throng_lend::messages::{Craft, PROTOCOL, Processor, Start};

use crate::form::Unreadable;
use crate::lending::names;

/// At work most of the time, and a fifth of it to cool down: a fan that howls ends the lending.
const DUTY_USUAL: u8 = 80;
/// Bytes in a megabyte, as sizes are said everywhere on the page.
const MEGABYTE: u64 = 1_000_000;

/// What the person has set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// Whether to make pictures.
    pub pictures: bool,
    /// Whether to make stories.
    pub stories: bool,
    /// What to compute on.
    pub processor: Processor,
    /// The share of the time that may be spent computing, in percent.
    pub duty: u8,
    /// Whether to pause while the machine runs on its battery.
    pub spare_battery: bool,
    /// Whether to make way while the person uses the page.
    pub make_way: bool,
    /// Megabytes that may travel in a day; none means as many as it takes.
    pub megabytes_a_day: Option<u32>,
    /// Whether requests marked as not safe for work are welcome.
    pub nsfw: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            pictures: true,
            stories: true,
            processor: Processor::Gpu,
            duty: DUTY_USUAL,
            spare_battery: true,
            make_way: true,
            megabytes_a_day: None,
            nsfw: false,
        }
    }
}

/// As whom and where a worker works.
#[derive(Clone, Copy)]
pub struct Post<'a> {
    /// The server's address, without a slash at its end.
    pub server: &'a str,
    /// The key of whoever earns.
    pub key: &'a str,
    /// The worker's name.
    pub name: &'a str,
}

impl Terms {
    /// Reads what an earlier visit kept; what cannot be read any more is as if nothing had been set.
    pub fn read(kept: Option<&str>) -> Self {
        let mut terms: Self = kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default();
        terms.duty = terms.duty.clamp(DUTY_LEAST, DUTY_MOST);
        terms
    }

    /// What to keep for the next visit.
    pub fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What may be made.
    pub fn crafts(&self) -> Vec<Craft> {
        let chosen = [(self.pictures, Craft::Pictures), (self.stories, Craft::Stories)];
        chosen.into_iter().filter(|(wanted, _)| *wanted).map(|(_, craft)| craft).collect()
    }

    /// How to behave towards the person.
    pub fn wishes(&self) -> Wishes {
        Wishes { spare_battery: self.spare_battery, make_way: self.make_way }
    }

    /// How many bytes may travel in a day.
    pub fn bytes_a_day(&self) -> Option<u64> {
        self.megabytes_a_day.map(|megabytes| u64::from(megabytes) * MEGABYTE)
    }

    /// The first order to a worker.
    pub fn start(&self, post: Post<'_>, allowance: Option<u64>) -> Start {
        Start {
            protocol: PROTOCOL,
            server: post.server.to_owned(),
            key: post.key.to_owned(),
            name: post.name.to_owned(),
            story_name: names::for_stories(post.name),
            processor: self.processor,
            crafts: self.crafts(),
            nsfw: self.nsfw,
            duty: self.duty,
            allowance,
        }
    }

    /// Takes over what a worker can be told while it works.
    pub fn follow(&mut self, wanted: &Self) {
        self.duty = wanted.duty;
        self.spare_battery = wanted.spare_battery;
        self.make_way = wanted.make_way;
        self.megabytes_a_day = wanted.megabytes_a_day;
    }

    /// Whether something is wanted that only a new worker can heed.
    pub fn waits_for_a_start(&self, wanted: &Self) -> bool {
        let mut followed = self.clone();
        followed.follow(wanted);
        followed != *wanted
    }
}

/// Reads a typed cap: nothing is no cap, a positive whole number is one.
pub fn read_megabytes(typed: &str) -> Result<Option<u32>, Unreadable> {
    match typed.trim() {
        "" => Ok(None),
        typed => typed.parse().ok().filter(|megabytes| *megabytes > 0).map(Some).ok_or_else(|| Unreadable {
            field: "Data",
            sentence: "The limit must be a whole number of megabytes, or empty for no limit.".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_kept_or_nonsense_kept_means_careful_defaults() {
        for kept in [None, Some(""), Some("{"), Some("{\"duty\":\"much\"}")] {
            let terms = Terms::read(kept);
            assert_eq!(terms, Terms::default(), "{kept:?}");
            assert!(!terms.nsfw && terms.make_way && terms.spare_battery);
            assert_eq!(terms.processor, Processor::Gpu);
        }
    }

    #[test]
    fn what_was_set_comes_back_and_what_is_new_since_has_its_default() {
        let set = Terms { stories: false, duty: 30, megabytes_a_day: Some(500), ..Terms::default() };
        assert_eq!(Terms::read(Some(&set.written())), set);
        let older = Terms::read(Some(r#"{"pictures":false,"duty":3}"#));
        assert_eq!((older.pictures, older.stories, older.duty), (false, true, DUTY_LEAST));
    }

    #[test]
    fn a_start_says_what_was_chosen_and_both_names() {
        let terms = Terms { pictures: false, ..Terms::default() };
        let post = Post { server: "https://throng.example", key: "k", name: "Tab 0a1b2c" };
        let start = terms.start(post, Some(5));
        assert_eq!((start.protocol, start.crafts.as_slice()), (PROTOCOL, &[Craft::Stories][..]));
        assert_eq!((start.name.as_str(), start.story_name.as_str()), ("Tab 0a1b2c", "Tab 0a1b2c (stories)"));
        assert_eq!((start.allowance, start.duty, start.nsfw), (Some(5), DUTY_USUAL, false));
    }

    #[test]
    fn a_running_worker_follows_some_changes_and_others_wait() {
        let running = Terms::default();
        let gentler = Terms { duty: 20, make_way: false, megabytes_a_day: Some(1), ..Terms::default() };
        assert!(!running.waits_for_a_start(&gentler));
        for other in [
            Terms { pictures: false, ..gentler.clone() },
            Terms { nsfw: true, ..gentler.clone() },
            Terms { processor: Processor::Cpu, ..gentler },
        ] {
            assert!(running.waits_for_a_start(&other), "{other:?}");
        }
    }

    #[test]
    fn a_cap_is_a_positive_whole_number_or_nothing() {
        assert_eq!(read_megabytes(" 500 "), Ok(Some(500)));
        assert_eq!(read_megabytes("  "), Ok(None));
        for nonsense in ["0", "-1", "2.5", "much", "99999999999"] {
            assert_eq!(read_megabytes(nonsense).unwrap_err().field, "Data", "{nonsense}");
        }
        assert_eq!(Terms { megabytes_a_day: Some(2), ..Terms::default() }.bytes_a_day(), Some(2_000_000));
    }
}

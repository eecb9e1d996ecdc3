//! Who is woken, and when it is looked after.

use super::*;

/// So many who serve the same.
fn roster(others_wake: bool, count: u64) -> Roster<Kind, &'static str> {
    let mut roster = Roster::new(others_wake);
    for who in 0..count {
        roster.enter(who, &serving(&["fables"]));
    }
    roster
}

fn serving(names: &[&str]) -> Vec<Want<Kind>> {
    with_any(names.iter().map(|name| (Kind::Text, Name::from(*name))).collect())
}

fn wish(names: &[&str]) -> Wish<Kind> {
    Wish::of(Kind::Text, names.iter().map(|name| Name::from(*name)).collect())
}

#[test]
fn a_job_wakes_three_and_whoever_was_woken_longest_ago() {
    let mut roster = roster(false, 4);
    assert_eq!(roster.wake(&wish(&["fables"]), 1), [0, 1, 2]);
    assert_eq!(roster.wake(&wish(&["fables"]), 1), [0, 1, 3]);
    assert_eq!(roster.wake(&wish(&["fables"]), 7), [0, 1, 2, 3]);
    assert_eq!(roster.unsure(), [], "somebody else looks after it");
}

#[test]
fn a_roster_made_anew_goes_on_where_the_old_one_was() {
    let mut old = roster(false, 4);
    old.wake(&wish(&["fables"]), 1);
    let mut new: Roster<Kind, &str> = Roster::new(false);
    for who in [3, 0, 1, 2] {
        new.enter(who, &serving(&["fables"]));
    }
    for _ in 0..3 {
        assert_eq!(new.wake(&wish(&["fables"]), 1), old.wake(&wish(&["fables"]), 1));
    }
}

#[test]
fn only_those_are_woken_who_serve_what_is_wanted_and_each_once() {
    let mut roster: Roster<Kind, &str> = Roster::new(false);
    for (who, names) in [(0, &["fables"][..]), (1, &["llama", "fables"][..]), (2, &["llama"][..])] {
        roster.enter(who, &serving(names));
    }
    assert_eq!(roster.wake(&wish(&["llama"]), 9), [1, 2]);
    assert_eq!(roster.wake(&wish(&["llama", "fables"]), 9), [0, 1, 2]);
    assert_eq!(roster.wake(&wish(&[]), 9), [0, 1, 2], "a request that names no model");
    assert!(roster.wake(&wish(&["another"]), 9).is_empty());
    assert!(roster.wake(&Wish { kind: Kind::Image, ..wish(&[]) }, 9).is_empty());
}

#[test]
fn more_are_woken_each_time_until_everybody_was() {
    let mut roster = roster(false, 100);
    let fables = wish(&["fables"]);
    let mut woken = vec![roster.call("r", &fables, 1).len()];
    while let Some(unsure) = roster.unsure().pop() {
        assert_eq!(unsure.what, "r");
        woken.push(roster.call_again(unsure, &fables, 1).len());
    }
    assert_eq!(woken, [3, 12, 48, 100]);
}

#[test]
fn work_is_looked_after_no_longer_than_it_helps() {
    let mut few = roster(false, 3);
    few.call("r", &wish(&["fables"]), 1);
    assert_eq!(few.unsure(), [], "everybody was woken");
    let mut others = roster(true, 0);
    others.call("r", &wish(&["fables"]), 1);
    let mut told = Vec::new();
    while let Some(unsure) = others.unsure().pop() {
        told.push(unsure.jobs(1) + SPARE);
        others.call_again(unsure, &wish(&["fables"]), 1);
    }
    assert_eq!(told, [12, 48, 192, 768, 3_072, 12_288], "others are told of it, and then it is left");
    for _ in 0..=UNSURE_MAX {
        others.call("r", &wish(&["fables"]), 1);
    }
    assert_eq!(others.unsure().len(), UNSURE_MAX);
}

#[test]
fn nothing_is_remembered_of_whoever_leaves() {
    let mut roster = roster(false, 2);
    roster.leave(0, &serving(&["fables"]));
    assert_eq!(roster.wake(&wish(&["fables"]), 1), [1]);
    roster.leave(1, &serving(&["fables"]));
    assert!(roster.is_empty());
}

#[test]
fn what_somebody_serves_is_read_as_the_server_reads_it() {
    let expected = [(Kind::Image, "a,b"), (Kind::Text, "c d"), (Kind::Alchemy, "caption")];
    let wants = wants("image=a%2Cb&text=c+d&since=7&alchemy=caption&dream=x");
    assert_eq!(wants, expected.map(|(kind, name)| (kind, Name::from(name))));
    assert_eq!(with_any(wants).len(), 6);
}

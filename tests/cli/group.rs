//! Scenes that show the same are linked and separated by name, suggested, and brought back by undo.

use serde_json::Value;

use crate::program::{Scratch, with_two_films};

fn groups(scratch: &Scratch) -> Vec<(String, String, Value)> {
    let scenes = scratch.json(["scenes", "project", "--json"]);
    let rows = scenes["scenes"].as_array().unwrap().iter();
    rows.map(|row| {
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        (text("id"), text("group"), row["split"].clone())
    })
    .collect()
}

fn group_of(scratch: &Scratch, id: &str) -> String {
    let mut groups = groups(scratch).into_iter();
    groups.find(|(scene, ..)| scene == id).unwrap().1
}

#[test]
fn linked_scenes_move_as_one_until_they_are_separated() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--valid", "elves:3", "undead:2"]);
    let linked = scratch.json(["group", "project", "--json", "--link", "elves:1", "elves:3"]);
    let done = linked["done"].as_str().unwrap();
    assert_eq!(done, "Linked 2 scenes, of which 1 went to training");
    assert_eq!(group_of(&scratch, "elves:3"), "elves:1");
    let rows = groups(&scratch);
    let side = |id: &str| {
        rows.iter()
            .find(|(scene, ..)| scene == id)
            .unwrap()
            .2
            .clone()
    };
    assert_eq!([side("elves:1"), side("elves:3")], ["train", "train"]);

    scratch.ok(["split", "project", "--valid", "elves:3", "undead:2"]);
    let rows = groups(&scratch);
    let valid: Vec<&str> = rows
        .iter()
        .filter(|(.., side)| side == "valid")
        .map(|(id, ..)| id.as_str())
        .collect();
    assert_eq!(valid, ["elves:1", "elves:3", "undead:2"]);

    let text = scratch
        .ok(["group", "project", "--separate", "elves:1"])
        .stdout;
    assert!(text.contains("Separated 1 scene"), "{text}");
    assert_eq!(group_of(&scratch, "elves:3"), "elves:3");
    for _step in 0..3 {
        scratch.ok(["undo", "project"]);
    }
    assert_eq!(group_of(&scratch, "elves:3"), "elves:3");
    let rows = groups(&scratch);
    let side = rows.iter().find(|(id, ..)| id == "elves:3").unwrap();
    assert_eq!(side.2, "valid");
}

#[test]
fn suggestions_change_nothing_until_they_are_applied_and_are_undone_in_one_step() {
    let scratch = with_two_films();
    let before = groups(&scratch);
    let every = [
        "group",
        "project",
        "--suggest",
        "--min-score",
        "0",
        "--json",
    ];
    let suggested = scratch.json(every);
    assert_eq!(suggested["done"], Value::Null);
    assert_eq!(groups(&scratch), before);
    let links = suggested["suggestions"].as_array().unwrap();
    assert!(!links.is_empty());
    let scores: Vec<f64> = links
        .iter()
        .map(|link| link["score"].as_f64().unwrap())
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    for link in links {
        let film = |at: usize| link["scenes"][at].as_str().unwrap().split(':').next();
        assert_eq!(film(0), film(1), "of one film: {link}");
    }

    let best = scores[0].to_string();
    let apply = [
        "group",
        "project",
        "--suggest",
        "--min-score",
        &best,
        "--apply",
        "--json",
    ];
    let applied = scratch.json(apply);
    assert!(
        applied["done"]
            .as_str()
            .unwrap()
            .starts_with("Linked 2 scenes")
    );
    let scene = |at: usize| links[0]["scenes"][at].as_str().unwrap().to_owned();
    assert_eq!(group_of(&scratch, &scene(1)), group_of(&scratch, &scene(0)));
    // What is linked is not suggested again.
    let again = scratch.json(every);
    assert_eq!(
        again["suggestions"].as_array().unwrap().len(),
        links.len() - 1
    );
    scratch.ok(["undo", "project"]);
    assert_eq!(groups(&scratch), before);
}

#[test]
fn wrong_names_and_numbers_are_refused() {
    let scratch = with_two_films();
    for usage in [
        &["group", "project"][..],
        &["group", "project", "--link", "elves:1"],
        &[
            "group",
            "project",
            "--suggest",
            "--link",
            "elves:1",
            "elves:2",
        ],
        &["group", "project", "--suggest", "--min-score", "2"],
        &["group", "project", "--separate", "elves:1", "--apply"],
    ] {
        assert_eq!(scratch.run(usage).code, Some(2), "{usage:?}");
    }
    let error = scratch.fails(["group", "project", "--link", "elves:1", "elves:99"]);
    assert!(
        error.contains("elves:99") && error.contains("cutting-room scenes"),
        "{error}"
    );
    let error = scratch.fails(["group", "project", "--link", "elves:1", "elves:1"]);
    assert!(error.contains("two scenes or more"), "{error}");
    let empty = Scratch::with_project();
    let text = empty.ok(["group", "project", "--suggest"]).stdout;
    assert!(text.contains("No two scenes"), "{text}");
}

//! What a run descends from: a number on images that the line was trained on is called what it is.

use std::fs;

use serde_json::Value;

use crate::program::{Scratch, with_two_films};

const SHORT: [&str; 6] = ["--epochs", "1", "--size", "64", "--batch", "32"];

fn train(scratch: &Scratch, more: &[&str]) -> Value {
    scratch.json([&["train", "project", "--json"], &SHORT[..], more].concat())
}

fn id(trained: &Value) -> &str {
    trained["run"].as_str().unwrap()
}

fn row(scratch: &Scratch, trained: &Value) -> Value {
    let runs = scratch.json(["runs", "project", "--json"]);
    let mut rows = runs["runs"].as_array().unwrap().iter();
    rows.find(|row| row["id"] == trained["run"])
        .unwrap()
        .clone()
}

fn line(row: &Value) -> Vec<&str> {
    let line = row["run"]["lineage"].as_array().unwrap().iter();
    line.map(|ancestor| ancestor["id"].as_str().unwrap())
        .collect()
}

#[test]
fn a_line_that_saw_validation_images_is_contaminated_to_its_last_run() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--random", "0.25", "--seed", "3"]);
    let random = train(&scratch, &["--allow-leaks"]);
    let random_row = row(&scratch, &random);
    assert!(random_row["leaks"]["twins"].as_u64().unwrap() > 0);
    assert_eq!(random_row["contaminated"], 0);
    assert_eq!(random_row["is_random_split"], true);

    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let refused = scratch.fails([&["train", "project", "--stage", "2"], &SHORT[..]].concat());
    assert!(
        refused.contains("there are only ones of other splits")
            && refused.contains("train stage 1"),
        "{refused}"
    );
    let second = train(&scratch, &["--stage", "2", "--from", id(&random)]);
    let third = train(&scratch, &["--stage", "2", "--from", id(&second)]);
    for (run, ancestors) in [
        (&second, vec![id(&random)]),
        (&third, vec![id(&random), id(&second)]),
    ] {
        let row = row(&scratch, run);
        let contaminated = row["contaminated"].as_u64().unwrap();
        assert!(contaminated > 0, "{row}");
        assert_eq!(run["contaminated"], contaminated);
        assert_eq!(line(&row), ancestors);
        assert_eq!(row["is_random_split"], false);
        assert!(row["warnings"].as_u64().unwrap() >= 1, "{row}");
        assert_eq!(row["run"]["lineage"][0]["is_random_split"], true);
        assert_eq!(
            row["run"]["lineage"][0]["split_hash"],
            random_row["run"]["split_hash"]
        );
    }
    let listed = scratch.ok(["runs", "project"]).stdout;
    assert_eq!(listed.matches("Contaminated: ").count(), 2, "{listed}");

    // The list beside it holds the images of the whole line, sorted.
    let list = scratch
        .path("project/runs")
        .join(id(&third))
        .join("trained-on.txt");
    let list = fs::read_to_string(list).unwrap();
    let hashes: Vec<&str> = list.lines().collect();
    assert!(hashes.is_sorted() && hashes.iter().all(|hash| hash.len() == 64));
    assert!(hashes.len() as u64 > row(&scratch, &third)["run"]["train_n"].as_u64().unwrap());

    // Every number on these images says so.
    let evaluated = scratch.json(["evaluate", "project", id(&third), "--json"]);
    assert_eq!(evaluated["seen_in_training"], third["contaminated"]);

    // An honest run of the split is what stage 2 starts from, however good the others are.
    let head = train(&scratch, &[]);
    assert_eq!(row(&scratch, &head)["contaminated"], 0);
    let fine = train(&scratch, &["--stage", "2"]);
    let fine_row = row(&scratch, &fine);
    assert_eq!(fine_row["contaminated"], 0);
    assert_eq!(line(&fine_row), [id(&head)]);
    let evaluated = scratch.ok(["evaluate", "project", id(&fine)]);
    assert!(
        evaluated.stdout.contains("seen in training: none of them"),
        "{evaluated:#?}"
    );
}

#[test]
fn stage_2_goes_on_after_a_training_image_was_rejected() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let head = train(&scratch, &[]);
    let project = cutting_room::project::Project::open(&scratch.path("project")).unwrap();
    let snapshot = cutting_room::catalog::Catalog::open_read_only(&project)
        .unwrap()
        .snapshot()
        .unwrap();
    let split = cutting_room::dataset::Split::of(&snapshot).unwrap();
    let path = split.train[0].path.to_str().unwrap().to_owned();
    scratch.ok(["decide", "project", "--reject", "--paths", &path]);
    let fine = row(&scratch, &train(&scratch, &["--stage", "2"]));
    assert_eq!(line(&fine), [id(&head)]);
    assert_eq!(fine["contaminated"], 0);
    assert_ne!(fine["run"]["split_hash"], split.hash.as_str());
}

#[test]
fn an_evaluation_counts_what_the_run_was_trained_on() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let run = train(&scratch, &[]);
    let on = |set: &str| scratch.json(["evaluate", "project", id(&run), "--json", "--set", set]);
    let train_side = on("train");
    assert_eq!(train_side["seen_in_training"], train_side["n"]);
    let valid = on("valid");
    assert_eq!(valid["seen_in_training"], 0);
    let film = on("elves");
    let seen = film["seen_in_training"].as_u64().unwrap();
    assert!(seen > 0 && seen < film["n"].as_u64().unwrap(), "{film}");

    // A folder is compared by its files, whatever they are called.
    let project = cutting_room::project::Project::open(&scratch.path("project")).unwrap();
    let snapshot = cutting_room::catalog::Catalog::open_read_only(&project)
        .unwrap()
        .snapshot()
        .unwrap();
    let split = cutting_room::dataset::Split::of(&snapshot).unwrap();
    let folder = scratch.path("copies/elves");
    fs::create_dir_all(&folder).unwrap();
    for (name, sample) in [
        ("a.jpg", &split.train[0]),
        ("b.jpg", &split.train[1]),
        ("c.jpg", &split.valid[0]),
    ] {
        fs::copy(&sample.path, folder.join(name)).unwrap();
    }
    let copies = on("copies");
    assert_eq!(
        (&copies["n"], &copies["seen_in_training"]),
        (&3.into(), &2.into())
    );
    // Saved again in another format the pixels are the same, of a frame as well.
    let resaved = scratch.path("resaved/elves");
    fs::create_dir_all(&resaved).unwrap();
    for (name, sample) in [("a.png", &split.train[0]), ("c.png", &split.valid[0])] {
        let image = cutting_room::media::decode::decode_file(&sample.path).unwrap();
        image.save(resaved.join(name)).unwrap();
    }
    let resaved = on("resaved");
    assert_eq!(
        (&resaved["n"], &resaved["seen_in_training"]),
        (&2.into(), &1.into())
    );
    let before = row(&scratch, &run)["warnings"].as_u64().unwrap();
    fs::write(folder.join("broken.jpg"), b"no image").unwrap();
    on("copies");
    on("copies");
    assert_eq!(row(&scratch, &run)["warnings"], before + 1, "once a set");
}

#[test]
fn a_line_of_older_runs_is_unknown_where_the_split_has_changed() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let head = train(&scratch, &[]);
    let fine = train(&scratch, &["--stage", "2"]);
    let forget = |run: &Value| {
        let dir = scratch.path("project/runs").join(id(run));
        let text = fs::read_to_string(dir.join("run.toml")).unwrap();
        let mut table: toml::Table = text.parse().unwrap();
        table.remove("lineage");
        table.remove("contaminated");
        fs::write(dir.join("run.toml"), table.to_string()).unwrap();
        fs::remove_file(dir.join("trained-on.txt")).unwrap();
    };
    forget(&head);
    forget(&fine);
    assert_eq!(row(&scratch, &fine)["contaminated"], 0);
    let again = train(&scratch, &["--stage", "2"]);
    assert_eq!(row(&scratch, &again)["contaminated"], 0);

    scratch.ok(["split", "project", "--suggest", "0.3", "--seed", "5"]);
    let moved = train(&scratch, &["--stage", "2", "--from", id(&head)]);
    let moved = row(&scratch, &moved);
    assert_eq!(moved["contaminated"], Value::Null);
    assert!(
        moved["caveats"][0].as_str().unwrap().starts_with("May be"),
        "{moved}"
    );
    let evaluated = scratch.json(["evaluate", "project", id(&fine), "--json"]);
    assert_eq!(evaluated["seen_in_training"], Value::Null);
}

/// Saved again by another program, every pixel is a little off.
#[test]
fn an_evaluation_counts_what_only_looks_like_training() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let run = train(&scratch, &[]);
    let project = cutting_room::project::Project::open(&scratch.path("project")).unwrap();
    let snapshot = cutting_room::catalog::Catalog::open_read_only(&project)
        .unwrap()
        .snapshot()
        .unwrap();
    let split = cutting_room::dataset::Split::of(&snapshot).unwrap();
    let folder = scratch.path("near/elves");
    fs::create_dir_all(&folder).unwrap();
    let decode = |sample: &cutting_room::dataset::Sample| {
        cutting_room::media::decode::decode_file(&sample.path)
            .unwrap()
            .into_image()
    };
    let mut image = decode(&split.train[0]);
    for pixel in image.pixels_mut() {
        pixel.0 = pixel.0.map(|value| value.saturating_add(1));
    }
    image.save(folder.join("a.png")).unwrap();
    fs::copy(&split.train[1].path, folder.join("b.jpg")).unwrap();
    noise(image.dimensions())
        .save(folder.join("c.png"))
        .unwrap();
    for _cached in 0..2 {
        let near = scratch.json(["evaluate", "project", id(&run), "--json", "--set", "near"]);
        assert_eq!(
            (
                &near["n"],
                &near["seen_in_training"],
                &near["similar_to_training"]
            ),
            (&3.into(), &1.into(), &1.into())
        );
    }
    let said = scratch.ok(["evaluate", "project", id(&run), "--set", "near"]);
    assert!(
        said.stdout
            .contains("seen in training: 1 of them; 1 more look like training images"),
        "{}",
        said.stdout
    );
    let on_train = scratch.json(["evaluate", "project", id(&run), "--json", "--set", "train"]);
    assert_eq!(on_train["similar_to_training"], 0);
}

/// Like no film.
fn noise((width, height): (u32, u32)) -> image::RgbImage {
    image::RgbImage::from_fn(width, height, |x, y| {
        let cell = (x / 16 + 31 * (y / 16)).wrapping_mul(2_654_435_761);
        image::Rgb([(cell >> 24) as u8, (cell >> 16) as u8, (cell >> 8) as u8])
    })
}

/// The difference of two runs is that of the images that only one of them is right about.
#[test]
fn runs_of_one_split_are_compared_image_by_image() {
    use cutting_room::evaluate::Comparison;
    use cutting_room::run::{BestValid, RunLog};
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let runs = [train(&scratch, &[]), train(&scratch, &["--seed", "5"])];
    let logs = runs.each_ref().map(|run| {
        let dir = scratch.path("project/runs").join(id(run));
        let best = BestValid::read(&dir).unwrap();
        let right = best.images.iter().filter(|image| image.is_correct).count();
        let accuracy = run["accuracy"].as_f64().unwrap();
        assert!((right as f64 / best.images.len() as f64 - accuracy).abs() < 1e-9);
        RunLog::open(&dir).unwrap()
    });
    let compared = Comparison::of(&logs[0], &logs[1]).unwrap();
    match compared {
        Comparison::Difference { is_paired, .. } => assert!(is_paired),
        Comparison::TooFewScenes => {}
        other => panic!("{other:?}"),
    }
    // Without the images of one of them, the accuracies are all there is.
    fs::remove_file(logs[1].dir.join("best-valid.json")).unwrap();
    match Comparison::of(&logs[0], &logs[1]).unwrap() {
        Comparison::Difference { is_paired, .. } => assert!(!is_paired),
        Comparison::TooFewScenes => {}
        other => panic!("{other:?}"),
    }
}

//! Learners of fastai as runs: from a file with its tensor names, and from the package itself where it is installed.

use std::fs;
use std::path::PathBuf;

use candle_core::Tensor;
use cutting_room::model::weights::{Precision, State, save};
use cutting_room::model::{Arch, HeadKind, Net};
use image::{Rgb, RgbImage};
use serde_json::Value;

use crate::export::decided;
use crate::program::{Scratch, with_two_films};
use crate::python::{answer, python_with, script};
use crate::torchvision::{fill, noise};

/// As the project's three classes are ordered nowhere.
const CLASSES: &str = "undead,elves,drakes";

/// fastai's name of one of our tensors; since v2 its linear layers have no bias.
fn fastai_name(name: &str) -> Option<String> {
    let (module, rest) = name.split_once('.')?;
    let number = match module {
        "conv1" => "0.0",
        "bn1" => "0.1",
        "layer1" => "0.4",
        "layer2" => "0.5",
        "layer3" => "0.6",
        "layer4" => "0.7",
        "head" if rest == "4.bias" || rest == "8.bias" => return None,
        "head" => "1",
        _other => return None,
    };
    Some(format!("{number}.{rest}"))
}

/// The net of `goldens/make_learner.py`, in a file as `learn.save` names its tensors.
fn learner(scratch: &Scratch) -> PathBuf {
    let blank = Net::blank(Arch::Resnet18, HeadKind::Fastai, 3, 0).unwrap();
    let mut tensors: Vec<(String, Tensor)> = blank
        .state()
        .unwrap()
        .into_iter()
        .filter_map(|(name, tensor)| Some((fastai_name(&name)?, tensor)))
        .collect();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let state: State = tensors
        .into_iter()
        .enumerate()
        .map(|(t, (name, tensor))| {
            let filled = fill(&name, &tensor, |i| noise(i, t as u64));
            let scale = if name == "1.8.weight" { 0.1 } else { 1.0 };
            (name, filled.affine(scale, 0.0).unwrap())
        })
        .collect();
    let path = scratch.path("learner.safetensors");
    save(&path, &state, Precision::F32).unwrap();
    path
}

fn formula_image(scratch: &Scratch, side: u32) -> PathBuf {
    let value = |x: u32, y: u32, c: u32| ((7 * x + 13 * y + 50 * c) % 256) as u8;
    let image = RgbImage::from_fn(side, side, |x, y| Rgb([0, 1, 2].map(|c| value(x, y, c))));
    let path = scratch.path("formula.png");
    image.save(&path).unwrap();
    path
}

fn imported(scratch: &Scratch, file: &str, options: &[&str]) -> Value {
    let import = ["import-run", "project", file, "--json", "--classes"];
    let mut found = scratch.json(import.iter().chain(options));
    found["imported"][0].take()
}

#[test]
fn a_learner_answers_as_in_fastai_and_is_a_run_that_says_where_it_comes_from() {
    let scratch = decided();
    let file = learner(&scratch);
    let file = file.to_str().unwrap();
    let run = imported(&scratch, file, &[CLASSES, "--size", "64"]);
    let accuracy = run["accuracy"].as_f64().unwrap();
    let run = run["run"].as_str().unwrap();

    let golden: Value = serde_json::from_str(include_str!("../goldens/learner.json")).unwrap();
    let logits: Vec<f64> = serde_json::from_value(golden["logits"].clone()).unwrap();
    let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
    let image = formula_image(&scratch, 64);
    let said = scratch.json(["predict", "project", run, image.to_str().unwrap(), "--json"]);
    for (class, logit) in CLASSES.split(',').zip(&logits) {
        let prob = said["predictions"][0]["probs"][class].as_f64().unwrap();
        // Logits but for what all of them have in common.
        let off = (prob.ln() - (logit - sum.ln())).abs();
        assert!(off < 1e-4, "{class}: off by {off:.1e}");
    }

    let evaluation = scratch.json(["evaluate", "project", run, "--json"]);
    assert_eq!(evaluation["accuracy"].as_f64(), Some(accuracy));
    assert!(evaluation["seen_in_training"].is_null(), "nobody knows");
    let image = image.to_str().unwrap();
    scratch.ok(["explain", "project", run, image, "--out", "map.png"]);
    assert!(scratch.path("map.png").is_file());
    scratch.ok(["export", "project", run, "--to", "bundle", "bundle"]);
    let bundle = scratch.json(["predict", "--bundle", "bundle", image, "--json"]);
    assert_eq!(
        bundle["predictions"][0]["probs"],
        said["predictions"][0]["probs"]
    );
    let listed = scratch.ok(["runs", "project"]);
    assert!(
        listed.stdout.contains("trained on unknown images"),
        "{listed:#?}"
    );

    let error = scratch.fails([
        "import-run",
        "project",
        file,
        "--classes",
        CLASSES,
        "--size",
        "64",
    ]);
    assert!(error.contains(run), "it is there already: {error}");

    // Its weights are damaged: they come back.
    let weights = scratch.path(&format!("project/runs/{run}/best.safetensors"));
    let whole = fs::read(&weights).unwrap();
    fs::write(&weights, &whole[..100]).unwrap();
    let again = [
        "import-run",
        "project",
        file,
        "--classes",
        CLASSES,
        "--size",
        "64",
        "--json",
    ];
    assert_eq!(scratch.json(again)["restored"][0], run);
    assert_eq!(fs::read(&weights).unwrap(), whole);

    // Made with pretrained=False, it sees the values as they are: another run, which its bundle knows too.
    let options = [CLASSES, "--size", "64", "--no-normalize"];
    let plain = imported(&scratch, file, &options);
    let plain = plain["run"].as_str().unwrap();
    let told = scratch.json(["predict", "project", plain, image, "--json"]);
    let probs = |said: &Value| said["predictions"][0]["probs"].clone();
    assert_ne!(probs(&told), probs(&said));
    scratch.ok(["export", "project", plain, "--to", "bundle", "plain"]);
    let bundle = scratch.json(["predict", "--bundle", "plain", image, "--json"]);
    assert_eq!(probs(&bundle), probs(&told));
    let input = fs::read_to_string(scratch.path("plain/preprocessing.json")).unwrap();
    let input: Value = serde_json::from_str(&input).unwrap();
    assert_eq!(input["mean"], serde_json::json!([0.0, 0.0, 0.0]));
    assert_eq!(input["std"], serde_json::json!([1.0, 1.0, 1.0]));
}

#[test]
fn classes_are_matched_by_name_and_what_is_not_there_is_said() {
    let scratch = decided();
    let file = learner(&scratch);
    let file = file.to_str().unwrap();
    let error = scratch.fails(["import-run", "project", file]);
    assert!(
        error.contains("--classes") && error.contains("learn.dls.vocab"),
        "{error}"
    );
    let error = scratch.fails(["import-run", "project", file, "--classes", "elves,undead"]);
    assert!(
        error.contains("3 classes") && error.contains("2 are named"),
        "{error}"
    );
    let error = scratch.fails(["import-run", "project", file, "--classes", "nosuch.txt"]);
    assert!(error.contains("there is no file nosuch.txt"), "{error}");
    let error = scratch.fails(["import-run", "project", file, "--classes", "a,b,c"]);
    assert!(error.contains("a, b, c"), "{error}");
    let list = scratch.path("classes.txt");
    fs::write(&list, "Elves\ngnomes\n\ndrakes\n").unwrap();
    let import = ["import-run", "project", file, "--classes", "classes.txt"];
    // Perhaps the undead are called otherwise there; without them the accuracy would be better than it is.
    let error = scratch.fails(import);
    for part in ["no class gnomes", "its undead", "--classes"] {
        assert!(error.contains(part), "{error}");
    }
    fs::write(&list, "Elves\nUNDEAD\n\ndrakes\n").unwrap();
    let told = scratch.ok(import.iter().chain(&["--size", "64"]));
    let said = "the middle square, in 64 pixels";
    assert!(told.stderr.contains(said), "{told:#?}");
    assert!(told.stderr.contains("--no-normalize"), "{told:#?}");
    let error = scratch.fails(["import-run", "project", "gone.pth", "--classes", CLASSES]);
    assert!(error.contains("gone.pth"), "{error}");
}

#[test]
fn a_learner_that_knows_more_classes_is_measured_on_all_images() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let file = learner(&scratch);
    let import = ["import-run", "project", file.to_str().unwrap(), "--json"];
    let told = scratch.ok(import.iter().chain(&["--classes", CLASSES, "--size", "64"]));
    assert!(
        told.stderr.contains("the project has no drakes"),
        "{told:#?}"
    );
    assert!(!told.stderr.contains("not measured"), "{told:#?}");
    assert_eq!(told.json()["imported"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_no_learner_is_refused_with_the_remedy() {
    let scratch = decided();
    let blank = Net::blank(Arch::Resnet18, HeadKind::Linear, 3, 0).unwrap();
    let plain = scratch.path("plain.safetensors");
    save(&plain, &blank.state().unwrap(), Precision::F16).unwrap();
    let import = |file: &str| scratch.fails(["import-run", "project", file, "--classes", CLASSES]);
    let error = import("plain.safetensors");
    assert!(error.contains("learn.save"), "{error}");
    assert_eq!(
        fs::read_dir(scratch.path("project/runs")).map_or(0, Iterator::count),
        0
    );
}

#[test]
fn fastais_own_learners_are_imported_and_predict_the_same() {
    let Some(python) = python_with(&["fastai.vision.all"]) else {
        return;
    };
    let scratch = decided();
    scratch.ok(["export", "project", "--to", "imagefolder", "folders"]);
    let image = formula_image(&scratch, 96);
    let learner = script("fastai_learner.py");
    let arguments = [
        learner,
        scratch.path("folders"),
        image.clone(),
        scratch.path(""),
    ];
    let theirs = answer(&python, arguments);
    let classes: Vec<String> = serde_json::from_value(theirs["classes"].clone()).unwrap();
    let image = image.to_str().unwrap();
    let classes_given = classes.join(",");
    for (file, probs, option) in [
        ("learner.pth", "probs", None),
        ("remedy.pth", "probs", None),
        ("plain.pth", "plain_probs", Some("--no-normalize")),
    ] {
        let options = [classes_given.as_str(), "--size", "96"];
        let options: Vec<&str> = options.into_iter().chain(option).collect();
        let run = imported(&scratch, file, &options);
        let run = run["run"].as_str().unwrap();
        let ours = scratch.json(["predict", "project", run, image, "--json"]);
        for (class, prob) in classes.iter().zip(theirs[probs].as_array().unwrap()) {
            let ours = ours["predictions"][0]["probs"][class].as_f64().unwrap();
            let off = (ours.ln() - prob.as_f64().unwrap().ln()).abs();
            assert!(off < 1e-4, "{file}, {class}: off by {off:.1e}");
        }
    }
    let error = scratch.fails(["import-run", "project", "export.pkl", "--classes", CLASSES]);
    for part in ["learn.export", "load_learner", "torch.save"] {
        assert!(error.contains(part), "{error}");
    }
}

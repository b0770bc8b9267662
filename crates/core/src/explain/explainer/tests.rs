//! What is kept between requests, what is noticed, and that every method answers.

use std::path::{Path, PathBuf};

use candle_core::Device;
use image::RgbImage;

use super::*;
use crate::model::weights::{self, Precision};
use crate::model::{self, Arch};
use crate::predict::Predictor;
use crate::run::RunInfo;
use crate::run::config::TrainConfig;
use crate::run::preset::Preset;

const RUN: &str = "20261123-101500-s1";

/// A project with one run of two classes and one image.
fn project(root: &Path) -> (Project, PathBuf) {
    let project = Project::create(&root.join("films")).unwrap();
    let dir = project.run_dir(RUN);
    std::fs::create_dir_all(&dir).unwrap();
    let info = RunInfo {
        id: RUN.to_owned(),
        started: 1_790_000_000,
        process: 1,
        program: "cutting-room".to_owned(),
        hardware: "test".to_owned(),
        split_hash: "0123456789abcdef".to_owned(),
        is_random_split: false,
        leaks: None,
        train_n: 6,
        valid_n: 6,
        classes: vec!["drakes".to_owned(), "elves".to_owned()],
        lineage: None,
        data_version: None,
        copies: 0,
        crop: None,
        contaminated: None,
        config: TrainConfig {
            size: Some(64.into()),
            preset: Some(Preset::default()),
            ..TrainConfig::default()
        },
    };
    std::fs::write(dir.join("run.toml"), toml::to_string(&info).unwrap()).unwrap();
    let path = root.join("image.png");
    let image = RgbImage::from_fn(64, 64, |x, y| image::Rgb([x as u8 * 4, y as u8 * 4, 9]));
    image.save(&path).unwrap();
    (project, path)
}

/// Weights of a net that takes every image for `class`.
fn save_weights(project: &Project, class: usize) {
    let head = Preset::default().head();
    let net = model::build(Arch::default(), head, 2, 0).unwrap();
    let mut state = net.state().unwrap();
    let (name, bias) = state
        .iter_mut()
        .filter(|(_, value)| value.dims() == [2])
        .last()
        .map(|(name, value)| (name.clone(), value))
        .unwrap();
    assert!(name.ends_with("bias"), "{name}");
    let values = [0, 1].map(|index| if index == class { 50f32 } else { -50.0 });
    *bias = candle_core::Tensor::new(&values, &Device::Cpu).unwrap();
    let path = Predictor::weights_path(&project.run_dir(RUN));
    weights::save_with_epoch(&path, &state, 1).unwrap();
}

#[test]
fn weights_replaced_on_disk_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (project, image) = project(folder.path());
    let mut explainer = Explainer::new(project.clone());
    for (class, name) in ["drakes", "elves"].into_iter().enumerate() {
        save_weights(&project, class);
        let found = explainer
            .explain(
                RUN,
                &ImageFile::outside(&image),
                &Question::default(),
                &Progress::silent(),
            )
            .unwrap();
        assert_eq!((found.class, found.class_name()), (class, name));
        assert!(found.prob() > 0.9, "{:?}", found.prediction);
    }
}

/// As on a disk whose times are too coarse for a short epoch, and which uses the old file's place again.
#[test]
fn a_better_epoch_is_noticed_also_where_the_file_looks_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (project, image) = project(folder.path());
    let weights = Predictor::weights_path(&project.run_dir(RUN));
    let metrics = project.run_dir(RUN).join("metrics.jsonl");
    let mut explainer = Explainer::new(project.clone());
    let mut rows = String::new();
    for (class, epoch) in [(0, 1), (1, 2)] {
        let before = weights.metadata().and_then(|before| before.modified());
        save_weights(&project, class);
        if let (Ok(before), Some(kept)) = (before, &mut explainer.run) {
            let file = std::fs::File::options().write(true).open(&weights);
            file.unwrap().set_modified(before).unwrap();
            kept.set_version(FileVersion::of(&weights));
        }
        let row = format!(
            r#"{{"kind":"epoch","epoch":{epoch},"epochs":2,"step":1,"train_loss":1.0,"valid_loss":1.0,"train_accuracy":null,"accuracy":0.5,"valid_n":6,"is_best":true,"elapsed_secs":1.0}}"#
        );
        rows = format!("{rows}{row}\n");
        std::fs::write(&metrics, &rows).unwrap();
        let found = explainer
            .explain(
                RUN,
                &ImageFile::outside(&image),
                &Question::default(),
                &Progress::silent(),
            )
            .unwrap();
        assert_eq!(found.class, class, "epoch {epoch}");
    }
}

/// A training may have measured a better epoch before its weights were read, or after.
#[test]
fn the_epoch_is_that_of_the_weights_that_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (project, _) = project(folder.path());
    save_weights(&project, 0);
    let row = r#"{"kind":"epoch","epoch":2,"epochs":2,"step":1,"train_loss":1.0,"valid_loss":1.0,"train_accuracy":null,"accuracy":0.5,"valid_n":6,"is_best":true,"elapsed_secs":1.0}"#;
    let dir = project.run_dir(RUN);
    std::fs::write(dir.join("metrics.jsonl"), format!("{row}\n")).unwrap();
    let predictor = Predictor::load(&project, RUN).unwrap();
    assert_eq!(predictor.epoch(), Some(1));
    // Files of older versions do not say it themselves.
    let path = Predictor::weights_path(&dir);
    let state = weights::load(&path).unwrap();
    let bytes = weights::to_bytes(&state, Precision::F32, &path).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let predictor = Predictor::load(&project, RUN).unwrap();
    assert_eq!(predictor.epoch(), Some(2));
}

#[test]
fn what_is_unchanged_is_kept_and_another_image_in_its_place_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (project, path) = project(folder.path());
    save_weights(&project, 0);
    let mut explainer = Explainer::new(project);
    let mut explain = |class| {
        let question = Question {
            class,
            method: Method::Guided,
            ..Question::default()
        };
        explainer.explain(
            RUN,
            &ImageFile::outside(&path),
            &question,
            &Progress::silent(),
        )
    };
    assert_eq!(explain(Some("elves")).unwrap().class, 1);
    assert!(matches!(explain(Some("orcs")), Err(Error::Unknown { .. })));
    RgbImage::new(80, 60).save(&path).unwrap();
    assert_eq!(explain(None).unwrap().image_size, (80, 60));
    let kept = |explainer: &Explainer| {
        let image = explainer.image.as_ref();
        image.map(|image| image.inspected.inspection.features.id())
    };
    let before = kept(&explainer);
    let question = Question {
        class: Some("drakes"),
        ..Question::default()
    };
    let found = explainer.explain(
        RUN,
        &ImageFile::outside(&path),
        &question,
        &Progress::silent(),
    );
    assert!(before.is_some() && before == kept(&explainer));
    let again = explainer.explain(
        RUN,
        &ImageFile::outside(&path),
        &question,
        &Progress::silent(),
    );
    let same = [found, again].map(|found| found.unwrap().explanation);
    assert!(Arc::ptr_eq(&same[0], &same[1]), "it was computed again");
}

#[test]
fn every_method_answers_on_an_earlier_layer_and_another_class_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let (project, path) = project(folder.path());
    save_weights(&project, 0);
    let mut explainer = Explainer::new(project);
    for method in Method::ALL.into_iter().filter(|method| !method.is_slow()) {
        let question = Question {
            class: Some("elves"),
            against: Some("drakes"),
            method,
            layer: Some("blocks.4"),
        };
        let found = explainer
            .explain(
                RUN,
                &ImageFile::outside(&path),
                &question,
                &Progress::silent(),
            )
            .unwrap();
        assert_eq!(found.layer_name(), "blocks.4");
        let other = found.against.as_ref().unwrap();
        assert_eq!((found.class, other.class), (1, 0));
        assert_eq!(found.explanation.shape(), other.explanation.shape());
        if method.is_map() {
            assert_eq!(found.explanation.shape(), [4, 4], "{method:?}");
        }
    }
    let question = Question {
        layer: Some("layer9"),
        ..Question::default()
    };
    let refused = explainer.explain(
        RUN,
        &ImageFile::outside(&path),
        &question,
        &Progress::silent(),
    );
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("layer9") && refused.contains("conv_head"),
        "{refused}"
    );
}

#[test]
fn a_run_without_weights_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (project, image) = project(folder.path());
    let error = Explainer::new(project)
        .explain(
            RUN,
            &ImageFile::outside(&image),
            &Question::default(),
            &Progress::silent(),
        )
        .unwrap_err();
    assert!(error.to_string().contains("no weights yet"), "{error}");
}

//! A run as a page: it predicts in a real browser as the run does, and a person can use it.

#![expect(clippy::print_stdout, reason = "what was measured is told")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cutting_room::download::sha256;
use cutting_room::explain::cam::grad_cam_of;
use cutting_room::export::bundle::Bundle;
use cutting_room::export::site::{ONNX_RUNTIME_WEB, files_in};
use cutting_room::media::decode::decode_file;
use cutting_room::predict::ImageFile;
use image::{ImageFormat, Rgb, RgbImage, RgbaImage};
use serde_json::{Value, json};

use crate::browser::{StaticHost, chromium};
use crate::program::{Scratch, sample, with_two_films};

/// Files without loss, of which every pixel is known.
const LOSSLESS: usize = 50;

/// The browser, and a folder with ONNX Runtime Web; says so if one is missing.
fn needed() -> Option<(PathBuf, PathBuf)> {
    let Some(browser) = chromium() else {
        println!("skipped: no Chromium; install it, or name a browser in CUTTING_ROOM_CHROMIUM");
        return None;
    };
    let own = std::env::var_os("CUTTING_ROOM_RUNTIME").map(PathBuf::from);
    let runtime = own.or_else(|| {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
        let package = ONNX_RUNTIME_WEB.title();
        Some(cache?.join("cutting-room/runtime").join(package))
    });
    let runtime = runtime.filter(|folder| files_in(&ONNX_RUNTIME_WEB, folder).is_ok());
    if runtime.is_none() {
        println!("skipped: no ONNX Runtime Web; ./studio browser");
    }
    Some((browser, runtime?))
}

fn train(scratch: &Scratch, more: &[&str]) -> String {
    let train = [
        "train", "project", "--epochs", "1", "--size", "96", "--batch", "16",
    ];
    let run = scratch.ok(train.iter().chain(more));
    run.stdout.trim().to_owned()
}

/// The page of the run in the folder `site`, and its bundle in `bundle`.
fn export(scratch: &Scratch, run: &str, runtime: &Path) -> PathBuf {
    let site = scratch.path("site");
    for folder in [&site, &scratch.path("bundle")] {
        if folder.exists() {
            fs::remove_dir_all(folder).unwrap();
        }
    }
    let runtime = runtime.to_str().unwrap();
    scratch.ok([
        "export",
        "project",
        run,
        "--to",
        "site",
        "site",
        "--runtime",
        runtime,
    ]);
    scratch.ok(["export", "project", run, "--to", "bundle", "bundle"]);
    site
}

/// Frames and patterns of many shapes without loss, two of them transparent, and JPEGs, one of them turned; returns their names.
fn write_images(folder: &Path) -> [Vec<String>; 2] {
    let mut lossless = Vec::new();
    let mut portraits: Vec<PathBuf> = ["drakes", "elves", "undead"]
        .iter()
        .flat_map(|class| fs::read_dir(sample(&format!("portraits/{class}"))).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| decode_file(path).is_ok())
        .collect();
    portraits.sort();
    let photos: Vec<RgbImage> = portraits
        .iter()
        .map(|path| decode_file(path).unwrap().into_image())
        .collect();
    let sides = [33, 64, 96, 97, 150, 192, 320, 411, 700];
    for number in 0..LOSSLESS {
        let name = format!("{number:03}.png");
        let (width, height) = (sides[number % 9], sides[(number * 5 + number / 9) % 9]);
        let pattern = |x: u32, y: u32| {
            let at = number as u32 + 1;
            Rgb([
                (x * at + y) as u8,
                (x * x / 3 + y * at * 7) as u8,
                ((x ^ y) * at) as u8,
            ])
        };
        let image = match photos.get(number) {
            Some(photo) => photo.clone(),
            None => RgbImage::from_fn(width, height, pattern),
        };
        image.save(folder.join(&name)).unwrap();
        lossless.push(name);
    }
    let jpegs: Vec<String> = (0..portraits.len().min(12))
        .map(|number| format!("{number:03}.jpg"))
        .collect();
    for (name, path) in jpegs.iter().zip(&portraits) {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let photo = decode_file(path).unwrap().into_image();
        photo.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        let mut bytes = bytes.into_inner();
        if name == "003.jpg" {
            bytes = turned(&bytes);
        }
        fs::write(folder.join(name), bytes).unwrap();
    }
    let alpha = RgbaImage::from_fn(200, 120, |x, y| {
        image::Rgba([x as u8, y as u8, 90, (x + y) as u8])
    });
    alpha.save(folder.join("alpha.png")).unwrap();
    let mut rounded = jpegs;
    rounded.push("alpha.png".to_owned());
    [lossless, rounded]
}

/// The same JPEG with an EXIF block that says it lies on its side.
fn turned(jpeg: &[u8]) -> Vec<u8> {
    let tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, 0xe1, 0, (2 + 6 + tiff.len()) as u8]);
    bytes.extend(b"Exif\0\0");
    bytes.extend(tiff);
    bytes.extend(&jpeg[2..]);
    bytes
}

/// The page with a script that works it, and files beside it.
fn host(site: &Path, files: &[String]) -> StaticHost {
    let index = fs::read_to_string(site.join("index.html")).unwrap();
    let page = |script: &str| {
        let tag = format!("<script type=\"module\" src=\"{script}\"></script></head>");
        index.replace("</head>", &tag)
    };
    let empty =
        "<!doctype html><title>agree</title><script type=\"module\" src=\"agree.js\"></script>";
    let extra = BTreeMap::from([
        ("agree.html", empty.to_owned()),
        ("use.html", page("use.js")),
        ("agree.js", include_str!("../browser/agree.js").to_owned()),
        ("use.js", include_str!("../browser/use.js").to_owned()),
        ("files.json", json!(files).to_string()),
    ]);
    StaticHost::start(site, extra)
}

fn rewrite(folder: &Path, change: impl Fn(&mut Value)) {
    let path = folder.join("preprocessing.json");
    let mut read: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut read);
    fs::write(&path, read.to_string()).unwrap();
    // Another net's description, as if it had been exported so; a site has no sums.
    let _ = fs::remove_file(folder.join("SHA256SUMS"));
}

fn floats(value: &Value) -> Vec<f32> {
    let values = value.as_array().unwrap().iter();
    values.map(|value| value.as_f64().unwrap() as f32).collect()
}

fn most_apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .fold(0.0, |most, (a, b)| (a - b).abs().max(most))
}

fn best(logits: &[f32]) -> usize {
    let ranked = logits.iter().enumerate();
    ranked.max_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap().0
}

/// Asks the page and the program about every file; both must see the same pixels of the lossless ones.
fn compare(browser: &Path, scratch: &Scratch, [lossless, rounded]: &[Vec<String>; 2], what: &str) {
    let site = scratch.path("site");
    let files: Vec<String> = lossless.iter().chain(rounded).cloned().collect();
    let host = host(&site, &files);
    let report = host.visit(browser, "/agree.html");
    let check = &report["check"];
    assert_eq!(check["images"], 16, "{check}");
    assert!(
        check["difference"].as_f64() <= check["tolerance"].as_f64(),
        "{check}"
    );
    let bundle = Bundle::open(&scratch.path("bundle")).unwrap();
    let predictor = &bundle.predictor;
    let (mut off, mut off_rounded, mut off_map, mut equal) = (0f32, 0f32, 0f32, 0);
    for said in report["said"].as_array().unwrap() {
        let name = said["name"].as_str().unwrap();
        let read = predictor
            .read(&ImageFile::outside(&site.join(name)))
            .unwrap();
        let fitted = predictor.preprocess().fitted(&read.image).unwrap();
        let ours = predictor.fitted_logits(&fitted).unwrap();
        let theirs = floats(&said["logits"]);
        assert_eq!(
            said["seen"],
            json!([fitted.width(), fitted.height()]),
            "{name}"
        );
        let apart = most_apart(&ours, &theirs);
        if !lossless.iter().any(|file| file == name) {
            off_rounded = off_rounded.max(apart);
            continue;
        }
        let pixels = sha256(fitted.as_raw());
        assert_eq!(said["pixels"], pixels, "{what}, {name}: other pixels");
        off = off.max(apart);
        equal += usize::from(best(&ours) == best(&theirs));
        off_map = off_map.max(map_apart(predictor, &read.image, said, best(&ours)));
    }
    println!(
        "{what}: {equal} of {LOSSLESS} lossless files get the same class, the same pixels, and logits to {off:.1e}, maps to {off_map:.1e}; {} JPEGs and a transparent one get logits to {off_rounded:.1e}",
        rounded.len() - 1
    );
    assert_eq!(equal, LOSSLESS);
    assert!(off < 1e-3, "{what}: {off}");
    assert!(off_map < 1e-3, "{what}: {off_map}");
    assert!(off_rounded < 0.5, "{what}: {off_rounded}");
}

/// By how much the page's map of `class` differs from the program's Grad-CAM, both from 0 to 1.
fn map_apart(
    predictor: &cutting_room::predict::Predictor,
    image: &RgbImage,
    said: &Value,
    class: usize,
) -> f32 {
    let features = predictor.inspect(image).unwrap().features;
    let ours = grad_cam_of(predictor.classifier(), &features, class).unwrap();
    let cells = ours.values.len();
    assert_eq!(said["mapWidth"], ours.width);
    assert_eq!(said["mapHeight"], ours.height);
    let theirs = floats(&said["maps"]);
    let theirs: Vec<f32> = theirs[class * cells..][..cells]
        .iter()
        .map(|value| value.max(0.0))
        .collect();
    let to_one = |values: &[f32]| -> Vec<f32> {
        let most = values.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        values.iter().map(|value| value / most).collect()
    };
    most_apart(&to_one(&ours.values), &to_one(&theirs))
}

#[test]
fn a_page_sees_the_same_pixels_and_says_the_same_as_its_run() {
    let Some((browser, runtime)) = needed() else {
        return;
    };
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let run = train(&scratch, &[]);
    let site = export(&scratch, &run, &runtime);
    let files = write_images(&site);
    for fit in ["squish", "crop", "pad", "keep"] {
        for folder in [&site, &scratch.path("bundle")] {
            rewrite(folder, |it| {
                it["fit"] = json!(fit);
                it["crop"] = if fit == "keep" {
                    json!({ "pixels": 7 })
                } else {
                    Value::Null
                };
            });
        }
        compare(&browser, &scratch, &files, &format!("linear head, {fit}"));
    }
    let run = train(&scratch, &["--preset", "fastai"]);
    let site = export(&scratch, &run, &runtime);
    let files = write_images(&site);
    compare(&browser, &scratch, &files, "fastai's head");
}

#[test]
fn a_person_can_use_the_page_and_it_asks_nobody_else() {
    let Some((browser, runtime)) = needed() else {
        return;
    };
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let run = train(&scratch, &[]);
    let site = export(&scratch, &run, &runtime);
    write_images(&site);
    let host_of_site = host(&site, &[]);
    let seen = host_of_site.visit(&browser, "/use.html");
    println!("{seen:#}");
    let text = |key: &str| seen[key].as_str().unwrap().to_owned();
    assert!(
        text("status").starts_with("Checked: it answers 16 images"),
        "{seen}"
    );
    assert_eq!(seen["names"], json!(["000.png", "001.png"]));
    assert_eq!(
        seen["bars"].as_array().unwrap().len(),
        2,
        "as many as classes"
    );
    assert_eq!(seen["pressed"], json!(["false", "true"]));
    assert_eq!(
        (&seen["switched"], &seen["faded"]),
        (&json!(true), &json!(true))
    );
    assert!(
        text("caption").starts_with("Where the net sees")
            || text("caption").starts_with("Nothing in it")
    );
    assert!(
        text("comparison").starts_with("Orange speaks more for"),
        "{seen}"
    );
    for failure in seen["failures"].as_array().unwrap() {
        assert!(
            failure
                .as_str()
                .unwrap()
                .contains("no image that this browser can read"),
            "{seen}"
        );
    }
    assert!(text("latest").starts_with("002.png: "), "{seen}");
    assert_eq!(
        (&seen["left"], &seen["focused"]),
        (&json!(4), &json!("remove"))
    );
    assert_eq!(seen["unnamed"], json!([]), "everything has a name");
    assert_eq!(
        (&seen["elsewhere"], &seen["wide"]),
        (&json!([]), &json!(false))
    );

    // A net that was changed on its way says so, and predicts nothing.
    let goldens = site.join("goldens.json");
    let mut read: Value = serde_json::from_str(&fs::read_to_string(&goldens).unwrap()).unwrap();
    read["images"][3]["logits"][0] = json!(9.0);
    fs::write(&goldens, read.to_string()).unwrap();
    let seen = host(&site, &[]).visit(&browser, "/use.html");
    let status = seen["status"].as_str().unwrap();
    assert!(status.contains("does not answer as it did"), "{seen}");
    assert_eq!(seen["results"], 0, "{seen}");
}

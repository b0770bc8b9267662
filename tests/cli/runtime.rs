//! ONNX Runtime Web for pages: downloaded once and checked, or taken from a folder; every failure says what to do.

use std::fs;
use std::path::Path;

use cutting_room::download::{Expected, sha256};
use cutting_room::export::site::{Package, PackageFile, Runtime, files_in};
use cutting_room::progress::Progress;

use crate::program::with_two_films;
use crate::web_server::{Reply, WebServer};

const CONTENT: &[u8] = b"what runs";
const PATH: &str = "/tiny/-/tiny-1.0.0.tgz";

/// An npm package with one file that is wanted and one that is not.
fn archive() -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(gzip);
    for (name, content) in [
        ("package/package.json", b"{}" as &[u8]),
        ("package/dist/run.wasm", CONTENT),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, content).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn package(archive: &[u8], sha256_of_archive: String) -> Package {
    // Packages are constants of the program.
    let text = |text: String| -> &'static str { text.leak() };
    Package {
        name: "tiny",
        version: "1.0.0",
        archive: Expected {
            size_bytes: archive.len() as u64,
            sha256: text(sha256_of_archive),
        },
        files: vec![PackageFile {
            name: "run.wasm",
            sha256: text(sha256(CONTENT)),
        }]
        .leak(),
    }
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn the_package_is_downloaded_once_and_only_what_is_needed_is_kept() {
    let server = WebServer::start();
    let archive = archive();
    server.route(PATH, Reply::ok(archive.clone()));
    let cache = tempfile::tempdir().unwrap();
    let package = package(&archive, sha256(&archive));
    let runtime = Runtime::new(package, &server.url("/"), cache.path());
    for _again in 0..2 {
        let files = runtime.files(&Progress::silent()).unwrap();
        assert_eq!(files, [("run.wasm", CONTENT.to_vec())]);
        assert_eq!(server.count(PATH), 1);
    }
    let kept = cache.path().join("tiny@1.0.0");
    assert_eq!(count(&kept), 1, "the archive is gone");
    // What was changed there is not used.
    fs::write(kept.join("run.wasm"), "something else").unwrap();
    assert!(files_in(&package, &kept).is_err());
    assert_eq!(runtime.files(&Progress::silent()).unwrap().len(), 1);
    assert_eq!(server.count(PATH), 2);
}

#[test]
fn a_download_that_went_wrong_leaves_nothing_and_says_what_to_do() {
    let archive = archive();
    let good = sha256(&archive);
    let other = sha256(b"another archive");
    for (reply, expected, word) in [
        (Reply::ok(archive.clone()), other, "damaged"),
        (Reply::status(404), good.clone(), "404"),
        (Reply::CutOff(archive[..40].to_vec()), good, "broke off"),
    ] {
        let server = WebServer::start();
        server.route(PATH, reply);
        let cache = tempfile::tempdir().unwrap();
        let package = package(&archive, expected);
        let runtime = Runtime::new(package, &server.url(""), cache.path());
        let said = runtime.files(&Progress::silent()).unwrap_err().to_string();
        for part in [word, "npm pack tiny@1.0.0", "--runtime FOLDER"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(count(&cache.path().join("tiny@1.0.0")), 0, "{word}");
    }
}

#[test]
fn a_folder_without_the_files_is_refused_and_no_page_is_left() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let run = scratch.ok([
        "train", "project", "--epochs", "1", "--size", "96", "--batch", "16",
    ]);
    let run = run.stdout.trim();
    fs::create_dir(scratch.path("empty")).unwrap();
    let export = ["export", "project", run, "--to", "site", "page"];
    let said = scratch.fails(export.iter().chain(&["--runtime", "empty"]));
    assert!(
        said.contains("ort.wasm.bundle.min.mjs cannot be read") && said.contains("npm pack"),
        "{said}"
    );
    fs::write(scratch.path("empty/ort.wasm.bundle.min.mjs"), "old").unwrap();
    let said = scratch.fails(export.iter().chain(&["--runtime", "empty"]));
    assert!(said.contains("is not that of onnxruntime-web@"), "{said}");
    // Nobody serves anything at this port.
    let mut offline = scratch.command(export);
    let offline = offline.env("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9");
    let offline: crate::program::Answer = offline.output().unwrap().into();
    assert_eq!(offline.code, Some(1), "{offline:#?}");
    assert!(offline.stderr.contains("--runtime FOLDER"), "{offline:#?}");
    assert!(!scratch.path("page").exists());
    let wrong = scratch.run([
        "export",
        "project",
        run,
        "--to",
        "onnx",
        "page",
        "--runtime",
        "empty",
    ]);
    assert_eq!(wrong.code, Some(2), "{wrong:#?}");
}

//! What goes wrong at other people's desks: junk folders, broken films, no ffmpeg, no room, no right to write.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cutting_room::catalog::Catalog;
use cutting_room::project::Project;

use crate::program::{Answer, Scratch, sample, with_two_films};

fn skipped(test: &str, why: &str) {
    eprintln!("skipped: {test}: {why}");
}

/// Ten kinds of junk beside two good images, made here so that the test needs no reference data.
fn junk(folder: &Path) -> Vec<&'static str> {
    let class = folder.join("elves");
    fs::create_dir_all(&class).unwrap();
    let good = fs::read(sample("portraits/elves/002.jpg")).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(class.join(name), bytes).unwrap();
    write("good.jpg", &good);
    write("duplicate.jpg", &good);
    write(
        "webp.jpg",
        &fs::read(sample("portraits/undead/really_webp.jpg")).unwrap(),
    );
    write("Thumbs.db", &[0xd0, 0xcf, 0x11, 0xe0, 0, 0, 0, 0]);
    write("empty.png", b"");
    write(
        "page.jpg",
        b"<!DOCTYPE html><html><body>403 Forbidden</body></html>",
    );
    write("cut.jpg", &good[..good.len() / 2]);
    write(
        "noise.jpg",
        &[&[0xff, 0xd8, 0xff, 0xe0][..], &[7; 500]].concat(),
    );
    write("bomb.png", &bomb());
    write("notes.txt", b"to do: more elves");
    fs::create_dir(class.join("folder.jpg")).unwrap();
    vec!["empty.png", "page.jpg", "cut.jpg", "noise.jpg", "bomb.png"]
}

#[test]
fn a_named_pipe_is_refused_instead_of_waited_on() {
    let scratch = Scratch::with_project();
    let pipe = scratch.path("pipe.jpg");
    if !Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .is_ok_and(|status| status.success())
    {
        return skipped(
            "a_named_pipe_is_refused_instead_of_waited_on",
            "mkfifo is missing",
        );
    }
    let error = cutting_room::media::decode::decode_file(&pipe).unwrap_err();
    assert!(error.to_string().contains("no ordinary file"), "{error}");
    assert!(
        cutting_room::media::recipe::Recipe::default()
            .decode_for(&pipe, 224)
            .is_err()
    );
}

/// A PNG's first chunk that promises 60,000 x 60,000 pixels.
fn bomb() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(60_000u32.to_be_bytes());
    bytes.extend(60_000u32.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

#[test]
fn junk_is_counted_and_named_and_the_good_images_come_in() {
    let scratch = Scratch::with_project();
    let unreadable = junk(&scratch.path("scraped"));
    let before = listing(&scratch.path("scraped"));
    let answer = scratch.json([
        "import-images",
        "project",
        "scraped",
        "--source",
        "web",
        "--json",
    ]);
    let warned = answer["warnings"].to_string();
    for name in unreadable {
        assert!(warned.contains(name), "{name} in {warned}");
    }
    let report = &answer["imported"][0];
    assert!(report["unreadable"].as_u64().unwrap() >= 5, "{report}");
    assert!(
        (2..=3).contains(&report["added"].as_u64().unwrap()),
        "{report}"
    );
    assert_eq!(
        listing(&scratch.path("scraped")),
        before,
        "the person's files are as they were"
    );
    let again = scratch.json([
        "import-images",
        "project",
        "scraped",
        "--source",
        "web",
        "--json",
    ]);
    assert_eq!(again["imported"][0]["added"], 0, "{again}");
}

fn listing(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(listing(&entry.path()));
        } else {
            found.push((entry.path(), entry.metadata().unwrap().len()));
        }
    }
    found.sort();
    found
}

#[test]
fn the_ten_scraped_folders_come_in_with_their_junk_named() {
    let Some(shared) = crate::program::shared() else {
        return skipped(
            "the_ten_scraped_folders_come_in_with_their_junk_named",
            "no reference data",
        );
    };
    let scratch = Scratch::with_project();
    let scraped = shared.join("data/scraped");
    let answer = scratch.json([
        "import-images".into(),
        "project".into(),
        scraped.into_os_string(),
        "--source".into(),
        "web".into(),
        "--in-place".into(),
        "--json".into(),
    ]);
    let truth = fs::read_to_string(shared.join("data/scraped.truth.csv")).unwrap();
    let warned = answer["warnings"].to_string();
    let broken = truth.lines().filter_map(|line| {
        let mut fields = line.split(',');
        let (file, kind) = (fields.next()?, fields.next()?);
        (matches!(kind, "corrupt" | "not-an-image") && !file.ends_with("Thumbs.db")).then_some(file)
    });
    for file in broken {
        assert!(warned.contains(file), "{file} is not named");
    }
    assert!(
        answer["imported"][0]["added"].as_u64().unwrap() > 200,
        "{}",
        answer["imported"]
    );
}

#[test]
fn a_folder_without_images_or_that_is_missing_is_an_answer() {
    let scratch = Scratch::with_project();
    assert!(
        scratch
            .fails(["import-images", "project", "none"])
            .contains("none")
    );
    fs::write(scratch.path("file.txt"), "text").unwrap();
    scratch.fails(["import-images", "project", "file.txt"]);
}

/// Matroska, because half an MP4 has lost its index and shows nothing at all.
fn half_a_film(scratch: &Scratch) {
    let whole = scratch.path("whole.mkv");
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(sample("films/elves.mp4"))
        .args(["-c", "copy"])
        .arg(&whole)
        .status()
        .unwrap();
    assert!(made.success());
    let bytes = fs::read(whole).unwrap();
    fs::write(scratch.path("half.mkv"), &bytes[..bytes.len() / 2]).unwrap();
}

#[test]
fn a_film_cut_in_half_keeps_what_came_and_says_where_it_broke() {
    let scratch = Scratch::with_project();
    half_a_film(&scratch);
    let answer = scratch.json([
        "import-film",
        "project",
        "half.mkv",
        "--class",
        "elves",
        "--every",
        "24",
        "--json",
    ]);
    let report = &answer["imported"][0];
    let added = report["added"].as_u64().unwrap();
    assert!((10..30).contains(&added), "{report}");
    assert!(report["broken"].is_string(), "{report}");
}

#[test]
fn what_is_no_film_fails_while_the_others_come_in() {
    let scratch = Scratch::with_project();
    fs::write(scratch.path("empty.mp4"), b"").unwrap();
    fs::write(scratch.path("text.mp4"), b"no film at all").unwrap();
    let elves = sample("films/elves.mp4");
    let answer = scratch.run([
        "import-film",
        "project",
        "empty.mp4",
        "text.mp4",
        "missing.mp4",
        elves.to_str().unwrap(),
        "--every",
        "48",
        "--json",
    ]);
    assert_eq!(answer.code, Some(1), "{answer:#?}");
    let document = answer.json();
    assert_eq!(
        document["failed"].as_array().unwrap().len(),
        3,
        "{document}"
    );
    assert_eq!(document["imported"][0]["source"], "elves", "{document}");
    assert!(answer.stderr.contains("3 of 4"), "{answer:#?}");
}

#[test]
fn without_ffmpeg_there_is_one_message_with_the_remedy() {
    let scratch = Scratch::with_project();
    let film = sample("films/elves.mp4");
    let output = scratch
        .command(["import-film", "project", film.to_str().unwrap()])
        .env("PATH", "")
        .output()
        .unwrap();
    let answer = Answer::from(output);
    assert_eq!(answer.code, Some(1), "{answer:#?}");
    assert_eq!(
        answer.stderr.matches("ffmpeg is not installed").count(),
        1,
        "{answer:#?}"
    );
    assert!(answer.stderr.contains("apt install ffmpeg"), "{answer:#?}");
}

#[test]
fn a_project_opened_twice_names_its_holder() {
    let scratch = Scratch::with_project();
    let project = cutting_room::project::Project::open(&scratch.path("project")).unwrap();
    let _lock = project.lock().unwrap();
    let error = scratch.fails(["split", "project", "--suggest", "0.2"]);
    assert!(error.contains(&std::process::id().to_string()), "{error}");
    // Reading goes on beside the writer.
    scratch.ok(["scenes", "project"]);
}

/// `mount` in a scratch folder; false where that is not permitted.
fn mount(arguments: &[&str], target: &Path) -> bool {
    Command::new("mount")
        .args(arguments)
        .arg(target)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Unmounts when the test is over, also when it failed.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_said_and_leaves_a_project_that_opens() {
    let scratch = Scratch::new();
    let disk = scratch.path("disk");
    fs::create_dir(&disk).unwrap();
    if !mount(&["-t", "tmpfs", "-o", "size=1200k", "tmpfs"], &disk) {
        return skipped(
            "a_full_disk_is_said_and_leaves_a_project_that_opens",
            "mount is not permitted",
        );
    }
    let _mounted = Mounted(disk);
    scratch.ok(["new", "disk/project"]);
    let film = sample("films/elves.mp4");
    let error = scratch.fails([
        "import-film",
        "disk/project",
        film.to_str().unwrap(),
        "--every",
        "2",
    ]);
    assert!(
        error.to_lowercase().contains("space") || error.contains("full"),
        "{error}"
    );
    scratch.ok(["scenes", "disk/project"]);
}

#[test]
fn a_read_only_project_is_read_but_not_written() {
    let scratch = Scratch::with_project();
    let project = scratch.path("project");
    let source = project.to_str().unwrap();
    if !mount(&["--bind", source], &project) {
        return skipped(
            "a_read_only_project_is_read_but_not_written",
            "mount is not permitted",
        );
    }
    let _mounted = Mounted(project.clone());
    if !mount(&["-o", "remount,bind,ro"], &project) {
        return skipped(
            "a_read_only_project_is_read_but_not_written",
            "a read-only bind is not permitted",
        );
    }
    let film = sample("films/elves.mp4");
    let error = scratch.fails(["import-film", "project", film.to_str().unwrap()]);
    assert!(
        error.contains("writable") || error.to_lowercase().contains("read-only"),
        "{error}"
    );
    scratch.ok(["scenes", "project"]);
}

/// Neither `leaks` nor `screen` says that all is well of images that it has not looked at, and both say why.
fn assert_not_known(scratch: &Scratch, why: &str) {
    let leaks = scratch.ok(["leaks", "project", "--quick"]);
    let is_unknown = leaks.stdout.starts_with("contamination not known (0 of ");
    assert!(is_unknown && leaks.stderr.contains(why), "{leaks:#?}");
    let document = scratch.json(["leaks", "project", "--quick", "--json"]);
    assert!(document["contamination"].is_null(), "{document}");
    let screen = scratch.ok(["screen", "project"]);
    assert!(
        screen.stdout.contains("(0 of ") && screen.stderr.contains(why),
        "{screen:#?}"
    );
}

#[test]
fn what_another_program_keeps_from_being_compared_is_not_known() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let project = Project::open(&scratch.path("project")).unwrap();
    let held = Catalog::open(&project).unwrap();
    assert_not_known(&scratch, "another program has the project open");
    drop(held);
    let leaks = scratch.ok(["leaks", "project", "--quick"]).stdout;
    assert!(leaks.starts_with("contamination 0.0 %"), "{leaks}");
}

#[test]
fn what_a_read_only_folder_keeps_from_being_compared_is_not_known() {
    let test = "what_a_read_only_folder_keeps_from_being_compared_is_not_known";
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let project = scratch.path("project");
    if !mount(&["--bind", project.to_str().unwrap()], &project) {
        return skipped(test, "mount is not permitted");
    }
    let _mounted = Mounted(project.clone());
    if !mount(&["-o", "remount,bind,ro"], &project) {
        return skipped(test, "a read-only bind is not permitted");
    }
    assert_not_known(&scratch, "nothing can be written in the project's folder");
}

#[test]
fn a_folder_nobody_may_write_to_is_refused() {
    let scratch = Scratch::new();
    // Not even root can make a folder there.
    let error = scratch.fails(["new", "/proc/project"]);
    assert!(error.contains("/proc/project"), "{error}");
}

#[test]
fn a_cause_is_told_once() {
    let scratch = Scratch::new();
    fs::write(scratch.path("file"), "not a folder").unwrap();
    let words = scratch.fails(["new", "file/project"]);
    assert_eq!(words.matches("os error").count(), 1, "{words}");
}

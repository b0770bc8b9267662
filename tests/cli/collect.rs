//! `collect` and `credits` with the real program against a server on this computer.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::program::{Answer, Scratch, kill};
use crate::web_server::{Reply, WebServer, image};

fn command(scratch: &Scratch, server: &WebServer, arguments: &[&str]) -> Command {
    let mut command = scratch.command(arguments);
    command
        .env("CUTTING_ROOM_COLLECT_ALLOW", server.authority())
        .env("CUTTING_ROOM_COLLECT_PAUSE_MS", "0")
        .env("CUTTING_ROOM_OPENVERSE", server.url(""))
        .env("CUTTING_ROOM_COMMONS", server.url(""));
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(variable);
    }
    command
}

fn collect(scratch: &Scratch, server: &WebServer, arguments: &[&str]) -> Answer {
    command(scratch, server, arguments).output().unwrap().into()
}

fn serve_images(scratch: &Scratch, server: &WebServer, count: u8) {
    let mut list = String::new();
    for number in 0..count {
        let path = format!("/{number}.png");
        server.route(&path, Reply::ok(image(number, 40, 30)));
        list.push_str(&server.url(&path));
        list.push('\n');
    }
    std::fs::write(scratch.path("list.txt"), list).unwrap();
}

const LIST: [&str; 7] = [
    "collect", "project", "--urls", "list.txt", "--class", "elves", "--json",
];

#[test]
fn a_list_is_collected_and_credited() {
    let scratch = Scratch::with_project();
    let server = WebServer::start();
    serve_images(&scratch, &server, 3);
    server.route("/1.png", Reply::ok("<html>no image</html>"));
    let answer = collect(&scratch, &server, &LIST);
    assert_eq!(answer.code, Some(0), "{answer:#?}");
    let document = answer.json();
    assert_eq!(document["taken"], 2);
    assert_eq!(document["duplicate"], 0);
    assert_eq!(document["refused"], 1);
    assert_eq!(document["failed"], 0);
    assert_eq!(document["source"], "web");
    let warning = &document["warnings"][0];
    assert_eq!(warning["subject"], server.url("/1.png"));

    let plain = collect(&scratch, &server, &LIST[..6]);
    assert_eq!(
        plain.stdout,
        "0 images taken into web, 2 already there, 1 refused\n"
    );

    scratch.ok(["credits", "project", "--out", "credits.csv"]);
    let table = std::fs::read_to_string(scratch.path("credits.csv")).unwrap();
    assert_eq!(table.lines().count(), 3);
    assert!(table.contains(&server.url("/0.png")) && table.contains("images/web/elves/0-"));
    let credits = scratch.json(["credits", "project", "--json"]);
    assert_eq!(credits["credits"][0]["class"], "elves");
    // What is somebody's own is not written over.
    let error = scratch.fails(["credits", "project", "--out", "list.txt"]);
    assert!(error.contains(".csv"), "{error}");
    std::fs::write(scratch.path("mine.csv"), "a,b\n").unwrap();
    let error = scratch.fails(["credits", "project", "--out", "mine.csv"]);
    assert!(error.contains("no table of credits"), "{error}");
}

#[test]
fn usage_is_checked_before_anything_is_asked() {
    let scratch = Scratch::with_project();
    for wrong in [
        &["collect", "project", "--class", "a"][..],
        &["collect", "project", "--openverse", "a", "--commons", "b"],
        &[
            "collect",
            "project",
            "--openverse",
            "a",
            "--licence",
            "mine",
        ],
        &["collect", "project", "--openverse", "a", "--limit", "0"],
        &["collect", "project", "--commons", "a", "--after", "May"],
    ] {
        let answer = scratch.run(wrong);
        assert_eq!(answer.code, Some(2), "{answer:#?}");
    }
    std::fs::write(scratch.path("one.txt"), "http://127.0.0.1:9/a.png\n").unwrap();
    let list = ["collect", "project", "--urls", "one.txt"];
    for (option, value, part) in [
        ("--contact", "a\nb", "printable"),
        ("--class", "two\nlines", "one line"),
    ] {
        let error = scratch.fails(list.into_iter().chain([option, value]));
        assert!(error.contains(part), "{error}");
    }
    // Nothing but what no server is asked for.
    std::fs::write(scratch.path("odd.txt"), "file:///etc/hostname\n").unwrap();
    let answer = scratch.run(["collect", "project", "--urls", "odd.txt", "--class", "a"]);
    assert_eq!(answer.code, Some(1), "{answer:#?}");
    let error = scratch.fails(
        list.into_iter()
            .chain(["--class", "a", "--after", "2020", "--before", "2019-05"]),
    );
    assert!(error.contains("2020-01-01 to 2019-05-31"), "{error}");
    let error = scratch.fails(["collect", "project", "--urls", "none.txt", "--class", "a"]);
    assert!(error.contains("none.txt"), "{error}");
    let error = scratch.fails(["credits", "project", "--out", "c.csv"]);
    assert!(error.contains("nobody to credit"), "{error}");
}

#[test]
fn a_row_without_a_class_is_named_and_the_others_come() {
    let scratch = Scratch::with_project();
    let server = WebServer::start();
    serve_images(&scratch, &server, 3);
    let url = |number: u8| server.url(&format!("/{number}.png"));
    let table = |classes: [&str; 3]| {
        let rows = (0..3).map(|row| format!("{},{}\n", url(row), classes[usize::from(row)]));
        format!("url,class\n{}", rows.collect::<String>())
    };
    let list = ["collect", "project", "--urls", "list.csv", "--json"];
    std::fs::write(scratch.path("list.csv"), table(["", "elves", "orcs"])).unwrap();
    let answer = collect(&scratch, &server, &list);
    assert_eq!(answer.code, Some(0), "{answer:#?}");
    let document = answer.json();
    assert_eq!(
        (&document["taken"], &document["refused"]),
        (&2.into(), &1.into())
    );
    assert_eq!(document["warnings"][0]["subject"], url(0));

    // Mended, it is fetched; where no row has a class the list is refused.
    std::fs::write(scratch.path("list.csv"), table(["elves", "elves", "orcs"])).unwrap();
    let document = collect(&scratch, &server, &list).json();
    assert_eq!(
        (&document["taken"], &document["already"]),
        (&1.into(), &2.into())
    );
    let other = table(["", "", ""]).replace(".png", ".jpg");
    std::fs::write(scratch.path("none.csv"), other).unwrap();
    let list = ["collect", "project", "--urls", "none.csv"];
    let answer = collect(&scratch, &server, &list);
    assert_eq!(answer.code, Some(1), "{answer:#?}");
    assert!(answer.stderr.contains("--class"), "{answer:#?}");
}

#[test]
fn a_computer_that_is_offline_says_so() {
    let scratch = Scratch::with_project();
    std::fs::write(scratch.path("list.txt"), "http://127.0.0.1:1/a.jpg\n").unwrap();
    let mut command = scratch.command(&LIST[..6]);
    command
        .env("CUTTING_ROOM_COLLECT_ALLOW", "127.0.0.1:1")
        .env("CUTTING_ROOM_COLLECT_PAUSE_MS", "0");
    let answer: Answer = command.output().unwrap().into();
    assert_eq!(answer.code, Some(1), "{answer:#?}");
    assert!(answer.stderr.contains("online"), "{answer:#?}");
    // Without being allowed, this computer is not even asked.
    let answer = scratch.run(LIST);
    assert_eq!(answer.json()["refused"], 1);
}

#[test]
fn a_killed_collection_goes_on_where_it_stopped() {
    let scratch = Scratch::with_project();
    let server = WebServer::start();
    serve_images(&scratch, &server, 30);
    server.route("/20.png", Reply::Silence);
    let child = command(&scratch, &server, &LIST).spawn().unwrap();
    let begun = Instant::now();
    while server.count("/20.png") == 0 {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "it never came so far"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    kill(child);
    server.route("/20.png", Reply::ok(image(20, 40, 30)));
    let document = collect(&scratch, &server, &LIST).json();
    assert_eq!(
        (&document["taken"], &document["already"]),
        (&10.into(), &20.into())
    );
    for number in 0..20 {
        assert_eq!(server.count(&format!("/{number}.png")), 1);
    }
}

/// The image's first half now, the rest after a while.
fn write_slowly(path: &std::path::Path, bytes: &[u8]) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path).unwrap();
    file.write_all(&bytes[..bytes.len() / 2]).unwrap();
    file.flush().unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    file.write_all(&bytes[bytes.len() / 2..]).unwrap();
}

#[test]
fn a_folder_is_watched_until_ctrl_c() {
    let scratch = Scratch::with_project();
    let folder = scratch.path("shots");
    std::fs::create_dir_all(folder.join("elves")).unwrap();
    std::fs::write(folder.join("elves/a.png"), image(1, 40, 30)).unwrap();
    let watch = scratch.start(["watch", "project", "shots", "--json"]);
    write_slowly(&folder.join("elves/b.png"), &image(2, 40, 30));
    std::fs::write(folder.join("elves/page.png"), "<html></html>").unwrap();
    std::fs::write(folder.join("elves/c.png.part"), "half").unwrap();
    std::thread::sleep(Duration::from_secs(5));
    let interrupted = Command::new("kill")
        .args(["-INT", &watch.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    let answer: Answer = watch.wait_with_output().unwrap().into();
    assert_eq!(answer.code, Some(0), "{answer:#?}");
    let document = answer.json();
    assert_eq!(document["imported"][0]["added"], 2, "{answer:#?}");
    assert_eq!(document["imported"][0]["source"], "shots");
    assert_eq!(
        document["warnings"].as_array().unwrap().len(),
        1,
        "{answer:#?}"
    );
    assert_eq!(document["warnings"][0]["subject"], "elves/page.png");
    // One step of the history.
    let undone = scratch.ok(["undo", "project"]);
    assert!(undone.stdout.contains("2 images"), "{undone:#?}");
}

#[test]
fn several_folders_are_watched_each_with_its_class() {
    let scratch = Scratch::with_project();
    for (folder, seed) in [("a", 1), ("b/orcs", 2), ("c", 3)] {
        std::fs::create_dir_all(scratch.path(folder)).unwrap();
        let path = scratch.path(folder).join("1.png");
        std::fs::write(path, image(seed, 40, 30)).unwrap();
    }
    let watch = |folders: &[&'static str], more: &[&'static str]| {
        let mut words = vec!["watch", "project"];
        words.extend(folders);
        words.extend(more);
        words
    };
    for (folders, more, part) in [
        (
            &["a", "b", "c"][..],
            &["--class", "x", "--class", "y"][..],
            "--class once",
        ),
        (&["a", "b"], &["--source", "x"], "--source once"),
        (&["b", "b/orcs"], &[], "twice"),
        (&["a", "none"], &[], "none"),
    ] {
        let error = scratch.fails(watch(folders, more));
        assert!(error.contains(part), "{error}");
    }
    let more = [
        "--class", "elves", "--class", "", "--class", "undead", "--json",
    ];
    let child = scratch.start(watch(&["a", "b", "c"], &more));
    std::thread::sleep(Duration::from_secs(5));
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    let answer: Answer = child.wait_with_output().unwrap().into();
    assert_eq!(answer.code, Some(0), "{answer:#?}");
    let document = answer.json();
    for (at, source) in ["a", "b", "c"].iter().enumerate() {
        assert_eq!(document["imported"][at]["source"], *source);
        assert_eq!(document["imported"][at]["added"], 1, "{source}");
    }
    let project = cutting_room::project::Project::open(&scratch.path("project")).unwrap();
    let catalog = cutting_room::catalog::Catalog::open_read_only(&project).unwrap();
    let names = catalog.snapshot().unwrap().classes.into_iter();
    let names: Vec<String> = names.map(|(_, name)| name).collect();
    assert_eq!(names, ["elves", "orcs", "undead"]);
}

//! Images from the web, asked of a server on this computer: what comes in, what is refused, and that nothing is asked
//! more often or more quickly than it should be.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use cutting_room::catalog::import::ImportReport;
use cutting_room::catalog::{Catalog, Decision, Edit, Outcome, Snapshot};
use cutting_room::collect::{CollectReport, Collector, Dates, Origin, Request, Settings, Span};
use cutting_room::error::{Error, Result};
use cutting_room::progress::Progress;
use cutting_room::project::Project;

use crate::web_server::{Reply, WebServer, image};

/// An empty project, a server, and how it is asked.
struct Story {
    folder: tempfile::TempDir,
    project: Project,
    server: WebServer,
    settings: Settings,
}

impl Story {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("project")).unwrap();
        let server = WebServer::start();
        let settings = Settings {
            openverse: server.url(""),
            commons: server.url(""),
            allowed: vec![server.authority()],
            interval: Duration::ZERO,
            search_interval: Duration::ZERO,
            retry_pause: Duration::from_millis(10),
            patience: Duration::from_secs(2),
            silence: Duration::from_millis(500),
            total: Duration::from_secs(2),
            max_bytes: 1 << 20,
            ..Settings::default()
        };
        Self {
            folder,
            project,
            server,
            settings,
        }
    }

    /// A list of these lines, paths of the server among them.
    fn list(&self, lines: &[&str]) -> Request {
        let path = self.folder.path().join("list.txt");
        let lines: Vec<String> = lines
            .iter()
            .map(|line| match line.strip_prefix('/') {
                Some(_) => self.server.url(line),
                None => (*line).to_owned(),
            })
            .collect();
        std::fs::write(&path, lines.join("\n")).unwrap();
        Request {
            class: Some("elves".to_owned()),
            ..Request::new(Origin::Urls(path))
        }
    }

    fn catalog(&self) -> Catalog {
        Catalog::open(&self.project).unwrap()
    }

    fn try_collect(&self, request: Request, progress: &Progress) -> Result<CollectReport> {
        let mut catalog = self.catalog();
        let settings = self.settings.clone();
        let collector = Collector::new(&catalog, &self.project, request, settings)?;
        let import = collector.import().clone();
        let mut rows = ImportReport::default();
        collector.run(progress, &mut |batch| {
            catalog.insert_fetched(&import, &batch.images, &batch.fetched, &mut rows)
        })
    }

    /// Also what was warned of: address and reason.
    fn collect(&self, request: Request) -> (CollectReport, Vec<(String, String)>) {
        let progress = Progress::silent();
        let report = self.try_collect(request, &progress).unwrap();
        let warnings = progress.warnings().into_iter();
        let warnings = warnings.map(|warning| (warning.subject, warning.message));
        (report, warnings.collect())
    }

    fn snapshot(&self) -> Snapshot {
        self.catalog().snapshot().unwrap()
    }
}

fn report(counts: [usize; 6]) -> CollectReport {
    let [taken, already, duplicate, rejected, refused, failed] = counts;
    CollectReport {
        source: "web".to_owned(),
        taken,
        already,
        duplicate,
        rejected,
        refused,
        failed,
        ..CollectReport::default()
    }
}

/// Its counts are these; some were rejected, and the report says when the last was.
fn assert_counts(done: &CollectReport, counts: [usize; 6]) {
    assert!(done.last_rejected.is_some_and(|at| at.0 > 0), "{done:?}");
    assert!(done.summary().contains("rejected before (the last on "));
    let done = CollectReport {
        last_rejected: None,
        ..done.clone()
    };
    assert_eq!(done, report(counts));
}

#[test]
fn a_list_becomes_a_source_whose_images_say_where_they_are_from() {
    let story = Story::new();
    story
        .server
        .route("/a/../A b.jpg", Reply::ok(image(1, 40, 30)));
    story
        .server
        .route("/A%20b.jpg", Reply::ok(image(1, 40, 30)));
    story.server.route("/2.png", Reply::ok(image(2, 40, 30)));
    let mut request = story.list(&[]);
    let Origin::Urls(path) = &request.origin else {
        unreachable!()
    };
    let table = format!(
        "url,class,licence,author,title,page\n{},orcs,CC BY 4.0,Ann,An orc,http://p.org/1\n{},,,,,\n",
        story.server.url("/a/../A b.jpg"),
        story.server.url("/2.png"),
    );
    std::fs::write(path, table).unwrap();
    request.class = Some("elves".to_owned());
    let (done, warnings) = story.collect(request);
    assert_eq!((done, warnings.len()), (report([2, 0, 0, 0, 0, 0]), 0));

    let snapshot = story.snapshot();
    let source = snapshot.source_named("web").unwrap();
    let images = snapshot.images_of_source(source.id);
    let classes: Vec<&str> = images
        .iter()
        .map(|image| snapshot.class_name(image.class.unwrap()).unwrap())
        .collect();
    assert_eq!(classes, ["orcs", "elves"]);
    // The content decides the ending.
    assert!(
        images[0].origin.starts_with("orcs/A-20b-")
            && images[0].path.extension() == Some("png".as_ref())
    );
    assert!(
        images[0]
            .path
            .starts_with(story.project.images_dir().join("web/orcs"))
    );
    assert_eq!(source.origin, story.project.images_dir().join("web"));

    let credits = story.catalog().credits().unwrap();
    assert_eq!(credits.len(), 2);
    let from = &credits[0].provenance;
    assert_eq!(from.author.as_deref(), Some("Ann"));
    assert_eq!(from.licence.as_deref(), Some("CC BY 4.0"));
    assert_eq!(from.page.as_deref(), Some("http://p.org/1"));
    assert!(from.fetched_secs > 1_600_000_000);
    assert!(
        story.server.asked()[0]
            .user_agent
            .starts_with("cutting-room/"),
        "{:?}",
        story.server.asked()
    );

    // One step of the history, with all images.
    let mut catalog = story.catalog();
    assert_eq!(
        catalog.undo().unwrap().as_deref(),
        Some("Imported 2 images into web")
    );
    assert_eq!(catalog.snapshot().unwrap().images.len(), 0);
}

#[test]
fn what_is_no_image_is_refused_and_said() {
    let story = Story::new();
    let svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let truncated = image(3, 60, 60);
    for (path, reply) in [
        ("/page.jpg", Reply::ok("<!doctype html><html></html>")),
        (
            "/svg.jpg",
            Reply::ok(svg).with("Content-Type", "image/jpeg"),
        ),
        ("/text.png", Reply::ok("no image at all")),
        ("/empty.jpg", Reply::ok("")),
        ("/half.png", Reply::ok(&truncated[..truncated.len() / 2])),
        ("/small.png", Reply::ok(image(4, 300, 99))),
        (
            "/noai.png",
            Reply::ok(image(5, 300, 300)).with("X-Robots-Tag", "noindex, noimageai"),
        ),
        ("/gone.png", Reply::status(404)),
        ("/good.png", Reply::ok(image(6, 300, 300))),
    ] {
        story.server.route(path, reply);
    }
    let paths = [
        "/page.jpg",
        "/svg.jpg",
        "/text.png",
        "/empty.jpg",
        "/half.png",
        "/small.png",
        "/noai.png",
        "/gone.png",
        "/good.png",
        "file:///etc/passwd",
        "http://10.0.0.1/a.jpg",
        "no address",
    ];
    let request = Request {
        min_size: 100,
        ..story.list(&paths)
    };
    let (done, warnings) = story.collect(request.clone());
    assert_eq!(done, report([1, 0, 0, 0, 10, 1]), "{warnings:#?}");
    assert_eq!(warnings.len(), 11);
    let reason = |ending: &str| {
        let found = warnings.iter().find(|(url, _)| url.ends_with(ending));
        found
            .unwrap_or_else(|| panic!("{ending}: {warnings:#?}"))
            .1
            .clone()
    };
    assert!(
        reason("page.jpg").contains("web page"),
        "{}",
        reason("page.jpg")
    );
    assert!(reason("small.png").contains("99 pixels"));
    assert!(reason("noai.png").contains("X-Robots-Tag"));
    assert!(reason("gone.png").contains("404"));
    assert!(reason("passwd").contains("only http and https"));
    assert!(reason("10.0.0.1/a.jpg").contains("its own network"));

    // Refused once and for all, but what was only too small may do another time.
    let asked = story.server.count("/page.jpg");
    let (again, warnings) = story.collect(Request {
        min_size: 50,
        ..request
    });
    assert_eq!(again, report([1, 1, 0, 0, 9, 1]), "{warnings:#?}");
    assert_eq!(story.server.count("/page.jpg"), asked);
    assert_eq!(story.server.count("/good.png"), 1);
}

#[test]
fn redirects_are_followed_on_the_web_and_nowhere_else() {
    let story = Story::new();
    let elsewhere = WebServer::start();
    elsewhere.route("/secret.png", Reply::ok(image(1, 40, 30)));
    let server = &story.server;
    server.route("/good", Reply::redirect("/hop/../image.png"));
    server.route("/image.png", Reply::ok(image(2, 40, 30)));
    server.route("/near", Reply::redirect(elsewhere.url("/secret.png")));
    let port = elsewhere.url("").rsplit(':').next().unwrap().to_owned();
    server.route(
        "/name",
        Reply::redirect(format!("http://localhost:{port}/secret.png")),
    );
    server.route("/number", Reply::redirect("http://0x7f.1/secret.png"));
    server.route("/cloud", Reply::redirect("http://169.254.169.254/latest"));
    server.route("/file", Reply::redirect("file:///etc/passwd"));
    server.route("/data", Reply::redirect("data:image/png;base64,AAAA"));
    server.route("/round", Reply::redirect("/round"));
    server.route("/nowhere", Reply::status(302));
    let paths = [
        "/good", "/near", "/name", "/number", "/cloud", "/file", "/data", "/round", "/nowhere",
    ];
    let (done, warnings) = story.collect(story.list(&paths));
    assert_eq!(done, report([1, 0, 0, 0, 7, 1]), "{warnings:#?}");
    assert_eq!(elsewhere.asked().len(), 0, "it was never asked");
    assert_eq!(server.count("/round"), 6, "five redirects");
}

#[test]
fn slow_endless_and_broken_answers_end_in_time() {
    let mut story = Story::new();
    // More attempts would only take longer.
    story.settings.patience = Duration::from_secs(1);
    let server = &story.server;
    server.route("/endless.jpg", Reply::Endless);
    let huge = vec![0; (1 << 20) + 1];
    server.route("/huge.jpg", Reply::ok(huge));
    server.route(
        "/drip.jpg",
        Reply::Drip(vec![0; 1000], Duration::from_millis(100)),
    );
    server.route("/silent.jpg", Reply::Silence);
    server.route("/cut.png", Reply::CutOff(image(1, 40, 30)));
    server.route(
        "/mended.png",
        Reply::InTurn(vec![
            Reply::CutOff(image(2, 40, 30)),
            Reply::status(503),
            Reply::ok(image(2, 40, 30)),
        ]),
    );
    let began = Instant::now();
    let paths = [
        "/endless.jpg",
        "/huge.jpg",
        "/drip.jpg",
        "/silent.jpg",
        "/cut.png",
        "/mended.png",
    ];
    let (done, warnings) = story.collect(story.list(&paths));
    assert_eq!(done, report([1, 0, 0, 0, 2, 3]), "{warnings:#?}");
    assert!(warnings[0].1.contains("larger than 1 MiB"));
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(server.count("/drip.jpg"), 3, "three attempts");
}

#[test]
fn servers_are_asked_slowly_and_left_alone_when_they_say_so() {
    let mut story = Story::new();
    story.settings.interval = Duration::from_millis(150);
    let server = &story.server;
    let busy = Reply::status(429).with("Retry-After", "1");
    server.route(
        "/1.png",
        Reply::InTurn(vec![busy, Reply::ok(image(1, 40, 30))]),
    );
    server.route("/2.png", Reply::ok(image(2, 40, 30)));
    let (done, _) = story.collect(story.list(&["/1.png", "/2.png"]));
    assert_eq!(done, report([2, 0, 0, 0, 0, 0]));
    let asked = server.asked();
    let paths: Vec<&str> = asked.iter().map(|asked| asked.path.as_str()).collect();
    assert_eq!(paths, ["/robots.txt", "/1.png", "/1.png", "/2.png"]);
    let pause = |at: usize| asked[at].at - asked[at - 1].at;
    assert!(pause(1) >= Duration::from_millis(150), "{:?}", pause(1));
    assert!(pause(2) >= Duration::from_secs(1), "{:?}", pause(2));
    assert!(pause(3) >= Duration::from_millis(150), "{:?}", pause(3));

    // For longer than anybody waits: it is not asked for the others either.
    server.route("/3.png", Reply::status(503).with("Retry-After", "3600"));
    server.route("/4.png", Reply::ok(image(4, 40, 30)));
    let began = Instant::now();
    let (done, warnings) = story.collect(story.list(&["/3.png", "/4.png"]));
    assert_eq!(done, report([0, 0, 0, 0, 0, 2]));
    assert!(warnings[1].1.contains("60 more minutes"), "{warnings:?}");
    assert_eq!((server.count("/3.png"), server.count("/4.png")), (1, 0));
    assert!(began.elapsed() < Duration::from_secs(2));
    // It failed this time only.
    server.route("/3.png", Reply::ok(image(3, 40, 30)));
    let (done, _) = story.collect(story.list(&["/3.png", "/4.png"]));
    assert_eq!(done, report([2, 0, 0, 0, 0, 0]));
}

#[test]
fn robots_txt_is_kept_to() {
    let story = Story::new();
    let server = &story.server;
    server.route(
        "/robots.txt",
        Reply::ok("User-agent: *\nDisallow: /private/\nAllow: /private/open.png\n"),
    );
    for (seed, path) in [
        (1, "/private/1.png"),
        (2, "/private/open.png"),
        (3, "/3.png"),
    ] {
        server.route(path, Reply::ok(image(seed, 40, 30)));
    }
    server.route("/way", Reply::redirect("/private/1.png"));
    let paths = ["/private/1.png", "/private/open.png", "/3.png", "/way"];
    let (done, warnings) = story.collect(story.list(&paths));
    assert_eq!(done, report([2, 0, 0, 0, 2, 0]), "{warnings:?}");
    assert!(
        warnings
            .iter()
            .all(|(_, reason)| reason.contains("robots.txt"))
    );
    assert_eq!(server.count("/private/1.png"), 0);
    assert_eq!(server.count("/robots.txt"), 1, "once");

    // A server whose rules cannot be read may forbid everything.
    server.route("/robots.txt", Reply::status(500));
    server.route("/5.png", Reply::ok(image(5, 40, 30)));
    let (done, warnings) = story.collect(story.list(&["/5.png"]));
    assert_eq!(done, report([0, 0, 0, 0, 0, 1]), "{warnings:?}");
    assert_eq!(server.count("/5.png"), 0);
}

#[test]
fn what_is_there_or_was_rejected_does_not_come_twice() {
    let story = Story::new();
    let server = &story.server;
    for (path, seed) in [
        ("/1.png", 1),
        ("/2.png", 2),
        ("/copy-of-1.png", 1),
        ("/copy-of-2.png", 2),
    ] {
        server.route(path, Reply::ok(image(seed, 40, 30)));
    }
    let (done, _) = story.collect(story.list(&["/1.png", "/2.png", "/1.png"]));
    assert_eq!(done, report([2, 1, 0, 0, 0, 0]));
    let bad = story.snapshot().images[1].id;
    let reject = Edit::SetDecision {
        images: vec![bad],
        decision: Decision::Reject,
    };
    story.catalog().apply(&reject).unwrap();
    let all = ["/1.png", "/2.png", "/copy-of-1.png", "/copy-of-2.png"];
    let (done, _) = story.collect(story.list(&all));
    assert_counts(&done, [0, 1, 1, 2, 0, 0]);
    assert_eq!((server.count("/1.png"), server.count("/2.png")), (1, 1));
    assert_eq!(story.snapshot().images.len(), 2);

    // Also when the whole source has left the project.
    let source = story.snapshot().source_named("web").unwrap().id;
    story
        .catalog()
        .apply(&Edit::RemoveSource { source })
        .unwrap();
    let (done, _) = story.collect(story.list(&all));
    // Its copy was seen before.
    assert_counts(&done, [1, 1, 0, 2, 0, 0]);
    let snapshot = story.snapshot();
    assert_eq!(snapshot.images.len(), 1, "the removed ones stay away");
    assert_eq!(server.count("/2.png"), 1);

    // An undone collection brings the same rows again, not others beside them.
    let mut catalog = story.catalog();
    catalog.undo().unwrap();
    assert_eq!(catalog.snapshot().unwrap().images.len(), 0);
    drop(catalog);
    let (done, _) = story.collect(story.list(&all));
    assert_eq!(done.taken, 1);
    let snapshot = story.snapshot();
    assert_eq!(snapshot.images.len(), 1);
    let folder = snapshot.images[0].path.parent().unwrap();
    assert_eq!(
        std::fs::read_dir(folder).unwrap().count(),
        2,
        "no file twice"
    );
}

#[test]
fn a_collection_that_was_cancelled_goes_on_where_it_stopped() {
    let story = Story::new();
    let paths: Vec<String> = (0..12).map(|number| format!("/{number}.png")).collect();
    for (number, path) in paths.iter().enumerate() {
        story
            .server
            .route(path, Reply::ok(image(number as u8, 40, 30)));
    }
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let progress = Progress::silent();
    let mut catalog = story.catalog();
    let request = Request {
        limit: Some(10),
        ..story.list(&paths)
    };
    let settings = story.settings.clone();
    let collector = Collector::new(&catalog, &story.project, request.clone(), settings).unwrap();
    let import = collector.import().clone();
    let mut rows = ImportReport::default();
    let cancelled = collector.run(&progress, &mut |batch| {
        catalog.insert_fetched(&import, &batch.images, &batch.fetched, &mut rows)?;
        if batch.report.taken == 4 {
            progress.cancel();
        }
        Ok(())
    });
    assert!(matches!(cancelled, Err(Error::Cancelled)));
    drop(catalog);
    let known = story.catalog().known_content().unwrap();
    assert_eq!(known.urls.len(), 4);
    assert!(known.urls.values().all(|url| url.outcome == Outcome::Taken));

    let (done, _) = story.collect(request);
    assert_eq!(done, report([6, 4, 0, 0, 0, 0]), "the limit is of both");
    assert_eq!(story.snapshot().images.len(), 10);
    for path in &paths[..10] {
        assert_eq!(story.server.count(path), 1, "{path}");
    }
    assert_eq!(story.server.count(paths[10]), 0);
}

#[test]
fn a_slow_transfer_is_cancelled_at_once() {
    let mut story = Story::new();
    story.settings.silence = Duration::from_mins(1);
    story.settings.total = Duration::from_mins(1);
    story.server.route("/slow.png", Reply::Silence);
    let progress = Progress::silent();
    let theirs = progress.clone();
    let canceller = std::thread::Builder::new().spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        theirs.cancel();
    });
    assert!(canceller.is_ok());
    let began = Instant::now();
    let cancelled = story.try_collect(story.list(&["/slow.png"]), &progress);
    assert!(matches!(cancelled, Err(Error::Cancelled)));
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn openverse_is_searched_page_by_page() {
    let story = Story::new();
    let server = &story.server;
    let result = |number: u8, licence: &str| {
        serde_json::json!({
            "id": number.to_string(), "title": format!("Fox {number}"), "creator": "Ann",
            "url": server.url(&format!("/{number}.png")), "license": licence, "license_version": "2.0",
            "license_url": "https://creativecommons.org/licenses/by/2.0/", "source": "flickr",
            "foreign_landing_url": format!("https://flickr.example/{number}"), "width": 40, "height": 30,
        })
    };
    let page = |number: u32, results: Vec<serde_json::Value>| {
        let page = serde_json::json!({
            "result_count": 4, "page_count": 2, "page_size": 20, "page": number, "results": results,
        });
        server.route(
            &format!("/v1/images/?q=red+fox&page={number}&page_size=20&license=by%2Ccc0"),
            Reply::ok(page.to_string()),
        );
    };
    page(1, vec![result(1, "by"), result(2, "cc0")]);
    page(2, vec![result(3, "by"), result(4, "by-nc")]);
    for number in 1..=4 {
        server.route(&format!("/{number}.png"), Reply::ok(image(number, 40, 30)));
    }
    let request = Request {
        licences: "by,cc0".parse().unwrap(),
        ..Request::new(Origin::Openverse("red fox".to_owned()))
    };
    let (done, warnings) = story.collect(request.clone());
    assert_eq!(done, report([3, 0, 0, 0, 1, 0]), "{warnings:?}");
    assert_eq!(
        server.count("/4.png"),
        0,
        "its licence was asked for by nobody"
    );
    let snapshot = story.snapshot();
    assert!(
        snapshot.class_named("red fox").is_some(),
        "the keywords are the class"
    );
    let credits = story.catalog().credits().unwrap();
    let from = &credits[0].provenance;
    assert_eq!(from.title.as_deref(), Some("Fox 1"));
    assert_eq!(from.licence.as_deref(), Some("by 2.0"));
    assert_eq!(from.provider, "openverse (flickr)");

    // No more than are asked for.
    let few = Request {
        limit: Some(3),
        ..request
    };
    let (done, _) = story.collect(few);
    assert_eq!(done, report([0, 3, 0, 0, 0, 0]));
}

#[test]
fn commons_is_searched_with_licence_and_author() {
    let story = Story::new();
    let server = &story.server;
    let page = |number: u8, licence: &str| {
        serde_json::json!({
            "pageid": number, "ns": 6, "title": format!("File:Fox {number}.jpg"), "index": number,
            "imageinfo": [{
                "url": server.url(&format!("/full/{number}.png")),
                "thumburl": server.url(&format!("/{number}.png")), "thumbwidth": 40, "thumbheight": 30,
                "descriptionurl": format!("https://commons.example/wiki/File:Fox_{number}.jpg"),
                "width": 4000, "height": 3000, "mime": "image/jpeg", "user": "Uploader",
                "extmetadata": {
                    "LicenseShortName": {"value": licence},
                    "Artist": {"value": "<a href=\"//x\">Ann</a>"},
                },
            }],
        })
    };
    let first = serde_json::json!({
        "continue": {"gsroffset": 2, "continue": "gsroffset||"},
        "query": {"pages": [page(2, "CC BY-NC 2.0"), page(1, "CC BY-SA 4.0")]},
    });
    let second =
        serde_json::json!({"batchcomplete": true, "query": {"pages": [page(3, "CC BY 2.0")]}});
    server.route(
        "/w/api.php",
        Reply::InTurn(vec![
            Reply::ok(first.to_string()),
            Reply::ok(second.to_string()),
        ]),
    );
    for number in 1..=3 {
        server.route(&format!("/{number}.png"), Reply::ok(image(number, 40, 30)));
    }
    let request = Request {
        class: Some("foxes".to_owned()),
        licences: "commercial".parse().unwrap(),
        ..Request::new(Origin::Commons("fox".to_owned()))
    };
    let (done, warnings) = story.collect(request);
    assert_eq!(done, report([2, 0, 0, 0, 1, 0]), "{warnings:?}");
    assert!(warnings[0].1.contains("CC BY-NC 2.0"));
    let searches: Vec<String> = server
        .asked()
        .into_iter()
        .map(|asked| asked.path)
        .filter(|path| path.starts_with("/w/api.php"))
        .collect();
    assert_eq!(searches.len(), 2);
    assert!(
        searches[0].contains("gsrsearch=fox+filetype%3Abitmap"),
        "{searches:?}"
    );
    assert!(searches[1].contains("gsroffset=2"), "{searches:?}");
    let credits = story.catalog().credits().unwrap();
    let from = &credits[0].provenance;
    assert_eq!(from.author.as_deref(), Some("Ann"));
    assert_eq!(from.licence.as_deref(), Some("CC BY-SA 4.0"));
    assert_eq!(from.title.as_deref(), Some("Fox 1"));
}

#[test]
fn a_search_that_does_not_answer_says_so() {
    let story = Story::new();
    story
        .server
        .route("/v1/images/", Reply::ok("<html>log in</html>"));
    let request = Request::new(Origin::Openverse("fox".to_owned()));
    let error = story.try_collect(request, &Progress::silent()).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("Openverse could not be searched"), "{error}");
    assert!(error.contains("online"), "{error}");
    let nothing = Request::new(Origin::Commons(" ".to_owned()));
    assert!(story.try_collect(nothing, &Progress::silent()).is_err());
    let no_class = Request {
        class: None,
        ..story.list(&["/1.png"])
    };
    let error = story
        .try_collect(no_class, &Progress::silent())
        .unwrap_err();
    assert!(error.to_string().contains("--class"), "{error}");
}

#[test]
fn a_project_that_was_moved_collects_on() {
    let story = Story::new();
    story.server.route("/1.png", Reply::ok(image(1, 40, 30)));
    story.server.route("/2.png", Reply::ok(image(2, 40, 30)));
    story.collect(story.list(&["/1.png"]));
    let moved = story.folder.path().join("moved");
    std::fs::rename(story.project.root(), &moved).unwrap();
    let project = Project::open(&moved).unwrap();
    let story = Story { project, ..story };
    let (done, _) = story.collect(story.list(&["/1.png", "/2.png"]));
    assert_eq!(done, report([1, 1, 0, 0, 0, 0]));
    let snapshot = story.snapshot();
    assert_eq!(snapshot.sources.len(), 1);
    assert!(snapshot.images.iter().all(|image| image.path.is_file()));
    assert!(snapshot.sources[0].origin.is_dir());
}

#[test]
fn a_name_of_an_imported_folder_is_not_taken() {
    let story = Story::new();
    let scraped = story.folder.path().join("scraped/elves");
    std::fs::create_dir_all(&scraped).unwrap();
    std::fs::write(scraped.join("a.png"), image(1, 40, 30)).unwrap();
    let import = cutting_room::catalog::import::ImportImages {
        folder: story.folder.path().join("scraped"),
        source: "web".to_owned(),
        placement: cutting_room::catalog::import::Placement::Copy,
        is_test: false,
        layout: cutting_room::catalog::import::Layout::Auto,
    };
    let progress = Progress::silent();
    story
        .catalog()
        .import_images(&story.project, &import, &progress)
        .unwrap();
    let error = story
        .try_collect(story.list(&["/1.png"]), &progress)
        .unwrap_err();
    assert!(error.to_string().contains("another folder"), "{error}");
    // Its image is known under another name.
    story.server.route("/1.png", Reply::ok(image(1, 40, 30)));
    let other = Request {
        source: "found".to_owned(),
        ..story.list(&["/1.png"])
    };
    let (done, _) = story.collect(other);
    assert_eq!((done.taken, done.duplicate), (0, 1));
}

#[test]
fn a_search_that_stops_answering_keeps_what_it_brought() {
    let story = Story::new();
    let server = &story.server;
    let first = serde_json::json!({
        "page_count": 9, "results": [{"url": server.url("/1.png")}, {"url": server.url("/2.png")}],
    });
    server.route("/v1/images/", Reply::status(401));
    server.route(
        "/v1/images/?q=fox&page=1&page_size=20",
        Reply::ok(first.to_string()),
    );
    server.route("/1.png", Reply::ok(image(1, 40, 30)));
    server.route("/2.png", Reply::ok(image(2, 40, 30)));
    let request = Request::new(Origin::Openverse("fox".to_owned()));
    let (done, warnings) = story.collect(request);
    assert_eq!(done, report([2, 0, 0, 0, 0, 0]));
    assert!(warnings[0].1.contains("401"), "{warnings:?}");
}

#[test]
fn only_images_of_the_wanted_time_are_fetched() {
    let story = Story::new();
    let request = story.list(&[]);
    let Origin::Urls(path) = &request.origin else {
        unreachable!()
    };
    let mut table = "url,class,date\n".to_owned();
    let dates = ["2015-03-02", "2016", "2016-08-01 10:00", "", "1999"];
    for (number, date) in dates.iter().enumerate() {
        let path = format!("/{number}.png");
        story
            .server
            .route(&path, Reply::ok(image(number as u8, 40, 30)));
        writeln!(table, "{},elves,{date}", story.server.url(&path)).unwrap();
    }
    std::fs::write(path, table).unwrap();
    let day = |text: &str| text.parse::<Span>().unwrap();
    let dated = Request {
        dates: Dates {
            after: Some(day("2015").first),
            before: Some(day("2016-06").last),
        },
        ..request.clone()
    };
    let (done, warnings) = story.collect(dated.clone());
    assert_eq!(done, report([1, 0, 0, 0, 4, 0]), "{warnings:#?}");
    assert_eq!(story.server.asked().len(), 2, "robots.txt and one image");
    assert!(
        warnings[0]
            .1
            .contains("its date (2016) is not within 2015-01-01 to 2016-06-30")
    );
    assert!(warnings[2].1.contains("not known"));
    // Asked for without dates they come: nothing was refused for good.
    let (done, _) = story.collect(request.clone());
    assert_eq!(done, report([4, 1, 0, 0, 0, 0]));

    let progress = Progress::silent();
    let openverse = Request {
        origin: Origin::Openverse("fox".to_owned()),
        ..dated.clone()
    };
    let error = story.try_collect(openverse, &progress).unwrap_err();
    assert!(error.to_string().contains("Openverse does not say"));
    let turned = Request {
        dates: Dates {
            after: dated.dates.before,
            before: dated.dates.after,
        },
        ..dated
    };
    let error = story.try_collect(turned, &progress).unwrap_err();
    assert!(error.to_string().contains("earlier one first"), "{error}");
}

//! Weights from the hub: fetched once, checked, cached, and every failure reported with its remedy.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use cutting_room::Error;
use cutting_room::model::Arch;
use cutting_room::model::hub::{Fetched, Hub};
use cutting_room::progress::Progress;
use cutting_room::session::jobs::download::WeightsDownload;
use cutting_room::session::{Command, Event, Job, Session};

use crate::hub_server::{Fault, HubServer};
use crate::nets::{TRAIN, resnet_18};
use crate::program::{Answer, Scratch, with_two_films};

/// Larger than what a socket holds, so that cancelling finds a transfer in the middle.
fn some_file() -> Vec<u8> {
    (0..8_000_000u32).map(|i| (i % 251) as u8).collect()
}

fn fetch(server: &HubServer, cache: &Path) -> cutting_room::error::Result<Fetched> {
    Hub::new(&server.endpoint(), cache).fetch(Arch::Resnet50, &Progress::silent())
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn a_file_is_fetched_once_and_then_needs_no_network() {
    let cache = tempfile::tempdir().unwrap();
    let file = some_file();
    let server = HubServer::start(file.clone(), Fault::None);
    let progress = Progress::silent();
    let hub = Hub::new(&server.endpoint(), cache.path());
    assert_eq!(hub.cached(Arch::Resnet50), None);
    let fetched = hub.fetch(Arch::Resnet50, &progress).unwrap();
    assert_eq!(fetched.licence.as_deref(), Some("bsd-3-clause"));
    assert_eq!(std::fs::read(&fetched.path).unwrap(), file);
    let state = progress.state();
    assert_eq!((state.done, state.total), (8_000, Some(8_000)));
    assert!(
        state
            .stage
            .contains("timm/resnet50.tv_in1k (licence bsd-3-clause)")
    );

    let asked = server.requests();
    assert_eq!(hub.cached(Arch::Resnet50).as_ref(), Some(&fetched.path));
    let again = hub.fetch(Arch::Resnet50, &progress).unwrap();
    assert_eq!((again.path, server.requests()), (fetched.path, asked));
    assert_eq!(hub.cached(Arch::Resnet18), None);
}

#[test]
fn a_transfer_that_went_wrong_leaves_nothing_and_says_what_to_do() {
    for (fault, word) in [
        (Fault::Truncated, "broke off"),
        (Fault::Damaged, "checksum"),
        (Fault::Gone, "404"),
        (Fault::Portal, "not understood"),
    ] {
        let cache = tempfile::tempdir().unwrap();
        let server = HubServer::start(some_file(), fault);
        let error = fetch(&server, cache.path()).unwrap_err().to_string();
        for part in [
            word,
            "try again",
            "/timm/resnet50.tv_in1k/resolve/main/model.safetensors",
            "--weights FILE",
        ] {
            assert!(error.contains(part), "{fault:?}: {error}");
        }
        assert_eq!(files(cache.path()), 0, "{fault:?}");
    }
}

#[test]
fn a_transfer_can_be_cancelled_in_the_middle() {
    let cache = tempfile::tempdir().unwrap();
    let server = HubServer::start(some_file(), Fault::None);
    let flag = Arc::new(OnceLock::<Progress>::new());
    let raised = Arc::clone(&flag);
    let progress = Progress::new(move |state| {
        if let (true, Some(progress)) = (state.stage.starts_with("downloading"), raised.get()) {
            progress.cancel();
        }
    });
    let _ = flag.set(progress.clone());
    let hub = Hub::new(&server.endpoint(), cache.path());
    let error = hub.fetch(Arch::Resnet50, &progress).unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
    assert!(progress.state().done < 8_000);
    assert_eq!(files(cache.path()), 0);
}

#[test]
fn nets_that_are_not_there_are_told_apart() {
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub::new("http://127.0.0.1:1", cache.path());
    let of = |arch| {
        let error = hub.fetch(arch, &Progress::silent()).unwrap_err();
        error.to_string()
    };
    assert!(of(Arch::EfficientnetLite0).contains("inside the program"));
    let squeezenet = of(Arch::Squeezenet11);
    assert!(squeezenet.contains("torchvision's") && !squeezenet.contains("hub"));
    let offline = of(Arch::Resnet50);
    assert!(offline.contains("could not be had") && offline.contains("--weights FILE"));
}

/// Events of a session until its download ends.
fn ended(session: &mut Session) -> Event {
    let begun = Instant::now();
    loop {
        let events = session.poll().unwrap();
        for event in events {
            if !matches!(event, Event::Started { .. }) {
                return event;
            }
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "it never ended");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_session_downloads_beside_its_other_work() {
    let scratch = Scratch::with_project();
    let mut session = Session::open(&scratch.path("project"), Arc::new(|| {})).unwrap();
    let server = HubServer::start(some_file(), Fault::None);
    let hub = Hub::new(&server.endpoint(), &scratch.path("cache"));
    let command = Command::start(WeightsDownload::new(hub.clone(), Arch::Densenet121));
    session.apply(command).unwrap();
    let job = &session.jobs()[0];
    assert!(
        matches!(&*job.job, Job::DownloadWeights(download) if download.arch == Arch::Densenet121)
    );
    assert_eq!(job.title, "Download DenseNet-121");
    let Event::Finished { job, .. } = ended(&mut session) else {
        panic!("it did not finish")
    };
    let Job::DownloadWeights(download) = &*job else {
        panic!("{job:?}")
    };
    let Fetched { path, licence } = download.fetched.clone().unwrap();
    assert_eq!(hub.cached(Arch::Densenet121), Some(path));
    assert_eq!(licence.as_deref(), Some("bsd-3-clause"));

    let damaged = HubServer::start(some_file(), Fault::Damaged);
    let hub = Hub::new(&damaged.endpoint(), &scratch.path("cache"));
    let command = Command::start(WeightsDownload::new(hub, Arch::Resnet50));
    session.apply(command).unwrap();
    let Event::Failed { message, .. } = ended(&mut session) else {
        panic!("it did not fail")
    };
    assert!(message.contains("checksum"), "{message}");
}

/// The program with this hub.
fn with_hub(scratch: &Scratch, endpoint: &str, arguments: &[&str]) -> Answer {
    let mut command = scratch.command(arguments);
    command.env("HF_ENDPOINT", endpoint);
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(variable);
    }
    command.output().unwrap().into()
}

#[test]
fn a_net_is_trained_with_weights_from_the_hub_and_again_without_it() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let mut arguments = TRAIN.to_vec();
    arguments.extend(["--weights", "hub"]);
    let offline = with_hub(&scratch, "http://127.0.0.1:1", &arguments);
    assert_eq!(offline.code, Some(1), "{offline:#?}");
    assert!(offline.stderr.contains("name the file"), "{offline:#?}");
    assert_eq!(
        files(&scratch.path("project/runs")),
        0,
        "no run was started"
    );

    let file = std::fs::read(resnet_18(&scratch, |_| {})).unwrap();
    let server = HubServer::start(file, Fault::None);
    let online = with_hub(&scratch, &server.endpoint(), &arguments);
    assert_eq!(online.code, Some(0), "{online:#?}");
    assert!(
        online.stderr.contains("licence bsd-3-clause"),
        "{online:#?}"
    );
    drop(server);
    let cached = with_hub(&scratch, "http://127.0.0.1:1", &arguments);
    assert_eq!(cached.code, Some(0), "{cached:#?}");
    assert_eq!(files(&scratch.path("project/runs")), 2);
}

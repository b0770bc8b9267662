//! Publish: a demo that is started, visited and stopped, and the export dialog.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::answering_run::write_answering_run;
use crate::window::{ClickAt as _, Window, has, small_project, wait_for, wait_until, window};
use cutting_room::session::Job;
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;

fn open(root: &std::path::Path) -> Window<'static> {
    let mut window = window(Some(root));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num7);
    window.run_steps(3);
    window
}

/// What the demo that runs is called in a browser.
fn address(window: &Window<'_>) -> Option<String> {
    let session = window.state().as_ref()?.session()?;
    session.jobs().iter().find_map(|view| match &*view.job {
        Job::Demo(demo) => Some(demo.open.as_ref()?.url.clone()),
        _ => None,
    })
}

/// The answer to a request, as it is.
fn get(authority: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Takes any port that is free: the usual one may be taken on this machine.
fn any_port(window: &mut Window<'_>) {
    let port = window.get_by_role_and_label(Role::SpinButton, "Port");
    port.set_value_accesskit(0.0);
    window.run_steps(3);
}

fn click(window: &mut Window<'_>, label: &str) {
    window.click_at(window.get_by_label(label).rect());
    window.run_steps(3);
}

#[test]
fn a_demo_is_started_visited_and_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    write_answering_run(&root);
    let mut window = open(&root);
    assert!(has(&window, "This computer alone"));
    any_port(&mut window);
    click(&mut window, "Start the demo");
    wait_until(&mut window, "its address", |window| {
        address(window).is_some()
    });
    let url = address(&window).unwrap();
    assert!(
        url.starts_with("http://127.0.0.1:") && !url.contains("8750"),
        "{url}"
    );
    wait_for(&mut window, "Open in browser");
    for part in [
        url.as_str(),
        "Copy address",
        // A phone could not open it.
        "so there is no QR code",
        "Asked about 0 images",
    ] {
        assert!(has(&window, part), "{part}");
    }
    let authority = url
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let answer = get(&authority, "/healthz").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    wait_for(&mut window, "in 1 request");

    click(&mut window, "Stop the demo");
    wait_for(&mut window, "Start the demo");
    assert!(
        get(&authority, "/healthz").is_err(),
        "nobody listens any more"
    );
}

#[test]
fn others_need_a_token_and_a_run_is_exported_from_here_too() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    write_answering_run(&root);
    let mut window = open(&root);
    any_port(&mut window);
    click(&mut window, "Others in this network");
    window.run_steps(3);
    assert!(has(&window, "New token"));
    click(&mut window, "Start the demo");
    wait_until(&mut window, "its address", |window| {
        address(window).is_some()
    });
    let url = address(&window).unwrap();
    let (place, token) = url.split_once("/?token=").unwrap();
    assert!(!place.ends_with(":8750"), "{url}");
    assert_eq!(token.len(), 32, "{url}");
    let port = place.rsplit(':').next().unwrap();
    let authority = format!("127.0.0.1:{port}");
    assert!(
        get(&authority, "/api/model")
            .unwrap()
            .starts_with("HTTP/1.1 401")
    );
    let answer = get(&authority, &format!("/api/model?token={token}")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    click(&mut window, "Export… Bundle");
    window.run_steps(3);
    assert!(has(&window, "Export for other programs"));
}

#[test]
fn without_a_run_the_page_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let window = open(&small_project(folder.path()));
    assert!(has(&window, "Nothing to publish yet"));
    assert!(has(&window, "Go to Train"));
}

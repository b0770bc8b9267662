//! The real window under Xvfb: keys go in by xdotool, what comes out is read off the disk and the screen.
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::program::{Scratch, with_two_films};

const SIZE: &str = "1280x800";

/// Kills only what it started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A screen without a screen.
struct Screen {
    _server: Running,
    display: String,
}

impl Screen {
    /// The server chooses a free number and says which.
    fn start() -> Option<Self> {
        let server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                &format!("{SIZE}x24"),
                "-nolisten",
                "tcp",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut server) = server else {
            assert!(
                std::env::var_os("CI").is_none(),
                "Xvfb is missing; `./studio test` installs it"
            );
            return None;
        };
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut number)
            .unwrap();
        Some(Self {
            _server: Running(server),
            display: format!(":{}", number.trim()),
        })
    }

    fn tool(&self, program: &str, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new(program)
            .args(arguments)
            .env("DISPLAY", &self.display)
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}; `./studio test` installs it"));
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {output:?}"
        );
        output.stdout
    }

    fn press(&self, keys: &[&str]) {
        for key in keys {
            self.tool("xdotool", &["key", key]);
            // Two keys in one frame would be fine for the program, but not for a busy X server.
            sleep(Duration::from_millis(300));
        }
    }

    /// The program's window, painted and with the keys; there is no window manager that would give them to it.
    fn open(&self, scratch: &Scratch) -> Running {
        let child = scratch
            .command(["project"])
            .env("DISPLAY", &self.display)
            .env_remove("WAYLAND_DISPLAY")
            .env("XDG_RUNTIME_DIR", scratch.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let window = Running(child);
        let id = self.tool(
            "xdotool",
            &[
                "search",
                "--sync",
                "--onlyvisible",
                "--name",
                "^Cutting Room$",
            ],
        );
        let id = String::from_utf8(id).unwrap();
        let id = id.lines().next().unwrap().to_owned();
        let (width, height) = SIZE.split_once('x').unwrap();
        self.tool(
            "xdotool",
            &[
                "windowmove",
                &id,
                "0",
                "0",
                "windowsize",
                &id,
                width,
                height,
                "windowfocus",
                &id,
            ],
        );
        until("the window shows images", || self.colors() > 1000);
        window
    }

    /// Different colors on the screen; a blank one has one, a page of widgets some hundreds, images many.
    fn colors(&self) -> usize {
        let png = self.tool("import", &["-window", "root", "png:-"]);
        let image = image::load_from_memory(&png).unwrap().to_rgb8();
        let colors: std::collections::HashSet<_> = image.pixels().map(|pixel| pixel.0).collect();
        colors.len()
    }
}

/// How long it takes is the machine's business.
fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("never: {what}");
}

/// Images of the film's first scene that are not rejected.
fn left(scratch: &Scratch) -> u64 {
    let scenes = scratch.json(["scenes", "project", "--json"]);
    scenes["scenes"][0]["images"].as_u64().unwrap()
}

fn quit(screen: &Screen, mut window: Running) {
    screen.press(&["ctrl+q"]);
    for _ in 0..300 {
        if let Some(status) = window.0.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("the window did not close");
}

#[test]
fn the_window_is_driven_by_keys_from_culling_to_heatmaps() {
    let Some(screen) = Screen::start() else {
        eprintln!("skipped: the_window_is_driven_by_keys_from_culling_to_heatmaps: no Xvfb");
        return;
    };
    let scratch = with_two_films();
    let all = left(&scratch);
    let window = screen.open(&scratch);

    // A rejected image is a decision on disk at once, and the command line sees it.
    screen.press(&["ctrl+2", "Home", "x"]);
    until("X rejects", || left(&scratch) == all - 1);
    screen.press(&["ctrl+z"]);
    until("Ctrl+Z takes it back", || left(&scratch) == all);
    screen.press(&["ctrl+shift+z"]);
    until("Ctrl+Shift+Z does it again", || left(&scratch) == all - 1);

    // A second writer is told; a reader is served.
    let refused = scratch.fails([
        "decide",
        "project",
        "--keep",
        "--paths",
        "frames/elves/000000.jpg",
    ]);
    assert!(refused.contains("open in another window"), "{refused}");

    // A scene moves to validation by one key.
    screen.press(&["ctrl+3", "Home", "v"]);
    let side = || scratch.json(["scenes", "project", "--json"])["scenes"][0]["split"].clone();
    until("V moves the scene", || side() == "valid");

    // A run from the command line beside the open window; then its heatmap in the window.
    let run = scratch
        .ok(["train", "project", "--epochs", "1", "--size", "96"])
        .stdout;
    assert!(
        scratch
            .path("project/runs")
            .join(run.trim())
            .join("best.safetensors")
            .is_file()
    );
    for page in ["ctrl+1", "ctrl+4", "ctrl+5", "ctrl+2"] {
        screen.press(&[page]);
        until("the page is painted", || screen.colors() > 50);
    }
    screen.press(&["Home", "h"]);
    until("the heatmap's image is shown", || screen.colors() > 1000);
    quit(&screen, window);

    // Undo reaches over the restart.
    assert_eq!(left(&scratch), all - 1);
    let window = screen.open(&scratch);
    screen.press(&["ctrl+z", "ctrl+z"]);
    until("undo survives the restart", || {
        left(&scratch) == all && side() == "train"
    });
    quit(&screen, window);

    let log = std::fs::read_to_string(scratch.path("state/cutting-room/window.log")).unwrap();
    assert_eq!(log.matches("opened ").count(), 2, "{log}");
}

//! `./studio` on a machine without Rust: what it installs, from where, and that it says so first.
//!
//! The script runs with a PATH that holds a few system tools and stand-ins for everything it would install with.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Real tools the script may use; all others are stand-ins.
const SYSTEM_TOOLS: [&str; 15] = [
    "sh", "dirname", "cut", "sed", "sort", "head", "tail", "uname", "grep", "mkdir", "cat",
    "chmod", "env", "id", "awk",
];
/// Programs whose presence is all the script asks for.
const PRESENT: [&str; 7] = [
    "cc", "ffmpeg", "ffprobe", "Xvfb", "xauth", "xdotool", "import",
];

/// A machine with a home, a PATH and a log of what was called.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    /// `packaged`: the version of Rust that apt-get has.
    fn new(packaged: &str) -> Self {
        let machine = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir_all(machine.path("bin")).unwrap();
        fs::create_dir_all(machine.path("home")).unwrap();
        for tool in SYSTEM_TOOLS {
            let real = ["/usr/bin", "/bin"]
                .map(|folder| Path::new(folder).join(tool))
                .into_iter()
                .find(|path| path.exists())
                .unwrap();
            symlink(real, machine.path("bin").join(tool)).unwrap();
        }
        for tool in PRESENT {
            machine.program(tool, "");
        }
        machine.program(
            "ldconfig",
            "for l in X11 X11-xcb Xcursor Xi xkbcommon-x11 GL EGL; do echo lib$l.so; done",
        );
        machine.program("sudo", r#"exec "$@""#);
        machine.program(
            "apt-cache",
            &format!("printf 'rustc:\\n  Candidate: {packaged}+dfsg1-2\\n'"),
        );
        let toolchain = machine.toolchain("$bin", "1.95.0");
        machine.program(
            "apt-get",
            &format!(
                r#"case "$*" in *rustc*) bin={}; {toolchain};; esac"#,
                machine.path("bin").display()
            ),
        );
        machine.program(
            "curl",
            &format!(
                "cat <<'SCRIPT'\necho rustup-init \"$@\" >>{log}\nbin=$HOME/.cargo/bin\nmkdir -p $bin\n{toolchain}\nSCRIPT",
                log = machine.path("calls").display()
            ),
        );
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Shell text that puts a toolchain of `version` into the folder `bin`.
    fn toolchain(&self, bin: &str, version: &str) -> String {
        let log = self.path("calls");
        let log = log.display();
        format!(
            "printf '#!/bin/sh\\necho rustc {version}\\n' >{bin}/rustc; printf '#!/bin/sh\\necho cargo \"$@\" >>{log}\\n' >{bin}/cargo; chmod +x {bin}/rustc {bin}/cargo"
        )
    }

    /// A stand-in that notes its call and runs `body`.
    fn program(&self, name: &str, body: &str) {
        let path = self.path("bin").join(name);
        let log = self.path("calls");
        let text = format!(
            "#!/bin/sh\necho {name} \"$@\" >>{}\n{body}\n",
            log.display()
        );
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs `./studio test`: what it said, and what was called.
    fn test(&self) -> (String, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("studio");
        let output = Command::new("/bin/sh")
            .arg(script)
            .arg("test")
            .env_clear()
            .env("HOME", self.path("home"))
            .env("PATH", self.path("bin"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        (said, fs::read_to_string(self.path("calls")).unwrap())
    }
}

/// That `first` comes before `then` in `text`.
fn assert_order(text: &str, first: &str, then: &str) {
    let at = |part: &str| {
        text.find(part)
            .unwrap_or_else(|| panic!("no {part:?} in\n{text}"))
    };
    assert!(at(first) < at(then), "{first:?} after {then:?} in\n{text}");
}

#[test]
fn rust_comes_from_rustup_where_the_distributions_is_too_old() {
    let machine = Machine::new("1.63.0");
    let (said, calls) = machine.test();
    assert!(said.contains("Rust is not installed"), "{said}");
    assert!(
        said.contains("with rustup (https://rustup.rs) into"),
        "{said}"
    );
    assert_order(&calls, "rustup-init -y", "cargo test --locked");
    assert!(!calls.contains("install -y -q"), "{calls}");
}

#[test]
fn rust_comes_from_the_distribution_where_it_is_new_enough() {
    let machine = Machine::new("1.95.1");
    let (said, calls) = machine.test();
    assert!(
        said.contains("installing with apt-get: rustc cargo"),
        "{said}"
    );
    assert_order(&calls, "rustc cargo", "cargo test --locked");
    assert!(!calls.contains("rustup-init"), "{calls}");
}

#[test]
fn an_old_toolchain_of_rustup_is_left_and_the_stable_one_put_beside_it() {
    let machine = Machine::new("1.63.0");
    let old = machine.toolchain("$bin", "1.80.0");
    let new = machine.toolchain("$bin", "1.95.0");
    let bin = machine.path("bin").display().to_string();
    let made = Command::new("/bin/sh")
        .arg("-c")
        .arg(format!("bin={bin}; {old}"))
        .status();
    assert!(made.unwrap().success());
    machine.program("rustup", &format!("bin={bin}; {new}"));
    let (said, calls) = machine.test();
    assert!(said.contains("Rust 1.80.0 is here"), "{said}");
    assert_order(
        &calls,
        "rustup toolchain install stable",
        "cargo test --locked",
    );
}

#[test]
fn nothing_is_installed_where_everything_is_there() {
    let machine = Machine::new("1.63.0");
    let bin = machine.path("bin").display().to_string();
    let there = machine.toolchain("$bin", "1.95.0");
    let made = Command::new("/bin/sh")
        .arg("-c")
        .arg(format!("bin={bin}; {there}"))
        .status();
    assert!(made.unwrap().success());
    let (said, calls) = machine.test();
    assert_eq!(said, "");
    assert_eq!(
        calls
            .lines()
            .filter(|line| !line.starts_with("ldconfig"))
            .collect::<Vec<_>>(),
        ["cargo test --locked --no-fail-fast"]
    );
}

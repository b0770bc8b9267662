//! The real binary in a scratch folder of its own.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A scratch folder with a project's path in it; the program sees no settings of the person who runs the tests.
pub struct Scratch {
    folder: tempfile::TempDir,
}

/// What a command answered.
#[derive(Debug)]
pub struct Answer {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Scratch {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// With an empty project.
    pub fn with_project() -> Self {
        let scratch = Self::new();
        scratch.ok(["new", "project"]);
        scratch
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Ready to start, in the scratch folder.
    pub fn command<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cutting-room"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env_remove("CUTTING_ROOM_LOG")
            .stdin(Stdio::null());
        command
    }

    pub fn run<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Answer {
        self.command(arguments).output().unwrap().into()
    }

    /// # Panics
    /// With everything the program said, if it failed.
    pub fn ok<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Answer {
        let answer = self.run(arguments);
        assert_eq!(answer.code, Some(0), "{answer:#?}");
        answer
    }

    /// The one document on stdout of a command that must succeed.
    pub fn json<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Value {
        self.ok(arguments).json()
    }

    /// The one line on stderr of a command that must fail with exit code 1.
    pub fn fails<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.code, Some(1), "{answer:#?}");
        assert!(!answer.stderr.contains("panicked"), "{answer:#?}");
        let errors: Vec<&str> = answer
            .stderr
            .lines()
            .filter(|line| line.starts_with("error: "))
            .collect();
        assert_eq!(errors.len(), 1, "said once: {answer:#?}");
        errors[0].to_owned()
    }

    /// In the background, as a group of its own.
    pub fn start<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// Kills the program as a power cut would. A test of kills has tested nothing if it had ended by itself.
pub fn kill(mut child: Child) {
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(9), "it ended before it was killed");
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("one JSON document on stdout: {error}\n{self:#?}"))
    }
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The reference data beside the repository, or where `CUTTING_ROOM_SHARED` says; a test without it says "skipped".
pub fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("CUTTING_ROOM_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    folder.is_dir().then_some(folder)
}

/// The films and images that the repository carries.
pub fn sample(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets/sample")
        .join(path)
}

/// Two films of the sample in a project, frames every half second.
pub fn with_two_films() -> Scratch {
    let scratch = Scratch::with_project();
    scratch.ok([
        "import-film".into(),
        "project".into(),
        sample("films/elves.mp4"),
        sample("films/undead.mp4"),
        "--every".into(),
        "24".into(),
    ]);
    scratch
}

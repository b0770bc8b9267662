//! A browser without a screen (Chromium, or what `CUTTING_ROOM_CHROMIUM` names), and a host of static files that hears what a
//! script in a page reports. A test without the browser says "skipped".

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use serde_json::Value;

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// A loaded computer takes a while.
const PATIENCE: Duration = Duration::from_mins(4);

pub fn chromium() -> Option<PathBuf> {
    let own = std::env::var_os("CUTTING_ROOM_CHROMIUM").map(PathBuf::from);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&folders)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .chain(["/usr/bin/chromium".into()]);
    own.or_else(|| found.find(|path| path.is_file()))
}

/// Serves a folder until the program ends.
pub struct StaticHost {
    address: SocketAddr,
    reports: Receiver<Value>,
    /// Paths that were asked for.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl StaticHost {
    /// `extra`: files beside those of the folder, by their paths.
    pub fn start(folder: &Path, extra: BTreeMap<&'static str, String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (report, reports) = bounded(1);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let theirs = Arc::clone(&asked);
        let shared = Arc::new((folder.to_path_buf(), extra));
        let host = std::thread::Builder::new().name("host".into());
        let serve_all = move || {
            for stream in listener.incoming() {
                let (shared, report) = (Arc::clone(&shared), report.clone());
                let asked = Arc::clone(&theirs);
                let _ = std::thread::Builder::new().spawn(move || {
                    // A browser that goes away in the middle is no failure.
                    let _ = serve(&stream.unwrap(), &shared, &report, &asked);
                });
            }
        };
        host.spawn(serve_all).unwrap();
        Self {
            address,
            reports,
            asked,
        }
    }

    /// What a script in the page `path` reports.
    ///
    /// # Panics
    /// If it says that it failed, or nothing at all.
    pub fn visit(&self, browser: &Path, path: &str) -> Value {
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new(browser)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu"])
            .args(["--no-first-run", "--disable-dev-shm-usage"])
            .arg("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("--window-size=1280,800")
            .arg(format!("http://{}{path}", self.address))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let report = self.reports.recv_timeout(PATIENCE);
        // With all of its processes.
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-9", "--", &group]).status();
        let _ = child.wait();
        let report = report
            .unwrap_or_else(|_| panic!("the page reported nothing; it asked for {:?}", self.asked));
        assert!(report.get("error").is_none(), "{report:#}");
        report
    }
}

fn serve(
    mut stream: &TcpStream,
    (folder, extra): &(PathBuf, BTreeMap<&'static str, String>),
    report: &Sender<Value>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let path = request.split(' ').nth(1).unwrap_or("/");
    let path = path
        .split('?')
        .next()
        .unwrap_or("/")
        .trim_start_matches('/');
    if request.starts_with("POST") {
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let _ = report.send(serde_json::from_slice(&body).unwrap());
        return stream.write_all(b"HTTP/1.1 204 So\r\nConnection: close\r\n\r\n");
    }
    asked.lock().unwrap().push(path.to_owned());
    let body = match extra.get(path) {
        Some(text) => Ok(text.clone().into_bytes()),
        None => std::fs::read(folder.join(path)),
    };
    let Ok(body) = body else {
        return stream
            .write_all(b"HTTP/1.1 404 So\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    };
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html",
        Some("js" | "mjs") => "text/javascript",
        Some("css") => "text/css",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        Some("png") => "image/png",
        Some("jpg") => "image/jpeg",
        _other => "application/octet-stream",
    };
    write!(
        stream,
        "HTTP/1.1 200 So\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}

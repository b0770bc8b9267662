//! A web server on this computer that answers as a story wants it: well, slowly, without end, or with ill will.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "each test binary uses its own part of this"
)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What is answered to a path.
#[derive(Clone)]
pub enum Reply {
    /// Status, headers, body.
    Whole(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Each in its turn; the last one for ever.
    InTurn(Vec<Reply>),
    /// A byte at a time with a pause before each.
    Drip(Vec<u8>, Duration),
    /// Zeros until the client goes away, without saying how many.
    Endless,
    /// Less than was promised.
    CutOff(Vec<u8>),
    /// Nothing at all.
    Silence,
}

impl Reply {
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::Whole(200, Vec::new(), body.into())
    }

    pub fn status(status: u16) -> Self {
        Self::Whole(status, Vec::new(), Vec::new())
    }

    pub fn redirect(location: impl Into<String>) -> Self {
        Self::Whole(302, vec![("Location", location.into())], Vec::new())
    }

    #[must_use]
    pub fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Whole(status, mut headers, body) => {
                headers.push((name, value.into()));
                Self::Whole(status, headers, body)
            }
            other => other,
        }
    }
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// With its query.
    pub path: String,
    pub user_agent: String,
    pub at: Instant,
}

#[derive(Default)]
struct Shared {
    routes: Mutex<BTreeMap<String, Reply>>,
    asked: Mutex<Vec<Asked>>,
    is_over: AtomicBool,
}

/// Serves until it is dropped; any path that has no route is not found.
pub struct WebServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl WebServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("web".into())
            .spawn(move || {
                for stream in listener.incoming() {
                    if theirs.is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    let shared = Arc::clone(&theirs);
                    let _ = std::thread::Builder::new().spawn(move || {
                        // A client that goes away in the middle is part of the stories.
                        let _ = serve(&stream.unwrap(), &shared);
                    });
                }
            })
            .unwrap();
        Self {
            address,
            shared,
            thread: Some(thread),
        }
    }

    /// Without the query, which does not matter unless the route names it.
    pub fn route(&self, path: &str, reply: Reply) {
        let mut routes = self.shared.routes.lock().unwrap();
        routes.insert(path.to_owned(), reply);
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `HOST:PORT`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// How often this path was asked for, whatever its query.
    pub fn count(&self, path: &str) -> usize {
        let asked = self.asked();
        asked
            .iter()
            .filter(|asked| asked.path.split('?').next() == Some(path))
            .count()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Wakes the loop.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut user_agent = String::new();
    for line in lines.by_ref() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("user-agent")
        {
            value.trim().clone_into(&mut user_agent);
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    shared.asked.lock().unwrap().push(Asked {
        path: path.clone(),
        user_agent,
        at: Instant::now(),
    });
    let reply = {
        let mut routes = shared.routes.lock().unwrap();
        let bare = path.split('?').next().unwrap_or_default().to_owned();
        let key = if routes.contains_key(&path) {
            path
        } else {
            bare
        };
        match routes.get_mut(&key) {
            Some(Reply::InTurn(replies)) if replies.len() > 1 => replies.remove(0),
            Some(Reply::InTurn(replies)) => replies[0].clone(),
            Some(other) => other.clone(),
            None => Reply::status(404),
        }
    };
    send(stream, reply, shared)
}

fn send(mut out: &TcpStream, reply: Reply, shared: &Shared) -> std::io::Result<()> {
    let is_over = || shared.is_over.load(Ordering::Relaxed);
    match reply {
        Reply::Whole(status, headers, body) => {
            write!(out, "HTTP/1.1 {status} So\r\nConnection: close\r\n")?;
            for (name, value) in headers {
                write!(out, "{name}: {value}\r\n")?;
            }
            write!(out, "Content-Length: {}\r\n\r\n", body.len())?;
            out.write_all(&body)
        }
        Reply::Drip(body, pause) => {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            )?;
            for byte in body {
                if is_over() {
                    break;
                }
                std::thread::sleep(pause);
                out.write_all(&[byte])?;
            }
            Ok(())
        }
        Reply::Endless => {
            write!(out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            while !is_over() {
                out.write_all(&[0; 4096])?;
            }
            Ok(())
        }
        Reply::CutOff(body) => {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len() * 2
            )?;
            out.write_all(&body)
        }
        Reply::Silence => {
            while !is_over() {
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        }
        Reply::InTurn(_) => Ok(()),
    }
}

/// A PNG whose pixels nothing else has.
pub fn image(seed: u8, width: u32, height: u32) -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([seed, (x * 7 + y) as u8, (y * 5) as u8 ^ seed])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

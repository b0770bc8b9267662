//! A hub on this computer, with one weights file in it, and with every fault that a network has.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use serde_json::json;
use sha2::{Digest as _, Sha256};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The connection ends in the middle of the file.
    Truncated,
    /// One byte of the file is another.
    Damaged,
    /// The repository is not there.
    Gone,
    /// The answer is a page, as in a hotel's network.
    Portal,
}

/// Serves until it is dropped.
pub struct HubServer {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    requests: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl HubServer {
    pub fn start(file: Vec<u8>, fault: Fault) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let requests = Arc::new(AtomicUsize::new(0));
        let (over, count) = (Arc::clone(&is_over), Arc::clone(&requests));
        let thread = std::thread::Builder::new()
            .name("hub".into())
            .spawn(move || {
                for stream in listener.incoming() {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                    // A client that goes away in the middle is part of the stories.
                    let _ = answer(&stream.unwrap(), &file, fault);
                }
            })
            .unwrap();
        Self {
            address,
            is_over,
            requests,
            thread: Some(thread),
        }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for HubServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the loop.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(stream: &TcpStream, file: &[u8], fault: Fault) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    while lines
        .next()
        .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
    {}
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut out = stream;
    if fault == Fault::Gone {
        return write!(
            out,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    if fault == Fault::Portal {
        return respond(out, b"<html>please log in</html>", 26);
    }
    if path.starts_with("/api/models/") {
        let description = json!({
            "id": "timm/a",
            "sha": "0123abcd",
            "cardData": {"license": "bsd-3-clause", "tags": ["timm"]},
            "siblings": [
                {"rfilename": "README.md", "size": 10},
                {"rfilename": "model.safetensors", "size": file.len(), "lfs": {
                    "size": file.len(), "sha256": hex(&Sha256::digest(file)), "pointerSize": 134,
                }},
            ],
        });
        let text = description.to_string();
        return respond(out, text.as_bytes(), text.len());
    }
    if path.contains("/resolve/0123abcd/") {
        // The hub sends to where its large files lie.
        return write!(
            out,
            "HTTP/1.1 302 Found\r\nLocation: /files/weights\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    assert_eq!(path, "/files/weights");
    match fault {
        Fault::None | Fault::Gone | Fault::Portal => respond(out, file, file.len()),
        Fault::Truncated => respond(out, &file[..file.len() / 2], file.len()),
        Fault::Damaged => {
            let mut file = file.to_vec();
            let middle = file.len() / 2;
            file[middle] ^= 1;
            respond(out, &file, file.len())
        }
    }
}

fn respond(mut out: &TcpStream, body: &[u8], length: usize) -> std::io::Result<()> {
    write!(
        out,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    out.write_all(body)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

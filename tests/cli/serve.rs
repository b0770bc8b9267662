//! The demo: the real program as a web server, and what it answers to friends and others.

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::Value;

use crate::answering_run::{RUN, write_answering_run};
use crate::demo::{Demo, answering, portrait};
use crate::program::with_two_films;

/// By class.
fn probs(answer: &Value) -> std::collections::BTreeMap<String, f64> {
    let rows = answer["probs"].as_array().unwrap().iter();
    rows.map(|row| {
        let class = row["class"].as_str().unwrap().to_owned();
        (class, row["prob"].as_f64().unwrap())
    })
    .collect()
}

fn form(bytes: &[u8]) -> (String, Vec<u8>) {
    let mut body = b"--edge\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n".to_vec();
    body.extend(bytes);
    body.extend(b"\r\n--edge--\r\n");
    ("multipart/form-data; boundary=edge".to_owned(), body)
}

#[test]
fn what_is_served_is_what_predict_and_explain_say() {
    let scratch = answering();
    let image = portrait();
    let path = image.to_str().unwrap();
    let predicted = scratch.json(["predict", "project", RUN, path, "--json"]);
    let predicted = &predicted["predictions"][0];
    let demo = Demo::of_run(&scratch, &[]);
    let bytes = fs::read(&image).unwrap();

    let (status, answer) = demo.post("api/predict", &bytes);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["class"], predicted["class"]);
    let told: std::collections::BTreeMap<String, f64> =
        serde_json::from_value(predicted["probs"].clone()).unwrap();
    assert_eq!(probs(&answer), told);
    let first = answer["probs"][0]["prob"].as_f64().unwrap();
    assert!(first >= answer["probs"][1]["prob"].as_f64().unwrap());
    let (width, height) = image::image_dimensions(&image).unwrap();
    assert_eq!(
        (&answer["width"], &answer["height"]),
        (&width.into(), &height.into())
    );

    let (kind, body) = form(&bytes);
    let mut response = demo
        .agent
        .post(demo.url("api/predict"))
        .header("Content-Type", kind)
        .send(&body)
        .unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), answer);

    let (status, heatmap) = demo.post("api/heatmap?class=elves&against=drakes", &bytes);
    assert_eq!(status, 200, "{heatmap}");
    assert_eq!(probs(&heatmap), told);
    for (map, class) in [(0, "elves"), (1, "drakes")] {
        scratch.ok([
            "explain", "project", RUN, path, "--class", class, "--out", "map.png", "--raw",
            "map.npy",
        ]);
        let raw = fs::read(scratch.path("map.npy")).unwrap();
        let served: Vec<f32> =
            serde_json::from_value(heatmap["maps"][map]["values"].clone()).unwrap();
        assert_eq!(heatmap["maps"][map]["class"], class);
        let cells = heatmap["columns"].as_u64().unwrap() * heatmap["rows"].as_u64().unwrap();
        assert_eq!(served.len() as u64, cells);
        let saved = raw[raw.len() - 4 * served.len()..].as_chunks::<4>().0;
        let saved: Vec<f32> = saved
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect();
        assert_eq!(served, saved, "{class}");
    }
    let (_, all) = demo.post("api/heatmap", &bytes);
    assert_eq!(all["maps"].as_array().unwrap().len(), 2);
    assert_eq!(all["maps"][0]["class"], all["class"]);
    let (status, refused) = demo.post("api/heatmap?class=cats", &bytes);
    assert_eq!(status, 400);
    assert!(
        refused["error"].as_str().unwrap().contains("drakes, elves"),
        "{refused}"
    );
}

fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// As PNG counts them (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    })
}

/// A small file that says it is of this many pixels.
fn giant_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(&RgbImage::new(1, 1), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// A name, the file, the status that it is to be answered with, and a word of the sentence.
type Hostile = (&'static str, Vec<u8>, u16, &'static str);

fn hostile_files(good: &[u8]) -> Vec<Hostile> {
    let noise = RgbImage::from_fn(80, 60, |x, y| Rgb([(x * y) as u8, x as u8, y as u8]));
    let png = encoded(&noise, ImageFormat::Png);
    let gif = encoded(&noise, ImageFormat::Gif);
    let with = |image: &[u8], more: &[u8]| [image, more].concat();
    let mut zip = b"PK\x05\x06".to_vec();
    zip.extend([0; 18]);
    vec![
        ("nothing", Vec::new(), 400, "empty"),
        ("zeros", vec![0; 4096], 415, "zeros"),
        ("text", b"what is this?".to_vec(), 415, "text file"),
        (
            "drawing",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>".to_vec(),
            415,
            "SVG",
        ),
        (
            "page",
            b"<!DOCTYPE html><html><body>404".to_vec(),
            415,
            "web page",
        ),
        ("archive", b"PK\x03\x04abcdef".to_vec(), 415, "archive"),
        (
            "phone image",
            b"\0\0\0\x18ftypheic\0\0\0\0".to_vec(),
            415,
            "convert",
        ),
        (
            "half a JPEG",
            good[..good.len() / 2].to_vec(),
            422,
            "truncated",
        ),
        ("half a PNG", png[..png.len() / 2].to_vec(), 422, "t"),
        ("a header alone", png[..33].to_vec(), 422, "t"),
        (
            "3600 megapixels",
            giant_png(60_000, 60_000),
            413,
            "too large",
        ),
        (
            "51 megapixels",
            giant_png(51_000, 1000),
            413,
            "50 megapixels",
        ),
        ("no pixels", giant_png(0, 7), 422, "corrupt"),
        ("21 MB", vec![0xff; 21 << 20], 413, "20 MB"),
        (
            "a script behind",
            with(&png, b"<ScRipt>alert(1)</script>"),
            422,
            "at once",
        ),
        (
            "a program behind",
            with(&gif, b"<?php system($_GET['c']); ?>"),
            422,
            "at once",
        ),
        ("an archive behind", with(good, &zip), 422, "archive"),
    ]
}

#[test]
fn hostile_files_are_refused_in_words_and_cost_nothing() {
    let scratch = answering();
    let demo = Demo::of_run(&scratch, &[]);
    let good = fs::read(portrait()).unwrap();
    assert_eq!(demo.post("api/predict", &good).0, 200);
    let cases = hostile_files(&good);
    #[cfg(target_os = "linux")]
    let before = demo.resident_bytes();
    let begun = Instant::now();
    let mut refused = 0;
    for (name, bytes, status, word) in &cases {
        for path in ["api/predict", "api/heatmap"] {
            let (got, answer) = match demo.try_post(path, bytes) {
                Ok(answer) => answer,
                // The answer came while the rest was still being sent, and the connection was closed over it.
                Err(_) if *status == 413 => continue,
                Err(error) => panic!("{name}: {error}"),
            };
            assert_eq!(got, *status, "{name}: {answer}");
            let text = answer["error"].as_str().unwrap_or_default();
            assert!(text.contains(word), "{name}: {text}");
            assert!(
                !text.contains("; image") && !text.contains("upload"),
                "{name}: {text}"
            );
            assert!(text.starts_with(char::is_uppercase), "{name}: {text}");
            refused += 1;
        }
    }
    assert!(refused >= 2 * cases.len() - 2, "{refused}");
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    #[cfg(target_os = "linux")]
    {
        let grown = demo.resident_bytes().saturating_sub(before);
        assert!(grown < 128 << 20, "{grown} bytes more");
    }
    // The net was asked about the first one alone, and still answers.
    assert_eq!(demo.metric("cutting_room_images_total"), 1.0);
    assert_eq!(demo.post("api/predict", &good).0, 200);
    assert_eq!(
        demo.metric("cutting_room_requests_under_way"),
        1.0,
        "this one"
    );
}

#[test]
fn clients_that_lie_or_dawdle_do_not_keep_others_from_their_answers() {
    let scratch = answering();
    let demo = Demo::of_run(&scratch, &[]);
    let authority = demo.url("").replace("http://", "").replace('/', "");
    let mut kept = Vec::new();
    for head in [
        // Promises more than it sends.
        "POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n",
        // Never ends its head.
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-More: ",
        // Chunks that do not come.
        "POST /api/heatmap HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
    ] {
        let mut stream = TcpStream::connect(&authority).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        kept.push(stream);
    }
    let good = fs::read(portrait()).unwrap();
    assert_eq!(demo.post("api/predict", &good).0, 200);
    // One who says more than is allowed is refused before it has sent anything.
    let mut stream = TcpStream::connect(&authority).unwrap();
    let head =
        "POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");
    // A page elsewhere that sends without being able to read.
    let foreign = demo.agent.post(demo.url("api/predict"));
    let foreign = foreign.header("Sec-Fetch-Site", "cross-site").send(&good);
    assert_eq!(foreign.unwrap().status().as_u16(), 403);
    // A page elsewhere whose name leads here.
    let mut stream = TcpStream::connect(&authority).unwrap();
    stream
        .write_all(b"GET /api/model HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        .unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 421");
}

#[test]
fn others_come_in_with_the_token_alone() {
    let scratch = answering();
    let refused = scratch.fails(["serve", "project", RUN, "--port", "0", "--host", "0.0.0.0"]);
    assert!(refused.contains("--token"), "{refused}");
    let refused = scratch.fails(["serve", "project", RUN, "--token", "short"]);
    assert!(refused.contains("at least 8"), "{refused}");

    let demo = Demo::of_run(&scratch, &["--host", "0.0.0.0", "--token", "open-sesame"]);
    assert!(
        demo.address.ends_with("/?token=open-sesame"),
        "{}",
        demo.address
    );
    assert_eq!(demo.get("healthz"), (200, "ok\n".to_owned()));
    for path in [
        "",
        "api/model",
        "metrics",
        "api/openapi.json",
        "?token=wrong-sesame",
        "nowhere",
    ] {
        assert_eq!(demo.get(path).0, 401, "{path}");
    }
    let (_, page) = demo.get("");
    assert!(
        page.contains("<h1>") && page.contains("whole address"),
        "{page}"
    );
    let good = fs::read(portrait()).unwrap();
    assert_eq!(demo.post("api/predict", &good).0, 401);
    assert_eq!(demo.post("api/predict?token=open-sesame", &good).0, 200);
    assert_eq!(demo.get("?token=open-sesame").0, 200);
    for scheme in ["Bearer", "bearer"] {
        let bearer = demo.agent.get(demo.url("api/model"));
        let token = format!("{scheme} open-sesame");
        let bearer = bearer.header("Authorization", token).call();
        assert_eq!(bearer.unwrap().status().as_u16(), 200, "{scheme}");
    }
    // Whoever guesses on takes nothing from one who knows it and has the same address.
    let guessed: Vec<(u16, String)> = (0..70).map(|_| demo.get("metrics?token=wrong")).collect();
    let (_, refused) = guessed.iter().find(|(status, _)| *status == 429).unwrap();
    assert!(refused.contains("wrong tokens"), "{refused}");
    assert_eq!(demo.get("api/model").0, 401, "no guess");
    assert_eq!(demo.post("api/predict?token=open-sesame", &good).0, 200);
}

#[test]
fn an_address_that_sends_too_many_images_waits() {
    let scratch = answering();
    let demo = Demo::of_run(&scratch, &["--rate", "3"]);
    let good = fs::read(portrait()).unwrap();
    // All that it may send in a minute can come at once.
    let statuses: Vec<u16> = (0..3).map(|_| demo.post("api/predict", &good).0).collect();
    assert_eq!(statuses, [200; 3]);
    let asked = |visitor: Option<&str>, body: &[u8]| {
        let mut request = demo.agent.post(demo.url("api/predict"));
        if let Some(visitor) = visitor {
            request = request.header("X-Forwarded-For", visitor);
        }
        request.send(body).unwrap()
    };
    // Also where nothing was sent, what is said is true.
    let mut refused = asked(None, &[]);
    assert_eq!(refused.status().as_u16(), 429);
    let wait = refused.headers()["retry-after"].to_str().unwrap();
    assert!((1..=60).contains(&wait.parse().unwrap()), "{wait}");
    let text = refused.body_mut().read_to_string().unwrap();
    assert!(text.contains("3 times in a minute"), "{text}");
    // A proxy on this computer speaks for others, each of whom has as many.
    for _ in 0..3 {
        assert_eq!(asked(Some("192.0.2.7"), &good).status().as_u16(), 200);
    }
    let lied = asked(Some("10.0.0.1, 192.0.2.7"), &good);
    assert_eq!(lied.status().as_u16(), 429);
    assert_eq!(asked(Some("192.0.2.8"), &good).status().as_u16(), 200);
    // Only images are counted.
    assert_eq!(demo.get("api/model").0, 200);
}

#[test]
fn questions_that_ask_two_things_are_refused_in_words() {
    let scratch = answering();
    let demo = Demo::of_run(&scratch, &[]);
    let good = fs::read(portrait()).unwrap();
    let (status, refused) = demo.post("api/heatmap?class=elves&class=drakes", &good);
    assert_eq!(status, 400);
    let text = refused["error"].as_str().unwrap();
    assert!(text.contains("class") && text.contains("once"), "{text}");

    let (kind, body) = form(&good);
    let closed = body.len() - b"--edge--\r\n".len();
    let two = [&body[..closed], &body].concat();
    let request = demo.agent.post(demo.url("api/predict"));
    let mut answer = request.header("Content-Type", kind).send(&two).unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    let text = answer.body_mut().read_to_string().unwrap();
    assert!(text.contains("more than one file"), "{text}");
}

#[test]
fn the_description_lists_every_route_and_the_metrics_count() {
    let scratch = answering();
    let demo = Demo::of_run(&scratch, &[]);
    let (_, text) = demo.get("api/openapi.json");
    let api: Value = serde_json::from_str(&text).unwrap();
    assert!(api["openapi"].as_str().unwrap().starts_with("3."), "{api}");
    let paths: Vec<&String> = api["paths"].as_object().unwrap().keys().collect();
    let all = [
        "/",
        "/api/heatmap",
        "/api/model",
        "/api/openapi.json",
        "/api/predict",
        "/healthz",
        "/metrics",
    ];
    assert_eq!(paths, all);
    let of = |path: &str, method: &str| &api["paths"][path][method];
    for (path, method, statuses) in [
        (
            "/api/model",
            "get",
            &["200", "401", "421", "429", "503"] as &[&str],
        ),
        (
            "/api/predict",
            "post",
            &[
                "200", "400", "401", "403", "413", "415", "421", "422", "429", "500", "503",
            ],
        ),
    ] {
        let said = of(path, method)["responses"].as_object().unwrap();
        assert_eq!(said.keys().collect::<Vec<_>>(), statuses, "{path}");
    }
    for path in ["/api/predict", "/api/heatmap"] {
        let body = &of(path, "post")["requestBody"]["content"];
        let reference = body["image/*"]["schema"]["$ref"].as_str().unwrap();
        let schema = api.pointer(reference.trim_start_matches('#')).unwrap();
        assert_eq!(schema["format"], "binary", "{schema}");
        assert!(body["multipart/form-data"].is_object(), "{body}");
    }
    let good = fs::read(portrait()).unwrap();
    for (path, methods) in api["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let path = path.trim_start_matches('/');
            let status = match method.as_str() {
                "get" => demo.get(path).0,
                "post" => demo.post(path, &good).0,
                other => panic!("{other} {path}"),
            };
            assert_eq!(status, 200, "{method} {path}");
        }
    }
    assert_eq!(demo.get("api/predict").0, 405);
    assert_eq!(demo.get("nowhere").0, 404);
    for (line, wanted) in [
        ("cutting_room_images_total", 2.0),
        (
            "cutting_room_requests_total{route=\"/api/predict\",status=\"200\"}",
            1.0,
        ),
        (
            "cutting_room_requests_total{route=\"other\",status=\"404\"}",
            1.0,
        ),
    ] {
        assert_eq!(demo.metric(line), wanted, "{line}");
    }
    let page = demo.agent.get(demo.url("")).call().unwrap();
    let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
    assert!(header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    // Nothing on the page is from elsewhere.
    for path in ["", "page.css", "page.js"] {
        let (status, text) = demo.get(path);
        assert_eq!(status, 200);
        assert!(
            !text.contains("http://") && !text.contains("https://"),
            "{path}"
        );
    }
    let (_, model) = demo.get("api/model");
    let model: Value = serde_json::from_str(&model).unwrap();
    assert_eq!(model["classes"], serde_json::json!(["drakes", "elves"]));
    assert_eq!(model["accuracy"], 0.75);
    assert_eq!(model["weak_at"], Value::Null);
    assert_eq!(model["check_passed"], false);
}

#[test]
fn many_at_once_are_answered_together_and_alike() {
    let scratch = answering();
    let demo = Demo::of_run(&scratch, &[]);
    let good = fs::read(portrait()).unwrap();
    let (_, alone) = demo.post("api/predict", &good);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..4 {
                    assert_eq!(demo.post("api/predict", &good), (200, alone.clone()));
                }
            });
        }
    });
    assert_eq!(demo.metric("cutting_room_images_total"), 65.0);
    let batches = demo.metric("cutting_room_batches_total");
    assert!(batches < 50.0, "{batches} passes for 65 images");
    assert_eq!(demo.metric("cutting_room_images_waiting"), 0.0);
}

#[test]
fn it_stops_when_it_is_told_to_and_says_when_its_port_is_taken() {
    let scratch = answering();
    let demo = Demo::of_run(&scratch, &[]);
    let port = demo
        .url("")
        .trim_end_matches('/')
        .rsplit(':')
        .next()
        .unwrap()
        .to_owned();
    let taken = scratch.fails(["serve", "project", RUN, "--port", &port]);
    assert!(
        taken.contains("is taken") && taken.contains("--port 0"),
        "{taken}"
    );
    let unknown = scratch.fails(["serve", "project", "20200101-000000-s1", "--port", "0"]);
    assert!(unknown.contains(RUN), "{unknown}");
    let good = fs::read(portrait()).unwrap();
    assert_eq!(demo.post("api/predict", &good).0, 200);
    let begun = Instant::now();
    let answer = demo.stop();
    assert_eq!(answer.code, Some(0), "{answer:#?}");
    assert!(answer.stderr.contains("about 1 images"), "{answer:#?}");
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    // The port is free again.
    let mut child = scratch.start(["serve", "project", RUN, "--port", &port]);
    let mut first = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(child.stdout.take().unwrap()),
        &mut first,
    )
    .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(first.trim(), format!("http://127.0.0.1:{port}/"));
}

#[test]
fn a_bundle_checks_itself_before_it_is_served() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.4", "--seed", "1"]);
    write_answering_run(&scratch.path("project"));
    scratch.ok(["export", "project", RUN, "--to", "bundle", "bundle"]);
    let image = portrait();
    let predicted = scratch.json([
        "predict",
        "--bundle",
        "bundle",
        image.to_str().unwrap(),
        "--json",
    ]);
    let demo = Demo::start(&scratch, &["--bundle", "bundle"]);
    assert_eq!(demo.document["check_passed"], true);
    let (_, answer) = demo.post("api/predict", &fs::read(&image).unwrap());
    let told: std::collections::BTreeMap<String, f64> =
        serde_json::from_value(predicted["predictions"][0]["probs"].clone()).unwrap();
    assert_eq!(probs(&answer), told);
    let (_, model) = demo.get("api/model");
    assert!(model.contains("Checked by"), "{model}");
    drop(demo);

    let goldens = scratch.path("bundle/goldens.json");
    let text = fs::read_to_string(&goldens).unwrap();
    let mut changed: Value = serde_json::from_str(&text).unwrap();
    changed["images"][0]["logits"][0] = 17.5.into();
    fs::write(&goldens, changed.to_string()).unwrap();
    let refused = scratch.fails(["serve", "--bundle", "bundle", "--port", "0"]);
    assert!(
        refused.contains("goldens.json is not as it was"),
        "{refused}"
    );
    fs::remove_file(scratch.path("bundle/SHA256SUMS")).unwrap();
    let refused = scratch.fails(["serve", "--bundle", "bundle", "--port", "0"]);
    assert!(refused.contains("does not answer as it did"), "{refused}");

    // A run that was evaluated is checked by what was found then.
    scratch.ok(["evaluate", "project", RUN, "--set", "elves"]);
    let demo = Demo::of_run(&scratch, &[]);
    assert_eq!(demo.document["check_passed"], true, "{}", demo.document);
}

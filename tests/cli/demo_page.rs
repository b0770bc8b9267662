//! The demo's page in a real browser: Chromium without a screen. A test says "skipped" where there is none.
//!
//! axe-core, which looks for what people with a screen reader or without a mouse stumble over, is where `CUTTING_ROOM_AXE` points;
//! `./studio axe` fetches it and `./studio browser` Chromium.

#![expect(clippy::print_stdout, reason = "what was skipped is told")]

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use headless_chrome::protocol::cdp::Emulation::{
    MediaFeature, SetDeviceMetricsOverride, SetEmulatedMedia, SetTouchEmulationEnabled,
};
use headless_chrome::protocol::cdp::Page::CaptureScreenshotFormatOption;
use headless_chrome::{Browser, LaunchOptions, Tab};
use image::{Rgb, RgbImage};
use serde_json::Value;

use crate::browser::chromium;
use crate::demo::{Demo, answering, portrait};
use crate::program::Scratch;

/// A busy machine and a debug build.
const PATIENCE: Duration = Duration::from_mins(1);

/// The page of a demo, open in a browser.
struct Page {
    tab: Arc<Tab>,
    demo: Demo,
    scratch: Scratch,
    // Ends with the story.
    _browser: Browser,
}

fn open(arguments: &[&str]) -> Option<Page> {
    let Some(path) = chromium() else {
        println!("skipped: no Chromium; ./studio browser");
        return None;
    };
    let scratch = answering();
    let demo = Demo::of_run(&scratch, arguments);
    let options = LaunchOptions {
        path: Some(path),
        // Chromium's sandbox does not start for root, as in most containers.
        sandbox: false,
        window_size: Some((1280, 900)),
        idle_browser_timeout: PATIENCE,
        args: vec![OsStr::new("--disable-dev-shm-usage")],
        ..LaunchOptions::default()
    };
    let browser = Browser::new(options).unwrap();
    let tab = browser.new_tab().unwrap();
    tab.set_default_timeout(PATIENCE);
    let page = Page {
        tab,
        demo,
        scratch,
        _browser: browser,
    };
    page.tab.navigate_to(&page.demo.address).unwrap();
    page.tab.wait_until_navigated().unwrap();
    page.until("document.querySelectorAll('#facts dt').length > 3");
    Some(page)
}

impl Page {
    fn value(&self, script: &str) -> Value {
        let found = self.tab.evaluate(script, true).unwrap();
        found.value.unwrap_or_default()
    }

    fn text(&self, selector: &str) -> String {
        let script = format!("document.querySelector({selector:?}).textContent");
        self.value(&script).as_str().unwrap_or_default().to_owned()
    }

    fn until(&self, condition: &str) {
        let begun = Instant::now();
        while self.value(condition) != Value::Bool(true) {
            let text = self.value("document.body.innerText");
            assert!(begun.elapsed() < PATIENCE, "{condition} never came: {text}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn choose(&self, paths: &[PathBuf]) {
        let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        let input = self.tab.wait_for_element("#files").unwrap();
        input.set_input_files(&paths).unwrap();
    }

    /// Until so many answers are there, good or bad.
    fn answered(&self, count: usize) {
        self.until(&format!(
            "document.querySelectorAll('article[aria-busy=\"false\"]').length === {count}"
        ));
    }

    /// What is drawn over the first image, as a number for all of its pixels.
    fn drawn(&self) -> u64 {
        let script = "(() => { const canvas = document.querySelector('article canvas');
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            return data.reduce((sum, value, at) => (sum * 31 + value * (at % 7 + 1)) % 1000000007, 7); })()";
        self.value(script).as_f64().unwrap() as u64
    }

    /// As a phone or a desktop, light or dark.
    fn look_as(&self, (width, height): (u32, u32), is_phone: bool, scheme: &str) {
        self.tab
            .call_method(SetDeviceMetricsOverride {
                width,
                height,
                device_scale_factor: if is_phone { 2.0 } else { 1.0 },
                mobile: is_phone,
                scale: None,
                screen_width: None,
                screen_height: None,
                position_x: None,
                position_y: None,
                dont_set_visible_size: None,
                screen_orientation: None,
                viewport: None,
                display_feature: None,
                device_posture: None,
            })
            .unwrap();
        self.tab
            .call_method(SetTouchEmulationEnabled {
                enabled: is_phone,
                max_touch_points: None,
            })
            .unwrap();
        self.tab
            .call_method(SetEmulatedMedia {
                media: None,
                features: Some(vec![MediaFeature {
                    name: "prefers-color-scheme".to_owned(),
                    value: scheme.to_owned(),
                }]),
            })
            .unwrap();
    }

    /// Into the folder `CUTTING_ROOM_SCREENSHOTS`, for people to look at.
    fn photograph(&self, name: &str) {
        let Some(folder) = std::env::var_os("CUTTING_ROOM_SCREENSHOTS") else {
            return;
        };
        let format = CaptureScreenshotFormatOption::Png;
        let png = self.tab.capture_screenshot(format, None, None, true);
        std::fs::write(PathBuf::from(folder).join(name), png.unwrap()).unwrap();
    }

    /// What axe-core finds and calls serious, in words; none without axe-core.
    fn barriers(&self) -> Vec<String> {
        let Some(path) = std::env::var_os("CUTTING_ROOM_AXE") else {
            println!("skipped: no axe-core; ./studio axe");
            return Vec::new();
        };
        let script = std::fs::read_to_string(path).unwrap();
        self.tab.evaluate(&script, false).unwrap();
        let found = self.value("axe.run().then((found) => JSON.stringify(found.violations))");
        let found: Value = serde_json::from_str(found.as_str().unwrap()).unwrap();
        let found = found.as_array().unwrap().iter();
        let serious = found.filter(|one| {
            ["serious", "critical"].contains(&one["impact"].as_str().unwrap_or_default())
        });
        serious
            .map(|one| {
                format!(
                    "{}: {} {}",
                    one["id"], one["help"], one["nodes"][0]["failureSummary"]
                )
            })
            .collect()
    }
}

/// A file that is no image.
fn damaged(scratch: &Scratch) -> PathBuf {
    let path = scratch.path("damaged.jpg");
    let bytes = std::fs::read(portrait()).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    path
}

#[test]
fn images_are_chosen_and_classes_switched_without_asking_again() {
    let Some(page) = open(&[]) else { return };
    assert_eq!(
        page.text("#subtitle"),
        "A model that tells apart drakes and elves"
    );
    assert!(
        page.text("#facts").contains("75.0 % of 6 images"),
        "{}",
        page.text("#facts")
    );
    let wide = page.scratch.path("a wide one.png");
    RgbImage::from_fn(300, 100, |x, y| Rgb([x as u8, y as u8, (x * y) as u8]))
        .save(&wide)
        .unwrap();
    page.choose(&[portrait(), wide]);
    page.answered(2);

    // The newest answer stands first.
    let title = page.text("article h3");
    let (_, answer) = page.demo.post(
        "api/predict",
        &std::fs::read(page.scratch.path("a wide one.png")).unwrap(),
    );
    let prob = answer["probs"][0]["prob"].as_f64().unwrap();
    assert_eq!(
        title,
        format!(
            "{}, {:.1} %",
            answer["class"].as_str().unwrap(),
            prob * 100.0
        )
    );
    let asked = page.demo.metric("cutting_room_images_total");
    let first = page.drawn();
    page.tab
        .find_element("article .bar:nth-child(2) input")
        .unwrap()
        .click()
        .unwrap();
    let other = page.drawn();
    assert_ne!(first, other, "another class has another map");
    let name = page.text("article .bar:nth-child(2) .name");
    assert!(page.text("article .meaning").contains(&name));
    // By keyboard, as a radio group has it.
    page.tab.press_key("ArrowUp").unwrap();
    assert_eq!(page.drawn(), first);
    page.value("(() => { const select = document.querySelector('article select'); select.selectedIndex = 2; select.dispatchEvent(new Event('change')); })()");
    assert!(
        page.text("article .meaning")
            .starts_with("Orange speaks for"),
        "{}",
        page.text("article .meaning")
    );
    assert_ne!(page.drawn(), first);
    page.value("(() => { const range = document.querySelector('article input[type=range]'); range.value = 0; range.dispatchEvent(new Event('input')); })()");
    assert_eq!(
        page.value("document.querySelector('article canvas').style.opacity"),
        "0"
    );
    assert_eq!(
        page.demo.metric("cutting_room_images_total"),
        asked,
        "nothing was asked again"
    );

    page.tab
        .find_element("article .remove")
        .unwrap()
        .click()
        .unwrap();
    assert_eq!(page.value("document.querySelectorAll('article').length"), 1);
    assert_eq!(
        page.value("document.activeElement.className"),
        "remove",
        "focus stays in the list"
    );
    page.tab.find_element("#clear").unwrap().click().unwrap();
    assert_eq!(page.value("document.querySelectorAll('article').length"), 0);

    // A thin strip leaves room for its answer.
    let strip = page.scratch.path("strip.png");
    RgbImage::new(1, 3000).save(&strip).unwrap();
    page.choose(&[strip]);
    page.answered(1);
    page.until("document.querySelector('article img').complete");
    let height = page.value("document.querySelector('article .stage').offsetHeight / innerHeight");
    assert!(height.as_f64().unwrap() < 0.71, "{height}");
}

#[test]
fn images_are_dropped_and_pasted_and_errors_are_said_in_words() {
    let Some(page) = open(&["--host", "0.0.0.0", "--token", "open-sesame"]) else {
        return;
    };
    // As a file manager drops it: the image as a file of a data transfer.
    let send = |kind: &str, transfer: &str| {
        format!(
            "(async () => {{
                const canvas = document.createElement('canvas');
                [canvas.width, canvas.height] = [80, 60];
                canvas.getContext('2d').fillRect(10, 10, 30, 30);
                const blob = await new Promise((done) => canvas.toBlob(done));
                const transfer = new DataTransfer();
                transfer.items.add(new File([blob], 'square.png', {{ type: 'image/png' }}));
                document.body.dispatchEvent(new {kind}(...{transfer}));
            }})()"
        )
    };
    page.value(&send(
        "DragEvent",
        "['drop', { bubbles: true, cancelable: true, dataTransfer: transfer }]",
    ));
    page.answered(1);
    page.value(&send(
        "ClipboardEvent",
        "['paste', { bubbles: true, clipboardData: transfer }]",
    ));
    page.answered(2);
    assert_eq!(
        page.value("document.querySelectorAll('article .answered:not([hidden])').length"),
        2
    );
    assert!(
        page.text("#status").contains("square.png"),
        "{}",
        page.text("#status")
    );

    let drawing = page.scratch.path("drawing.svg");
    std::fs::write(&drawing, "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    let empty = page.scratch.path("empty.png");
    std::fs::write(&empty, "").unwrap();
    page.choose(&[damaged(&page.scratch), drawing, empty]);
    page.answered(5);
    let words = page.value("[...document.querySelectorAll('.trouble:not([hidden])')].map((one) => one.textContent).join('|')");
    let words = words.as_str().unwrap();
    for part in ["truncated", "SVG", "empty"] {
        assert!(words.contains(part), "{words}");
    }
    // A demo that is gone.
    let Page {
        tab,
        demo,
        scratch,
        _browser,
    } = page;
    let address = demo.address.clone();
    let stopped = demo.stop();
    assert_eq!(stopped.code, Some(0), "{stopped:#?}");
    let input = tab.find_element("#files").unwrap();
    input
        .set_input_files(&[portrait().to_str().unwrap()])
        .unwrap();
    let found = tab.wait_for_xpath("//*[contains(text(), 'cannot be reached')]");
    assert!(found.is_ok(), "{address} {}", scratch.path("").display());
}

#[test]
fn the_page_has_no_barriers_and_asks_nobody_else() {
    let Some(page) = open(&[]) else { return };
    page.choose(&[damaged(&page.scratch), portrait()]);
    page.answered(2);
    let elsewhere = page.value(
        "performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => !name.startsWith(location.origin) && !name.startsWith('blob:') && !name.startsWith('data:')).join(' ')",
    );
    assert_eq!(elsewhere, "");
    for (name, size, is_phone) in [("phone", (360, 740), true), ("desktop", (1280, 900), false)] {
        for scheme in ["light", "dark"] {
            page.look_as(size, is_phone, scheme);
            assert_eq!(page.barriers(), Vec::<String>::new(), "{name} {scheme}");
            let width = page.value("document.documentElement.scrollWidth");
            assert!(
                width.as_f64().unwrap() <= f64::from(size.0),
                "{name} scrolls sideways: {width}"
            );
            // All of it, not only what is on the screen at first.
            let height = page.value("document.documentElement.scrollHeight");
            let whole = (size.0, height.as_u64().unwrap() as u32);
            page.look_as(whole, is_phone, scheme);
            page.photograph(&format!("demo-{name}-{scheme}.png"));
        }
    }
    let stops = page.value("(() => { const order = [...document.querySelectorAll('a, input, button, select, summary')]; return order.filter((one) => one.tabIndex >= 0 && one.offsetParent).map((one) => one.id || one.className || one.type).join(' '); })()");
    assert!(
        stops
            .as_str()
            .unwrap()
            .starts_with("skip files clear remove radio"),
        "{stops}"
    );
}

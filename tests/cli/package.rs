//! What is handed on: completions, pages for man, and the package that holds them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::program::Scratch;

#[test]
fn a_shell_and_man_know_every_command() {
    let scratch = Scratch::new();
    let help = scratch.ok(["--help"]).stdout;
    let commands: BTreeSet<&str> = help
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| {
            word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
        })
        .filter(|word| *word != "help")
        .collect();
    assert!(
        commands.contains("import-film") && commands.len() > 30,
        "{commands:?}"
    );
    let script = scratch.ok(["completions", "bash"]).stdout;
    assert!(
        !script.contains("cutting__subcmd__room"),
        "commands are looked for as they are listed"
    );
    scratch.ok(["man", "pages/man1"]);
    for command in &commands {
        assert!(script.contains(command), "{command} is completed");
        let page = scratch.path(&format!("pages/man1/cutting-room-{command}.1"));
        assert!(page.is_file(), "{command} has a page");
    }
    // An earlier page is replaced, a file of somebody's own is not, nor is anything else then.
    let train = scratch.path("pages/man1/cutting-room-train.1");
    let text = fs::read_to_string(&train).unwrap();
    fs::write(&train, text.replace("train", "older")).unwrap();
    scratch.ok(["man", "pages/man1"]);
    assert_eq!(fs::read_to_string(&train).unwrap(), text);
    fs::write(&train, text.replace("train", "older")).unwrap();
    fs::write(scratch.path("pages/man1/cutting-room.1"), "my notes\n").unwrap();
    let error = scratch.fails(["man", "pages/man1"]);
    assert!(error.contains("cutting-room.1"), "{error}");
    assert_ne!(fs::read_to_string(&train).unwrap(), text);
    let bad = scratch.run(["completions", "tcsh"]);
    assert_eq!(bad.code, Some(2));
    assert!(bad.stderr.contains("bash"), "{bad:#?}");
}

#[test]
fn a_package_holds_the_program_its_entry_and_its_pages() {
    let scratch = Scratch::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // A debug build is some hundred megabytes, which would only be packed and thrown away.
    let program = scratch.path("cutting-room");
    let script = format!(
        "#!/bin/sh\nexec {} \"$@\"\n",
        env!("CARGO_BIN_EXE_cutting-room")
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let made = Command::new(root.join("packaging/linux.sh"))
        .arg(scratch.path("out"))
        .arg(&program)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let archive = String::from_utf8(made.stdout).unwrap();
    let archive = archive.lines().next().unwrap();
    let listed = Command::new("tar")
        .args(["-tzf", archive])
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for file in [
        "/bin/cutting-room",
        "/share/applications/cutting-room.desktop",
        "/share/icons/hicolor/256x256/apps/cutting-room.png",
        "/share/man/man1/cutting-room-train.1.gz",
        "/share/bash-completion/completions/cutting-room",
        "/share/doc/cutting-room/LICENSE-MIT",
        "/share/doc/cutting-room/LICENSE-Inter.txt",
        "/share/doc/cutting-room/LICENSE-NotoEmoji.txt",
        "/share/doc/cutting-room/LICENSE-Ubuntu.txt",
        "/share/doc/cutting-room/LICENSE-MaterialSymbols.txt",
        "/share/doc/cutting-room/LICENSE-sample.md",
    ] {
        assert!(
            listed.lines().any(|line| line.ends_with(file)),
            "{file}: {listed}"
        );
    }
}

//! Commands: those of the guide can be typed as they stand; all others name commands and options that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output, Stdio};

use super::document::{Document, all_files, guide_files, root};

const PROGRAM: &str = "cutting-room";
/// The program's exit code if it was called wrongly.
const WRONG_USAGE: i32 = 2;

/// Of the real program in an empty folder, where most commands can only fail: there is no project.
fn answer(arguments: &[String]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_cutting-room"))
        .args(arguments)
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path())
        .env("XDG_DATA_HOME", folder.path())
        .env("XDG_CACHE_HOME", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The options of every command, by its name, as `--help` lists them.
struct Commands(BTreeMap<String, BTreeSet<String>>);

impl Commands {
    fn of_the_program() -> Self {
        let help = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
            String::from_utf8(answer(&arguments).stdout).unwrap()
        };
        let list = help(&["--help"]);
        let names = list
            .lines()
            .skip_while(|line| *line != "Commands:")
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
        Self(
            names
                .map(|name| (name.to_owned(), options(&help(&[name, "--help"]))))
                .collect(),
        )
    }

    /// Options that a command does not have, and commands that there are not, in a text that may abbreviate with `[…]` and `|`.
    fn unknown(&self, text: &str) -> Vec<String> {
        let is_in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.');
        let mut words = text
            .split(|c: char| !is_in_word(c))
            .filter(|word| !word.is_empty())
            .peekable();
        let is_of_program = words.next_if_eq(&PROGRAM).is_some();
        let Some(name) = words.next() else {
            return Vec::new();
        };
        let Some(known) = self.0.get(name) else {
            // Alone with the program, a project is opened: the guide's is called so.
            let is_project = name == "sample" && words.peek().is_none();
            let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            let is_none = is_of_program && is_name && !is_project && !name.starts_with('-');
            let problem = is_none.then(|| format!("no command {name}"));
            return problem.into_iter().collect();
        };
        words
            .filter(|word| word.starts_with("--") && word.len() > 2)
            .map(|word| word.trim_end_matches('.'))
            .filter(|option| !known.contains(*option))
            .map(|option| format!("{name} has no {option}"))
            .collect()
    }
}

/// Of a help: words with two dashes that begin a line, or follow a short form or an alias.
fn options(help: &str) -> BTreeSet<String> {
    let lines = help.lines().map(str::trim_start);
    let lines = lines.filter(|line| line.starts_with('-') || line.starts_with("[alias"));
    lines
        .flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')))
        .filter(|word| word.starts_with("--"))
        .map(str::to_owned)
        .collect()
}

/// The commands of a line for a shell, one after another: pipes, `&&`, `;`, redirections and `$(…)` end one.
fn pieces(line: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut quote: Option<char> = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        if quote.is_none() && matches!(c, '|' | '&' | ';' | '(' | ')' | '>' | '<') {
            pieces.push(String::new());
        } else if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

/// Calls of the program in a line for a shell: the arguments of each. Those that only open the window are left out.
fn calls(line: &str) -> Vec<Vec<String>> {
    let words = pieces(line)
        .into_iter()
        .filter_map(|piece| shlex::split(&piece));
    words
        .filter(|words| words.first().is_some_and(|word| word == PROGRAM))
        .map(|words| words[1..].to_vec())
        .filter(|words| words.len() > 1 || words.first().is_some_and(|word| word == "doctor"))
        .collect()
}

/// Why the program does not take it; `None` if it does, whatever it then does.
fn refusal(call: &[String]) -> Option<String> {
    let answer = answer(call);
    let words = String::from_utf8_lossy(&answer.stderr).into_owned();
    (answer.status.code() == Some(WRONG_USAGE)).then(|| format!("{}: {words}", call.join(" ")))
}

/// The lines of a block, those that go on in the next one (`\` at the end, or the next one indented) joined.
fn joined(block: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in block.lines() {
        let text = line.trim_end_matches('\\');
        match lines.last_mut() {
            Some(last) if goes_on || line.starts_with(' ') => {
                last.push(' ');
                last.push_str(text.trim_start());
            }
            _ => lines.push(text.to_owned()),
        }
        goes_on = line.ends_with('\\');
    }
    lines
}

#[test]
fn every_command_of_the_guide_can_be_typed() {
    let mut problems = Vec::new();
    let mut count = 0;
    for file in guide_files() {
        let page = Document::read(&file);
        let blocks = page.code.iter().filter(|code| {
            let language = code.language.as_deref();
            language.is_some_and(|language| language.starts_with("sh"))
        });
        for block in blocks {
            for call in joined(&block.text).iter().flat_map(|line| calls(line)) {
                count += 1;
                let refused = refusal(&call).into_iter();
                problems.extend(refused.map(|why| format!("{}: {why}", page.place(block.line))));
            }
        }
    }
    assert!(count > 60, "{count} commands found");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn commands_and_options_that_the_documents_name_exist() {
    let commands = Commands::of_the_program();
    let mut problems = Vec::new();
    let mut count = 0;
    // The changelog may speak of what is gone.
    let files = all_files().into_iter();
    for file in files.filter(|file| !file.ends_with("CHANGELOG.md")) {
        let document = Document::read(&file);
        for code in &document.code {
            let lines = match code.language {
                Some(_) => joined(&code.text)
                    .iter()
                    .flat_map(|line| pieces(line))
                    .map(|piece| piece.trim().to_owned())
                    .filter(|piece| piece.starts_with(PROGRAM))
                    .collect(),
                None => vec![code.text.clone()],
            };
            for line in lines {
                count += 1;
                let unknown = commands.unknown(&line).into_iter();
                problems
                    .extend(unknown.map(|what| format!("{}: {what}", document.place(code.line))));
            }
        }
    }
    assert!(count > 200, "{count} pieces of code found");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_readme_lists_every_command() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let commands = Commands::of_the_program();
    assert!(commands.0.len() > 30, "{:?}", commands.0.keys());
    let names = commands.0.keys();
    let missing: Vec<&String> = names
        // `redo` is in the line of `undo`.
        .filter(|name| !["redo", "help"].contains(&name.as_str()))
        .filter(|name| !readme.contains(&format!("    {PROGRAM} {name}")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn commands_that_are_none_are_found() {
    let refused = |line: &str| {
        let calls = calls(line);
        assert!(!calls.is_empty(), "{line}");
        calls.iter().filter_map(|call| refusal(call)).count()
    };
    assert_eq!(
        refused("run=$(cutting-room train sample --epochs 6) && cutting-room evaluate sample $run"),
        0
    );
    for line in [
        "cutting-room evalute sample $run",
        "run=$(cutting-room train sample --epoch 6)",
        "cutting-room runs sample | cutting-room findings sample --kind nonsense",
        "cutting-room export sample $run --to paper out # a comment",
    ] {
        assert_eq!(refused(line), 1, "{line}");
    }
    let commands = Commands::of_the_program();
    let unknown = |text: &str| commands.unknown(text).join(", ");
    assert_eq!(
        unknown("cutting-room nonsense PROJECT"),
        "no command nonsense"
    );
    assert_eq!(
        unknown("split PROJECT [--valid ID… | --suggested FRACTION]"),
        "split has no --suggested"
    );
    assert_eq!(unknown("cutting-room [PROJECT]"), "");
}

//! A settings file with lines that are no TOML: these do not count, and all others do.

use toml_edit::DocumentMut;

/// More lines than this are not passed over one by one; what stands above the next one still counts.
const MOST_BROKEN_LINES: usize = 20;

/// The document without the lines that are no TOML, and what is wrong with them.
pub(super) fn usable_part(text: &str) -> (DocumentMut, Vec<String>) {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut faults = Vec::new();
    loop {
        let fault = match parse(&lines) {
            Ok(document) => return (document, faults),
            Err(fault) => fault,
        };
        if faults.len() == MOST_BROKEN_LINES {
            let whole = whole_lines(&lines, fault.line);
            faults.push(format!(
                "nothing of the settings counts from line {} on, because more than {MOST_BROKEN_LINES} lines are broken; correct them",
                whole + 1
            ));
            lines.truncate(whole);
            continue;
        }
        let line = culprit(&lines, &fault);
        faults.push(format!(
            "line {} of the settings does not count: {}; correct it",
            line + 1,
            fault.reason
        ));
        blank(&mut lines, line);
    }
}

struct Fault {
    /// Where it was noticed, from 0.
    line: usize,
    /// Where what it is about ends.
    last: usize,
    reason: String,
}

fn parse(lines: &[&str]) -> Result<DocumentMut, Fault> {
    let text = lines.join("\n");
    text.parse().map_err(|error: toml_edit::TomlError| {
        let span = error.span().unwrap_or_default();
        let line = |at: usize| text.get(..at).unwrap_or(&text).matches('\n').count();
        let reason = error.message().lines().next().unwrap_or_default();
        Fault {
            line: line(span.start),
            last: line(span.end),
            reason: reason.to_owned(),
        }
    })
}

/// How many lines from the first on are TOML by themselves. No more than `most`, where a fault was noticed.
fn whole_lines(lines: &[&str], most: usize) -> usize {
    let is_whole = |count: &usize| {
        lines
            .get(..*count)
            .is_some_and(|lines| parse(lines).is_ok())
    };
    let mut counts = (0..=most.min(lines.len())).rev();
    counts.find(is_whole).unwrap_or_default()
}

/// The line without which most can be read, from where the text that is no TOML begins to where that is noticed: a list or a
/// text with three quotes that does not end is noticed far below.
fn culprit(lines: &[&str], fault: &Fault) -> usize {
    let begun = whole_lines(lines, fault.line);
    let read_without = |line: usize| {
        let mut rest = lines.to_vec();
        blank(&mut rest, line);
        parse(&rest).map_or_else(|fault| fault.line, |_whole| rest.len())
    };
    let candidates = begun..=fault.last.max(begun);
    let candidates =
        candidates.filter(|line| lines.get(*line).is_some_and(|line| !line.is_empty()));
    let best = candidates.rev().max_by_key(|line| read_without(*line));
    best.unwrap_or(begun)
}

fn blank(lines: &mut [&str], line: usize) {
    if let Some(line) = lines.get_mut(line) {
        *line = "";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What counts, and the beginnings of what is said of the rest.
    fn read(text: &str) -> (String, Vec<String>) {
        let (document, faults) = usable_part(text);
        let lines = document.to_string();
        let lines: Vec<&str> = lines.lines().filter(|line| !line.is_empty()).collect();
        let begin = |fault: &String| fault.split(':').next().unwrap_or_default().to_owned();
        (lines.join("|"), faults.iter().map(begin).collect())
    }

    #[test]
    fn what_does_not_end_is_named_once_and_all_else_counts() {
        for begun in ["theme = \"\"\"dark", "theme = [", "theme = '''", "[keys"] {
            let text = format!("device = \"cpu\"\n{begun}\n\nx = 1\ny = 2\n");
            let (counts, named) = read(&text);
            assert_eq!(counts, "device = \"cpu\"|x = 1|y = 2", "{begun}");
            assert_eq!(named, ["line 2 of the settings does not count"], "{begun}");
        }
    }

    #[test]
    fn a_line_within_a_list_takes_nothing_else_along() {
        let (counts, named) = read("x = [\n1,\n? ?\n2]\ny = 1\n");
        assert_eq!(counts, "x = [|1,|2]|y = 1", "{named:?}");
        assert_eq!(named, ["line 3 of the settings does not count"]);
    }

    #[test]
    fn of_many_broken_lines_those_above_still_count() {
        let broken = "?\n".repeat(MOST_BROKEN_LINES + 5);
        let (counts, named) = read(&format!("x = 1\n{broken}y = 1\n"));
        assert_eq!(counts, "x = 1");
        assert_eq!(named.len(), MOST_BROKEN_LINES + 1);
        let last = named.last().unwrap();
        assert!(last.contains("from line 22 on"), "{last}");
    }
}

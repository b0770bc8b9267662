//! `robots.txt` as RFC 9309 has it, and the header `X-Robots-Tag`.

use std::time::Duration;

use url::Url;

/// What the program calls itself there.
const PRODUCT: &str = "cutting-room";
/// RFC 9309, 2.5: at least 500 kibibytes are to be read.
pub const MAX_BYTES: u64 = 512 << 10;
/// A longer pause would be a way of saying no.
const LONGEST_DELAY: f64 = 30.0;

/// What a server lets this program ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Robots {
    rules: Vec<Rule>,
    /// `Crawl-delay`, which is no standard but common.
    pub delay: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq)]
struct Rule {
    /// With `*`, and `$` at its end.
    path: String,
    is_allowed: bool,
}

impl Robots {
    /// Rules for this program, or those for all if it is not named.
    pub fn parse(text: &str) -> Self {
        let mut own = Self::default();
        let mut all = Self::default();
        let mut is_own_named = false;
        let (mut is_for_own, mut is_for_all, mut is_in_names) = (false, false, false);
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let (key, value) = (key.trim().to_lowercase(), value.trim());
            if key == "user-agent" {
                if !is_in_names {
                    (is_for_own, is_for_all) = (false, false);
                }
                is_in_names = true;
                is_for_own |= value.eq_ignore_ascii_case(PRODUCT);
                is_for_all |= value == "*";
                is_own_named |= is_for_own;
                continue;
            }
            is_in_names &= !matches!(key.as_str(), "allow" | "disallow" | "crawl-delay");
            let groups = [(is_for_own, &mut own), (is_for_all, &mut all)];
            for (_, group) in groups.into_iter().filter(|(is_meant, _)| *is_meant) {
                group.read(&key, value);
            }
        }
        if is_own_named { own } else { all }
    }

    fn read(&mut self, key: &str, value: &str) {
        match key {
            // An empty rule forbids nothing.
            "allow" | "disallow" if !value.is_empty() => self.rules.push(Rule {
                path: value.to_owned(),
                is_allowed: key == "allow",
            }),
            "crawl-delay" => {
                let secs = value.parse::<f64>().ok().filter(|secs| *secs >= 0.0);
                self.delay = secs.map(|secs| Duration::from_secs_f64(secs.min(LONGEST_DELAY)));
            }
            _unknown => {}
        }
    }

    /// The longest rule that fits decides; of equals the one that allows.
    pub fn allows(&self, url: &Url) -> bool {
        let mut path = url.path().to_owned();
        if let Some(query) = url.query() {
            path.push('?');
            path.push_str(query);
        }
        let fitting = self.rules.iter().filter(|rule| fits(&rule.path, &path));
        fitting
            .max_by_key(|rule| (rule.path.len(), rule.is_allowed))
            .is_none_or(|rule| rule.is_allowed)
    }
}

/// Greedy from the left, which is enough for `*` alone: linear for each part, so that no rule takes long.
fn fits(rule: &str, path: &str) -> bool {
    let (rule, is_whole) = match rule.strip_suffix('$') {
        Some(rule) => (rule, true),
        None => (rule, false),
    };
    let mut parts = rule.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return !is_whole || rest.is_empty();
    };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    if is_whole {
        rest.ends_with(last)
    } else {
        rest.contains(last)
    }
}

/// Directives with a value, which are no names of agents.
const WITH_VALUE: [&str; 4] = [
    "max-snippet",
    "max-image-preview",
    "max-video-preview",
    "unavailable_after",
];

/// Whether the tags of an answer keep it from the training of models. A tag may be for one agent only:
/// `otherbot: noai`.
pub fn forbids_training(tags: &[String]) -> bool {
    tags.iter().any(|tag| {
        let tag = tag.to_lowercase();
        let agent = tag.split_once(':').map(|(agent, _)| agent.trim());
        let agent = agent.filter(|agent| !agent.contains(',') && !WITH_VALUE.contains(agent));
        let words = match agent {
            None => tag.as_str(),
            Some(PRODUCT | "*") => tag.split_once(':').map_or("", |(_, words)| words),
            Some(_other) => "",
        };
        words
            .split(',')
            .any(|word| matches!(word.trim(), "noai" | "noimageai"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(robots: &str, path: &str) -> bool {
        let url = Url::parse("http://example.org").unwrap().join(path);
        Robots::parse(robots).allows(&url.unwrap())
    }

    #[test]
    fn the_longest_rule_of_the_own_group_decides() {
        let robots = "User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-agent: Cutting-Room\nAllow: /images/ # all of it\nDisallow: /images/private\nDisallow: /*.gif$\nCrawl-delay: 2\n";
        assert!(allows(robots, "/images/a.jpg"));
        assert!(!allows(robots, "/images/private/a.jpg"));
        assert!(!allows(robots, "/a.gif"));
        assert!(allows(robots, "/a.gif?x"));
        assert_eq!(Robots::parse(robots).delay, Some(Duration::from_secs(2)));
    }

    #[test]
    fn who_is_not_named_keeps_to_the_rules_for_all() {
        let robots = "user-agent: other\ndisallow: /\nuser-agent: *\ndisallow: /x\nallow: /x/y";
        assert!(!allows(robots, "/x/z.jpg"));
        assert!(allows(robots, "/x/y.jpg"));
        assert!(allows(robots, "/z.jpg"));
        assert!(allows("", "/a.jpg"));
        assert!(allows("User-agent: *\nDisallow:", "/a.jpg"));
        assert!(!allows("User-agent: *\nDisallow: /*/b*c", "/a/b/x/c.jpg"));
    }

    #[test]
    fn a_rule_of_many_stars_takes_no_time() {
        let robots = format!("User-agent: *\nDisallow: /{}x$", "*a".repeat(10_000));
        assert!(allows(&robots, &format!("/{}", "a".repeat(50_000))));
    }

    #[test]
    fn tags_against_training_are_kept_to() {
        let forbids = |tags: &[&str]| {
            let tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
            forbids_training(&tags)
        };
        assert!(forbids(&["noindex, NoAI"]));
        assert!(forbids(&["noindex", "noimageai"]));
        assert!(forbids(&["cutting-room: noai"]));
        assert!(!forbids(&["otherbot: noai"]));
        assert!(!forbids(&["noindex, max-snippet: 20"]));
        assert!(forbids(&["max-snippet: 20, noai"]));
    }
}

//! Which file uses which, by the paths in its code (macros' arguments are not read), and where that goes in a circle.
//!
//! A re-export (`pub use`) is an address, not a use: whoever imports through it depends on the file that holds the item.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};

use super::sources::SourceFile;

/// What uses what.
pub type Graph = BTreeMap<String, BTreeSet<String>>;

/// A place in the module tree of all packages: `["train", "data"]`.
type ModulePath = Vec<String>;

pub fn between_modules(sources: &[SourceFile]) -> Graph {
    let module = |name: &str| {
        name.split('/')
            .next()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned()
    };
    let mut graph = Graph::new();
    for (file, used) in between_files(sources) {
        let own = module(&file);
        let others = used
            .iter()
            .map(|other| module(other))
            .filter(|other| *other != own);
        graph.entry(own.clone()).or_default().extend(others);
    }
    graph
}

pub fn between_files(sources: &[SourceFile]) -> Graph {
    let files: BTreeMap<ModulePath, Mentions> = sources
        .iter()
        .filter(|file| !is_package_root(&file.name) && !file.is_tests())
        .map(|file| (module_path(&file.name), Mentions::of(file)))
        .collect();
    let mut graph = Graph::new();
    for (path, mentions) in &files {
        let used = mentions
            .uses
            .iter()
            .filter_map(|mentioned| owner(mentioned, &files))
            .filter(|owner| owner != path)
            .map(|owner| files[&owner].name.clone());
        graph.insert(mentions.name.clone(), used.collect());
    }
    graph
}

/// They only list the modules and re-export them.
fn is_package_root(name: &str) -> bool {
    matches!(name, "lib.rs" | "main.rs")
}

/// `train/mod.rs` and `train.rs` are `["train"]`.
fn module_path(name: &str) -> ModulePath {
    let name = name.trim_end_matches(".rs");
    let name = name.trim_end_matches("/mod").trim_end_matches("/lib");
    name.split('/').map(str::to_owned).collect()
}

/// The paths in a file's code, from the root of the module tree.
struct Mentions {
    name: String,
    uses: Vec<ModulePath>,
    /// By the name under which a `pub use` offers it.
    re_exports: BTreeMap<String, ModulePath>,
}

impl Mentions {
    fn of(file: &SourceFile) -> Self {
        let syntax = syn::parse_file(&file.text).unwrap();
        let own = module_path(&file.name);
        let children = syntax.items.iter().filter_map(|item| match item {
            syn::Item::Mod(child) if child.content.is_none() => Some(child.ident.to_string()),
            _ => None,
        });
        let mut reader = Reader {
            children: children.collect(),
            root: match own[0].as_str() {
                // Packages whose modules are one module here.
                package @ ("ops" | "serve") => vec![package.to_owned()],
                _ => Vec::new(),
            },
            own,
            uses: Vec::new(),
            re_exports: BTreeMap::new(),
        };
        reader.visit_file(&syntax);
        Self {
            name: file.name.clone(),
            uses: reader.uses,
            re_exports: reader.re_exports,
        }
    }
}

struct Reader {
    own: ModulePath,
    /// Where `crate::` begins.
    root: ModulePath,
    children: BTreeSet<String>,
    uses: Vec<ModulePath>,
    re_exports: BTreeMap<String, ModulePath>,
}

impl Reader {
    /// `None` for a path into another package or of a name in scope.
    fn absolute(&self, path: &[String]) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        let mut absolute = match first.as_str() {
            // The random streams lie in the package of the operations, and are a module of their own.
            "crate" if rest.first().is_some_and(|name| name == "rng") => Vec::new(),
            "crate" => self.root.clone(),
            "self" => self.own.clone(),
            "super" => {
                let (parent, mut rest) = (self.own.split_last()?.1, rest);
                let mut parent = parent.to_vec();
                while rest.first().is_some_and(|name| name == "super") {
                    parent.pop();
                    rest = &rest[1..];
                }
                parent.extend_from_slice(rest);
                return Some(parent);
            }
            child if self.children.contains(child) => {
                let mut absolute = self.own.clone();
                absolute.push(child.to_owned());
                absolute
            }
            _ => return None,
        };
        absolute.extend_from_slice(rest);
        Some(absolute)
    }

    fn read_use(&mut self, tree: &syn::UseTree, before: &[String], is_public: bool) {
        let with = |name: &syn::Ident| {
            let mut path = before.to_vec();
            path.push(name.to_string());
            path
        };
        match tree {
            syn::UseTree::Path(path) => self.read_use(&path.tree, &with(&path.ident), is_public),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.read_use(tree, before, is_public);
                }
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.note(before, before.last().cloned(), is_public);
            }
            syn::UseTree::Name(name) => {
                self.note(&with(&name.ident), Some(name.ident.to_string()), is_public);
            }
            syn::UseTree::Rename(name) => {
                self.note(&with(&name.ident), Some(name.rename.to_string()), is_public);
            }
            syn::UseTree::Glob(_) => self.note(before, None, is_public),
        }
    }

    fn note(&mut self, path: &[String], name: Option<String>, is_public: bool) {
        let Some(path) = self.absolute(path) else {
            return;
        };
        match name {
            Some(name) if is_public => {
                self.re_exports.insert(name, path);
            }
            _ => self.uses.push(path),
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_for_tests(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_public = !matches!(item.vis, syn::Visibility::Inherited);
        self.read_use(&item.tree, &[], is_public);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        if names.len() > 1
            && let Some(path) = self.absolute(&names)
        {
            self.uses.push(path);
        }
        visit::visit_path(self, path);
    }
}

fn is_for_tests(item: &syn::Item) -> bool {
    let (syn::Item::Mod(syn::ItemMod { attrs, .. }) | syn::Item::Fn(syn::ItemFn { attrs, .. })) =
        item
    else {
        return false;
    };
    attrs.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|condition| condition == "test")
    })
}

/// The file that holds what `path` names: the longest part of it that is a module, through re-exports.
fn owner(path: &[String], files: &BTreeMap<ModulePath, Mentions>) -> Option<ModulePath> {
    for length in (1..=path.len()).rev() {
        let (module, rest) = path.split_at(length);
        let Some(mentions) = files.get(module) else {
            continue;
        };
        let re_export = rest.first().and_then(|name| mentions.re_exports.get(name));
        return match re_export {
            Some(target) => {
                let target: ModulePath = target.iter().chain(&rest[1..]).cloned().collect();
                owner(&target, files)
            }
            None => Some(module.to_vec()),
        };
    }
    None
}

/// Groups of nodes that can all be reached from one another, sorted (Tarjan 1972).
pub fn cycles(graph: &Graph) -> Vec<Vec<String>> {
    let mut search = Search {
        graph,
        order: BTreeMap::new(),
        lowest: BTreeMap::new(),
        stack: Vec::new(),
        cycles: Vec::new(),
    };
    for node in graph.keys() {
        if !search.order.contains_key(node.as_str()) {
            search.visit(node);
        }
    }
    search.cycles.sort();
    search.cycles
}

struct Search<'a> {
    graph: &'a Graph,
    order: BTreeMap<&'a str, usize>,
    lowest: BTreeMap<&'a str, usize>,
    stack: Vec<&'a str>,
    cycles: Vec<Vec<String>>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, node: &'a str) {
        let number = self.order.len();
        self.order.insert(node, number);
        self.lowest.insert(node, number);
        self.stack.push(node);
        for next in self.graph.get(node).into_iter().flatten() {
            let reached = match self.order.get(next.as_str()) {
                None => {
                    self.visit(next);
                    self.lowest[next.as_str()]
                }
                Some(number) if self.stack.contains(&next.as_str()) => *number,
                Some(_) => continue,
            };
            let lowest = self.lowest.get_mut(node).unwrap();
            *lowest = reached.min(*lowest);
        }
        if self.lowest[node] == number {
            let begin = self.stack.iter().position(|other| *other == node).unwrap();
            let mut cycle: Vec<String> = self.stack.drain(begin..).map(str::to_owned).collect();
            if cycle.len() > 1 {
                cycle.sort();
                self.cycles.push(cycle);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> SourceFile {
        SourceFile {
            name: name.to_owned(),
            module: name.split('/').next().unwrap().to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_circle_is_found_through_re_exports_and_super() {
        let sources = [
            file("a/mod.rs", "mod x; mod y; pub use x::X;"),
            file("a/x.rs", "use super::y::{Y, self}; pub struct X(Y);"),
            file("a/y.rs", "pub struct Y; fn f() -> crate::a::X { todo() }"),
            file(
                "b/mod.rs",
                "use crate::a::X; #[cfg(test)] mod tests { use crate::c::C; }",
            ),
            file("c/mod.rs", "use crate::b::B;"),
        ];
        let graph = between_files(&sources);
        assert_eq!(graph["b/mod.rs"], BTreeSet::from(["a/x.rs".to_owned()]));
        assert_eq!(cycles(&graph), [["a/x.rs", "a/y.rs"]]);
        assert!(cycles(&between_modules(&sources)).is_empty());
    }
}

//! PowerShell text taken apart, and a PowerShell to run it, where there is one.
//!
//! In: a script without here-strings. Out: its code without comments and texts, and the texts
//! ([`parts`]); or the calls and assignments that the grammar of PowerShell finds in it ([`Script`]).
//! Invariant: quotes, comments and brackets are closed; a text computes nothing but properties; a script
//! that does not fit the grammar is not accepted.

use std::env;
use std::path::PathBuf;

use regex::Regex;
use tree_sitter::{Node, Parser, Tree};

/// A script as the grammar sees it.
pub(crate) struct Script {
    text: String,
    tree: Tree,
}

/// A command that a script calls.
pub(crate) struct Call {
    /// The name, or the expression behind `&`.
    pub(crate) name: String,
    /// The parameters and arguments.
    pub(crate) words: Vec<String>,
    /// Where it stands, see [`Script::calls`].
    pub(crate) inside: Vec<String>,
}

impl Call {
    /// The argument behind a parameter.
    pub(crate) fn argument(&self, parameter: &str) -> Option<&str> {
        let at = self.words.iter().position(|word| word == parameter)?;
        let next = self.words.get(at + 1)?;
        (!next.starts_with('-')).then_some(next)
    }

    /// Whether it stands inside this function, block or clause.
    pub(crate) fn is_inside(&self, place: &str) -> bool {
        self.inside.iter().any(|known| known == place)
    }
}

/// A value that a script gives to something.
pub(crate) struct Assignment {
    /// A variable, or a property of one.
    pub(crate) to: String,
    /// The expression.
    pub(crate) value: String,
    /// Where it stands, see [`Script::calls`].
    pub(crate) inside: Vec<String>,
}

impl Script {
    /// Parses a script, which must fit the grammar.
    pub(crate) fn parse(text: &str) -> Script {
        let mut parser = Parser::new();
        parser
            .set_language(&tree_sitter_powershell::LANGUAGE.into())
            .expect("the grammar");
        let tree = parser.parse(text, None).expect("a tree");
        let script = Script {
            text: text.to_owned(),
            tree,
        };
        for node in script.nodes() {
            let line = node.start_position().row + 1;
            let wrong = node.is_error() || node.is_missing();
            assert!(!wrong, "line {line}: {}", script.of(node));
        }
        assert!(!script.tree.root_node().has_error());
        script
    }

    /// The commands that it calls. Each stands inside functions (by their names), blocks (by the
    /// variables that hold them) and clauses (`finally`), the outermost first.
    pub(crate) fn calls(&self) -> Vec<Call> {
        let nodes = self.nodes().into_iter();
        let commands = nodes.filter(|node| node.kind() == "command");
        commands
            .map(|node| {
                let mut call = Call {
                    name: String::new(),
                    words: Vec::new(),
                    inside: self.inside(node),
                };
                for child in children(node) {
                    match child.kind() {
                        "command_name" | "command_name_expr" => {
                            call.name = self.of(child).to_owned();
                        }
                        "command_elements" => {
                            let words = children(child).into_iter();
                            let words = words.filter(|word| word.kind() != "command_argument_sep");
                            call.words = words.map(|word| self.of(word).to_owned()).collect();
                        }
                        _ => {}
                    }
                }
                call
            })
            .collect()
    }

    /// What it assigns.
    pub(crate) fn assignments(&self) -> Vec<Assignment> {
        let nodes = self.nodes().into_iter();
        let assignments = nodes.filter(|node| node.kind() == "assignment_expression");
        assignments
            .map(|node| {
                let parts = children(node);
                Assignment {
                    to: self.of(parts[0]).to_owned(),
                    value: self.of(*parts.last().expect("a value")).to_owned(),
                    inside: self.inside(node),
                }
            })
            .collect()
    }

    /// The members that it uses inside a function or block, or anywhere.
    pub(crate) fn members(&self, place: Option<&str>) -> Vec<String> {
        let nodes = self.nodes().into_iter();
        let members = nodes.filter(|node| node.kind() == "member_name");
        members
            .filter(|node| {
                place.is_none_or(|place| self.inside(*node).iter().any(|at| at == place))
            })
            .map(|node| self.of(node).to_owned())
            .collect()
    }

    fn of(&self, node: Node<'_>) -> &str {
        &self.text[node.byte_range()]
    }

    fn nodes(&self) -> Vec<Node<'_>> {
        let mut nodes = Vec::new();
        let mut waiting = vec![self.tree.root_node()];
        while let Some(node) = waiting.pop() {
            nodes.push(node);
            waiting.extend(children(node).into_iter().rev());
        }
        nodes
    }

    fn inside(&self, node: Node<'_>) -> Vec<String> {
        let mut inside = Vec::new();
        let mut at = node;
        while let Some(above) = at.parent() {
            match above.kind() {
                "function_statement" => {
                    let parts = children(above);
                    let name = parts.iter().find(|part| part.kind() == "function_name");
                    inside.push(self.of(*name.expect("a name")).to_owned());
                }
                "finally_clause" => inside.push("finally".to_owned()),
                // A block that is the whole value of a variable has its name.
                "assignment_expression" if self.of(at).starts_with('{') => {
                    inside.push(self.of(children(above)[0]).to_owned());
                }
                _ => {}
            }
            at = above;
        }
        inside.reverse();
        inside
    }
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).collect()
}

/// The parts of a script.
pub(crate) struct Parts {
    /// Everything but comments and texts.
    pub(crate) code: String,
    /// The texts between quotes, without the quotes.
    pub(crate) texts: Vec<String>,
}

/// Takes a script apart.
pub(crate) fn parts(script: &str) -> Parts {
    let letters: Vec<char> = script.chars().collect();
    let mut parts = Parts {
        code: String::new(),
        texts: Vec::new(),
    };
    let mut open = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let next = letters.get(at + 1).copied();
        match letters[at] {
            '<' if next == Some('#') => at = after(&letters, at + 2, "#>"),
            '#' if starts_word(&parts.code) => {
                at = after(&letters, at, "\n");
                parts.code.push('\n');
            }
            quote @ ('\'' | '"') => {
                let (text, end) = text(&letters, at + 1, quote);
                parts.texts.push(text);
                // A mark, so that what stands on both sides does not become one word.
                parts.code.push('\u{1a}');
                at = end;
            }
            letter => {
                match letter {
                    '(' => open.push(')'),
                    '{' => open.push('}'),
                    '[' => open.push(']'),
                    ')' | '}' | ']' => {
                        assert_eq!(open.pop(), Some(letter), "behind {}", tail(&parts.code));
                    }
                    _ => {}
                }
                parts.code.push(letter);
                at += 1;
            }
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    parts
}

/// A `#` inside a word begins no comment.
fn starts_word(code: &str) -> bool {
    code.is_empty()
        || code.ends_with(|letter: char| letter.is_whitespace() || "({;".contains(letter))
}

fn tail(code: &str) -> String {
    let letters: Vec<char> = code.chars().rev().take(80).collect();
    letters.into_iter().rev().collect()
}

/// The place behind the next `end`.
fn after(letters: &[char], from: usize, end: &str) -> usize {
    let end: Vec<char> = end.chars().collect();
    let found = letters[from..]
        .windows(end.len())
        .position(|window| window == end);
    from + found.expect("a comment is not closed") + end.len()
}

/// The text from a place behind its opening quote, and the place behind its closing one.
fn text(letters: &[char], from: usize, quote: char) -> (String, usize) {
    let mut text = String::new();
    let mut at = from;
    loop {
        let letter = *letters.get(at).expect("a quote is not closed");
        let next = letters.get(at + 1).copied();
        if letter == quote && next == Some(quote) {
            text.push(quote);
            at += 2;
        } else if letter == quote {
            break;
        } else if letter == '`' && quote == '"' {
            text.push(next.expect("a quote is not closed"));
            at += 2;
        } else {
            text.push(letter);
            at += 1;
        }
    }
    if quote == '"' {
        let property = Regex::new(r"\$\(\$\w+(\.\w+)*\)").expect("a pattern");
        let rest = property.replace_all(&text, "");
        assert!(!rest.contains("$("), "a text runs code: {text}");
    }
    (text, at + 1)
}

/// A PowerShell of this computer.
pub(crate) fn installed() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let names = ["pwsh", "pwsh.exe", "powershell.exe"];
    names.iter().find_map(|name| {
        let mut folders = env::split_paths(&path);
        folders.find_map(|folder| Some(folder.join(name)).filter(|file| file.is_file()))
    })
}

//! The words of the DOT language, each with its line.
//!
//! Identifiers are names (letters, digits beyond the first place, `_`, everything beyond ASCII), numerals, quoted strings,
//! which `+` joins, and HTML in balanced `<` and `>`. Comments are those of C++, and lines that begin with `#`.

use std::borrow::Cow;

use crate::import::Unreadable;
use crate::import::lines::quoted;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Id(Cow<'a, str>),
    /// `node`, `edge`, `graph`, `digraph`, `subgraph`, `strict`: in small letters, and not quoted.
    Keyword(Keyword),
    /// One of `{ } [ ] = ; , :`.
    Mark(char),
    /// `->`
    Arrow,
    /// `--`
    Line,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Node,
    Edge,
    Graph,
    Digraph,
    Subgraph,
    Strict,
}

impl Keyword {
    fn of(word: &str) -> Option<Keyword> {
        const ALL: &[(&str, Keyword)] = &[
            ("node", Keyword::Node),
            ("edge", Keyword::Edge),
            ("graph", Keyword::Graph),
            ("digraph", Keyword::Digraph),
            ("subgraph", Keyword::Subgraph),
            ("strict", Keyword::Strict),
        ];
        ALL.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, keyword)| *keyword)
    }
}

/// Takes a text apart.
pub(super) struct Lexer<'a> {
    rest: &'a str,
    /// Of the word that comes next, from 1.
    pub(super) line: u64,
    is_line_start: bool,
    peeked: Option<Option<Token<'a>>>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Lexer { rest: text, line: 1, is_line_start: true, peeked: None }
    }

    /// The next word, which stays the next.
    pub(super) fn peek(&mut self) -> Result<Option<&Token<'a>>, Unreadable> {
        if self.peeked.is_none() {
            self.peeked = Some(self.read()?);
        }
        Ok(self.peeked.as_ref().and_then(Option::as_ref))
    }

    /// The next word; nothing at the end of the text.
    pub(super) fn next(&mut self) -> Result<Option<Token<'a>>, Unreadable> {
        match self.peeked.take() {
            Some(token) => Ok(token),
            None => self.read(),
        }
    }

    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(len);
        self.line += taken.bytes().filter(|byte| *byte == b'\n').count() as u64;
        self.rest = rest;
        taken
    }

    fn wrong(&self, why: impl Into<String>) -> Unreadable {
        Unreadable::at(self.line, why)
    }

    /// Goes to the next word.
    fn skip(&mut self) -> Result<(), Unreadable> {
        loop {
            let blanks = self.rest.len() - self.rest.trim_start().len();
            self.is_line_start |= self.take(blanks).contains('\n');
            let len = if self.rest.starts_with("//") || (self.is_line_start && self.rest.starts_with('#')) {
                self.rest.find('\n').unwrap_or(self.rest.len())
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                comment.find("*/").ok_or_else(|| self.wrong("a comment that begins with `/*` does not end"))? + 4
            } else {
                return Ok(());
            };
            self.take(len);
        }
    }

    fn read(&mut self) -> Result<Option<Token<'a>>, Unreadable> {
        self.skip()?;
        self.is_line_start = false;
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        let token = match first {
            '{' | '}' | '[' | ']' | '=' | ';' | ',' | ':' => {
                self.take(1);
                Token::Mark(first)
            }
            '-' if self.rest.starts_with("->") => {
                self.take(2);
                Token::Arrow
            }
            '-' if self.rest.starts_with("--") => {
                self.take(2);
                Token::Line
            }
            '"' => Token::Id(self.string()?),
            '<' => Token::Id(self.html()?),
            '-' | '.' | '0'..='9' => Token::Id(Cow::Borrowed(self.numeral()?)),
            _ if is_name(first) => {
                let len = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
                let name = self.take(len);
                Keyword::of(name).map_or(Token::Id(Cow::Borrowed(name)), Token::Keyword)
            }
            _ => return Err(self.wrong(format!("`{}` means nothing here", first.escape_debug()))),
        };
        Ok(Some(token))
    }

    fn numeral(&mut self) -> Result<&'a str, Unreadable> {
        let after_sign = self.rest.strip_prefix('-').unwrap_or(self.rest);
        let len = after_sign.find(|c| !is_name(c) && c != '.').unwrap_or(after_sign.len());
        let numeral = &self.rest[..self.rest.len() - after_sign.len() + len];
        let is_numeral = after_sign[..len].parse::<f64>().is_ok()
            && after_sign[..len].bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !is_numeral {
            let why = format!("{} is neither a name nor a number; with quotes it is a name", quoted(numeral));
            return Err(self.wrong(why));
        }
        Ok(self.take(numeral.len()))
    }

    /// A quoted string, with those that `+` joins to it. `\"` is a quotation mark, and a backslash at the end of a line
    /// joins it to the next; other sequences are the business of whoever reads the text.
    fn string(&mut self) -> Result<Cow<'a, str>, Unreadable> {
        let mut whole = self.one_string()?;
        loop {
            let blanks = self.rest.len() - self.rest.trim_start().len();
            let Some(after) = self.rest[blanks..].strip_prefix('+') else { return Ok(whole) };
            self.take(self.rest.len() - after.len());
            self.skip()?;
            if !self.rest.starts_with('"') {
                return Err(self.wrong("a quoted text must follow `+`"));
            }
            let next = self.one_string()?;
            whole.to_mut().push_str(&next);
        }
    }

    fn one_string(&mut self) -> Result<Cow<'a, str>, Unreadable> {
        let inner = &self.rest[1..];
        let mut is_escaped = false;
        let end = inner.bytes().position(|byte| {
            let is_end = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_end
        });
        let end = end.ok_or_else(|| self.wrong("a quoted text does not end"))?;
        let text = &inner[..end];
        self.take(end + 2);
        if !text.contains('\\') {
            return Ok(Cow::Borrowed(text));
        }
        Ok(Cow::Owned(text.replace("\\\"", "\"").replace("\\\r\n", "").replace("\\\n", "")))
    }

    /// The text between the outer `<` and `>`, without the tags in it.
    fn html(&mut self) -> Result<Cow<'a, str>, Unreadable> {
        let mut depth = 0_u64;
        let end = self.rest.bytes().position(|byte| {
            match byte {
                b'<' => depth += 1,
                b'>' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let end = end.ok_or_else(|| self.wrong("a text in `<` and `>` does not end"))?;
        let text = self.take(end + 1);
        Ok(without_tags(&text[1..end]))
    }
}

/// What is left of HTML without its tags, which are blanks.
fn without_tags(text: &str) -> Cow<'_, str> {
    if !text.contains('<') {
        return Cow::Borrowed(text);
    }
    let mut is_tag = false;
    let outside = text.chars().filter_map(|c| match c {
        '<' => {
            is_tag = true;
            None
        }
        '>' => {
            is_tag = false;
            Some(' ')
        }
        _ => (!is_tag).then_some(c),
    });
    Cow::Owned(outside.collect())
}

/// Whether a character can stand in a name.
fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || (!c.is_ascii() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        let mut lexer = Lexer::new(text);
        let mut ids = Vec::new();
        while let Some(token) = lexer.next().unwrap() {
            match token {
                Token::Id(id) => ids.push(id.into_owned()),
                other => panic!("{other:?} in {text}"),
            }
        }
        ids
    }

    #[test]
    fn identifiers_are_names_numerals_strings_and_html() {
        assert_eq!(ids("a_1 Zürich -1.5 .5 7."), ["a_1", "Zürich", "-1.5", ".5", "7."]);
        assert_eq!(ids(r#""a \"b\"" "c"+ "d" "node""#), [r#"a "b""#, "cd", "node"]);
        assert_eq!(ids("<a <b>c</b>> <>"), ["a  c ", ""]);
        assert_eq!(ids("\"a\\\nb\""), ["ab"]);
    }

    #[test]
    fn comments_are_skipped_and_lines_counted() {
        let mut lexer = Lexer::new("# one\n/* two\n three */ a // four\n# five\n b # no comment");
        assert_eq!(lexer.next(), Ok(Some(Token::Id("a".into()))));
        assert_eq!(lexer.next(), Ok(Some(Token::Id("b".into()))));
        assert_eq!(lexer.next().unwrap_err().line, Some(5));
    }

    #[test]
    fn what_does_not_end_or_means_nothing_is_refused() {
        for text in ["\"a", "<a<b>", "/* a", "10a", "1.2.3", "-", "@", "\"a\" + b", ">"] {
            assert_eq!(Lexer::new(text).next().unwrap_err().line, Some(1), "{text}");
        }
    }
}

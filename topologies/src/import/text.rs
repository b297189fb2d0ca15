//! From bytes to characters, whatever a file was written with.

use std::borrow::Cow;
use std::fmt;

/// Why a file cannot be understood, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The line, from 1; none if it is about the whole.
    pub line: Option<u64>,
    /// What is wrong, in a sentence with a remedy where there is one.
    pub why: String,
}

impl Unreadable {
    /// Something wrong on a line, counted from 1.
    pub fn at(line: u64, why: impl Into<String>) -> Self {
        Unreadable { line: Some(line), why: why.into() }
    }

    /// Something wrong with the whole.
    pub fn whole(why: impl Into<String>) -> Self {
        Unreadable { line: None, why: why.into() }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

/// The characters of a file.
#[derive(Clone, Debug)]
pub struct Text<'a> {
    /// Without a byte order mark.
    pub all: Cow<'a, str>,
    /// The name of the file, or nothing. It decides only where the characters do not.
    pub name: &'a str,
    /// The encoding, where it is not UTF-8.
    pub encoding: Option<&'static str>,
}

impl<'a> Text<'a> {
    /// Decodes a file: by its byte order mark, else by what its first line declares (`encoding="ISO-8859-1"`), else as
    /// UTF-8, else as Windows-1252, which holds ISO 8859-1 and has a character for every byte.
    ///
    /// # Errors
    /// When the file is empty, or is no text: a zero byte occurs in none.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(Unreadable::whole("the file is empty"));
        }
        if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
            let (all, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
            return Text::checked(all, (encoding != encoding_rs::UTF_8).then_some(encoding.name()));
        }
        let declared = declared(bytes).filter(|encoding| *encoding != encoding_rs::UTF_8);
        if let Some(encoding) = declared {
            let (all, _) = encoding.decode_without_bom_handling(bytes);
            return Text::checked(all, Some(encoding.name()));
        }
        match std::str::from_utf8(bytes) {
            Ok(all) => Text::checked(all.into(), None),
            Err(_) => {
                let encoding = encoding_rs::WINDOWS_1252;
                let (all, _) = encoding.decode_without_bom_handling(bytes);
                Text::checked(all, Some(encoding.name()))
            }
        }
    }

    fn checked(all: Cow<'a, str>, encoding: Option<&'static str>) -> Result<Self, Unreadable> {
        match all.find('\0') {
            None => Ok(Text { all, name: "", encoding }),
            Some(at) => {
                let line = 1 + all[..at].bytes().filter(|byte| *byte == b'\n').count() as u64;
                Err(Unreadable::at(line, "a zero byte: this is no text"))
            }
        }
    }

    /// The text from its first character that is not white space on.
    pub fn start(&self) -> &str {
        self.all.trim_start()
    }

    /// The first lines that are neither blank nor comments, which begin with `#` or `%`; at most `count`.
    pub fn first_lines(&self, count: usize) -> impl Iterator<Item = &str> {
        let lines = self.all.lines().map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with(['#', '%'])).take(count)
    }
}

/// The encoding that the first bytes declare, as XML does.
fn declared(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = &bytes[..bytes.len().min(256)];
    let end = head.iter().position(|byte| *byte == b'>')?;
    let head = std::str::from_utf8(&head[..end]).ok()?.trim_start();
    let (_, after) = head.strip_prefix("<?xml")?.split_once("encoding")?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    encoding_rs::Encoding::for_label(after[1..].split(quote).next()?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: &str, encoding: Option<&str>) {
        let text = Text::new(bytes).unwrap();
        assert_eq!((&*text.all, text.encoding), (expected, encoding));
    }

    #[test]
    fn bytes_are_read_by_mark_by_declaration_or_as_what_they_can_be() {
        check("Malmö".as_bytes(), "Malmö", None);
        check(b"\xEF\xBB\xBFMalm\xC3\xB6", "Malmö", None);
        check(b"Malm\xF6", "Malmö", Some("windows-1252"));
        check(b"\xFF\xFEM\0\xF6\0", "Mö", Some("UTF-16LE"));
        let declared = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xF6</a>";
        check(declared, "<?xml version='1.0' encoding='ISO-8859-1'?><a>ö</a>", Some("windows-1252"));
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        assert_eq!(Text::new(b"a\nb\0").unwrap_err().line, Some(2));
        assert_eq!(Text::new(b" \n").unwrap_err(), Unreadable::whole("the file is empty"));
    }
}

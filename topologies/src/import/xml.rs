//! XML in pieces, one at a time.
//!
//! Nothing is kept of what was read, so that memory does not grow with the file. Entities that a file declares itself are
//! never replaced and nothing outside of the file is ever opened: a file that uses such entities is refused. Names are
//! given without the prefix of their namespace. Attributes that occur twice are not complained about.

use std::borrow::Cow;
use std::cell::Cell;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::Unreadable;

/// Elements deeper than this are in no file that means well.
const DEEPEST: u32 = 256;

/// A piece of a file.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    /// An element begins.
    Open(Tag<'a>),
    /// The innermost element ends.
    Close,
    /// Text inside of it; one text may come in several pieces.
    Text(Cow<'a, str>),
    /// The file ends, and all elements are closed.
    End,
}

/// The beginning of an element.
#[derive(Debug)]
pub(crate) struct Tag<'a> {
    start: BytesStart<'a>,
    text: &'a str,
    /// Where in the file it is.
    pub at: u64,
}

/// A file that is read piece by piece.
pub(crate) struct Xml<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    depth: u32,
    has_root: bool,
    /// A place whose line is known, from which on others are counted.
    counted: Cell<(u64, u64)>,
}

impl<'a> Xml<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Xml { text, reader, depth: 0, has_root: false, counted: Cell::new((0, 1)) }
    }

    /// The next piece.
    ///
    /// # Errors
    /// When this is not XML.
    pub(crate) fn next(&mut self) -> Result<Piece<'a>, Unreadable> {
        loop {
            let at = self.reader.buffer_position();
            let wrong = |why: String| Unreadable::at(line_at(self.text, at), why);
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = self.reader.error_position();
                    return Err(Unreadable::at(line_at(self.text, at), format!("this is no XML: {error}")));
                }
            };
            return Ok(match event {
                Event::Start(_) if self.depth == 0 && self.has_root => {
                    return Err(wrong("this is no XML: there is more than one outermost element".into()));
                }
                Event::Start(start) => {
                    self.depth += 1;
                    self.has_root = true;
                    if self.depth > DEEPEST {
                        return Err(wrong(format!("elements are nested deeper than {DEEPEST}")));
                    }
                    Piece::Open(Tag { start, text: self.text, at })
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Piece::Close
                }
                Event::Text(text) if self.depth > 0 => Piece::Text(text.xml10_content()),
                Event::Text(text) if !text.trim().is_empty() => {
                    return Err(wrong("this is no XML: there is text outside of all elements".into()));
                }
                Event::CData(text) if self.depth > 0 => Piece::Text(text.xml10_content()),
                Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                    Ok(Some(character)) => Piece::Text(Cow::Owned(character.to_string())),
                    Ok(None) => match resolve_xml_entity(&entity) {
                        Some(known) => Piece::Text(Cow::Borrowed(known)),
                        None => return Err(wrong(format!("`&{};` is none of the five entities of XML", &*entity))),
                    },
                    Err(error) => return Err(wrong(format!("this is no XML: {error}"))),
                },
                Event::Eof if self.depth > 0 => {
                    return Err(wrong("the file ends in the middle: not all elements are closed".into()));
                }
                Event::Eof => Piece::End,
                Event::Empty(_) => unreachable!("empty elements come as a beginning and an end"),
                Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_) => continue,
            });
        }
    }

    /// Reads on to the end of the element whose beginning was the last piece.
    pub(crate) fn skip(&mut self) -> Result<(), Unreadable> {
        let outside = self.depth - 1;
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }

    /// The text of the element whose beginning was the last piece, up to its end. Elements within are left out.
    pub(crate) fn text(&mut self) -> Result<String, Unreadable> {
        let outside = self.depth - 1;
        let mut all = String::new();
        while self.depth > outside {
            match self.next()? {
                Piece::Text(text) if self.depth == outside + 1 => all.push_str(&text),
                Piece::Text(_) | Piece::Open(_) | Piece::Close | Piece::End => {}
            }
        }
        Ok(all)
    }

    /// The line of a place in the file, from 1. Asked for in the order of the file, all of them take as long as one.
    pub(crate) fn line(&self, at: u64) -> u64 {
        let (start, line) = self.counted.get();
        let line = match self.text.as_bytes().get(start as usize..at as usize) {
            Some(between) => line + newlines(between),
            None => line_at(self.text, at),
        };
        self.counted.set((at, line));
        line
    }
}

impl<'a> Tag<'a> {
    /// The name of the element.
    pub(crate) fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// The value of an attribute, if there is one of this name.
    ///
    /// # Errors
    /// When the attributes are no XML.
    pub(crate) fn attribute(&self, name: &str) -> Result<Option<Cow<'_, str>>, Unreadable> {
        let wrong = |error: String| Unreadable::at(line_at(self.text, self.at), format!("this is no XML: {error}"));
        // The check for attributes that occur twice compares each with each.
        for attribute in self.start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| wrong(error.to_string()))?;
            if attribute.key.local_name().into_inner() == name {
                let value = attribute.normalized_value_with(XmlVersion::Implicit1_0, 1, resolve_xml_entity);
                return value.map(Some).map_err(|error| wrong(error.to_string()));
            }
        }
        Ok(None)
    }

    /// The value of an attribute that must be there.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) fn required(&self, name: &str) -> Result<Cow<'_, str>, Unreadable> {
        let missing =
            || Unreadable::at(line_at(self.text, self.at), format!("`{}` has no attribute `{name}`", self.name()));
        self.attribute(name)?.ok_or_else(missing)
    }

    /// Whether some attribute's text contains this.
    pub(crate) fn mentions(&self, text: &str) -> bool {
        self.start.attributes_raw().contains(text)
    }
}

/// The outermost element, if this begins like XML.
pub(crate) fn root(text: &str) -> Option<Tag<'_>> {
    if !text.trim_start().starts_with('<') {
        return None;
    }
    match Xml::new(text).next() {
        Ok(Piece::Open(tag)) => Some(tag),
        Ok(Piece::Close | Piece::Text(_) | Piece::End) | Err(_) => None,
    }
}

fn line_at(text: &str, at: u64) -> u64 {
    let before = &text.as_bytes()[..usize::try_from(at).unwrap_or(usize::MAX).min(text.len())];
    1 + newlines(before)
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All pieces in a line.
    fn pieces(text: &str) -> Result<String, Unreadable> {
        let mut xml = Xml::new(text);
        let mut all = String::new();
        loop {
            match xml.next()? {
                Piece::Open(tag) => all.push_str(&format!("<{}>", tag.name())),
                Piece::Close => all.push_str("</>"),
                Piece::Text(text) => all.push_str(&text),
                Piece::End => return Ok(all),
            }
        }
    }

    fn error(text: &str, line: u64, why: &str) {
        let error = pieces(text).unwrap_err();
        assert_eq!(error.line, Some(line), "{error}");
        assert!(error.why.contains(why), "{error}");
    }

    #[test]
    fn elements_texts_and_entities_come_in_their_order() {
        let text = "<?xml version='1.0'?><!-- <x> --><g:a xmlns:g='urn:g'>1 &lt;&#50;<![CDATA[<3>]]><b/></g:a>\n";
        assert_eq!(pieces(text).unwrap(), "<a>1 <2<3><b></></>");
    }

    #[test]
    fn attributes_are_found_by_their_name_without_a_prefix() {
        let tag = root("<a x:b='1 &amp; 2' c='3'/>").unwrap();
        assert_eq!(tag.attribute("b").unwrap().as_deref(), Some("1 & 2"));
        assert_eq!(tag.attribute("d").unwrap(), None);
        assert!(tag.required("d").unwrap_err().why.contains("`a` has no attribute `d`"));
    }

    #[test]
    fn what_is_no_xml_is_refused_with_its_line() {
        error("<a>\n<b></a>", 2, "no XML");
        error("<a>\n\n<b>", 3, "not all elements are closed");
        error("<a/>\n<b/>", 2, "more than one outermost element");
        error("<a/>\nhello", 1, "outside of all elements");
        assert!(root("hello").is_none());
    }

    #[test]
    fn entities_of_a_file_s_own_are_not_replaced() {
        let laughs = "<!DOCTYPE a [<!ENTITY x \"haha\"><!ENTITY y \"&x;&x;&x;\">]>\n<a>&y;</a>";
        error(laughs, 2, "`&y;` is none of the five entities");
        error("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<a>&x;</a>", 2, "none of the five");
        // In an attribute too.
        let tag = "<!DOCTYPE a [<!ENTITY x \"haha\">]><a b='&x;'/>";
        assert!(root(tag).unwrap().attribute("b").is_err());
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        error(&"<a>".repeat(100_000), 1, "nested deeper than 256");
    }

    #[test]
    fn lines_are_counted_forwards_and_backwards() {
        let xml = Xml::new("a\nb\nc");
        let lines = [0, 2, 4, 1, 3, 100].map(|at| xml.line(at));
        assert_eq!(lines, [1, 2, 3, 1, 2, 3]);
    }

    #[test]
    fn elements_are_skipped_whole_and_text_is_gathered() {
        let mut xml = Xml::new("<a><b>x<c>y</c><b/></b><d>1<e>no</e>2</d></a>");
        let open = |xml: &mut Xml<'_>, name: &str| match xml.next() {
            Ok(Piece::Open(tag)) => assert_eq!(tag.name(), name),
            other => panic!("{other:?}"),
        };
        open(&mut xml, "a");
        open(&mut xml, "b");
        xml.skip().unwrap();
        open(&mut xml, "d");
        assert_eq!(xml.text().unwrap(), "12");
        assert!(matches!(xml.next(), Ok(Piece::Close)));
        assert!(matches!(xml.next(), Ok(Piece::End)));
    }
}

//! Templates: `"user:{id}"`, `"{tenant}:{self.region}"`, `"order:{result.id}"`; `{{` and `}}` are literal braces.

use proc_macro2::Span;
use syn::LitStr;

/// A template in pieces. Two literals never stand next to each other, and none is empty.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) segments: Vec<Segment>,
    pub(crate) span: Span,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    Literal(String),
    /// `{root.field.0}`
    Placeholder {
        root: String,
        fields: Vec<String>,
        /// Whether its hash stands in its place.
        is_hashed: bool,
    },
}

impl Template {
    /// Reads a template; `what` names it in messages ("cache key", "tag", "pattern").
    pub(crate) fn parse(literal: &LitStr, what: &str) -> syn::Result<Self> {
        let segments = parse(&literal.value(), what).map_err(|message| syn::Error::new_spanned(literal, message))?;
        Ok(Self { segments, span: literal.span() })
    }

    /// The first segment of each placeholder.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Placeholder { root, .. } => Some(root.as_str()),
            Segment::Literal(_) => None,
        })
    }

    /// Has the hash of an argument, and of its fields, stand in its place. Says whether there is such a placeholder.
    pub(crate) fn hash(&mut self, name: &str) -> bool {
        let mut names = false;
        for segment in &mut self.segments {
            if let Segment::Placeholder { root, is_hashed, .. } = segment
                && root == name
            {
                (*is_hashed, names) = (true, true);
            }
        }
        names
    }

    /// Whether a placeholder names the result.
    pub(crate) fn names_result(&self) -> bool {
        self.roots().any(|root| root == "result")
    }
}

fn parse(text: &str, what: &str) -> Result<Vec<Segment>, String> {
    let (mut segments, mut literal) = (Vec::new(), String::new());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let (brace, behind) = rest[at..].split_at(1);
        if let Some(doubled) = behind.strip_prefix(brace) {
            literal.push_str(brace);
            rest = doubled;
            continue;
        }
        if brace == "}" {
            return Err(format!("`}}` without `{{` in {what}; write `}}}}` for a literal brace"));
        }
        let Some(end) = behind.find('}').filter(|end| !behind[..*end].contains('{')) else {
            return Err(format!("`{{` without `}}` in {what}; write `{{{{` for a literal brace"));
        };
        if !literal.is_empty() {
            segments.push(Segment::Literal(std::mem::take(&mut literal)));
        }
        segments.push(placeholder(&behind[..end], what)?);
        rest = &behind[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        segments.push(Segment::Literal(literal));
    }
    Ok(segments)
}

fn placeholder(inside: &str, what: &str) -> Result<Segment, String> {
    if inside.is_empty() {
        return Err(format!("`{{}}` names nothing in {what}: write the argument's name between the braces"));
    }
    let mut names = inside.split('.').map(str::trim);
    let root = names.next().unwrap_or_default().to_owned();
    let fields: Vec<String> = names.map(str::to_owned).collect();
    if is_name(&root) && fields.iter().all(|field| is_name(field) || is_index(field)) {
        return Ok(Segment::Placeholder { root, fields, is_hashed: false });
    }
    if inside.split_once(':').is_some_and(|(path, _)| path.split('.').all(|name| is_name(name) || is_index(name))) {
        return Err(format!("format specs are not supported in {what}s; use `key = format!(\"{{{inside}}}\")`"));
    }
    Err("only `arg` and `arg.field.0` are placeholders; use `key = <expression>` for anything else".to_owned())
}

/// Whether a text is an identifier, as far as the lexer can tell.
fn is_name(text: &str) -> bool {
    let plain = text.strip_prefix("r#").unwrap_or(text);
    let mut characters = plain.chars();
    characters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && characters.all(|character| character == '_' || character.is_alphanumeric())
        && plain != "_"
        && (plain == "self" || syn::parse_str::<syn::Ident>(text).is_ok())
}

fn is_index(text: &str) -> bool {
    !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn literal(text: &str) -> Segment {
        Segment::Literal(text.to_owned())
    }

    fn argument(path: &str) -> Segment {
        let mut names = path.split('.').map(str::to_owned);
        let root = names.next().unwrap_or_default();
        Segment::Placeholder { root, fields: names.collect(), is_hashed: false }
    }

    #[test]
    fn a_template_is_read_in_pieces() {
        assert_eq!(
            parse("user:{id}:{user.address.0}", "cache key"),
            Ok(vec![literal("user:"), argument("id"), literal(":"), argument("user.address.0")])
        );
        assert_eq!(parse("{a}{b}", "cache key"), Ok(vec![argument("a"), argument("b")]));
        assert_eq!(parse("", "cache key"), Ok(vec![]));
    }

    #[test]
    fn doubled_braces_are_literal() {
        assert_eq!(parse("{{id}}:{id}", "cache key"), Ok(vec![literal("{id}:"), argument("id")]));
    }

    #[test]
    fn what_is_no_placeholder_is_refused() {
        for wrong in
            ["{", "}", "{}", "{id", "id}", "{a{b}}", "{a b}", "{a.}", "{.a}", "{id.len()}", "{id:05}", "{1}", "{fn}"]
        {
            assert!(parse(wrong, "cache key").is_err(), "{wrong}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn no_text_makes_the_parser_panic(text in prop_oneof!["[{}a.:0 r#]{0,12}", ".*"]) {
            let _ = parse(&text, "cache key");
        }

        #[test]
        fn text_with_its_braces_doubled_is_one_literal(text in ".{1,20}") {
            let doubled = text.replace('{', "{{").replace('}', "}}");
            prop_assert_eq!(parse(&doubled, "cache key"), Ok(vec![literal(&text)]));
        }
    }
}

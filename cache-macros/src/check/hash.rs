//! `hash`: which arguments enter keys and tags as hashes, and that nothing else names them in clear.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Ident;
use syn::spanned::Spanned;

use crate::check::check_named;
use crate::diagnostics::Diagnostics;
use crate::model::{Annotation, Key, Tag, Tags};
use crate::parse::grammar::Macro;
use crate::signature::Signature;
use crate::uses::uses;

/// Marks the placeholders, and reports what stays clear.
pub(super) fn check(annotation: &mut Annotation, function: &Signature, errors: &mut Diagnostics) {
    for name in std::mem::take(&mut annotation.hash) {
        if check_one(annotation, &name, function, errors) {
            annotation.hash.push(name);
        }
    }
}

/// Whether the argument is hashed somewhere.
fn check_one(annotation: &mut Annotation, name: &Ident, function: &Signature, errors: &mut Diagnostics) -> bool {
    let text = name.to_string();
    if !check_named(name, function, errors) {
        return false;
    }
    if annotation.skip.contains(name) {
        errors.at(name, format!("`{text}` is in `skip(..)` as well: keep one"));
        return false;
    }
    let exprs_with_it = exprs(annotation, &text);
    let mut clear = exprs_with_it.iter().filter(|expr| !hashes(expr)).peekable();
    let is_clear = clear.peek().is_some();
    for (what, written) in clear {
        let message = format!(
            "`{what}` writes `{text}` as it is: name it in a template, `\"..{{{text}}}..\"`, or hash it here, `larder::Hashed(&{text})`"
        );
        errors.at_span(written.span(), message);
    }
    let in_templates = annotation.templates_mut().fold(false, |found, template| template.hash(&text) | found);
    let in_default_key = annotation.key.is_none() && annotation.of.is_none() && annotation.kind != Macro::CacheEvict;
    let is_hashed = in_templates || in_default_key || exprs_with_it.iter().any(hashes);
    if !is_hashed && !is_clear {
        let cure = if annotation.of.is_some() {
            "the function at `of` hashes on its own: leave `hash` out"
        } else {
            "name it there, or leave it out of `hash(..)`"
        };
        errors.at(name, format!("`{text}` is in no key and no tag of this attribute: {cure}"));
    }
    is_hashed
}

/// An expression for a key or for tags, and the words for how it is written.
type Written = (&'static str, TokenStream);

/// Whether an expression says by itself what it hashes.
fn hashes((_, written): &Written) -> bool {
    uses(written, "Hashed")
}

/// The expressions for keys and tags that use the argument.
fn exprs(annotation: &Annotation, name: &str) -> Vec<Written> {
    let mut exprs = Vec::new();
    if let Some(Key::Expr(key)) = &annotation.key {
        exprs.push(("key = EXPR", key.to_token_stream()));
    }
    exprs.extend(annotation.keys.iter().map(|keys| ("keys = EXPR", keys.to_token_stream())));
    match &annotation.tags {
        Some(Tags::FromValue(tags)) => exprs.push(("tags = |v| EXPR", tags.to_token_stream())),
        Some(Tags::List(list)) => exprs.extend(list.iter().filter_map(|tag| match tag {
            Tag::Expr(tag) => Some(("tags = [EXPR]", tag.to_token_stream())),
            Tag::Template(..) => None,
        })),
        None => {}
    }
    exprs.retain(|(_, written)| uses(written, name));
    exprs
}

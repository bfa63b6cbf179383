//! Which names an expression or a body uses, as far as its tokens tell: also inside macros and their format strings.

use proc_macro2::{TokenStream, TokenTree};

/// Whether a name stands among the tokens, or as `{name` in a text.
pub(crate) fn uses(tokens: &TokenStream, name: &str) -> bool {
    let plain = name.strip_prefix("r#").unwrap_or(name);
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => uses(&group.stream(), name),
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            text.contains('"') && names_in_braces(&text, plain)
        }
        TokenTree::Punct(_) => false,
    })
}

fn names_in_braces(text: &str, name: &str) -> bool {
    text.split('{').skip(1).any(|behind| {
        behind
            .strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(|next: char| next == '_' || next.is_alphanumeric()))
    })
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn a_name_is_found_in_code_macros_and_format_strings() {
        for tokens in [
            quote!(id + 1),
            quote!(f(|x| vec![x, id])),
            quote!(format!("{id}")),
            quote!(format!("{id:>5}")),
            quote!(println!(r#"a {{}} {id}"#)),
        ] {
            assert!(uses(&tokens, "id"), "{tokens}");
        }
        for tokens in [quote!(ids + i), quote!(format!("{ids} id {{")), quote!('{')] {
            assert!(!uses(&tokens, "id"), "{tokens}");
        }
    }
}

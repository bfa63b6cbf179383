//! Whatever stands in an attribute or below it: no panic, no hang, and what comes out can be read again.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use proptest::prelude::*;
use quote::quote;

use crate::parse::grammar::TABLE;
use crate::stack::Name;
use crate::{attribute, config};

/// Words that mean something to some step.
const WORDS: [&str; 22] = [
    "self",
    "Self",
    "result",
    "id",
    "name",
    "user",
    "fn",
    "async",
    "const",
    "impl",
    "dyn",
    "move",
    "true",
    "false",
    "global",
    "off",
    "local",
    "before",
    "always",
    "across_tenants",
    "v",
    "User",
];
const TEXTS: [&str; 14] = [
    "",
    "5m",
    "10%",
    "90 parsecs",
    "user:{id}",
    "user:{id",
    "}",
    "{}",
    "{{}}",
    "{self.name}",
    "{result.0.id}",
    "{id.len()}",
    "{r#fn}",
    "{id:05}",
];
const MARKS: [char; 16] = [',', '=', '|', ':', '.', '&', '!', '<', '>', '#', '?', '*', '+', '-', ';', '@'];

/// Functions that the attributes go on, and things that they do not.
const ITEMS: [&str; 14] = [
    "async fn f(&self, id: u64, name: &str) -> Result<Option<User>, Error> { Ok(None) }",
    "pub(crate) async fn f<'a, T: Clone, const N: usize>(self: Arc<Self>, (id, name): (u64, T), user: &'a User) -> T where T: Send { name }",
    "fn f(&mut self, id: u64) -> User { User }",
    "async fn f(id: impl Into<u64>, mut name: String) -> impl Iterator<Item = u64> { id.into()..9 }",
    "fn f<'a>(&'a self, id: u64) -> Pin<Box<dyn Future<Output = User> + Send + 'a>> { Box::pin(async move { let id = id; User }) }",
    "async fn f(ids: &[u64]) -> HashMap<u64, User> { HashMap::new() }",
    "async fn f(&self, id: u64);",
    "const fn f() {}",
    "struct S { id: u64 }",
    "impl S { #[cacheable(\"{id}\")] async fn f(&self, id: u64) -> u64 { id } }",
    "trait T { async fn f(&self); }",
    "#[cache_evict(all)] #[cache_put(\"{id}\")] #[doc = \"x\"] async fn f(&self, id: u64) -> u64 { id }",
    "#[caching(cache_evict(all), cache_put)] #[cacheable = 3] #[larder::cache_put] async fn f(&self, id: u64) {}",
    "#[cacheable(__merged)] #[caching(x)] fn f(id: u64) -> u64 { id }",
];

fn word() -> impl Strategy<Value = TokenTree> {
    let names = TABLE.iter().map(|argument| argument.name).chain(WORDS).collect::<Vec<_>>();
    prop::sample::select(names).prop_map(|name| TokenTree::Ident(Ident::new(name, Span::call_site())))
}

fn literal() -> impl Strategy<Value = TokenTree> {
    prop_oneof![
        6 => prop::sample::select(&TEXTS[..]).prop_map(Literal::string),
        1 => "\\PC{0,8}".prop_map(|text| Literal::string(&text)),
        1 => any::<u64>().prop_map(Literal::u64_unsuffixed),
        1 => Just(Literal::f64_unsuffixed(0.8)),
        1 => any::<char>().prop_map(Literal::character),
    ]
    .prop_map(TokenTree::Literal)
}

fn mark() -> impl Strategy<Value = TokenTree> {
    (prop::sample::select(&MARKS[..]), any::<bool>()).prop_map(|(mark, joint)| {
        TokenTree::Punct(Punct::new(mark, if joint { Spacing::Joint } else { Spacing::Alone }))
    })
}

fn tokens() -> impl Strategy<Value = TokenStream> {
    let leaf = prop_oneof![4 => word(), 3 => literal(), 4 => mark()];
    let tree = leaf.prop_recursive(3, 24, 6, |inner| {
        let delimiter = prop::sample::select(vec![Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::Brace]);
        (delimiter, prop::collection::vec(inner, 0..6))
            .prop_map(|(delimiter, inner)| TokenTree::Group(Group::new(delimiter, inner.into_iter().collect())))
    });
    prop::collection::vec(tree, 0..12).prop_map(|trees| trees.into_iter().collect())
}

/// Tokens that begin as arguments do, so that the steps behind the parser are reached too.
fn arguments() -> impl Strategy<Value = TokenStream> {
    let value = prop_oneof![
        2 => literal().prop_map(TokenStream::from),
        2 => word().prop_map(TokenStream::from),
        1 => tokens(),
        1 => tokens().prop_map(|tokens| quote!([#tokens])),
        1 => tokens().prop_map(|tokens| quote!(|v| #tokens)),
    ];
    let argument =
        (prop::sample::select(TABLE.iter().collect::<Vec<_>>()), 0..3, value).prop_map(|(row, spelling, value)| {
            let name = Ident::new(row.name, Span::call_site());
            match spelling {
                0 => quote!(#name = #value),
                1 => quote!(#name(#value)),
                _ => quote!(#name),
            }
        });
    prop::collection::vec(argument, 0..5).prop_map(|arguments| quote!(#(#arguments),*))
}

fn item() -> impl Strategy<Value = TokenStream> {
    prop::sample::select(&ITEMS[..]).prop_map(|item| item.parse().expect("the items are Rust"))
}

/// Whether tokens are items of a module, or of an `impl` or a trait.
fn are_items(tokens: &TokenStream) -> bool {
    syn::parse2::<syn::File>(tokens.clone()).is_ok()
        || syn::parse2::<syn::ItemImpl>(quote!(impl X { #tokens })).is_ok()
        || syn::parse2::<syn::ItemTrait>(quote!(trait X { #tokens })).is_ok()
}

proptest! {
    #[test]
    fn any_defaults_leave_items(arguments in arguments(), item in item()) {
        prop_assert!(are_items(&config::run(arguments, item)));
    }

    #[test]
    fn any_tokens_in_an_attribute_leave_items(name in prop::sample::select(&Name::ALL[..]), arguments in tokens(), item in item()) {
        prop_assert!(are_items(&attribute::run(name, arguments, item)));
    }

    #[test]
    fn any_arguments_leave_items(name in prop::sample::select(&Name::ALL[..]), arguments in arguments(), item in item()) {
        prop_assert!(are_items(&attribute::run(name, arguments, item)));
    }

    #[test]
    fn anything_below_an_attribute_is_left_there(name in prop::sample::select(&Name::ALL[..]), arguments in arguments(), item in tokens()) {
        let expanded = attribute::run(name, arguments, item.clone()).to_string();
        prop_assert!(expanded.contains(&item.to_string()) || are_items(&item));
    }
}

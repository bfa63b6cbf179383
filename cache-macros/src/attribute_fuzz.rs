//! Text as the arguments of each attribute, in front of a function that is text too: no panic, no hang.
//!
//! The root of a program that `fuzz/` builds. A procedural macro's crate exports nothing else, so its modules are compiled
//! in here; it lies beside them, for only so are theirs found.

#![no_main]
#![allow(dead_code, missing_docs, reason = "only the way through `attribute::run` is taken")]

extern crate proc_macro;

mod attribute;
mod check;
mod config;
mod diagnostics;
mod expand;
mod fallback;
mod model;
mod parse;
mod placement;
mod signature;
mod stack;
mod uses;

use libfuzzer_sys::fuzz_target;
use parse::grammar::Macro;
use proc_macro2::TokenStream;
use stack::Name;

fuzz_target!(|input: (&str, &str)| {
    let (arguments, item) = input;
    if let (Ok(arguments), Ok(item)) = (arguments.parse::<TokenStream>(), item.parse::<TokenStream>()) {
        for name in
            [Macro::Cacheable, Macro::CachePut, Macro::CacheEvict].map(Name::One).into_iter().chain([Name::Caching])
        {
            let _ = attribute::run(name, arguments.clone(), item.clone());
        }
        let _ = config::run(arguments, item);
    }
});

//! Text as the arguments of each attribute, in front of a function that is text too: no panic, no hang.
//!
//! A procedural macro's crate exports nothing else, so its modules are compiled in here.

#![no_main]
#![allow(dead_code, missing_docs, reason = "only the way through `attribute::run` is taken")]

#[path = "../../cache-macros/src/attribute.rs"]
mod attribute;
#[path = "../../cache-macros/src/check.rs"]
mod check;
#[path = "../../cache-macros/src/config.rs"]
mod config;
#[path = "../../cache-macros/src/diagnostics.rs"]
mod diagnostics;
#[path = "../../cache-macros/src/expand/mod.rs"]
mod expand;
#[path = "../../cache-macros/src/fallback.rs"]
mod fallback;
#[path = "../../cache-macros/src/model.rs"]
mod model;
#[path = "../../cache-macros/src/parse/mod.rs"]
mod parse;
#[path = "../../cache-macros/src/signature.rs"]
mod signature;
#[path = "../../cache-macros/src/stack.rs"]
mod stack;

use libfuzzer_sys::fuzz_target;
use parse::grammar::Macro;
use proc_macro2::TokenStream;
use stack::Name;

fuzz_target!(|input: (&str, &str)| {
    let (arguments, item) = input;
    if let (Ok(arguments), Ok(item)) = (arguments.parse::<TokenStream>(), item.parse::<TokenStream>()) {
        for name in [Macro::Cacheable, Macro::CachePut, Macro::CacheEvict].map(Name::One).into_iter().chain([Name::Caching])
        {
            let _ = attribute::run(name, arguments.clone(), item.clone());
        }
        let _ = config::run(arguments, item);
    }
});

//! What each macro makes of a function, for each kind of receiver: the expansions in `snapshots/`, and those that the
//! documentation shows. Written anew by `LARDER_WRITE_DOCS=1 cargo test -p cache-macros`; read the difference.
//!
//! Outside of a compiler no source can be read around a function; these are `pub`, so that what `of` names is seen too.

use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::quote;

use crate::parse::grammar::Macro;
use crate::stack::Name;
use crate::{attribute, config, expand};

/// A kind of receiver: the name of its snapshots, how the function begins, and what its attribute says of the cache.
const RECEIVERS: [(&str, &str, &str); 7] = [
    ("free", "pub async fn f(cache: &Cache, id: u64)", ", cache = cache"),
    ("by_ref", "pub async fn f(&self, id: u64)", ""),
    ("by_mut", "pub async fn f(&mut self, id: u64)", ""),
    ("by_arc", "pub async fn f(self: Arc<Self>, id: u64)", ""),
    ("by_value", "pub async fn f(self, id: u64)", ""),
    ("sync", "pub fn f(&self, id: u64)", ""),
    ("boxed", "fn f<'a>(&'a self, id: u64)", ""),
];

/// What a macro is given in every snapshot.
const ARGUMENTS: [(Name, &str); 3] = [
    (Name::One(Macro::Cacheable), "\"user:{id}\", ttl = \"5m\", tags = [\"users\"], unless = |user| user.is_guest"),
    (Name::One(Macro::CachePut), "\"user:{result.id}\", preset = User, tags = [\"users\"]"),
    (Name::One(Macro::CacheEvict), "\"user:{id}\", tags = [\"name:{result.name}\"], tenant = required"),
];

/// The defaults in every snapshot of `#[cache_config]`.
const DEFAULTS: &str = "namespace = \"users\", ttl = \"5m\"";

/// Blocks for `#[cache_config]`.
const BLOCKS: [(&str, &str); 3] =
    [("impl", "impl Users"), ("impl_of_trait", "impl Repo for Users"), ("trait", "trait Repo: HasCache")];

fn parse(text: &str) -> TokenStream {
    text.parse().expect("the case is Rust")
}

/// Items as text; a method stands in its `impl`.
fn text(items: &TokenStream) -> String {
    let file = syn::parse2::<syn::File>(items.clone()).or_else(|_| syn::parse2(quote!(impl Users { #items })));
    prettyplease::unparse(&file.expect("an expansion is items"))
}

/// The arguments of a macro where each attribute in it finds its cache as `cache` says.
fn arguments(name: Name, cache: &str) -> String {
    let one = |wanted: Name| {
        let (_, arguments) = ARGUMENTS.iter().find(|(name, _)| *name == wanted).expect("it is a macro for functions");
        format!("{arguments}{cache}")
    };
    match name {
        Name::One(_) => one(name),
        Name::Caching => {
            let (put, evict) = (one(Name::One(Macro::CachePut)), one(Name::One(Macro::CacheEvict)));
            format!("cache_put({put}), cache_evict({evict})")
        }
    }
}

fn function(receiver: &str, head: &str) -> String {
    let value = "Result<User, Error>";
    let body = "let user = find(id).await?; Ok(user)";
    match receiver {
        "sync" => format!("{head} -> {value} {{ let user = find(id)?; Ok(user) }}"),
        "boxed" => format!(
            "{head} -> Pin<Box<dyn Future<Output = {value}> + Send + 'a>> {{ Box::pin(async move {{ let id = id; {body} }}) }}"
        ),
        _ => format!("{head} -> {value} {{ {body} }}"),
    }
}

/// A block of two methods, with their attributes.
fn block(head: &str) -> TokenStream {
    parse(&format!(
        "{head} {{
            #[cacheable(\"user:{{id}}\")]
            async fn user(&self, id: u64) -> Option<User> {{ find(id).await }}
            #[cache_evict(all)]
            async fn import(&self) {{ fetch().await }}
        }}"
    ))
}

/// Compares a file with what it should hold, or writes it.
fn check(path: &str, expected: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("LARDER_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().expect("it stands in a folder")).expect("the folder can be made");
        std::fs::write(&path, expected).expect("the file can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{}: LARDER_WRITE_DOCS=1 cargo test -p cache-macros", path.display());
}

/// The page that shows what an item becomes under an attribute, which is shown as it was written.
fn page(attribute: &str, item: &TokenStream, expanded: &TokenStream) -> String {
    let (item, expanded) = (text(item), text(expanded));
    let calls =
        "becomes what follows. The names that it calls are not for use by hand, and change from release to release.";
    let becomes = if expanded.contains("__private") { calls } else { "becomes" };
    format!(
        "\n# Expansion\n\nThis\n\n```rust,ignore\n#[{attribute}]\n{item}```\n\n{becomes}\n\n```rust,ignore\n{expanded}```\n"
    )
}

#[test]
fn each_macro_expands_each_receiver_like_this() {
    for name in Name::ALL {
        for (receiver, head, cache) in RECEIVERS {
            let function = parse(&function(receiver, head));
            let expanded = attribute::run(name, parse(&arguments(name, cache)), function);
            check(&format!("snapshots/{}/{receiver}.txt", name.text()), &text(&expanded));
        }
    }
}

#[test]
fn cache_config_expands_each_block_like_this() {
    for (name, head) in BLOCKS {
        let expanded = config::run(parse(DEFAULTS), block(head));
        check(&format!("snapshots/cache_config/{name}.txt"), &text(&expanded));
    }
}

#[test]
fn what_stands_beside_the_impl_of_a_trait_looks_like_this() {
    let block = config::run(parse(DEFAULTS), block("impl Repo for Users"));
    let beside = expand::beside_any(&syn::parse2(block).expect("it is an `impl`")).expect("there is a reader in it");
    check("snapshots/cache_config/beside_impl_of_trait.txt", &text(&beside));
}

#[test]
fn the_documentation_shows_the_expansion() {
    let (receiver, head, cache) = RECEIVERS[1];
    let function = parse(&function(receiver, head));
    for name in Name::ALL {
        let arguments = arguments(name, cache);
        let expanded = attribute::run(name, parse(&arguments), function.clone());
        let page = page(&format!("{}({arguments})", name.text()), &function, &expanded);
        check(&format!("docs/{}-expansion.md", name.text()), &page);
    }
    let block = block("impl Users");
    let expanded = config::run(parse(DEFAULTS), block.clone());
    check("docs/cache_config-expansion.md", &page(&format!("cache_config({DEFAULTS})"), &block, &expanded));
}

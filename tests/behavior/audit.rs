//! What `larder::audit()` finds in the annotations of a module.

use larder::{Audit, Finding, audit};

/// Functions that fit together: each reader is reached in another way.
#[expect(dead_code, reason = "only their annotations are looked at")]
mod sound {
    use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

    #[derive(HasCache)]
    pub(super) struct Users<T> {
        cache: Cache,
        _value: std::marker::PhantomData<T>,
    }

    impl<T: Clone + Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static> Users<T> {
        #[cacheable("user:{id}", namespace = "users")]
        pub(super) async fn by_key(&self, id: u64, value: T) -> T {
            value
        }
        #[cache_evict("user:{of}", namespace = "users")]
        pub(super) async fn evict_key(&self, of: u64) {}

        #[cacheable(namespace = "put")]
        pub(super) async fn replaced(&self, id: u64) -> Option<u64> {
            Some(id)
        }
        #[cache_put("replaced:{id}", namespace = "put")]
        pub(super) async fn put(&self, id: u64) -> u64 {
            id
        }

        #[cacheable]
        pub(super) async fn by_name(&self, name: &str) -> u64 {
            name.len() as u64
        }
        #[cacheable("version:{id}", namespace = "versions")]
        pub(super) async fn version(&self, id: u64) -> u64 {
            id
        }
        #[cache_evict(of = Self::by_name, args(name = name))]
        #[cache_put(of = Self::version, args(id = id))]
        pub(super) async fn put_in_place_of_a_reader(&self, id: u64, name: &str) -> u64 {
            id + name.len() as u64
        }

        #[cacheable(tags = ["author:{id}"])]
        pub(super) async fn by_tag(&self, id: u64) -> u64 {
            id
        }
        #[cache_evict(tags = ["author:{id}"])]
        pub(super) async fn evict_tag(&self, id: u64) {}
    }

    #[cacheable("list:{page}", namespace = "lists", cache = global)]
    pub(super) async fn by_pattern(page: u64) -> u64 {
        page
    }
    #[cache_evict(pattern = "li*", namespace = "lists", cache = global)]
    pub(super) async fn evict_pattern() {}

    #[cacheable(key = page + 1, namespace = "all/below", cache = global)]
    pub(super) async fn by_all(page: u64) -> u64 {
        page
    }
    #[cache_evict(all, namespace = "all", cache = global)]
    pub(super) async fn evict_all() {}
}

/// One of each finding.
#[expect(dead_code, reason = "only their annotations are looked at")]
mod unsound {
    use larder::{cache_evict, cacheable};

    #[cacheable("user:{id}", namespace = "unsound", cache = global)]
    pub(super) async fn user(id: u64) -> Option<String> {
        Some(id.to_string())
    }
    #[cacheable("user:{name}", namespace = "unsound", tags = ["users"], cache = global)]
    pub(super) async fn numbers(name: &str) -> Vec<u64> {
        vec![name.len() as u64]
    }
    #[cache_evict(tags = ["user:{id}"], cache = global)]
    pub(super) async fn evict(id: u64) {
        let _ = id;
    }
}

fn audit_of(module: &str) -> Audit {
    audit().within(&format!("{}::{module}", module_path!()))
}

#[tokio::test]
async fn functions_that_fit_together_give_no_finding() {
    let audit = audit_of("sound");
    assert_eq!(audit.findings(), [], "{audit}");
    assert_eq!(audit.functions().len(), 13);
    assert!(audit.to_string().contains("13 annotated functions fit together"));
}

#[tokio::test]
async fn a_reader_that_nothing_reaches_is_found() {
    let audit = audit_of("unsound");
    let unreached: Vec<_> = audit
        .findings()
        .into_iter()
        .filter_map(|finding| match finding {
            Finding::NeverEvicted { reader, .. } => Some(reader.name),
            _ => None,
        })
        .collect();
    assert_eq!(unreached, ["user", "numbers"]);
}

#[tokio::test]
async fn a_tag_that_nobody_carries_is_found() {
    let found = audit_of("unsound").findings().into_iter().find_map(|finding| match finding {
        Finding::TagOfNobody { tag, writer, .. } => Some((tag, writer.name)),
        _ => None,
    });
    assert_eq!(found, Some(("user:{}".to_owned(), "evict")));
}

#[tokio::test]
async fn readers_of_one_key_with_different_types_are_found() {
    let found = audit_of("unsound").findings().into_iter().find_map(|finding| match finding {
        Finding::SharedKey { key, functions, .. } => {
            Some((key, functions.map(|(function, value)| (function.name, value))))
        }
        _ => None,
    });
    let functions = [("user", "String"), ("numbers", "Vec<u64>")];
    assert_eq!(found, Some(("user:{}".to_owned(), functions)));
}

#[tokio::test]
async fn a_finding_names_the_place_and_what_to_do() {
    let text = audit_of("unsound").to_string();
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.contains("audit.rs:"), "{text}");
    assert!(text.contains("`#[cache_evict(..)]`"), "{text}");
}

#[test]
fn a_module_of_the_same_beginning_is_another() {
    assert!(audit_of("soun").functions().is_empty());
}

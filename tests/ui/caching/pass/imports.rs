//! Merged attributes leave no import unused, under their own names, behind a path and, on top, under another name.
#![deny(warnings, missing_docs, unused)]

mod evict_only {
    //! Only the merged attribute is imported.
    use larder::cache_evict;

    /// A function.
    #[larder::cacheable("a:{id}", cache = cache)]
    #[cache_evict("b:{id}", cache = cache)]
    pub async fn find(cache: &larder::Cache, id: u64) -> u64 {
        id
    }
}

mod renamed {
    //! The top one has another name.
    use larder::{cache_evict, cache_put as put, caching};

    /// A function.
    #[put("a:{id}", cache = cache)]
    #[caching(cache_put("b:{result}", cache = cache), cache_evict(tags = ["c"], cache = cache))]
    #[must_use]
    #[cache_evict(tags = ["d:{result}"], cache = cache, unless = |v| *v == 0)]
    pub async fn save(cache: &larder::Cache, id: u64) -> u64 {
        id
    }
}

fn main() {
    let _ = (evict_only::find, renamed::save);
}

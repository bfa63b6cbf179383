//! What the pages of the documentation promise: what the tables of those for people who come from elsewhere tell a reader to
//! write stands in the code below them, and the code of all pages is compiled as examples.

const FROM_SPRING: &str = include_str!("../docs/coming-from-spring.md");
const FROM: &str = include_str!("../docs/coming-from.md");

/// Where the examples are compiled from.
const FACADE: &str = include_str!("../src/lib.rs");

/// The cells of a table's row; `\|` is no border.
fn cells(row: &str) -> Vec<String> {
    row.replace("\\|", "\0").split('|').map(|cell| cell.replace('\0', "|").trim().to_owned()).collect()
}

/// What stands between backquotes.
fn spans(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Each section with its rows, and its code without comments.
fn sections() -> impl Iterator<Item = (Vec<Vec<String>>, String)> {
    [FROM_SPRING, FROM].into_iter().flat_map(|page| page.split("\n## ").skip(1)).map(|section| {
        let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1).map(cells).collect();
        let code: Vec<&str> = section.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        let lines = code.iter().flat_map(|block| block.lines()).filter(|line| !line.trim_start().starts_with("//"));
        (rows, words(&lines.collect::<Vec<_>>().join("\n")))
    })
}

/// What users of the neighbours have written: annotations, attributes and calls, as the first column of a row names them.
const THEIRS: [(&str, &str); 7] = [
    (
        "Spring",
        "@Cacheable @CachePut @CacheEvict @Caching @CacheConfig @EnableCaching value cacheNames key keyGenerator \
         cacheManager cacheResolver condition unless sync allEntries beforeInvocation CacheErrorHandler",
    ),
    (
        "JetCache",
        "@Cached @CacheUpdate @CacheInvalidate @CacheRefresh @CachePenetrationProtect @EnableMethodCache @CreateCache area \
         name key value expire timeUnit cacheType localExpire localLimit syncLocal serialPolicy keyConvertor enabled \
         cacheNullValue condition postCondition multi",
    ),
    (
        "cashews",
        "@cache @cache.early @cache.soft @cache.hit @cache.dynamic @cache.failover @cache.locked @cache.rate_limit \
         @cache.slice_rate_limit @cache.circuit_breaker @cache.bloom @cache.iterator @cache.invalidate @cache.transaction \
         @thunder_protection ttl key condition time_condition prefix upper lock tags protected",
    ),
    (
        "the Go cache for tenants",
        "NewRedisClient KeyPrefix RequireTenantContext AllowGlobalOperations WithTenant WithTenantID WithTenantSlug \
         WithTenantSubdomain TenantContextMiddleware SetTenantData WithNamespace WithTenantAndNamespace Get Set Delete \
         Exists TTL Expire Flush MGet MSet MDelete NewCacheWithFallback ErrCacheMiss ErrCacheUnavailable \
         ErrCircuitBreakerOpen NewCacheRepository EnableMemoryCache MemoryCacheMaxSize MemoryCacheDefaultTTL MemoryCacheCleanupInterval",
    ),
    (
        "the Go package with `Remember`",
        "NewCache KeyPrefix DefaultTTL Set Get Delete Exists MGet MSet MDelete Remember RememberForever DeleteByPattern \
         FlushPrefix GetTTL Expire ExpireAt Persist Touch Keys Scan Rename WithPrefix SessionManager NewJSONSerializer NewStringSerializer",
    ),
    (
        "the Python provider",
        "set_cache get_cache cache_get cache_set cache_delete cache_exists company_id cache_clear_company \
         cache_clear_global cache_clear_all",
    ),
    (
        "the TypeScript cache manager",
        "CacheManager namespace defaultTtl maxKeys cacheSet setCacheJson cacheGet getCacheJson cacheDel cacheGetOrSet memoize \
         bulkSet bulkGet expire setUserCache getUserCache deleteUserCache setSession getSession setFeatureFlag getFeatureFlag \
         authCacheRedis setToken getToken clearToken warmCache",
    ),
];

#[test]
fn every_annotation_and_attribute_of_theirs_has_a_row() {
    for (whose, names) in THEIRS {
        let sections = [FROM_SPRING, FROM].into_iter().flat_map(|page| page.split("\n## "));
        let sections = sections.filter(|section| section.contains(&format!("\n| {whose} | Larder |")));
        let rows = sections.flat_map(str::lines).filter(|line| line.starts_with("| ")).map(|row| cells(row)[1].clone());
        let rows = rows.collect::<Vec<_>>().join("\n");
        for name in names.split_whitespace() {
            assert!(rows.contains(name), "no row of {whose} names `{name}`");
        }
    }
}

#[test]
fn what_a_table_says_to_write_is_compiled() {
    let mut spans_seen = 0;
    for (rows, code) in sections() {
        for row in rows {
            for span in spans(&row[2]) {
                assert!(code.contains(&words(&span)), "`{span}` stands in a table and in no code below it");
                spans_seen += 1;
            }
        }
    }
    assert!(spans_seen > 50, "only {spans_seen} were looked at");
}

#[test]
fn the_pages_are_compiled_with_the_examples() {
    for page in ["coming-from-spring", "coming-from", "values"] {
        assert!(FACADE.contains(&format!("#[doc = include_str!(\"../docs/{page}.md\")]")), "{page}");
    }
    for fence in [FROM_SPRING, FROM].into_iter().flat_map(str::lines).filter(|line| line.starts_with("```")) {
        assert!(
            ["```", "```rust", "```rust,standalone_crate", "```java"].contains(&fence),
            "`{fence}` would not be compiled"
        );
    }
}

#[test]
fn every_row_says_what_to_write_or_why_there_is_nothing() {
    for (rows, _) in sections() {
        for row in rows {
            assert!(!row[2].is_empty() || !row[3].is_empty(), "nothing for {}", row[1]);
        }
    }
}

/// The pages of a macro's documentation that `library` shows or compiles.
fn pages_of(name: &str, library: &str) -> Vec<String> {
    let pages = library.split("docs/").skip(1).filter_map(|rest| rest.split('"').next());
    let own = pages.filter(|page| [format!("{name}.md"), format!("{name}-examples.md")].contains(&(*page).to_owned()));
    own.map(str::to_owned).collect()
}

#[test]
fn each_macro_is_shown_in_ten_examples_that_are_compiled() {
    let read = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR")));
    for name in ["cacheable", "cache_put", "cache_evict", "caching", "cache_config"] {
        let shown = pages_of(name, include_str!("../cache-macros/src/lib.rs"));
        assert_eq!(shown, pages_of(name, FACADE), "what `{name}` shows is not what is compiled");
        let text = shown.iter().map(|page| read(&format!("cache-macros/docs/{page}")).expect("it is there"));
        let examples = text.collect::<String>().lines().filter(|line| *line == "```rust").count();
        assert!(examples >= 10, "`{name}` has {examples} examples");
    }
}

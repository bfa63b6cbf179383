//! Presets, as the audit sees them.

use larder::{Audit, audit};

/// A reader that an eviction by tag reaches through its preset, and one that it cannot reach.
#[expect(dead_code, reason = "only their annotations are looked at")]
mod annotated {
    use larder::{cache_evict, cacheable};

    use crate::preset::presets;

    #[cacheable("post:{author}", preset = presets::of_author(author), cache = global)]
    pub(super) async fn tagged(author: u64) -> u64 {
        author
    }

    #[cacheable("rate:{currency}", preset = presets::RATES, cache = global)]
    pub(super) async fn constant(currency: &str) -> usize {
        currency.len()
    }

    #[cache_evict(tags = ["posts"], cache = global)]
    pub(super) async fn evict() {}
}

#[test]
fn an_audit_takes_an_own_preset_for_one_with_tags_unless_it_is_a_constant() {
    let audit: Audit = audit().within(&format!("{}::annotated", module_path!()));
    let found = audit.to_string();
    assert_eq!(audit.findings().len(), 1, "{found}");
    assert!(found.starts_with("nothing evicts what") && found.contains("::constant "), "{found}");
}

//! Declarative two-level caching for Rust services.

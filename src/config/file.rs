//! What a file says.

#[cfg(feature = "toml")]
use cache_core::Error;

#[cfg(feature = "toml")]
use crate::config::sections::Layer;

/// Reads a file's text.
#[cfg(feature = "toml")]
pub(super) fn read(text: &str, source: &str) -> Result<Layer, Error> {
    toml::from_str(text).map_err(|error| {
        // Its own text quotes the line, which may hold a password.
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let at = line.map(|line| format!(", line {line}")).unwrap_or_default();
        super::error(format!("{source}{at}: {}", error.message().lines().next().unwrap_or_default()))
    })
}

//! Durations as text: `"90s"`, `"5m"`, `"1h30m"`, `"2d"`.

use std::time::Duration;

use syn::LitStr;

/// Reads a duration.
pub(crate) fn parse(literal: &LitStr) -> syn::Result<Duration> {
    let text = literal.value();
    let duration = humantime::parse_duration(text.trim()).map_err(|_| {
        let message = format!("cannot read `{text}` as a duration; examples: \"90s\", \"5m\", \"1h30m\", \"2d\"");
        syn::Error::new_spanned(literal, message)
    })?;
    if duration.is_zero() {
        let message = "an entry that lives no time is never served; to store nothing use `condition` or `unless`";
        return Err(syn::Error::new_spanned(literal, message));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<u64> {
        let literal = LitStr::new(text, proc_macro2::Span::call_site());
        parse(&literal).ok().map(|duration| u64::try_from(duration.as_millis()).expect("short"))
    }

    #[test]
    fn durations_are_read_with_their_units() {
        assert_eq!(read("90s"), Some(90_000));
        assert_eq!(read("5m"), Some(300_000));
        assert_eq!(read("1h30m"), Some(5_400_000));
        assert_eq!(read("2d"), Some(172_800_000));
        assert_eq!(read("250ms"), Some(250));
        for wrong in ["", "5", "5 parsecs", "m", "-5m", "0s", "5m5"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}

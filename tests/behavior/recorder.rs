//! A subscriber that keeps what every span of the library says.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The fields of one span, and `at`: its level.
pub(crate) type Fields = HashMap<&'static str, String>;

/// The spans that were opened, in their order. Each field may be recorded once.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Fields>>>);

impl Recorder {
    /// The spans until now.
    pub(crate) fn take(&self) -> Vec<Fields> {
        std::mem::take(&mut self.0.lock().expect("nobody panics"))
    }
}

/// What was recorded under these names; nothing where nothing was.
pub(crate) fn recorded<'a>(span: &'a Fields, names: &[&str]) -> Vec<&'a str> {
    names.iter().map(|name| span.get(*name).map_or("", String::as_str)).collect()
}

struct Into<'a>(&'a mut Fields);

impl Into<'_> {
    fn note(&mut self, field: &Field, value: String) {
        let before = self.0.insert(field.name(), value);
        assert_eq!(before, None, "`{field}` is recorded twice");
    }
}

impl Visit for Into<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.note(field, format!("{value:?}"));
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target() == "larder"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().expect("nobody panics");
        let mut fields = Fields::from([("at", span.metadata().level().to_string())]);
        span.record(&mut Into(&mut fields));
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let mut spans = self.0.lock().expect("nobody panics");
        let at = usize::try_from(id.into_u64()).expect("small") - 1;
        values.record(&mut Into(&mut spans[at]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

//! What the cache and its adapter log. One recorder for all tests, for the adapter logs on threads of its own; a line
//! tells whose it is.

use std::collections::HashMap;
use std::fmt::{Debug, Write as _};
use std::sync::{Mutex, MutexGuard, OnceLock};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// A line of the log.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    level: Level,
    fields: HashMap<&'static str, String>,
}

impl Line {
    fn message(&self) -> &str {
        self.fields.get("message").map_or("", String::as_str)
    }
}

struct Recorder;

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

/// Records from now on.
pub(crate) fn record() {
    static RECORDS: OnceLock<()> = OnceLock::new();
    RECORDS.get_or_init(|| tracing::subscriber::set_global_default(Recorder).expect("nobody else records"));
}

fn lines() -> MutexGuard<'static, Vec<Line>> {
    LINES.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The warnings whose field, `cache` or `at`, has this value.
pub(crate) fn warnings(field: &str, value: &str) -> Vec<String> {
    let lines = lines();
    let of = lines.iter().filter(|line| line.level <= Level::WARN);
    let of = of.filter(|line| line.fields.get(field).is_some_and(|found| found == value));
    of.map(|line| line.message().to_owned()).collect()
}

/// All that was ever logged, by all tests.
pub(crate) fn everything() -> String {
    let mut text = String::new();
    for line in &*lines() {
        writeln!(text, "{line:?}").expect("a string takes everything");
    }
    text
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        lines().push(Line { level: *span.metadata().level(), fields: fields.0 });
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        lines().push(Line { level: Level::TRACE, fields: fields.0 });
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        lines().push(Line { level: *event.metadata().level(), fields: fields.0 });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields(HashMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

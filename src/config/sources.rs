//! Where settings come from, and what they come to together.

use cache_core::Error;

use crate::config::names;
use crate::config::section::Setting;
use crate::config::sections::{Layer, Server};
use crate::config::values::{Backend, Said};

/// What one place says.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) layer: Layer,
}

/// What counts, and where it was said.
pub(super) struct Effective {
    pub(super) layer: Layer,
    /// In the order in which settings stand in a file.
    pub(super) shown: Vec<Shown>,
}

/// A setting's name, its text, and its source.
pub(super) type Shown = (String, String, String);

/// The sources with the profile that is wanted, each before what holds for every profile.
pub(super) fn in_profile(sources: &[Source], wanted: Option<&str>) -> Result<Vec<Source>, Error> {
    let (mut all, mut known, mut is_known) = (Vec::new(), Vec::new(), false);
    for source in sources {
        let Source { name, mut layer } = source.clone();
        let mut profiles = layer.profiles.take().unwrap_or_default().0;
        if profiles.values().any(|profile| profile.profiles.is_some()) {
            return Err(super::error(format!("{name}: a profile has no profiles inside of it")));
        }
        if let Some((wanted, profile)) = wanted.and_then(|wanted| profiles.remove_entry(wanted)) {
            is_known = true;
            all.push(Source { name: format!("{name}, profile {wanted}"), layer: profile });
        }
        known.extend(profiles.into_keys());
        all.push(Source { name, layer });
    }
    match wanted.filter(|_| !is_known) {
        Some(wanted) => Err(unknown(wanted, &known)),
        None => Ok(all),
    }
}

fn unknown(wanted: &str, known: &[String]) -> Error {
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    let hint = match names::meant(wanted, &known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => "no file has profiles; write `[profiles.NAME]`".to_owned(),
        None => format!("there are {}", names::list(&known)),
    };
    super::error(format!("there is no profile `{wanted}`: {hint}"))
}

/// What the sources say together of a cache of this backend: the first that says something counts.
pub(super) fn together(sources: &[Source], backend: Backend) -> Effective {
    let defaults = Source { name: "default".to_owned(), layer: Layer::defaults(backend) };
    let mut effective = Effective { layer: Layer::default(), shown: Vec::new() };
    for source in sources.iter().chain([&defaults]) {
        let before = texts(&effective.layer);
        effective.layer = effective.layer.before(source.layer.clone().of(backend));
        for (name, text) in texts(&effective.layer) {
            if before.iter().all(|(known, _)| *known != name) {
                effective.shown.push((name, text, source.name.clone()));
            }
        }
    }
    let order = texts(&effective.layer);
    let place = |name: &str| order.iter().position(|(known, _)| known == name);
    effective.shown.retain(|(name, ..)| place(name).is_some());
    effective.shown.sort_by_key(|(name, ..)| place(name));
    effective
}

fn texts(layer: &Layer) -> Vec<(String, String)> {
    let mut shown = Vec::new();
    layer.show("", &mut shown);
    shown
}

/// A server that may be the one.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub(super) backend: Backend,
    /// Whether somebody says where it is; else it is looked for where the other one is, or at the usual place.
    pub(super) is_named: bool,
}

/// The servers that they say anything of, a Valkey before a Redis; where there is none, a Redis at the usual place.
pub(super) fn candidates(sources: &[Source]) -> Vec<Candidate> {
    let candidate = |backend, server: fn(&Layer) -> Option<&Server>| {
        let said: Vec<_> = sources.iter().filter_map(|source| server(&source.layer)).collect();
        let is_named = said.iter().any(|server| server.is_named());
        (!said.is_empty()).then_some(Candidate { backend, is_named })
    };
    let valkey = candidate(Backend::Valkey, |layer| layer.valkey.as_ref());
    let redis = candidate(Backend::Redis, |layer| layer.redis.as_ref());
    let is_needed = valkey.is_none_or(|valkey| !valkey.is_named);
    let usual = Candidate { backend: Backend::Redis, is_named: false };
    valkey.into_iter().chain(redis.or(is_needed.then_some(usual))).collect()
}

/// Which backend they want.
pub(super) fn backend(sources: &[Source]) -> Backend {
    let said = sources.iter().find_map(|source| source.layer.backend.clone());
    said.map_or(Backend::Auto, |Said(backend)| backend)
}

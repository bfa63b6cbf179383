//! [`Config`]: a cache's settings from the program, the environment and a file.
//!
//! | what | file |
//! |---|---|
//! | the settings there are | `sections.rs`; how a table of them is read: `section.rs` |
//! | what they are made of | `values.rs`, `smaller.rs` |
//! | names that are no settings | `names.rs` |
//! | the variables of the environment | `environment.rs` |
//! | a file | `file.rs` |
//! | what counts, and where it was said | `sources.rs` |
//! | what holds where nobody says | `defaults.rs` |
//! | which backend it is to be | `choose.rs` |
//! | the server and the cache that come of it | `server.rs`, `settled.rs` |

mod choose;
mod defaults;
mod environment;
#[cfg(feature = "toml")]
mod file;
mod names;
mod section;
mod sections;
#[cfg(feature = "redis")]
mod server;
mod settled;
mod smaller;
mod sources;
mod values;

use std::ffi::OsString;
use std::fmt;
#[cfg(feature = "toml")]
use std::path::Path;

use cache_core::{Cache, Error, ErrorKind};
use serde::{Deserialize, Deserializer};

pub use crate::config::choose::Choice;
use crate::config::environment::{FILE, PROFILE, Variables};
use crate::config::sections::Layer;
#[cfg(feature = "redis")]
use crate::config::sources::Shown;
use crate::config::sources::Source;
pub use crate::config::values::Backend;
use crate::config::values::Said;

/// A cache's settings, from wherever they are said: the program, the environment, a file.
///
/// Each `or_..` fills in what was not said before it, so the order is the order of precedence. What a program sets at the
/// [`CacheBuilder`](crate::CacheBuilder) that [`choose`](Self::choose) gives, it says last and knows best: that wins over all of it.
///
/// Names that are no settings are refused, with the one that may have been meant; so are settings of other libraries that would
/// mean nothing here. Errors and `Debug` show no passwords, no URLs and no secrets.
///
/// With `serde` it reads itself from whatever a service keeps its own settings in: a field `cache: larder::Config`.
///
/// ```
/// use larder::Config;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let config = Config::new().prefix("erp").or_vars([("CACHE_BACKEND", "memory"), ("REDIS_CACHE_TTL", "300")])?;
/// let cache = config.connect().await?;
/// assert_eq!(cache.name(), "erp");
/// # Ok::<(), larder::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Default)]
#[must_use = "settings do nothing until a cache is made of them"]
pub struct Config {
    sources: Vec<Source>,
    /// What the program itself says.
    program: Layer,
    #[cfg(feature = "redis")]
    server: Option<crate::Redis>,
    profile: Option<String>,
}

impl Config {
    /// Settings that say nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where values are kept; [`Backend::Auto`] by default.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.program.backend = Some(Said(backend));
        self
    }

    /// What all names on the server begin with, which is the cache's name; `cache` by default.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.program.prefix = Some(Said(prefix.into()));
        self
    }

    /// The server to use, in place of whatever environment and files say of one, and of the backend.
    #[cfg(feature = "redis")]
    pub fn redis(mut self, server: crate::Redis) -> Self {
        // Who hands a server over wants no other place, whatever others say.
        self.program.backend.get_or_insert(Said(Backend::Auto));
        self.server = Some(server);
        self
    }

    /// The profile of the files that holds, in place of what `LARDER_PROFILE` says.
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.profile = Some(name.into());
        self
    }

    /// What the environment says of the rest.
    ///
    /// The variables stand in the documentation, with their defaults: `CACHE_BACKEND`, `REDIS_URL`, `REDIS_HOST` and so on, and
    /// the same with `VALKEY_`. Where `LARDER_CONFIG` names a file, that is read behind them, and `LARDER_PROFILE` names the
    /// profile that holds. A variable that is empty says nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where a variable cannot be used, and where the file cannot; the message names it and shows no value.
    pub fn or_env(self) -> Result<Self, Error> {
        self.or_vars(std::env::vars_os())
    }

    /// The same with these variables in place of the process's own.
    ///
    /// # Errors
    /// As [`or_env`](Self::or_env).
    pub fn or_vars<N: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, Error> {
        let variables = Variables::new(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        self.sources.push(Source { name: "environment".to_owned(), layer: variables.layer()? });
        let profile = variables.get(PROFILE)?.map(str::to_owned);
        self.profile = self.profile.or(profile);
        match variables.get(FILE)? {
            Some(path) => self.or_named_file(path),
            None => Ok(self),
        }
    }

    #[cfg(feature = "toml")]
    fn or_named_file(self, path: &str) -> Result<Self, Error> {
        self.or_file(path)
    }

    #[cfg(not(feature = "toml"))]
    #[allow(clippy::unused_self, reason = "with files it is used")]
    fn or_named_file(self, _: &str) -> Result<Self, Error> {
        Err(error(format!("{FILE} names a file, and files are read with the feature `toml` of `larder`: switch it on")))
    }

    /// What a file says of the rest: TOML, with the feature `toml`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where it cannot be read; the message says in which line, and quotes no value.
    #[cfg(feature = "toml")]
    pub fn or_file(self, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|error| self::error(format!("{} cannot be read: {}", path.display(), error.kind())))?;
        self.or_text(&text, &path.display().to_string())
    }

    /// What text says of the rest: TOML, with the feature `toml`.
    ///
    /// # Errors
    /// As [`or_file`](Self::or_file).
    ///
    /// ```
    /// # use larder::Config;
    /// let error = Config::new().or_toml("capacty = 500").unwrap_err();
    /// assert_eq!(error.to_string(), "TOML, line 1: there is no setting `capacty` (did you mean `capacity`?)");
    /// ```
    #[cfg(feature = "toml")]
    pub fn or_toml(self, text: &str) -> Result<Self, Error> {
        self.or_text(text, "TOML")
    }

    #[cfg(feature = "toml")]
    fn or_text(mut self, text: &str, source: &str) -> Result<Self, Error> {
        let layer = file::read(text, source)?;
        self.sources.push(Source { name: source.to_owned(), layer });
        Ok(self)
    }

    /// Every setting that counts, one in a line as in a file, each with where it was said; passwords and URLs are not shown.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where no file has the profile that holds.
    ///
    /// ```
    /// # use larder::Config;
    /// let config = Config::new().prefix("erp").or_vars([("REDIS_PORT", "7000"), ("REDIS_PASSWORD", "sesame")])?;
    /// let described = config.describe()?;
    /// assert!(described.contains("prefix = \"erp\"  # program"));
    /// assert!(described.contains("redis.port = 7000  # environment"));
    /// assert!(described.contains("redis.password = (not shown)  # environment"));
    /// # Ok::<(), larder::Error>(())
    /// ```
    pub fn describe(&self) -> Result<String, Error> {
        let sources = self.sources()?;
        let wanted = sources::backend(&sources);
        // Of those that are asked, the first; it is the one that is used where none answers.
        let first = if wanted == Backend::Auto {
            sources::candidates(&sources).first().map(|candidate| candidate.backend)
        } else {
            None
        };
        let shown = sources::together(&sources, first.unwrap_or(wanted)).shown;
        #[cfg(feature = "redis")]
        let shown = self.with_server(shown, wanted);
        let lines = shown.into_iter().map(|(name, text, source)| [&name, " = ", &text, "  # ", &source, "\n"].concat());
        Ok(lines.collect())
    }

    /// With the program's own server in place of what others say of one.
    #[cfg(feature = "redis")]
    fn with_server(&self, mut shown: Vec<Shown>, wanted: Backend) -> Vec<Shown> {
        if let Some(server) = self.server.as_ref().filter(|_| wanted != Backend::Memory) {
            shown.retain(|(name, ..)| !name.starts_with("redis.") && !name.starts_with("valkey."));
            shown.push(("server".to_owned(), format!("{server:?}"), "program".to_owned()));
        }
        shown
    }

    /// Makes the cache of it: [`choose`](Self::choose), and then build.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where a setting cannot be used. A server that cannot be reached is none: the cache starts without
    /// it, and uses it once it is there.
    ///
    /// # Cancel safety
    /// Nothing is left behind.
    pub async fn connect(&self) -> Result<Cache, Error> {
        self.choose().await?.builder()?.build()
    }

    /// All sources, those that win first.
    fn sources(&self) -> Result<Vec<Source>, Error> {
        let program = Source { name: "program".to_owned(), layer: self.program.clone() };
        let all: Vec<_> = [program].into_iter().chain(self.sources.iter().cloned()).collect();
        sources::in_profile(&all, self.profile.as_deref())
    }
}

/// Without secrets.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let described = self.describe().unwrap_or_else(|error| error.to_string());
        f.debug_struct("Config").field("settings", &described.lines().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// One source; what is said elsewhere can be put before and behind it.
impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let layer = Layer::deserialize(deserializer)?;
        Ok(Self { sources: vec![Source { name: "settings".to_owned(), layer }], ..Self::default() })
    }
}

/// A cache as the environment says: [`Config::or_env`], and then [`Config::connect`].
///
/// # Errors
/// [`ErrorKind::Config`] where a variable cannot be used; the message names it, and shows no value. A server that cannot be reached
/// is none: the cache starts without it, and uses it once it is there.
///
/// # Cancel safety
/// Nothing is left behind.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let cache = larder::from_env().await?;
/// # let _ = cache;
/// # Ok::<(), larder::Error>(())
/// # }).unwrap();
/// ```
pub async fn from_env() -> Result<Cache, Error> {
    Config::new().or_env()?.connect().await
}

fn error(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, message.into())
}

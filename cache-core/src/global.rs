//! The process-wide cache, for functions that have no `self`.

use std::sync::OnceLock;

use crate::cache::Cache;
use crate::model::error::Error;

static GLOBAL: OnceLock<Cache> = OnceLock::new();

impl Cache {
    /// Makes this the cache that [`global`] returns and that `cache = global` names.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadySet`](crate::ErrorKind::AlreadySet) where one was installed, or where [`global`] has been
    /// used already: a second cache would leave its entries behind.
    pub fn install_global(self) -> Result<(), Error> {
        GLOBAL
            .set(self)
            .map_err(|_| Error::already_set("a global cache is in use already: install yours first in `main`, once"))
    }
}

/// The process-wide cache: the installed one, or one in this process with the default settings.
///
/// Where none was installed, the first use says so in the log.
pub fn global() -> &'static Cache {
    GLOBAL.get_or_init(|| {
        tracing::warn!(
            "no global cache was installed: using one in this process; call `Cache::install_global` in `main`"
        );
        Cache::in_process()
    })
}

//! The command line, and the database file that it names or leaves to us.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What the command line asks for.
pub(crate) struct Arguments {
    pub(crate) port: u16,
    pub(crate) database: Option<PathBuf>,
    pub(crate) self_test: bool,
}

impl Arguments {
    pub(crate) fn parse(mut given: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self { port: 3000, database: None, self_test: false };
        while let Some(name) = given.next() {
            match name.as_str() {
                "--port" => {
                    let port = given.next().ok_or("--port needs a number")?;
                    arguments.port = port.parse().map_err(|_| format!("`{port}` is not a port: 0 to 65535"))?;
                }
                "--database" => arguments.database = Some(given.next().ok_or("--database needs a path")?.into()),
                "--self-test" => arguments.self_test = true,
                other => return Err(format!("unknown argument `{other}`")),
            }
        }
        Ok(arguments)
    }
}

/// Where the database is. A temporary one is removed at the end.
pub(crate) struct DatabaseFile {
    path: PathBuf,
    temporary: bool,
}

impl DatabaseFile {
    /// The given file, or a new one of our own.
    pub(crate) fn new(given: Option<PathBuf>) -> std::io::Result<Self> {
        if let Some(path) = given {
            return Ok(Self { path, temporary: false });
        }
        // A process that was killed may have had our number and left its file.
        for attempt in 0_u32.. {
            let name = format!("larder-lookups-{}-{attempt}.sqlite", std::process::id());
            let path = std::env::temp_dir().join(name);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(_) => return Ok(Self { path, temporary: true }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for DatabaseFile {
    fn drop(&mut self) {
        if self.temporary
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            eprintln!("lookups: {} is left behind: {error}", self.path.display());
        }
    }
}

//! [`Command`]: what is sent to a server, and [`Script`]: what a server runs.

use redis::{Arg, Cmd};

/// A script that the server keeps under its hash once it was sent in full.
#[derive(Debug)]
pub(crate) struct Script {
    source: String,
    hash: String,
}

impl Script {
    pub(crate) fn new(source: String) -> Self {
        let hash = redis::Script::new(&source).get_hash().to_owned();
        Self { source, hash }
    }
}

/// A command with its arguments, copied.
#[derive(Clone)]
pub(crate) struct Command {
    cmd: Cmd,
    script: Option<&'static Script>,
}

impl Command {
    pub(crate) fn new(name: &str) -> Self {
        Self { cmd: redis::cmd(name), script: None }
    }

    /// Runs a script, by its hash; [`in_full`](Self::in_full) is for a server that does not know it.
    pub(crate) fn script(script: &'static Script, keys: &[Vec<u8>]) -> Self {
        let mut cmd = redis::cmd("EVALSHA");
        cmd.arg(&script.hash).arg(keys.len());
        for key in keys {
            cmd.arg(key);
        }
        Self { cmd, script: Some(script) }
    }

    pub(crate) fn arg(mut self, arg: &[u8]) -> Self {
        self.cmd.arg(arg);
        self
    }

    pub(crate) fn number(mut self, number: u64) -> Self {
        self.cmd.arg(number);
        self
    }

    /// The same with the script's source, which the server keeps from then on. `None`: it is no script.
    pub(crate) fn in_full(&self) -> Option<Self> {
        let mut cmd = redis::cmd("EVAL");
        cmd.arg(&self.script?.source);
        for arg in self.cmd.args_iter().skip(2) {
            if let Arg::Simple(bytes) = arg {
                cmd.arg(bytes);
            }
        }
        Some(Self { cmd, script: None })
    }

    pub(crate) fn cmd(&self) -> &Cmd {
        &self.cmd
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    #[test]
    fn a_script_in_full_has_the_same_arguments() {
        static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new("return 1".to_owned()));
        let command = Command::script(&SCRIPT, &[b"k".to_vec()]).arg(b"\0\xff").number(7);
        let packed = String::from_utf8_lossy(&command.cmd.get_packed_command()).into_owned();
        assert!(packed.contains("e0e1f9fabfc9d4800c877a703b823ac0578ff8db"), "{packed}");
        let full = command.in_full().expect("a script");
        let expected =
            redis::cmd("EVAL").arg("return 1").arg(1).arg("k").arg(&b"\0\xff"[..]).arg(7).get_packed_command();
        assert_eq!(full.cmd.get_packed_command(), expected);
        assert!(full.in_full().is_none());
    }
}

//! Where the server programs are. Distributions do not put them on the PATH, and each has its own place.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::{Error, LookedAt};

/// The oldest major version that the schema supports.
const LEAST: u32 = 15;

/// Folders that contain one folder per version: (parent, prefix of the version).
const INSTALLED: [(&str, &str); 5] = [
    ("usr/lib/postgresql", ""),          // Debian, Ubuntu
    ("usr", "pgsql-"),                   // the packages of postgresql.org for Red Hat and its kin
    ("opt/homebrew/opt", "postgresql@"), // Homebrew on Apple silicon
    ("usr/local/opt", "postgresql@"),    // Homebrew on Intel
    ("Applications/Postgres.app/Contents/Versions", ""),
];

/// `postgres` and `initdb` of the same installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs {
    /// `None`: as found on the PATH.
    folder: Option<PathBuf>,
    major: u32,
}

impl Programs {
    /// A command of this installation, without the caller's environment variables for Postgres and language.
    pub(super) fn command(&self, program: &str) -> Command {
        command(self.folder.as_deref(), program)
    }
}

/// What a search found, best first, and what it rejected.
#[derive(Debug, Default)]
pub(super) struct Search {
    usable: Vec<Programs>,
    rejected: Vec<LookedAt>,
}

impl Search {
    /// Looks first on the PATH, because that is the user's choice, then where distributions install, newest first. `root` is
    /// `/`, except in tests.
    pub(super) fn run(root: &Path) -> Self {
        let mut search = Self::default();
        search.look_at(None);
        for (parent, prefix) in INSTALLED {
            let parent = root.join(parent);
            let mut versions = versions_in(&parent, prefix);
            versions.sort_by(|a, b| b.cmp(a));
            if versions.is_empty() {
                let place = parent.join(format!("{prefix}*/bin"));
                search.rejected.push(LookedAt { place: place.display().to_string(), found: "nothing there".into() });
            }
            for (_, folder) in versions {
                search.look_at(Some(folder.join("bin")));
            }
        }
        search
    }

    fn look_at(&mut self, folder: Option<PathBuf>) {
        match major_version(folder.as_deref()) {
            Ok(major) => self.usable.push(Programs { folder, major }),
            Err(found) => {
                let place = folder.map_or_else(|| "PATH".to_owned(), |folder| folder.display().to_string());
                self.rejected.push(LookedAt { place, found });
            }
        }
    }

    /// The programs to use. For existing data (with its `PG_VERSION`), those of the same major version.
    pub(super) fn choose(self, folder: &Path, data: Option<&str>) -> Result<Programs, Error> {
        let installed: Vec<u32> = self.usable.iter().map(|programs| programs.major).collect();
        if installed.is_empty() {
            return Err(Error::ProgramsMissing { least: LEAST, looked_at: self.rejected });
        }
        let fits = |programs: &Programs| data.is_none_or(|data| data == programs.major.to_string());
        self.usable.into_iter().find(fits).ok_or_else(|| Error::OtherMajorVersion {
            folder: folder.to_owned(),
            data: data.unwrap_or_default().to_owned(),
            installed,
        })
    }
}

/// Folders of `parent` with a name of `prefix` and a number, ordered by the number.
fn versions_in(parent: &Path, prefix: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path()))
        })
        .collect()
}

/// The major version that both programs report, or why this place cannot be used.
fn major_version(folder: Option<&Path>) -> Result<u32, String> {
    let server = reported_version(folder, "postgres")?;
    let initdb = reported_version(folder, "initdb")?;
    match server {
        _ if server != initdb => Err(format!("`postgres` is of version {server}, `initdb` of version {initdb}")),
        _ if server < LEAST => Err(format!("version {server} is older than {LEAST}")),
        _ => Ok(server),
    }
}

fn reported_version(folder: Option<&Path>, program: &str) -> Result<u32, String> {
    let output = command(folder, program).arg("--version").stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("`{program}`: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    major_in(program, &said).ok_or_else(|| {
        let said: String = said.chars().take(80).collect();
        format!("`{program} --version` is not PostgreSQL's: it says {:?} and ends with {}", said.trim(), output.status)
    })
}

/// `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)` → 15; also `18beta1`, `19devel`.
fn major_in(program: &str, said: &str) -> Option<u32> {
    let version = said.strip_prefix(program)?.strip_prefix(" (PostgreSQL) ")?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn command(folder: Option<&Path>, program: &str) -> Command {
    let mut command = Command::new(folder.map_or_else(|| PathBuf::from(program), |folder| folder.join(program)));
    for name in ["PGDATA", "PGPORT", "PGDATESTYLE", "PGCLIENTENCODING"] {
        command.env_remove(name);
    }
    // So that the log and the time zone that initdb writes are the same everywhere.
    command.env("LC_ALL", "C").env("TZ", "UTC");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(root: &Path, bin: &str, program: &str, says: &str) {
        let bin = root.join(bin);
        std::fs::create_dir_all(&bin).unwrap();
        // Written by another process. If this process had the file open for writing while another test starts a program, that
        // program would also have it open until it runs, and a file open for writing cannot be executed.
        let write = r#"printf '#!/bin/sh\necho "%s"\n' "$2" > "$1" && chmod 755 "$1""#;
        let status = Command::new("sh").args(["-c", write, "sh"]).arg(bin.join(program)).arg(says).status().unwrap();
        assert!(status.success());
    }

    fn install_both(root: &Path, bin: &str, version: &str) {
        install(root, bin, "postgres", &format!("postgres (PostgreSQL) {version}"));
        install(root, bin, "initdb", &format!("initdb (PostgreSQL) {version}"));
    }

    /// The result of a search under `root` only, so that the PATH of the machine does not matter.
    fn search(root: &Path) -> Search {
        let mut search = Search::run(root);
        search.usable.retain(|programs| programs.folder.is_some());
        search
    }

    #[test]
    fn reads_every_form_of_version() {
        assert_eq!(major_in("postgres", "postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n"), Some(15));
        assert_eq!(major_in("initdb", "initdb (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_in("postgres", "postgres (PostgreSQL) 19devel"), Some(19));
        assert_eq!(major_in("postgres", "postgres (EnterpriseDB) 15.13"), None);
        assert_eq!(major_in("postgres", "initdb (PostgreSQL) 15.13"), None);
    }

    #[test]
    fn takes_the_newest_unless_the_data_says_otherwise() {
        let root = tempfile::tempdir().unwrap();
        install_both(root.path(), "usr/lib/postgresql/9/bin", "9.6.24");
        install_both(root.path(), "usr/lib/postgresql/15/bin", "15.13");
        install_both(root.path(), "usr/lib/postgresql/16/bin", "16.9");
        let choose = |data| search(root.path()).choose(Path::new("/data"), data).map(|programs| programs.major);
        assert_eq!(choose(None), Ok(16));
        assert_eq!(choose(Some("15")), Ok(15));
        let error = choose(Some("14")).unwrap_err();
        let expected = Error::OtherMajorVersion { folder: "/data".into(), data: "14".into(), installed: vec![16, 15] };
        assert_eq!(error, expected);
    }

    #[test]
    fn names_every_place_that_does_not_serve() {
        let root = tempfile::tempdir().unwrap();
        install_both(root.path(), "usr/lib/postgresql/14/bin", "14.18");
        install(root.path(), "usr/pgsql-16/bin", "postgres", "something else");
        install(root.path(), "opt/homebrew/opt/postgresql@17/bin", "postgres", "postgres (PostgreSQL) 17.5");
        let error = search(root.path()).choose(Path::new("/data"), None).unwrap_err().to_string();
        for found in ["version 14 is older than 15", "\"something else\"", "`initdb`: No such file", "nothing there"] {
            assert!(error.contains(found), "{error}");
        }
    }
}

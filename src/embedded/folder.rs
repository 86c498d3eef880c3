//! The folder of a private server: created or recognised, locked, and its layout.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use nix::fcntl::{Flock, FlockArg, OFlag};
use nix::unistd::{Uid, getppid};

use super::SECRET_KEY;
use super::account::Account;
use super::error::Error;

/// Where root's private servers are, because the working folder is often closed to other accounts.
const FOLDERS_OF_ROOT: &str = "/var/lib/lectern";
const LOCK: &str = "lock";
const STOPPING: &str = "stopping";
/// The maximum length of a Unix socket's path, in bytes, on the system with the lowest limit (macOS); Linux has 107.
const SOCKET_PATH: usize = 103;
/// How long a start waits for the previous server to notice that its Lectern is gone, and to stop.
const NOTICE: Duration = Duration::from_secs(1);
const STOP: Duration = Duration::from_secs(60);

/// The default data folder of the private server for a working folder.
#[must_use]
pub fn default_folder(working_folder: &Path) -> PathBuf {
    if !Uid::effective().is_root() {
        return working_folder.join(".lectern");
    }
    let digest = digest::digest(&digest::SHA256, working_folder.as_os_str().as_encoded_bytes());
    let name: String = digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Path::new(FOLDERS_OF_ROOT).join(name)
}

/// A folder that this process has locked.
#[derive(Debug)]
pub(super) struct DataFolder {
    pub(super) path: PathBuf,
    pub(super) account: Option<Account>,
    lock: Flock<File>,
}

impl DataFolder {
    /// Creates the folder if needed, takes it over if it is empty, and locks it.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let account = Account::choose(path)?;
        let started = Instant::now();
        loop {
            make(path, account.as_ref())?;
            recognise(path)?;
            if let Some(account) = &account
                && let Some(closed) = account.closed_on_the_way(path)?
            {
                return Err(Error::NotEnterable { folder: path.to_owned(), account: account.name.clone(), closed });
            }
            if let Some(mut lock) = acquire(path, started)? {
                write_anew(&mut lock, &format!("process {}", getppid()))
                    .map_err(Error::at("write the lock of", path))?;
                return Ok(Self { path: path.to_owned(), account, lock });
            }
        }
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub(super) fn state(&self) -> PathBuf {
        self.path.join("state")
    }

    /// The next state, until it is safely on disk.
    pub(super) fn next_state(&self) -> PathBuf {
        self.path.join("state.new")
    }

    pub(super) fn password(&self) -> PathBuf {
        self.path.join("password")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("postgres.log")
    }

    fn previous_log(&self) -> PathBuf {
        self.path.join("postgres.1.log")
    }

    fn socket(&self) -> PathBuf {
        self.path.join("socket")
    }

    /// The folder for the Unix socket. None if the path of a socket in it would be too long to connect to, or is not text
    /// (Postgres's settings must be text).
    pub(super) fn socket_folder(&self) -> Result<Option<PathBuf>, Error> {
        let folder = self.socket();
        let socket = folder.join(".s.PGSQL.65535");
        if socket.to_str().is_none_or(|path| path.len() > SOCKET_PATH) {
            return Ok(None);
        }
        self.make_private(&folder)?;
        Ok(Some(folder))
    }

    /// Creates a folder that only the server's account can enter.
    pub(super) fn make_private(&self, folder: &Path) -> Result<(), Error> {
        unless_there(fs::create_dir(folder)).map_err(Error::at("make", folder))?;
        let opened = within(OpenOptions::new().read(true), folder).map_err(Error::at("open", folder))?;
        give(&opened, folder, self.account.as_ref(), 0o700)
    }

    /// Writes a file that only the server's account can read.
    pub(super) fn write_private(&self, file: &Path, text: &str) -> Result<(), Error> {
        unless_absent(fs::remove_file(file)).map_err(Error::at("remove", file))?;
        let mut new = OpenOptions::new();
        new.write(true).create_new(true).mode(0o600);
        let mut opened = new.open(file).map_err(Error::at("make", file))?;
        opened.write_all(text.as_bytes()).map_err(Error::at("write", file))?;
        opened.sync_all().map_err(Error::at("write", file))?;
        give(&opened, file, self.account.as_ref(), 0o600)
    }

    pub(super) fn read_password(&self) -> Result<String, Error> {
        fs::read_to_string(self.password()).map_err(Error::at("read", &self.password()))
    }

    /// Starts an empty log and keeps the current one as the previous log.
    pub(super) fn begin_log(&self) -> Result<(), Error> {
        unless_absent(fs::rename(self.log(), self.previous_log())).map_err(Error::at("rename", &self.log()))?;
        self.append_log().map(drop)
    }

    pub(super) fn append_log(&self) -> Result<File, Error> {
        let path = self.log();
        within(OpenOptions::new().create(true).append(true), &path).map_err(Error::at("open", &path))
    }

    /// The log from `offset` on, in bytes; at most its last lines.
    pub(super) fn log_since(&self, offset: u64) -> String {
        let read = || -> std::io::Result<String> {
            let mut log = within(OpenOptions::new().read(true), &self.log())?;
            log.seek(SeekFrom::Start(offset))?;
            let mut bytes = Vec::new();
            log.read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let text = read().unwrap_or_else(|error| format!("(the log cannot be read: {error})"));
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(20)).copied().collect::<Vec<_>>().join("\n")
    }

    /// Removes what initdb left, so that it can start again.
    pub(super) fn empty(&self) -> Result<(), Error> {
        let removed = [
            unless_absent(fs::remove_dir_all(self.data())),
            unless_absent(fs::remove_dir_all(self.socket())),
            unless_absent(fs::remove_file(self.password())),
        ];
        removed.into_iter().collect::<std::io::Result<()>>().map_err(Error::at("empty", &self.path))
    }

    /// From now on, a start that finds the folder locked waits instead of giving up.
    pub(super) fn say_stopping(&mut self) -> std::io::Result<()> {
        write_anew(&mut self.lock, STOPPING)
    }

    /// Removes what Lectern put into the folder, then the folder itself if nothing else is in it.
    pub(super) fn remove(self) -> Result<(), Error> {
        self.empty()?;
        let key = self.path.join(SECRET_KEY);
        let files = [self.log(), self.previous_log(), self.state(), self.next_state(), key, self.path.join(LOCK)];
        let removed = files.iter().map(|file| unless_absent(fs::remove_file(file)));
        removed.collect::<std::io::Result<()>>().map_err(Error::at("empty", &self.path))?;
        match fs::remove_dir(&self.path) {
            // The folder contains something of the user's, or is a mount point, and must not be removed.
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Creates the missing part of the path, and gives the folder itself to the account while it is empty.
fn make(path: &Path, account: Option<&Account>) -> Result<(), Error> {
    let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|step| !step.exists()).collect();
    for step in missing.into_iter().rev() {
        unless_there(fs::create_dir(step)).map_err(Error::at("make", step))?;
        if account.is_some() {
            // Whatever the umask of root is, the account must be able to pass.
            fs::set_permissions(step, Permissions::from_mode(0o755)).map_err(Error::at("open", step))?;
        }
    }
    unless_there(fs::create_dir(path)).map_err(Error::at("make", path))?;
    let mut entries = fs::read_dir(path).map_err(Error::at("read", path))?;
    if entries.next().is_some() {
        return Ok(());
    }
    give(&File::open(path).map_err(Error::at("open", path))?, path, account, 0o700)
}

/// Changes the owner of the opened file, not of what is at its path by now.
fn give(opened: &File, path: &Path, account: Option<&Account>, mode: u32) -> Result<(), Error> {
    opened.set_permissions(Permissions::from_mode(mode)).map_err(Error::at("set the mode of", path))?;
    account.map_or(Ok(()), |account| account.own(opened, path))
}

/// Opens a file in the folder. The folder may belong to another account than the one that opens the file (root). A symbolic
/// link there could lead anywhere, so none is followed.
fn within(options: &mut OpenOptions, path: &Path) -> std::io::Result<File> {
    options.custom_flags(OFlag::O_NOFOLLOW.bits()).open(path)
}

/// Every data folder of Lectern contains a lock from the beginning.
fn recognise(path: &Path) -> Result<(), Error> {
    let mut entries = fs::read_dir(path).map_err(Error::at("read", path))?.flatten();
    match entries.next() {
        Some(entry) if !path.join(LOCK).exists() => {
            let found = format!("it has `{}` and no `{LOCK}`", entry.file_name().display());
            Err(Error::Foreign { folder: path.to_owned(), found })
        }
        _ => Ok(()),
    }
}

/// One attempt to lock the folder. `None`: try again.
fn acquire(path: &Path, started: Instant) -> Result<Option<Flock<File>>, Error> {
    let lock = path.join(LOCK);
    let mut options = OpenOptions::new();
    let file = within(options.create(true).truncate(false).read(true).write(true), &lock);
    let file = match file {
        Ok(file) => file,
        // A previous throwaway server has just removed the folder.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::at("open", &lock)(error)),
    };
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(held) => {
            let same = |at: fs::Metadata| held.metadata().is_ok_and(|of| (of.dev(), of.ino()) == (at.dev(), at.ino()));
            Ok(fs::symlink_metadata(&lock).is_ok_and(same).then_some(held))
        }
        Err((mut file, nix::errno::Errno::EWOULDBLOCK)) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(Error::at("read", &lock))?;
            let patience = if holder == STOPPING { STOP } else { NOTICE };
            if started.elapsed() > patience {
                let holder = Some(holder).filter(|holder| !holder.is_empty());
                return Err(Error::InUse { folder: path.to_owned(), holder });
            }
            std::thread::sleep(Duration::from_millis(20));
            Ok(None)
        }
        Err((_, errno)) => Err(Error::at("lock", &lock)(errno.into())),
    }
}

fn write_anew(file: &mut File, text: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}

/// It is no error if what should be removed does not exist.
fn unless_absent(result: std::io::Result<()>) -> std::io::Result<()> {
    result.or_else(|error| if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// It is no error if what should be created already exists.
fn unless_there(result: std::io::Result<()>) -> std::io::Result<()> {
    result.or_else(|error| if error.kind() == std::io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn no_link_in_the_folder_is_followed() {
        let top = tempfile::tempdir().unwrap();
        let outside = top.path().join("outside");
        fs::write(&outside, "untouched").unwrap();
        let path = top.path().join("folder");
        let folder = DataFolder::open(&path).unwrap();
        symlink(&outside, folder.log()).unwrap();
        assert!(folder.append_log().is_err());
        assert!(folder.log_since(0).contains("cannot be read"));
        symlink(top.path(), folder.data()).unwrap();
        assert!(folder.make_private(&folder.data()).is_err());
        symlink(&outside, folder.next_state()).unwrap();
        folder.write_private(&folder.next_state(), "durable").unwrap();
        assert_eq!(fs::read_to_string(&outside).unwrap(), "untouched");
        assert!(!fs::symlink_metadata(folder.next_state()).unwrap().is_symlink());
        drop(folder);
        fs::remove_file(path.join(LOCK)).unwrap();
        symlink(&outside, path.join(LOCK)).unwrap();
        assert!(DataFolder::open(&path).is_err());
        assert_eq!(fs::read_to_string(&outside).unwrap(), "untouched");
    }
}

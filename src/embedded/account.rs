//! Postgres refuses to run as root. This is the account that it runs under if root starts Lectern.

use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Gid, Uid, User};

use super::error::Error;

/// The package's own account first, then `nobody`, for installations without one.
const ACCOUNTS: [&str; 2] = ["postgres", "nobody"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    uid: Uid,
    gid: Gid,
}

impl Account {
    /// `None` if the caller's own account is used. Existing data keeps its owner.
    pub(super) fn choose(folder: &Path) -> Result<Option<Self>, Error> {
        if !Uid::effective().is_root() {
            return Ok(None);
        }
        if let Ok(owned) = fs::metadata(folder)
            && owned.uid() != 0
        {
            let (uid, gid) = (Uid::from_raw(owned.uid()), Gid::from_raw(owned.gid()));
            let name = User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name);
            return Ok(Some(Self { name, uid, gid }));
        }
        let user = ACCOUNTS.iter().find_map(|name| User::from_name(name).ok().flatten());
        let tried = || ACCOUNTS.iter().map(|name| (*name).to_owned()).collect();
        let user = user.ok_or_else(|| Error::NoAccount { tried: tried() })?;
        Ok(Some(Self { name: user.name, uid: user.uid, gid: user.gid }))
    }

    pub(super) fn run(&self, command: &mut Command) {
        command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
    }

    pub(super) fn own(&self, opened: &File, path: &Path) -> Result<(), Error> {
        let (uid, gid) = (Some(self.uid.as_raw()), Some(self.gid.as_raw()));
        std::os::unix::fs::fchown(opened, uid, gid).map_err(Error::at("change the owner of", path))
    }

    /// The outermost folder on the path to `folder`, including `folder`, that the account cannot enter.
    pub(super) fn closed_on_the_way(&self, folder: &Path) -> Result<Option<PathBuf>, Error> {
        let folder = folder.canonicalize().map_err(Error::at("find", folder))?;
        let mut on_the_way: Vec<&Path> = folder.ancestors().collect();
        on_the_way.reverse();
        for step in on_the_way {
            if !self.may_enter(&fs::metadata(step).map_err(Error::at("look at", step))?) {
                return Ok(Some(step.to_owned()));
            }
        }
        Ok(None)
    }

    fn may_enter(&self, folder: &Metadata) -> bool {
        let execute = match folder {
            _ if folder.uid() == self.uid.as_raw() => 0o100,
            _ if folder.gid() == self.gid.as_raw() => 0o010,
            _ => 0o001,
        };
        folder.mode() & execute != 0
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn finds_the_closed_folder() {
        let top = tempfile::tempdir().unwrap();
        let inner = top.path().join("closed/inner");
        fs::create_dir_all(&inner).unwrap();
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        mode(top.path(), 0o711);
        mode(&top.path().join("closed"), 0o750);
        let stranger = Account { name: "stranger".into(), uid: Uid::from_raw(4242), gid: Gid::from_raw(4242) };
        let closed = top.path().canonicalize().unwrap().join("closed");
        assert_eq!(stranger.closed_on_the_way(&inner), Ok(Some(closed.clone())));
        let owner = fs::metadata(&closed).unwrap();
        let of_group = Account { gid: Gid::from_raw(owner.gid()), ..stranger.clone() };
        assert_eq!(of_group.closed_on_the_way(&inner), Ok(None));
        mode(&closed, 0o711);
        assert_eq!(stranger.closed_on_the_way(&inner), Ok(None));
    }
}

//! Who runs PostgreSQL, and which folders they can reach: as root, somebody with fewer rights, because it refuses to run as root.
//! Not here: what is done in those folders (`cluster.rs`).

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use nix::unistd::{Gid, Uid, User};

use super::{ClusterError, file_error};

/// Who runs PostgreSQL when we are root.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    name: String,
    pub(super) uid: Uid,
    pub(super) gid: Gid,
}

/// Returns who runs PostgreSQL: ourselves, or, if we are root, somebody with fewer rights. That is whoever has the data already
/// (a package may have brought the user postgres since they were made), else the first of those who are there.
pub(super) fn owner(data: &Path) -> Result<Option<Owner>, ClusterError> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(None);
    }
    if let Some(keeper) = std::fs::metadata(data).ok().filter(|data| data.uid() != 0) {
        let uid = Uid::from_raw(keeper.uid());
        let name = User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name);
        return Ok(Some(Owner { name, uid, gid: Gid::from_raw(keeper.gid()) }));
    }
    let user = ["postgres", "nobody"].into_iter().find_map(|name| User::from_name(name).ok().flatten());
    let user = user.ok_or(ClusterError::NoUser)?;
    Ok(Some(Owner { name: user.name, uid: user.uid, gid: user.gid }))
}

/// Checks that the owner can walk down to a folder: everything above it must be open to be entered by anyone.
pub(super) fn check_reachable(path: &Path, owner: Option<&Owner>) -> Result<(), ClusterError> {
    let Some(owner) = owner else { return Ok(()) };
    for above in path.ancestors().skip(1) {
        let open = std::fs::metadata(above).is_ok_and(|folder| {
            folder.mode() & 0o001 != 0 || (folder.uid() == owner.uid.as_raw() && folder.mode() & 0o100 != 0)
        });
        if !open {
            return Err(ClusterError::Closed {
                user: owner.name.clone(),
                closed: above.to_owned(),
                data: path.to_owned(),
            });
        }
    }
    Ok(())
}

/// Checks that a folder whose place is open to everybody is ours, if it is there: anybody could have made it before us.
pub(super) fn check_ours(path: &Path, owner: Option<&Owner>) -> Result<(), ClusterError> {
    let Ok(found) = std::fs::symlink_metadata(path) else { return Ok(()) };
    let mine = found.uid() == nix::unistd::geteuid().as_raw();
    if found.is_dir() && (mine || owner.is_some_and(|owner| found.uid() == owner.uid.as_raw())) {
        return Ok(());
    }
    Err(file_error(path)(std::io::Error::other("somebody else made it")))
}

pub(super) fn make_folder(path: &Path, owner: Option<&Owner>) -> Result<(), ClusterError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(file_error(parent))?;
    }
    if !path.exists() {
        std::fs::DirBuilder::new().mode(0o700).create(path).map_err(file_error(path))?;
    }
    if let Some(owner) = owner {
        std::os::unix::fs::chown(path, Some(owner.uid.as_raw()), Some(owner.gid.as_raw())).map_err(file_error(path))?;
    }
    Ok(())
}

/// Lets the owner pass through the data folder, which is ours: pass, not look.
pub(super) fn open_parent(folder: &Path, owner: Option<&Owner>) -> Result<(), ClusterError> {
    let (Some(_), Some(parent)) = (owner, folder.parent()) else { return Ok(()) };
    let mut mode = std::fs::metadata(parent).map_err(file_error(parent))?.permissions();
    if mode.mode() & 0o001 == 0 {
        mode.set_mode(mode.mode() | 0o011);
        std::fs::set_permissions(parent, mode).map_err(file_error(parent))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_somebody_else_may_have_made_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let (mine, link) = (place.path().join("mine"), place.path().join("link"));
        assert!(check_ours(&mine, None).is_ok(), "nothing is there yet");
        std::fs::create_dir(&mine).unwrap();
        assert!(check_ours(&mine, None).is_ok());
        std::os::unix::fs::symlink(&mine, &link).unwrap();
        assert!(check_ours(&link, None).is_err(), "a link leads wherever its maker wants");
    }

    #[test]
    fn data_that_are_there_stay_with_whoever_has_them() {
        // Only root can give a folder away; for everybody else there is nobody but themselves.
        let data = tempfile::tempdir().unwrap();
        if !nix::unistd::geteuid().is_root() {
            assert!(owner(data.path()).unwrap().is_none());
            return;
        }
        let (uid, gid) = (4_242, 4_343);
        std::os::unix::fs::chown(data.path(), Some(uid), Some(gid)).unwrap();
        let owner = owner(data.path()).unwrap().unwrap();
        assert_eq!((owner.uid.as_raw(), owner.gid.as_raw()), (uid, gid));
    }
}

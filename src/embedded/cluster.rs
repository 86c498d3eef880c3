//! initdb: once per folder, and again from the beginning if it was interrupted.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;

use aws_lc_rs::rand;

use super::error::Error;
use super::folder::DataFolder;
use super::programs::{Programs, Search};
use super::{Durability, OWNER};

const INITIALISING: &str = "initialising";
/// The locale orders text by code point everywhere and knows the letters of every script. Older systems do not have it.
const LOCALES: [&str; 2] = ["C.UTF-8", "C"];

/// Makes sure that the folder has initialised data. Returns the programs to run on it.
pub(super) fn prepare(folder: &DataFolder, search: Search, wanted: Durability) -> Result<Programs, Error> {
    let state = fs::read_to_string(folder.state()).unwrap_or_default();
    match state.trim() {
        word if word == Durability::Durable.word() => match wanted {
            Durability::Throwaway => Err(Error::HoldsDurableData { folder: folder.path.clone() }),
            Durability::Durable => {
                let file = folder.data().join("PG_VERSION");
                let version = fs::read_to_string(&file).map_err(Error::at("read", &file))?;
                search.choose(&folder.path, Some(version.trim()))
            }
        },
        // Data that ran without fsync is useless if the server was not stopped in order.
        word if word == INITIALISING || word == Durability::Throwaway.word() => begin_again(folder, search, wanted),
        "" if !folder.data().exists() => begin_again(folder, search, wanted),
        word => {
            let found = format!("its `state` says {word:?} and it has a `data`");
            Err(Error::Foreign { folder: folder.path.clone(), found })
        }
    }
}

fn begin_again(folder: &DataFolder, search: Search, durability: Durability) -> Result<Programs, Error> {
    let programs = search.choose(&folder.path, None)?;
    folder.write_private(&folder.state(), INITIALISING)?;
    let mut result = Ok(());
    for locale in LOCALES {
        folder.empty()?;
        folder.write_private(&folder.password(), &new_password()?)?;
        result = initdb(folder, &programs, durability, locale);
        if result.is_ok() {
            break;
        }
    }
    result?;
    write_state(folder, durability)?;
    Ok(programs)
}

fn initdb(folder: &DataFolder, programs: &Programs, durability: Durability, locale: &str) -> Result<(), Error> {
    let data = folder.data();
    folder.make_private(&data)?;
    let mut command = programs.command("initdb");
    command.arg("--pgdata").arg(&data).arg("--pwfile").arg(folder.password());
    command.args(["--username", OWNER, "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"]);
    command.args(["--locale", locale]);
    if durability == Durability::Throwaway {
        command.arg("--no-sync");
    }
    if let Some(account) = &folder.account {
        account.run(&mut command);
    }
    let output = command.current_dir(&folder.path).stdin(Stdio::null()).output().map_err(Error::io("run initdb"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(Error::Initialise { output: String::from_utf8_lossy(&said).trim().to_owned() })
}

/// The last step of the initialisation: complete or not at all, even if it is interrupted.
fn write_state(folder: &DataFolder, durability: Durability) -> Result<(), Error> {
    let (new, state) = (folder.next_state(), folder.state());
    folder.write_private(&new, durability.word())?;
    let renamed = fs::rename(&new, &state).and_then(|()| sync_folder(&folder.path));
    renamed.map_err(Error::at("write", &state))
}

fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// 256 bits from the operating system as hexadecimal digits, so that a URL needs no escaping.
fn new_password() -> Result<String, Error> {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes)
        .map_err(|_| Error::Io { doing: "make a password".into(), reason: "no randomness".into() })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

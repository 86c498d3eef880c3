//! `lectern demo-files`: the demonstration company as its HR department would export it, to look at and learn from.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::demo::company;
use crate::error::{Error, Result};
use crate::kernel::clock::Clock;
use crate::kernel::language::Language;

/// Write the CSV files of the demonstration company into a folder: examples of what `import` reads
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder, created if it does not exist; no file in it is overwritten
    folder: PathBuf,
    /// Language of the files' names, columns and words: en or zh-CN
    #[arg(long, default_value = "en", value_parser = ["en", "zh-CN"])]
    language: String,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let failed = |path: &Path, error| Error::internal(format!("{} cannot be written: {error}", path.display()));
    fs::create_dir_all(&args.folder).map_err(|error| failed(&args.folder, error))?;
    for (name, content) in company(Clock::system().now(), Language::negotiate(&args.language))?.files {
        let path = args.folder.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        file.and_then(|mut file| file.write_all(&content)).map_err(|error| failed(&path, error))?;
        println!("{}", path.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::FileKind;

    #[test]
    fn the_files_are_those_of_an_import_and_nothing_is_overwritten() {
        let temporary = tempfile::tempdir().unwrap();
        let args = Args { folder: temporary.path().join("new"), language: "en".to_owned() };
        run(&args).unwrap();
        let mut written = 0;
        for entry in fs::read_dir(&args.folder).unwrap() {
            let entry = entry.unwrap();
            assert!(FileKind::of_name(entry.file_name().to_str().unwrap()).is_some());
            assert!(entry.metadata().unwrap().len() > 0);
            written += 1;
        }
        assert_eq!(written, FileKind::ALL.len());
        fs::write(args.folder.join("departments.csv"), "mine").unwrap();
        assert!(run(&args).is_err());
        assert_eq!(fs::read_to_string(args.folder.join("departments.csv")).unwrap(), "mine");
    }
}

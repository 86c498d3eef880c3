//! What somebody sees who waits for the demonstration company.

use std::io::{IsTerminal as _, Write as _};

/// The number of months in the company's history. The last one is still open.
const MONTHS: usize = 12;

/// Progress for people who wait: in a terminal one line that changes, otherwise one line per step.
pub(super) struct Steps {
    done: std::cell::Cell<u32>,
    in_terminal: bool,
}

impl Steps {
    pub(super) fn begin(name: &str) -> Self {
        println!("Loading the demonstration company ({name}):");
        Self { done: std::cell::Cell::new(0), in_terminal: std::io::stdout().is_terminal() }
    }

    pub(super) fn next(&self, what: &str) {
        self.done.set(self.done.get() + 1);
        let total = 4 + MONTHS - 1;
        self.show(&format!("  [{:>2}/{total}] {what}", self.done.get()));
    }

    pub(super) fn end(&self) {
        self.show("  done");
        if self.in_terminal {
            println!();
        }
    }

    fn show(&self, line: &str) {
        if self.in_terminal {
            print!("\r\x1b[2K{line}");
        } else {
            println!("{line}");
        }
        let _ = std::io::stdout().flush();
    }
}

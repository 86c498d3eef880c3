mod facts;
mod sound;
mod story;

use std::sync::LazyLock;

use super::*;

/// The company up to March 2026, created once for all tests.
static COMPANY: LazyLock<DemoCompany> = LazyLock::new(|| generate("2026-03".parse().unwrap()).unwrap());

/// The content of its files.
static FACTS: LazyLock<facts::Facts> = LazyLock::new(|| facts::facts(&COMPANY));

//! Lets a typed text be used like a `str`.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::{Clean, Form, TextFault};
use crate::kernel::language::Language;

impl<F, const MIN: usize, const MAX: usize> Serialize for Clean<F, MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<F, const MIN: usize, const MAX: usize> Deref for Clean<F, MIN, MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl<F, const MIN: usize, const MAX: usize> AsRef<str> for Clean<F, MIN, MAX> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl<F, const MIN: usize, const MAX: usize> Borrow<str> for Clean<F, MIN, MAX> {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl<F, const MIN: usize, const MAX: usize> PartialEq<str> for Clean<F, MIN, MAX> {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl<F, const MIN: usize, const MAX: usize> PartialEq<&str> for Clean<F, MIN, MAX> {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}

impl<F, const MIN: usize, const MAX: usize> fmt::Display for Clean<F, MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl<F, const MIN: usize, const MAX: usize> fmt::Debug for Clean<F, MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl<F, const MIN: usize, const MAX: usize> From<Clean<F, MIN, MAX>> for String {
    fn from(text: Clean<F, MIN, MAX>) -> Self {
        text.text
    }
}

impl<F: Form, const MIN: usize, const MAX: usize> FromStr for Clean<F, MIN, MAX> {
    type Err = TextFault;

    fn from_str(text: &str) -> Result<Self, TextFault> {
        Self::parse(text)
    }
}

/// As shown to the operator.
impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.at("").detail(Language::En))
    }
}

impl std::error::Error for TextFault {}

//! The meaning of a database error: by the name of the constraint if the feature defines it, otherwise by its kind.

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::{Code, Error, Result};

/// Gives a violated constraint its meaning, where the statement is written.
pub trait Constraint<T> {
    /// Returns the error `meaning` if the constraint `name` refused the statement.
    fn on_constraint(self, name: &str, meaning: impl FnOnce() -> Error) -> Result<T>;
}

impl<T> Constraint<T> for QueryResult<T> {
    fn on_constraint(self, name: &str, meaning: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(Error::from).on_constraint(name, meaning)
    }
}

impl<T> Constraint<T> for Result<T> {
    fn on_constraint(self, name: &str, meaning: impl FnOnce() -> Error) -> Result<T> {
        match self {
            Err(error) if error.constraint.as_deref() == Some(name) => Err(meaning()),
            other => other,
        }
    }
}

/// Converts a database error. A violated constraint without a defined meaning is a bug: 500.
impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        let code = match &error {
            DieselError::DatabaseError(
                DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection,
                _,
            ) => Code::Unavailable,
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Code::Busy,
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) => by_message(info.message()),
            _ => Code::Internal,
        };
        let constraint = match &error {
            DieselError::DatabaseError(_, info) => info.constraint_name().map(str::to_owned),
            _ => None,
        };
        Self::new(code).caused_by(error).violating(constraint)
    }
}

const TOO_LONG: &str = "statement timeout";

/// Whether a statement took longer than it may. The database is there, and what was asked would take as long again.
pub fn took_too_long(error: &Error) -> bool {
    error.code == Code::Unavailable && error.chain().contains(TOO_LONG)
}

/// Diesel does not pass on the SQLSTATE, so the message text decides. At start it is checked that messages are in English
/// ([`super::check_language`]).
fn by_message(message: &str) -> Code {
    const AWAY: [&str; 5] = [
        "terminating connection",
        "the database system is",
        TOO_LONG,
        "remaining connection slots",
        "too many clients",
    ];
    if message.contains("lock timeout") || message.contains("deadlock detected") {
        Code::Busy
    } else if AWAY.iter().any(|words| message.contains(words)) {
        Code::Unavailable
    } else {
        Code::Internal
    }
}

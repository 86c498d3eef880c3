//! What a row of a file is, and how one is declared: one line per column gives its names, whether it is required, how it is
//! read and what it refers to. How it is written follows from its type.

use std::convert::Infallible;

use super::cells::Cells;
use super::distinct::{Distinct, pair_key};
use super::fault::ImportFaultCode as Code;
use super::index::Keys;
use super::layout::{Column, FileKind, OpenColumn};
use super::values::{Problem, Style, text};
use crate::kernel::text::Identifying;

/// A kind of row.
pub trait Row: Sized {
    const KIND: FileKind;
    const COLUMNS: &'static [Column];
    /// The column with which other files refer to the row.
    const CODE: Option<&'static str>;

    /// The fault of a second row that is not distinct from an earlier one, and its column.
    const SECOND: Option<(Code, &'static str)>;

    /// The cells of columns whose names contain a key.
    type Open: OpenCell;
    /// What is remembered of earlier rows, besides their keys.
    type Past: Default;

    /// Reads the row. Faults are recorded in the cells. None if there are too many to make a row at all.
    fn read(cells: &mut Cells<'_>) -> Option<Self>;

    /// The cells of the layout's columns, in order.
    fn written(&self, style: Style) -> Vec<String>;

    /// The cells of columns whose names contain a key.
    fn open(&self) -> &[Self::Open];

    /// What must be different in every row of the file.
    fn key(&self) -> Key<'_>;

    /// Records where the row contradicts earlier rows or what the company has.
    fn compare(&self, past: &mut Self::Past, cells: &mut Cells<'_>);
}

/// What distinguishes a row from the others in its file.
pub enum Key<'a> {
    None,
    /// The value of this column, with which other files refer to the row.
    Code(&'static str, &'a str),
    /// A value with which nothing refers to the row.
    Unique(&'a str),
    /// A session and a person.
    Pair(&'a str, &'a str),
}

/// What was seen in earlier rows.
#[derive(Debug, Default)]
pub(super) struct Seen<P> {
    pub keys: Keys,
    /// The codes of rows that are left out where faulty rows are skipped: nothing may refer to them, and no other row may have them.
    left_out: Keys,
    pub distinct: Distinct,
    past: P,
}

impl<P> Seen<P> {
    /// Claims the row's key. Records a fault if an earlier row has it, and everything that the row contradicts.
    pub fn claim<T: Row<Past = P>>(&mut self, row: &T, cells: &mut Cells<'_>) {
        let line = cells.line();
        let (claimed, second) = match row.key() {
            Key::None => (Ok(()), None),
            Key::Code(column, key) => {
                let claimed = self.left_out.line(key).map_or_else(|| self.keys.claim(key, line), Err);
                (claimed, Some((Code::DuplicateKey, column)))
            }
            Key::Unique(key) => (self.distinct.claim(key.into(), line), T::SECOND),
            Key::Pair(session, employee) => (self.distinct.claim(pair_key(session, employee), line), T::SECOND),
        };
        if let (Err(first), Some((code, column))) = (claimed, second) {
            cells.note(column, Problem::new(code).with("first", first));
        }
        row.compare(&mut self.past, cells);
    }

    /// Claims the code of a row that has faults: a second row with it is a fault, whether or not the first one is skipped. Where it
    /// is not skipped, references to it are no further faults.
    pub fn reserve<T: Row<Past = P>>(&mut self, cells: &Cells<'_>) {
        // Normalized like the references. A code that cannot be read has no references.
        if let Some(Ok(code)) = T::CODE.and_then(|column| cells.get(column)).map(text::<Identifying, 1, 64>) {
            let skips = cells.scope.reading.skip_faulty;
            let keys = if skips && !self.keys.contains(&code) { &mut self.left_out } else { &mut self.keys };
            // If the code is already claimed, it is already reserved.
            let _ = keys.claim(&code, cells.line());
        }
    }
}

/// A cell of a column whose name contains a key.
pub trait OpenCell {
    /// How such columns are named, for the list of columns.
    const ABOUT: Option<&'static str>;

    /// The column for a plain name.
    fn column_of(name: &str) -> Option<OpenColumn>;

    fn column(&self) -> OpenColumn;

    fn text(&self) -> String;
}

/// A row without such columns has no such cells.
impl OpenCell for Infallible {
    const ABOUT: Option<&'static str> = None;

    fn column_of(_name: &str) -> Option<OpenColumn> {
        None
    }

    fn column(&self) -> OpenColumn {
        match *self {}
    }

    fn text(&self) -> String {
        match *self {}
    }
}

/// A value that was read, as a field of the row: either optional, or required for the row to exist.
pub(super) trait Finish<T> {
    fn finish(self) -> Option<T>;
}

impl<T> Finish<T> for Option<T> {
    fn finish(self) -> Option<T> {
        self
    }
}

impl<T> Finish<Option<T>> for Option<T> {
    fn finish(self) -> Option<Option<T>> {
        Some(self)
    }
}

/// Declares the columns of a file as fields of its row, in the order in which they are read and written.
///
/// ```text
/// columns! { TheRow of TheFile, code code, |cells|
///     code: must ["编码"] (mark);                            it must be there and have a value
///     parent: may PARENT (mark) => Department;               it may be blank, and names something
///     is_open: may ["开放"] (answer, or false);              what a blank means
///     ended_on: may ["结束"] (by read_end(cells, &code));    read by an expression of its own
///     started_on: may ["开始"] (date) { cells.order(…) };    checked when it has been read
///     .. items: Item = read_items(cells);                    columns whose names carry a key
/// }
/// ```
///
/// The value read from a column is available under the column's name, as an `Option`, in everything that follows. Rows of a
/// file differ in `code`, with which other files refer to them, in a `unique` column, or in a `pair` of session and person
/// (with the fault for the second row); or in `none` of these. With `past`, a row is compared with earlier rows by its own
/// function `compare`.
macro_rules! columns {
    ($row:ident of $kind:ident, $key:ident $($by:ident)?, $(past $past:ty,)? |$cells:ident|
        $($field:ident: $presence:ident $names:tt $how:tt $(=> $reference:ident)? $({ $($check:tt)* })?;)+
        $(.. $open:ident: $item:ty = $read_open:expr;)?
    ) => {
        impl $crate::imports::row::Row for $row {
            const KIND: $crate::imports::layout::FileKind = $crate::imports::layout::FileKind::$kind;
            const COLUMNS: &'static [$crate::imports::layout::Column] = &[$($crate::imports::layout::Column {
                name: stringify!($field),
                aliases: columns!(@names $names),
                required: columns!(@required $presence),
            }),+];
            const CODE: Option<&'static str> = columns!(@code $key $($by)?);
            const SECOND: Option<($crate::imports::fault::ImportFaultCode, &'static str)> = columns!(@second $key $($by)?);
            type Open = columns!(@or ::std::convert::Infallible, $($item)?);
            type Past = columns!(@or (), $($past)?);

            fn read($cells: &mut $crate::imports::cells::Cells<'_>) -> Option<Self> {
                $(
                    let $field = columns!(@read $cells, $field, $presence $how);
                    $($cells.refer(stringify!($field), $crate::imports::index::Reference::$reference, $field.as_ref());)?
                    $($($check)*)?
                )+
                $(let $open = $read_open;)?
                Some(Self { $($field: $crate::imports::row::Finish::finish($field)?,)+ $($open,)? })
            }

            fn written(&self, style: $crate::imports::values::Style) -> Vec<String> {
                vec![$($crate::imports::values::Written::written(&self.$field, style)),+]
            }

            fn open(&self) -> &[Self::Open] {
                columns!(@open self $($open)?)
            }

            fn key(&self) -> $crate::imports::row::Key<'_> {
                columns!(@key self $key $($by)?)
            }

            fn compare(&self, _past: &mut Self::Past, _cells: &mut $crate::imports::cells::Cells<'_>) {
                $(<$past>::compare(_past, self, _cells);)?
            }
        }
    };

    (@names [$($name:literal),+ $(,)?]) => { &[$($name),+] };
    (@names $names:ident) => { $names };
    (@required must) => { true };
    (@required may) => { false };
    (@or $default:ty,) => { $default };
    (@or $default:ty, $given:ty) => { $given };
    (@open $self:ident) => { &[] };
    (@open $self:ident $open:ident) => { &$self.$open };
    (@read $cells:ident, $field:ident, $presence:ident (by $read:expr)) => { $read };
    (@read $cells:ident, $field:ident, may ($read:expr, or $blank:expr)) => {
        Some($cells.optional(stringify!($field), $read).unwrap_or($blank))
    };
    (@read $cells:ident, $field:ident, must ($read:expr)) => { $cells.required(stringify!($field), $read) };
    (@read $cells:ident, $field:ident, may ($read:expr)) => { $cells.optional(stringify!($field), $read) };
    (@code code $code:ident) => { Some(stringify!($code)) };
    (@code $($other:ident)+) => { None };
    (@second pair $code:ident) => { Some(($crate::imports::fault::ImportFaultCode::$code, "employee_number")) };
    (@second unique $column:ident) => {
        Some(($crate::imports::fault::ImportFaultCode::DuplicateKey, stringify!($column)))
    };
    (@second $($other:ident)+) => { None };
    (@key $self:ident code $code:ident) => { $crate::imports::row::Key::Code(stringify!($code), &$self.$code) };
    (@key $self:ident unique $column:ident) => {
        match &$self.$column {
            Some(key) => $crate::imports::row::Key::Unique(key),
            None => $crate::imports::row::Key::None,
        }
    };
    (@key $self:ident pair $code:ident) => {
        $crate::imports::row::Key::Pair(&$self.session_code, &$self.employee_number)
    };
    (@key $self:ident none) => { $crate::imports::row::Key::None };
}

pub(super) use columns;

//! What a response shows of a row. Each member is declared once, and how it is filled follows from that.

/// Declares a response and how it is made of a row.
///
/// ```ignore
/// response! {
///     /// A department.
///     #[derive(Debug, Serialize, ToSchema)]
///     pub struct DepartmentResponse: new(department: Department, manager: Option<EmployeeRef>) {
///         pub id: Uuid,
///         pub manager: Option<EmployeeRef> = manager,
///         pub etag: ETag = ETag(department.version),
///     }
/// }
/// ```
///
/// A member without a value has that of the row's field of the same name. The other values are computed first, from the
/// arguments of `new`; after `try new`, a value may fail.
macro_rules! response {
    (@struct [$($about:tt)*] $response:ident { $([$($note:tt)*] $member:ident $type:ty)+ }) => {
        $($about)*
        pub struct $response {
            $($($note)* pub $member: $type,)+
        }
    };
    (@value $row:ident $member:ident) => { $row.$member };
    (@value $row:ident $member:ident $value:expr) => { $member };
    (
        $(#[$about:meta])*
        pub struct $response:ident: new($row:ident: $from:ty $(, $given:ident: $given_type:ty)*) {
            $($(#[$note:meta])* pub $member:ident: $type:ty $(= $value:expr)?,)+
        }
    ) => {
        $crate::http::response!(@struct [$(#[$about])*] $response { $([$(#[$note])*] $member $type)+ });

        impl $response {
            #[must_use]
            pub fn new($row: $from $(, $given: $given_type)*) -> Self {
                $($(let $member: $type = $value;)?)+
                Self { $($member: $crate::http::response!(@value $row $member $($value)?),)+ }
            }
        }
    };
    (
        $(#[$about:meta])*
        pub struct $response:ident: try new($row:ident: $from:ty $(, $given:ident: $given_type:ty)*) {
            $($(#[$note:meta])* pub $member:ident: $type:ty $(= $value:expr)?,)+
        }
    ) => {
        $crate::http::response!(@struct [$(#[$about])*] $response { $([$(#[$note])*] $member $type)+ });

        impl $response {
            pub fn new($row: $from $(, $given: $given_type)*) -> $crate::error::Result<Self> {
                $($(let $member: $type = $value;)?)+
                Ok(Self { $($member: $crate::http::response!(@value $row $member $($value)?),)+ })
            }
        }
    };
}

pub(crate) use response;

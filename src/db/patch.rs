//! Merge patches (RFC 7396) of rows. Each member is declared once, and the request and what it writes follow from that.

/// Declares the request of a merge patch and the change that it makes to a row.
///
/// ```ignore
/// merge_patch! {
///     into sessions as PlanChange, with department_id: Option<Uuid>, checked by check_instants;
///     /// Changes to a plan. Absent members stay unchanged.
///     #[derive(Debug, Deserialize, Validate, ToSchema)]
///     pub struct UpdateSessionRequest {
///         #[validate(nested)]
///         pub title: Title,
///         pub group_id: Option<Uuid>,
///         pub starts_at (column_name = scheduled_start): DateTime<Utc>,
///     }
/// }
/// ```
///
/// A member whose type is an `Option` may be null, which clears it. The change has a field for each member and is written to the
/// columns of the same names; what Diesel should know besides stands in parentheses after the name. `with` names a column that
/// is no member: the service sets it. `checked by` names a method of the request that adds faults of its own.
macro_rules! merge_patch {
    (@members $head:tt [$($done:tt)*] {
        $(#[$($meta:tt)+])* pub $name:ident $(($($column:tt)+))?: Option<$type:ty>, $($rest:tt)*
    }) => {
        $crate::db::merge_patch! { @members $head [$($done)* {
            [$(#[$($meta)+])*] $name [$(#[diesel($($column)+)])?] $type, Option<$type>, nullable
        }] { $($rest)* } }
    };
    (@members $head:tt [$($done:tt)*] {
        $(#[$($meta:tt)+])* pub $name:ident $(($($column:tt)+))?: $type:ty, $($rest:tt)*
    }) => {
        $crate::db::merge_patch! { @members $head [$($done)* {
            [$(#[$($meta)+])*] $name [$(#[diesel($($column)+)])?] $type, $type, required
        }] { $($rest)* } }
    };
    (@members {
        $table:ident $change:ident [$($computed:ident: $computed_type:ty)?] [$($check:ident)?] [$($meta:tt)*] $request:ident
    } [$({ [$($about:tt)*] $name:ident [$($column:tt)*] $type:ty, $member:ty, $null:ident })+] {}) => {
        $($meta)*
        pub struct $request {
            $(
                $($about)*
                #[serde(default)]
                #[schema(value_type = $member, required = false)]
                pub $name: $crate::kernel::patch::Patch<$type>,
            )+
        }

        /// What the request changes. None leaves a column unchanged.
        #[derive(Debug, Clone, Default, ::diesel::AsChangeset)]
        #[diesel(table_name = $crate::schema::$table)]
        pub struct $change {
            $($($column)* pub $name: Option<$member>,)+
            $(pub $computed: Option<$computed_type>,)?
        }

        impl $request {
            /// The change. A null that is not allowed is added to the faults.
            pub fn into_change(self, faults: &mut $crate::kernel::fault::Faults) -> $change {
                $(self.$check(faults);)?
                $change {
                    $($name: $crate::db::merge_patch!(@change $null self.$name, $name, faults),)+
                    $($computed: None,)?
                }
            }
        }

        impl $change {
            /// Names of the members that the request mentions.
            #[must_use]
            pub fn fields(&self) -> Vec<&'static str> {
                let all = [$((stringify!($name), self.$name.is_some())),+];
                all.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect()
            }
        }
    };
    (@change nullable $patch:expr, $name:ident, $faults:ident) => { $patch.into_change() };
    (@change required $patch:expr, $name:ident, $faults:ident) => {
        $patch.into_value(concat!("/", stringify!($name)), $faults)
    };
    (
        into $table:ident as $change:ident
        $(, with $computed:ident: $computed_type:ty)? $(, checked by $check:ident)?;
        $(#[$($meta:tt)+])*
        pub struct $request:ident { $($members:tt)+ }
    ) => {
        $crate::db::merge_patch! { @members {
            $table $change [$($computed: $computed_type)?] [$($check)?] [$(#[$($meta)+])*] $request
        } [] { $($members)+ } }
    };
}

pub(crate) use merge_patch;

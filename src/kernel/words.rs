//! Closed vocabularies. Each word is defined once, with its meaning. Its name on the wire and in data, and its description in
//! the contract, follow from that.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// Declares closed vocabularies: the meaning of each word, and its name, which is the same on the wire and in data.
macro_rules! words {
    (@meaning doc = $meaning:literal) => { $meaning };
    (@meaning $($other:tt)*) => { "" };

    ($($(#[$($about:tt)+])+ $visibility:vis enum $name:ident {
        $($(#[$($about_word:tt)+])+ $word:ident = $slug:literal,)+
    })+) => {$(
        $(#[$($about)+])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        $visibility enum $name {
            $($(#[$($about_word)+])+ #[serde(rename = $slug)] $word,)+
        }

        #[allow(dead_code, reason = "not every vocabulary is listed, stored or read by itself")]
        impl $name {
            /// All words.
            pub const ALL: [Self; [$($slug),+].len()] = [$(Self::$word),+];

            /// The name in data and on the wire.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$word => $slug,)+ }
            }

            /// The word with this name.
            #[must_use]
            pub fn of(slug: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|word| word.slug() == slug)
            }
        }

        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::Schema> {
                $crate::kernel::words::schema(
                    &[$($crate::kernel::words::words!(@meaning $($about)+)),+],
                    &[$(($slug, &[$($crate::kernel::words::words!(@meaning $($about_word)+)),+])),+],
                )
            }
        }

        impl ::utoipa::ToSchema for $name {}
    )+};
}

pub(crate) use words;

/// The description of a vocabulary in the contract: the lines of its own meaning, then each word with the lines of its
/// meaning.
#[must_use]
pub fn schema(meaning: &[&str], words: &[(&str, &[&str])]) -> RefOr<Schema> {
    let listed = words.iter().map(|(word, meaning)| format!("\n- `{word}`: {}", sentence(meaning)));
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(format!("{}\n{}", sentence(meaning), listed.collect::<String>())))
        .enum_values(Some(words.iter().map(|(word, _)| *word)))
        .into()
}

/// The lines of a comment as one text, without the line breaks of the source.
fn sentence(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::{PartialSchema as _, ToSchema as _};

    words! {
        /// How far
        /// it is.
        #[derive(Default)]
        pub enum Progress {
            /// Still to come.
            #[default]
            Planned = "planned",
            /// It took place,
            /// and somebody said so.
            TookPlace = "took_place",
        }
    }

    #[test]
    fn a_word_has_one_name_everywhere() {
        assert_eq!(Progress::default(), Progress::Planned);
        for word in Progress::ALL {
            assert_eq!(serde_json::to_value(word).unwrap(), word.slug());
            assert_eq!(serde_json::from_value::<Progress>(json!(word.slug())).unwrap(), word);
            assert_eq!(Progress::of(word.slug()), Some(word));
        }
        assert_eq!(Progress::of("TookPlace"), None);
    }

    #[test]
    fn the_contract_says_what_every_word_means() {
        let words =
            "How far it is.\n\n- `planned`: Still to come.\n- `took_place`: It took place, and somebody said so.";
        let schema = json!({"type": "string", "description": words, "enum": ["planned", "took_place"]});
        assert_eq!(serde_json::to_value(Progress::schema()).unwrap(), schema);
        assert_eq!(Progress::name(), "Progress");
    }
}

//! Every text of a request is checked.

use std::fs;

use super::{Source, identifier, sources};

/// A field of a request: its attributes, its name and its type.
type Field = (String, String, String);

/// How the document of a kind of policy begins.
const POLICY: &str = "policy! {\n";

/// The structs that requests are read into, with their fields.
fn requests(code: &str) -> Vec<(String, Vec<Field>)> {
    let mut found = Vec::new();
    // A macro derives it for the kinds of policies.
    let derived = code.match_indices("#[derive(").map(|(at, _)| (&code[at..], false));
    let declared = code.match_indices(POLICY).map(|(at, _)| (&code[at + POLICY.len()..], true));
    for (item, is_declared) in derived.chain(declared) {
        let Some((head, body)) = item.split_once(" {\n") else { continue };
        let is_read = is_declared || head.lines().next().unwrap_or_default().contains("Deserialize");
        let is_request = is_read && head.contains("struct ");
        if !is_request || head.contains("}\n") {
            continue;
        }
        let name = identifier(head.rsplit("struct ").next().unwrap_or_default());
        let mut fields = Vec::new();
        let mut attributes = String::new();
        for line in body.lines().take_while(|line| *line != "}") {
            match line.trim().trim_start_matches("pub ").split_once(": ") {
                Some((field, kind)) if !line.trim().starts_with("#[") && !identifier(field).is_empty() => {
                    fields.push((std::mem::take(&mut attributes), identifier(field), kind.to_owned()));
                }
                _ => attributes.push_str(line),
            }
        }
        found.push((name, fields));
    }
    found
}

/// What is read from the database, where the service has put it.
const STORED: &[&str] =
    &["CertificateEvidence", "ClosePeriod", "EndedByFile", "LevelFrom", "PayrollExternalId", "RestatePeriod"];

/// The names of the types of texts.
fn text_types() -> Vec<String> {
    let sources = ["src/kernel/text.rs", "src/kernel/text/kinds.rs"].map(|path| fs::read_to_string(path).unwrap());
    sources.iter().flat_map(|source| source.split("pub type ").skip(1)).map(identifier).collect()
}

/// A text is read whatever it holds, so that all faults of a request come at once. That it is then checked is not the compiler's
/// to say.
#[test]
fn every_text_of_a_request_is_checked() {
    let types = text_types();
    assert!(types.len() > 15, "the types are here: {types:?}");
    let sources = sources();
    let mut seen = 0;
    let mut unchecked = Vec::new();
    for source in sources.iter().filter(|source| source.module != "kernel") {
        for (request, fields) in requests(&source.code).into_iter().filter(|(name, _)| !STORED.contains(&name.as_str()))
        {
            for (attributes, field, kind) in fields {
                let words: Vec<&str> = kind.split(|c: char| !c.is_ascii_alphanumeric()).collect();
                if !types.iter().any(|text| words.contains(&text.as_str())) {
                    continue;
                }
                seen += 1;
                let by_hand = [format!("/{field}\""), format!("\"{field}\"")];
                let checks = |other: &Source| {
                    let calls = other.code.split("check_text(").skip(1);
                    other.module == source.module
                        && calls
                            .filter_map(|call| call.split(';').next())
                            .any(|call| by_hand.iter().any(|place| call.contains(place)))
                };
                if !attributes.contains("nested") && !sources.iter().any(checks) {
                    unchecked.push(format!("{} {request}.{field}", source.path.display()));
                }
            }
        }
    }
    assert!(seen > 60, "texts are found: {seen}");
    assert!(unchecked.is_empty(), "{unchecked:#?}");
}

#[test]
fn the_search_for_requests_sees_their_fields() {
    let code = "#[derive(Debug, Deserialize)]\n#[serde(x)]\npub struct A {\n    #[validate(nested)]\n    pub name: Option<Name>,\n    b: i32,\n}\n";
    let (attributes, name) = ("    #[validate(nested)]".to_owned(), "Option<Name>,".to_owned());
    let fields = vec![(attributes, "name".to_owned(), name), (String::new(), "b".to_owned(), "i32,".to_owned())];
    assert_eq!(requests(code), [("A".to_owned(), fields)]);
    let code = "policy! {\n    paid pub struct B {\n        pub code: Code,\n    }\n}\n";
    assert_eq!(requests(code), [("B".to_owned(), vec![(String::new(), "code".to_owned(), "Code,".to_owned())])]);
}

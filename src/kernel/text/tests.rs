use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use super::*;
use crate::kernel::language::Language;

/// Woman, joiner, woman, joiner, girl.
const FAMILY: &str = "👩\u{200d}👩\u{200d}👧";

fn line(text: &str) -> Result<String, TextFault> {
    Line::<9>::parse(text).map(String::from)
}

fn lines(text: &str) -> Result<String, TextFault> {
    Text::<9>::parse(text).map(String::from)
}

fn mark(text: &str) -> Result<String, TextFault> {
    Mark::<9>::parse(text).map(String::from)
}

#[test]
fn a_line_is_what_people_write_on_one() {
    for text in ["王 芳", "a", "Zoë", "a\u{a0}b", "第\u{3000}一", "5%–«x»", "नमस्ते", "e\u{334}", "é\u{334}", "\u{e000}"]
    {
        assert_eq!(line(text), Ok(text.to_owned()), "{text:?}");
    }
}

#[test]
fn a_line_has_no_controls_no_format_characters_and_no_white_space_around_it() {
    for (text, fault) in [
        ("a\nb", TextFault::ControlInLine),
        ("a\tb", TextFault::ControlInLine),
        ("a\0", TextFault::ControlInLine),
        ("\u{7f}", TextFault::ControlInLine),
        ("a\u{85}b", TextFault::ControlInLine),
        ("a\u{2028}b", TextFault::ControlInLine),
        ("a\u{2029}b", TextFault::ControlInLine),
        ("a\u{202e}b", TextFault::Invisible),
        ("a\u{2066}b\u{2069}", TextFault::Invisible),
        ("a\u{200b}b", TextFault::Invisible),
        ("a\u{200c}b", TextFault::Invisible),
        ("a\u{ad}b", TextFault::Invisible),
        ("\u{feff}a", TextFault::Invisible),
        ("a\u{e0041}", TextFault::Invisible),
        ("a\u{fffe}", TextFault::Invisible),
        ("a\u{fdd0}", TextFault::Invisible),
        ("a\u{10ffff}", TextFault::Invisible),
        (" a", TextFault::SpaceAround),
        ("a ", TextFault::SpaceAround),
        ("\u{a0}a", TextFault::SpaceAround),
        ("a\u{3000}", TextFault::SpaceAround),
        ("a\u{2003}", TextFault::SpaceAround),
    ] {
        assert_eq!(line(text), Err(fault), "{text:?}");
    }
}

#[test]
fn a_text_may_have_line_breaks_and_tabs_and_its_breaks_are_one_character() {
    for (text, expected) in
        [("a\nb", "a\nb"), ("a\r\nb", "a\nb"), ("a\rb\r", "a\nb\n"), ("a\tb", "a\tb"), (" a\n ", " a\n ")]
    {
        assert_eq!(lines(text), Ok(expected.to_owned()), "{text:?}");
    }
    // Nine characters, whichever line breaks were sent.
    assert_eq!(lines("12\r\n45\r\n789").map(|text| text.len()), Ok(9));
    for (text, fault) in [
        ("a\u{b}b", TextFault::ControlInText),
        ("a\u{7}", TextFault::ControlInText),
        ("a\u{85}", TextFault::ControlInText),
        ("a\u{2028}b", TextFault::ControlInText),
        ("a\u{202e}b", TextFault::Invisible),
        (" \u{301}", TextFault::NothingVisible),
    ] {
        assert_eq!(lines(text), Err(fault), "{text:?}");
    }
}

#[test]
fn a_text_says_something() {
    for text in ["", " ", "\t\n ", "\u{a0}", "\u{3000}\u{2003}"] {
        for found in [line(text), lines(text), mark(text)] {
            assert_eq!(found, Err(TextFault::Empty), "{text:?}");
        }
    }
    for text in [
        "\u{3164}",
        "\u{115f}\u{1160}",
        "\u{ffa0}",
        "\u{2800}",
        "\u{34f}",
        "\u{301}",
        "\u{488}",
        "\u{3164} \u{301}",
        "\u{2065}",
        "\u{fff0}",
    ] {
        for found in [line(text), lines(text), mark(text)] {
            assert_eq!(found, Err(TextFault::NothingVisible), "{text:?}");
        }
    }
    assert_eq!(line("\u{3164}a"), Ok("\u{3164}a".to_owned()));
}

#[test]
fn a_joiner_stands_between_emoji() {
    for text in
        [FAMILY, "👩🏽\u{200d}🚀", "❤\u{fe0f}\u{200d}🔥", "🏳\u{fe0f}\u{200d}🌈", "👨\u{200d}🦰", "🧑🏿\u{200d}⚕\u{fe0f}!"]
    {
        assert_eq!(line(text), Ok(text.to_owned()), "{text:?}");
        assert_eq!(mark(text), Err(TextFault::Sequence), "{text:?}");
    }
    for text in [
        "a\u{200d}b",
        "\u{200d}",
        "👩\u{200d}",
        "\u{200d}👩",
        "👩\u{200d}a",
        "a\u{200d}👩",
        "👩\u{200d}\u{200d}👩",
        "👩 \u{200d}👩",
        "1\u{200d}2",
        "🇨\u{200d}🇳",
        "👩\u{200d}🏽",
        "क\u{94d}\u{200d}ष",
    ] {
        assert_eq!(line(text), Err(TextFault::StrayJoiner), "{text:?}");
    }
}

#[test]
fn a_variation_selector_follows_what_it_varies() {
    for text in ["☺\u{fe0f}", "1\u{fe0f}\u{20e3}", "葛\u{e0100}城", "👩🏽\u{fe0f}", "ᠠ\u{180b}"] {
        assert_eq!(line(text), Ok(text.to_owned()), "{text:?}");
        assert_eq!(mark(text), Err(TextFault::Sequence), "{text:?}");
    }
    for text in ["\u{fe0f}a", "a \u{fe0f}", "a\u{fe0f}\u{fe0f}", "\u{e0100}", "a\u{334}\u{fe0f}", "\u{3164}\u{fe0f}a"] {
        assert_eq!(line(text), Err(TextFault::StraySelector), "{text:?}");
    }
}

#[test]
fn a_text_is_in_nfc_and_its_length_is_counted_there() {
    assert_eq!(line("Zoe\u{308}"), Ok("Zoë".to_owned()));
    assert_eq!(line("\u{212b}"), Ok("Å".to_owned()));
    assert_eq!(mark("\u{1112}\u{1161}\u{11ab}"), Ok("한".to_owned()));
    assert_eq!(line(&"e\u{308}".repeat(9)), Ok("ë".repeat(9)));
    assert_eq!(line(&"ë".repeat(10)), Err(TextFault::TooLong { max: 9 }));
    // This text becomes longer: NFC never composes it.
    assert_eq!(line(&"\u{958}".repeat(5)), Err(TextFault::TooLong { max: 9 }));
}

#[test]
fn a_code_is_plain() {
    for (given, fault) in [
        ("sales-1.a_b", None),
        ("7", None),
        ("", Some(TextFault::Empty)),
        ("-a", Some(TextFault::NotACode)),
        ("a b", Some(TextFault::NotACode)),
        ("销售", Some(TextFault::NotACode)),
        ("ａ", Some(TextFault::NotACode)),
        (&"a".repeat(65), Some(TextFault::TooLong { max: 64 })),
    ] {
        assert_eq!(Code::<64>::parse(given).err(), fault, "{given:?}");
    }
}

#[test]
fn the_marks_of_other_systems_are_compared_in_their_narrow_form() {
    for (text, expected) in [
        ("Ｅ－１０２４", Ok("E-1024")),
        ("E\u{3000}1", Ok("E 1")),
        ("E\u{a0}1", Ok("E 1")),
        ("e\u{301}1", Ok("\u{e9}1")),
        ("\u{3000}E1", Err(TextFault::SpaceAround)),
        ("E1\u{a0}", Err(TextFault::SpaceAround)),
        ("E\u{200b}1", Err(TextFault::Invisible)),
        ("\u{feff}E1", Err(TextFault::Invisible)),
        ("\u{202e}E1", Err(TextFault::Invisible)),
        ("'00123", Err(TextFault::SpreadsheetSign)),
        ("=\"00123\"", Err(TextFault::SpreadsheetSign)),
        ("＇00123", Err(TextFault::SpreadsheetSign)),
    ] {
        assert_eq!(EmployeeNumber::parse(text).as_deref().map_err(|fault| *fault), expected, "{text:?}");
    }
    for (cell, text) in [("'00123", "00123"), ("=\"00123\"", "00123"), ("00123", "00123"), ("'", "'")] {
        assert_eq!(Identifying::in_cell(cell), text);
    }
    assert_eq!(MailAddress::parse("Ｐan.Juanwen@Example.com").unwrap(), *"pan.juanwen@example.com");
}

#[test]
fn a_mail_address_is_a_mark() {
    for (given, fault) in [
        ("wang.fang@example.com", None),
        ("a@例子.中国", None),
        ("nobody", Some(TextFault::NotAMailAddress)),
        ("a@", Some(TextFault::TooShort { min: 3 })),
        ("a@exa\u{ad}mple.com", Some(TextFault::Invisible)),
        ("a@ex\u{200d}ample.com", Some(TextFault::Sequence)),
        ("a@\n[127.0.0.1]", Some(TextFault::ControlInLine)),
        (" a@example.com", Some(TextFault::SpaceAround)),
    ] {
        assert_eq!(MailAddress::parse(given).err(), fault, "{given:?}");
    }
}

#[test]
fn everything_that_is_wrong_with_a_text_is_found_and_has_its_words() {
    let mut faults = Faults::default();
    faults.check_text("/a", Line::<3>::faults_of("abc\n"));
    let found: Vec<_> = faults.into_vec().into_iter().map(|fault| (fault.code, fault.detail(Language::En))).collect();
    let expected = [
        (FaultCode::TooLong, "must have at most 3 characters".to_owned()),
        (FaultCode::BadFormat, "must be one line of text without control characters".to_owned()),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_request_is_read_whole_and_then_validated() {
    #[derive(Debug, Deserialize, Validate)]
    struct Request {
        #[validate(nested)]
        name: Line<3>,
        #[validate(nested)]
        note: Option<Text<3>>,
        #[validate(nested)]
        codes: Vec<Code>,
    }
    let read = |body: Value| serde_json::from_value::<Request>(body).unwrap();
    let sound = read(json!({"name": "e\u{308}", "note": null, "codes": ["a"]}));
    assert_eq!((sound.validate(), &*sound.name, sound.note), (Ok(()), "ë", None));
    let errors = read(json!({"name": "abcd ", "note": "", "codes": ["a", "-"]})).validate().unwrap_err();
    let mut members: Vec<_> = errors.errors().keys().collect();
    members.sort_unstable();
    assert_eq!(members, ["codes", "name", "note"]);
}

#[test]
fn the_name_of_a_schema_leads_to_it() {
    let name = <Mark<64> as ToSchema>::name();
    let RefOr::T(Schema::Object(schema)) = Mark::<64>::schema() else { panic!("a schema of its own") };
    assert!(schema_of(&name) == Some(schema));
    for name in ["Money", "Line", "Line.1", "Money.1.2"] {
        assert!(schema_of(name).is_none(), "{name}");
    }
}

fn validator<T: PartialSchema>() -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::to_value(T::schema()).unwrap()).unwrap()
}

/// The pattern is as strict as it can be: it refuses every character that the service refuses, if one code unit decides it.
#[test]
fn the_contract_refuses_the_characters_that_the_service_refuses() {
    let (line, text, mark) = (validator::<Line<9>>(), validator::<Text<9>>(), validator::<Mark<9>>());
    for c in (0..=0xffff).filter_map(char::from_u32) {
        let between = format!("a{c}b");
        let says = |validator: &jsonschema::Validator| validator.is_valid(&json!(between));
        let is_sequence = matches!(c, '\u{200d}');
        assert_eq!(says(&line), Line::<9>::parse(&between).is_ok() || is_sequence, "U+{:04X} in a line", u32::from(c));
        assert_eq!(says(&text), Text::<9>::parse(&between).is_ok() || is_sequence, "U+{:04X} in a text", u32::from(c));
        assert_eq!(says(&mark), Mark::<9>::parse(&between).is_ok(), "U+{:04X} in a mark", u32::from(c));
        for around in [format!("{c}a"), format!("a{c}")] {
            if Line::<9>::parse(&around).is_err() {
                assert!(!line.is_valid(&json!(around)), "U+{:04X} around a line", u32::from(c));
            }
        }
    }
}

fn characters() -> impl Strategy<Value = char> {
    let interesting = "a1# \t\n\r\u{0}\u{85}\u{a0}\u{ad}\u{301}\u{308}\u{334}\u{34f}e\u{958}\u{1112}\u{1161}\u{11ab}\u{180b}\u{200b}\
                       \u{200d}\u{200d}\u{202e}\u{2028}\u{2800}\u{3000}\u{3164}\u{fdd0}\u{fe0f}\u{fe0f}\u{feff}\u{fffe}\u{e0100}\
                       👩👧🏽❤🇨😀王";
    prop_oneof![4 => prop::sample::select(interesting.chars().collect::<Vec<_>>()), 1 => any::<char>()]
}

fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(characters(), 0..12).prop_map(String::from_iter)
}

/// Properties that hold for every type of text.
fn check_form<F: Form + PartialEq>(text: &str, pattern: &jsonschema::Validator) -> Result<(), TestCaseError> {
    let found = Clean::<F, 1, 9>::parse(text).ok();
    // Equivalent texts are the same text, or have the same fault.
    prop_assert_eq!(&found, &Clean::<F, 1, 9>::parse(text.nfd().collect::<String>()).ok());
    let Some(clean) = found else { return Ok(()) };
    prop_assert!(Clean::<F, 1, 9>::parse(clean.as_str()).as_ref() == Ok(&clean));
    let refused = ['\r', '\0', '\u{202e}', '\u{200b}'];
    prop_assert!((1..=9).contains(&clean.chars().count()));
    prop_assert!(unicode_normalization::is_nfc(&clean) && !clean.contains(refused));
    prop_assert!(pattern.is_valid(&json!(clean.as_str())), "the pattern takes {:?}", clean);
    Ok(())
}

#[test]
fn every_clean_text_is_normal_and_has_its_pattern() {
    let (line, text, mark) = (validator::<Line<9>>(), validator::<Text<9>>(), validator::<Mark<9>>());
    proptest!(ProptestConfig::with_cases(4_000), |(given in texts())| {
        check_form::<OneLine>(&given, &line)?;
        check_form::<SeveralLines>(&given, &text)?;
        check_form::<Marking>(&given, &mark)?;
        // A mark is a line, and a line is a text.
        if let Ok(mark) = Mark::<9>::parse(given.as_str()) {
            prop_assert!(Line::<9>::parse(mark.as_str()).is_ok());
        }
        if let Ok(line) = Line::<9>::parse(given.as_str()) {
            prop_assert!(Text::<9>::parse(line.as_str()).is_ok());
        }
    });
}

"""What the service takes as clean text. A pattern cannot say all of it, so that a generator breaks some of its rules."""

import unicodedata

# Nothing composes with it.
STAND_IN = "0"
UNCLEAN = {"Cf", "Zl", "Zp", "Cs", "Co", "Cn"}
UNSEEN = {0x034F, 0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0}


def is_unclean(character):
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0:
        # Line breaks and tabs are where a pattern allows them.
        return character not in "\t\n"
    is_selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or 0x180B <= code <= 0x180F
    return unicodedata.category(character) in UNCLEAN or code in UNSEEN or is_selector


def is_visible(character):
    return not character.isspace() and not unicodedata.category(character).startswith(("M", "C", "Z"))


def clean(text):
    """The text with a stand-in for every character that makes it unclean; never longer than it was."""
    if text.isascii() and text.isprintable() and text == text.strip():
        return text
    cleaned = unicodedata.normalize("NFC", "".join(STAND_IN if is_unclean(one) else one for one in text))[: len(text)]
    for at in (0, -1):
        if cleaned and (cleaned[at].isspace() or unicodedata.combining(cleaned[at]) and at == 0):
            cleaned = STAND_IN + cleaned[1:] if at == 0 else cleaned[:-1] + STAND_IN
    if cleaned and not any(map(is_visible, cleaned)):
        cleaned = STAND_IN + cleaned[1:]
    return unicodedata.normalize("NFC", cleaned)

"""What the service takes as clean text. A pattern cannot say all of it, so that a generator breaks some of its rules.

The service decides it in `src/kernel/text/clean.rs`. Here, whatever may be unclean is replaced, be it clean in some place.
"""

import unicodedata

# Nothing composes with it.
STAND_IN = "0"
UNCLEAN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
# They take room at most, or choose between glyphs.
UNSEEN = {0x034F, 0x115F, 0x1160, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0, 0x1D159}
SELECTORS = [range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)]


def clean(text):
    """The text with a stand-in for every character that may make it unclean; never longer than it was."""
    if text.isascii() and text.isprintable() and text == text.strip():
        return text
    composed = unicodedata.normalize("NFC", "".join(STAND_IN if is_unclean(one) else one for one in text))
    characters = list(composed[: len(text)])
    if characters:
        for at in (0, -1):
            if not is_visible(characters[at]) and not (at == -1 and is_mark(characters[at])):
                characters[at] = STAND_IN
    return unicodedata.normalize("NFC", "".join(characters))


def is_unclean(character):
    code = ord(character)
    if character in "\t\n":
        # Only a pattern of several lines lets them through.
        return False
    return unicodedata.category(character) in UNCLEAN or code in UNSEEN or any(code in one for one in SELECTORS)


def is_mark(character):
    return unicodedata.category(character).startswith("M")


def is_visible(character):
    return not character.isspace() and not is_mark(character)

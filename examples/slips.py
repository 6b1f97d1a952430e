"""Slips: how people type a code that is printed before them."""

FULL_WIDTH_OFFSET = 0xFEE0


def lower_case(code: str) -> str:
    return code.lower()


def blanks(code: str) -> str:
    return f" {code.replace('-', ' ')} "


def in_one(code: str) -> str:
    return code.replace("-", "")


def letters_for_digits(code: str) -> str:
    return code.replace("0", "O").replace("1", "l")


def digits_for_letters(code: str) -> str:
    return code.translate(str.maketrans("OoIiLl", "001111"))


def full_width(code: str) -> str:
    """Type on a keyboard that is set to Japanese."""
    return "".join(chr(ord(character) + FULL_WIDTH_OFFSET) for character in code)


SLIPS = {
    "in lower case": lower_case,
    "with blanks": blanks,
    "in one": in_one,
    "O for 0, l for 1": letters_for_digits,
    "in full width": full_width,
}
"""What every code forgives. Reading letters as the digits they look like is for codes that hold such letters."""

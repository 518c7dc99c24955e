"""The unified social credit code 统一社会信用代码 of Chinese organisations, as GB 32100-2015 defines it.

18 characters out of 31 (digits and capital letters without I, O, S, V, Z); the last one is a check character: with Ci the value of
character i and the weight Wi = 3^(i-1) mod 31, its value is 31 - (sum of Ci·Wi over the first 17) mod 31, 31 being 0.
"""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
_MODULUS = 31
_WEIGHTS = tuple(pow(3, i, _MODULUS) for i in range(LENGTH - 1))


def normalize(text: str) -> str:
    """Capital letters, without white space."""
    return "".join(text.split()).upper()


def check_character(first: str) -> str:
    """The check character for the first 17 characters. Raises ValueError for anything that cannot stand in a code."""
    if len(first) != LENGTH - 1:
        raise ValueError("the check character is made of the first 17 characters")
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(first, _WEIGHTS, strict=True))
    return ALPHABET[-total % _MODULUS]


def is_valid(code: str) -> bool:
    """Whether the (normalised) code has 18 permitted characters and the right check character."""
    if len(code) != LENGTH or any(character not in ALPHABET for character in code):
        return False
    return check_character(code[:-1]) == code[-1]

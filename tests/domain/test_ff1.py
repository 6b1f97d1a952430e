"""FF1: NIST's samples, a transcription of the standard, and the vectorised form."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from hypothesis import given, settings
from hypothesis import strategies as st

from couponry.domain.errors import InvalidValue
from couponry.domain.ff1 import FF1, HalvesCipher

NIST_KEY = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94")
NUMERALS = "0123456789abcdefghijklmnopqrstuvwxyz"
KEYS = st.binary(min_size=16, max_size=16) | st.binary(min_size=24, max_size=24) | st.binary(min_size=32, max_size=32)
HALVES_SHAPES = [
    (2, 20),
    (2, 63),
    (2, 64),
    (3, 13),
    (3, 40),
    (10, 6),
    (10, 7),
    (10, 17),
    (10, 18),
    (32, 4),
    (32, 12),
]
HALVES_SHAPES += [(36, 11), (36, 12), (1000, 2), (65536, 3), (65536, 4)]


@pytest.mark.parametrize(
    ("key_bytes", "radix", "tweak", "plain", "expected"),
    [
        (16, 10, "", "0123456789", "2433477484"),
        (16, 10, "39383736353433323130", "0123456789", "6124200773"),
        (16, 36, "3737373770717273373737", "0123456789abcdefghi", "a9tv40mll9kdu509eum"),
        (24, 10, "", "0123456789", "2830668132"),
        (24, 10, "39383736353433323130", "0123456789", "2496655549"),
        (24, 36, "3737373770717273373737", "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"),
        (32, 10, "", "0123456789", "6657667009"),
        (32, 10, "39383736353433323130", "0123456789", "1001623463"),
        (32, 36, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
    ],
)
def test_nist_samples(key_bytes: int, radix: int, tweak: str, plain: str, expected: str) -> None:
    """NIST's nine FF1 samples encrypt and decrypt as published."""
    cipher = FF1(NIST_KEY[:key_bytes], radix, len(plain), bytes.fromhex(tweak))
    encrypted = cipher.encrypt([NUMERALS.index(numeral) for numeral in plain])
    assert "".join(NUMERALS[numeral] for numeral in encrypted) == expected
    assert "".join(NUMERALS[numeral] for numeral in cipher.decrypt(encrypted)) == plain


@pytest.mark.parametrize(("key_bytes", "expected"), [(16, 2433477484), (24, 2830668132), (32, 6657667009)])
def test_nist_samples_in_halves(key_bytes: int, expected: int) -> None:
    """The samples without a tweak come out of the quick form too, one by one and vectorised."""
    cipher = HalvesCipher(NIST_KEY[:key_bytes], 10, 10)
    assert cipher.encrypt(1234, 56789) == divmod(expected, 10**5)
    lefts, rights = cipher.encrypt_many(*cipher.split(np.array([123456789], np.uint64)))
    assert cipher.join(lefts, rights).tolist() == [expected]


def transcribed(key: bytes, radix: int, tweak: bytes, plain: list[int]) -> list[int]:
    """Algorithm 7 of SP 800-38G, step by step, with exact integers in place of its logarithms."""

    def num(numerals: list[int]) -> int:
        return sum(numeral * radix**place for place, numeral in enumerate(reversed(numerals)))

    n, t = len(plain), len(tweak)
    u, v = n // 2, n - n // 2
    a, b_half = plain[:u], plain[u:]
    b = next(count for count in range(10_000) if 256**count >= radix**v)
    d = 4 * -(-b // 4) + 4
    p = b"\1\2\1" + radix.to_bytes(3, "big") + bytes([10, u % 256]) + n.to_bytes(4, "big") + t.to_bytes(4, "big")
    for i in range(10):
        q = tweak + bytes((-t - b - 1) % 16) + bytes([i]) + num(b_half).to_bytes(b, "big")
        r = Cipher(AES(key), CBC(bytes(16))).encryptor().update(p + q)[-16:]
        s = r
        for j in range(1, -(-d // 16)):
            block = bytes(x ^ y for x, y in zip(r, j.to_bytes(16, "big"), strict=True))
            s += Cipher(AES(key), ECB()).encryptor().update(block)  # noqa: S305
        m = u if i % 2 == 0 else v
        c = (num(a) + int.from_bytes(s[:d], "big")) % radix**m
        a, b_half = b_half, [c // radix**place % radix for place in reversed(range(m))]
    return a + b_half


@settings(deadline=None)
@given(st.data(), KEYS, st.integers(2, 65536), st.binary(max_size=40))
def test_any_radix_length_and_tweak(data: st.DataObject, key: bytes, radix: int, tweak: bytes) -> None:
    """For any radix, length and tweak the cipher equals a transcription of the standard and undoes itself."""
    shortest = next(length for length in range(2, 21) if radix**length >= 10**6)
    length = data.draw(st.integers(shortest, shortest + 60))
    plain = data.draw(st.lists(st.integers(0, radix - 1), min_size=length, max_size=length))
    cipher = FF1(key, radix, length, tweak)
    encrypted = cipher.encrypt(plain)
    assert encrypted == transcribed(key, radix, tweak, plain)
    assert cipher.decrypt(encrypted) == plain


@settings(deadline=None)
@given(st.data(), KEYS, st.sampled_from(HALVES_SHAPES))
def test_halves_equal_the_standard(data: st.DataObject, key: bytes, shape: tuple[int, int]) -> None:
    """The quick scalar form and the vectorised form both equal FF1, both ways."""
    radix, length = shape
    limit = radix**length - 1
    numbers = data.draw(st.lists(st.integers(0, limit) | st.sampled_from([0, limit]), max_size=20))
    full, halves = FF1(key, radix, length), HalvesCipher(key, radix, length)
    pairs = [divmod(number, halves.right_size) for number in numbers]
    expected = [
        full.encrypt([number // radix**place % radix for place in reversed(range(length))]) for number in numbers
    ]
    encrypted = [halves.encrypt(*pair) for pair in pairs]
    joined = [left * halves.right_size + right for left, right in encrypted]
    assert joined == [sum(numeral * radix**place for place, numeral in enumerate(text[::-1])) for text in expected]
    assert [halves.decrypt(*pair) for pair in encrypted] == pairs
    many = np.array(numbers, np.uint64)
    vectorised = halves.encrypt_many(*halves.split(many))
    assert halves.join(*vectorised).tolist() == joined
    assert halves.join(*halves.decrypt_many(*vectorised)).tolist() == numbers
    assert many.tolist() == numbers


def test_whole_domain_is_permuted() -> None:
    """Over a whole domain every text comes out exactly once."""
    cipher = HalvesCipher(NIST_KEY, 10, 6)
    encrypted = cipher.join(*cipher.encrypt_many(*cipher.split(np.arange(10**6, dtype=np.uint64))))
    assert np.array_equal(np.sort(encrypted), np.arange(10**6, dtype=np.uint64))


def test_threads_may_share_a_cipher() -> None:
    """Many threads on one cipher get what one thread gets."""
    cipher = HalvesCipher(NIST_KEY, 32, 12)
    numbers = np.arange(50_000, dtype=np.uint64)
    expected = cipher.join(*cipher.encrypt_many(*cipher.split(numbers)))

    def run(turn: int) -> bool:
        many = cipher.join(*cipher.encrypt_many(*cipher.split(numbers)))
        one = [cipher.encrypt(0, number) for number in range(turn, turn + 500)]
        alone = [left * cipher.right_size + right for left, right in one]
        return np.array_equal(many, expected) and alone == expected[turn : turn + 500].tolist()

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(run, range(32)))


@pytest.mark.parametrize(
    ("key_bytes", "radix", "length", "code"),
    [
        (16, 10, 5, "space_too_small"),
        (16, 65536, 1, "space_too_small"),
        (16, 1, 99, "radix_invalid"),
        (16, 65537, 3, "radix_invalid"),
        (15, 10, 6, "key_invalid"),
        (0, 10, 6, "key_invalid"),
    ],
)
def test_bad_parameters_are_refused(key_bytes: int, radix: int, length: int, code: str) -> None:
    """A domain below a million, a foreign radix or a key of another length is refused."""
    for kind in (FF1, HalvesCipher):
        with pytest.raises(InvalidValue) as refusal:
            kind(bytes(key_bytes), radix, length)
        assert refusal.value.code == code


@pytest.mark.parametrize(("radix", "length"), [(10, 19), (32, 13), (36, 13), (2, 65)])
def test_halves_over_32_bits_are_refused(radix: int, length: int) -> None:
    """The quick form says where its range ends."""
    with pytest.raises(InvalidValue) as refusal:
        HalvesCipher(NIST_KEY, radix, length)
    assert refusal.value.code == "space_too_large"


@pytest.mark.parametrize("numerals", [[], [0] * 9, [0] * 11, [10] + [0] * 9, [-1] + [0] * 9])
def test_foreign_numerals_are_refused(numerals: list[int]) -> None:
    """A text of another length, or with a numeral outside the radix, is refused."""
    cipher = FF1(NIST_KEY, 10, 10)
    for direction in (cipher.encrypt, cipher.decrypt):
        with pytest.raises(InvalidValue) as refusal:
            direction(numerals)
        assert refusal.value.code == "numerals_invalid"

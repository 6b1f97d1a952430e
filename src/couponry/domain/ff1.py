"""FF1 format-preserving encryption (NIST SP 800-38G): a keyed permutation of numerals.

`FF1` is the standard in full. `HalvesCipher` is the same function for an empty tweak and halves of at
most 32 bits, where one round is one AES block: quick one by one, and many at once in NumPy.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from couponry.domain.errors import InvalidValue

MIN_DOMAIN: Final = 10**6
"""The smallest number of texts FF1 may permute (SP 800-38G Rev. 1)."""
MAX_HALF: Final = 2**32
"""The most values the longer half of a `HalvesCipher` may have."""
MIN_RADIX: Final = 2
MAX_RADIX: Final = 2**16
MIN_LENGTH: Final = 2
ROUNDS: Final = 10
BLOCK_BYTES: Final = 16

Numbers = npt.NDArray[np.uint64]


class BlockCipher(threading.local):
    """AES on single blocks, with one encryptor per thread: no lock, and no state shared by threads.

    `threading.local` runs `__init__` again in each thread that touches the object.
    """

    def __init__(self, key: bytes) -> None:
        """Take a key of 16, 24 or 32 bytes; raise InvalidValue("key_invalid") for any other length."""
        super().__init__()
        if len(key) not in {16, 24, 32}:
            raise InvalidValue("key_invalid", "an AES key has 16, 24 or 32 bytes", length=len(key))
        # ECB of independent blocks is the raw block function, which FF1 is built from.
        encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305
        self.encrypt = encryptor.update
        self._encrypt_into = encryptor.update_into

    def leading_numbers(self, blocks: Numbers, answer: npt.NDArray[np.uint8]) -> Numbers:
        """Encrypt many blocks and read the first 8 bytes of each as a number.

        Args:
            blocks: shape (n, 2), the bytes of n blocks in memory order.
            answer: shape (16 n + 15,), room to write to.

        Returns:
            shape (n,), a new array.
        """
        if len(blocks) == 0:
            return np.empty(0, np.uint64)
        self._encrypt_into(blocks.data.cast("B"), answer.data)
        first_words = answer[: BLOCK_BYTES * len(blocks)].view(np.uint64)[::2]
        return first_words.byteswap() if np.little_endian else first_words.copy()


class FF1:
    """FF1 for one key, radix, length and tweak, on lists of numerals.

    Source: NIST SP 800-38G, algorithms 7 (encrypt) and 8 (decrypt).
    """

    def __init__(self, key: bytes, radix: int, length: int, tweak: bytes = b"") -> None:
        """Prepare the cipher.

        Args:
            key: an AES key of 16, 24 or 32 bytes.
            radix: values of a numeral, 2 to 65,536.
            length: numerals in a text, 2 or more.
            tweak: any bytes.

        Raises:
            InvalidValue: `key_invalid`, `radix_invalid`, or `space_too_small` where
            radix ** length is below 1,000,000.
        """
        _refuse_parameters(radix, length)
        self._cipher = BlockCipher(key)
        self._radix, self._length = radix, length
        self._left_length = length // 2
        right_length = length - self._left_length
        self._number_bytes = ((radix**right_length - 1).bit_length() + 7) // 8
        self._round_bytes = 4 * ((self._number_bytes + 3) // 4) + 4
        self._moduli = (radix**self._left_length, radix**right_length)
        self._start = (
            bytes((1, 2, 1))
            + radix.to_bytes(3, "big")
            + bytes((ROUNDS, self._left_length % 256))
            + length.to_bytes(4, "big")
            + len(tweak).to_bytes(4, "big")
        )
        self._tweak = tweak + bytes((-len(tweak) - self._number_bytes - 1) % BLOCK_BYTES)

    def encrypt(self, numerals: Sequence[int]) -> list[int]:
        """Encrypt `length` numerals of 0 to radix - 1; raise InvalidValue("numerals_invalid") for others."""
        left, right = self._halves(numerals)
        for turn in range(ROUNDS):
            modulus = self._moduli[turn % 2]
            left, right = right, (left + self._round_number(turn, right)) % modulus
        return self._numerals(left, right)

    def decrypt(self, numerals: Sequence[int]) -> list[int]:
        """Undo `encrypt`; the same arguments, returns and raises."""
        left, right = self._halves(numerals)
        for turn in reversed(range(ROUNDS)):
            modulus = self._moduli[turn % 2]
            left, right = (right - self._round_number(turn, left)) % modulus, left
        return self._numerals(left, right)

    def _round_number(self, turn: int, half: int) -> int:
        """Return y of steps 6.i to 6.iv: a CBC-MAC of both blocks, stretched by counting."""
        text = self._start + self._tweak + bytes((turn,)) + half.to_bytes(self._number_bytes, "big")
        mac = 0
        for start in range(0, len(text), BLOCK_BYTES):
            mac = self._encrypt_number(mac ^ int.from_bytes(text[start : start + BLOCK_BYTES], "big"))
        stretched = mac.to_bytes(BLOCK_BYTES, "big")
        counter = 1
        while len(stretched) < self._round_bytes:
            stretched += self._encrypt_number(mac ^ counter).to_bytes(BLOCK_BYTES, "big")
            counter += 1
        return int.from_bytes(stretched[: self._round_bytes], "big")

    def _encrypt_number(self, block: int) -> int:
        return int.from_bytes(self._cipher.encrypt(block.to_bytes(BLOCK_BYTES, "big")), "big")

    def _halves(self, numerals: Sequence[int]) -> tuple[int, int]:
        if len(numerals) != self._length or not all(0 <= numeral < self._radix for numeral in numerals):
            raise InvalidValue(
                "numerals_invalid",
                f"a text is {self._length} numerals from 0 to {self._radix - 1}",
                field="numerals",
            )
        left, right = 0, 0
        for numeral in numerals[: self._left_length]:
            left = left * self._radix + numeral
        for numeral in numerals[self._left_length :]:
            right = right * self._radix + numeral
        return left, right

    def _numerals(self, left: int, right: int) -> list[int]:
        backwards: list[int] = []
        for number, count in ((right, self._length - self._left_length), (left, self._left_length)):
            rest = number
            for _ in range(count):
                rest, numeral = divmod(rest, self._radix)
                backwards.append(numeral)
        return backwards[::-1]


class HalvesCipher:
    """FF1 with an empty tweak on numbers below radix ** length, as pairs (left, right) of halves.

    left holds the first length // 2 numerals as a number, right the others. A round is one AES block,
    since the encrypted first block of the standard's MAC depends on the key alone.
    Threads may share an object (see `BlockCipher`).

    Source: NIST SP 800-38G, algorithms 7 and 8, where b <= 4, d = 8 and t = 0.
    """

    def __init__(self, key: bytes, radix: int, length: int) -> None:
        """Prepare the cipher.

        Args:
            key: an AES key of 16, 24 or 32 bytes.
            radix: values of a numeral, 2 to 65,536.
            length: numerals in a text; radix ** ceil(length / 2) is at most 2 ** 32.

        Raises:
            InvalidValue: `key_invalid`, `radix_invalid`, `space_too_small` for fewer than 1,000,000
            texts, or `space_too_large` where a half does not fit 32 bits.
        """
        _refuse_parameters(radix, length)
        left_length = length // 2
        self.left_size = radix**left_length
        self.right_size = radix ** (length - left_length)
        if self.right_size > MAX_HALF:
            raise InvalidValue("space_too_large", "each half of a text must fit 32 bits", radix=radix, length=length)
        self._cipher = BlockCipher(key)
        number_bits = 8 * (((self.right_size - 1).bit_length() + 7) // 8)
        start = (
            bytes((1, 2, 1))
            + radix.to_bytes(3, "big")
            + bytes((ROUNDS, left_length))
            + length.to_bytes(4, "big")
            + bytes(4)
        )
        prefix = int.from_bytes(self._cipher.encrypt(start), "big")
        sizes = (self.left_size, self.right_size)
        self._rounds = tuple((sizes[turn % 2], prefix ^ turn << number_bits) for turn in range(ROUNDS))
        self._backward_rounds = self._rounds[::-1]

    def encrypt(self, left: int, right: int) -> tuple[int, int]:
        """Encrypt one pair of halves, 0 <= left < left_size and 0 <= right < right_size (not checked)."""
        cipher, number = self._cipher.encrypt, int.from_bytes
        for size, constant in self._rounds:
            block = cipher((constant ^ right).to_bytes(16, "big"))
            left, right = right, (left + number(block[:8], "big")) % size
        return left, right

    def decrypt(self, left: int, right: int) -> tuple[int, int]:
        """Undo `encrypt`; the same arguments and returns."""
        cipher, number = self._cipher.encrypt, int.from_bytes
        for size, constant in self._backward_rounds:
            block = cipher((constant ^ left).to_bytes(16, "big"))
            left, right = (right - number(block[:8], "big")) % size, left
        return left, right

    def encrypt_many(self, lefts: Numbers, rights: Numbers) -> tuple[Numbers, Numbers]:
        """Encrypt many pairs of halves; the memory in use is about 60 bytes a pair.

        Args:
            lefts: shape (n,), in the range of `encrypt` (not checked); not changed.
            rights: the same.

        Returns:
            two arrays of shape (n,).
        """
        room = _Room(len(rights))
        for size, constant in self._rounds:
            added = _remainder(room.round_numbers(self._cipher, constant, rights), size)
            added += lefts
            # Below 2 * size, and unsigned: the smaller of both is the remainder.
            lefts, rights = rights, np.minimum(added, added - np.uint64(size))
        return lefts, rights

    def decrypt_many(self, lefts: Numbers, rights: Numbers) -> tuple[Numbers, Numbers]:
        """Undo `encrypt_many`; the same arguments and returns."""
        room = _Room(len(lefts))
        for size, constant in self._backward_rounds:
            taken = _remainder(room.round_numbers(self._cipher, constant, lefts), size)
            np.subtract(rights, taken, out=taken)
            lefts, rights = np.minimum(taken, taken + np.uint64(size)), lefts
        return lefts, rights

    def split(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """Return the halves of numbers below left_size * right_size."""
        lefts = numbers // np.uint64(self.right_size)
        return lefts, numbers - lefts * np.uint64(self.right_size)

    def join(self, lefts: Numbers, rights: Numbers) -> Numbers:
        """Return the numbers of which these are the halves."""
        return lefts * np.uint64(self.right_size) + rights


class _Room:
    """The blocks of one vectorised call, written to again in each round."""

    def __init__(self, count: int) -> None:
        self._blocks = np.empty((count, 2), np.uint64)
        self._answer = np.empty(BLOCK_BYTES * count + BLOCK_BYTES - 1, np.uint8)
        self._is_fresh = True

    def round_numbers(self, cipher: BlockCipher, constant: int, halves: Numbers) -> Numbers:
        """Return y of one round for each half; the constant's first 8 bytes are the same in all rounds."""
        if self._is_fresh:
            self._blocks[:, 0] = memory_order(np.array([constant >> 64], np.uint64))
            self._is_fresh = False
        second_words = self._blocks[:, 1]
        np.bitwise_xor(memory_order(halves), memory_order(np.array([constant % 2**64], np.uint64)), out=second_words)
        return cipher.leading_numbers(self._blocks, self._answer)


def memory_order(numbers: Numbers) -> Numbers:
    """Return numbers whose bytes lie in memory most significant first, as AES blocks need them."""
    return numbers.byteswap() if np.little_endian else numbers


def _remainder(numbers: Numbers, size: int) -> Numbers:
    """Return numbers modulo size, in place; NumPy's division by one divisor is far quicker than its `%`."""
    if size & (size - 1) == 0:
        numbers &= np.uint64(size - 1)
    else:
        numbers -= numbers // np.uint64(size) * np.uint64(size)
    return numbers


def _refuse_parameters(radix: int, length: int) -> None:
    if not MIN_RADIX <= radix <= MAX_RADIX:
        raise InvalidValue("radix_invalid", f"a radix is {MIN_RADIX} to {MAX_RADIX}", radix=radix)
    if length < MIN_LENGTH or radix**length < MIN_DOMAIN:
        raise InvalidValue(
            "space_too_small",
            f"FF1 needs a space of at least {MIN_DOMAIN} codes",
            radix=radix,
            length=length,
            min=MIN_DOMAIN,
        )

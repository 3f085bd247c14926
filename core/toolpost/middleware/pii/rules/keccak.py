"""Keccak-256 as Ethereum uses it: SHA-3 with the padding of before the standard, which hashlib lacks."""

from __future__ import annotations

MASK = (1 << 64) - 1
RATE = 136
ROTATIONS = (0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14)
TARGETS = tuple(y + 5 * ((2 * x + 3 * y) % 5) for y in range(5) for x in range(5))


def keccak(message: bytes) -> bytes:
    """The 32 bytes of the hash."""
    padded = bytearray(message + bytes(RATE - len(message) % RATE))
    padded[len(message)] ^= 0x01
    padded[-1] ^= 0x80
    state = [0] * 25
    for offset in range(0, len(padded), RATE):
        for lane in range(RATE // 8):
            state[lane] ^= int.from_bytes(padded[offset + 8 * lane : offset + 8 * lane + 8], "little")
        state = _permuted(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _permuted(lanes: list[int]) -> list[int]:
    """Keccak-f[1600] (FIPS 202, section 3.3)."""
    for constant in CONSTANTS:
        parity = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        mixed = [parity[x - 1] ^ _turned(parity[(x + 1) % 5], 1) for x in range(5)]
        moved = [0] * 25
        for place, lane in enumerate(lanes):
            moved[TARGETS[place]] = _turned(lane ^ mixed[place % 5], ROTATIONS[place])
        lanes = [
            moved[place]
            ^ (~moved[place - place % 5 + (place + 1) % 5] & MASK & moved[place - place % 5 + (place + 2) % 5])
            for place in range(25)
        ]
        lanes[0] ^= constant
    return lanes


def _turned(lane: int, by: int) -> int:
    return (lane << by | lane >> 64 - by) & MASK


def _constants() -> tuple[int, ...]:
    """The constants of the 24 rounds, from the shift register of FIPS 202, section 3.2.5."""
    register, constants = 1, []
    for _ in range(24):
        constant = 0
        for power in range(7):
            constant |= (register & 1) << (1 << power) - 1
            register = (register << 1 ^ (0x171 if register & 0x80 else 0)) & 0x1FF
        constants.append(constant)
    return tuple(constants)


CONSTANTS = _constants()

"""Money: a whole number of minor units of an asset."""

from dataclasses import dataclass
from decimal import Decimal

# Decimals of each asset. USDC is the chain token with six decimals, USD the bank's cents.
ASSETS: dict[str, int] = {"USDC": 6, "USD": 2}

# Largest amount that one line or balance may hold: PostgreSQL's bigint.
LARGEST = 2**63 - 1


class NotAnAmount(ValueError):
    """Raised when a text or number is no amount of the asset; says which and why."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """
    An amount of an asset.

    ``minor_units`` is a whole number: 1_000_000 of USDC is one USDC, 100 of USD one dollar.
    Sums of different assets are refused; there is no rounding anywhere in this class.
    """

    minor_units: int
    asset: str

    def __post_init__(self) -> None:
        if self.asset not in ASSETS:
            raise NotAnAmount(f"asset {self.asset!r} is not one of {', '.join(ASSETS)}")
        if type(self.minor_units) is not int:
            raise NotAnAmount(f"{self.minor_units!r} is not a whole number of minor units")
        if abs(self.minor_units) > LARGEST:
            raise NotAnAmount(f"{self.minor_units} does not fit in 63 bits")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor_units + self._same(other), self.asset)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor_units - self._same(other), self.asset)

    def __neg__(self) -> "Money":
        return Money(-self.minor_units, self.asset)

    def _same(self, other: "Money") -> int:
        if other.asset != self.asset:
            raise NotAnAmount(f"{self.asset} and {other.asset} do not add up")
        return other.minor_units

    @property
    def decimals(self) -> int:
        """Give the number of decimals of the asset."""
        return ASSETS[self.asset]

    @property
    def decimal(self) -> Decimal:
        """Give the amount in whole units, exactly."""
        return Decimal(self.minor_units).scaleb(-ASSETS[self.asset])

    def __str__(self) -> str:
        return f"{shown(self.minor_units, self.asset)} {self.asset}"


def parse(text: str | Decimal, asset: str) -> Money:
    """
    Read an amount such as ``"1250.50"`` of an asset, exactly.

    :raises NotAnAmount: if it is no finite decimal, or has more decimals than the asset
    """
    try:
        value = Decimal(text)
    except ArithmeticError:
        raise NotAnAmount(f"{text!r} is not a decimal number") from None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 19:
        raise NotAnAmount(f"{text!r} is not a finite amount below 10^19")
    units = value.scaleb(ASSETS[asset])
    if units != units.to_integral_value():
        raise NotAnAmount(f"{text} has more than the {ASSETS[asset]} decimals of {asset}")
    return Money(int(units), asset)


def from_cents(cents: int, asset: str) -> Money:
    """Give the money that a whole number of hundredths is; awards and dues are such numbers."""
    return Money(cents * 10 ** (ASSETS[asset] - 2), asset)


def in_cents(minor_units: int, asset: str) -> int:
    """
    Give an amount in whole hundredths, rounded down: authority goes by these.

    >>> in_cents(1_999_999, "USDC")
    199
    """
    return minor_units * 100 // int(10 ** ASSETS[asset])


def shown(minor_units: int, asset: str) -> str:
    """
    Write an amount for people: thousands grouped, at least two decimals, never rounded.

    >>> shown(1_234_500_000, "USDC")
    '1,234.50'
    >>> shown(-1, "USDC")
    '-0.000001'
    """
    decimals = ASSETS[asset]
    whole, rest = divmod(abs(minor_units), 10**decimals)
    digits = f"{rest:0{decimals}d}".rstrip("0").ljust(2, "0")
    return f"{'-' if minor_units < 0 else ''}{whole:,}.{digits}"

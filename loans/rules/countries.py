"""Countries by ISO 3166: codes of two letters with their names, as the time zone data has them."""

from importlib.resources import files


def _read() -> dict[str, str]:
    text = (files("tzdata.zoneinfo") / "iso3166.tab").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    parts = [line.partition("\t") for line in lines]
    return {code: name for code, _, name in parts}


COUNTRIES: dict[str, str] = _read()

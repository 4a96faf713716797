"""The credit policy that the programme begins with, as a document. Later ones are in the table."""

from typing import Any

# Amounts are of the pool's asset, probabilities and losses are fractions.
START: dict[str, Any] = {
    "scorecard": {
        "factors": [
            {
                "ratio": "equity_ratio",
                "steps": [
                    {"bound": "0.40", "points": 30},
                    {"bound": "0.25", "points": 20},
                    {"bound": "0.10", "points": 10},
                ],
            },
            {
                "ratio": "interest_cover",
                "steps": [
                    {"bound": "4", "points": 25},
                    {"bound": "2", "points": 15},
                    {"bound": "1.2", "points": 8},
                ],
            },
            {
                "ratio": "cash_runway_months",
                "steps": [
                    {"bound": "12", "points": 20},
                    {"bound": "6", "points": 14},
                    {"bound": "3", "points": 7},
                ],
            },
            {
                # What the programme exists for: it must be there, and be evidenced.
                "ratio": "exchange_exposure_ratio",
                "is_decisive": True,
                "lower_is_better": True,
                "steps": [
                    {"bound": "0.10", "points": 25},
                    {"bound": "0.25", "points": 18},
                    {"bound": "0.50", "points": 8},
                ],
            },
        ],
        "approved_from": 50,
        "declined_below": 35,
    },
    "grades": [
        {"grade": "A", "least": 80, "pd": "0.005", "most_months": 60},
        {"grade": "B", "least": 65, "pd": "0.015", "most_months": 48},
        {"grade": "C", "least": 50, "pd": "0.04", "most_months": 36},
        {"grade": "D", "least": 35, "pd": "0.12", "most_months": 12},
        {"grade": "E", "least": 0, "pd": "0.30", "most_months": 0},
    ],
    "loss": {"unsecured": "0.45", "secured": "0.10"},
    "limits": {"group": "20000000", "sector": "60000000", "affiliation": "30000000"},
    "accounts": {"least": 2, "most_age_days": 200},
}

"""Models to try things with."""

from impl.models.importing.formula import Formula, formula


def credit_risk(bits: int = 22) -> Formula:
    """The chance that a customer will not pay back, by a formula that a bank keeps to itself.

    As in the paper (III.B.1) it combines metrics: debt and repayment over income, arrears, and age
    and years of employment in pieces. Split in three, the first vendor holds the ratios, what they
    weigh, and the curve of income; the second one the curve of arrears, and between which ages one
    counts as young; the third one what age and employment weigh, and the last function. None of
    them holds the formula.
    """
    return formula(
        "logistic("
        "1.7 * debt / income + 2.4 * max(0, 12 * repayment / income - 0.35)"
        " - 0.62 * log(income / 1000) + 0.81 * sqrt(arrears)"
        " + (0.45 if age < 25 else 0.12 if age < 40 else 0)"
        " - 0.08 * min(employed, 10) - 1.1"
        ")",
        ranges={
            "income": (2_000, 500_000),  # a year
            "debt": (0, 1_000_000),
            "repayment": (0, 20_000),  # a month
            "arrears": (0, 60),  # months
            "age": (18, 100),
            "employed": (0, 60),  # years
        },
        decimals={"arrears": 0, "age": 0, "employed": 1},
        bits=bits,
    )

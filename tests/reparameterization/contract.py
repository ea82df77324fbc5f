"""Canonical calls of the tensor functions of dlnotes.reparameterization."""

from tests.reparameterization import cases_estimators, cases_formulas

CASES = [*cases_formulas.CASES, *cases_estimators.CASES]
EXEMPT = {
    "dlnotes.reparameterization.checks": "looks at arguments and computes nothing",
    "dlnotes.reparameterization._rounding": "one difference, used inside of functions "
    "whose own calls are above",
    "dlnotes.reparameterization._samples": "lays out samples inside of the estimators, "
    "whose own calls are above",
}

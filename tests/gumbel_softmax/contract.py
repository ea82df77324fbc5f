"""Canonical calls of the tensor functions of dlnotes.gumbel_softmax."""

from tests.gumbel_softmax import cases_of_noise, cases_of_samples

CASES = [*cases_of_noise.CASES, *cases_of_samples.CASES]
EXEMPT = {
    "dlnotes.gumbel_softmax.checks": "looks at arguments and computes nothing",
}

"""The functions of the note in mpmath, and errors in units of what rounding allows."""

import mpmath
import torch
from mpmath import mpf

from dlnotes.smoothing import activations, argmax, kernels, maximum, means

mpmath.mp.dps = 80


def normal_cdf(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def normal_density(x):
    return mpmath.exp(-(x**2) / 2) / mpmath.sqrt(2 * mpmath.pi)


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def softplus(x):
    return mpmath.log1p(mpmath.exp(-abs(x))) + max(x, 0)


def softmax(x, k):
    weights = [mpmath.exp(k * (z - max(x))) for z in x]
    return [w / sum(weights) for w in weights]


def smooth_max(x, k):
    return max(x) + mpmath.log(sum(mpmath.exp(k * (z - max(x))) for z in x)) / k


def gap(x, k):
    others = sorted(x)[:-1]
    return mpmath.log1p(sum(mpmath.exp(k * (z - max(x))) for z in others)) / k


def hessian(x, k):
    p = softmax(x, k)
    rest = [sum(p) - z for z in p]
    return [
        k * p[i] * (rest[i] if i == j else -p[j])
        for i in range(len(x))
        for j in range(len(x))
    ]


def deviation(x, k):
    p = softmax(x, k)
    mean = sum(i * z for i, z in enumerate(p))
    return mpmath.sqrt(sum((i - mean) ** 2 * z for i, z in enumerate(p)))


def lorentz_floor(x, h):
    q = mpmath.exp(-2 * mpmath.pi * h)
    t = 2 * mpmath.pi * x
    wave = mpmath.atan(q * mpmath.sin(t) / (1 - q * mpmath.cos(t)))
    return x - mpf(1) / 2 + wave / mpmath.pi


def staircase(step):
    """Both sums of the definition, over all steps that leave something in 30 digits."""

    def smooth(x, h):
        reach, near = int(mpmath.ceil(75 * h)) + 2, int(mpmath.floor(x))
        up = sum(step((x - n) / h) for n in range(near + 1, near + reach))
        down = sum(step((n - x) / h) for n in range(near - reach, near + 1))
        return near + up - down

    return smooth


NUMBERS = {
    maximum.smooth_abs: lambda x, k: abs(x) + 2 * (softplus(-k * abs(x)) / k),
    maximum.log_cosh_abs: lambda x, k: abs(x) + softplus(-2 * k * abs(x)) / k,
    activations.swish: lambda x, k: x * sigmoid(k * x),
    activations.erf_abs: lambda x, k: x * mpmath.erf(k * x),
    activations.root_abs: lambda x, k: mpmath.sqrt(x**2 + 1 / k**2),
    kernels.gaussian_kernel: lambda x, h: normal_density(x / h) / h,
    kernels.logistic_kernel: lambda x, h: sigmoid(x / h) * sigmoid(-x / h) / h,
    kernels.lorentz_kernel: lambda x, h: h / mpmath.pi / (x**2 + h**2),
    kernels.gaussian_step: lambda x, h: normal_cdf(x / h),
    kernels.logistic_step: lambda x, h: sigmoid(x / h),
    kernels.lorentz_step: lambda x, h: mpmath.acot(-x / h) / mpmath.pi % 1,
    kernels.gaussian_relu: lambda x, h: (
        x * normal_cdf(x / h) + h * normal_density(x / h)
    ),
    kernels.logistic_relu: lambda x, h: h * softplus(x / h),
}
OF_ROWS = {
    maximum.smooth_max: smooth_max,
    maximum.smooth_max_gap: gap,
    maximum.log_mean_exp: lambda x, k: smooth_max(x, k) - mpmath.log(len(x)) / k,
    maximum.smooth_max_hessian: hessian,
    means.boltzmann_max: lambda x, k: (
        max(x) + sum((z - max(x)) * p for z, p in zip(x, softmax(x, k), strict=True))
    ),
    argmax.soft_onehot: softmax,
    argmax.soft_argmax: lambda x, k: sum(i * p for i, p in enumerate(softmax(x, k))),
    argmax.index_deviation: deviation,
}


def errors(actual, oracle, *arguments):
    """Each error in units of rounding: of the value, and of what the arguments do."""
    limits = torch.finfo(actual.dtype)
    exact = oracle(*arguments)
    exact = exact if isinstance(exact, list) else [exact]
    allowed = [abs(z) for z in exact]
    for i, argument in enumerate(arguments):
        step = abs(argument) * mpf(10) ** -30
        up, down = (
            oracle(*arguments[:i], argument + s * step, *arguments[i + 1 :])
            for s in (1, -1)
        )
        for j in range(len(exact)):
            change = up[j] - down[j] if isinstance(up, list) else up - down
            allowed[j] += abs(change) / 2 * mpf(10) ** 30
    return [
        float(abs(mpf(a) - z) / (mpf(limits.eps) * most + mpf(limits.tiny)))
        for a, z, most in zip(actual.flatten().tolist(), exact, allowed, strict=True)
        if most < limits.max
    ]


def of_row(oracle):
    return lambda *arguments: oracle(list(arguments[:-1]), arguments[-1])


def exactly(tensor):
    return [mpf(z) for z in tensor.tolist()]

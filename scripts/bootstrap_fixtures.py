"""Bootstrap samples of NumPy, from the same draws as org.lm4j.metric.Bootstrap makes."""

import json

from fixture_files import fixture

SAMPLES, SEED, STRATUM = 500, 7, 2
MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mixed(value):
    """The finalizer of SplitMix64."""
    z = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def draws(seed, stratum, units):
    """SplitMix64; the upper 32 bits of each number choose a unit."""
    state = mixed((seed + mixed(stratum)) & MASK)
    while True:
        state = (state + GOLDEN) & MASK
        yield (mixed(state) >> 32) * units >> 32


@fixture("fixtures/bootstrap.json")
def bootstrap(path):
    """Ratios of sums of two systems over 23 blocks, their intervals, and the p of their difference."""
    import numpy

    generator = numpy.random.default_rng(3)
    units = 23
    bits = generator.gamma(9.0, 20.0, (2, units)).round(6)
    bits[1] = (bits[0] * generator.normal(1.015, 0.04, units)).round(6)
    characters = generator.integers(80, 120, units).astype(float)
    source = draws(SEED, STRATUM, units)
    drawn = numpy.array([[next(source) for _ in range(units)] for _ in range(SAMPLES)])
    ratios = bits[:, drawn].sum(axis=2) / characters[drawn].sum(axis=1)
    difference = ratios[1] - ratios[0]
    smaller = min((difference >= 0).sum(), (difference <= 0).sum())
    out = {
        "call": [SAMPLES, SEED, STRATUM],
        "bits": bits.tolist(),
        "characters": characters.tolist(),
        "ratios": ratios[:, :20].tolist(),
        "intervals": [numpy.percentile(row, [2.5, 97.5]).tolist() for row in (*ratios, difference)],
        "p": min(1.0, 2 * (1 + int(smaller)) / (1 + SAMPLES)),
    }
    path.write_text(json.dumps(out, indent=1) + "\n")

"""Writes statistics.json: what SciPy and statsmodels say about the same scores.

    pip install scipy statsmodels
    python test/golden/statistics/make.py

Resamples and splits are enumerated, so that no number depends on chance.
"""

import itertools
import json
import math
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

# Accuracies of five seeds each.
SCORES = {
    "gains": [0.8302, 0.8428, 0.8371, 0.8394, 0.8337],
    "biases": [0.8073, 0.8165, 0.8131, 0.8211, 0.8096],
    "union": [0.8360, 0.8291, 0.8349, 0.8440, 0.8383],
    "near": [0.8310, 0.8405, 0.8322, 0.8391, 0.8288],
    "three": [0.8302, 0.8428, 0.8371],
    "ties": [0.81, 0.82, 0.82, 0.83],
    "tied": [0.80, 0.82, 0.82, 0.82, 0.84],
}
PAIRS = [("gains", "biases"), ("union", "gains"), ("gains", "near"), ("three", "biases"), ("ties", "tied")]
TRIALS = [0.712, 0.803, 0.825, 0.831, 0.779, 0.828, 0.540, 0.818]
# Seeds × rows, right or wrong.
FIRST = [[1, 1, 0, 1], [1, 1, 1, 1], [1, 0, 1, 1]]
SECOND = [[1, 0, 0, 1], [0, 1, 0, 1]]


def digits(x):
    return float(f"{float(x):.13g}")


def spread(x):
    low, high = stats.t.interval(0.95, len(x) - 1, np.mean(x), stats.sem(x))
    return {"n": len(x), "mean": digits(np.mean(x)), "sd": digits(np.std(x, ddof=1)), "low": digits(low), "high": digits(high)}


def welch(a, b):
    test = stats.ttest_ind(a, b, equal_var=False)
    interval = test.confidence_interval(0.95)
    return {
        "difference": digits(np.mean(a) - np.mean(b)),
        "df": digits(test.df),
        "p": digits(test.pvalue),
        "low": digits(interval.low),
        "high": digits(interval.high),
    }


def permutation(a, b):
    """Share of all splits whose |difference of means| is at least that of the scores, which is one of them."""
    pool, n = np.array(a + b), len(a)
    seen = abs(np.mean(a) - np.mean(b))
    splits = hits = 0
    for chosen in itertools.combinations(range(len(pool)), n):
        mask = np.zeros(len(pool), bool)
        mask[list(chosen)] = True
        splits += 1
        hits += abs(pool[mask].mean() - pool[~mask].mean()) >= seen - 1e-12
    return {"splits": splits, "hits": int(hits), "p": digits(hits / splits)}


def two_way(first, second, stretch):
    """Rows resampled for both, seeds for each, all resamples; seeds' deviations stretched by √(n/(n−1)) if asked for."""
    a, b = np.array(first, float), np.array(second, float)
    rows = a.shape[1]

    def means(scores):
        n, whole = len(scores), scores.mean()
        factor = math.sqrt(n / (n - 1)) if stretch else 1
        return [whole + factor * (scores[list(s)].mean() - whole) for s in itertools.product(range(n), repeat=n)]

    out = []
    for drawn in itertools.product(range(rows), repeat=rows):
        of_a, of_b = means(a[:, drawn].mean(1)), means(b[:, drawn].mean(1))
        out += [x - y for x in of_a for y in of_b]
    out = np.sort(out)
    at = lambda q: out[math.ceil(q * len(out) - 1e-9) - 1]
    return {"draws": len(out), "difference": digits(a.mean() - b.mean()), "sd": digits(out.std()), "low": digits(at(0.025)), "high": digits(at(0.975))}


def violation(a, b):
    """∫ (G⁻¹ − F⁻¹)₊² / ∫ (G⁻¹ − F⁻¹)² over the quantile functions' common steps, F of a, G of b."""
    a, b = np.sort(a), np.sort(b)
    cuts = sorted({i / len(a) for i in range(len(a) + 1)} | {i / len(b) for i in range(len(b) + 1)})
    top = bottom = 0.0
    for low, high in zip(cuts, cuts[1:]):
        middle = (low + high) / 2
        gap = b[math.ceil(middle * len(b)) - 1] - a[math.ceil(middle * len(a)) - 1]
        bottom += gap * gap * (high - low)
        top += max(gap, 0) ** 2 * (high - low)
    return digits(top / bottom)


def expected_maximum(values):
    v, count = np.sort(values), len(values)
    i = np.arange(1, count + 1)
    return [digits(np.sum(v * ((i / count) ** n - ((i - 1) / count) ** n))) for n in range(1, count + 1)]


def power(shift, df, level):
    critical = stats.t.isf(level / 2, df)
    # SciPy has no number for the far tail where it is below all numbers.
    return float(stats.nct.sf(critical, df, shift) + np.nan_to_num(stats.nct.cdf(-critical, df, shift)))


def detectable(df, level):
    """Shift of the noncentral t, in standard errors, that a two-sided test at this level finds four times in five."""
    return brentq(lambda shift: power(shift, df, level) - 0.8, 0.5, 8, xtol=1e-12)


def seeds_needed(d, level):
    return next(n for n in range(2, 10000) if power(d * math.sqrt(n / 2), 2 * n - 2, level) >= 0.8)


# One comparison, and one of 45.
ALONE, AMONG = 0.05, 0.05 / 45


golden = {
    "scores": SCORES,
    "spread": {name: spread(x) for name, x in SCORES.items()},
    "pairs": [
        {
            "a": a,
            "b": b,
            "welch": welch(SCORES[a], SCORES[b]),
            "permutation": permutation(SCORES[a], SCORES[b]),
            "better": digits(stats.mannwhitneyu(SCORES[a], SCORES[b]).statistic / (len(SCORES[a]) * len(SCORES[b]))),
            "violation": violation(SCORES[a], SCORES[b]),
        }
        for a, b in PAIRS
    ],
    "holm": [
        {"p": p, "adjusted": [digits(x) for x in multipletests(p, method="holm")[1]]}
        for p in ([0.01, 0.04, 0.03, 0.005], [0.5, 0.02, 0.02, 0.9, 0.4], [0.2], [2 / 252, 2 / 252, 118 / 252])
    ],
    "mcnemar": [
        {"first": b, "second": c, "p": digits(mcnemar([[0, b], [c, 0]], exact=True).pvalue)}
        for b, c in ((6, 1), (58, 35), (30, 30), (0, 12), (700, 820))
    ],
    "twoWay": {"first": FIRST, "second": SECOND, "plain": two_way(FIRST, SECOND, False), "stretched": two_way(FIRST, SECOND, True)},
    "trials": TRIALS,
    "expectedMaximum": expected_maximum(TRIALS),
    "power": [
        {"shift": shift, "df": df, "level": level, "power": digits(power(shift, df, level))}
        for level, cases in (
            (ALONE, ((0.5, 8), (2.0, 1), (3.0, 3.83425453414), (2.2, 1.3), (2.8, 18), (3.1, 58.2), (0, 4))),
            (AMONG, ((4.0, 8), (3.1, 18), (3.5, 58.2))),
        )
        for shift, df in cases
    ],
    "detectable": [
        {"df": df, "level": level, "shift": digits(detectable(df, level))}
        for level, cases in ((ALONE, (2, 3.83425453414, 8, 18, 38, 58, 998)), (AMONG, (8, 18, 58)))
        for df in cases
    ],
    "seeds": [
        {"d": d, "level": level, "n": seeds_needed(d, level)}
        for level, cases in ((ALONE, (3.1, 2.4, 2.0, 1.0, 0.8, 0.5, 0.2)), (AMONG, (3.1, 1.0, 0.5)))
        for d in cases
    ],
}

with open(Path(__file__).with_name("statistics.json"), "w", encoding="utf-8") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")

"""The samplers' reference: each setting's formula stated plainly in numpy, in double precision.

A sampler takes logits (minus infinity = struck out) and gives logits. `cases()` applies the chain a request describes and
records the probabilities that result; `crates/engine/tests/scribe_samplers.rs` must come to the same.
"""

import numpy as np

STRUCK = -np.inf
DEFAULT_ORDER = [6, 0, 1, 3, 4, 2, 5]
# The lowest heat that is computed with.
COLDEST = 1 / 256


def softmax(logits):
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def descending(values):
    return np.argsort(-values, kind="stable")


def repetition_penalty(logits, context, penalty, reach, slope):
    if penalty == 1.0 or len(context) == 0:
        return logits
    recent = context[-reach:] if reach > 0 else context
    strengths = np.full(len(recent), penalty)
    if slope != 0 and reach > 1:
        ramp = np.arange(reach) / (reach - 1) * 2 - 1
        ramp = slope * ramp / (1 + np.abs(ramp) * (slope - 1))
        strengths = (1 + (ramp + 1) / 2 * (penalty - 1))[-len(recent):]
    out = logits.copy()
    for token, strength in zip(recent, strengths):  # the latest occurrence decides
        out[token] = logits[token] * strength if logits[token] <= 0 else logits[token] / strength
    return out


def top_k(logits, k):
    if k <= 0:
        return logits
    out = np.full_like(logits, STRUCK)
    kept = descending(logits)[:k]
    out[kept] = logits[kept]
    return out


def top_a(logits, a):
    if a <= 0:
        return logits
    probabilities = softmax(logits)
    return np.where(probabilities < probabilities.max() ** 2 * a, STRUCK, logits)


def min_p(logits, p):
    if p <= 0:
        return logits
    probabilities = softmax(logits)
    return np.where(probabilities < probabilities.max() * p, STRUCK, logits)


def top_p(logits, p):
    if p >= 1:
        return logits
    out = logits.copy()
    rising = descending(logits)[::-1]
    summed = np.cumsum(softmax(logits)[rising])
    struck = summed <= 1 - p
    struck[-1] = False
    out[rising[struck]] = STRUCK
    return out


def tail_free(logits, tfs):
    alive = int(np.isfinite(logits).sum())
    if tfs >= 1 or alive < 3:
        return logits
    order = descending(logits)[:alive]
    curvature = np.abs(np.diff(np.diff(softmax(logits)[order])))
    if curvature.sum() <= 0:
        return logits
    struck = np.cumsum(curvature / curvature.sum()) > tfs
    # Centred on the cutoff: the likeliest always stays, the very last never does.
    struck = np.concatenate([[False], struck, [True]])
    out = logits.copy()
    out[order[struck]] = STRUCK
    return out


def typical(logits, mass):
    if mass >= 1:
        return logits
    alive = np.flatnonzero(np.isfinite(logits))
    probabilities = softmax(logits)[alive]
    surprise = -np.log(probabilities)
    entropy = (probabilities * surprise).sum()
    order = np.argsort(np.abs(surprise - entropy), kind="stable")
    reached = np.cumsum(probabilities[order]) >= mass
    struck = np.concatenate([[False], reached[:-1]])
    out = logits.copy()
    out[alive[order[struck]]] = STRUCK
    return out


def temperature(logits, heat, spread=0.0, exponent=1.0, smoothing=0.0):
    alive = np.isfinite(logits)
    if alive.sum() < 2:
        return logits
    if spread > 0:
        coolest, hottest = max(heat - spread, 0.0), heat + spread
        probabilities = softmax(logits)[alive]
        probabilities = probabilities[probabilities > 0]
        entropy = -(probabilities * np.log(probabilities)).sum() / np.log(alive.sum())
        heat = coolest + (hottest - coolest) * entropy ** exponent
    elif heat <= 0:
        return top_k(logits, 1)
    out = np.where(alive, logits / max(heat, COLDEST), STRUCK)
    if smoothing > 0:
        top = out.max()
        out[alive] = top - smoothing * (out[alive] - top) ** 2
    return out


def chain(logits, context, s):
    order = s.get("sampler_order", DEFAULT_ORDER)
    order = order if 6 in order else [6] + order
    for stage in order:
        if stage == 0:
            logits = top_k(logits, s.get("top_k", 0))
        elif stage == 1:
            logits = top_a(logits, s.get("top_a", 0.0))
        elif stage == 2:
            logits = min_p(top_p(logits, s.get("top_p", 1.0)), s.get("min_p", 0.0))
        elif stage == 3:
            logits = tail_free(logits, s.get("tfs", 1.0))
        elif stage == 4:
            logits = typical(logits, s.get("typical", 1.0))
        elif stage == 5:
            logits = temperature(logits, s.get("temperature", 1.0), s.get("dynatemp_range", 0.0),
                                 s.get("dynatemp_exponent", 1.0), s.get("smoothing_factor", 0.0))
        elif stage == 6:
            logits = repetition_penalty(logits, context, s.get("rep_pen", 1.0), s.get("rep_pen_range", 0),
                                        s.get("rep_pen_slope", 0.0))
    return logits


SETTINGS = {
    "nothing set": {},
    "cooler": {"temperature": 0.5},
    "hotter": {"temperature": 1.7},
    "zero temperature is greedy": {"temperature": 0.0},
    "top k": {"top_k": 5},
    "top k beyond the vocabulary": {"top_k": 200},
    "top a": {"top_a": 0.3},
    "top p": {"top_p": 0.6},
    "smallest top p keeps one": {"top_p": 0.001},
    "min p": {"min_p": 0.2},
    "tail free": {"tfs": 0.8},
    "tail free at zero": {"tfs": 0.0},
    "typical": {"typical": 0.5},
    "typical wide": {"typical": 0.95},
    "repetition penalty": {"rep_pen": 1.3},
    "repetition penalty near": {"rep_pen": 1.8, "rep_pen_range": 4},
    "repetition penalty sloped": {"rep_pen": 1.8, "rep_pen_range": 16, "rep_pen_slope": 0.7},
    "repetition penalty steep": {"rep_pen": 2.5, "rep_pen_range": 8, "rep_pen_slope": 4.0},
    "dynamic temperature": {"temperature": 1.0, "dynatemp_range": 0.7},
    "dynamic temperature curved": {"temperature": 0.6, "dynatemp_range": 0.9, "dynatemp_exponent": 2.0},
    "smoothing": {"smoothing_factor": 0.4},
    "smoothing and heat": {"smoothing_factor": 1.5, "temperature": 1.4},
    "all at once": {"temperature": 0.8, "top_k": 20, "top_a": 0.05, "top_p": 0.95, "min_p": 0.01, "tfs": 0.97,
                    "typical": 0.98, "rep_pen": 1.15, "rep_pen_range": 12, "rep_pen_slope": 0.9},
    "heat first": {"temperature": 2.0, "top_p": 0.7, "top_k": 8, "sampler_order": [6, 5, 0, 1, 3, 4, 2]},
    "heat last": {"temperature": 2.0, "top_p": 0.7, "top_k": 8, "sampler_order": [6, 0, 1, 3, 4, 2, 5]},
    "penalty last": {"rep_pen": 1.6, "top_k": 6, "sampler_order": [0, 1, 2, 3, 4, 5, 6]},
    "an order without penalty puts it first": {"rep_pen": 1.6, "top_k": 6, "sampler_order": [0, 1, 2, 3, 4, 5]},
}


def cases():
    chance = np.random.default_rng(7)
    out = []
    for name, settings in SETTINGS.items():
        for spread in (1.0, 3.0):
            # Rounded, so that JSON carries the very numbers both sides use.
            logits = np.round(chance.normal(0, spread, 32), 4)
            context = chance.integers(0, 32, 11)
            probabilities = softmax(chain(logits, context, settings))
            out.append({
                "name": f"{name}, spread {spread:g}", "settings": settings, "logits": logits.tolist(),
                "context": context.tolist(), "probabilities": [round(float(p), 9) for p in probabilities],
            })
    return out

"""A stream scored with temperature, caches and dynamic evaluation, in float64."""

from fixture_files import fixture
from small_models import LINE_END, UNKNOWN, VOCABULARY, parameters_of, small_model

ADAPTED, TRAINED = 60, 211  # tokens of the text, and of the training text
SEGMENT = 5
UNIGRAM_WINDOW, NEURAL_WINDOW, THETA, TEMPERATURE = 7, 9, 0.7, 1.3
DYNAMIC = {"rms": (0.01, 0.05, 0.002), "rms-clipped": (0.01, 0.6, 0.002), "sgd": (0.5, 0.03, 0.0)}
SHARES = (0.7, 0.1, 0.2)  # model, unigram cache, neural cache


def gradient_roots(model, ids):
    """Root mean square of each weight's gradient over windows of SEGMENT steps."""
    import torch

    streams = max(1, min(100, len(ids) // (2 * SEGMENT)))
    length = (len(ids) - 1) // streams
    x = torch.tensor([ids[b * length : (b + 1) * length] for b in range(streams)]).T
    y = torch.tensor([ids[b * length + 1 : (b + 1) * length + 1] for b in range(streams)]).T
    parameters = parameters_of(model)
    squares = {name: torch.zeros_like(p) for name, p in parameters.items()}
    state, windows = None, 0
    for start in range(0, length, SEGMENT):
        model.zero_grad()
        out, state = model["rnn"](model["encoder"](x[start : start + SEGMENT]), state)
        state = tuple(part.detach() for part in state)
        logits = model["decoder"](out).reshape(-1, VOCABULARY)
        torch.nn.functional.cross_entropy(logits, y[start : start + SEGMENT].reshape(-1)).backward()
        for name, p in parameters.items():
            squares[name] += p.grad**2
        windows += 1
    return {name: torch.sqrt(square / windows) for name, square in squares.items()}


def read_stream(model, ids, rule=None, roots=None):
    """Log-probabilities of every step, its hidden state; learns after each segment."""
    import torch

    parameters = parameters_of(model)
    first = {name: p.detach().clone() for name, p in parameters.items()}
    rate, decay, epsilon = DYNAMIC[rule] if rule else (0, 0, 0)
    if rule and rule.startswith("rms"):
        mean = sum(root.mean() for root in roots.values()) / len(roots)
    elif rule:
        roots, mean = {name: torch.ones_like(p) for name, p in parameters.items()}, 1
    logits, hidden, state = [], [], None
    for start in range(0, len(ids) - 1, SEGMENT):
        x = torch.tensor(ids[start : min(start + SEGMENT, len(ids) - 1)]).reshape(-1, 1)
        y = torch.tensor(ids[start + 1 : start + 1 + len(x)])
        model.zero_grad()
        out, state = model["rnn"](model["encoder"](x), state)
        state = tuple(part.detach() for part in state)
        scores = model["decoder"](out[:, 0])
        logits.append(scores.detach())
        hidden.append(out[:, 0].detach())
        if rule:
            torch.nn.functional.cross_entropy(scores, y).backward()
            with torch.no_grad():
                for name, p in parameters.items():
                    back = torch.clamp(decay * roots[name] / mean, max=1.0) * (first[name] - p)
                    p += back - rate * p.grad / (roots[name] + epsilon)
    with torch.no_grad():
        for name, p in parameters.items():
            p.copy_(first[name])
    return torch.cat(logits), torch.cat(hidden)


def cache_distributions(ids, hidden):
    """Both caches as distributions, row by row; None where they are empty."""
    import torch

    unigram, neural = [], []
    for t in range(len(ids) - 1):
        recent = ids[max(1, t + 1 - UNIGRAM_WINDOW) : t + 1]
        p = torch.zeros(VOCABULARY, dtype=torch.float64)
        for token in recent:
            p[token] += 1 / len(recent)
        unigram.append(p if recent else None)
        q = torch.zeros(VOCABULARY, dtype=torch.float64)
        for i in range(max(0, t - NEURAL_WINDOW), t):
            q[ids[i + 1]] += torch.exp(THETA * hidden[t] @ hidden[i])
        neural.append(q / q.sum() if t > 0 else None)
    return unigram, neural


@fixture("fixtures/adaptation-lstm-2.safetensors")
def adaptation(path):
    import torch
    from safetensors.torch import save_file

    model = small_model("lstm", 2, False, 8100)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)
    generator = torch.Generator().manual_seed(8100)
    part = torch.randint(UNKNOWN, (ADAPTED // 2,), generator=generator).tolist()
    ids = part + [LINE_END] + part[: ADAPTED - 1 - len(part)]
    trained = torch.randint(UNKNOWN, (TRAINED,), generator=generator).tolist()
    targets = torch.tensor(ids[1:])
    rows = torch.arange(len(targets))
    roots = gradient_roots(model, trained)
    out = {"ids": torch.tensor(ids).int(), "trained": torch.tensor(trained).int()}
    for rule in (None, *DYNAMIC):
        logits, hidden = read_stream(model, ids, rule, roots)
        plain = torch.log_softmax(logits, -1)
        out[f"{rule or 'static'}"] = -plain[rows, targets]
        p = torch.softmax(logits / TEMPERATURE, -1)
        out[f"{rule or 'static'}.temperature"] = -torch.log(p[rows, targets])
        unigram, neural = cache_distributions(ids, hidden)
        mixed = torch.stack(
            [
                SHARES[0] * p[t]
                + SHARES[1] * (p[t] if unigram[t] is None else unigram[t])
                + SHARES[2] * (p[t] if neural[t] is None else neural[t])
                for t in rows.tolist()
            ]
        )
        out[f"{rule or 'static'}.all"] = -torch.log(mixed[rows, targets])
        out[f"{rule or 'static'}.entropy"] = -(mixed * torch.log(mixed)).sum(-1)
        plain = torch.softmax(logits, -1)
        for name, cache, share in (("unigram", unigram, 0.3), ("neural", neural, 0.2)):
            alone = torch.stack(
                [
                    plain[t] if cache[t] is None else (1 - share) * plain[t] + share * cache[t]
                    for t in rows.tolist()
                ]
            )
            out[f"{rule or 'static'}.{name}"] = -torch.log(alone[rows, targets])
    out.update(parameters_of(model))
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in out.items()}, path)

#!/usr/bin/env python3
"""Makes the fixtures that tests compare with: small files written by Python's own libraries.

One function per fixture, registered by @fixture with the path it writes relative to java/test/org/lm4j;
those of files stand in io_fixtures.py, those of sequences of different lengths in sequence_fixtures.py,
those of states along a text in state_fixtures.py, those of resampling in bootstrap_fixtures.py.
    scripts/make-fixtures.py              make all of them
    scripts/make-fixtures.py NAME...      make these
    scripts/make-fixtures.py --list       names and paths
    scripts/make-fixtures.py --check      check with Python what Java wrote (exit code 1 if it is wrong)
Needs Python 3.10 with numpy, torch and safetensors. The files are committed: running this again is
only needed to change them.
"""

import json
import sys

import bootstrap_fixtures  # noqa: F401: registers its own
import io_fixtures  # noqa: F401: registers its own
import sequence_fixtures  # noqa: F401: registers its own
import subword_fixtures  # noqa: F401: registers its own
import state_fixtures  # noqa: F401: registers its own
from fixture_files import fixture, main

# ---- fixtures: small language models of every cell, and optimizer trajectories, in float64 ----

CELLS = ("rnn", "rnn-relu", "lstm", "gru")
VOCABULARY, STEPS, BATCH = 11, 4, 3


def small_model(cell, layers, tied, seed):
    """Embedding, recurrent stack, linear layer, named as in a PyTorch word language model."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    width, hidden = (6, 6) if tied else (5, 7)
    stack = {
        "rnn": lambda: nn.RNN(width, hidden, layers, nonlinearity="tanh"),
        "rnn-relu": lambda: nn.RNN(width, hidden, layers, nonlinearity="relu"),
        "lstm": lambda: nn.LSTM(width, hidden, layers),
        "gru": lambda: nn.GRU(width, hidden, layers),
    }[cell]()
    model = nn.ModuleDict(
        {
            "encoder": nn.Embedding(VOCABULARY, width),
            "rnn": stack,
            "decoder": nn.Linear(hidden, VOCABULARY),
        }
    ).double()
    if tied:
        model["decoder"].weight = model["encoder"].weight
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.uniform_(-0.5, 0.5)
    return model


def random_state(model, cell, seed):
    """A state before the window, not zero, so that it matters."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    shape = (model["rnn"].num_layers, BATCH, model["rnn"].hidden_size)
    h = torch.rand(shape, generator=generator, dtype=torch.float64) - 0.5
    c = torch.rand(shape, generator=generator, dtype=torch.float64) - 0.5
    return (h, c) if cell == "lstm" else (h,)


def run_model(model, cell, ids, state):
    """Embedded input, output of the stack, state after it, and logits."""
    x = model["encoder"](ids)
    y, last = model["rnn"](x, state if cell == "lstm" else state[0])
    return x, y, last if cell == "lstm" else (last,), model["decoder"](y)


def parameters_of(model):
    """By name, a tied weight once, as encoder.weight."""
    return dict(model.named_parameters())


def language_model_fixture(cell, layers, tied):
    """One window forward and backward: everything in between is kept, so that parts can be tested."""

    def write(path):
        import torch
        from safetensors.torch import save_file

        seed = 1000 + 100 * CELLS.index(cell) + 10 * layers + tied
        model = small_model(cell, layers, tied, seed)
        generator = torch.Generator().manual_seed(seed)
        ids = torch.randint(VOCABULARY, (STEPS, BATCH), generator=generator)
        targets = torch.randint(VOCABULARY, (STEPS, BATCH), generator=generator)
        state = random_state(model, cell, seed)
        for part in state:
            part.requires_grad_()
        x, y, last, logits = run_model(model, cell, ids, state)
        losses = torch.nn.functional.cross_entropy(
            logits.reshape(-1, VOCABULARY), targets.reshape(-1), reduction="none"
        )
        loss = losses.mean()
        inner = {"x": x, "y": y, "logits": logits}
        for tensor in inner.values():
            tensor.retain_grad()
        loss.backward()
        out = {"ids": ids.int(), "targets": targets.int(), "loss": loss, "losses": losses}
        for name, tensor in inner.items():
            out[name] = tensor
            out["d_" + name] = tensor.grad
        for name, before, after in zip(("h", "c"), state, last):
            out["initial." + name] = before
            out["last." + name] = after
            out["d_initial." + name] = before.grad
        for name, parameter in parameters_of(model).items():
            out[name] = parameter
            out["grad." + name] = parameter.grad
        out = {name: tensor.detach().clone().contiguous() for name, tensor in out.items()}
        about = f"{cell}, layers {layers}, {'tied' if tied else 'untied'}"  # one key: several would be written in any order
        save_file(out, path, metadata={"model": about})

    write.__name__ = f"model_{cell}_{layers}{'_tied' if tied else ''}".replace("-", "_")
    fixture(f"fixtures/{write.__name__.replace('_', '-')}.safetensors")(write)


for _cell in CELLS:
    for _layers in (1, 2, 3):
        for _tied in (False, True):
            language_model_fixture(_cell, _layers, _tied)


@fixture("fixtures/adaptive-softmax.safetensors")
def adaptive_softmax(path):
    """PyTorch's adaptive softmax: losses, gradients, and the log-probabilities of all words."""
    import torch
    from safetensors.torch import save_file

    out = {}
    for name, words, inputs, cutoffs, divisor in (
        ("one", 12, 9, [5], 2.0),
        ("two", 40, 17, [7, 19], 4.0),
        ("three", 61, 30, [3, 20, 21], 3.0),
    ):
        torch.manual_seed(words)
        layer = torch.nn.AdaptiveLogSoftmaxWithLoss(
            inputs, words, cutoffs, div_value=divisor, head_bias=True, dtype=torch.float64
        )
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.uniform_(-0.9, 0.9)
        x = torch.rand(23, inputs, dtype=torch.float64) * 2 - 1
        x.requires_grad_()
        targets = torch.randint(words, (23,))
        edges = [0, words - 1] + [word for cutoff in cutoffs for word in (cutoff - 1, cutoff)]
        targets[: len(edges)] = torch.tensor(edges)
        result = layer(x, targets)
        result.loss.backward()
        parts = {
            "cutoffs": torch.tensor(cutoffs).int(),
            "divisor": torch.tensor([divisor], dtype=torch.float64),
            "x": x,
            "d_x": x.grad,
            "targets": targets.int(),
            "losses": -result.output,
            "log_probabilities": layer.log_prob(x),
        }
        for parameter_name, parameter in layer.named_parameters():
            parts[parameter_name] = parameter
            parts["grad." + parameter_name] = parameter.grad
        out.update({f"{name}.{part}": tensor for part, tensor in parts.items()})
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in out.items()}, path)


# Name, constructor arguments, limit of the gradient norm (0: none). Options that are not here have
# PyTorch's defaults, and so has the Java test.
TRAJECTORIES = {
    "sgd": ("SGD", {"lr": 0.5}, 0),
    "sgd-decay": ("SGD", {"lr": 0.5, "weight_decay": 0.01}, 0),
    "sgd-clip": ("SGD", {"lr": 2.0}, 0.25),
    "momentum": ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}, 0),
    "nesterov": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}, 0),
    "rmsprop": ("RMSprop", {"lr": 0.01, "weight_decay": 0.01}, 0),
    "adagrad": ("Adagrad", {"lr": 0.1, "weight_decay": 0.01}, 0),
    "adam": ("Adam", {"lr": 0.02}, 0),
    "adam-decay-clip": ("Adam", {"lr": 0.02, "weight_decay": 0.01}, 0.25),
    "adamw": ("AdamW", {"lr": 0.02, "weight_decay": 0.1}, 0),
    "adamw-clip": ("AdamW", {"lr": 0.02, "weight_decay": 0.1}, 0.25),
}
TRAJECTORY_STEPS = 20


@fixture("fixtures/trajectories.safetensors")
def trajectories(path):
    """20 steps of each optimizer on one model and window: losses, gradient norms, last weights.

    The gradients along the run of plain SGD are kept, so that update rules can be tested without a
    model: "replay.RULE" are the flat weights that the rule ends with when it is given those.
    """
    import torch
    from safetensors.torch import save_file

    cell, layers, seed = "lstm", 1, 77
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(VOCABULARY, (STEPS, BATCH), generator=generator)
    targets = torch.randint(VOCABULARY, (STEPS, BATCH), generator=generator)
    out = {"ids": ids.int(), "targets": targets.int()}
    for name, parameter in parameters_of(small_model(cell, layers, False, seed)).items():
        out["start." + name] = parameter.detach()
    recorded = []
    for rule, (optimizer, options, limit) in TRAJECTORIES.items():
        model = small_model(cell, layers, False, seed)
        step = getattr(torch.optim, optimizer)(model.parameters(), **options)
        state = (torch.zeros(layers, BATCH, 7, dtype=torch.float64),) * 2
        losses, norms = [], []
        for _ in range(TRAJECTORY_STEPS):
            step.zero_grad()
            _, _, _, logits = run_model(model, cell, ids, state)
            loss = torch.nn.functional.cross_entropy(logits.reshape(-1, VOCABULARY), targets.reshape(-1))
            loss.backward()
            if rule == "sgd":
                recorded.append(torch.cat([p.grad.reshape(-1) for p in model.parameters()]))
            losses.append(loss.detach())
            norms.append(
                torch.nn.utils.clip_grad_norm_(model.parameters(), limit if limit else float("inf"))
            )
            step.step()
        out[f"{rule}.losses"] = torch.stack(losses)
        out[f"{rule}.norms"] = torch.stack(norms).detach()
        for name, parameter in parameters_of(model).items():
            out[f"{rule}.final.{name}"] = parameter.detach()
    replay(out, torch.stack(recorded))
    save_file({name: tensor.clone().contiguous() for name, tensor in out.items()}, path)


def replay(out, gradients):
    """Each rule on one flat vector, fed the gradients recorded along the run of plain SGD."""
    import torch

    start = torch.cat([v.reshape(-1) for k, v in out.items() if k.startswith("start.")])
    out["replay.start"] = start
    out["replay.gradients"] = gradients
    for rule, (optimizer, options, limit) in TRAJECTORIES.items():
        w = start.clone().requires_grad_()
        step = getattr(torch.optim, optimizer)([w], **options)
        for gradient in gradients:
            w.grad = gradient.clone()
            torch.nn.utils.clip_grad_norm_([w], limit if limit else float("inf"))
            step.step()
        out[f"replay.{rule}"] = w.detach()


# ---- fixtures: lines scored one by one, in float64 ----

UNKNOWN, LINE_END = 9, 10  # the last tokens of the small models
LONG_LINE = 5000


def some_lines(seed):
    """Ids of lines of many lengths, empty ones and one of 5,000 tokens among them."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    lengths = [0, 1, 1, 2, 3, 4, 5, 7, 8, 9, 0, 31, 33, 40, LONG_LINE]
    return [torch.randint(UNKNOWN + 1, (n,), generator=generator).tolist() for n in lengths]


def score_ids(model, cell, ids, state=None):
    """Surprisal of every token after the first, entropy of its prediction, and the last state."""
    import torch

    inputs = torch.tensor(ids[:-1]).reshape(-1, 1)
    y, state = model["rnn"](model["encoder"](inputs), state)
    p = torch.log_softmax(model["decoder"](y)[:, 0], dim=-1)
    losses = -p[torch.arange(len(ids) - 1), torch.tensor(ids[1:])]
    return losses, -(p.exp() * p).sum(-1), state


def lines_fixture(cell, layers, tied):
    def write(path):
        import torch
        from safetensors.torch import save_file

        seed = 7000 + CELLS.index(cell)
        model = small_model(cell, layers, tied, seed)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(3)
        lines = some_lines(seed)
        out = {"ids": torch.tensor(sum(lines, [])).int()}
        out["lengths"] = torch.tensor([len(line) for line in lines]).int()
        with torch.no_grad():
            scored = [score_ids(model, cell, [LINE_END, *line, LINE_END]) for line in lines]
            out["between-ends"] = torch.cat([losses for losses, _, _ in scored])
            out["entropy"] = torch.cat([entropy for _, entropy, _ in scored[:-1]])
            bare = [score_ids(model, cell, line)[0] for line in lines[:-1] if len(line) > 1]
            out["bare"] = torch.cat(bare)  # without the first token of each line
            stream = [LINE_END] + sum(([*line, LINE_END] for line in lines[:-1]), [])
            out["carried"] = score_ids(model, cell, stream)[0]
        out.update(parameters_of(model))
        save_file({name: tensor.detach().clone().contiguous() for name, tensor in out.items()}, path)

    write.__name__ = f"lines_{cell}_{layers}{'_tied' if tied else ''}"
    fixture(f"fixtures/{write.__name__.replace('_', '-')}.safetensors")(write)


lines_fixture("lstm", 2, False)
lines_fixture("gru", 1, True)


# ---- training on lines, one by one: losses and gradients of every window, in float64 ----

WINDOW = 5  # steps
TRAINED_LENGTHS = [0, 1, 2, 4, 4, 4, 6, 9, 13]


@fixture("fixtures/lines-training.safetensors")
def lines_training(path):
    """Windows follow each other within a line, the state carried and detached; no padding."""
    import torch
    from safetensors.torch import save_file

    model = small_model("lstm", 2, False, 7500)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)
    generator = torch.Generator().manual_seed(7500)
    lines = [torch.randint(UNKNOWN + 1, (n,), generator=generator).tolist() for n in TRAINED_LENGTHS]
    windows = {"line": [], "from": [], "targets": [], "loss": []}
    gradients = {name: [] for name in parameters_of(model)}
    for number, line in enumerate(lines):
        ids, state = [LINE_END, *line, LINE_END], None
        for start in range(0, len(ids) - 1, WINDOW):
            part = ids[start : start + WINDOW + 1]
            model.zero_grad()
            losses, _, state = score_ids(model, "lstm", part, state)
            state = tuple(each.detach() for each in state)
            losses.mean().backward()
            for key, value in zip(windows, (number, start, len(losses), losses.sum().item())):
                windows[key].append(value)
            for name, parameter in parameters_of(model).items():
                gradients[name].append(parameter.grad.reshape(-1).clone())
    out = {"ids": torch.tensor(sum(lines, [])).int()}
    out["lengths"] = torch.tensor([len(line) for line in lines]).int()
    for key, values in windows.items():
        out["window." + key] = torch.tensor(values, dtype=torch.float64)
    for name, rows in gradients.items():
        out["gradient." + name] = torch.stack(rows)
    out.update(parameters_of(model))
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in out.items()}, path)


# ---- a stream scored with temperature, caches and dynamic evaluation, in float64 ----

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


# ---- whole texts, scored as `lm eval` scores them ----

SENTENCES = "the cat sat on the mat\nthe dog saw a cat and sat on the log\n"


def score_text(path, level, tied, words):
    """Weights, vocabulary, text, and the loss of each token after the first, state from zero.

    Beside the weights lie the vocabulary, as a JSON array or as lines, and the text.
    """
    import torch
    from safetensors.torch import save_file

    text = SENTENCES * 4
    if level == "word":
        tokens = [word for line in text.splitlines() for word in line.split() + ["<eos>"]]
    else:
        tokens = list(text)
    vocabulary = sorted(set(tokens)) + ([] if level == "char" else ["<unk>"])
    torch.manual_seed(500 + tied)
    width, hidden = (9, 9) if tied else (8, 10)
    model = torch.nn.ModuleDict(
        {
            "encoder": torch.nn.Embedding(len(vocabulary), width),
            "rnn": torch.nn.LSTM(width, hidden, 2),
            "decoder": torch.nn.Linear(hidden, len(vocabulary)),
        }
    ).double()
    if tied:
        model["decoder"].weight = model["encoder"].weight
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.uniform_(-0.8, 0.8)
    ids = torch.tensor([vocabulary.index(token) for token in tokens])
    with torch.no_grad():
        y, _ = model["rnn"](model["encoder"](ids[:-1]).unsqueeze(1))
        losses = torch.nn.functional.cross_entropy(
            model["decoder"](y.squeeze(1)), ids[1:], reduction="none"
        )
    state = {name: tensor.clone().contiguous() for name, tensor in model.state_dict().items()}
    save_file(state, path)
    save_file({"losses": losses.contiguous()}, path.with_suffix(".losses.safetensors"))
    path.with_suffix(".txt").write_text(text)
    if words:
        path.with_suffix(".vocab").write_text("\n".join(vocabulary) + "\n")
    else:
        path.with_suffix(".json").write_text(json.dumps(vocabulary))


@fixture("fixtures/import-word.safetensors")
def import_word(path):
    """A word model whose vocabulary is a file of lines."""
    score_text(path, "word", False, True)


@fixture("fixtures/import-word-tied.safetensors")
def import_word_tied(path):
    """A word model with tied weights; a state_dict has the shared matrix twice."""
    score_text(path, "word", True, False)


@fixture("fixtures/import-char.safetensors")
def import_char(path):
    """A character model whose vocabulary is a JSON array, line end included."""
    score_text(path, "char", False, False)


@fixture("fixtures/import-char-tied.safetensors")
def import_char_tied(path):
    """A character model with tied weights."""
    score_text(path, "char", True, False)


if __name__ == "__main__":
    sys.exit(main(__doc__))

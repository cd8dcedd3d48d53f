"""Lines scored one by one, and training on them, in float64."""

from fixture_files import fixture
from small_models import CELLS, LINE_END, UNKNOWN, parameters_of, small_model

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

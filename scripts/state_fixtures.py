"""Fixtures of every state and gate along a text, computed step by step in float64."""

from fixture_files import fixture

LETTERS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10]  # of 11 tokens all but <unk>
STEPS, WIDTH, HIDDEN, LAYERS = 150, 5, 7, 2


def stack(cell):
    """The recurrent stack as PyTorch has it; None for a cell that it lacks."""
    from torch import nn

    return {
        "rnn": lambda: nn.RNN(WIDTH, HIDDEN, LAYERS),
        "lstm": lambda: nn.LSTM(WIDTH, HIDDEN, LAYERS),
        "gru": lambda: nn.GRU(WIDTH, HIDDEN, LAYERS),
        "mingru": lambda: None,
    }[cell]()


def weights(cell, rnn):
    """Random weights of the stack by name, also for the cell that PyTorch lacks."""
    import torch

    if rnn is not None:
        rnn.double()
        with torch.no_grad():
            for parameter in rnn.parameters():
                parameter.uniform_(-1.2, 1.2)
        return {name: value.detach() for name, value in rnn.named_parameters()}
    found = {}
    for layer in range(LAYERS):
        rows = (2 * HIDDEN, WIDTH if layer == 0 else HIDDEN)
        found[f"weight_ih_l{layer}"] = torch.rand(rows, dtype=torch.float64) * 2 - 1
        found[f"bias_ih_l{layer}"] = torch.rand(rows[0], dtype=torch.float64) * 2 - 1
    return found


def gates(cell, w, layer, x, h):
    """The gates of one step from its input and the hidden state before it."""
    import torch

    a = w[f"weight_ih_l{layer}"] @ x + w[f"bias_ih_l{layer}"]
    if cell == "mingru":
        z, candidate = a.chunk(2)
        return {"z": torch.sigmoid(z), "h~": candidate}
    u = w[f"weight_hh_l{layer}"] @ h + w[f"bias_hh_l{layer}"]
    if cell == "lstm":
        i, f, g, o = (a + u).chunk(4)
        return {"i": torch.sigmoid(i), "f": torch.sigmoid(f), "g": torch.tanh(g), "o": torch.sigmoid(o)}
    if cell == "gru":
        (ar, az, an), (ur, uz, un) = a.chunk(3), u.chunk(3)
        r = torch.sigmoid(ar + ur)
        return {"r": r, "z": torch.sigmoid(az + uz), "n": torch.tanh(an + r * un)}
    return {}


def states_fixture(cell):
    def write(path):
        import torch
        from safetensors.torch import save_file

        torch.manual_seed(9000 + len(cell))
        embedding = torch.rand((11, WIDTH), dtype=torch.float64) * 2 - 1
        rnn = stack(cell)
        w = weights(cell, rnn)
        ids = [LETTERS[int(k)] for k in torch.randint(len(LETTERS), (STEPS,))]
        kept = {}
        h = torch.zeros((LAYERS, HIDDEN), dtype=torch.float64)
        c = torch.zeros_like(h)
        for token in ids:
            x = embedding[token]
            if rnn is not None:
                state = (h.unsqueeze(1), c.unsqueeze(1)) if cell == "lstm" else h.unsqueeze(1)
                with torch.no_grad():
                    _, last = rnn(x.reshape(1, 1, -1), state)
                after = (last[0] if cell == "lstm" else last)[:, 0]
                c = last[1][:, 0] if cell == "lstm" else c
            else:
                after = torch.zeros_like(h)
            found = []
            for layer in range(LAYERS):
                found.append(gates(cell, w, layer, x, h[layer]))
                if rnn is None:
                    z = found[-1]["z"]
                    after[layer] = (1 - z) * h[layer] + z * found[-1]["h~"]
                x = after[layer]
            h = after.clone()
            kept.setdefault("h", []).append(h)
            if cell == "lstm":
                kept.setdefault("c", []).append(c.clone())
            for name in found[0]:
                kept.setdefault(name, []).append(torch.stack([each[name] for each in found]))
        out = {name: torch.stack(values, dim=1) for name, values in kept.items()}  # (L, T, H)
        out["ids"] = torch.tensor(ids).int()
        out["encoder.weight"] = embedding
        out.update({"rnn." + name: value for name, value in w.items()})
        save_file({name: tensor.clone().contiguous() for name, tensor in out.items()}, path)

    write.__name__ = f"states_{cell}"
    fixture(f"fixtures/states-{cell}.safetensors")(write)


for each in ("rnn", "lstm", "gru", "mingru"):
    states_fixture(each)

"""Recurrent layers over sequences of different lengths, packed as PyTorch packs them, in float64."""

from fixture_files import fixture

STEPS, BATCH, WIDTH, HIDDEN = 5, 6, 3, 4
LENGTHS = (3, 5, 1, 4, 5, 2)


def encoder_fixture(cell, layers, bidirectional):
    """Outputs, last states and all gradients of one batch.

    Outputs and last states enter the loss with weights of their own, which so are their gradients.
    What x holds beyond a sequence's end is not zero, so that it shows where it counts.
    """

    def write(path):
        import torch
        from safetensors.torch import save_file
        from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

        torch.manual_seed(2000 + 100 * len(cell) + 10 * layers + bidirectional)
        make = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
        stack = make(WIDTH, HIDDEN, layers, bidirectional=bidirectional).double()
        with torch.no_grad():
            for parameter in stack.parameters():
                parameter.uniform_(-0.7, 0.7)
        x = torch.randn(STEPS, BATCH, WIDTH, dtype=torch.float64, requires_grad=True)
        packed = pack_padded_sequence(x, torch.tensor(LENGTHS), enforce_sorted=False)
        y, state = stack(packed)
        y, _ = pad_packed_sequence(y, total_length=STEPS)
        h = state[0] if cell == "lstm" else state
        directions = 2 if bidirectional else 1
        last = torch.cat(list(h[-directions:]), dim=1)
        d_y, d_last = torch.randn_like(y), torch.randn_like(last)
        ((y * d_y).sum() + (last * d_last).sum()).backward()
        out = {"x": x, "y": y, "last": last, "d_y": d_y, "d_last": d_last, "d_x": x.grad}
        out["lengths"] = torch.tensor(LENGTHS, dtype=torch.int32)
        for name, parameter in stack.named_parameters():
            out["rnn." + name] = parameter
            out["grad.rnn." + name] = parameter.grad
        save_file({name: tensor.detach().clone().contiguous() for name, tensor in out.items()}, path)

    name = f"encoder-{cell}-{layers}-{'both' if bidirectional else 'forward'}"
    write.__name__ = name.replace("-", "_")
    fixture(f"fixtures/{name}.safetensors")(write)


for _cell in ("rnn", "lstm", "gru"):
    for _layers in (1, 2, 3):
        encoder_fixture(_cell, _layers, True)
    encoder_fixture(_cell, 2, False)

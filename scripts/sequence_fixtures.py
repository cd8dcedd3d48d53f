"""Recurrent layers over sequences of different lengths, and a translator made of them, in float64."""

from fixture_files import fixture

STEPS, BATCH, WIDTH, HIDDEN = 5, 6, 3, 4
LENGTHS = (3, 5, 1, 4, 5, 2)


def encoder_fixture(cell, layers, bidirectional):
    """Outputs, final states and all gradients of one batch.

    Outputs and final states enter the loss with different weights, which are thus their gradients.
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


SOURCES = ((4, 5, 6, 7, 8), (8, 4), (5, 5, 6, 4))
TARGETS = ((6, 4), (5, 6, 7, 4), (7,))
SOURCE_TOKENS, TARGET_TOKENS, EMBEDDING, COMPARED = 9, 8, 5, 6
START, END = 1, 2


def translator_fixture(cell, attends):
    """Loss and all gradients of an encoder of both directions and a decoder, pair by pair.

    Nothing is padded here, and attention is written out as it stands in the paper.
    """

    def write(path):
        import torch
        from safetensors.torch import save_file

        torch.manual_seed(3000 + 10 * len(cell) + attends)
        memory = 2 * HIDDEN
        layer, single = {
            "lstm": (torch.nn.LSTM, torch.nn.LSTMCell),
            "gru": (torch.nn.GRU, torch.nn.GRUCell),
        }[cell]
        encoder = layer(EMBEDDING, HIDDEN, 2, bidirectional=True).double()
        step = single(EMBEDDING + (memory if attends else 0), HIDDEN).double()
        own = {
            "source.weight": (SOURCE_TOKENS, EMBEDDING),
            "initial.weight": (HIDDEN, memory),
            "initial.bias": (HIDDEN,),
            "decoder.embedding.weight": (TARGET_TOKENS, EMBEDDING),
            "decoder.output.weight": (TARGET_TOKENS, HIDDEN),
            "decoder.output.bias": (TARGET_TOKENS,),
        }
        if attends:
            own["decoder.attention.memory.weight"] = (COMPARED, memory)
            own["decoder.attention.query.weight"] = (COMPARED, HIDDEN)
            own["decoder.attention.query.bias"] = (COMPARED,)
            own["decoder.attention.score.weight"] = (1, COMPARED)
        w = {n: torch.zeros(s, dtype=torch.float64, requires_grad=True) for n, s in own.items()}
        w.update({"encoder." + n: p for n, p in encoder.named_parameters()})
        w.update({f"decoder.rnn.{n}_l0": p for n, p in step.named_parameters()})
        with torch.no_grad():
            for parameter in w.values():
                parameter.uniform_(-0.7, 0.7)

        losses = []
        for source, target in zip(SOURCES, TARGETS):
            a, state = encoder(w["source.weight"][list(source)].unsqueeze(1))
            a, ends = a[:, 0], state[0] if cell == "lstm" else state
            last = torch.cat([ends[-2, 0], ends[-1, 0]])
            h = torch.tanh(w["initial.weight"] @ last + w["initial.bias"])
            c = torch.zeros_like(h)
            tokens = (START, *target, END)
            for read, wanted in zip(tokens, tokens[1:]):
                x = w["decoder.embedding.weight"][read]
                if attends:
                    keys = a @ w["decoder.attention.memory.weight"].T
                    query = w["decoder.attention.query.weight"] @ h
                    query = query + w["decoder.attention.query.bias"]
                    e = torch.tanh(keys + query) @ w["decoder.attention.score.weight"][0]
                    x = torch.cat([x, torch.softmax(e, 0) @ a])
                if cell == "lstm":
                    h, c = (part[0] for part in step(x[None], (h[None], c[None])))
                else:
                    h = step(x[None], h[None])[0]
                scores = w["decoder.output.weight"] @ h + w["decoder.output.bias"]
                losses.append(-torch.log_softmax(scores, 0)[wanted])
        loss = torch.stack(losses).mean()
        loss.backward()
        out = {"loss": loss.reshape(1), **w, **{"grad." + n: p.grad for n, p in w.items()}}
        save_file({name: tensor.detach().clone().contiguous() for name, tensor in out.items()}, path)

    name = f"translator-{cell}{'-attention' if attends else ''}"
    write.__name__ = name.replace("-", "_")
    fixture(f"fixtures/{name}.safetensors")(write)


for _cell in ("lstm", "gru"):
    for _attends in (True, False):
        translator_fixture(_cell, _attends)

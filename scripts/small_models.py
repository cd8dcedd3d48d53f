"""Small language models of every cell with random weights, in float64; fixtures are made with them."""

CELLS = ("rnn", "rnn-relu", "lstm", "gru")
VOCABULARY, STEPS, BATCH = 11, 4, 3
UNKNOWN, LINE_END = 9, 10  # the last tokens of that vocabulary


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

"""What is measured: ten models as people train them, and how much arithmetic each takes.

Letters: B batch, T steps of a window, D embedding, H hidden, L layers, V vocabulary, G gates.
"""

import dataclasses

GATES = {"lstm": 4, "gru": 3, "rnn": 1}


@dataclasses.dataclass(frozen=True)
class Configuration:
    """A model and its recipe. ``interval``: steps between two lines of the log."""

    name: str
    cell: str
    level: str
    vocabulary: int
    embedding: int
    hidden: int
    layers: int
    batch: int
    window: int
    optimizer: str
    rate: float
    clip: float  # norm of all gradients together; 0 for none
    interval: int

    def macs(self):
        """Multiply-adds of one token's forward pass, matrix products alone.

        Layer 0: G·H·(D + H); layers above: G·H·(H + H); output: H·V. Looking a row up in the
        embedding, gate functions, softmax and optimizer are left out.
        """
        recurrent = GATES[self.cell] * self.hidden
        first = recurrent * (self.embedding + self.hidden)
        above = (self.layers - 1) * recurrent * 2 * self.hidden
        return first + above + self.hidden * self.vocabulary

    def first_input_macs(self):
        """Those of layer 0's input, which are the same wherever a word or character occurs."""
        return GATES[self.cell] * self.hidden * self.embedding

    def evaluation_flop(self):
        """FLOP of one scored token: 2·m·n·k over all products of the forward pass."""
        return 2 * self.macs()

    def training_flop(self):
        """FLOP of one trained token: forward, and twice that backward (dx and dW)."""
        return 3 * self.evaluation_flop()

    def weights(self):
        """Number of weights, biases left out."""
        return self.macs() + self.vocabulary * self.embedding

    def describe(self):
        return (
            f"{self.cell} V{self.vocabulary} D{self.embedding} H{self.hidden} L{self.layers} "
            f"B{self.batch} T{self.window} {self.optimizer} {self.rate:g} clip {self.clip:g}"
        )


def _chars(name, cell, vocabulary, embedding, hidden, layers, batch, window, interval):
    """Characters: Adam, as char-rnn and its descendants."""
    sizes = (vocabulary, embedding, hidden, layers, batch, window)
    return Configuration(name, cell, "char", *sizes, "adam", 2e-3, 5.0, interval)


def _words(name, vocabulary, hidden, layers, batch, window, interval):
    """Words: plain SGD on the mean loss, the defaults of PyTorch's word_language_model.

    For T = 20 that is Zaremba et al.'s rate 1 and norm 5, whose loss is summed over the window.
    """
    sizes = (vocabulary, hidden, hidden, layers, batch, window)
    return Configuration(name, "lstm", "word", *sizes, "sgd", 20.0, 0.25, interval)


# Measured on a GPU besides: Zaremba et al.'s large model, and one of the size of Merity et al.'s
# AWD-LSTM, all of whose layers are H wide here.
LARGE = {
    c.name: c
    for c in (
        _words("ptb-large", 10000, 1500, 2, 20, 35, 1),
        Configuration("awd-like", "lstm", "word", 33278, 400, 1150, 3, 80, 70, "sgd", 20.0, 0.25, 1),
    )
}

CONFIGURATIONS = {
    c.name: c
    for c in (
        _chars("char-rnn", "lstm", 65, 65, 128, 2, 50, 50, 5),
        _chars("char-512", "lstm", 65, 512, 512, 2, 64, 64, 1),
        _chars("char-512x3", "lstm", 100, 512, 512, 3, 50, 50, 1),
        _chars("gru-char", "gru", 65, 128, 256, 2, 32, 64, 3),
        # The first model of many courses; its recipe does not clip.
        Configuration("simple-rnnlm", "rnn", "word", 418, 100, 100, 1, 10, 5, "sgd", 0.1, 0.0, 100),
        _words("rnnlm-ptb", 10000, 100, 1, 20, 35, 3),
        _words("ptb-small", 10000, 200, 2, 20, 20, 3),
        _words("ptb-medium", 10000, 650, 2, 20, 35, 1),
        _words("homework", 10000, 200, 1, 16, 35, 3),
        _words("wikitext-2", 33278, 200, 2, 20, 35, 1),
    )
}

# The order on a GPU, whose time is short: what most people have comes first.
BY_IMPORTANCE = (
    "char-rnn",
    "ptb-medium",
    "ptb-small",
    "wikitext-2",
    "char-512",
    "ptb-large",
    "awd-like",
    "gru-char",
    "rnnlm-ptb",
    "simple-rnnlm",
    "homework",
    "char-512x3",
)

"""Generation at B = 1 in PyTorch and ONNX Runtime, in each way that a user could choose.

nn.LSTM          the module that was trained (nn.GRU, nn.RNN); it orders its weights anew at each call
oneDNN off       the same without oneDNN
nn.LSTMCell      cells with the same weights (nn.GRUCell, nn.RNNCell), which do not
nn.LSTMCell bf16 these with weights and activations in bf16
nn.LSTMCell int8 these and the output layer with weights in int8, activations by token
                 (torch.ao.quantization.quantize_dynamic)
ONNX Runtime     one step as a graph, sampling included

A way uses one thread or all of them, whichever was faster in a short trial.
"""

import contextlib
import math
import time
import warnings

import torch

TRIAL_SECONDS = 0.15
CELLS = {"lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell, "rnn": torch.nn.RNNCell}
MODULES = {"lstm": "nn.LSTM", "gru": "nn.GRU", "rnn": "nn.RNN"}


class Cells(torch.nn.Module):
    """The language model of pytorch_worker, one step at a time."""

    def __init__(self, s, weights):
        super().__init__()
        sizes = [s["embedding"]] + [s["hidden"]] * s["layers"]
        self.encoder = torch.nn.Embedding(s["vocabulary"], s["embedding"])
        self.cells = torch.nn.ModuleList(
            CELLS[s["cell"]](sizes[i], s["hidden"]) for i in range(s["layers"])
        )
        self.decoder = torch.nn.Linear(s["hidden"], s["vocabulary"])
        self.load_state_dict({_cell_name(name): value for name, value in weights.items()})

    def forward(self, token, states):
        x, new = self.encoder(token), []
        for cell, state in zip(self.cells, states or [None] * len(self.cells)):
            state = cell(x, state)
            x = state[0] if isinstance(state, tuple) else state
            new.append(state)
        return self.decoder(x), new


def _cell_name(name):
    """``rnn.weight_ih_l0`` is ``cells.0.weight_ih``."""
    if not name.startswith("rnn."):
        return name
    parameter, layer = name[len("rnn.") :].rsplit("_l", 1)
    return f"cells.{layer}.{parameter}"


def torch_step(model, shape, context=contextlib.nullcontext):
    """A function that writes one token."""
    state = [torch.zeros(shape, dtype=torch.long), None]

    def step():
        with context():
            logits, state[1] = model(state[0], state[1])
        state[0] = torch.multinomial(torch.softmax(logits.float(), -1), 1).view(shape)
        return state[0].item()

    return step


def ways(s, model, weights):
    """Functions by name: each takes a number of threads and returns a function that writes a token."""
    name = MODULES[s["cell"]]
    cell = CELLS[s["cell"]].__name__

    def of_torch(module, shape, context=contextlib.nullcontext):
        def make(threads):
            torch.set_num_threads(threads)
            return torch_step(module, shape, context)

        return make

    def without_onednn():
        return torch.backends.mkldnn.flags(enabled=False)

    def in_bf16(threads):
        torch.set_num_threads(threads)
        return torch_step(Cells(s, weights).bfloat16().eval(), (1,))

    def in_int8(threads):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the interface will change
            dynamic = torch.ao.quantization.quantize_dynamic
        torch.set_num_threads(threads)
        kinds = {CELLS[s["cell"]], torch.nn.Linear}
        return torch_step(dynamic(Cells(s, weights).eval(), kinds, dtype=torch.qint8), (1,))

    def by_onnx(threads):
        from onnx_step import onnx_step  # needs packages that may be missing

        return onnx_step(s, weights, threads)

    return {
        name: of_torch(model, (1, 1)),
        "oneDNN off": of_torch(model, (1, 1), without_onednn),
        "nn." + cell: of_torch(Cells(s, weights).eval(), (1,)),
        f"nn.{cell} bf16": in_bf16,
        f"nn.{cell} int8": in_int8,
        "ONNX Runtime": by_onnx,
    }


def rate(step, seconds):
    """Tokens per second, and per processor second of the whole process."""
    written, begun, cpu = 0, time.perf_counter(), time.process_time()
    now, until = begun, begun + seconds
    while now < until:
        step()
        written += 1
        now = time.perf_counter()
    return written / (now - begun), written / (time.process_time() - cpu)


@torch.inference_mode()
def measure(s, model, weights):
    """What each way reaches; why not, where it cannot run."""
    found = {}
    for name, make in ways(s, model, weights).items():
        try:
            best, threads = -math.inf, 1
            for count in sorted({1, s["threads"]}):
                step = make(count)
                step()
                trial = rate(step, TRIAL_SECONDS)[0]
                if trial > best:
                    best, threads = trial, count
            step = make(threads)
            rate(step, TRIAL_SECONDS)
            wall, cpu = rate(step, s["seconds"])
            found[name] = {"rate": wall, "cpu_rate": cpu, "threads": threads}
        except ImportError as e:
            found[name] = {"skipped": f"{e.name} is not installed"}
        except Exception as e:  # whatever a way does wrong must not end the others
            found[name] = {"failure": f"{type(e).__name__}: {e}".splitlines()[0][:300]}
    torch.set_num_threads(s["threads"])
    return found

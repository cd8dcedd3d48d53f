"""PyTorch's side on a GPU: tasks as lines of JSON on standard input, results as lines on output.

Model, loss, clipping and optimizer are those of pytorch_worker; the text lies on the GPU, and losses
are read back every so many steps, as lm4j does. fp32 is true float32 (allow_tf32 off for products
and cuDNN), tf32 has both on, bf16 is autocast over float32 weights. The ways: eager, compile
(torch.compile), and graph, a whole step replayed as one CUDA graph (torch.cuda.graph) with its inputs
copied into place before.

Autocast gives cuDNN's RNNs fp16 weights and inputs whatever type it is set to, so "rnn type" of a result
says what the recurrent layers' outputs were.
"""

import contextlib
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import torch  # noqa: E402

import pytorch_worker as base  # noqa: E402


def place(s):
    if torch.cuda.is_available():
        return torch.device("cuda")
    if s["rehearse"]:
        return torch.device("cpu")
    raise RuntimeError("this Python's torch sees no GPU; give --python one that does")


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def precise(s, device):
    """Sets how products are computed; the context for the forward pass."""
    allowed = s["precision"] != "fp32"
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed
    if s["precision"] == "bf16":
        return lambda: torch.autocast(device.type, dtype=torch.bfloat16)
    return contextlib.nullcontext


class Training:
    """Steps of truncated backpropagation through time."""

    def __init__(self, s, device):
        self.s = s
        self.context = precise(s, device)
        self.model = base.opened(s).to(device)
        self.parameters = list(self.model.parameters())
        self.optimizer = base.optimizer_of(s, self.parameters)
        self.inputs, self.targets = (part.to(device) for part in base.streams(s))
        self.run = torch.compile(self.model) if s["way"] == "compile" else self.model
        self.state, self.at = None, 0
        self.rnn_type = None
        if s["way"] != "compile":  # which would compile the hook too
            self.model.rnn.register_forward_hook(self._note_type)

    def _note_type(self, module, given, made):
        self.rnn_type = str(made[0].dtype).removeprefix("torch.")

    def window(self):
        """The next window's inputs and targets; an epoch begins without a state."""
        length = self.s["window"]
        if self.at >= len(self.inputs):
            self.at, self.state = 0, None
        part = slice(self.at, self.at + length)
        self.at += length
        return self.inputs[part], self.targets[part].reshape(-1)

    def step(self):
        """Returns the loss, where it was computed."""
        loss, self.state = self.compute(*self.window(), self.state)
        return loss

    def compute(self, inputs, wanted, state):
        """A step: the loss and the final state."""
        with self.context():
            logits, state = self.run(inputs, state)
            loss = torch.nn.functional.cross_entropy(logits.float(), wanted)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.s["clip"] > 0:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.s["clip"])
        self.optimizer.step()
        return loss.detach(), base.detached(state)


class GraphTraining(Training):
    """The same steps, each a replay of one CUDA graph on fixed places in memory."""

    EAGER = 4  # steps before the recording, on a separate stream, as PyTorch requires

    def __init__(self, s, device):
        super().__init__(s, device)
        if s["optimizer"] == "adam":  # whose count of steps has to lie on the GPU
            self.optimizer = torch.optim.Adam(
                self.parameters, s["rate"], fused=True, capturable=True
            )
        self.graph = None
        self.steps = 0

    def step(self):
        self.steps += 1
        inputs, wanted = self.window()
        if self.graph is not None:
            self.given[0].copy_(inputs)
            self.given[1].copy_(wanted)
            if self.at == self.s["window"]:  # an epoch's first window
                for part in parts(self.state_given):
                    part.zero_()
            self.graph.replay()
            return self.loss.clone()
        if self.steps <= self.EAGER:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                loss, self.state = self.compute(inputs, wanted, self.state)
            torch.cuda.current_stream().wait_stream(side)
            return loss
        return self._record(inputs, wanted)

    def _record(self, inputs, wanted):
        self.given = inputs.clone(), wanted.clone()
        state = self.state
        copies = [part.clone() for part in parts(state)]
        self.state_given = tuple(copies) if isinstance(state, tuple) else copies[0]
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.loss, final = self.compute(*self.given, self.state_given)
            for part, made in zip(parts(self.state_given), parts(final)):
                part.copy_(made)
        self.graph.replay()  # recording computes nothing
        self.state = self.state_given
        return self.loss.clone()


def parts(state):
    return state if isinstance(state, tuple) else (state,)


def train(s):
    """Tokens/s after a warm-up, and the log of mean losses."""
    device = place(s)
    if not pathlib.Path(s["weights"]).exists():  # that task has failed
        start({**s, "to": s["weights"]})
    if s["way"] == "graph" and device.type != "cuda":
        raise RuntimeError("CUDA graphs need a GPU")
    training = (GraphTraining if s["way"] == "graph" else Training)(s, device)
    interval, losses, log, step = s["log_interval"], [], [], 0
    begun = time.perf_counter()
    first = None  # (step, seconds) after the warm-up
    while True:
        losses.append(training.step())
        step += 1
        if len(losses) < interval:
            continue
        mean = torch.stack(losses).mean().item()  # waits for the GPU
        losses.clear()
        seconds = time.perf_counter() - begun
        log.append((step, seconds, mean))
        if first is None:
            if seconds >= s["warm_up"] and len(log) > 1:
                first = (step, seconds)
        elif seconds - first[1] >= s["seconds"]:
            rate = (step - first[0]) * s["batch"] * s["window"] / (seconds - first[1])
            return {"rate": rate, "log": log, "rnn type": training.rnn_type}


def start(s):
    return base.start(s)


def libraries():
    """The folders of NVIDIA's packages beside torch, if its cuDNN is among them; else none."""
    folders = sorted(pathlib.Path(torch.__file__).parent.parent.glob("nvidia/*/lib"))
    there = any((folder / "libcudnn.so.9").is_file() for folder in folders)
    return [str(folder) for folder in folders] if there else []


def about(s):
    device = place(s)
    found = {"torch": torch.__version__, "device": "none: a rehearsal on the CPU"}
    found["libraries"] = libraries()
    if device.type == "cuda":
        found["device"] = torch.cuda.get_device_name(0)
        found["CUDA"] = torch.version.cuda
        found["cuDNN"] = torch.backends.cudnn.version()
    return found


TASKS = {"train": train, "start": start, "about": about}


def done(s):
    """A failure is a result too."""
    try:
        return TASKS[s["task"]](s)
    except Exception as e:  # whatever torch throws becomes a line of the report
        said = f"{type(e).__name__}: {e}".splitlines()[0][:300]
        return {"error": said}
    finally:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def main():
    torch.manual_seed(base.SEED)
    for line in sys.stdin:
        print(json.dumps(done(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

"""One task in PyTorch, described as JSON in the first argument; prints its result as JSON.

The model is that of PyTorch's word_language_model: nn.Embedding, nn.LSTM / GRU / RNN over the whole
window, nn.Linear; no dropout, state carried from zero; float32, or bf16 autocast over float32
weights. Runs by itself, with torch alone.
"""

import contextlib
import json
import math
import resource
import sys
import time

import torch

from tensors import load_file, save_file

SEED = 1
ROWS = 4096  # B·T of lm4j's windows while it scores
PEAK_SIZE = 2048
PEAK_SECONDS = 0.7


class LanguageModel(torch.nn.Module):
    """Embedding, recurrent stack, output layer."""

    def __init__(self, s):
        super().__init__()
        stack = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[s["cell"]]
        self.encoder = torch.nn.Embedding(s["vocabulary"], s["embedding"])
        self.rnn = stack(s["embedding"], s["hidden"], s["layers"])
        self.decoder = torch.nn.Linear(s["hidden"], s["vocabulary"])

    def forward(self, x, state):
        y, state = self.rnn(self.encoder(x), state)
        return self.decoder(y.view(-1, y.shape[2])), state


def opened(s):
    model = LanguageModel(s)
    model.load_state_dict(load_file(s["weights"]))
    return model


def detached(state):
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def streams(s):
    """Inputs and targets (length, B): the text cut into B contiguous streams."""
    flat = torch.from_file(s["ids"], size=count_of(s["ids"]), dtype=torch.int32).long()
    length = (len(flat) - 1) // s["batch"]
    used = length * s["batch"]
    cut = (flat[:used], flat[1 : used + 1])
    return [part.view(s["batch"], length).t().contiguous() for part in cut]


def count_of(path):
    with open(path, "rb") as file:
        return file.seek(0, 2) // 4


def optimizer_of(s, parameters):
    """As torch makes them by default for a CPU, but fused, which is faster there."""
    if s["optimizer"] == "adam":
        return torch.optim.Adam(parameters, s["rate"], fused=True)
    return torch.optim.SGD(parameters, s["rate"], fused=True)


def precise(precision):
    """The context of a forward pass."""
    if precision == "bf16":
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return contextlib.nullcontext()


def in_each(s, task):
    """The results of a task in each precision; why not, where one cannot be computed."""
    found = {}
    for precision in s["precisions"]:
        torch.manual_seed(SEED)
        try:
            found[precision] = task(s, precision)
        except RuntimeError as e:
            found[precision] = {"failure": str(e).splitlines()[0][:300]}
    return found


def train(s):
    return in_each(s, train_in)


def training(s, model, text, precision):
    """Steps of truncated backpropagation through time without end: mean loss, number of targets."""
    parameters = list(model.parameters())
    optimizer = optimizer_of(s, parameters)
    (inputs, targets), window = text, s["window"]
    state, at = None, 0
    while True:
        if at >= len(inputs):
            at, state = 0, None
        wanted = targets[at : at + window].reshape(-1)
        with precise(precision):
            logits, state = model(inputs[at : at + window], state)
            loss = torch.nn.functional.cross_entropy(logits.float(), wanted)
        state = detached(state)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if s["clip"] > 0:
            torch.nn.utils.clip_grad_norm_(parameters, s["clip"])
        optimizer.step()
        at += window
        yield loss.item(), len(wanted)


def train_in(s, precision):
    """Trains for a number of seconds, and logs at intervals.

    A line of the log: step, seconds, mean loss, processor seconds.
    """
    model = opened(s)
    text = streams(s)
    total, counted, log = 0.0, 0, []
    begun, cpu = time.perf_counter(), time.process_time()
    for step, (loss, count) in enumerate(training(s, model, text, precision), start=1):
        total, counted = total + loss * count, counted + count
        seconds = time.perf_counter() - begun
        over = seconds >= s["seconds"]
        if over or step % s["interval"] == 0:
            log.append((step, seconds, total / counted, time.process_time() - cpu))
            total, counted = 0.0, 0
        if over:
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            return {"log": log, "peak_mib": most}


@torch.inference_mode()
def score(model, inputs, targets, window, limit, precision, seconds=math.inf):
    """Sum of losses, steps: over ``limit`` steps or fewer if time is up, window after window."""
    state, total, until = None, 0.0, time.perf_counter() + seconds
    for at in range(0, limit, window):
        end = min(at + window, limit)
        with precise(precision):
            logits, state = model(inputs[at:end], state)
            wanted = targets[at:end].reshape(-1)
            lost = torch.nn.functional.cross_entropy(logits.float(), wanted, reduction="sum")
        total += lost.item()
        if time.perf_counter() >= until:
            break
    return total, end


def evaluate(s):
    return in_each(s, evaluate_in)


def evaluate_in(s, precision):
    """Scores a text with windows of T steps or of 4096 rows, whichever is faster here.

    Where that takes very long it stops, and there is no loss to compare.
    """
    model = opened(s).eval()
    inputs, targets = streams(s)
    length = len(inputs)
    best, best_seconds = None, math.inf
    for window in (s["window"], max(1, ROWS // s["batch"])):
        limit = min(length, max(window, ROWS // s["batch"]))
        for _ in range(2):
            begun = time.perf_counter()
            score(model, inputs, targets, window, limit, precision)
            spent = (time.perf_counter() - begun) / limit
            if spent < best_seconds:
                best, best_seconds = window, spent
    begun, cpu = time.perf_counter(), time.process_time()
    total, steps = score(model, inputs, targets, best, length, precision, s["seconds"])
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    tokens = steps * s["batch"]
    loss = total / tokens if steps == length else None
    return {"rate": tokens / seconds, "cpu_rate": tokens / cpu, "loss": loss, "tokens": tokens,
            "window": best}  # fmt: skip


def generate(s):
    """Tokens per second at B = 1 and temperature 1, in each way there is."""
    import generation

    return generation.measure(s, opened(s).eval(), load_file(s["weights"]))


@torch.inference_mode()
def first(s):
    """Loads a model folder of lm4j and writes 20 characters, each as soon as it is there."""
    with open(s["model"] + "/config.json", encoding="utf-8") as file:
        config = json.load(file)
    with open(s["model"] + "/vocab.json", encoding="utf-8") as file:
        vocabulary = json.load(file)
    names = vocabulary["tokens"] if isinstance(vocabulary, dict) else vocabulary
    model = opened({**config, "weights": s["model"] + "/model.safetensors"}).eval()
    token, state = torch.tensor([[names.index("p")]]), None
    for _ in range(20):
        logits, state = model(token, state)
        token = torch.multinomial(torch.softmax(logits, -1), 1)
        sys.stdout.write(names[token.item()])
        sys.stdout.flush()


def best_gflops(product):
    best, until = math.inf, time.perf_counter() + PEAK_SECONDS
    while time.perf_counter() < until:
        begun = time.perf_counter()
        product()
        best = min(best, time.perf_counter() - begun)
    return 2 * PEAK_SIZE**3 / best / 1e9


def peak(s):
    a, b, c = (torch.rand(PEAK_SIZE, PEAK_SIZE) for _ in range(3))
    found = {"torch": best_gflops(lambda: torch.mm(a, b, out=c))}
    if "bf16" in s["precisions"]:
        x, y, z = (t.bfloat16() for t in (a, b, c))
        found["torch bf16"] = best_gflops(lambda: torch.mm(x, y, out=z))
    try:
        import numpy
    except ImportError:
        return found
    x, y, z = (t.numpy() for t in (a, b, c))
    found["numpy"] = best_gflops(lambda: numpy.matmul(x, y, out=z))
    return found


def start(s):
    torch.manual_seed(SEED)
    save_file({name: value for name, value in LanguageModel(s).state_dict().items()}, s["to"])
    return {}


def dl4j(s):
    """Writes the initial weights in Deeplearning4j's order: float32, one array after the other.

    Embedding (V, D); for each layer W (inputs, 4H), RW (H, 4H), b (4H); output (H, V), bias (V).
    Its gates are g, f, o, i where PyTorch's are i, f, g, o, and it has one bias.
    """
    weights = load_file(s["weights"])

    def gates(value):
        i, f, g, o = value.chunk(4)
        return torch.cat((g, f, o, i))

    arrays = [weights["encoder.weight"]]
    for layer in range(s["layers"]):
        for name in ("rnn.weight_ih_l", "rnn.weight_hh_l"):
            arrays.append(gates(weights[f"{name}{layer}"]).t())
        biases = weights[f"rnn.bias_ih_l{layer}"] + weights[f"rnn.bias_hh_l{layer}"]
        arrays.append(gates(biases))
    arrays += [weights["decoder.weight"].t(), weights["decoder.bias"]]
    with open(s["to"], "wb") as file:
        for array in arrays:
            file.write(array.contiguous().numpy().tobytes())
    return {}


def versions(s):
    return {
        "torch": torch.__version__,
        "python": sys.version.split()[0],
        "cpu capability": torch.backends.cpu.get_cpu_capability(),
        "mkldnn": torch.backends.mkldnn.is_available(),
        "build": torch.__config__.show(),
    }


TASKS = {f.__name__: f for f in (start, train, evaluate, generate, first, peak, dl4j, versions)}


def main():
    settings = json.loads(sys.argv[1])
    torch.set_num_threads(settings["threads"])
    torch.manual_seed(SEED)
    result = TASKS[settings["task"]](settings)
    if result is not None:
        print(json.dumps(result))


if __name__ == "__main__":
    main()

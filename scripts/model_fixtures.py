"""Small language models forward and backward, and PyTorch's adaptive softmax, in float64."""

from fixture_files import fixture
from small_models import BATCH, CELLS, STEPS, VOCABULARY, parameters_of, random_state, run_model, small_model


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

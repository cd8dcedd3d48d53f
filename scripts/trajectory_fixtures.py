"""Trajectories of every optimizer on a small language model, in float64."""

from fixture_files import fixture
from small_models import BATCH, STEPS, VOCABULARY, parameters_of, run_model, small_model

# Name, constructor arguments, limit of the gradient norm (0: none). Options that are not here have
# PyTorch's defaults, and so has the Java test.
TRAJECTORIES = {
    "sgd": ("SGD", {"lr": 0.5}, 0),
    "sgd-decay": ("SGD", {"lr": 0.5, "weight_decay": 0.01}, 0),
    "sgd-clip": ("SGD", {"lr": 2.0}, 0.25),
    "momentum": ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}, 0),
    "nesterov": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}, 0),
    "rmsprop": ("RMSprop", {"lr": 0.01, "weight_decay": 0.01}, 0),
    "adagrad": ("Adagrad", {"lr": 0.1, "weight_decay": 0.01}, 0),
    "adam": ("Adam", {"lr": 0.02}, 0),
    "adam-decay-clip": ("Adam", {"lr": 0.02, "weight_decay": 0.01}, 0.25),
    "adamw": ("AdamW", {"lr": 0.02, "weight_decay": 0.1}, 0),
    "adamw-clip": ("AdamW", {"lr": 0.02, "weight_decay": 0.1}, 0.25),
}
TRAJECTORY_STEPS = 20


@fixture("fixtures/trajectories.safetensors")
def trajectories(path):
    """20 steps of each optimizer on one model and window: losses, gradient norms, last weights.

    The gradients along the run of plain SGD are kept, so that update rules can be tested without a
    model: "replay.RULE" are the flat weights that the rule ends with when it is given those.
    """
    import torch
    from safetensors.torch import save_file

    cell, layers, seed = "lstm", 1, 77
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(VOCABULARY, (STEPS, BATCH), generator=generator)
    targets = torch.randint(VOCABULARY, (STEPS, BATCH), generator=generator)
    out = {"ids": ids.int(), "targets": targets.int()}
    for name, parameter in parameters_of(small_model(cell, layers, False, seed)).items():
        out["start." + name] = parameter.detach()
    recorded = []
    for rule, (optimizer, options, limit) in TRAJECTORIES.items():
        model = small_model(cell, layers, False, seed)
        step = getattr(torch.optim, optimizer)(model.parameters(), **options)
        state = (torch.zeros(layers, BATCH, 7, dtype=torch.float64),) * 2
        losses, norms = [], []
        for _ in range(TRAJECTORY_STEPS):
            step.zero_grad()
            _, _, _, logits = run_model(model, cell, ids, state)
            loss = torch.nn.functional.cross_entropy(logits.reshape(-1, VOCABULARY), targets.reshape(-1))
            loss.backward()
            if rule == "sgd":
                recorded.append(torch.cat([p.grad.reshape(-1) for p in model.parameters()]))
            losses.append(loss.detach())
            norms.append(
                torch.nn.utils.clip_grad_norm_(model.parameters(), limit if limit else float("inf"))
            )
            step.step()
        out[f"{rule}.losses"] = torch.stack(losses)
        out[f"{rule}.norms"] = torch.stack(norms).detach()
        for name, parameter in parameters_of(model).items():
            out[f"{rule}.final.{name}"] = parameter.detach()
    replay(out, torch.stack(recorded))
    save_file({name: tensor.clone().contiguous() for name, tensor in out.items()}, path)


def replay(out, gradients):
    """Each rule on one flat vector, fed the gradients recorded along the run of plain SGD."""
    import torch

    start = torch.cat([v.reshape(-1) for k, v in out.items() if k.startswith("start.")])
    out["replay.start"] = start
    out["replay.gradients"] = gradients
    for rule, (optimizer, options, limit) in TRAJECTORIES.items():
        w = start.clone().requires_grad_()
        step = getattr(torch.optim, optimizer)([w], **options)
        for gradient in gradients:
            w.grad = gradient.clone()
            torch.nn.utils.clip_grad_norm_([w], limit if limit else float("inf"))
            step.step()
        out[f"replay.{rule}"] = w.detach()

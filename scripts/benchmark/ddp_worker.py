"""One rank of PyTorch's DistributedDataParallel (gloo), described as JSON in the first argument.

The model and recipe of pytorch_worker; each rank has its share of the streams. The processes find
each other by MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE. Rank 0 prints its log as JSON.
"""

import json
import os
import sys
import time

import torch
from pytorch_worker import LanguageModel, detached, optimizer_of, streams
from torch.nn.parallel import DistributedDataParallel


def train(s):
    """Lines of a log: step, seconds, mean loss of all ranks."""
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    torch.set_num_threads(s["threads"])
    torch.distributed.init_process_group("gloo")
    torch.manual_seed(1)
    model = DistributedDataParallel(LanguageModel(s), gradient_as_bucket_view=True)
    parameters = list(model.parameters())
    optimizer = optimizer_of(s, parameters)
    first, end = s["batch"] * rank // size, s["batch"] * (rank + 1) // size
    inputs, targets = (part[:, first:end].contiguous() for part in streams(s))
    window, length = s["window"], len(inputs)
    state, step, at, log = None, 0, 0, []
    begun = time.perf_counter()
    while True:
        if at >= length:
            at, state = 0, None
        wanted = targets[at : at + window].reshape(-1)
        logits, state = model(inputs[at : at + window], state)
        loss = torch.nn.functional.cross_entropy(logits, wanted)
        state = detached(state)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if s["clip"] > 0:
            torch.nn.utils.clip_grad_norm_(parameters, s["clip"])
        optimizer.step()
        step, at = step + 1, at + window
        shared = torch.tensor([loss.item() / size, time.perf_counter() - begun])
        torch.distributed.all_reduce(shared)
        seconds = shared[1].item() / size  # the same on all, so that all end after the same step
        log.append((step, seconds, shared[0].item()))
        if seconds >= s["seconds"]:
            break
    if rank == 0:
        print(json.dumps({"log": log}))
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    train(json.loads(sys.argv[1]))

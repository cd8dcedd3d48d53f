"""One rank of PyTorch's DistributedDataParallel (gloo), described as JSON in the first argument.

The model and recipe of pytorch_worker; each rank has its share of the streams. The processes find
each other by MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE. Rank 0 prints its log as JSON.
"""

import json
import os
import sys
import time

import torch
from pytorch_worker import LanguageModel, streams, training
from torch.nn.parallel import DistributedDataParallel


def train(s):
    """Lines of a log: step, seconds, mean loss of all ranks."""
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    torch.set_num_threads(s["threads"])
    torch.distributed.init_process_group("gloo")
    torch.manual_seed(1)
    model = DistributedDataParallel(LanguageModel(s), gradient_as_bucket_view=True)
    first, end = s["batch"] * rank // size, s["batch"] * (rank + 1) // size
    text = [part[:, first:end].contiguous() for part in streams(s)]
    log = []
    begun = time.perf_counter()
    for step, (loss, _) in enumerate(training(s, model, text, "fp32"), start=1):
        shared = torch.tensor([loss / size, time.perf_counter() - begun])
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

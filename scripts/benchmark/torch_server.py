"""A language model behind FastAPI, as a user of PyTorch writes it: the peer of ``lm serve``.

The model is loaded once from the safetensors of lm4j's folder. A request runs in Starlette's thread
pool: the prompt in one call, then a step for each token, in inference mode. The settings are
environment variables, since uvicorn's workers are processes:

SERVED_MODEL    lm4j's model folder, of characters
SERVED_STEP     lstm: nn.LSTM; cell: nn.LSTMCell, which does not order its weights anew at each step
SERVED_THREADS  of PyTorch, in each worker
"""

import json
import os
import pathlib
import sys

import torch
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from safetensors.torch import load_file

from benchmark.generation import Cells


class Request(BaseModel):
    """The fields of a completion that the clients send."""

    prompt: str
    max_tokens: int = 16
    temperature: float = 1.0
    seed: int = 0
    stream: bool = False


class Whole(torch.nn.Module):
    """The model that was trained."""

    def __init__(self, config, weights):
        super().__init__()
        self.encoder = torch.nn.Embedding(config["vocabulary"], config["embedding"])
        self.rnn = torch.nn.LSTM(
            config["embedding"], config["hidden"], config["layers"], batch_first=True
        )
        self.decoder = torch.nn.Linear(config["hidden"], config["vocabulary"])
        self.load_state_dict(weights)

    def read(self, ids, state):
        """The logits after the last of the ids, and the state."""
        h, state = self.rnn(self.encoder(torch.tensor([ids])), state)
        return self.decoder(h[0, -1]), state


class Stepwise(Cells):
    """The same, cell by cell."""

    def read(self, ids, state):
        for token in ids:
            logits, state = self(torch.tensor([token]), state)
        return logits[0], state


def make():
    """The application, for uvicorn."""
    torch.set_num_threads(int(os.environ["SERVED_THREADS"]))
    folder = pathlib.Path(os.environ["SERVED_MODEL"])
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    characters = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))["tokens"]
    ids = {c: i for i, c in enumerate(characters)}
    weights = load_file(folder / "model.safetensors")
    kind = Stepwise if os.environ["SERVED_STEP"] == "cell" else Whole
    model = kind(config, weights).eval()
    app = FastAPI()

    @torch.inference_mode()
    def texts(request):
        generator = torch.Generator().manual_seed(request.seed)
        logits, state = model.read([ids[c] for c in request.prompt], None)
        for left in range(request.max_tokens, 0, -1):
            p = torch.softmax(logits / request.temperature, -1)
            token = torch.multinomial(p, 1, generator=generator).item()
            yield characters[token]
            if left > 1:
                logits, state = model.read([token], state)

    def events(request):
        for text in texts(request):
            choice = {"text": text, "index": 0, "logprobs": None, "finish_reason": None}
            yield f"data: {json.dumps({'object': 'text_completion', 'choices': [choice]})}\n\n"
        yield "data: [DONE]\n\n"

    @app.post("/v1/completions")
    def complete(request: Request):
        if request.stream:
            return StreamingResponse(events(request), media_type="text/event-stream")
        text = "".join(texts(request))
        choice = {"text": text, "index": 0, "logprobs": None, "finish_reason": "length"}
        return {"object": "text_completion", "choices": [choice]}

    print("ready", flush=True)
    return app


if __name__ == "__main__":
    uvicorn.run(
        "benchmark.torch_server:make",
        factory=True,
        port=int(sys.argv[1]),
        workers=int(sys.argv[2]),
        log_level="warning",
        timeout_worker_healthcheck=300,  # the import of torch takes longer than the default
    )

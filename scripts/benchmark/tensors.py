"""Files of float32 tensors in the safetensors format, where that package is missing.

Eight bytes with the header's length, the header in JSON with type, shape and place of each tensor,
and the numbers.
"""

import json
import math
import struct

import torch

try:
    from safetensors.torch import load_file, save_file
except ImportError:

    def load_file(path):
        """The tensors by name."""
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
            data = bytearray(file.read())
        header.pop("__metadata__", None)
        return {name: _tensor(entry, data) for name, entry in header.items()}

    def _tensor(entry, data):
        if entry["dtype"] != "F32":
            raise ValueError(f"only F32 is read, not {entry['dtype']}")
        count = math.prod(entry["shape"])
        start = entry["data_offsets"][0]
        flat = torch.frombuffer(data, dtype=torch.float32, count=count, offset=start)
        return flat.clone().reshape(entry["shape"])

    def save_file(tensors, path):
        """Writes float32 tensors."""
        header, parts, at = {}, [], 0
        for name, tensor in tensors.items():
            part = tensor.detach().cpu().contiguous().float().numpy().tobytes()
            place = [at, at + len(part)]
            header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": place}
            parts.append(part)
            at += len(part)
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))

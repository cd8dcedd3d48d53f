"""Whole texts, scored as `lm eval` scores them, with the files that `lm import` reads."""

import json

from fixture_files import fixture

SENTENCES = "the cat sat on the mat\nthe dog saw a cat and sat on the log\n"


def score_text(path, level, tied, words):
    """Weights, vocabulary, text, and the loss of each token after the first, state from zero.

    Beside the weights lie the vocabulary, as a JSON array or as lines, and the text.
    """
    import torch
    from safetensors.torch import save_file

    text = SENTENCES * 4
    if level == "word":
        tokens = [word for line in text.splitlines() for word in line.split() + ["<eos>"]]
    else:
        tokens = list(text)
    vocabulary = sorted(set(tokens)) + ([] if level == "char" else ["<unk>"])
    torch.manual_seed(500 + tied)
    width, hidden = (9, 9) if tied else (8, 10)
    model = torch.nn.ModuleDict(
        {
            "encoder": torch.nn.Embedding(len(vocabulary), width),
            "rnn": torch.nn.LSTM(width, hidden, 2),
            "decoder": torch.nn.Linear(hidden, len(vocabulary)),
        }
    ).double()
    if tied:
        model["decoder"].weight = model["encoder"].weight
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.uniform_(-0.8, 0.8)
    ids = torch.tensor([vocabulary.index(token) for token in tokens])
    with torch.no_grad():
        y, _ = model["rnn"](model["encoder"](ids[:-1]).unsqueeze(1))
        losses = torch.nn.functional.cross_entropy(
            model["decoder"](y.squeeze(1)), ids[1:], reduction="none"
        )
    state = {name: tensor.clone().contiguous() for name, tensor in model.state_dict().items()}
    save_file(state, path)
    save_file({"losses": losses.contiguous()}, path.with_suffix(".losses.safetensors"))
    path.with_suffix(".txt").write_text(text)
    if words:
        path.with_suffix(".vocab").write_text("\n".join(vocabulary) + "\n")
    else:
        path.with_suffix(".json").write_text(json.dumps(vocabulary))


@fixture("fixtures/import-word.safetensors")
def import_word(path):
    """A word model whose vocabulary is a file of lines."""
    score_text(path, "word", False, True)


@fixture("fixtures/import-word-tied.safetensors")
def import_word_tied(path):
    """A word model with tied weights; a state_dict has the shared matrix twice."""
    score_text(path, "word", True, False)


@fixture("fixtures/import-char.safetensors")
def import_char(path):
    """A character model whose vocabulary is a JSON array, line end included."""
    score_text(path, "char", False, False)


@fixture("fixtures/import-char-tied.safetensors")
def import_char_tied(path):
    """A character model with tied weights."""
    score_text(path, "char", True, False)

"""Subwords: what the library Hugging Face Tokenizers makes of lines in twenty scripts, and scores of words."""

import json
import random

from fixture_files import fixture

# Characters of Unicode 8 alone: later ones mean different things to libraries of different age.
SCRIPTS = {
    "Latin": [(0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x17E)],
    "Vietnamese": [(0x61, 0x7A), (0x1EA0, 0x1EF9)],
    "Greek": [(0x391, 0x3A1), (0x3A3, 0x3CE), (0x1F00, 0x1F07)],
    "Cyrillic": [(0x400, 0x45F)],
    "Armenian": [(0x531, 0x556), (0x561, 0x587)],
    "Hebrew": [(0x5B0, 0x5BD), (0x5D0, 0x5EA)],
    "Arabic": [(0x621, 0x652), (0x660, 0x669)],
    "Devanagari": [(0x904, 0x94D), (0x958, 0x96F)],
    "Bengali": [(0x985, 0x98C), (0x995, 0x9A8), (0x9BE, 0x9C4), (0x9CB, 0x9CD)],
    "Tamil": [(0xB85, 0xB8A), (0xB8E, 0xB90), (0xBBE, 0xBC2), (0xBC6, 0xBC8)],
    "Telugu": [(0xC05, 0xC0C), (0xC15, 0xC28), (0xC3E, 0xC44)],
    "Thai": [(0xE01, 0xE3A), (0xE40, 0xE4E)],
    "Georgian": [(0x10D0, 0x10F0)],
    "Ethiopic": [(0x1200, 0x1246)],
    "Khmer": [(0x1780, 0x17B3), (0x17B6, 0x17D2)],
    "Tibetan": [(0xF40, 0xF47), (0xF49, 0xF69), (0xF71, 0xF7D)],
    "Hangul": [(0xAC00, 0xAD00), (0x1100, 0x1112), (0x1161, 0x1175)],
    "Kana": [(0x3041, 0x3096), (0x30A1, 0x30FA), (0xFF66, 0xFF9F)],
    "Han": [(0x4E00, 0x4F00), (0x20000, 0x20020), (0xF900, 0xF920)],
    "symbols": [(0x1D400, 0x1D454), (0x1F600, 0x1F640), (0x2070, 0x2071), (0x2150, 0x2188)],
}
SAYINGS = [
    "First Citizen: Before we proceed any further, hear me speak.",
    "Shall I compare thee to a summer's day? Thou'rt more lovely; it's I'll, we've, you'd, THEY'RE.",
    " two  spaces,   three, a tab\tand a no-break\u00a0space; trailing ",
    "numbers 1 23 456 7890 3.14 1,000,000 ½ ² Ⅷ ٣٤٥ and x=y+z (a[b]{c}) <html> $5 50% #tag @you",
    "“Quoted” – dash — ellipsis… café cafe\u0301 naïve Ångström \ufb01ne \u0130stanbul STRASSE straße",
    "",
    " ",
    "a\rb\u2028c\u0085d\u3000e\u200bf\u00adg\u0001h\ufeffi\ufffdj",
    "<|endoftext|>text<|endoftext|> [MASK] the[MASK]the the theory <unk> <0x41> ##ing",
    "supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis" * 2,
    "the theatre gathers the other mother and the brother, then the weather withers",
]


def lines():
    """Some lines of every script, always the same."""
    draw = random.Random(18)
    pools = [[chr(c) for a, b in ranges for c in range(a, b + 1)] for ranges in SCRIPTS.values()]
    made = []
    for pool in pools:
        words = ["".join(draw.choice(pool) for _ in range(draw.randint(1, 7))) for _ in range(4)]
        for word in list(words):
            words.insert(draw.randrange(len(words)), draw.choice([word, "12", "!?", "it's", "(", "é"]))
        made.append("".join(word + draw.choice([" ", " ", " ", "  ", "", ", "]) for word in words))
    return SAYINGS + made


def kinds():
    """A tokenizer of each kind, trained on the lines, by name."""
    from tokenizers import AddedToken, Regex, Tokenizer
    from tokenizers import decoders as D
    from tokenizers import models as M
    from tokenizers import normalizers as N
    from tokenizers import pre_tokenizers as P
    from tokenizers import trainers as T

    text = lines()
    gpt4 = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    gpt4o = (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    names = [f"<0x{i:02X}>" for i in range(256)]

    def plain(model, trainer, pre, norm=None, decoder=None, added=()):
        made = Tokenizer(model)
        made.pre_tokenizer = pre
        if norm:
            made.normalizer = norm
        if decoder:
            made.decoder = decoder
        made.train_from_iterator(text, trainer)
        made.add_tokens(list(added))
        return made

    def bytes_(pre, norm=None, special=(), added=(), size=330):
        trainer = T.BpeTrainer(
            vocab_size=size,
            initial_alphabet=P.ByteLevel.alphabet(),
            special_tokens=list(special),
            show_progress=False,
        )
        return plain(M.BPE(), trainer, pre, norm, D.ByteLevel(), added)

    def characters(pre, norm, fuse):
        trainer = T.BpeTrainer(
            vocab_size=300, limit_alphabet=150, special_tokens=["<unk>"], show_progress=False
        )
        return plain(M.BPE(unk_token="<unk>", fuse_unk=fuse), trainer, pre, norm)

    def wordpiece(norm, most):
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        trainer = T.WordPieceTrainer(
            vocab_size=400, limit_alphabet=150, special_tokens=special, show_progress=False
        )
        model = M.WordPiece(unk_token="[UNK]", max_input_chars_per_word=most)
        return plain(model, trainer, P.BertPreTokenizer(), norm, D.WordPiece())

    def unigram(norm, scheme, split, fallback):
        with_bytes = names if fallback else []
        trainer = T.UnigramTrainer(
            vocab_size=400 + len(with_bytes),
            special_tokens=["<unk>", "<s>", "</s>", *with_bytes],
            unk_token="<unk>",
            show_progress=False,
        )
        made = Tokenizer(M.Unigram())
        made.normalizer = norm
        made.pre_tokenizer = P.Metaspace(prepend_scheme=scheme, split=split)
        made.decoder = D.Metaspace(prepend_scheme=scheme, split=split)
        made.train_from_iterator([line for line in SAYINGS if "<" not in line], trainer)
        return with_fallback(made) if fallback else made

    def with_fallback(made):
        content = json.loads(made.to_str())
        content["model"]["byte_fallback"] = True
        content["added_tokens"] = content["added_tokens"][:3]
        return Tokenizer.from_str(json.dumps(content))

    def llama():
        trainer = T.BpeTrainer(
            vocab_size=600,
            limit_alphabet=120,
            special_tokens=["<unk>", "<s>", "</s>", *names],
            show_progress=False,
        )
        norm = N.Sequence([N.Prepend("▁"), N.Replace(" ", "▁")])
        model = M.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True)
        decoder = D.Sequence(
            [D.Replace("▁", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)]
        )
        made = with_fallback(plain(model, trainer, P.Split("▁", "merged_with_next"), norm, decoder))
        made.pre_tokenizer = P.Sequence([])
        return made

    cut = P.ByteLevel(add_prefix_space=False, use_regex=False)
    return {
        "gpt-2": bytes_(P.ByteLevel(add_prefix_space=False), special=["<|endoftext|>"]),
        "roberta": bytes_(
            P.ByteLevel(add_prefix_space=True),
            N.NFC(),
            ["<unk>", AddedToken("[MASK]", lstrip=True, special=True)],
            [AddedToken("the", single_word=True), AddedToken("  ", normalized=False)],
        ),
        "gpt-4": bytes_(P.Sequence([P.Split(Regex(gpt4), "isolated"), cut]), N.NFKC()),
        "gpt-4o": bytes_(P.Sequence([P.Split(Regex(gpt4o), "isolated"), cut])),
        "digits": bytes_(
            P.Sequence([P.Digits(True), P.Punctuation("contiguous"), P.ByteLevel(False)])
        ),
        "splits": bytes_(
            P.Sequence(
                [
                    P.Split(" ", "merged_with_previous"),
                    P.Punctuation("merged_with_next"),
                    P.Split("\t", "removed"),
                    P.Split(Regex(r"\s+"), "merged_with_next"),
                    cut,
                ]
            )
        ),
        "words": characters(
            P.Sequence([P.Whitespace(), P.Digits()]),
            N.Sequence([N.NFD(), N.Lowercase(), N.StripAccents()]),
            False,
        ),
        "fused": characters(P.WhitespaceSplit(), N.Sequence([N.NFKD(), N.Strip()]), True),
        "llama": llama(),
        "bert-uncased": wordpiece(N.BertNormalizer(), 100),
        "bert-cased": wordpiece(N.BertNormalizer(lowercase=False), 12),
        "unigram": unigram(
            N.Sequence([N.NFKC(), N.Replace(Regex(" {2,}"), " ")]), "always", True, False
        ),
        "unigram-first": unigram(N.Lowercase(), "first", True, True),
        "unigram-never": unigram(N.NFC(), "never", False, False),
    }


@fixture("fixtures/subword/kinds.json")
def subword_kinds(path):
    """Ids and decoded texts of the lines by a tokenizer of each kind."""
    out = {"lines": lines(), "kinds": []}
    for name, made in kinds().items():
        ids = [made.encode(line, add_special_tokens=False).ids for line in lines()]
        decoded = [made.decode(some, skip_special_tokens=False) for some in ids]
        content = json.loads(made.to_str())
        out["kinds"].append({"name": name, "tokenizer": content, "ids": ids, "decoded": decoded})
    path.write_text(json.dumps(out, ensure_ascii=True, separators=(",", ":")) + "\n")


def learned(size, min_frequency, text):
    """Byte-level BPE of a text in which each line end is a part by itself."""
    from tokenizers import Tokenizer
    from tokenizers import decoders as D
    from tokenizers import models as M
    from tokenizers import pre_tokenizers as P
    from tokenizers import trainers as T

    made = Tokenizer(M.BPE())
    made.pre_tokenizer = P.Sequence(
        [P.Split("\n", "isolated"), P.ByteLevel(add_prefix_space=False, trim_offsets=False)]
    )
    made.decoder = D.ByteLevel(add_prefix_space=False, trim_offsets=False)
    trainer = T.BpeTrainer(
        vocab_size=size,
        min_frequency=min_frequency,
        initial_alphabet=P.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([line + "\n" for line in text], trainer)
    return made


@fixture("fixtures/subword/learned.json")
def subword_learned(path):
    """Vocabularies and merges learned from the lines: many pairs are equally frequent."""
    out = []
    for size, min_frequency in ((300, 0), (700, 0), (5000, 2)):
        model = json.loads(learned(size, min_frequency, lines()).to_str())["model"]
        tokens = sorted(model["vocab"], key=model["vocab"].get)
        out.append(
            {"size": size, "min": min_frequency, "tokens": tokens, "merges": model["merges"]}
        )
    path.write_text(json.dumps(out, ensure_ascii=True, separators=(",", ":")) + "\n")


@fixture("fixtures/subword/scores.safetensors")
def subword_scores(path):
    """Surprisal of words by summing that of subwords, with the space before or after them.

    With the space after a word, the probability of a word is divided by that of some token that
    begins with white space or ends the line in its place, and multiplied by that in the place after
    it (Pimentel and Meister, 2024); the last word has the line's end as it is.
    """
    import torch
    from safetensors.torch import save_file

    made = learned(300, 0, lines())
    path.with_suffix(".json").write_text(made.to_str() + "\n")
    size, width, hidden = made.get_vocab_size(), 5, 6
    torch.manual_seed(77)
    encoder = torch.nn.Embedding(size, width).double()
    rnn = torch.nn.LSTM(width, hidden, 1).double()
    decoder = torch.nn.Linear(hidden, size).double()
    with torch.no_grad():
        for part in (encoder, rnn, decoder):
            for parameter in part.parameters():
                parameter.uniform_(-0.9, 0.9)
    newline = made.encode("\n").ids[0]
    ends = [id for id in range(size) if made.decode([id])[:1].isspace() or id == newline]
    tokens, leading, trailing = [], [], []
    with torch.no_grad():
        for line in text_lines():
            found = made.encode(line)
            ids = [newline, *found.ids, newline]
            y, _ = rnn(encoder(torch.tensor(ids[:-1])).unsqueeze(1))
            logs = torch.log_softmax(decoder(y).squeeze(1), dim=1)
            nats = [-logs[i, ids[i + 1]].item() for i in range(len(ids) - 1)]
            tokens += nats
            end = [-torch.logsumexp(logs[i, ends], 0).item() for i in range(len(ids) - 1)]
            words = []  # the indices of each word's tokens
            for i, (start, _) in enumerate(found.offsets):
                piece = made.decode([found.ids[i]])
                if not words or piece[:1] == " ":
                    words.append([])
                words[-1].append(i)
            for w, parts in enumerate(words):
                own = sum(nats[i] for i in parts)
                leading.append(own)
                before = end[parts[0]] if w > 0 else 0.0
                after = end[words[w + 1][0]] if w + 1 < len(words) else nats[-1]
                trailing.append(own - before + after)
    out = {
        "encoder.weight": encoder.weight.detach(),
        "decoder.weight": decoder.weight.detach(),
        "decoder.bias": decoder.bias.detach(),
    }
    expected = {"tokens": tokens, "leading": leading, "trailing": trailing}
    for name, parameter in rnn.named_parameters():
        out["rnn." + name] = parameter.detach()
    save_file({name: value.contiguous() for name, value in out.items()}, path)
    values = {name: torch.tensor(some, dtype=torch.float64) for name, some in expected.items()}
    save_file(values, path.with_name("expected.safetensors"))


def text_lines():
    """Lines whose words one space separates, for scores of words."""
    return [
        "the theatre gathers the other mother",
        "Shall I compare thee to a summer's day?",
        "naïve café 中文 𝄞x",
        "one",
        "Before we proceed any further, hear me speak.",
    ]

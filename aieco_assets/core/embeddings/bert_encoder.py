"""BERT models on the processor through onnxruntime: what sentence-transformers computes, three times as fast."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.embeddings.bert_graph import IDS, MASK, STATES, VECTORS, bert_graph
from aieco_assets.core.embeddings.token_vectors import TokenVectors, token_vectors

if TYPE_CHECKING:
    import numpy as np

# Tokens that go through the model at a time: few enough that what a layer computes stays in a core's cache.
TOKENS = 256
_PLAIN = {"hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
_POOLINGS = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}


class Unsupported(Exception):
    """This model is not one that is computed here; the message says what of it is different."""


class BertEncoder:
    """Texts to vectors of length 1; any number of threads may ask. Raises Unsupported for other kinds of models.

    One thread a core, each with batches of its own, instead of all cores on one batch: nobody waits for anybody.
    """

    backend = "onnxruntime"

    def __init__(self, folder: Path) -> None:
        config = _json(folder / "config.json")
        pooling = _pooling(folder, config)
        self.dimension: int = config["hidden_size"]
        self._tokenizer = _tokenizer(folder, config)
        self._session, self._alive = _session(folder, config, pooling)
        self._workers = _cores()

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """float32 (n, dimension), in the order of `texts`. `progress` gets the count done so far."""
        import numpy as np

        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        done = 0
        for batch, found in self._batched(rows, VECTORS):
            vectors[batch] = found[0]
            done += len(batch)
            if progress:
                progress(done)
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """For each text its vector and those of its tokens, each as the model reads it in that text."""
        encodings = self._tokenizer.encode_batch(list(texts))
        found: list[Any] = [None] * len(encodings)
        rows = [encoding.ids for encoding in encodings]
        for batch, (vectors, states) in self._batched(rows, VECTORS, STATES):
            for place, index in enumerate(batch):
                kept, spans = encodings[index].special_tokens_mask, encodings[index].offsets
                found[index] = token_vectors(vectors[place], states[place], spans, kept)
        return found

    def _batched(self, rows: list[list[int]], *outputs: str) -> Iterator[tuple[list[int], list[np.ndarray]]]:
        """Batches as places of rows, each with what the graph puts out for it."""
        batches = list(_batches(rows))

        def run(batch: list[int]) -> tuple[list[int], list[np.ndarray]]:
            return batch, self._run([rows[index] for index in batch], outputs)

        with ThreadPoolExecutor(self._workers) as pool:
            yield from pool.map(run, batches) if len(batches) > 1 else map(run, batches)

    def _run(self, rows: list[list[int]], outputs: Sequence[str]) -> list[np.ndarray]:
        import numpy as np

        ids = np.zeros((len(rows), len(rows[0])), dtype=np.int32)  # rows come longest first
        mask = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)], mask[place, : len(row)] = row, 1
        return self._session.run(list(outputs), {IDS: ids, MASK: mask})


def _batches(rows: list[list[int]]) -> Iterator[list[int]]:
    """Places of texts of like length, longest first: what is padded is hardly anything."""
    order = sorted(range(len(rows)), key=lambda index: -len(rows[index]))
    first = 0
    while first < len(order):
        count = max(1, TOKENS // len(rows[order[first]]))
        yield order[first : first + count]
        first += count


def _pooling(folder: Path, config: dict[str, Any]) -> str:
    """ "mean" or "cls". Raises Unsupported unless every file of the model says what the graph computes."""
    odd = {name: config[name] for name, plain in _PLAIN.items() if config.get(name, plain) != plain}
    if config.get("model_type") != "bert" or odd:
        raise Unsupported(f"config.json says {odd or config.get('model_type')}")
    modules = [(entry["type"].rpartition(".")[2], entry["path"]) for entry in _json(folder / "modules.json")]
    kinds = [kind for kind, _ in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]) or modules[0][1]:
        raise Unsupported(f"its modules are {kinds}")
    pooling = _json(folder / modules[1][1] / "config.json")
    modes = [name for name, value in pooling.items() if name.startswith("pooling_mode") and value]
    if len(modes) != 1 or modes[0] not in _POOLINGS:
        raise Unsupported(f"its pooling is {modes}")
    own = folder / "config_sentence_transformers.json"
    if own.is_file() and _json(own).get("default_prompt_name"):
        raise Unsupported("it puts a prompt before every text")
    return _POOLINGS[modes[0]]


def _tokenizer(folder: Path, config: dict[str, Any]) -> Any:
    """The model's own tokenizer, cutting texts where sentence-transformers cuts them."""
    from tokenizers import Tokenizer

    reading = _json(folder / "sentence_bert_config.json")
    longest = reading.get("max_seq_length")
    if reading.get("do_lower_case") or not longest or longest > config["max_position_embeddings"]:
        raise Unsupported(f"sentence_bert_config.json says {reading}")
    if set(reading) - {"max_seq_length", "do_lower_case"}:
        raise Unsupported(f"sentence_bert_config.json has {sorted(reading)}")
    content = _json(folder / "tokenizer.json")
    normaliser, asked = content.get("normalizer") or {}, _json(folder / "tokenizer_config.json")
    # transformers lets the second file overrule the first.
    if normaliser.get("type") != "BertNormalizer" or normaliser["lowercase"] != asked.get("do_lower_case", True):
        raise Unsupported("tokenizer.json and tokenizer_config.json differ")
    tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    return tokenizer


def _session(folder: Path, config: dict[str, Any], pooling: str) -> tuple[Any, Any]:
    """(session, what must live as long as it: onnxruntime reads the weights where they are)."""
    import onnxruntime

    weights = _weights(folder / "model.safetensors")
    try:
        model, initializers = bert_graph(config, weights, pooling)
    except KeyError as error:
        raise Unsupported(f"its weights lack {error.args[0]}") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # More would join Add and LayerNormalization into an operator that takes twice as long as the two.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    values = {name: onnxruntime.OrtValue.ortvalue_from_numpy(array) for name, array in initializers.items()}
    options.add_external_initializers(list(values), list(values.values()))
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]), (initializers, values)


def _weights(file: Path) -> dict[str, np.ndarray]:
    """float32 weights by name; models saved with a head have the encoder under `bert.`"""
    import numpy as np
    from safetensors import safe_open

    if not file.is_file():
        raise Unsupported("its weights are not in one file")
    with safe_open(file, "numpy") as opened:
        kinds = {opened.get_slice(name).get_dtype() for name in opened.keys()}  # noqa: SIM118 (not a dict)
        if kinds - {"F32", "I64"}:
            raise Unsupported(f"its weights are {sorted(kinds)}")
        weights = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    return {name.removeprefix("bert."): values for name, values in weights.items() if values.dtype == np.float32}


def _cores() -> int:
    """Cores that this process may use: what it was told by OMP_NUM_THREADS, as a worker of Ray is; else all."""
    if (told := os.environ.get("OMP_NUM_THREADS", "")).isdecimal():
        return max(1, int(told))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Unsupported(f"it has no {file.name}") from None
    except ValueError:
        raise Unsupported(f"{file.name} can't be read") from None

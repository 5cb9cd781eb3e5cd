"""A BERT encoder as an ONNX graph, written from its weights: neither torch nor an exporter is needed to run one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

IDS, MASK, VECTORS, STATES = "ids", "mask", "vectors", "states"
_MICROSOFT = "com.microsoft"  # operators of onnxruntime that standard ONNX spells out in a dozen nodes
_EMBEDDINGS = (
    "word_embeddings.weight",
    "position_embeddings.weight",
    "token_type_embeddings.weight",
    "LayerNorm.weight",
    "LayerNorm.bias",
)


def bert_graph(
    config: dict[str, Any], weights: dict[str, np.ndarray], pooling: str
) -> tuple[bytes, dict[str, np.ndarray]]:
    """(model, initializers): token ids and mask, both int32 (n, length), to VECTORS, float32 (n, hidden) of length 1.

    STATES, those of the last layer (n, length, hidden), are computed on the way and can be asked for too. `pooling`:
    "mean" over the tokens that are not padding, or "cls". The initializers stay outside of the model, which saves a
    copy of all weights. Raises KeyError when a weight is missing.
    """
    graph = _Graph(config, weights)
    hidden = graph.embed()
    for layer in range(config["num_hidden_layers"]):
        hidden = graph.feed_forward(f"encoder.layer.{layer}.", graph.attend(f"encoder.layer.{layer}.", hidden))
    graph.pool(hidden, pooling)
    return graph.model(), graph.initializers


class _Graph:
    """Nodes in the order in which they run. An operator's output is named after what it computes."""

    def __init__(self, config: dict[str, Any], weights: dict[str, np.ndarray]) -> None:
        import numpy as np

        self._hidden, self._heads = config["hidden_size"], config["num_attention_heads"]
        self._epsilon: float = config["layer_norm_eps"]
        self._weights = weights
        self._nodes: list[Any] = []
        self.initializers: dict[str, np.ndarray] = {}
        self._constants = {
            "to_heads": np.array([0, 0, self._heads, self._hidden // self._heads], dtype=np.int64),
            "from_heads": np.array([0, 0, self._hidden], dtype=np.int64),
            "first": np.array(0, dtype=np.int64),
            "row": np.array([1], dtype=np.int64),
            "head_and_row": np.array([1, 2], dtype=np.int64),
            "one": np.array(1, dtype=np.float32),
            # Added to the scores of padding: their share after the softmax is exactly 0.
            "far_below": np.array(3e4, dtype=np.float32),
        }

    def embed(self) -> str:
        self._node("Sub", [IDS, IDS], "segments")  # one text a row: every token is of segment 0
        tables = [self._weight(f"embeddings.{name}") for name in _EMBEDDINGS]
        inputs = [IDS, "segments", *tables]
        self._nodes.append(
            _make("EmbedLayerNormalization", inputs, ["embedded", ""], domain=_MICROSOFT, epsilon=self._epsilon)
        )
        self._node("Cast", [MASK], "kept", to=1)
        self._node("Unsqueeze", ["kept", "head_and_row"], "kept_keys")
        self._node("Mul", [self._node("Sub", ["kept_keys", "one"], "padding"), "far_below"], "mask_scores")
        return "embedded"

    def attend(self, layer: str, hidden: str) -> str:
        prefix = f"{layer}attention.self."
        # The division of the scores by the root of a head's width, done once in the weights.
        scale = (self._hidden / self._heads) ** -0.5
        query = self._heads_of(f"{prefix}query", hidden, [0, 2, 1, 3], scale)
        key = self._heads_of(f"{prefix}key", hidden, [0, 2, 3, 1])
        value = self._heads_of(f"{prefix}value", hidden, [0, 2, 1, 3])
        scores = self._node("Add", [self._node("MatMul", [query, key], f"{prefix}dots"), "mask_scores"], f"{prefix}all")
        shares = self._node("Softmax", [scores], f"{prefix}shares", axis=-1)
        seen = self._node("MatMul", [shares, value], f"{prefix}seen")
        seen = self._node("Transpose", [seen], f"{prefix}turned", perm=[0, 2, 1, 3])
        seen = self._node("Reshape", [seen, "from_heads"], f"{prefix}joined")
        return self._add_and_normalise(f"{layer}attention.output.", seen, hidden)

    def feed_forward(self, layer: str, hidden: str) -> str:
        wide, bias = self._times(f"{layer}intermediate.dense", hidden)
        wide = self._node("BiasGelu", [wide, bias], f"{layer}gelu", domain=_MICROSOFT)
        return self._add_and_normalise(f"{layer}output.", wide, hidden)

    def pool(self, hidden: str, pooling: str) -> None:
        if pooling == "cls":
            pooled = self._node("Gather", [hidden, "first"], "pooled", axis=1)
        else:  # the mean and the sum have one direction, and only that is kept
            total = self._node("MatMul", [self._node("Unsqueeze", ["kept", "row"], "kept_tokens"), hidden], "total")
            pooled = self._node("Squeeze", [total, "row"], "pooled")
        self._node("LpNormalization", [pooled], VECTORS, axis=-1, p=2)
        self._node("Identity", [hidden], STATES)

    def model(self) -> bytes:
        from onnx import TensorProto, helper, numpy_helper

        inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, ["n", "length"]) for name in (IDS, MASK)]
        outputs = [
            helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["n", self._hidden]),
            helper.make_tensor_value_info(STATES, TensorProto.FLOAT, ["n", "length", self._hidden]),
        ]
        constants = [numpy_helper.from_array(values, name) for name, values in self._constants.items()]
        outside = [_outside(name, values) for name, values in self.initializers.items()]
        graph = helper.make_graph(self._nodes, "bert", inputs, outputs, [*constants, *outside])
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()

    def _heads_of(self, name: str, hidden: str, turn: list[int], scale: float = 1) -> str:
        product, bias = self._times(name, hidden, scale)
        split = self._node("Reshape", [self._node("Add", [product, bias], f"{name}.biased"), "to_heads"], f"{name}.4d")
        return self._node("Transpose", [split], f"{name}.heads", perm=turn)

    def _add_and_normalise(self, prefix: str, update: str, hidden: str) -> str:
        product, bias = self._times(f"{prefix}dense", update)
        added = self._node("Add", [self._node("Add", [product, bias], f"{prefix}biased"), hidden], f"{prefix}added")
        norm = [self._weight(f"{prefix}LayerNorm.{name}") for name in ("weight", "bias")]
        return self._node("LayerNormalization", [added, *norm], f"{prefix}normal", axis=-1, epsilon=self._epsilon)

    def _times(self, name: str, hidden: str, scale: float = 1) -> tuple[str, str]:
        """(product without the bias, name of the bias). torch keeps weights as (out, in)."""
        weight, bias = self._weight(f"{name}.weight", scale, turned=True), self._weight(f"{name}.bias", scale)
        return self._node("MatMul", [hidden, weight], f"{name}.product"), bias

    def _weight(self, name: str, scale: float = 1, turned: bool = False) -> str:
        import numpy as np

        values = self._weights[name].T if turned else self._weights[name]
        self.initializers[name] = np.ascontiguousarray(values if scale == 1 else values * np.float32(scale))
        return name

    def _node(self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        self._nodes.append(_make(operator, inputs, [output], domain=domain, **attributes))
        return output


def _make(operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> Any:
    from onnx import helper

    return helper.make_node(operator, inputs, outputs, **attributes)


def _outside(name: str, values: np.ndarray) -> Any:
    """The declaration of an initializer whose values the session is given beside the model."""
    from onnx import TensorProto

    tensor = TensorProto(name=name, dims=values.shape, data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="given with the session")
    return tensor

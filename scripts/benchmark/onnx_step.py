"""One step of generation as a graph of ONNX, run by ONNX Runtime.

Gather (embedding), LSTM, GRU or RNN for each layer, Gemm (output layer), Multinomial (the draw). Tokens
and states stay in ONNX Runtime's own values from one step to the next.
"""

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
# The gates of PyTorch, i f g o and r z n, in the order that ONNX defines: i o f c and z r h.
ORDERS = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn": (0,)}
OPERATORS = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}


def _reordered(value, cell):
    order = ORDERS[cell]
    gates = numpy.split(value, len(order))
    return numpy.concatenate([gates[i] for i in order])[numpy.newaxis]


def model_of(s, weights):
    """The graph: (token, states) to (next token, states)."""
    cell, hidden = s["cell"], s["hidden"]
    arrays = {name: value.detach().numpy() for name, value in weights.items()}
    constants, nodes = {}, []
    constants["encoder"] = arrays["encoder.weight"]
    constants["decoder"], constants["bias"] = arrays["decoder.weight"], arrays["decoder.bias"]
    constants["flat"] = numpy.array([1, hidden], numpy.int64)
    constants["one"] = numpy.array([1], numpy.int64)
    nodes.append(helper.make_node("Gather", ["encoder", "token"], ["x"]))  # (1, 1, D)
    x = "x"
    for layer in range(s["layers"]):
        parts = [arrays[f"rnn.{kind}_l{layer}"] for kind in
                 ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]  # fmt: skip
        w, r, b, c = (_reordered(part, cell) for part in parts)
        constants[f"W{layer}"], constants[f"R{layer}"] = w, r
        constants[f"B{layer}"] = numpy.concatenate([b, c], axis=1)
        given = [x, f"W{layer}", f"R{layer}", f"B{layer}", "", f"h{layer}"]
        made = [f"y{layer}", f"h{layer}_next"]
        more = {}
        if cell == "lstm":
            given, made = given + [f"c{layer}"], made + [f"c{layer}_next"]
        if cell == "gru":
            more["linear_before_reset"] = 1
        nodes.append(
            helper.make_node(OPERATORS[cell], given, made, hidden_size=hidden, **more)
        )
        x = f"h{layer}_next"  # (1, 1, H), which is the only step's output too
    nodes.append(helper.make_node("Reshape", [x, "flat"], ["row"]))
    nodes.append(helper.make_node("Gemm", ["row", "decoder", "bias"], ["logits"], transB=1))
    # Takes logarithms of probabilities that need not sum to 1, so a softmax is not needed.
    nodes.append(helper.make_node("Multinomial", ["logits"], ["drawn"], dtype=TensorProto.INT64,
                                  sample_size=1, seed=1.0))  # fmt: skip
    state = states_of(s)
    inputs = [helper.make_tensor_value_info("token", TensorProto.INT64, [1, 1])]
    inputs += [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 1, hidden]) for n in state]
    outputs = [
        helper.make_tensor_value_info("drawn", TensorProto.INT64, [1, 1]),
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, s["vocabulary"]]),
    ]
    outputs += [
        helper.make_tensor_value_info(n + "_next", TensorProto.FLOAT, [1, 1, hidden])
        for n in state
    ]
    values = [numpy_helper.from_array(numpy.ascontiguousarray(v), n) for n, v in constants.items()]
    graph = helper.make_graph(nodes, "step", inputs, outputs, values)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    made.ir_version = min(made.ir_version, 10)  # the newest that every ONNX Runtime in use reads
    return made


def states_of(s):
    names = [f"h{layer}" for layer in range(s["layers"])]
    if s["cell"] == "lstm":
        names += [f"c{layer}" for layer in range(s["layers"])]
    return names


def session_of(s, weights, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    graph = model_of(s, weights).SerializeToString()
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def onnx_step(s, weights, threads):
    """A function that writes one token."""
    session = session_of(s, weights, threads)
    state = states_of(s)
    names = ["drawn"] + [name + "_next" for name in state]
    zeros = numpy.zeros((1, 1, s["hidden"]), numpy.float32)
    value = onnxruntime.OrtValue.ortvalue_from_numpy
    given = {"token": value(numpy.zeros((1, 1), numpy.int64))}
    given.update({name: value(zeros) for name in state})

    def step():
        made = session.run_with_ort_values(names, given)
        given["token"] = made[0]
        given.update(zip(state, made[1:]))
        return int(made[0].numpy()[0, 0])

    return step

"""Turns a graph in the trainer's JSON form into a Python function over torch tensors."""

from __future__ import annotations

import linecache
import re
from collections import defaultdict
from typing import Any, Callable, Iterable

import torch

from .operators import further_outputs, operators

GRAPH_VERSION = 1

# A term of a size that is no number: `S`, `-16`, `3*S`.
TERM = re.compile(r"([+-]*)(?:([0-9]+)\*)?([A-Z][A-Za-z0-9_]*|[0-9]+)")

# The trainer's own executor draws dropout masks from a pool at these offsets; torch draws its own.
UNUSED_INPUT = "dropout_offsets"

GraphFunction = Callable[[dict[str, torch.Tensor], dict[str, torch.Tensor]], dict[str, torch.Tensor]]


def graph_function(graph: dict[str, Any], name: str) -> GraphFunction:
    """A function of (parameters, inputs), both tensors by name, that gives the graph's outputs by name.

    It is written as source text, one line a node: what a graph says becomes a name, a number or a quoted text in it,
    never anything else, for recordings of strangers are answered too. It lets go of every value after its last use: what stays in memory
    is what autograd needs and nothing else. torch.compile reads it like any other function.
    """
    if graph["version"] != GRAPH_VERSION:
        raise ValueError(f"the graph must have version {GRAPH_VERSION}, got {graph['version']}")
    source = function_source(graph, name)
    file = f"<graph {name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"torch": torch, **{function_name(op): made for op, made in operators.items()}}
    namespace |= {function_name(op, output): made for (op, output), made in further_outputs.items()}
    exec(compile(source, file, "exec"), namespace)
    return namespace[name]


def function_source(graph: dict[str, Any], name: str) -> str:
    nodes = graph["nodes"]
    written = Nodes(nodes, graph["outputs"].values())
    lines = []
    for index, node in enumerate(nodes):
        expression = written.expression(node)
        if expression is not None:
            lines.append(f"v{index} = {expression}")
        for output in sorted(written.further[index]):
            lines.append(f"v{index}_{output} = {written.expression(node, output)}")
        dead = written.last_used(index, keep={at for at, _ in graph["outputs"].values()})
        if dead:
            lines.append(f"del {', '.join(dead)}")
    results = ", ".join(f"{output!r}: {written.reference(at)}" for output, at in graph["outputs"].items())
    head = [f"{symbol} = {size}" for symbol, size in written.symbols.items()]
    body = [*head, *lines, f"return {{{results}}}"]
    return "\n".join([f"def {name}(parameters, inputs):", *(f"    {line}" for line in body), ""])


def function_name(op: str, output: int = 0) -> str:
    return f"op_{op}" if output == 0 else f"op_{op}_{output}"


class Nodes:
    """How the nodes of one graph are written."""

    def __init__(self, nodes: list[dict[str, Any]], results: Iterable[list[int]]):
        self.nodes = nodes
        self.last_use: dict[int, int] = {}
        # Which outputs beside the first are read, node by node.
        self.further: dict[int, set[int]] = defaultdict(set)
        for index, node in enumerate(nodes):
            for at in node["inputs"]:
                if at is not None:
                    self.last_use[at[0]] = index
        for at in [*(at for node in nodes for at in node["inputs"] if at is not None), *results]:
            if at[1] != 0:
                self.further[at[0]].add(at[1])
        # Symbolic sizes, read off the inputs, but only those that some reshape names.
        shapes = [node["attributes"]["shape"] for node in nodes if node["op"] == "reshape"]
        named = {symbol for shape in shapes for dim in shape for symbol in terms_of(dim) if symbol}
        self.symbols = known_sizes(nodes, named) if named else {}

    def expression(self, node: dict[str, Any], output: int = 0) -> str | None:
        """The right-hand side of an output's line; None for nodes that are written where they are used."""
        op, attributes = node["op"], node["attributes"]
        if output != 0 and (op, output) not in further_outputs:
            raise ValueError(f"the graph reads output {output} of {op}, which only gradients need")
        if op in ("input", "parameter"):
            return None
        if op == "constant":
            return f"torch.full((), {float(attributes['value'])!r}, device=next(iter(parameters.values())).device)"
        if op not in operators:
            raise ValueError(f"the graph has the op {op}, which this executor does not know")
        inputs = [self.reference(at) for at in node["inputs"]]
        strange = next((key for key in attributes if not key.isidentifier()), None)
        if strange is not None:
            raise ValueError(f"the attributes of {op} must be named by identifiers, got {strange!r}")
        named = [f"{key}={self.attribute(op, key, value)}" for key, value in attributes.items()]
        return f"{function_name(op, output)}({', '.join([*inputs, *named])})"

    def attribute(self, op: str, key: str, value: Any) -> str:
        if op == "reshape" and key == "shape":
            return f"({''.join(f'{size_text(terms_of(dim))}, ' for dim in value)})"
        return repr(value)

    def reference(self, at: list[int] | None) -> str:
        if at is None:
            return "None"
        index, output = at
        node = self.nodes[index]
        if output != 0:
            return f"v{index}_{output}"
        attributes = node["attributes"]
        if node["op"] == "parameter":
            return f"parameters[{attributes['name']!r}]"
        if node["op"] == "input":
            return "None" if attributes["name"] == UNUSED_INPUT else f"inputs[{attributes['name']!r}]"
        return f"v{index}"

    def last_used(self, index: int, keep: set[int]) -> list[str]:
        """Values that nothing reads after this node."""
        read = {at[0] for at in self.nodes[index]["inputs"] if at is not None}
        dead = sorted(at for at in read if self.last_use[at] == index and at not in keep)
        return [f"v{at}" for at in dead if self.nodes[at]["op"] not in ("input", "parameter")]


def is_number(dim: Any) -> bool:
    return isinstance(dim, int) and not isinstance(dim, bool)


def terms_of(dim: Any) -> dict[str, int]:
    """Factors by symbol, "" for the constant: `3*S+16` → {"S": 3, "": 16}."""
    if is_number(dim):
        return {"": dim}
    terms: dict[str, int] = {}
    at = 0
    while isinstance(dim, str) and at < len(dim):
        term = TERM.match(dim, at)
        if term is None:
            break
        signs, factor, what = term.groups()
        number = int(factor or 1) * (-1 if signs.endswith("-") else 1)
        symbol, number = ("", number * int(what)) if what.isdigit() else (what, number)
        terms[symbol] = terms.get(symbol, 0) + number
        at = term.end()
    if not isinstance(dim, str) or at == 0 or at < len(dim):
        raise ValueError(f"a size must be a whole number or like S, S+16 or P+S, got {dim!r}")
    return terms


def size_text(terms: dict[str, int]) -> str:
    """The terms as an expression over the symbols."""
    return " + ".join(f"{number} * {symbol}" if symbol else str(number) for symbol, number in terms.items())


def known_sizes(nodes: list[dict[str, Any]], named: set[str]) -> dict[str, str]:
    """An expression for each symbol that the inputs tell, in an order in which each needs only earlier ones: an input's size `P+S` says P
    once another says S."""
    sizes = [
        (terms_of(dim), f"inputs[{node['attributes']['name']!r}].shape[{axis}]")
        for node in nodes
        if node["op"] == "input" and node["attributes"]["name"] != UNUSED_INPUT
        for axis, dim in enumerate(node["attributes"]["shape"])
        if not is_number(dim)
    ]
    known: dict[str, str] = {}
    learnt = True
    while learnt:
        learnt = False
        for terms, size in sizes:
            unknown = [symbol for symbol in terms if symbol and symbol not in known]
            if len(unknown) != 1:
                continue
            factor = terms[unknown[0]]
            rest = {symbol: number for symbol, number in terms.items() if symbol != unknown[0]}
            less = f" - ({size_text(rest)})" if rest else ""
            known[unknown[0]] = f"{size}{less}" if factor == 1 else f"({size}{less}) // {factor}"
            learnt = True
    strange = next((symbol for symbol in sorted(named) if symbol not in known), None)
    if strange is not None:
        raise ValueError(f"no input of the graph tells the size of {strange}")
    return known

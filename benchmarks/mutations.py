"""Small faults of a module, each as a piece of its text and the replacement."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: (r"is\s+not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: (r"not\s+in", "in"),
}
OPERATORS: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "//"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
}
_OPPOSITES = "min max, minimum maximum, argmin argmax, floor ceil, any all, zeros ones, left right, stable quicksort"
NAMES = {a: b for pair in _OPPOSITES.split(", ") for a, b in (pair.split(), pair.split()[::-1])}
# Messages, types, sizes of caches and backends: they change no number.
_LEFT_ALONE = (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom)
_FIELDS_LEFT_ALONE = {"annotation", "returns"}
_DECORATORS_LEFT_ALONE = ("dataclass", "lru_cache", "swappable")
_NAME_OF_TYPE = re.compile(r"[A-Z]+[a-z]\w*")


class Mutation(NamedTuple):
    """A piece of a module's text, from byte `start` up to `stop`, and its replacement."""

    start: int
    stop: int
    text: str

    def of(self, source: str) -> str:
        """Return the module with the fault."""
        whole = source.encode()
        return (whole[: self.start] + self.text.encode() + whole[self.stop :]).decode()

    def place(self, source: str) -> tuple[str, int]:
        """Return the first line of the fault and the byte in it, which stay the same when other lines change."""
        whole = source.encode()
        begin = whole.rfind(b"\n", 0, self.start) + 1
        line = whole[begin:].partition(b"\n")[0]
        return line.decode(), self.start - begin

    def is_readable(self, source: str) -> bool:
        """Return whether Python can read the module with the fault."""
        try:
            ast.parse(self.of(source))
        except SyntaxError:
            return False
        return True


def mutations(source: str) -> list[Mutation]:
    """Return the faults that a module can have, in the order of its text."""
    text = _Text(source)
    return sorted({fault for node in _nodes(ast.parse(source)) for fault in text.faults(node)})


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, _LEFT_ALONE) or name in _FIELDS_LEFT_ALONE:
                continue
            if name == "decorator_list" and ast.unparse(child).startswith(_DECORATORS_LEFT_ALONE):
                continue
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Assign) and _NAME_OF_TYPE.fullmatch(ast.unparse(child.targets[0])):
                continue
            yield from _nodes(child)


class _Text:
    """Text of a module with the places of its nodes."""

    def __init__(self, source: str) -> None:
        self.bytes = source.encode()
        self.lines = [0]
        for line in self.bytes.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))

    def start(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        return self.lines[node.lineno - 1] + node.col_offset

    def stop(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        return self.lines[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)

    def of(self, node: ast.expr) -> str:
        return self.bytes[self.start(node) : self.stop(node)].decode()

    def put(self, node: ast.expr | ast.stmt, text: str) -> Mutation:
        return Mutation(self.start(node), self.stop(node), text)

    def between(self, left: int, right: int, pattern: str, text: str) -> Iterator[Mutation]:
        """Yield the fault that replaces the first match between two places."""
        if match := re.search(pattern.encode(), self.bytes[left:right]):
            yield Mutation(left + match.start(), left + match.end(), text)

    def faults(self, node: ast.AST) -> Iterator[Mutation]:
        match node:
            case ast.Compare():
                for (left, right), op in zip(pairwise([node.left, *node.comparators]), node.ops, strict=True):
                    yield from self.between(self.stop(left), self.start(right), *COMPARISONS[type(op)])
            case ast.BinOp(left, op, right):
                yield from self._operator(op, self.stop(left), self.start(right))
                yield self.put(node, f"({self.of(left)})")
            case ast.AugAssign(target, op, value):
                yield from self._operator(op, self.stop(target), self.start(value))
                yield self.put(node, "pass")
            case ast.Expr(ast.Call()):
                yield self.put(node, "pass")
            case ast.BoolOp(op, [left, right, *_]):
                other = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
                yield from self.between(self.stop(left), self.start(right), *other)
                yield self.put(node, f"({self.of(left)})")
            case ast.UnaryOp(_, operand):
                yield self.put(node, f"({self.of(operand)})")
            case ast.Constant(bool(value)):
                yield self.put(node, str(not value))
            case ast.Constant(int(value)):
                yield self.put(node, str(value + 1))
            case ast.Constant(float(value)):
                yield self.put(node, repr(10 * value or 1.0))
            case ast.Constant(str(value)) if value in NAMES:
                yield self.put(node, repr(NAMES[value]))
            case ast.Name(name) | ast.Attribute(attr=name) if name in NAMES:
                yield Mutation(self.stop(node) - len(name), self.stop(node), NAMES[name])
            case ast.Call():
                for keyword in node.keywords:
                    yield from self._without(keyword)
        test = getattr(node, "test", None)
        if isinstance(test, ast.expr) and not isinstance(test, (ast.Compare, ast.UnaryOp)):
            yield self.put(test, f"not ({self.of(test)})")

    def _operator(self, op: ast.operator, left: int, right: int) -> Iterator[Mutation]:
        if type(op) in OPERATORS:
            symbol, other = OPERATORS[type(op)]
            yield from self.between(left, right, re.escape(symbol), other)

    def _without(self, keyword: ast.keyword) -> Iterator[Mutation]:
        """Yield the fault that leaves out a keyword argument and its comma."""
        if keyword.arg is not None:
            begin = self.start(keyword)
            before = re.search(rb",\s*$", self.bytes[max(begin - 200, 0) : begin])
            after = re.match(rb"\s*,\s*", self.bytes[self.stop(keyword) :])
            start = begin if after or not before else begin - len(before.group())
            yield Mutation(start, self.stop(keyword) + (after.end() if after else 0), "")

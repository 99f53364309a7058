# SPDX-License-Identifier: Apache-2.0
"""The boolean functions of Liberty: ! and ' negate, * & and a blank are and, ^ is exclusive or, + and | are or; in this order."""
import re

TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_\[\]]*|[01]|[!'*&+|^()])")


def parse(text):
    """A name, "0", "1", ("not", x) or (operator, x, y). Raises ValueError."""
    tokens, position = [], 0
    text = text.strip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match:
            raise ValueError(f"{text}: no boolean function")
        tokens.append(match[1])
        position = match.end()
    tree = disjunction(tokens)
    if tokens or tree is None:
        raise ValueError(f"{text}: no boolean function")
    return tree


def disjunction(tokens):
    return chain(tokens, "or", ("+", "|"), exclusive)


def exclusive(tokens):
    return chain(tokens, "xor", ("^",), conjunction)


def chain(tokens, name, signs, operand):
    tree = operand(tokens)
    while tokens and tokens[0] in signs:
        tokens.pop(0)
        tree = (name, tree, operand(tokens))
    return tree


def conjunction(tokens):
    tree = negation(tokens)
    while tokens and tokens[0] not in ("+", "|", "^", ")"):
        if tokens[0] in ("*", "&"):
            tokens.pop(0)
        tree = ("and", tree, negation(tokens))
    return tree


def negation(tokens):
    if not tokens:
        raise ValueError("a boolean function ends early")
    token = tokens.pop(0)
    if token == "!":
        return ("not", negation(tokens))
    if token == "(":
        tree = disjunction(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise ValueError("a boolean function lacks a parenthesis")
    elif token in "*&+|^)'":
        raise ValueError(f"a boolean function has '{token}' without an operand")
    else:
        tree = token
    while tokens and tokens[0] == "'":
        tokens.pop(0)
        tree = ("not", tree)
    return tree


def names(tree):
    """The pins and states that a function reads."""
    if isinstance(tree, str):
        return set() if tree in "01" else {tree}
    return set().union(*map(names, tree[1:]))


def evaluate(tree, values):
    if isinstance(tree, str):
        return tree == "1" if tree in "01" else bool(values[tree])
    first = evaluate(tree[1], values)
    if tree[0] == "not":
        return not first
    second = evaluate(tree[2], values)
    return {"and": first and second, "or": first or second, "xor": first != second}[tree[0]]


def table(tree, inputs):
    """The truth table over `inputs`, the first one the least significant."""
    return tuple(evaluate(tree, {name: row >> bit & 1 for bit, name in enumerate(inputs)}) for row in range(1 << len(inputs)))


def verilog(tree):
    if isinstance(tree, str):
        return f"1'b{tree}" if tree in "01" else tree
    if tree[0] == "not":
        return f"~{verilog(tree[1])}"
    return f"({verilog(tree[1])} {dict(zip(('and', 'or', 'xor'), '&|^'))[tree[0]]} {verilog(tree[2])})"

# SPDX-License-Identifier: Apache-2.0
"""Arithmetic in data files: numbers, names, + - * / // **, parentheses and the functions below. Nothing else is evaluated."""
import ast
import math
import operator

FUNCTIONS = {"log2": math.log2, "sqrt": math.sqrt, "max": max, "min": min, "ceil": math.ceil}
BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv,
          ast.Pow: operator.pow}


def evaluate(text, variables):
    """The value of an expression. Raises ValueError with what is wrong in it."""
    try:
        return value(ast.parse(str(text), mode="eval").body, variables)
    except SyntaxError:
        raise ValueError(f"{text}: not an expression; allowed: numbers, names, + - * / // ** ( ) and {' '.join(FUNCTIONS)}") from None
    except (ArithmeticError, TypeError) as error:
        raise ValueError(f"{text}: {error}") from None


def names(text):
    """The variables of an expression that can be evaluated."""
    return {node.id for node in ast.walk(ast.parse(str(text), mode="eval")) if isinstance(node, ast.Name)} - set(FUNCTIONS)


def value(node, variables):
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in variables:
            raise ValueError(f"no parameter '{node.id}'; allowed: {' '.join(sorted(variables))}")
        return variables[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        return BINARY[type(node.op)](value(node.left, variables), value(node.right, variables))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -value(node.operand, variables)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS and not node.keywords:
        return FUNCTIONS[node.func.id](*(value(argument, variables) for argument in node.args))
    raise ValueError(f"{ast.unparse(node)}: not allowed; allowed: numbers, names, + - * / // ** ( ) and {' '.join(FUNCTIONS)}")

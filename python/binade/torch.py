# SPDX-License-Identifier: Apache-2.0
"""PyTorch with the accelerator's arithmetic in its matrix products: formats for the forward pass and for both gradients.

`quantize`, `matmul`, `linear` and `conv2d` are differentiable; `convert` swaps the modules of a model. Tensors are float32 on the
CPU between products, whose sums are those of binade.matmul() and binade.conv2d().
"""
from __future__ import annotations

import dataclasses
import fnmatch
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from . import _numbers, _products
from ._arrays import INT32, FormatLike, format_of, integer, shown

__all__ = ["Conv2d", "Linear", "Pass", "Recipe", "conv2d", "convert", "linear", "matmul", "quantize"]


@dataclasses.dataclass(frozen=True)
class Pass:
    """The arithmetic of one pass's products: formats of the factors and the result, and how sums are added.

    `a` is the format of activations or of the incoming gradient, `b` (by default a) of weights or, in the backward-weight pass, of
    activations; `out` (by default a) of the result. `exponent`: the result's, for flex. Everything else as in binade.matmul(); with
    the rounding sr each product draws anew, from PyTorch's generator. ValueError: unknown words, formats and a
    policy that do not go together.

    >>> bt.Pass("fp8e4m3", out="bf16", accumulate="exact").out
    'bf16'
    """

    a: FormatLike
    b: FormatLike | None = None
    out: FormatLike | None = None
    accumulate: str | None = None
    acc_bits: int = 0
    block: int = 32
    chain: int = 31
    rounding: str | None = None
    exponent: int | None = None
    threads: int = 1

    def __post_init__(self) -> None:
        _products.check(**self._options())

    def _options(self) -> dict[str, Any]:
        return {"fmt": self.a, "fmt_b": self.b, "out": self.out, "accumulate": self.accumulate, "acc_bits": self.acc_bits, "block": self.block,
                "chain": self.chain, "rounding": self.rounding, "exponent": self.exponent, "threads": self.threads}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A Pass each for the forward, backward-data and backward-weight products; a word is a Pass in that format.

    `weight_order`: backward-weight sums go through the samples outermost, or innermost, where a `blocked` sum closes a block after
    each position's samples (`train.weight_order`).

    >>> bt.Recipe("fp8e4m3", backward_data=bt.Pass("fp8e5m2", "fp8e4m3")).backward_weight.b
    'fp8e4m3'
    """

    forward: Pass | FormatLike
    backward_data: Pass | FormatLike | None = None  #: by default as forward
    backward_weight: Pass | FormatLike | None = None  #: by default as backward_data
    weight_order: str = "samples-outermost"

    def __post_init__(self) -> None:
        forward = _as_pass(self.forward)
        data = forward if self.backward_data is None else _as_pass(self.backward_data)
        weight = data if self.backward_weight is None else _as_pass(self.backward_weight)
        for name, value in (("forward", forward), ("backward_data", data), ("backward_weight", weight)):
            object.__setattr__(self, name, value)
        if not isinstance(self.weight_order, str) or self.weight_order not in _WEIGHT_ORDERS:
            raise ValueError(f"weight_order is {shown(self.weight_order)}; allowed: {' '.join(_WEIGHT_ORDERS)}")

    @property
    def samples_innermost(self) -> bool:
        return self.weight_order == _WEIGHT_ORDERS[1]


_WEIGHT_ORDERS = ("samples-outermost", "samples-innermost")


def _as_pass(one: Pass | FormatLike) -> Pass:
    return one if isinstance(one, Pass) else Pass(one)


def _options(one: Pass | FormatLike | None) -> dict[str, Any]:
    assert isinstance(one, Pass)  # as a Recipe has made it
    return {**one._options(), "seed": _drawn_seed(one.rounding)}


def _drawn_seed(rounding: str | None) -> int:
    """Stochastic rounding draws anew in each product, from PyTorch's generator."""
    return int(torch.randint(2**32, ())) if rounding == "sr" else 0


def _weight_options(recipe: Recipe, samples: int) -> dict[str, Any]:
    """Of backward-weight products."""
    options = _options(recipe.backward_weight)
    return {**options, "block": samples} if recipe.samples_innermost else options


def _as_recipe(recipe: Recipe | Pass | FormatLike) -> Recipe:
    return recipe if isinstance(recipe, Recipe) else Recipe(recipe)


def _check(name: str, x: Any, least_dimensions: int = 0) -> None:
    if not isinstance(x, torch.Tensor):
        raise ValueError(f"{name} is {shown(x)}; allowed: a tensor")
    if x.device.type != "cpu" or x.layout != torch.strided or x.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"{name}: a tensor of {x.dtype} on {x.device}, {x.layout}; allowed: torch.float32 and torch.float64 on cpu, torch.strided")
    if x.dim() < least_dimensions:
        raise ValueError(f"{name} has the shape {tuple(x.shape)}; allowed: {least_dimensions} dimensions or more")


def _array(x: torch.Tensor) -> np.ndarray[Any, Any]:
    return x.detach().contiguous().numpy()


def _tensor(array: Any, like: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape)).to(like.dtype)


def _turned(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.swapaxes(-1, -2)


class _Quantize(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, fmt: FormatLike, gradient: FormatLike | None, options: dict[str, Any]) -> torch.Tensor:
        ctx.gradient = None if gradient is None else format_of(gradient)
        ctx.options = {name: options[name] for name in ("rounding", "seed", "tensor") if name in options}
        return _tensor(_numbers.quantize(_array(x), fmt, **options), x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (grad,) = grad_outputs
        if ctx.gradient is not None:
            grad = _tensor(_numbers.quantize(_array(grad), ctx.gradient, **ctx.options), grad)
        return grad, None, None, None


def quantize(x: torch.Tensor, fmt: FormatLike, gradient: FormatLike | None = None, **options: Any) -> torch.Tensor:
    """x rounded to the format; the gradient passes as it is, or rounded to the format `gradient` with the same rounding and draws.

    Options and errors as binade.quantize() has them.

    >>> bt.quantize(torch.tensor([0.1, 3.0]), "posit8")
    tensor([0.1016, 3.0000])
    """
    _check("x", x)
    return _Quantize.apply(x, fmt, gradient, options)


class _MatMul(torch.autograd.Function):
    """a (..., m, k) and b (..., k, n) with equal leading dimensions."""

    @staticmethod
    def forward(ctx: Any, a: torch.Tensor, b: torch.Tensor, recipe: Recipe) -> torch.Tensor:
        ctx.save_for_backward(a, b)
        ctx.recipe = recipe
        return _tensor(_products.matmul(_array(a), _array(b), **_options(recipe.forward)), a)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (grad,) = grad_outputs
        a, b = ctx.saved_tensors
        g = _array(grad)
        da = db = None
        if ctx.needs_input_grad[0]:
            da = _tensor(_products.matmul(g, _turned(_array(b)), **_options(ctx.recipe.backward_data)), a)
        if ctx.needs_input_grad[1]:
            # The incoming gradient is the factor a of the pass, so it is on the left: the transpose of what is wanted.
            product: Any = _products.matmul(_turned(g), _array(a), **_options(ctx.recipe.backward_weight))
            db = _tensor(_turned(product), b)
        return da, db, None


def matmul(a: torch.Tensor, b: torch.Tensor, recipe: Recipe | Pass | FormatLike) -> torch.Tensor:
    """a (..., m, k) times b (k, n), or (..., k, n) with the leading dimensions of a. Errors as binade.matmul() has them.

    >>> a = torch.tensor([[1.0, 0.3]], requires_grad=True)
    >>> y = bt.matmul(a, torch.tensor([[1.0], [0.5]]), "fp8e4m3")
    >>> y.backward(torch.tensor([[0.1]]))
    >>> y.item(), a.grad
    (1.125, tensor([[0.1016, 0.0508]]))
    """
    recipe = _as_recipe(recipe)
    _check("a", a, 1)
    _check("b", b, 2)
    if b.dim() == 2:
        return _MatMul.apply(a.reshape(math.prod(a.shape[:-1]), a.shape[-1]), b, recipe).reshape(*a.shape[:-1], b.shape[-1])
    if a.dim() != b.dim() or a.shape[:-2] != b.shape[:-2]:
        raise ValueError(f"a has the shape {tuple(a.shape)} and b {tuple(b.shape)}; allowed: b of two dimensions, or equal leading ones")
    return _MatMul.apply(a, b, recipe)


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, recipe: Recipe) -> torch.Tensor:
        ctx.save_for_backward(x, weight)
        ctx.recipe = recipe
        own = None if bias is None else _array(bias)
        return _tensor(_products.matmul(_array(x), _array(weight).T, bias=own, **_options(recipe.forward)), x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (grad,) = grad_outputs
        x, weight = ctx.saved_tensors
        g = _array(grad)
        dx = dw = None
        if ctx.needs_input_grad[0]:
            dx = _tensor(_products.matmul(g, _array(weight), **_options(ctx.recipe.backward_data)), x)
        if ctx.needs_input_grad[1]:
            # A sum over samples and what lies between them and the features.
            left, right = g, _array(x)
            if ctx.recipe.samples_innermost and g.ndim > 2:
                left, right = (np.moveaxis(one, 0, -2) for one in (left, right))
            left, right = (one.reshape(-1, one.shape[-1]) for one in (left, right))
            dw = _tensor(_products.matmul(left.T, right, **_weight_options(ctx.recipe, len(g) if g.ndim > 1 else 1)), weight)
        db = grad.reshape(-1, grad.shape[-1]).sum(0) if ctx.needs_input_grad[2] else None
        return dx, dw, db, None


def linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None, recipe: Recipe | Pass | FormatLike = "fp32") -> torch.Tensor:
    """torch.nn.functional.linear; the bias joins the forward sum, its gradient is a float32 sum. Errors as binade.matmul() has them.

    >>> bt.linear(torch.tensor([1.0, 0.3]), torch.tensor([[1.0, 0.5]]), torch.tensor([0.01]), "posit8")
    tensor([1.1250])
    """
    _check("x", x, 1)
    _check("weight", weight, 2)
    if bias is not None:
        _check("bias", bias)
    return _Linear.apply(x, weight, bias, _as_recipe(recipe))


def _dilated(g: np.ndarray[Any, Any], stride: tuple[int, int], shape: tuple[int, int]) -> np.ndarray[Any, Any]:
    """g with stride - 1 zeros between elements, on a plane of `shape` filled up with zeros."""
    plane = np.zeros((*g.shape[:2], *shape), g.dtype)
    plane[:, :, : (g.shape[2] - 1) * stride[0] + 1 : stride[0], : (g.shape[3] - 1) * stride[1] + 1 : stride[1]] = g
    return plane


class _Conv2d(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, geometry: dict[str, Any],
                recipe: Recipe) -> torch.Tensor:
        ctx.save_for_backward(x, weight)
        ctx.geometry, ctx.recipe = geometry, recipe
        own = None if bias is None else _array(bias)
        return _tensor(_products.conv2d(_array(x), _array(weight), bias=own, **geometry, **_options(recipe.forward)), x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (grad,) = grad_outputs
        x, weight = ctx.saved_tensors
        g, w, stride, pad, dilation = _array(grad), _array(weight), ctx.geometry["stride"], ctx.geometry["padding"], ctx.geometry["dilation"]
        kernel, groups = w.shape[2:], ctx.geometry["groups"]
        reach = [(kernel[i] - 1) * dilation[i] for i in range(2)]
        padded = [x.shape[2 + i] + 2 * pad[i] for i in range(2)]
        dx = dw = None
        if ctx.needs_input_grad[0]:
            # Each element of the input is a sum over features and the kernel's places, turned around; those of the padding are not made.
            plane = _dilated(g, stride, (padded[0] - reach[0], padded[1] - reach[1]))
            around = np.pad(plane, ((0, 0), (0, 0), (reach[0], reach[0]), (reach[1], reach[1])))
            around = around[:, :, pad[0] : pad[0] + x.shape[2] + reach[0], pad[1] : pad[1] + x.shape[3] + reach[1]]
            turned = w[:, :, ::-1, ::-1].reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2).reshape(x.shape[1], -1, *kernel)
            dx = _tensor(_products.conv2d(around, turned, dilation=dilation, groups=groups, **_options(ctx.recipe.backward_data)), x)
        if ctx.needs_input_grad[1]:
            # A sum over samples and places of the output, group by group: (features, n p q) times (n p q, channels r s).
            around = np.pad(_array(x), ((0, 0), (0, 0), (pad[0], pad[0]), (pad[1], pad[1])))
            windows = _products._windows(around, kernel, stride, dilation)
            rows = g.transpose(1, 0, 2, 3)
            if ctx.recipe.samples_innermost:
                windows = windows.reshape(len(g), -1, windows.shape[1]).swapaxes(0, 1).reshape(windows.shape)
                rows = g.transpose(1, 2, 3, 0)
            windows = windows.reshape(len(windows), groups, -1).swapaxes(0, 1)
            rows = rows.reshape(groups, g.shape[1] // groups, -1)
            product: Any = _products.matmul(rows, windows, **_weight_options(ctx.recipe, len(g)))
            dw = _tensor(product.reshape(w.shape), weight)
        return dx, dw, grad.sum((0, 2, 3)) if ctx.needs_input_grad[2] else None, None, None


def conv2d(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None, stride: int | tuple[int, ...] = 1,
           padding: int | tuple[int, ...] = 0, dilation: int | tuple[int, ...] = 1, groups: int = 1,
           recipe: Recipe | Pass | FormatLike = "fp32") -> torch.Tensor:
    """torch.nn.functional.conv2d, padded with zeros. Errors as binade.conv2d() has them.

    >>> bt.conv2d(torch.ones(1, 1, 3, 3), torch.full((1, 1, 3, 3), 0.1), padding=1, recipe="fp8e4m3")[0, 0, 1]
    tensor([0.6250, 0.9375, 0.6250])
    """
    recipe = _as_recipe(recipe)
    for name, one in (("x", x), ("weight", weight)) if bias is None else (("x", x), ("weight", weight), ("bias", bias)):
        _check(name, one)
    geometry = {"stride": _products._pair(stride, "stride", 1), "padding": _products._pair(padding, "padding", 0),
                "dilation": _products._pair(dilation, "dilation", 1), "groups": integer("groups", groups, 1, INT32[1])}
    return _Conv2d.apply(x, weight, bias, geometry, recipe)


class Linear(nn.Linear):
    """torch.nn.Linear with a recipe; its parameters are those of the module that it was made from, by convert()."""

    recipe: Recipe

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return linear(input, self.weight, self.bias, self.recipe)


class Conv2d(nn.Conv2d):
    """torch.nn.Conv2d with a recipe, likewise."""

    recipe: Recipe

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if self.padding_mode != "zeros":
            input = functional.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            return conv2d(input, self.weight, self.bias, self.stride, 0, self.dilation, self.groups, self.recipe)
        padding: Any = self.padding
        if padding == "same":
            input, padding = functional.pad(input, self._reversed_padding_repeated_twice), 0
        elif padding == "valid":
            padding = 0
        return conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups, self.recipe)


_SWAPPED: dict[type[nn.Module], type[nn.Module]] = {nn.Linear: Linear, nn.Conv2d: Conv2d}


def convert(model: nn.Module, recipe: Recipe | Pass | FormatLike | Mapping[str, Recipe | Pass | FormatLike]) -> nn.Module:
    """Swaps the Linear and Conv2d modules of a model, in place; parameters stay the same objects. Returns the model.

    `recipe`: one for all, or by names of modules as named_modules() has them, which may be globs; the last that fits counts and
    modules that none fits stay. ValueError: a pattern that fits nothing; nothing is swapped then.

    >>> model = bt.convert(torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)), {"*": "posit8", "2": "posit16"})
    >>> model[0].recipe.forward.a, model[2].recipe.forward.a
    ('posit8', 'posit16')
    """
    if not isinstance(model, nn.Module):
        raise ValueError(f"convert: model is {shown(model)}; allowed: a torch.nn.Module")
    rules = dict(recipe) if isinstance(recipe, Mapping) else {"*": recipe}
    for pattern in rules:
        if not isinstance(pattern, str):
            raise ValueError(f"convert: {shown(pattern)} is no pattern of names; allowed: text")
    recipes = {pattern: _as_recipe(one) for pattern, one in rules.items()}
    chosen = {}
    unused = set(recipes)
    for name, module in model.named_modules():
        if not isinstance(module, tuple(_SWAPPED.values())) and type(module) not in _SWAPPED:
            continue
        for pattern, one in recipes.items():
            if fnmatch.fnmatchcase(name, pattern):
                chosen[module] = one
                unused.discard(pattern)
    if unused:
        raise ValueError(f"convert: no Linear or Conv2d module fits {next(pattern for pattern in recipes if pattern in unused)!r}")
    for module, one in chosen.items():
        module.__class__ = _SWAPPED.get(type(module), type(module))
        module.recipe = one
    return model

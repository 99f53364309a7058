# SPDX-License-Identifier: Apache-2.0
"""binade.torch: forward and backward products are those of binade.matmul, and in fp32 nearly PyTorch's own."""
import copy
import pickle

import numpy as np
import pytest

import binade

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

import binade.torch as bt  # noqa: E402


def draw(*shape, seed=0, grad=True):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape).astype(np.float32)).requires_grad_(grad)


def gradients(function, *tensors):
    """The result and the gradients under a fixed incoming one."""
    own = [one.detach().clone().requires_grad_() for one in tensors]
    result = function(*own)
    result.backward(draw(*result.shape, seed=9, grad=False))
    return [result.detach(), *(one.grad for one in own)]


def assert_near(got, want):
    for a, b in zip(got, want):
        assert a.shape == b.shape and torch.allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("geometry", [{}, {"stride": 2, "padding": 1}, {"padding": (2, 1), "dilation": (2, 1), "stride": (1, 3)}, {"groups": 2, "padding": 1}])
def test_conv2d_in_fp32_is_torch_s(geometry):
    x, w, b = draw(2, 4, 9, 8), draw(6, 4 // geometry.get("groups", 1), 3, 2, seed=1), draw(6, seed=2)
    assert_near(gradients(lambda *t: bt.conv2d(*t, **geometry, recipe="fp32"), x, w, b),
                gradients(lambda *t: nn.functional.conv2d(*t, **geometry), x, w, b))


def test_linear_and_matmul_in_fp32_are_torch_s():
    x, w, b = draw(2, 3, 7), draw(5, 7, seed=1), draw(5, seed=2)
    assert_near(gradients(lambda *t: bt.linear(*t, recipe="fp32"), x, w, b), gradients(nn.functional.linear, x, w, b))
    batched = draw(2, 7, 4, seed=3)
    for right in (draw(7, 5, seed=1), batched):
        assert_near(gradients(lambda *t: bt.matmul(*t, "fp32"), x, right), gradients(torch.matmul, x, right))


def test_batches_and_groups_are_one_tensor():
    """A shared exponent is that of all parts: forward, both gradients."""
    a, b = draw(3, 4, 7), draw(3, 7, 5, seed=1)
    scaled = torch.tensor([1.0, 20.0, 0.1]).reshape(3, 1, 1)
    y, da, db = gradients(lambda s, t: bt.matmul(s, t, "dfp8"), a.detach() * scaled, b)
    g = draw(3, 4, 5, seed=9, grad=False).numpy()
    left, right = (a.detach() * scaled).numpy(), b.detach().numpy()
    assert np.array_equal(y, binade.matmul(left, right, "dfp8"))
    assert np.array_equal(da, binade.matmul(g, right.swapaxes(1, 2), "dfp8"))
    assert np.array_equal(db, binade.matmul(g.swapaxes(1, 2), left, "dfp8").swapaxes(1, 2))
    x, w = draw(2, 4, 6, 6), draw(6, 2, 3, 3, seed=1)
    loud = w.detach() * torch.tensor([1.0] * 3 + [30.0] * 3).reshape(6, 1, 1, 1)
    y, dx, dw = gradients(lambda s, t: bt.conv2d(s, t, padding=1, groups=2, recipe="dfp8"), x, loud)
    whole = torch.zeros(6, 4, 3, 3)
    whole[:3, :2], whole[3:, 2:] = loud[:3], loud[3:]
    want_y, want_dx, want_dw = gradients(lambda s, t: bt.conv2d(s, t, padding=1, recipe="dfp8"), x, whole)
    assert torch.equal(y, want_y) and torch.equal(dx, want_dx)
    exponent = [np.log2(np.abs(one[one != 0]).min()) for one in (dw.numpy(), want_dw.numpy())]
    assert dw.shape == (6, 2, 3, 3) and exponent[0] <= exponent[1]


@pytest.mark.parametrize("word", ["flex16+5", "e6m7"])
def test_the_order_of_backward_weight_sums(word):
    """Samples outermost or innermost; blocked sums then close a block after each position's samples."""
    exponent = -12 if word == "flex16+5" else None
    x, w = draw(3, 4, 7), draw(5, 7, seed=1)
    g = draw(3, 4, 5, seed=9, grad=False).numpy()
    found = []
    for order in ("samples-outermost", "samples-innermost"):
        recipe = bt.Recipe(bt.Pass(word, exponent=exponent), weight_order=order)
        dw = gradients(lambda a, b: bt.linear(a, b, None, recipe), x, w)[2]
        left, right = (one.swapaxes(0, 1) if order == "samples-innermost" else one for one in (g, x.detach().numpy()))
        block = 3 if order == "samples-innermost" else 32
        assert np.array_equal(dw, binade.matmul(left.reshape(12, 5).T, right.reshape(12, 7), word, exponent=exponent, block=block))
        found.append(dw)
    assert not torch.equal(*found)


def test_each_pass_has_its_formats():
    recipe = bt.Recipe(bt.Pass("fp8e4m3", out="bf16", accumulate="exact"), bt.Pass("fp8e5m2", "fp8e4m3", out="fp32"), bt.Pass("posit8"))
    x, w = draw(6, 7), draw(5, 7, seed=1)
    y, dx, dw = gradients(lambda a, b: bt.linear(a, b, None, recipe), x, w)
    g = draw(6, 5, seed=9, grad=False).numpy()
    x, w = x.detach().numpy(), w.detach().numpy()
    assert np.array_equal(y, binade.matmul(x, w.T, "fp8e4m3", out="bf16", accumulate="exact"))
    assert np.array_equal(dx, binade.matmul(g, w, "fp8e5m2", out="fp32", fmt_b="fp8e4m3"))
    assert np.array_equal(dw, binade.matmul(g.T, x, "posit8"))


def test_the_gradient_of_quantize_passes():
    x = draw(50)
    y = bt.quantize(x, "posit8", gradient="fp8e5m2")
    assert np.array_equal(y.detach(), binade.quantize(x.detach().numpy(), "posit8"))
    incoming = draw(50, seed=1, grad=False)
    y.backward(incoming)
    assert np.array_equal(x.grad, binade.quantize(incoming.numpy(), "fp8e5m2"))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3, padding="same"), nn.ReLU())
        self.classifier = nn.Linear(8 * 16, 3)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


@pytest.mark.parametrize("recipe", ["fp32", "posit16", "dfp16", bt.Recipe(bt.Pass("fp8e4m3", out="bf16"), bt.Pass("fp8e5m2", "fp8e4m3", out="bf16"))])
def test_a_converted_model_trains(recipe):
    torch.manual_seed(0)
    model = LeNet()
    parameters = list(model.parameters())
    assert bt.convert(model, recipe) is model and all(a is b for a, b in zip(parameters, model.parameters()))
    x, labels = draw(24, 1, 8, 8, grad=False), torch.arange(24) % 3
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]


def test_a_converted_model_is_copied_and_stored():
    model, x = bt.convert(LeNet(), "posit8"), draw(2, 1, 8, 8)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(other(x), model(x))
    assert model.classifier(input=draw(1, 128)).shape == (1, 3)


def test_gradients_of_gradients_are_refused():
    """A penalty on gradients would not be none in silence."""
    x = draw(2, 3)
    (first,) = torch.autograd.grad((bt.linear(x, draw(4, 3), None, "posit8") ** 2).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        (x.sum() + first.sum()).backward()


def test_a_pattern_that_fits_nothing_swaps_nothing():
    model = LeNet()
    with pytest.raises(ValueError, match="no Linear or Conv2d module fits 'head'"):
        bt.convert(model, {"*": "posit8", "head": "posit16"})
    assert type(model.classifier) is nn.Linear
    bt.convert(bt.convert(model, "posit8"), {"classifier": "posit16"})
    assert model.classifier.recipe.forward.a == "posit16" and model.features[0].recipe.forward.a == "posit8"


def test_tensors_keep_their_shape_and_type():
    assert bt.quantize(torch.tensor(0.1), "posit8").shape == ()
    assert bt.quantize(torch.tensor([0.1], dtype=torch.float64), "posit8").dtype == torch.float64


def test_modules_are_chosen_by_name():
    model = bt.convert(LeNet(), {"features.*": "posit8", "features.3": "posit16"})
    assert model.features[0].recipe.forward.a == "posit8" and model.features[3].recipe.forward.a == "posit16"
    assert type(model.classifier) is nn.Linear


def test_stochastic_rounding_draws_anew():
    """From PyTorch's generator: other draws in each product, the same ones again from the same seed."""
    x, w = draw(20, 30), draw(10, 30, seed=1)
    recipe = bt.Pass("posit8", rounding="sr")
    torch.manual_seed(3)
    first, second = (gradients(lambda a, b: bt.linear(a, b, None, recipe), x, w) for _ in range(2))
    torch.manual_seed(3)
    again = gradients(lambda a, b: bt.linear(a, b, None, recipe), x, w)
    assert all(torch.equal(a, b) for a, b in zip(first, again)) and not any(torch.equal(a, b) for a, b in zip(first, second))


@pytest.mark.parametrize("wrong, message", [
    (lambda: bt.convert(LeNet(), {"head.*": "posit8"}), "'head.*'"),
    (lambda: bt.convert(LeNet(), "posit99"), "nearest valid one"),
    (lambda: bt.matmul(draw(2, 3, 4), draw(3, 4, 2), "posit8"), "equal leading ones"),
    (lambda: bt.linear(draw(2, 3), draw(2, 4), None, "posit8"), "(..., k) and (k, n)"),
    (lambda: bt.linear(draw(2, 3), draw(2, 3), None, "flex16+5"), "needs the exponent"),
    (lambda: bt.quantize(torch.tensor([float("nan")]), "dfp8"), "NaN"),
    (lambda: bt.Pass("posit8", accumulate="blocked"), "blocked"),
    (lambda: bt.matmul(draw(2, 3).half(), draw(3, 2), "posit8"), "a: a tensor of torch.float16"),
    (lambda: bt.linear(draw(2, 3), [1.0], None, "posit8"), "weight is [1.0]; allowed: a tensor"),
    (lambda: bt.convert(LeNet(), {0: "posit8"}), "0 is no pattern"),
    (lambda: bt.Recipe("posit8", weight_order="innermost"), "samples-innermost"),
])
def test_wrong_input_is_a_value_error(wrong, message):
    with pytest.raises(ValueError) as error:
        wrong()
    assert message in str(error.value)

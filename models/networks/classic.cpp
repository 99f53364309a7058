// SPDX-License-Identifier: Apache-2.0
// Plain chains: a perceptron, LeNet-5, CifarNet, AlexNet for CIFAR-10 and for ImageNet, VGG-16. The two of ImageNet are tables for
// inference: the dropout of their classifiers, the identity there, has no row.
#include <array>
#include <string>

#include "models/networks/builder.h"

namespace binade::networks {

Network mlp() {
  Builder b("mlp", "784-32-10, the smallest network that learns MNIST; PyTorch's names of two linear layers", {1, 28, 28});
  int x = b.flatten("flatten", 0);
  x = b.linear("fc1", x, 32);
  x = b.relu("relu1", x);
  b.linear("fc2", x, 10);
  return b.finish(10);
}

Network lenet5() {
  Builder b("lenet5", "LeCun et al. 1998, the variant of PositNN (hpc-ulisboa/posit-neuralnet LeNet5_posit.hpp)", {1, 28, 28});
  int x = b.conv("conv1", 0, 6, 5, {.pad = 2});
  x = b.max_pool("pool1", x, 2, 2);
  x = b.relu("relu1", x);
  x = b.conv("conv2", x, 16, 5);
  x = b.max_pool("pool2", x, 2, 2);
  x = b.relu("relu2", x);
  x = b.conv("conv3", x, 120, 5);
  x = b.relu("relu3", x);
  x = b.flatten("flatten", x);
  x = b.linear("fc1", x, 84);
  x = b.relu("relu4", x);
  b.linear("fc2", x, 10);
  return b.finish(10);
}

Network cifarnet() {
  Builder b("cifarnet", "the CifarNet variant of PositNN (hpc-ulisboa/posit-neuralnet CifarNet_posit.hpp)", {3, 32, 32});
  int x = b.conv("conv1", 0, 8, 5, {.pad = 2});
  x = b.max_pool("pool1", x, 2, 2);
  x = b.relu("relu1", x);
  x = b.conv("conv2", x, 16, 5, {.pad = 2});
  x = b.max_pool("pool2", x, 2, 2);
  x = b.relu("relu2", x);
  x = b.dropout("drop1", x, 0.5);
  x = b.flatten("flatten", x);
  x = b.linear("fc1", x, 384);
  x = b.relu("relu3", x);
  x = b.dropout("drop2", x, 0.5);
  x = b.linear("fc2", x, 192);
  x = b.relu("relu4", x);
  b.linear("fc3", x, 10);
  return b.finish(10);
}

// AlexNet's five convolutions on images of 32 x 32, with one linear layer. Parameter names are the source's: positions in its
// Sequential container, and `classifier`.
Network alexnet_cifar() {
  Builder b("alexnet-cifar",
            "Krizhevsky et al. 2012 for images of 32 x 32, as W. Yang's pytorch-classification (bearpaw) models/cifar/alexnet.py",
            {3, 32, 32});
  int x = b.conv("features.0", 0, 64, 11, {.stride = 4, .pad = 5});
  x = b.relu("features.1", x);
  x = b.max_pool("features.2", x, 2, 2);
  x = b.conv("features.3", x, 192, 5, {.pad = 2});
  x = b.relu("features.4", x);
  x = b.max_pool("features.5", x, 2, 2);
  x = b.conv("features.6", x, 384, 3, {.pad = 1});
  x = b.relu("features.7", x);
  x = b.conv("features.8", x, 256, 3, {.pad = 1});
  x = b.relu("features.9", x);
  x = b.conv("features.10", x, 256, 3, {.pad = 1});
  x = b.relu("features.11", x);
  x = b.max_pool("features.12", x, 2, 2);
  x = b.flatten("flatten", x);
  b.linear("classifier", x, 10);
  return b.finish(10);
}

// Parameter names are torchvision's: positions in its Sequential containers.
Network alexnet() {
  Builder b("alexnet", "Krizhevsky 2014 (arXiv 1404.5997), torchvision.models.alexnet", {3, 224, 224});
  int x = b.conv("features.0", 0, 64, 11, {.stride = 4, .pad = 2});
  x = b.relu("features.1", x);
  x = b.max_pool("features.2", x, 3, 2);
  x = b.conv("features.3", x, 192, 5, {.pad = 2});
  x = b.relu("features.4", x);
  x = b.max_pool("features.5", x, 3, 2);
  x = b.conv("features.6", x, 384, 3, {.pad = 1});
  x = b.relu("features.7", x);
  x = b.conv("features.8", x, 256, 3, {.pad = 1});
  x = b.relu("features.9", x);
  x = b.conv("features.10", x, 256, 3, {.pad = 1});
  x = b.relu("features.11", x);
  x = b.max_pool("features.12", x, 3, 2);
  x = b.flatten("flatten", x);
  x = b.linear("classifier.1", x, 4096);
  x = b.relu("classifier.2", x);
  x = b.linear("classifier.4", x, 4096);
  x = b.relu("classifier.5", x);
  b.linear("classifier.6", x, 1000);
  return b.finish(1000);
}

Network vgg16() {
  Builder b("vgg16", "Simonyan and Zisserman 2015 configuration D (arXiv 1409.1556), torchvision.models.vgg16", {3, 224, 224});
  constexpr std::array<std::array<int, 3>, 5> kStages{
      {{64, 64, 0}, {128, 128, 0}, {256, 256, 256}, {512, 512, 512}, {512, 512, 512}}};
  int x = 0, position = 0;
  const auto next = [&] { return "features." + std::to_string(position++); };
  for (const auto& stage : kStages) {
    for (const int channels : stage) {
      if (channels == 0) continue;
      x = b.conv(next(), x, channels, 3, {.pad = 1});
      x = b.relu(next(), x);
    }
    x = b.max_pool(next(), x, 2, 2);
  }
  x = b.flatten("flatten", x);
  x = b.linear("classifier.0", x, 4096);
  x = b.relu("classifier.1", x);
  x = b.linear("classifier.3", x, 4096);
  x = b.relu("classifier.4", x);
  b.linear("classifier.6", x, 1000);
  return b.finish(1000);
}

}  // namespace binade::networks

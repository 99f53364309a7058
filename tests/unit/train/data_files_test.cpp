// SPDX-License-Identifier: Apache-2.0
// Training data from small files of every kind, good ones and bad ones.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "models/networks/builder.h"
#include "models/numerics/error.h"
#include "sim/data/npy.h"
#include "sim/data/npz.h"
#include "sim/train/training_data.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

class DataFiles : public testing::Test {
 protected:
  DataFiles() { fs::create_directories(folder_); }
  ~DataFiles() override { fs::remove_all(top_); }
  DataFiles(const DataFiles&) = delete;
  DataFiles& operator=(const DataFiles&) = delete;

  void write(const std::string& name, const Bytes& bytes, bool gzip = false) const {
    fs::create_directories((folder_ / name).parent_path());
    if (!gzip) {
      std::ofstream(folder_ / name, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
      return;
    }
    const gzFile file = gzopen((folder_ / (name + ".gz")).c_str(), "wb");
    ASSERT_EQ(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())), static_cast<int>(bytes.size()));
    gzclose(file);
  }

  static Bytes idx(std::vector<std::uint32_t> shape, const Bytes& values) {
    Bytes bytes{0, 0, 8, static_cast<std::uint8_t>(shape.size())};
    for (const auto extent : shape)
      for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(extent >> shift));
    bytes.insert(bytes.end(), values.begin(), values.end());
    return bytes;
  }

  /// `count` images of 28 x 28 whose pixels are all `first`, `first` + 1, ...; labels alike, modulo 10.
  void write_idx(const std::string& prefix, int count, int first, bool gzip = false) const {
    Bytes pixels, labels;
    for (int i = 0; i < count; ++i) {
      pixels.insert(pixels.end(), 784, static_cast<std::uint8_t>(first + i));
      labels.push_back(static_cast<std::uint8_t>((first + i) % 10));
    }
    const auto n = static_cast<std::uint32_t>(count);
    write(prefix + "-images-idx3-ubyte", idx({n, 28, 28}, pixels), gzip);
    write(prefix + "-labels-idx1-ubyte", idx({n}, labels), gzip);
  }

  /// Records whose planes are all `first`, `first` + 1, `first` + 2.
  static Bytes cifar(int count, int first, int label_bytes, int last_label) {
    Bytes bytes;
    for (int i = 0; i < count; ++i) {
      if (label_bytes == 2) bytes.push_back(19);  // a coarse one
      bytes.push_back(static_cast<std::uint8_t>(last_label));
      for (int channel = 0; channel < 3; ++channel) bytes.insert(bytes.end(), 1024, static_cast<std::uint8_t>(first + i + channel));
    }
    return bytes;
  }

  TrainingData load(const char* network, const std::string& name = ".", const char* set = "auto") const {
    return load_training_data(networks::make_network(network), folder_ / name, set, 1);
  }
  std::string refused(const char* network, const std::string& name = ".", const char* set = "auto") const {
    try {
      load(network, name, set);
    } catch (const InputError& error) {
      return error.what();
    }
    return "taken";
  }

  fs::path top_ =
      fs::path(testing::TempDir()) / ("data_files_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
  fs::path folder_ = top_ / "set";
};

float first_of(const Images& images, std::int64_t image, std::size_t element = 0) {
  std::vector<float> room(static_cast<std::size_t>(images.shape().elements()));
  images.read(image, room);
  return room[element];
}
float mnist(int byte) { return (static_cast<float>(byte) / 255.0F - 0.1307F) / 0.3081F; }
float fashion(int byte) { return (static_cast<float>(byte) / 255.0F - 0.2860F) / 0.3300F; }

void expect_in(const std::string& message, std::initializer_list<const char*> words) {
  for (const auto* word : words) EXPECT_NE(message.find(word), std::string::npos) << "'" << word << "' is not in: " << message;
}

TEST_F(DataFiles, BothHalvesOfMnist) {
  write_idx("train", 6, 100);
  write_idx("t10k", 3, 200, true);
  const auto data = load("lenet5");
  EXPECT_EQ(data.train->size(), 6);
  EXPECT_EQ(data.test->size(), 3);
  EXPECT_EQ(data.classes, 10);
  EXPECT_EQ(first_of(*data.train, 5), mnist(105));
  EXPECT_EQ(data.train->label(5), 5);
  EXPECT_EQ(first_of(*data.test, 0), mnist(200));
  EXPECT_EQ(data.test->surround(0), mnist(0));
  expect_in(data.description, {"MNIST", "train 6", "test 3", "(x/255 - 0.1307) / 0.3081"});
  EXPECT_FALSE(data.synthetic);
}

TEST_F(DataFiles, OneHalfOfMnist) {
  write_idx("t10k", 10, 0);
  auto data = load("mlp");
  EXPECT_EQ(data.train->size(), 8);
  EXPECT_EQ(data.test->size(), 2);
  EXPECT_EQ(first_of(*data.test, 0), mnist(8));
  expect_in(data.description, {"t10k-images-idx3-ubyte alone", "0..7", "8..9"});
  write_idx("train", 4, 50);
  EXPECT_EQ(load("mlp").train->size(), 4);
  EXPECT_EQ(load("mlp", "t10k-images-idx3-ubyte").train->size(), 8);  // the file says which
  EXPECT_EQ(load("mlp", "train-labels-idx1-ubyte").train->size(), 4);
  fs::remove(folder_ / "t10k-images-idx3-ubyte");
  data = load("mlp");
  EXPECT_EQ(data.test, nullptr);
  expect_in(data.description, {"no test set"});
}

TEST_F(DataFiles, FashionIsToldByFolderOrWord) {
  for (const auto* folder : {"FashionMNIST/raw/", "my-fashion-set/"}) {
    write_idx(std::string(folder) + "train", 2, 30);
    const auto data = load("lenet5", folder);
    EXPECT_EQ(first_of(*data.train, 0), fashion(30));
    expect_in(data.description, {"Fashion-MNIST by its folder's name", "0.286", "0.33"});
    EXPECT_EQ(first_of(*load("lenet5", folder, "mnist").train, 0), mnist(30));
  }
  write_idx("train", 2, 30);
  EXPECT_EQ(first_of(*load("lenet5").train, 0), mnist(30));
  EXPECT_EQ(first_of(*load("lenet5", ".", "fashion-mnist").train, 0), fashion(30));
}

TEST_F(DataFiles, Cifar10) {
  for (int batch = 1; batch <= 5; ++batch)
    write("data_batch_" + std::to_string(batch) + ".bin", cifar(2, 10 * batch, 1, batch), batch == 2);
  write("test_batch.bin", cifar(3, 90, 1, 9));
  write("cifar10-train-10k.bin", cifar(1, 1, 1, 0));
  for (const auto* name : {".", "test_batch.bin", "data_batch_4.bin", "data_batch_2.bin.gz"}) {
    const auto data = load("cifarnet", name);
    EXPECT_EQ(data.train->size(), 10);
    EXPECT_EQ(data.train->label(3), 2);
    EXPECT_EQ(first_of(*data.train, 3, 0), (static_cast<float>(21) / 255.0F - 0.4914F) / 0.247F);
    EXPECT_EQ(first_of(*data.train, 3, 3071), (static_cast<float>(23) / 255.0F - 0.4465F) / 0.261F);
    EXPECT_EQ(data.test->size(), 3);
    EXPECT_EQ(data.test->label(2), 9);
    expect_in(data.description, {"CIFAR-10", "train 10", "test 3 of test_batch.bin"});
  }
  const auto part = load("cifarnet", "cifar10-train-10k.bin");
  EXPECT_EQ(part.train->size(), 1);
  EXPECT_EQ(part.test, nullptr);
  fs::remove(folder_ / "data_batch_3.bin");
  expect_in(refused("cifarnet"), {"data_batch_3.bin", "no such file", "allowed"});
}

TEST_F(DataFiles, Cifar100HasFineLabelsAndNeedsAHundredOutputs) {
  write("train.bin", cifar(2, 7, 2, 99));
  write("test.bin", cifar(1, 8, 2, 1));
  expect_in(refused("cifarnet"), {"CIFAR-100 has 100 classes", "10 outputs", "allowed"});
  networks::Builder b("hundred", "test", {3, 32, 32});
  b.linear("fc", b.flatten("flatten", 0), 100);
  const auto network = b.finish(100);
  auto data = load_training_data(network, folder_, "auto", 1);
  EXPECT_EQ(data.train->label(0), 99);
  EXPECT_EQ(first_of(*data.train, 1, 1024), (static_cast<float>(9) / 255.0F - 0.4867F) / 0.2565F);
  // Both sets in one folder: the outputs choose.
  write("cifar10-train-10k.bin", cifar(3, 1, 1, 0));
  EXPECT_EQ(load_training_data(network, folder_, "auto", 1).train->size(), 2);
  EXPECT_EQ(load_training_data(network, folder_, "cifar10", 1).train->size(), 3);
  EXPECT_EQ(load("cifarnet").train->size(), 3);
}

TEST_F(DataFiles, BadFilesAreNamedWithTheByte) {
  const Bytes two(2 * 784, 1), labels{1, 2};
  const auto try_idx = [&](const Bytes& images, const Bytes& marks) {
    write("train-images-idx3-ubyte", images);
    write("train-labels-idx1-ubyte", marks);
    return refused("lenet5");
  };
  const auto good = idx({2, 28, 28}, two), good_labels = idx({2}, labels);
  EXPECT_EQ(try_idx(good, good_labels), "taken");
  expect_in(try_idx({}, good_labels), {"train-images-idx3-ubyte", "byte 0", "IDX", "allowed"});
  expect_in(try_idx({0, 0, 13, 3}, good_labels), {"train-images-idx3-ubyte", "byte 0", "IDX", "allowed"});
  expect_in(try_idx({0, 0, 8, 3, 0, 0}, good_labels), {"byte 6", "truncated", "allowed"});
  expect_in(try_idx(Bytes(good.begin(), good.end() - 1), good_labels), {"byte 16", "1567 bytes", "announces 1568"});
  expect_in(try_idx(idx({2, 27, 28}, Bytes(2 * 27 * 28)), good_labels), {"train-images", "28 x 28"});
  expect_in(try_idx(good_labels, good), {"train-images-idx3-ubyte", "byte 3: 1 extents", "allowed: 3, a file of images"});
  expect_in(try_idx(good, idx({3}, {1, 2, 3})), {"train-labels", "2 images"});
  expect_in(try_idx(good, idx({2}, {1, 10})), {"train-labels", "byte 9", "label 10 of record 1", "0..9"});
  fs::remove(folder_ / "train-labels-idx1-ubyte");
  expect_in(refused("lenet5"), {"train-labels-idx1-ubyte", "no such file"});
  // CIFAR
  write("cifar10-train-10k.bin", Bytes(2 * 3073 + 5));
  expect_in(refused("cifarnet"), {"cifar10-train-10k.bin", "byte 6146", "6151 bytes, 5 beyond", "records of 3073"});
  write("cifar10-train-10k.bin", cifar(3, 1, 1, 10));
  expect_in(refused("cifarnet"), {"cifar10-train-10k.bin", "byte 0", "label 10 of record 0", "0..9"});
  write("cifar10-train-10k.bin", {0x1f, 0x8b, 8, 0, 1, 2, 3});
  expect_in(refused("cifarnet"), {"cifar10-train-10k.bin", "truncated or damaged"});
}

TEST_F(DataFiles, WhatIsNoDataSetIsSaid) {
  expect_in(refused("lenet5"),
            {"--data", "no data set with samples of 1x28x28", "lenet5", "allowed: a folder with MNIST's IDX files"});
  expect_in(refused("resnet18"), {"3x224x224", "allowed"});
  expect_in(refused("lenet5", "nowhere"), {"nowhere", "no such file or folder", "allowed"});
  write("notes.txt", {'h', 'i'});
  expect_in(refused("lenet5", "notes.txt"), {"notes.txt", "no file of a data set", "allowed"});
  expect_in(refused("lenet5", ".", "mnits"), {"'mnits'", "nearest is 'mnist'", "allowed"});
  expect_in(refused("lenet5", ".", "cifar10"), {"cifar10 has no samples of 1x28x28"});
  write_idx("train", 2, 1);
  expect_in(refused("cifarnet"), {"3x32x32"});
}

// npz

using Members = std::vector<std::pair<std::string, std::vector<std::byte>>>;

class DataArrays : public DataFiles {
 protected:
  static std::vector<std::byte> x(std::vector<std::int64_t> shape, double first = 0.5) {
    std::int64_t elements = 1;
    for (const auto extent : shape) elements *= extent;
    std::vector<double> values(static_cast<std::size_t>(elements), first);
    return make_npy_float32(shape, values);
  }
  static std::vector<std::byte> y(const std::vector<std::int64_t>& labels) {
    return make_npy_int64(std::vector{static_cast<std::int64_t>(labels.size())}, labels);
  }
  std::string refused_arrays(const Members& members) const {
    write_npz(folder_ / "a.npz", members);
    return refused("mlp", "a.npz");
  }
};

TEST_F(DataArrays, NumbersAreTakenAsTheyAre) {
  std::vector<double> numbers(2 * 784);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(0.1 * static_cast<double>(i));
  write_npz(folder_ / "a.npz", {{"x", make_npy_float32(std::vector<std::int64_t>{2, 1, 28, 28}, numbers)}, {"y", y({3, 9})}});
  const auto data = load("mlp", "a.npz");
  EXPECT_EQ(data.train->size(), 2);
  EXPECT_EQ(data.test, nullptr);
  for (std::size_t i = 0; i < 784; ++i) EXPECT_EQ(first_of(*data.train, 1, i), static_cast<float>(numbers[784 + i]));
  EXPECT_EQ(data.train->label(1), 9);
  EXPECT_EQ(data.train->surround(0), 0);
  expect_in(data.description, {"a.npz", "train 2", "no test set", "as they are"});
}

TEST_F(DataArrays, ATestSetAndExtentsOfOneThatAreLeftOut) {
  write_npz(folder_ / "a.npz",
            {{"x", x({3, 28, 28})}, {"y", y({1, 2, 3})}, {"x_test", x({1, 1, 28, 28}, 2)}, {"y_test", y({4})}, {"more", y({1})}});
  const auto data = load("mlp", "a.npz");
  EXPECT_EQ(data.test->size(), 1);
  EXPECT_EQ(data.test->label(0), 4);
  EXPECT_EQ(first_of(*data.test, 0), 2);
  ASSERT_EQ(data.notes.size(), 1U);
  expect_in(data.notes[0], {"not used", "more"});
}

TEST_F(DataArrays, BadArraysAreNamed) {
  expect_in(refused_arrays({{"x", x({2, 784})}}), {"a.npz", "y: is missing", "allowed"});
  expect_in(refused_arrays({{"y", y({1})}}), {"x: is missing"});
  expect_in(refused_arrays({{"x", x({2, 28, 27})}, {"y", y({1, 2})}}), {"x: shape (2, 28, 27)", "(samples, 1, 28, 28)", "mlp"});
  expect_in(refused_arrays({{"x", x({2, 28, 28})}, {"y", y({1})}}), {"y: shape (1)", "(2)"});
  expect_in(refused_arrays({{"x", x({2, 28, 28})}, {"y", y({1, 10})}}), {"y: element 1 is 10", "0..9"});
  expect_in(refused_arrays({{"x", x({2, 28, 28})}, {"y", y({1, -1})}}), {"y: element 1 is -1"});
  expect_in(refused_arrays({{"x", x({1, 28, 28}, std::nan(""))}, {"y", y({1})}}), {"x: element 0", "nan", "finite"});
  expect_in(refused_arrays(
                {{"x", make_npy_float64(std::vector<std::int64_t>{1, 28, 28}, std::vector<double>(784, 1e39))}, {"y", y({1})}}),
            {"x: element 0", "1e+39", "finite"});
  expect_in(refused_arrays({{"x", x({1, 28, 28})}, {"y", y({1})}, {"x_test", x({1, 28, 28})}}), {"y_test: is missing", "neither"});
  write_npz(folder_ / "a.npz", {{"x", x({1, 28, 28})}, {"y", y({1})}});
  expect_in(refused("mlp", "a.npz", "mnist"), {"a.npz", "as they are", "'mnist'"});
}

}  // namespace
}  // namespace binade::sim

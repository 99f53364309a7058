// SPDX-License-Identifier: Apache-2.0
// The classes that protobuf's compiler makes of onnx-ml.proto, as Debian's libonnx-dev ships them.
#pragma once

#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif
#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#include <onnx/onnx_pb.h>

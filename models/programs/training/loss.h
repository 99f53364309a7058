// SPDX-License-Identifier: Apache-2.0
// The loss of a training step, and where its gradient begins.
#pragma once

#include "models/programs/training/program_builder.h"

namespace binade::programs {

/// Appends the loss of the network's output, the tensor `logits` that layer `last` writes. Gives the gradient with respect to it,
/// times the loss scale; kNoTensor in evaluation. Sets the program's loss_terms:
///   cross-entropy   a term for each sample and class, of which the target's count; loss = -sum / samples
///   mean square     the squares of all differences; loss = sum / (samples classes)
/// The stepwise order of roundings is PositNN's (docs/fidelity.md 2.4): the divisions by the batch are the gradients', not the
/// loss's.
Handle build_loss(ProgramBuilder& program, int last, Handle logits);

}  // namespace binade::programs

// SPDX-License-Identifier: Apache-2.0
// A target needs a source: this one is there for its precompiled headers.

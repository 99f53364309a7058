# SPDX-License-Identifier: Apache-2.0
"""How the flow fails: a user's mistake is one message and exit 2; a netlist that is not its RTL is a finding and exit 1; a tool
that breaks is exit 3."""


class InputError(Exception):
    """Where, what, and what is allowed."""


class Mismatch(Exception):
    """A netlist that differs from the circuit it was made of."""


class ToolFailure(Exception):
    """A tool that did not do its work, with the end of what it said."""

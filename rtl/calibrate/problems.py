# SPDX-License-Identifier: Apache-2.0
"""How the flow fails: a user's mistake is one message and exit 2; a netlist that is not its RTL is a finding and exit 1; a tool
that breaks is exit 3."""
import sys


class InputError(Exception):
    """Where, what, and what is allowed."""


class Mismatch(Exception):
    """A netlist that differs from the circuit it was made of."""


class ToolFailure(Exception):
    """A tool that did not do its work, with the end of what it said."""


def told(error):
    """The failure, marked as one whose text is out: `exit_code` does not say it again."""
    error.told = True
    return error


def exit_code(program, work):
    """What work() says, or the code of its failure, told in one line."""
    try:
        return work()
    except InputError as error:
        code, said = 2, error
    except Mismatch as error:
        code, said = 1, error
    except ToolFailure as error:
        code, said = 3, error
    except KeyboardInterrupt:
        code, said = 130, "interrupted; the same command goes on from here"
    if not getattr(said, "told", False):
        print(f"{program}: {said}", file=sys.stderr)
    return code

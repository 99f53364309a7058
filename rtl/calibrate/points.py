# SPDX-License-Identifier: Apache-2.0
"""What has been measured, a file a point: a run that was interrupted, or has a longer plan, finds what is there again. A file counts
only for the inputs that it was made from (`key`)."""
import hashlib
import json

from files import write_atomically


def key(**inputs):
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:32]


class Unfinished(Exception):
    """A point that is not there, of a store that makes none."""


class Store:
    def __init__(self, directory, frozen=False):
        self.directory, self.frozen = directory, frozen

    def of(self, name, key, make):
        """The point of that name and key; made where it is not there. Throws Unfinished where a frozen store lacks it."""
        path = self.directory / f"{name}.json"
        found = self.read(path)
        if found is None or found.get("key") != key:
            if self.frozen:
                raise Unfinished(name)
            found = {"key": key} | make()
            write_atomically(path, json.dumps(found, indent=1) + "\n")
        return found

    def lacks(self, name):
        """True where a frozen store has no such point: seen without the point's key."""
        return self.frozen and not (self.directory / f"{name}.json").exists()

    @staticmethod
    def read(path):
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

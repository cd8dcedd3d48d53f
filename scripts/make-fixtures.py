#!/usr/bin/env python3
"""Makes the fixtures that tests compare with: small files written by Python's own libraries.

One function per fixture, registered by @fixture in the *_fixtures.py beside this script with the path it
writes relative to java/test/org/lm4j.
    scripts/make-fixtures.py              make all of them
    scripts/make-fixtures.py NAME...      make these
    scripts/make-fixtures.py --list       names and paths
    scripts/make-fixtures.py --check      check with Python what Java wrote (exit code 1 if it is wrong)
Needs Python 3.10 with numpy, torch and safetensors. The files are committed: running this again is
only needed to change them.
"""

import sys

import bootstrap_fixtures  # noqa: F401: registers its own
import io_fixtures  # noqa: F401: registers its own
import sequence_fixtures  # noqa: F401: registers its own
import subword_fixtures  # noqa: F401: registers its own
import state_fixtures  # noqa: F401: registers its own
import model_fixtures  # noqa: F401: registers its own
import trajectory_fixtures  # noqa: F401: registers its own
import line_fixtures  # noqa: F401: registers its own
import adaptation_fixtures  # noqa: F401: registers its own
import text_fixtures  # noqa: F401: registers its own
from fixture_files import main

if __name__ == "__main__":
    sys.exit(main(__doc__))

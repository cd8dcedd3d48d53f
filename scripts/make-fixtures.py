#!/usr/bin/env python3
"""Makes the fixtures that tests compare with: small files written by Python's own libraries.

One function per fixture, registered by @fixture in scripts/fixtures with the path that it writes, relative
to java/test/org/lm4j.
    scripts/make-fixtures.py              make all of them
    scripts/make-fixtures.py NAME...      make these
    scripts/make-fixtures.py --list       names and paths
    scripts/make-fixtures.py --check      check with Python what Java wrote (exit code 1 if it is wrong)
Needs Python 3.10 with numpy, torch and safetensors. The files are committed: running this again is
only needed to change them.
"""

import sys

from fixtures import (  # noqa: F401: each registers its own
    bootstrap_fixtures,
    io_fixtures,
    sequence_fixtures,
    subword_fixtures,
    state_fixtures,
    model_fixtures,
    trajectory_fixtures,
    line_fixtures,
    adaptation_fixtures,
    text_fixtures,
)
from fixtures.fixture_files import main

if __name__ == "__main__":
    sys.exit(main(__doc__))

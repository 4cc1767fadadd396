"""``python -m symcheck`` is the command ``symcheck``."""

import sys

from symcheck.cli import main

sys.exit(main())

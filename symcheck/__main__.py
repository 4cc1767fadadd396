"""``python -m symcheck`` is the command ``symcheck``."""

import sys

from symcheck.commands.start import main

sys.exit(main())

"""``python -m symcheck`` is the command ``symcheck``."""

import sys

from symcheck.start import main

sys.exit(main())

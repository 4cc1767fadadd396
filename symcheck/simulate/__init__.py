"""Signals and gradients of random deep networks, measured beside the derived law.

Figure 7.4 of the lecture and everything near it: any depth, width profile, activation
and law of the weights.  The modules: ``setting`` (what is simulated), ``law`` (what is
derived), ``network`` (one forward and backward pass), ``experiment`` (many networks),
``statistics`` (means, bands and medians in bounded memory), ``chart``, ``terminal``,
``export`` and ``plot`` (how it is shown), ``command`` (the command line).  Imports no other
folder.  In comes a setting; out come measured and derived variances of every layer.
"""

"""Makers of certificates: nothing here is believed.

In it are the bridge to terms of the core, questions that answer with theorems (signs, existence,
independence), and in ``makers`` what certifies each rule.  May import all folders below it; in come
steps that rules have found and worlds, out come certificates that :mod:`symcheck.core` judges.
"""

"""Makers of certificates: nothing here is believed.

May import everything below it; in come steps that rules have found, out come certificates
that :mod:`symcheck.core` judges.
"""

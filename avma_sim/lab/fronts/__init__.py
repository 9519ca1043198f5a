"""Owns what Python code on a machine imports for WMI, COM and the registry, and what those modules hand out.

Must not decide what is answered: the windows room does, and each call goes through a gate.
"""

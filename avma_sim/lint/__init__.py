"""Owns finding product keys in people's files, and saying whether each fits what stands around it.

Must not know the lab: it reads texts, facts and the rules of keys.
"""

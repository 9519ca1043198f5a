"""Owns answer files of Windows Setup, as far as product keys go: read, judged and written.

Must not know labs nor scenario files; those are above.
"""

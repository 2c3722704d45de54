"""Submissions: a stranger's folder, checked, run and reported on without trusting it."""

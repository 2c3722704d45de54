"""Readers of the file formats that public cohorts come in."""

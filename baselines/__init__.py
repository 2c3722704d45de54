"""Baseline models, one file each; ``shared/`` holds the parts that families have in common."""

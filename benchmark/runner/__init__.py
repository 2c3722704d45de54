"""From a task and a model to predictions: plan → one job per fold → worker process → record."""

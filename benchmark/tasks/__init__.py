"""Tasks: cohort, endpoint, modalities, protocols and frozen folds."""

from benchmark.tasks.spec import TaskSpec, load_spec, task_folders
from benchmark.tasks.task import Task, load_task

__all__ = ["Task", "TaskSpec", "load_spec", "load_task", "task_folders"]

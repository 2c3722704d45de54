"""One file per public cohort; files with a leading underscore are parts of one."""

"""fusebench: frozen multimodal oncology tasks, one fair runner, honest statistics."""

__version__ = "0.1.0"

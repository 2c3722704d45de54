"""Parts that several baselines share; no models."""

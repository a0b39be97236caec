"""SQL of stages."""

"""Blueprint policies by name. Modules are imported on demand, because importing one compiles it."""

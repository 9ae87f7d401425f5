"""regctl from Python. `import regctl` brings these names; what is imported here is imported late."""

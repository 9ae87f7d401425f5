"""The parts of the loss curve; `charts.py` puts them together."""

"""Regularization experiments for Keras: the whole grid trains as one program."""

__version__ = "0.1.0"

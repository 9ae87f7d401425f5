"""The steps that pipeline.py puts in order, where one step needs several rooms."""

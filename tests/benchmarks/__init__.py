"""Benchmarks: cityconv and the tools that people use today, on the same frames in the same run.

`python -m tests.benchmarks` measures everything and prints Markdown tables; `docs/performance.md` explains them.
"""

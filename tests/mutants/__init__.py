"""Do the tests notice when the code is wrong? `make mutants` changes the code, one place at a time, and runs them.

mutmut and cosmic-ray do the same for whole projects. Both would spend most of their time here on type annotations and
texts, neither draws a sample, and a run of all tests for each mutant takes minutes: `targets` picks the tests.
"""

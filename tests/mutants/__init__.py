"""Do the tests notice when the code is wrong? `make mutants` changes the code, one place at a time, and runs them.

mutmut and cosmic-ray do the same for whole projects. Neither draws a sample that can be repeated. mutmut 3.8 leaves
constants, properties and other decorated functions as they are, and also changes each text and each argument.
cosmic-ray 8.7 runs the same tests for every mutant, and takes the `|` in the types of arguments for an operator.
"""
